"""What is known of certificates and keys; no secret is ever in these values."""

from __future__ import annotations

from datetime import datetime

from ..records import NamedTuple


class Certificate(NamedTuple):
    """A parsed certificate. Dates are UTC. ``der`` is the certificate itself (public)."""

    subject: str
    issuer: str
    common_name: str | None
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    is_ca: bool
    key: str
    serial: str
    sha256: str
    spki_sha256: str
    not_before: datetime
    not_after: datetime
    extended_key_usage: tuple[str, ...] | None
    signature_algorithm: str
    der: bytes
    line: int
    """Line of the PEM block in its file, from 1."""
    has_names: bool = True
    """Whether there is a subjectAltName extension at all (of whatever kind)."""
    version: int = 3
    basic_constraints: tuple[bool, int | None] | None = None
    """``(cA, pathLenConstraint)``; None where the extension is absent."""
    key_usage: tuple[str, ...] | None = None
    """RFC 5280 names (``digitalSignature``, ``keyCertSign``); None where the extension is absent."""
    subject_key_id: str | None = None
    authority_key_id: str | None = None


class CertificateProblem(NamedTuple):
    """A certificate that could not be read; ``message`` says why, without its content."""

    message: str
    line: int


class KeyFact(NamedTuple):
    """A private key: only its type, size and the hash of its public half (None where it could not be read)."""

    kind: str
    bits: int
    spki_sha256: str | None
    encrypted: bool
    line: int
