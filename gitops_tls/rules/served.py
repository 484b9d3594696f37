"""The certificates and pairs that APISIX serves, for the rules that judge those of every system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..findings import Label, label
from ..systems.apisix.uses import Served, served_by, view_of
from ..systems.apisix.words import INTERNAL_ALERT

if TYPE_CHECKING:
    from ..facts import Facts
    from ..systems.apisix.model import Held

__all__ = ["Served", "alert", "broken_pairs", "pair_of", "served", "view_of"]


def served(facts: Facts) -> Iterator[Served]:
    """Every certificate and CA bundle that a gateway takes and the repository holds."""
    return served_by(facts.gateways)


def broken_pairs(facts: Facts, kind: str) -> Iterator[tuple[Held, Label]]:
    """The pairs that APISIX cannot use for one reason, once for each Secret, with the place of the value at fault."""
    seen: set[tuple[int, str]] = set()
    for gateway in facts.gateways:
        for one in gateway.held:
            broken, secret = one.broken, one.pick.secret
            if broken is None or broken.kind != kind or secret is None or (id(secret.node), broken.key) in seen:
                continue
            seen.add((id(secret.node), broken.key))
            value = (secret.keys or {}).get(broken.key)
            node = value.node if value is not None and value.node is not None else secret.name_node
            yield one, label(node)


def alert(one: Held) -> str:
    """The consequence of a pair that cannot be used."""
    return f"clients of {one.tls.title} see `{one.broken.alert if one.broken is not None else INTERNAL_ALERT}`"


def pair_of(one: Held) -> tuple[bytes | None, bytes | None]:
    """The bytes of the certificate and of the private key, where they can be read."""
    from ..systems.apisix.secrets import content

    return content(one.pick.certificate), content(one.pick.private)
