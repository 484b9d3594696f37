"""The parts of a distinguished name, from its text."""

from __future__ import annotations

from functools import lru_cache

from ..certs.facts import Certificate

_HEX = frozenset("0123456789abcdefABCDEF")


@lru_cache(maxsize=1024)
def parts(name: str) -> tuple[tuple[str, str], ...]:
    """The attributes of a name in RFC 4514 style, in the order of the certificate (the least specific first)."""
    found: list[tuple[str, str]] = []
    for piece in _split(name):
        key, equals, value = piece.partition("=")
        if equals:
            found.append((key, _unescaped(value)))
    return tuple(reversed(found))


def part(name: str, key: str) -> str:
    """The values of one attribute (``O``), joined with commas; empty where it has none."""
    return ",".join(value for each, value in parts(name) if each == key)


def short(certificate: Certificate) -> list[str]:
    """What a certificate is called: a CA by its common name, others by their DNS names and addresses, else by subject."""
    names = [*certificate.dns_names, *certificate.ip_addresses]
    if certificate.is_ca or not names:
        own = certificate.common_name or part(certificate.subject, "CN") or certificate.subject
        return [own] if own else names or [f"serial {certificate.serial}"]
    return names


def issuer(certificate: Certificate) -> str:
    """What the issuer is called; ``itself`` where a certificate names itself."""
    if certificate.issuer == certificate.subject and certificate.subject:
        return "itself"
    return part(certificate.issuer, "CN") or part(certificate.issuer, "O") or certificate.issuer


def _split(name: str) -> list[str]:
    """Cut at the commas and plus signs that are not escaped."""
    found: list[str] = []
    start = at = 0
    while at < len(name):
        if name[at] == "\\":
            at += 1
        elif name[at] in ",+":
            found.append(name[start:at])
            start = at + 1
        at += 1
    found.append(name[start:])
    return found


def _unescaped(value: str) -> str:
    """Without the backslashes. Escaped bytes stay as they are written: they are no text."""
    found: list[str] = []
    at = 0
    while at < len(value):
        if value[at] == "\\" and at + 1 < len(value) and not (value[at + 1] in _HEX and value[at + 2 : at + 3] in _HEX):
            at += 1
        found.append(value[at])
        at += 1
    return "".join(found)
