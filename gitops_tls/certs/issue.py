"""Making certificates that every client of Milvus accepts: a CA with a name of its own, servers with names, clients.

What the script in the Milvus documentation wants to do. There one section of extensions serves all three certificates, so
that its client certificate is a server's and tlsMode 2 refuses it [measured: Milvus 2.3.5].
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from . import keyfiles, policy
from .authority import Authority, digest, key_identifier
from .chain import CLIENT, SERVER
from .facts import Certificate
from .keyfiles import KeyKind
from .pem import blocks
from .read import parse
from .wanted import LONGEST_COMMON_NAME, Names, period

if TYPE_CHECKING:
    from cryptography import x509

CA_NAME = "Milvus CA"
LARGEST_CHAIN = 65_000
"""Bytes of certificates (DER) that every client still reads: Go before 1.22 ends a handshake at a message of 64 KiB."""

_MOST_ASKED = 50
CONSUMERS = {policy.GO: "Go", policy.OPENSSL: "curl (OpenSSL)", policy.GRPC: "pymilvus (gRPC)"}


class Issued:
    """A certificate (``pem``, with the intermediates ``above`` it) and its key, None where an old one is kept.

    It has no ``repr`` on purpose.
    """

    __slots__ = ("above", "facts", "key", "pem")

    def __init__(self, facts: Certificate, pem: bytes, above: bytes, key: bytes | None) -> None:
        self.facts = facts
        self.pem = pem
        self.above = above
        self.key = key

    @property
    def chain(self) -> bytes:
        """What a server or client presents: the certificate first, then the intermediates."""
        return self.pem + self.above


def new_authority(kind: KeyKind, start: datetime, days: int, name: str = CA_NAME) -> tuple[Authority, Issued]:
    """A CA of its own: signs leaves and revocation lists, and no further CA (pathLen 0)."""
    from cryptography import x509

    key = keyfiles.make(kind)
    begin, end = period(start, timedelta(days=days))
    subject = _common_name(name)
    usage = _key_usage("key_cert_sign", "crl_sign")
    builder = _builder(subject, subject, key.public_key(), begin, end)
    builder = builder.add_extension(x509.BasicConstraints(True, 0), True).add_extension(usage, True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    certificate = builder.sign(key, digest(key))
    issued = _issued(certificate, key, b"")
    return Authority(certificate, issued.facts, key, issued.chain), issued


def new_leaf(
    authority: Authority, kind: KeyKind, name: str, names: Names, usage: str, dates: tuple[datetime, datetime]
) -> Issued:
    """A server's (``usage`` ``serverAuth``, with names) or client's (``clientAuth``) certificate with a new key."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = keyfiles.make(kind)
    flags = ["digital_signature"]
    if usage == SERVER and kind.kind == "RSA":
        flags.append("key_encipherment")  # RSA key exchange of TLS 1.2
    extended = ExtendedKeyUsageOID.SERVER_AUTH if usage == SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(False, None), True),
        (_key_usage(*flags), True),
        (x509.ExtendedKeyUsage([extended]), False),
    ]
    if names:
        extensions.append((_alternative_names(names), False))
    subject = _common_name(name)
    if _folded(subject) == _folded(authority.certificate.subject):
        # the documentation's script calls everything CN=localhost: an issuer of the same name looks like a self-signed leaf
        if not names:
            raise UsageError(
                f"`{name}` is the name of the CA too: the two could be mistaken for each other", "choose another name"
            )
        subject = _common_name(f"server {name}"[:LONGEST_COMMON_NAME])
    return sign(authority, key.public_key(), subject, extensions, dates, key)


def sign(
    authority: Authority,
    public: Any,
    subject: x509.Name,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    dates: tuple[datetime, datetime],
    key: Any | None,
) -> Issued:
    """Sign a leaf; the key identifiers are added here. ``key`` is its new key, None where the old one is kept."""
    from cryptography import x509

    builder = _builder(subject, authority.certificate.subject, public, *dates)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    builder = builder.add_extension(key_identifier(authority), False)
    certificate = builder.sign(authority.key, digest(authority.key))
    return _issued(certificate, key, authority.above)


def complaints(facts: Certificate, file: bytes, roots: bytes, at: datetime) -> list[str]:
    """Why a client (or Milvus, of a client) refuses a certificate at a moment; nothing where all is as it should be.

    ``file`` is what is presented (the certificate first), ``roots`` what the other side trusts. Of very many names some are
    asked for: what one differs in from the next was judged when it was given.
    """
    chain = [block.der for block in blocks(file) if block.type == "CERTIFICATE"]
    usages = facts.extended_key_usage
    found: list[str] = []
    size = sum(map(len, chain))
    if size > LARGEST_CHAIN:
        found.append(f"it takes {size:,} bytes: Go before 1.22 refuses more than 64 KiB")
    asked_for = (*facts.dns_names[:_MOST_ASKED], *facts.ip_addresses[:_MOST_ASKED])
    for name in asked_for if usages is None or SERVER in usages else ():
        asked = "milvus" + name[1:] if name.startswith("*.") else name
        for consumer, word in CONSUMERS.items():
            verdict = policy.verify_server(consumer, chain, roots, asked, at)
            if not verdict.ok:
                found.append(f"{word} refuses it for `{asked}`: {verdict.reason}")
    if usages is not None and CLIENT in usages:
        verdict = policy.verify_client(chain, roots, at)
        if not verdict.ok:
            found.append(f"Milvus in tlsMode 2 refuses it: {verdict.reason}")
    return found


def _builder(subject: Any, issuer: Any, public: Any, begin: datetime, end: datetime) -> x509.CertificateBuilder:
    from cryptography import x509

    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(begin).not_valid_after(end)


def _common_name(name: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _folded(name: x509.Name) -> str:
    return name.rfc4514_string().casefold()


def _alternative_names(names: Names) -> x509.SubjectAlternativeName:
    from ipaddress import ip_address

    from cryptography import x509

    found: list[x509.GeneralName] = [x509.DNSName(name) for name in names.dns]
    return x509.SubjectAlternativeName(found + [x509.IPAddress(ip_address(ip)) for ip in names.ips])


def _key_usage(*flags: str) -> x509.KeyUsage:
    from cryptography import x509

    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{flag: flag in flags for flag in every})


def _issued(certificate: x509.Certificate, key: Any, above: bytes) -> Issued:
    from cryptography.hazmat.primitives.serialization import Encoding

    facts = parse(certificate.public_bytes(Encoding.DER))
    assert isinstance(facts, Certificate)
    return Issued(facts, certificate.public_bytes(Encoding.PEM), above, keyfiles.to_pem(key) if key is not None else None)
