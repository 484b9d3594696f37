"""The parts that every verifier shares: what a chain needs to know of a certificate, and whether one signed another."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..records import NamedTuple
from . import der as asn1
from .facts import Certificate, CertificateProblem
from .go_normal import load_go
from .read import load, load_der, parse, quiet, reraise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509

SERVER, CLIENT, ANY = "serverAuth", "clientAuth", "any"


class Verdict(NamedTuple):
    """Whether a certificate is accepted; ``reason`` is the verifier's own error text, empty if ``ok``."""

    ok: bool
    reason: str = ""


ACCEPTED = Verdict(True)


class Link(NamedTuple):
    """A certificate as a link of a chain. Compared by ``der``."""

    der: bytes
    facts: Certificate
    parsed: x509.Certificate
    subject: bytes
    issuer: bytes
    """The names as they stand there."""
    canonical_subject: Any
    canonical_issuer: Any

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name."""
        return bool(self.canonical_subject == self.canonical_issuer)

    @property
    def algorithm(self) -> str:
        """``RSA``, ``EC``, ``Ed25519``, …"""
        return self.facts.key.partition(" ")[0]

    @property
    def bits(self) -> int:
        """The size of an RSA or DSA key; 0 for others."""
        size = self.facts.key.rpartition(" ")[2]
        return int(size) if size.isdigit() else 0

    def allows_signing(self) -> bool:
        """No keyUsage (or one without any bit, which Go takes for none), or one with keyCertSign."""
        return not self.facts.key_usage or "keyCertSign" in self.facts.key_usage

    def has_usage(self, usage: str, *, any_counts: bool) -> bool:
        """No extendedKeyUsage, or one with the usage (``any_counts``: or with anyExtendedKeyUsage)."""
        usages = self.facts.extended_key_usage
        return usages is None or usage in usages or (any_counts and ANY in usages)


@lru_cache(maxsize=2048)
@quiet
def link(content: bytes) -> Link | None:
    """A DER certificate as a link; None where it is malformed."""
    parsed = load(content)
    facts: Certificate | CertificateProblem | None = parse(content)
    if parsed is None:
        parsed, facts = _odd(content)
    if parsed is None or not isinstance(facts, Certificate):
        return None
    try:
        return _link(content, facts, parsed)
    except BaseException as error:
        reraise(error)
        return None


def _odd(content: bytes) -> tuple[x509.Certificate | None, Certificate | None]:
    """A certificate whose extensions only ``cryptography`` refuses: see ``strict.tolerated``."""
    from .strict import tolerated

    facts = tolerated(content)
    if facts is None:
        return None, None
    return load_der(facts.der), facts


@lru_cache(maxsize=2048)
@quiet
def go_link(content: bytes) -> Link | None:
    """A DER certificate that Go can parse as a link; None for others. Its extensions: see ``go_extensions``."""
    from .pair import go_certificate

    facts = go_certificate(content)
    known = link(content)
    if facts is None or known is not None:
        return None if facts is None else known
    try:
        return _link(content, facts, load_go(facts.der))
    except BaseException as error:
        reraise(error)
        return None


def any_link(content: bytes) -> Link | None:
    """A DER certificate as a link if anything can read it: Go takes some that others do not."""
    return link(content) or go_link(content)


def links(contents: Iterable[bytes]) -> list[Link]:
    """The links of those certificates that can be read."""
    return [each for each in (link(content) for content in contents) if each is not None]


def _link(content: bytes, facts: Certificate, parsed: x509.Certificate) -> Link:
    _, algorithm, issuer, validity, subject, *_ = asn1.body_fields(content)
    return Link(
        der=content,
        facts=facts,
        parsed=parsed,
        subject=content[validity.end : subject.end],
        issuer=content[algorithm.end : issuer.end],
        canonical_subject=_canonical(parsed.subject),
        canonical_issuer=_canonical(parsed.issuer),
    )


def _canonical(name: x509.Name) -> tuple[frozenset[tuple[str, str | bytes]], ...]:
    """A name as OpenSSL compares it: case and inner blanks do not count."""

    def folded(value: str | bytes) -> str | bytes:
        return " ".join(value.lower().split()) if isinstance(value, str) else value

    return tuple(frozenset((each.oid.dotted_string, folded(each.value)) for each in rdn) for rdn in name.rdns)


def algorithm_fits(child: Link, parent: Link) -> bool:
    """Whether the kind of signature on the child can be made with the parent's kind of key."""
    signature = child.facts.signature_algorithm
    family = "RSA" if "RSA" in signature else "EC" if signature.endswith("-ECDSA") else signature
    return family == parent.algorithm


@lru_cache(maxsize=4096)
def _signed(child: bytes, parent: bytes) -> bool:
    one, other = any_link(child), any_link(parent)
    if one is None or other is None or not algorithm_fits(one, other):
        return False
    from cryptography.hazmat.primitives.asymmetric import ec

    certificate = one.parsed
    try:
        public: Any = other.parsed.public_key()
        data = (certificate.signature, _signed_bytes(one.der))
        parameters = certificate.signature_algorithm_parameters
        if other.algorithm == "RSA":
            public.verify(*data, parameters, certificate.signature_hash_algorithm)
        elif isinstance(parameters, ec.ECDSA):
            public.verify(*data, parameters)
        else:
            public.verify(*data)
    except BaseException as error:
        reraise(error)
        return False
    return True


def _signed_bytes(content: bytes) -> bytes:
    """The body of a certificate as it stands there."""
    whole = asn1.element(content)
    body = asn1.element(content, whole.start, whole.end) if whole is not None else None
    return content[whole.start : body.end] if whole is not None and body is not None else b""


def signed_by(child: Link, parent: Link) -> bool:
    """Whether the parent's key made the child's signature. The algorithm's strength is not judged here."""
    return _signed(child.der, parent.der)


def date_error(certificate: Link, at: datetime, *, early: str, late: str) -> str:
    """``early`` before the dates, ``late`` after them, empty inside."""
    if at < certificate.facts.not_before:
        return early
    return late if at > certificate.facts.not_after else ""
