"""Name constraints of CAs (RFC 5280 4.2.1.10) for DNS names and IP addresses, as OpenSSL and BoringSSL apply them.

Go has its own: see ``go_constraints``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .chain import Link

_MOST_COMPARISONS = 250_000
PERMITTED, EXCLUDED = "permitted", "excluded"


class Violation(NamedTuple):
    """A forbidden name: ``how`` (permitted or excluded), ``kind`` (``DNS name``, ``IP address``), the name, the constraint."""

    how: str
    kind: str
    name: str
    constraint: str = ""


def violation(leaf: Link, authorities: Sequence[Link]) -> Violation | None:
    """The first name of the leaf that a CA of the chain forbids. A wildcard's ``*`` counts as a label like any other."""
    for authority in authorities:
        if not (authority.permitted or authority.excluded):
            continue
        for kind, names in (("DNS name", leaf.facts.dns_names), ("IP address", leaf.facts.ip_addresses)):
            permitted, excluded = _of_kind(authority.permitted, kind), _of_kind(authority.excluded, kind)
            if len(names) * (len(permitted) + len(excluded)) > _MOST_COMPARISONS:
                return Violation(PERMITTED, kind, names[0])
            for name in names:
                verdict = _judge(permitted, excluded, kind, name)
                if verdict:
                    return verdict
    return None


def constrained(authorities: Sequence[Link]) -> bool:
    """Whether any CA of the chain limits names."""
    return any(authority.permitted or authority.excluded for authority in authorities)


def _judge(permitted: list[Any], excluded: list[Any], kind: str, name: str) -> Violation | None:
    is_dns = kind == "DNS name"
    inside = _dns_inside if is_dns else _ip_inside
    subject = name.lower() if is_dns else _address(name)
    for tree in excluded:
        if inside(tree, subject):
            return Violation(EXCLUDED, kind, name, str(tree))
    return Violation(PERMITTED, kind, name) if permitted and not any(inside(tree, subject) for tree in permitted) else None


def _of_kind(trees: tuple[Any, ...], kind: str) -> list[Any]:
    from cryptography import x509

    wanted: dict[str, type[x509.GeneralName]] = {
        "DNS name": x509.DNSName,
        "IP address": x509.IPAddress,
    }
    return [tree.value for tree in trees if isinstance(tree, wanted[kind])]


def _address(name: str) -> Any:
    from ipaddress import ip_address

    try:
        return ip_address(name)
    except ValueError:
        return None


def _ip_inside(network: Any, address: Any) -> bool:
    return address is not None and address.version == network.version and address in network


def _dns_inside(tree: str, host: str) -> bool:
    base = tree.lower().lstrip(".")
    if not base:
        return True
    return host.endswith("." + base) or (host == base and not tree.startswith("."))
