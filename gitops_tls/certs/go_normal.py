"""Certificates that Go parses although ``cryptography`` does not: what Go passes over is left out of a copy made for reading.

Go's parser takes from each structure the parts that it knows and ignores what follows them; it takes a flag that says FALSE
where the standard wants none, a GeneralizedTime before 2050, and certificates of version 2, whose extensions it ignores.
Signatures and fingerprints are those of the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from . import der as asn1
from . import go_extensions
from .go_der import BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, Cursor, Refused

if TYPE_CHECKING:
    from cryptography import x509

_WITH_PARAMETERS = (bytes.fromhex("2a864886f70d01010a"), bytes.fromhex("2b6570"))
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_ZONE = r"(Z|[+-](?!0000)\d{4})\Z"
_TIMES = {
    _UTC_TIME: re.compile(r"(\d{10})(\d\d|)" + _ZONE, re.ASCII),
    _GENERALIZED_TIME: re.compile(r"(\d{12})(\d\d)" + _ZONE, re.ASCII),
}
"""Also with an offset, and UTCTime without seconds; an offset of nothing is written as Z."""


def load_go(content: bytes) -> x509.Certificate:
    """The parsed form of a certificate or else of its normal form. Raises what ``cryptography`` raises, or Refused."""
    from .read import load_der

    try:
        parsed = load_der(content)
        parsed.subject, parsed.issuer  # noqa: B018 - read here because they raise on sets without a part
        return parsed
    except Exception:  # an unknown version is no ValueError
        return load_der(normal(content))


def normal(content: bytes) -> bytes:
    """A DER certificate as ``cryptography`` takes it. Raises Refused with Go's error where Go does not parse it either."""
    whole = Cursor(content, "x509: malformed certificate").inside()
    body = _body(content, whole.inside())
    return _sequence(body, _signature(whole.inside()), asn1.tlv(BIT_STRING, whole.one(BIT_STRING)))


def _sequence(*parts: bytes) -> bytes:
    return asn1.tlv(SEQUENCE, b"".join(parts))


def _body(content: bytes, body: Cursor) -> bytes:
    version = _version(body)
    parts = [asn1.tlv(go_extensions.VERSION, asn1.tlv(INTEGER, b"\2"))] if version == 2 else []
    parts += [asn1.tlv(INTEGER, body.one(INTEGER)), _signature(body.inside()), _name(body.inside())]
    dates = body.inside()
    parts += [_sequence(_time(*dates.any()), _time(*dates.any())), _name(body.inside())]
    key = body.inside()
    parts.append(_sequence(_algorithm(key.inside()), asn1.tlv(BIT_STRING, key.one(BIT_STRING))))
    extensions = [_extension(*each) for each in go_extensions.each(content)]
    return _sequence(*parts, asn1.tlv(go_extensions.EXTENSIONS, _sequence(*extensions)) if extensions else b"")


def _version(body: Cursor) -> int:
    if not body.peek(go_extensions.VERSION):
        return 0
    inside = body.inside(go_extensions.VERSION)
    version = inside.integer()
    if not inside.empty or version < 0:
        raise Refused("x509: malformed version")
    if version > 2:
        raise Refused("x509: invalid version")
    return version


def _signature(inside: Cursor) -> bytes:
    """The algorithm of a signature: of the parameters Go looks only at those of RSA-PSS and Ed25519."""
    oid = inside.oid()
    kept = oid in _WITH_PARAMETERS and not inside.empty
    return _sequence(asn1.tlv(OID, oid), asn1.tlv(*inside.any()) if kept else b"")


def _algorithm(inside: Cursor) -> bytes:
    oid = asn1.tlv(OID, inside.oid())
    return _sequence(oid, b"" if inside.empty else asn1.tlv(*inside.any()))


def _name(inside: Cursor) -> bytes:
    """A name whose sets have one part each: Go minds neither empty sets nor the order and repetition of their parts."""
    return _sequence(*(asn1.tlv(SET, part) for parts in inside.each(SET) for part in _attributes(parts)))


def _attributes(inside: Cursor) -> Iterator[bytes]:
    for each in inside.each():
        yield _sequence(asn1.tlv(OID, each.oid()), asn1.tlv(*each.any()))


def _time(tag: int, value: bytes) -> bytes:
    """A time in the form of the standard."""
    if tag not in _TIMES:
        raise Refused("x509: unsupported time format")
    malformed = Refused(f"x509: malformed {'UTCTime' if tag == _UTC_TIME else 'GeneralizedTime'}")
    found = _TIMES[tag].match(value.decode("latin-1"))
    if found is None:
        raise malformed
    century = "" if tag == _GENERALIZED_TIME else "19" if found[1] >= "50" else "20"
    try:
        moment = datetime.strptime(f"{century}{found[1]}{found[2] or '00'}{found[3]}", "%Y%m%d%H%M%S%z").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise malformed from None
    written = f"{moment.year:04}{moment:%m%d%H%M%S}Z".encode()
    return asn1.tlv(_UTC_TIME, written[2:]) if 1950 <= moment.year < 2050 else asn1.tlv(_GENERALIZED_TIME, written)


def _extension(oid: bytes, critical: bool, value: bytes) -> bytes:
    flag = asn1.tlv(BOOLEAN, b"\xff") if critical else b""
    return _sequence(asn1.tlv(OID, oid), flag, asn1.tlv(OCTET_STRING, value))
