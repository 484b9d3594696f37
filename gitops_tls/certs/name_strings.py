"""Names in strings that ``cryptography`` refuses although Go and OpenSSL read them.

These are PrintableStrings with signs such as ``*`` and ``&``, and TeletexStrings with letters beyond ASCII; old certificate
authorities write both. For reading they are turned into UTF-8; signatures and fingerprints are those of the original.
"""

from __future__ import annotations

from . import der as asn1
from .go_der import SEQUENCE, SET, Cursor, Refused

_UTF8, _PRINTABLE, _TELETEX = 0x0C, 0x13, 0x14
_VERSION = 0xA0
_BAD = "malformed"


def readable(content: bytes) -> bytes | None:
    """A DER certificate with such names written as UTF-8; None where there are none or its shape is wrong. Never raises."""
    try:
        outside = Cursor(content, _BAD).inside()
        body, rest = outside.inside(), b"".join(_elements(outside))
        fields = list(_elements(body))
        for which in (3, 5) if fields and fields[0][0] == _VERSION else (2, 4):
            fields[which] = _name(fields[which])
    except (Refused, IndexError):
        return None
    changed = asn1.tlv(SEQUENCE, asn1.tlv(SEQUENCE, b"".join(fields)) + rest)
    return changed if changed != content else None


def _elements(inside: Cursor) -> list[bytes]:
    found = []
    while not inside.empty:
        found.append(asn1.tlv(*inside.any()))
    return found


def _name(name: bytes) -> bytes:
    sets = (b"".join(_attribute(each) for each in part.each()) for part in Cursor(name, _BAD).inside().each(SET))
    return asn1.tlv(SEQUENCE, b"".join(asn1.tlv(SET, one) for one in sets))


def _attribute(attribute: Cursor) -> bytes:
    parts = []
    while not attribute.empty:
        tag, value = attribute.any()
        if tag == _TELETEX or (tag == _PRINTABLE and value.isascii()):
            tag, value = _UTF8, value.decode("latin-1").encode()
        parts.append(asn1.tlv(tag, value))
    return asn1.tlv(SEQUENCE, b"".join(parts))
