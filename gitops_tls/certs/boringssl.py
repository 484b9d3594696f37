"""BoringSSL as gRPC uses it (pymilvus): trusted first, partial chains, extensions of trust anchors not looked at.

[measured: pymilvus 3.0.2 with Milvus 2.3.5, and about a hundred chains with grpcio 1.85.1]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import constraints
from .chain import ACCEPTED, SERVER, Link, Verdict, authority_matches, link, links, signature_error
from .der import SEQUENCE, element, first_element
from .names import grpc_covers
from .pem import CERTIFICATE_TYPES, openssl_blocks

NO_ROOT = "Could not load any root certificate."
NO_ISSUER = "CERTIFICATE_VERIFY_FAILED: unable to get local issuer certificate"
HANDSHAKE = "SSLV3_ALERT_HANDSHAKE_FAILURE"
_DEEPEST = 100


def load_roots(roots: bytes) -> list[bytes] | None:
    """The certificates up to the first broken block; None where there is none (gRPC refuses). Empty input: no roots."""
    if not roots:
        return []
    found: list[bytes] = []
    for block in openssl_blocks(roots, boringssl=True):
        if block is None:
            break
        if block.type in CERTIFICATE_TYPES:
            content = first_element(block.der)
            if link(content) is None or not _only_trust_settings(block.der[len(content) :]):
                break
            found.append(content)
    return found or None


def _only_trust_settings(rest: bytes) -> bool:
    """What may follow a certificate in its block: nothing, or OpenSSL's trust settings, one sequence."""
    settings = element(rest)
    return not rest or (settings is not None and settings.tag == SEQUENCE and settings.end == len(rest))


def verify(chain: Sequence[bytes], roots: bytes, name: str | None, at: datetime, usage: str = SERVER) -> Verdict:
    """Whether pymilvus accepts a server's chain (leaf first) with these roots when it asks for ``name``.

    ``usage`` ``clientAuth`` (no name) is what a gRPC server made with the same library would say of a client's chain.
    """
    anchors = load_roots(roots)
    if anchors is None:
        return Verdict(False, NO_ROOT)
    ours = links(chain)
    if not ours or len(ours) != len(chain):
        return Verdict(False, "the certificate cannot be parsed")
    leaf = ours[0]
    if leaf.facts.key not in ("EC P-256", "EC P-384") and leaf.algorithm != "RSA":
        return Verdict(False, f"{HANDSHAKE}: gRPC offers no signature algorithm for {leaf.facts.key}")
    if leaf.facts.key_usage is not None and "digitalSignature" not in leaf.facts.key_usage:
        return Verdict(False, "KEY_USAGE_BIT_INCORRECT")
    problem = _verify(ours, links(anchors), at, usage)
    if problem:
        return Verdict(False, problem if problem.isupper() else f"CERTIFICATE_VERIFY_FAILED: {problem}")
    return ACCEPTED if name is None or grpc_covers(leaf.facts, name) else Verdict(False, "Hostname Verification Check failed.")


def _issued(child: Link, parent: Link) -> bool:
    return child.canonical_issuer == parent.canonical_subject and authority_matches(child, parent) and parent.allows_signing()


def _self_signed(one: Link) -> bool:
    return _issued(one, one)


def _find(child: Link, pool: Sequence[Link]) -> Link | None:
    return next((each for each in pool if _issued(child, each)), None)


def _verify(ours: Sequence[Link], anchors: Sequence[Link], at: datetime, usage: str) -> str:
    """The first problem, empty if none."""
    path, untrusted = [ours[0]], 1
    pool = list(ours[1:])
    while not _self_signed(path[-1]) and len(path) < _DEEPEST and _find(path[-1], anchors) is None:
        issuer = _find(path[-1], pool)
        if issuer is None:
            break
        pool.remove(issuer)
        path.append(issuer)
        untrusted += 1
    top: Link | None = None
    if _self_signed(path[-1]):
        top = path[-1]
        trusted = _find(top, anchors)
        if len(path) == 1:
            if (trusted is None or trusted.der != top.der) and not _is_anchor(top, anchors):
                return "self signed certificate"
            untrusted = 0
        else:
            path.pop()
            untrusted -= 1
    while not _self_signed(path[-1]) and len(path) < _DEEPEST:
        issuer = _find(path[-1], anchors)
        if issuer is None or issuer in path:
            break
        path.append(issuer)
    if untrusted == len(path):
        if not _is_anchor(path[0], anchors):
            return "self signed certificate in certificate chain" if top else "unable to get local issuer certificate"
        untrusted = 0
    return _extensions(path, untrusted, usage) or _names(path) or signature_error(path, at)


def _is_anchor(one: Link, anchors: Sequence[Link]) -> bool:
    return any(each.der == one.der for each in anchors)


def _extensions(path: Sequence[Link], untrusted: int, usage: str) -> str:
    length = 0
    for i, one in enumerate(path[:untrusted]):
        basic = one.facts.basic_constraints
        if one.unknown_critical:
            return "unhandled critical extension"
        if i and not (basic and basic[0] and one.allows_signing()):
            return "invalid CA certificate"
        if not one.has_usage(usage, any_counts=False):
            return "unsupported certificate purpose"
        if i > 1 and basic and basic[1] is not None and length > basic[1]:
            return "path length constraint exceeded"
        length += 1 if i and not one.self_issued else 0
    return ""


def _names(path: Sequence[Link]) -> str:
    leaf, authorities = path[0], path[1:]
    forbidden = constraints.violation(leaf, authorities)
    if forbidden:
        return f"{forbidden.how} subtree violation"
    if constraints.constrained(authorities) and not leaf.facts.has_names:
        return "Issuer has name constraints but leaf has no SANs"
    return ""
