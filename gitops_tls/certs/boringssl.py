"""BoringSSL as gRPC uses it (pymilvus): trusted first, partial chains, extensions of trust anchors not looked at.

[measured: pymilvus 3.0.2 with Milvus 2.3.5, and 90,000 chains of a Go server with grpcio 1.85.1]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import ssl_constraints, ssl_policies
from .chain import ACCEPTED, SERVER, Verdict
from .pem import CERTIFICATE_TYPES
from .ssl_certificate import SslCertificate, certificate, date_error
from .ssl_extensions import (
    CERT_SIGN,
    CLIENT_USE,
    DIGITAL_SIGNATURE,
    IP,
    KEY_AGREEMENT,
    KEY_ENCIPHERMENT,
    SERVER_USE,
    extensions,
    key_ids_match,
)
from .ssl_hosts import grpc_accepts_host
from .ssl_pem import boringssl_blocks
from .ssl_signatures import readable, signature_kind, signed_by
from .ssl_trust import REJECTED, TRUSTED, Anchor, anchor, setting, stored

NO_ROOT = "Could not load any root certificate."
NO_ISSUER = "CERTIFICATE_VERIFY_FAILED: unable to get local issuer certificate"
HANDSHAKE = "SSLV3_ALERT_HANDSHAKE_FAILURE"
_INVALID = "invalid or inconsistent certificate extension"
_DEEPEST = 100
_OFFERED_CURVES, _KNOWN_CURVES = ("P-256", "P-384"), ("P-224", "P-256", "P-384", "P-521")


def load_anchors(roots: bytes) -> list[Anchor] | None:
    """The certificates up to the first broken block; None where there is none (gRPC refuses). Empty input: no roots.

    gRPC reads up to the first NUL.
    """
    roots = roots.partition(b"\0")[0]
    if not roots:
        return []
    found: list[Anchor] = []
    for block in boringssl_blocks(roots):
        if block is None:
            break
        if block.type in CERTIFICATE_TYPES:
            one = anchor(block.der, settings=True) if not block.headers else None
            if one is None or not _parses(one.certificate):
                break
            found.append(one)
    return found or None


def _parses(one: SslCertificate) -> bool:
    """BoringSSL knows three versions, extensions are for the last; and it looks at dates when it reads."""
    versioned = 0 <= one.version <= 2 and (one.version == 2 or not one.extensions)
    return versioned and one.not_before is not None and one.not_after is not None


def verify(chain: Sequence[bytes], roots: bytes, name: str | None, at: datetime, usage: str = SERVER) -> Verdict:
    """Whether pymilvus accepts a server's chain (leaf first) with these roots when it asks for ``name``.

    ``usage`` ``clientAuth`` (no name) is what a gRPC server made with the same library would say of a client's chain.
    """
    anchors = load_anchors(roots)
    if anchors is None:
        return Verdict(False, NO_ROOT)
    ours = [certificate(content) for content in chain]
    known = [each for each in ours if each is not None and _parses(each)]
    if not known or len(known) != len(ours):
        return Verdict(False, "DECODE_ERROR" if known and known[0] is ours[0] else "CANNOT_PARSE_LEAF_CERT")
    leaf = known[0]
    if leaf.key.curve not in _OFFERED_CURVES and leaf.key.kind != "RSA":
        word = f"{leaf.key.kind} {leaf.key.curve}".strip() or "this kind of key"
        return Verdict(False, f"{HANDSHAKE}: gRPC offers no signature algorithm for {word}")
    read = extensions(leaf, True)
    if read.key_usage is not None and not read.key_usage & DIGITAL_SIGNATURE:
        return Verdict(False, "KEY_USAGE_BIT_INCORRECT")
    problem = _verify(known, stored(anchors, boringssl=True), at, SERVER_USE if usage == SERVER else CLIENT_USE)
    if problem:
        return Verdict(False, f"CERTIFICATE_VERIFY_FAILED: {problem}")
    if any(kind == IP and len(address) not in (4, 16) for kind, address in read.names or ()):
        return Verdict(False, "Peer extraction failed (TSI_INTERNAL_ERROR)")
    if name is None or grpc_accepts_host(leaf, read.names or (), name):
        return ACCEPTED
    return Verdict(False, "Hostname Verification Check failed.")


def _issued(child: SslCertificate, parent: SslCertificate) -> bool:
    if child.canonical_issuer != parent.canonical_subject:
        return False
    there = extensions(parent, True)
    if there.invalid or extensions(child, True).invalid or not key_ids_match(child, parent, True):
        return False
    return there.key_usage is None or bool(there.key_usage & CERT_SIGN)


def _self_signed(one: SslCertificate) -> bool:
    return _issued(one, one)


def _find(child: SslCertificate, pool: Sequence[SslCertificate]) -> SslCertificate | None:
    return next((each for each in pool if _issued(child, each)), None)


class _Store:
    """The trusted certificates, asked by the name of the issuer."""

    def __init__(self, anchors: dict[bytes, list[Anchor]]) -> None:
        self._anchors = anchors

    def issuer(self, child: SslCertificate) -> SslCertificate | None:
        return _find(child, [each.certificate for each in self._anchors.get(child.canonical_issuer, [])])

    def anchor(self, one: SslCertificate) -> Anchor | None:
        named = self._anchors.get(one.canonical_subject, [])
        return next((each for each in named if each.certificate.der == one.der), None)


def _verify(ours: Sequence[SslCertificate], anchors: dict[bytes, list[Anchor]], at: datetime, use: bytes) -> str:
    """The first problem, empty if none."""
    store = _Store(anchors)
    path, problem = _sent(ours, store)
    if problem:
        return problem
    untrusted = len(path)
    top: SslCertificate | None = None
    if _self_signed(path[-1]):
        top = path[-1]
        if len(path) == 1:
            trusted = store.issuer(top)
            if trusted is None or trusted.der != top.der:
                return "self signed certificate"
            untrusted = 0
        else:
            path.pop()
            untrusted -= 1
    while not extensions(path[-1], True).invalid and not _self_signed(path[-1]) and len(path) < _DEEPEST:
        issuer = store.issuer(path[-1])
        if issuer is None:
            break
        path.append(issuer)
    if extensions(path[-1], True).invalid:
        return _INVALID
    problem, untrusted = _trust(path, untrusted, top, store, use)
    return (
        problem
        or _extensions(path, untrusted, use)
        or _signatures(path, at)
        or ssl_constraints.violation(path, True)
        or ssl_policies.problem(path)
    )


def _sent(ours: Sequence[SslCertificate], store: _Store) -> tuple[list[SslCertificate], str]:
    """The path of certificates that were sent, up to one that something trusted issued."""
    path, pool = [ours[0]], list(ours[1:])
    while len(path) < _DEEPEST:
        if extensions(path[-1], True).invalid:
            return path, _INVALID
        if _self_signed(path[-1]) or store.issuer(path[-1]) is not None:
            break
        issuer = _find(path[-1], pool)
        if issuer is None:
            break
        pool = [each for each in pool if each is not issuer]
        path.append(issuer)
    return path, ""


def _trust(
    path: Sequence[SslCertificate], untrusted: int, top: SslCertificate | None, store: _Store, use: bytes
) -> tuple[str, int]:
    """Why the path is not trusted (empty if it is), and how many of it need a look at their extensions."""
    for one in path[untrusted:]:
        known = store.anchor(one)
        word = setting(known, True, use) if known is not None else ""
        if word == TRUSTED:
            return "", untrusted
        if word == REJECTED:
            return "certificate rejected", untrusted
    if untrusted < len(path) or store.anchor(path[0]) is not None:
        return "", untrusted if untrusted < len(path) else 0
    if top is not None and _issued(path[-1], top):
        return "self signed certificate in certificate chain", untrusted
    return "unable to get local issuer certificate", untrusted


def _extensions(path: Sequence[SslCertificate], untrusted: int, use: bytes) -> str:
    length = 0
    for i, one in enumerate(path[:untrusted]):
        read = extensions(one, True)
        if read.unhandled:
            return "unhandled critical extension"
        if i and not _is_authority(one):
            return "invalid CA certificate"
        if not _serves(one, i, use):
            return "unsupported certificate purpose"
        if i > 1 and read.basic and read.basic[1] is not None and length > read.basic[1] + 1:
            return "path length constraint exceeded"
        length += 1 if not i or not one.self_issued else 0
    return ""


def _is_authority(one: SslCertificate) -> bool:
    read = extensions(one, True)
    if read.key_usage is not None and not read.key_usage & CERT_SIGN:
        return False
    return bool(read.basic and read.basic[0]) or (one.version == 0 and _self_signed(one))


def _serves(one: SslCertificate, i: int, use: bytes) -> bool:
    read = extensions(one, True)
    if read.uses is not None and use not in read.uses:
        return False
    bits = DIGITAL_SIGNATURE | KEY_AGREEMENT | (KEY_ENCIPHERMENT if use == SERVER_USE else 0)
    return bool(i) or read.key_usage is None or bool(read.key_usage & bits)


def _signatures(path: Sequence[SslCertificate], at: datetime) -> str:
    for i in range(len(path) - 1, -1, -1):
        if i + 1 < len(path):
            key = path[i + 1].key
            known = key.kind in ("RSA", "Ed25519") or (key.kind == "EC" and key.curve in _KNOWN_CURVES)
            if not known or not readable(key):
                return "unable to decode issuer public key"
            if signature_kind(path[i].algorithm)[1] == "MD5" or not signed_by(path[i].der, path[i + 1].der):
                return "certificate signature failure"
        late = date_error(path[i], at)
        if late:
            return late
    return ""
