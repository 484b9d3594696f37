"""Certificates written in DER by hand: libraries that make certificates refuse to make most of what is wanted here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa


def tlv(tag: int, *content: bytes) -> bytes:
    inside = b"".join(content)
    size = len(inside)
    length = bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + inside


def seq(*content: bytes) -> bytes:
    return tlv(0x30, *content)


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    out = bytearray()
    for value in (first * 40 + second, *rest):
        part = [value & 0x7F]
        while value := value >> 7:
            part.append(value & 0x7F | 0x80)
        out += bytes(reversed(part))
    return tlv(6, bytes(out))


def integer(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def attribute(kind: str, value: str | bytes, tag: int = 0x0C) -> bytes:
    content = value if isinstance(value, bytes) else value.encode({0x1E: "utf-16-be", 0x14: "latin-1"}.get(tag, "utf-8"))
    return seq(oid({"CN": "2.5.4.3", "O": "2.5.4.10", "mail": "1.2.840.113549.1.9.1"}[kind]), tlv(tag, content))


def name(*parts: bytes | list[bytes]) -> bytes:
    return seq(*(tlv(0x31, *([part] if isinstance(part, bytes) else sorted(part))) for part in parts))


def called(common_name: str) -> bytes:
    return name(attribute("O", "zilliz"), attribute("CN", common_name))


def dns(value: str | bytes) -> bytes:
    return tlv(0x82, value.encode() if isinstance(value, str) else value)


def directory(value: bytes) -> bytes:
    return tlv(0xA4, value)


BASIC, USAGE, EXTENDED, NAMES, CONSTRAINTS = "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.30"
SUBJECT_KEY, AUTHORITY_KEY, POLICIES, LIMITS = "2.5.29.14", "2.5.29.35", "2.5.29.32", "2.5.29.36"
MAPPINGS, INHIBIT_ANY, POINTS, NETSCAPE = "2.5.29.33", "2.5.29.54", "2.5.29.31", "2.16.840.1.113730.1.1"
NULL = b"\x05\x00"
TRUE = b"\x01\x01\xff"
SERVER, CLIENT = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
_BITS = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "crlSign")


def usage(*flags: str) -> bytes:
    value = sum(0x80 >> _BITS.index(flag) for flag in flags)
    return tlv(3, bytes([(value & -value).bit_length() - 1 if value else 0]), bytes([value]) if value else b"")


def basic(authority: bool, length: int | None = None) -> bytes:
    return seq(TRUE if authority else b"", b"" if length is None else integer(length))


def uses(*kinds: str) -> bytes:
    return seq(*(oid(kind) for kind in kinds))


def limits(permitted: Iterable[bytes] = (), excluded: Iterable[bytes] = (), extra: bytes = b"") -> bytes:
    trees = [b"".join(seq(each, extra) for each in group) for group in (permitted, excluded)]
    return seq(*(tlv(0xA0 + i, each) for i, each in enumerate(trees) if each))


@cache
def key(kind: str, number: int = 0) -> Any:
    curves: dict[str, ec.EllipticCurve] = {
        "P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "P-224": ec.SECP224R1(),
    }  # fmt: skip
    if kind in curves:
        return ec.derive_private_key(0xABCDEF + number, curves[kind])
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([number + 1]) * 32)
    if kind == "Ed448":
        return ed448.Ed448PrivateKey.from_private_bytes(bytes([number + 1]) * 57)
    return rsa.generate_private_key(65537, int(kind.partition(" ")[2]))


def public(private: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(private.public_key().public_bytes(serialization.Encoding.DER, form))


def key_id(private: Any) -> bytes:
    return hashlib.sha1(public(private), usedforsecurity=False).digest()


_SIGNATURES = {
    "RSA SHA256": ("1.2.840.113549.1.1.11", NULL), "RSA SHA1": ("1.2.840.113549.1.1.5", NULL),
    "RSA MD5": ("1.2.840.113549.1.1.4", NULL), "RSA SHA224": ("1.2.840.113549.1.1.14", NULL),
    "EC SHA256": ("1.2.840.10045.4.3.2", b""), "EC SHA1": ("1.2.840.10045.4.1", b""),
    "EC SHA224": ("1.2.840.10045.4.3.1", b""), "EC SHA512": ("1.2.840.10045.4.3.4", b""),
    "Ed25519": ("1.3.101.112", b""), "Ed448": ("1.3.101.113", b""),
}  # fmt: skip


def signature(private: Any, digest: str, data: bytes) -> tuple[str, bytes]:
    """The algorithm's name and the signature."""
    if isinstance(private, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)):
        return ("Ed25519" if isinstance(private, ed25519.Ed25519PrivateKey) else "Ed448"), private.sign(data)
    chosen = getattr(hashes, digest)()
    if isinstance(private, rsa.RSAPrivateKey):
        return f"RSA {digest}", private.sign(data, padding.PKCS1v15(), chosen)
    digest = digest if f"EC {digest}" in _SIGNATURES else "SHA256"
    return f"EC {digest}", private.sign(data, ec.ECDSA(getattr(hashes, digest)()))


class Made:
    """A certificate to be: fields in DER, extensions as ``{oid: [critical, value]}``."""

    def __init__(self, subject: bytes, private: Any, issuer: Made | None, now: datetime) -> None:
        self.subject, self.private, self.issuer, self.now = subject, private, issuer, now
        self.issuer_name: bytes | None = None
        self.version, self.serial = 2, integer(4711)
        self.begin, self.end = now - timedelta(days=2), now + timedelta(days=800)
        self.extensions: list[tuple[str, bool, bytes]] = []
        self.digest, self.outer, self.damaged, self.behind = "SHA256", "", False, b""
        self.validity: bytes | None = None
        self.key_info: bytes | None = None

    def set(self, kind: str, value: bytes, critical: bool = False) -> None:
        self.extensions = [each for each in self.extensions if each[0] != kind] + [(kind, critical, value)]

    def drop(self, *kinds: str) -> None:
        self.extensions = [each for each in self.extensions if each[0] not in kinds]

    def der(self) -> bytes:
        signer = self.issuer.private if self.issuer else self.private
        issuer = self.issuer_name or (self.issuer.subject if self.issuer else self.subject)
        algorithm, _ = signature(signer, self.digest, b"")
        validity = self.validity or seq(*(tlv(0x17, f"{each:%y%m%d%H%M%SZ}".encode()) for each in (self.begin, self.end)))
        extensions = seq(*(seq(oid(kind), TRUE if critical else b"", tlv(4, value)) for kind, critical, value in self.extensions))
        body = seq(
            tlv(0xA0, integer(self.version)) if self.version else b"", self.serial, self._algorithm(algorithm), issuer,
            validity, self.subject, self.key_info or public(self.private), tlv(0xA3, extensions) if self.extensions else b"",
        )  # fmt: skip
        _, signed = signature(signer, self.digest, body)
        if self.damaged:
            signed = signed[:-1] + bytes([signed[-1] ^ 1])
        return seq(body, self._algorithm(self.outer or algorithm), tlv(3, b"\0", signed)) + self.behind

    @staticmethod
    def _algorithm(algorithm: str) -> bytes:
        kind, parameters = _SIGNATURES[algorithm]
        return seq(oid(kind), parameters)
