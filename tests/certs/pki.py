"""A small certificate maker for tests: nothing it makes is kept, no key is committed.

EC and Ed25519 keys are derived from a number, so that a test can be repeated; RSA keys are made once a session.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc)
"""The moment of the measurements the expectations come from."""

EKU = {
    "server": ExtendedKeyUsageOID.SERVER_AUTH,
    "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "code": ExtendedKeyUsageOID.CODE_SIGNING,
}
KU = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
      "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
LEAF_USAGE = ("digital_signature", "content_commitment", "key_encipherment")
CA_USAGE = ("key_cert_sign", "crl_sign")
_CURVES: dict[str, ec.EllipticCurve] = {
    "P-224": ec.SECP224R1(), "P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(),
}  # fmt: skip


@cache
def ec_key(seed: int, curve: str = "P-256") -> ec.EllipticCurvePrivateKey:
    """The same EC key for the same number, every time."""
    return ec.derive_private_key(0x1234567 + seed, _CURVES[curve])


@cache
def ed25519_key(seed: int) -> ed25519.Ed25519PrivateKey:
    """The same Ed25519 key for the same number, every time."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))


@cache
def rsa_key(bits: int = 2048, which: int = 0) -> rsa.RSAPrivateKey:
    """An RSA key, made once a session for each size and ``which``."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


class Issued(NamedTuple):
    """A certificate with its private key."""

    certificate: x509.Certificate
    private: Any

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key(self) -> bytes:
        return key_pem(self.private)


def key_pem(private: Any, form: str = "pkcs8", password: bytes | None = None, encoding: str = "PEM") -> bytes:
    """A private key as bytes. ``form``: ``pkcs8`` or ``traditional`` (PKCS#1, SEC1)."""
    return bytes(
        private.private_bytes(
            getattr(serialization.Encoding, encoding),
            serialization.PrivateFormat.PKCS8 if form == "pkcs8" else serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption(),
        )
    )


def public_pem(private: Any) -> bytes:
    """The public half of a key, ``BEGIN PUBLIC KEY``."""
    return bytes(private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def csr_pem(private: Any, common_name: str = "localhost") -> bytes:
    """A certificate signing request."""
    request = x509.CertificateSigningRequestBuilder().subject_name(name(common_name)).sign(private, _hash(private))
    return request.public_bytes(serialization.Encoding.PEM)


def pkcs12(issued: Issued, password: bytes | None = None) -> bytes:
    """A PKCS#12 container."""
    from cryptography.hazmat.primitives.serialization import pkcs12 as container

    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return container.serialize_key_and_certificates(b"x", issued.private, issued.certificate, None, protection)


def name(common_name: str | None, organisation: str = "zilliz") -> x509.Name:
    """A subject: O and, if given, CN."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)]
    if common_name is not None:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)


def issue(
    common_name: str | None,
    private: Any,
    issuer: Issued | None = None,
    *,
    dns: Sequence[str] = (),
    ips: Sequence[str] = (),
    eku: Sequence[str] | None = None,
    usage: Sequence[str] | None = None,
    ca: bool | None = False,
    path_length: int | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    aki: bool = True,
    ski: bool = True,
    hash_name: str = "SHA256",
    serial: int = 4711,
    issuer_name: x509.Name | None = None,
    subject: x509.Name | None = None,
    permitted: Sequence[x509.GeneralName] = (),
    excluded: Sequence[x509.GeneralName] = (),
    unknown_critical: bool = False,
) -> Issued:
    """Issue a certificate. Without ``issuer`` it signs itself. ``ca=None`` leaves basicConstraints away."""
    subject = subject or name(common_name)
    signer = issuer.private if issuer else private
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name or (issuer.certificate.subject if issuer else subject))
        .public_key(private.public_key())
        .serial_number(serial)
        .not_valid_before(not_before or NOW - timedelta(days=1))
        .not_valid_after(not_after or NOW + timedelta(days=3650))
    )
    for extension, critical in _extensions(private, issuer, dns, ips, eku, usage, ca, path_length, aki, ski):
        builder = builder.add_extension(extension, critical)
    if permitted or excluded:
        builder = builder.add_extension(x509.NameConstraints(list(permitted) or None, list(excluded) or None), True)
    if unknown_critical:
        builder = builder.add_extension(x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), True)
    deterministic = True if isinstance(signer, ec.EllipticCurvePrivateKey) else None
    return Issued(builder.sign(signer, _hash(signer, hash_name), ecdsa_deterministic=deterministic), private)


def _hash(private: Any, hash_name: str = "SHA256") -> Any:
    return None if isinstance(private, ed25519.Ed25519PrivateKey) else getattr(hashes, hash_name)()


def _extensions(
    private: Any,
    issuer: Issued | None,
    dns: Sequence[str],
    ips: Sequence[str],
    eku: Sequence[str] | None,
    usage: Sequence[str] | None,
    ca: bool | None,
    path_length: int | None,
    aki: bool,
    ski: bool,
) -> list[tuple[x509.ExtensionType, bool]]:
    made: list[tuple[x509.ExtensionType, bool]] = []
    if ca is not None:
        made.append((x509.BasicConstraints(ca, path_length), ca))
    if usage is not None:
        made.append((x509.KeyUsage(**{flag: flag in usage for flag in KU}), False))
    if eku is not None:
        made.append((x509.ExtendedKeyUsage([EKU[each] for each in eku]), False))
    if dns or ips:
        names: list[x509.GeneralName] = [x509.DNSName(each) for each in dns]
        made.append((x509.SubjectAlternativeName(names + [x509.IPAddress(ipaddress.ip_address(each)) for each in ips]), False))
    if ski:
        made.append((x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False))
    if aki and issuer:
        made.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.private.public_key()), False))
    return made


def root(common_name: str = "Milvus Test CA", seed: int = 1, **options: Any) -> Issued:
    """A CA as it should be (or as ``options`` bend it)."""
    return issue(common_name, options.pop("private", None) or ec_key(seed), **{"ca": True, "usage": CA_USAGE, **options})


def intermediate(issuer: Issued, common_name: str = "Intermediate", seed: int = 2, **options: Any) -> Issued:
    """An intermediate CA."""
    return issue(common_name, ec_key(seed), issuer, **{"ca": True, "usage": CA_USAGE, **options})


def server(issuer: Issued | None, common_name: str | None = "localhost", seed: int = 3, **options: Any) -> Issued:
    """A server certificate for localhost (or as ``options`` bend it)."""
    private = options.pop("private", None) or ec_key(seed)
    return issue(common_name, private, issuer, **{"dns": ["localhost"], "eku": ["server"], "usage": LEAF_USAGE, **options})


def client(issuer: Issued | None, common_name: str | None = "client", seed: int = 4, **options: Any) -> Issued:
    """A client certificate."""
    private = options.pop("private", None) or ec_key(seed)
    return issue(common_name, private, issuer, **{"eku": ["client"], "usage": LEAF_USAGE, **options})


def with_sha1(issued: Issued, issuer: Issued) -> Issued:
    """The same certificate signed with SHA-1, which the builder refuses to do. The issuer's key is RSA."""
    from cryptography.hazmat.primitives.asymmetric import padding

    sha256, sha1 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    body = issued.certificate.tbs_certificate_bytes
    changed = body.replace(sha256, sha1)
    signature = issuer.private.sign(changed, padding.PKCS1v15(), hashes.SHA1())
    whole = issued.der.replace(body, changed).replace(sha256, sha1).replace(issued.certificate.signature, signature)
    return Issued(x509.load_der_x509_certificate(whole), issued.private)
