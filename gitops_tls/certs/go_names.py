"""Host names, mail addresses and URIs of certificates as Go takes them apart (crypto/x509, net/url)."""

from __future__ import annotations

import re

from .go_der import SET, Cursor, Refused
from .names import as_ip

_BAD_NAME = "x509: invalid RDNSequence"
_TELETEX, _BMP = 0x14, 0x1E
_STRINGS = {
    0x0C: ("UTF-8 string", re.compile(r"", re.DOTALL)),
    0x12: ("NumericString", re.compile(r"[0-9 ]*\Z")),
    0x13: ("PrintableString", re.compile(r"[A-Za-z0-9'()+,\-./ :=?*&]*\Z")),
    0x16: ("IA5String", re.compile(r"[\x00-\x7f]*\Z")),
}
_QUOTED = re.compile(r'"((?:\\[\x01-\x09\x0b\x0c\x0e-\x7f]|[\x0b\x0c !\x7f\x01-\x08\x0e-\x1f#-\[\]-~])*)"', re.DOTALL)
_ATOMS = re.compile(r"(?:\\.|[0-9A-Za-z!#$%&'*+\-/=?^_`{|}~.])+", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PORT = re.compile(r"(?::[0-9]*)?\Z")
_HOST_CHARACTERS = re.compile(r"[0-9A-Za-z!$&'()*+,;=:\[\]<>\"\-_.~\x80-\U0010ffff]*\Z")
_USER = re.compile(r"[0-9A-Za-z\-._:~!$&'()*+,;=%@]*\Z")
_ASCII_ESCAPE = re.compile(r"%[0-7]")


def check_name(sequence: bytes) -> None:
    """A distinguished name (the content of its SEQUENCE) as Go 1.25 parses it. Raises Refused."""
    for parts in Cursor(sequence, _BAD_NAME).each(SET):
        for part in parts.each():
            part.oid()
            _check_string(*part.any())


def _check_string(tag: int, value: bytes) -> None:
    if tag == _TELETEX:
        return
    if tag == _BMP:
        word, good = "BMPString", len(value) % 2 == 0 and not any(_reserved(value[i : i + 2]) for i in range(0, len(value), 2))
    elif tag in _STRINGS:
        word, allowed = _STRINGS[tag]
        try:
            good = bool(allowed.match(value.decode("utf-8" if tag == 0x0C else "latin-1")))
        except UnicodeDecodeError:
            good = False
    else:
        raise Refused(f"{_BAD_NAME}: invalid attribute value: unsupported string type: {tag}")
    if not good:
        raise Refused(f"{_BAD_NAME}: invalid attribute value: invalid {word}")


def _reserved(pair: bytes) -> bool:
    point = int.from_bytes(pair, "big")
    return point >= 0xFFFE or 0xFDD0 <= point <= 0xFDEF or 0xD800 <= point <= 0xDFFF


def domain_valid(name: str, *, constraint: bool = False) -> bool:
    """Whether a name can be compared with constraints: no dot at its end, no empty label, printable ASCII (may be empty)."""
    if not name:
        return True
    if constraint and name.startswith("."):
        name = name[1:]
    return all(name.split(".")) and all("!" <= each <= "~" for each in name)


def mailbox(address: str) -> tuple[str, str] | None:
    """A mail address as local part and domain; None where Go cannot parse it."""
    quoted = _QUOTED.match(address)
    found = quoted or _ATOMS.match(address)
    if found is None or not address.startswith("@", found.end()):
        return None
    local = _ESCAPE.sub(r"\1", quoted.group(1) if quoted else found.group())
    if not quoted and (local.startswith(".") or local.endswith(".") or ".." in local):
        return None
    domain = address[found.end() + 1 :]
    return (local, domain) if domain_valid(domain) else None


def uri_authority(uri: str) -> str | None:
    """The host and port of a URI, empty where it has none; None where ``url.Parse`` refuses the URI."""
    before, _, fragment = uri.partition("#")
    if any(each < " " or each == "\x7f" for each in before) or _BAD_ESCAPE.search(fragment) or before.startswith(":"):
        return None
    scheme = _SCHEME.match(before)
    rest = (before[scheme.end() :] if scheme else before).partition("?")[0]
    if not rest.startswith("/"):
        bad = not scheme and before != "*" and (":" in rest.partition("/")[0] or _BAD_ESCAPE.search(rest))
        return None if bad else ""
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, at, host = authority.rpartition("@")
        if (at and (not _USER.match(user) or _BAD_ESCAPE.search(user))) or not _host_valid(host):
            return None
    return None if _BAD_ESCAPE.search(rest) else host


def _host_valid(host: str) -> bool:
    if "[" in host:
        inside, bracket, port = host.rpartition("[")[2].rpartition("]")
        address = inside.partition("%25")[0]
        return bool(bracket and _PORT.match(port) and ":" in address and as_ip(address) is not None)
    if ":" in host and not _PORT.match(":" + host.rpartition(":")[2]):
        return False
    escaped = _BAD_ESCAPE.search(host) or _ASCII_ESCAPE.search(host)
    return not escaped and bool(_HOST_CHARACTERS.match(re.sub("%..", "", host)))


def uri_host(uri: str) -> str | None:
    """The host of a URI that constraints can be compared with; None where there is none (also for an IP address)."""
    host = uri_authority(uri)
    if host and ":" in host and not host.endswith("]"):
        host, _, _ = host.rpartition(":")
        host = host if ":" not in host else ""
    if not host or (host.startswith("[") and host.endswith("]")) or as_ip(host) is not None:
        return None
    return host
