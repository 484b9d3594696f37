"""A CA that signs: opened from its files, and what it allows its leaves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from . import keyfiles
from .chain import Link, link, signed_by
from .facts import Certificate
from .pem import blocks
from .public import public_name
from .read import load
from .wanted import SLACK, period

if TYPE_CHECKING:
    from cryptography import x509


class Authority:
    """A CA that can sign. ``bundle`` is the PEM file that clients trust; ``above`` the intermediates a leaf must bring."""

    __slots__ = ("above", "bundle", "certificate", "facts", "key")

    def __init__(self, certificate: x509.Certificate, facts: Certificate, key: Any, bundle: bytes, above: bytes = b"") -> None:
        self.certificate = certificate
        self.facts = facts
        self.key = key
        self.bundle = bundle
        self.above = above


def open_authority(bundle: bytes, key_data: bytes, paths: tuple[str, str]) -> Authority:
    """A CA from its files (``paths`` name them in messages). Raises UsageError where it cannot sign leaves.

    The bundle may hold several certificates: the one with the key's public half signs, where a renewed CA stands beside the
    old one that which ends last.
    """
    path, key_path = paths
    found = [block.der for block in blocks(bundle) if block.type == "CERTIFICATE"]
    if not found:
        from .content import describe

        raise UsageError(
            f"`{path}` holds no certificate in PEM: it is {describe(bundle)}", "--ca is the CA's certificate, in PEM"
        )
    key = keyfiles.read_private(key_data, key_path)
    mine = keyfiles.fingerprint(key)
    parsed = [(each, link(each)) for each in found]
    if all(one is None for _, one in parsed):
        raise UsageError(f"the certificate in `{path}` is malformed")
    same_key = [one for _, one in parsed if one is not None and one.facts.spki_sha256 == mine]
    ours = max(same_key, key=lambda one: (one.facts.is_ca, one.facts.not_after), default=None)
    if ours is None:
        raise UsageError(f"`{key_path}` is not the key of `{path}`: their public halves differ", "--ca and --ca-key go together")
    facts = ours.facts
    if not facts.is_ca or not ours.allows_signing():
        raise UsageError(
            f"`{path}` ({facts.subject}) is no CA: clients accept nothing that it signs", "--ca is the CA's certificate"
        )
    published = public_name(facts)
    if published:
        raise UsageError(
            f"`{path}` is the {published}, whose key everybody has: it protects nothing", "leave --ca out: a new CA is made"
        )
    digest(key)
    return Authority(ours.parsed, facts, key, _public_part(bundle), _above(ours, [one for _, one in parsed if one is not None]))


def _public_part(bundle: bytes) -> bytes:
    """What others may be given of a CA's file: all of it, without the key that some people keep in the same one."""
    if b"PRIVATE" not in bundle.upper():
        return bundle
    parts = (bundle[block.start : block.end] for block in blocks(bundle) if block.type == "CERTIFICATE")
    return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in parts)


def _above(ours: Link, bundle: list[Link]) -> bytes:
    """The CA and those above it, as PEM, up to the root, which clients have; nothing where it is the root itself."""
    chain: list[Link] = []
    at: Link | None = ours
    while at is not None and not at.self_issued and at not in chain:
        chain.append(at)
        below = at
        at = next((one for one in bundle if one.subject == below.issuer and signed_by(below, one)), None)
    return b"".join(_pem(one.der) for one in chain)


def leaf_dates(
    authority: Authority, start: datetime, lifetime: timedelta, *, asked: bool
) -> tuple[tuple[datetime, datetime], str]:
    """The dates of a leaf under a CA, and a note where they had to be shortened (empty if not).

    ``asked`` says that the lifetime was given by the user: then it is not shortened. Raises UsageError where the CA is
    not valid at ``start`` or ends too early.
    """
    begin, end = period(start, lifetime)
    first, last = authority.facts.not_before, authority.facts.not_after
    if begin >= last:
        raise UsageError(
            f"the CA ({authority.facts.subject}) ended on {last:%Y-%m-%d}", "make a new set with a new CA: `gitops-tls cert new`"
        )
    if begin < first:
        if first - begin > SLACK:
            raise UsageError(
                f"the CA ({authority.facts.subject}) is not valid before {first:%Y-%m-%d}",
                f"write `--at {first:%Y-%m-%d}` or later",
            )
        begin = first
    if end <= last:
        return (begin, end), ""
    if asked:
        most = (last - begin).days
        raise UsageError(
            f"the certificate would end on {end:%Y-%m-%d}, after its CA ({authority.facts.subject}), which ends on {last:%Y-%m-%d}",
            f"write `--days {most}`, or make a new CA" if most else "make a new CA: `gitops-tls cert new`",
        )
    return (begin, last), f"it ends with its CA on {last:%Y-%m-%d}, sooner than usual"


def signed_under(old: Certificate, authority: Authority) -> bool:
    """Whether the CA's key made a certificate's signature."""
    child, parent = link(old.der), link(authority.facts.der)
    return child is not None and parent is not None and child.issuer == parent.subject and signed_by(child, parent)


def key_identifier(authority: Authority) -> x509.AuthorityKeyIdentifier:
    """The authorityKeyIdentifier of what a CA signs."""
    from cryptography import x509

    known = authority.facts.subject_key_id
    if known is not None:
        return x509.AuthorityKeyIdentifier(bytes.fromhex(known), None, None)
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())


def digest(key: Any) -> Any:
    """The digest that goes with a CA's key. Raises UsageError where clients accept no signature of such a key."""
    from cryptography.hazmat.primitives import hashes

    word = type(key).__name__.lower()
    size = int(getattr(key, "key_size", 0))
    if "rsa" in word and 2048 <= size <= 8192:
        return hashes.SHA256()
    if "elliptic" in word or word.startswith("ec"):
        digests = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384(), "secp521r1": hashes.SHA512()}
        if key.curve.name in digests:
            return digests[key.curve.name]
    if "ed25519" in word:
        return None
    raise UsageError(
        "the CA's key is of a kind or size that clients refuse",
        "it must be RSA with 2048 to 8192 bits, or EC P-256, P-384 or P-521",
    )


def _pem(der: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    parsed = load(der)
    assert parsed is not None
    return parsed.public_bytes(Encoding.PEM)
