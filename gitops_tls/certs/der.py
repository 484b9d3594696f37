"""Just enough DER to tell what kind of thing some bytes are; the parsing proper is cryptography's."""

from __future__ import annotations

from ..records import NamedTuple

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31
_MOST_PARTS = 16
_PKCS7 = bytes.fromhex("2a864886f70d010702")
_OPEN_PKCS7 = b"\x30\x80\x06\x09" + _PKCS7
"""How a PKCS#7 bundle in BER begins, whose end is not told: Java and S/MIME tools write such."""

CERTIFICATE, REQUEST, PKCS12 = "certificate", "certificate request", "PKCS#12"
PKCS7 = "PKCS#7"
SIGNED = "signed data"
PRIVATE_KEY, ENCRYPTED_KEY, PUBLIC_KEY = "private key", "encrypted private key", "public key"


class Element(NamedTuple):
    """One tag-length-value: the tag byte, where its content starts and ends."""

    tag: int
    start: int
    end: int


def element(data: bytes, at: int = 0, limit: int | None = None) -> Element | None:
    """The element at an offset; None where the bytes are no definite-length DER or run past ``limit``."""
    limit = len(data) if limit is None else limit
    if at + 2 > limit:
        return None
    tag, length, start = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        return None
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or start + size > limit:
            return None
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    return Element(tag, start, start + length) if start + length <= limit else None


def parts(data: bytes, parent: Element) -> list[Element]:
    """The elements inside a constructed one, at most the first sixteen; stops at the first that is broken."""
    found: list[Element] = []
    at = parent.start
    while at < parent.end and len(found) < _MOST_PARTS:
        part = element(data, at, parent.end)
        if part is None:
            break
        found.append(part)
        at = part.end
    return found


def body_fields(data: bytes) -> list[Element]:
    """The fields of a certificate's body: serial number, algorithm, issuer, validity, subject, key, …; fewer where broken."""
    whole = element(data)
    body = element(data, whole.start, whole.end) if whole is not None else None
    fields = parts(data, body) if body is not None else []
    return fields[1:] if fields and fields[0].tag == 0xA0 else fields


def tlv(tag: int, content: bytes) -> bytes:
    """One element, its length in the shortest form."""
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def first_element(data: bytes) -> bytes:
    """The first element of some bytes, without what follows it (OpenSSL's trust settings, padding)."""
    whole = element(data)
    return data if whole is None or whole.end == len(data) else data[: whole.end]


def kind_of(data: bytes) -> str | None:
    """What DER bytes hold: one of the constants above, or None. Judged by shape alone, in constant time."""
    whole = element(data)
    if whole is None or whole.tag != SEQUENCE:
        return PKCS7 if data.startswith(_OPEN_PKCS7) else None
    inside = parts(data, whole)
    tags = [part.tag for part in inside]
    if tags[:2] == [INTEGER, SEQUENCE] and data[inside[0].start : inside[0].end] == b"\x03":
        return PKCS12
    if tags == [OID, 0xA0] and data[inside[0].start : inside[0].end] == _PKCS7:
        return PKCS7
    if tags == [SEQUENCE, SEQUENCE, BIT_STRING]:
        return _signed_kind(data, inside[0])
    if tags == [SEQUENCE, BIT_STRING]:
        return PUBLIC_KEY
    if tags == [SEQUENCE, OCTET_STRING]:
        return ENCRYPTED_KEY
    if tags[:3] == [INTEGER, SEQUENCE, OCTET_STRING] or tags[:2] == [INTEGER, OCTET_STRING] or tags[:9] == [INTEGER] * 9:
        return PRIVATE_KEY
    return None


def _signed_kind(data: bytes, body: Element) -> str | None:
    """A certificate or a request: both are a body, an algorithm and a signature."""
    tags = [part.tag for part in parts(data, body)]
    if tags[:1] == [0xA0] or (tags[:3] == [INTEGER, SEQUENCE, SEQUENCE] and tags[3:5] == [SEQUENCE, SEQUENCE]):
        return CERTIFICATE
    if tags[:3] == [INTEGER, SEQUENCE, SEQUENCE]:
        return REQUEST
    return SIGNED
