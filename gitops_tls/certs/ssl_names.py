"""Distinguished names as OpenSSL and BoringSSL compare them: neither case (of ASCII) nor the kind of string nor blanks count."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from .go_der import OID, SEQUENCE, Cursor, Refused

_SET, _UTF8 = 0x31, 0x0C
_ENCODINGS = {
    _UTF8: "utf-8",
    0x13: "latin-1",
    0x14: "latin-1",
    0x16: "latin-1",
    0x1A: "latin-1",
    0x1E: "utf-16-be",
    0x1C: "utf-32-be",
}
_BLANKS = " \t\n\v\f\r"
COMMON_NAME, MAIL = bytes((0x55, 4, 3)), bytes.fromhex("2a864886f70d010901")


@lru_cache(maxsize=4096)
def canonical(name: bytes) -> bytes:
    """What two names (the content of their DER) have in common if they are the same. Raises Refused for what is no name."""
    return b"".join(
        element(_SET, b"".join(sorted(element(SEQUENCE, element(OID, kind) + _folded(tag, value)) for kind, tag, value in each)))
        for each in _relative_names(name)
    )


def attributes(name: bytes) -> list[tuple[bytes, int, bytes]]:
    """Object identifier, string tag and content of every attribute, in order. Raises Refused."""
    return [attribute for each in _relative_names(name) for attribute in each]


def text(tag: int, content: bytes) -> bytes | None:
    """An attribute's value as UTF-8; None where it is no string or a broken one."""
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        return None
    try:
        return content.decode(encoding).encode()
    except UnicodeError:
        return None


def _relative_names(name: bytes) -> Iterator[list[tuple[bytes, int, bytes]]]:
    for each in Cursor(name, "no name").each(_SET):
        found = []
        for attribute in each.each(SEQUENCE):
            kind = attribute.oid()
            tag, content = attribute.any()
            if not attribute.empty:
                raise Refused("no name")
            found.append((kind, tag, content))
        yield found


def _folded(tag: int, content: bytes) -> bytes:
    if tag not in _ENCODINGS:
        return element(tag, content)
    value = text(tag, content)
    if value is None:
        raise Refused("no name")
    words = value.decode().strip(_BLANKS)
    for blank in _BLANKS[1:]:
        words = words.replace(blank, " ")
    return element(_UTF8, " ".join(part for part in words.split(" ") if part).encode().lower())


def element(tag: int, content: bytes) -> bytes:
    """A DER element."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content
