"""OpenSSL 3 as curl uses it: trusted first, partial chains, security level 2, every certificate of the chain checked.

[measured: curl 7.88.1 with OpenSSL 3.0.19 and Milvus 2.3.5, and about a hundred chains with the same curl]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import constraints
from .chain import (
    ACCEPTED,
    CLIENT,
    SERVER,
    Link,
    Verdict,
    algorithm_fits,
    authority_matches,
    link,
    links,
    signature_error,
)
from .der import SIGNED, first_element, kind_of
from .keys import is_encrypted, parse_key
from .names import curl_covers
from .pem import CERTIFICATE_TYPES, Block, openssl_blocks

BAD_FILE = "error setting certificate file"
NO_ISSUER = "unable to get local issuer certificate"
SMALLEST_RSA = 2048
_WEAK_DIGESTS = ("MD5-RSA", "SHA1-RSA", "SHA1-ECDSA")
_DEEPEST = 100
_SERVER_USAGES = {"digitalSignature", "keyEncipherment", "keyAgreement"}


def load_roots(roots: bytes) -> list[bytes] | None:
    """The certificates of a CA file; None where OpenSSL refuses the file: no certificate, or anything broken in it."""
    found: list[bytes] = []
    for block in openssl_blocks(roots):
        if block is None:
            return None
        if block.type in CERTIFICATE_TYPES:
            content = first_element(block.der)
            if link(content) is None:
                return None
            found.append(content)
        elif not _readable(block):
            return None
    return found or None


def _readable(block: Block) -> bool:
    """OpenSSL reads keys and revocation lists in the same file too, and gives up where one is broken."""
    if block.type in ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"):
        return is_encrypted(block) or parse_key(block.der) is not None
    return block.type != "X509 CRL" or kind_of(block.der) == SIGNED


def verify(chain: Sequence[bytes], roots: bytes, name: str | None, at: datetime, usage: str = SERVER) -> Verdict:
    """Whether curl accepts a server's chain (leaf first) with these roots when it asks for ``name``.

    ``usage`` ``clientAuth`` (no name) is what an OpenSSL server would say of a client's chain.
    """
    anchors = load_roots(roots)
    if anchors is None:
        return Verdict(False, BAD_FILE)
    ours = links(chain)
    if not ours or len(ours) != len(chain):
        return Verdict(False, "the certificate cannot be parsed")
    leaf = ours[0]
    if leaf.facts.key == "EC P-224":
        return Verdict(False, "sslv3 alert handshake failure: no signature algorithm of TLS 1.3 for EC P-224")
    path, untrusted, problem = _build(ours, links(anchors), at)
    problem = problem or _extensions(path, untrusted, usage) or _strength(path) or signature_error(path, at) or _names(path)
    if problem:
        return Verdict(False, problem)
    if name is not None and not curl_covers(leaf.facts, name):
        return Verdict(False, f"no alternative certificate subject name matches target host name '{name}'")
    return ACCEPTED


def _issued(child: Link, parent: Link) -> bool:
    return (
        child.canonical_issuer == parent.canonical_subject and authority_matches(child, parent) and algorithm_fits(child, parent)
    )


def _self_signed(one: Link) -> bool:
    return _issued(one, one)


def is_root(one: Link) -> bool:
    """Whether OpenSSL ends a path at this trusted certificate: it names itself as its issuer."""
    return _self_signed(one)


def signs_as_root(one: Link) -> bool:
    """Whether it accepts what such a certificate has issued."""
    return _self_signed(one) and _may_be_ca(one, trusted=True)


def serves_as_client(one: Link) -> bool:
    """Whether its usages let a client present it."""
    return one.has_usage(CLIENT, any_counts=False) and _leaf_usage(one, CLIENT)


def _find(child: Link, pool: Sequence[Link], at: datetime) -> Link | None:
    """The first that is valid now, else the one that ended last."""
    fitting = [each for each in pool if _issued(child, each)]
    current = next((each for each in fitting if each.valid_at(at)), None)
    return current or max(fitting, key=lambda each: each.facts.not_after, default=None)


def _build(ours: Sequence[Link], anchors: Sequence[Link], at: datetime) -> tuple[list[Link], int, str]:
    """The chain, how many of it are untrusted, and the problem where no trust is found.

    The first trusted certificate ends the search.
    """
    path, pool = [ours[0]], list(ours[1:])
    while len(path) < _DEEPEST:
        last = path[-1]
        trusted = _find(last, anchors, at)
        if trusted is not None and not _self_signed(last):
            return [*path, trusted], len(path), ""
        if trusted is not None and trusted.der == last.der:
            return path, len(path) - 1, ""
        issuer = None if _self_signed(last) else _find(last, pool, at)
        if issuer is None:
            break
        pool.remove(issuer)
        path.append(issuer)
    if any(each.der == path[0].der for each in anchors):
        return path, 0, ""
    if _self_signed(path[-1]):
        return path, len(path), "self-signed certificate" + (" in certificate chain" if len(path) > 1 else "")
    return path, len(path), NO_ISSUER


def _may_be_ca(one: Link, trusted: bool) -> bool:
    """basicConstraints decide; a trusted certificate without them may have keyCertSign or be of version 1."""
    basic = one.facts.basic_constraints
    if not one.allows_signing():
        return False
    if basic is not None:
        return basic[0]
    return trusted and (one.facts.key_usage is not None or (one.facts.version == 1 and _self_signed(one)))


def _extensions(path: Sequence[Link], untrusted: int, usage: str) -> str:
    length = 0
    for i, one in enumerate(path):
        if one.unknown_critical:
            return "unhandled critical extension"
        if i and not _may_be_ca(one, i >= untrusted):
            return "invalid CA certificate"
        if not one.has_usage(usage, any_counts=False) or (not i and not _leaf_usage(one, usage)):
            return "unsuitable certificate purpose"
        basic = one.facts.basic_constraints
        if i and basic and basic[1] is not None and length > basic[1]:
            return "path length constraint exceeded"
        length += 1 if i and not one.self_issued else 0
    return ""


def _leaf_usage(leaf: Link, usage: str) -> bool:
    allowed = leaf.facts.key_usage
    return allowed is None or bool((_SERVER_USAGES if usage == SERVER else {"digitalSignature", "keyAgreement"}) & set(allowed))


def weak_key(one: Link) -> bool:
    """Whether security level 2 (Debian's and Ubuntu's default) refuses the key: fewer than 112 bits of security."""
    return one.algorithm in ("RSA", "DSA") and one.bits < SMALLEST_RSA


def _strength(path: Sequence[Link]) -> str:
    for i, one in enumerate(path):
        if weak_key(one):
            return f"{'CA' if i else 'EE'} certificate key too weak"
    if any(one.facts.signature_algorithm in _WEAK_DIGESTS for one in path[:-1]):
        return "CA signature digest algorithm too weak"
    return ""


def _names(path: Sequence[Link]) -> str:
    forbidden = constraints.violation(path[0], path[1:])
    return f"{forbidden.how} subtree violation" if forbidden else ""
