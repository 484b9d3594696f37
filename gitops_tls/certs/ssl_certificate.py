"""A certificate as OpenSSL and BoringSSL take it apart: the fields as they stand there, nothing judged but the structure."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache

from ..records import NamedTuple
from . import ssl_names
from .go_der import BIT_STRING, INTEGER, OCTET_STRING, SEQUENCE, Cursor, Refused

_VERSION, _ISSUER_ID, _SUBJECT_ID, _EXTENSIONS = 0xA0, 0x81, 0x82, 0xA3
_UTC, _GENERALIZED = 0x17, 0x18
_RSA, _EC = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201")
_KINDS = {
    _RSA: "RSA",
    _EC: "EC",
    bytes.fromhex("2b6570"): "Ed25519",
    bytes.fromhex("2b6571"): "Ed448",
    bytes.fromhex("2a8648ce380401"): "DSA",
    bytes.fromhex("2a864886f70d01010a"): "RSA-PSS",
}
_CURVES = {
    bytes.fromhex("2a8648ce3d030107"): "P-256",
    bytes.fromhex("2b81040022"): "P-384",
    bytes.fromhex("2b81040023"): "P-521",
    bytes.fromhex("2b81040021"): "P-224",
    bytes.fromhex("2b8104000a"): "secp256k1",
}


class Key(NamedTuple):
    """A public key: ``kind`` (``RSA``, ``EC``, …; empty if unknown), bits of an RSA modulus, the curve's name, its DER."""

    kind: str
    bits: int
    curve: str
    info: bytes


class SslCertificate(NamedTuple):
    """The fields of a certificate. Names are the content of their SEQUENCE; dates None where they cannot be read."""

    der: bytes
    version: int
    serial: bytes
    algorithm: bytes
    """The signature's algorithm as the body names it; ``outer`` as it stands beside the signature."""
    outer: bytes
    issuer: bytes
    subject: bytes
    not_before: datetime | None
    not_after: datetime | None
    key: Key
    extensions: tuple[tuple[bytes, bool, bytes], ...]
    body: bytes
    signature: bytes
    canonical_subject: bytes
    canonical_issuer: bytes

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name."""
        return self.canonical_subject == self.canonical_issuer

    def valid_at(self, at: datetime) -> bool:
        """Whether the moment lies inside the dates, both ends included."""
        return self.not_before is not None and self.not_after is not None and self.not_before <= at <= self.not_after


@lru_cache(maxsize=2048)
def certificate(content: bytes) -> SslCertificate | None:
    """A DER certificate without anything behind it; None where it is none."""
    try:
        return _certificate(content)
    except (Refused, ValueError):
        return None


def _certificate(content: bytes) -> SslCertificate:
    start = Cursor(content, "no certificate")
    whole = start.inside()
    if not start.empty:
        raise Refused("bytes behind the certificate")
    body = whole.one(SEQUENCE)
    outer, bits = whole.one(SEQUENCE), whole.one(BIT_STRING)
    if not whole.empty or not bits:
        raise Refused("no certificate")
    fields = Cursor(body, "no certificate")
    version = fields.inside(_VERSION).integer() if fields.peek(_VERSION) else 0
    serial, algorithm = fields.one(INTEGER), fields.one(SEQUENCE)
    issuer, validity, subject = fields.one(SEQUENCE), fields.inside(), fields.one(SEQUENCE)
    info = fields.one(SEQUENCE)
    for tag in (_ISSUER_ID, _SUBJECT_ID):
        fields.optional(tag)
    extensions = _extensions(fields) if fields.peek(_EXTENSIONS) else ()
    if not fields.empty or not algorithm or not _shortest(serial):
        raise Refused("no certificate")
    return SslCertificate(
        der=content,
        version=version,
        serial=serial,
        algorithm=algorithm,
        outer=outer,
        issuer=issuer,
        subject=subject,
        not_before=_time(*validity.any()),
        not_after=_time(*validity.any()),
        key=_key(info),
        extensions=extensions,
        body=ssl_names.element(SEQUENCE, body),
        signature=bits[1:],
        canonical_subject=ssl_names.canonical(subject),
        canonical_issuer=ssl_names.canonical(issuer),
    )


def _shortest(number: bytes) -> bool:
    """Whether an INTEGER is written without padding."""
    return bool(number) and not (len(number) > 1 and number[0] in (0, 0xFF) and (number[0] ^ number[1]) < 0x80)


def _extensions(fields: Cursor) -> tuple[tuple[bytes, bool, bytes], ...]:
    found = []
    for one in fields.inside(_EXTENSIONS).inside().each():
        kind = one.oid()
        critical = one.optional(0x01)
        found.append((kind, bool(critical and critical != b"\0"), one.one(OCTET_STRING)))
        if not one.empty:
            raise Refused("no extension")
    return tuple(found)


def _time(tag: int, value: bytes) -> datetime | None:
    """A date with seconds and in UTC, the only kind that is compared."""
    written = value.decode("ascii", "replace")
    if tag not in (_UTC, _GENERALIZED):
        raise Refused("no date")
    if not written.endswith("Z") or not written[:-1].isdigit() or len(written) != (13 if tag == _UTC else 15):
        return None
    if tag == _UTC:
        written = ("20" if written < "50" else "19") + written
    if written.startswith("0000"):
        return datetime.min.replace(tzinfo=timezone.utc)
    try:
        return datetime.strptime(written, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _key(info: bytes) -> Key:
    whole = ssl_names.element(SEQUENCE, info)
    try:
        fields = Cursor(info, "no key")
        algorithm = fields.inside()
        kind = _KINDS.get(algorithm.oid(), "")
        bits = fields.one(BIT_STRING)
        if kind == "EC":
            return Key(kind, 0, _CURVES.get(algorithm.oid(), "other"), whole)
        if kind in ("RSA", "RSA-PSS"):
            return Key("RSA", int.from_bytes(Cursor(bits[1:], "no key").inside().one(INTEGER), "big").bit_length(), "", whole)
        if kind == "DSA":
            return Key(kind, int.from_bytes(algorithm.inside().one(INTEGER), "big").bit_length(), "", whole)
        return Key(kind, 0, "", whole)
    except Refused:
        return Key("", 0, "", whole)


def date_error(one: SslCertificate, at: datetime) -> str:
    """What both libraries say of a certificate's dates; empty inside them."""
    for moment, what in ((one.not_before, "Before"), (one.not_after, "After")):
        if moment is None:
            return f"format error in certificate's not{what} field"
        if what == "Before" and at < moment:
            return "certificate is not yet valid"
        if what == "After" and at > moment:
            return "certificate has expired"
    return ""
