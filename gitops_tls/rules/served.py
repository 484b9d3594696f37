"""The certificates and pairs that APISIX serves, for the rules that judge those of every system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..findings import Label, label
from ..records import NamedTuple
from ..systems.files import PRESENT, FileView
from ..systems.milvus.uses import CA, SERVER, content_label

if TYPE_CHECKING:
    from ..facts import Facts
    from ..systems.apisix.model import Gateway, Held, Pick, TlsObject
    from ..systems.kubernetes import KeyValue


class Served(NamedTuple):
    """One value of a Secret in one role of an APISIX gateway; stands beside ``Use`` of the Milvus deployments."""

    gateway: Gateway
    tls: TlsObject
    role: str
    view: FileView

    @property
    def who(self) -> str:
        """The user in words: ``ApisixTls default/api (server)``."""
        return f"{self.tls.title} ({self.role})"

    def place(self, line: int = 1) -> Label:
        """Where the content stands; the object that names the Secret where no file has it."""
        return content_label(self.view, line) or self.setting_place()

    def setting_place(self) -> Label:
        """Where the repository names the Secret."""
        client = self.tls.client
        ref = client.ca if self.role == CA and client is not None else self.tls.secret
        return label(ref.name_node if ref is not None and ref.name_node is not None else self.tls.part)


def view_of(pick: Pick, value: KeyValue | None) -> FileView | None:
    """The content of a Secret's key as something that can be judged and edited; None where it cannot be read here."""
    if value is None or value.content is None:
        return None
    return FileView(PRESENT, pick.secret.title if pick.secret is not None else "", value.content, value.path, value.node)


def served(facts: Facts) -> Iterator[Served]:
    """Every certificate and CA bundle that a gateway takes and the repository holds."""
    for gateway in facts.gateways:
        for one in gateway.held:
            certificate = view_of(one.pick, one.pick.certificate)
            if certificate is not None:
                yield Served(gateway, one.tls, SERVER, certificate)
            bundle = view_of(one.ca, one.ca.certificate) if one.ca is not None else None
            if bundle is not None:
                yield Served(gateway, one.tls, CA, bundle)


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
    return f"clients of {one.tls.title} see `tlsv1 alert internal error`"


def pair_of(one: Held) -> tuple[bytes | None, bytes | None]:
    """The bytes of the certificate and of the private key, where they can be read."""
    from ..systems.apisix.secrets import content

    return content(one.pick.certificate), content(one.pick.private)
