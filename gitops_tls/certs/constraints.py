"""Name constraints of CAs (RFC 5280 4.2.1.10): for DNS names and IP addresses, and for Go mail addresses and URIs too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .chain import Link

_MOST_COMPARISONS = 250_000  # as Go limits them
PERMITTED, EXCLUDED, UNREADABLE = "permitted", "excluded", "unreadable"


class Violation(NamedTuple):
    """A forbidden name: ``how`` (permitted, excluded or unreadable), ``kind`` (``DNS name``, ``IP address``), the name, the constraint."""

    how: str
    kind: str
    name: str
    constraint: str = ""


def violation(leaf: Link, authorities: Sequence[Link], *, as_go: bool = False) -> Violation | None:
    """The first name of the leaf that a CA of the chain forbids.

    A wildcard's ``*`` counts as a label like any other. ``as_go`` (1.24.11, 1.25.5 and later): a wildcard is also excluded
    by a constraint for a name that it stands for, and a name that cannot be compared (an empty label, a dot at the end) is
    refused by any constraint.
    """
    for authority in authorities:
        if not (authority.permitted or authority.excluded):
            continue
        for kind, names in (("DNS name", leaf.facts.dns_names), ("IP address", leaf.facts.ip_addresses)):
            permitted, excluded = _of_kind(authority.permitted, kind), _of_kind(authority.excluded, kind)
            if len(names) * (len(permitted) + len(excluded)) > _MOST_COMPARISONS:
                return Violation(PERMITTED, kind, names[0])
            for name in names:
                if as_go and kind == "DNS name" and not all(name.split(".")):
                    return Violation(UNREADABLE, kind, name)
                verdict = _judge(permitted, excluded, kind, name, as_go)
                if verdict:
                    return verdict
    return None


def constrained(authorities: Sequence[Link]) -> bool:
    """Whether any CA of the chain limits names."""
    return any(authority.permitted or authority.excluded for authority in authorities)


def other_names(leaf: Link, authorities: Sequence[Link]) -> Violation | None:
    """The first mail address or URI of the leaf that a CA of the chain forbids, as Go judges them."""
    if not constrained(authorities):
        return None
    mails, addresses = _mails_and_addresses(leaf)
    for authority in authorities:
        for kind, names in (("email address", mails), ("URI", addresses)):
            permitted, excluded = _of_kind(authority.permitted, kind), _of_kind(authority.excluded, kind)
            for name in names:
                host = name.rpartition("@")[2].lower() if kind == "email address" else _host_of(name)
                if host is None and (permitted or excluded):
                    return Violation(UNREADABLE, kind, name)
                for tree in excluded:
                    if _name_inside(tree, name, host or ""):
                        return Violation(EXCLUDED, kind, name, tree)
                if permitted and not any(_name_inside(tree, name, host or "") for tree in permitted):
                    return Violation(PERMITTED, kind, name)
    return None


def has_other_kinds(authority: Link) -> bool:
    """Whether a CA limits names of kinds that Go does not know (directory names): it then refuses a critical extension."""
    from cryptography import x509

    known = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
    return any(not isinstance(tree, known) for tree in (*authority.permitted, *authority.excluded))


def _mails_and_addresses(leaf: Link) -> tuple[list[str], list[str]]:
    from cryptography import x509

    for extension in leaf.parsed.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            names = extension.value
            return names.get_values_for_type(x509.RFC822Name), names.get_values_for_type(x509.UniformResourceIdentifier)
    return [], []


def _host_of(uri: str) -> str | None:
    """The host of a URI; None where there is none that constraints can be compared with (also for an IP address)."""
    from urllib.parse import urlsplit

    from .names import as_ip

    try:
        host = urlsplit(uri).hostname
    except ValueError:
        return None
    return host if host and as_ip(host) is None else None


def _name_inside(tree: str, name: str, host: str) -> bool:
    return tree == name if "@" in tree else _dns_inside(tree, host)


def _judge(permitted: list[Any], excluded: list[Any], kind: str, name: str, as_go: bool) -> Violation | None:
    is_dns = kind == "DNS name"
    inside = _dns_inside if is_dns else _ip_inside
    subject = name.lower() if is_dns else _address(name)
    for tree in excluded:
        if inside(tree, subject) or (is_dns and as_go and _stands_for(name.lower(), tree.lower())):
            return Violation(EXCLUDED, kind, name, str(tree))
    return Violation(PERMITTED, kind, name) if permitted and not any(inside(tree, subject) for tree in permitted) else None


def _stands_for(wildcard: str, tree: str) -> bool:
    """Whether ``*.x`` covers the host that a constraint names."""
    label, dot, rest = tree.partition(".")
    return bool(label and dot) and wildcard == "*." + rest


def _of_kind(trees: tuple[Any, ...], kind: str) -> list[Any]:
    from cryptography import x509

    wanted: dict[str, type[x509.GeneralName]] = {
        "DNS name": x509.DNSName,
        "IP address": x509.IPAddress,
        "email address": x509.RFC822Name,
        "URI": x509.UniformResourceIdentifier,
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
