"""Certificates that no builder makes: the bytes of a good one changed and signed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from certs_pki import Issued
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gitops_tls.certs import der
from gitops_tls.certs.pem import encode

VERSION, SERIAL, INNER_ALGORITHM, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS = range(8)


class Bent(NamedTuple):
    """A certificate as bytes alone."""

    der: bytes

    @property
    def pem(self) -> bytes:
        return encode(self.der)


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element of DER."""
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def split(data: bytes) -> list[bytes]:
    """The elements inside a constructed one."""
    whole = der.element(data)
    assert whole is not None
    found, at = [], whole.start
    while at < whole.end:
        part = der.element(data, at)
        assert part is not None
        found.append(data[at : part.end])
        at = part.end
    return found


def bend(issued: Issued, signer: Any, change: Callable[[list[bytes]], object]) -> Bent:
    """The certificate with its fields changed in place, signed by an EC key."""
    body, algorithm, _ = split(issued.der)
    fields = split(body)
    change(fields)
    body = tlv(0x30, *fields)
    return Bent(tlv(0x30, body, algorithm, tlv(3, b"\0", signer.sign(body, ec.ECDSA(hashes.SHA256())))))


def serial(number: bytes) -> Callable[[list[bytes]], object]:
    """Another serial number, as the bytes of its INTEGER."""
    return lambda fields: fields.__setitem__(SERIAL, tlv(2, number))


def replaced(field: int, old: bytes, new: bytes) -> Callable[[list[bytes]], object]:
    """One field with some of its bytes replaced by as many others."""

    def change(fields: list[bytes]) -> None:
        assert fields[field].count(old) == 1
        assert len(old) == len(new)
        fields[field] = fields[field].replace(old, new)

    return change


def doubled(oid: bytes) -> Callable[[list[bytes]], object]:
    """An extension that is there twice."""

    def change(fields: list[bytes]) -> None:
        every = split(split(fields[EXTENSIONS])[0])
        again = [each for each in every if oid in each]
        assert len(again) == 1
        fields[EXTENSIONS] = tlv(0xA3, tlv(0x30, *every, *again))

    return change


def compressed(fields: list[bytes]) -> None:
    """The key as a compressed point."""
    algorithm, bits = split(fields[KEY])
    point = bits[-64:]
    fields[KEY] = tlv(0x30, algorithm, tlv(3, b"\0", bytes([2 + point[-1] % 2]), point[:32]))


def first_version(*, extensions: bool) -> Callable[[list[bytes]], object]:
    """A certificate of version 1, with the extensions that only version 3 may have or without them."""

    def change(fields: list[bytes]) -> None:
        if not extensions:
            del fields[EXTENSIONS]
        del fields[VERSION]

    return change


def raw(oid: str, value: bytes) -> x509.UnrecognizedExtension:
    """An extension with any content."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def alternative_names(*names: tuple[int, bytes]) -> x509.UnrecognizedExtension:
    """A subjectAltName of tags and contents as they are: 1 mail, 2 DNS, 6 URI, 7 address, 8 another kind."""
    return raw("2.5.29.17", tlv(0x30, *(tlv(0x80 | kind, value) for kind, value in names)))


def name_constraints(permitted: list[tuple[int, bytes]] | None, excluded: list[tuple[int, bytes]] | None = None) -> Any:
    """A nameConstraints of tags and contents as they are; None leaves the part away."""
    parts = [
        tlv(tag, *(tlv(0x30, tlv(0x80 | kind, value)) for kind, value in trees))
        for tag, trees in ((0xA0, permitted), (0xA1, excluded))
        if trees is not None
    ]
    return raw("2.5.29.30", tlv(0x30, *parts))
