"""OpenSSL 3 as curl uses it: trusted first, partial chains, security level 2, every certificate of the chain checked.

[measured: curl 7.88.1 with OpenSSL 3.0.19: Milvus 2.3.5, and 90,000 chains of a Go server; of 3,300 that libcurl 8.23 with
OpenSSL 3.6.5 was asked too, it differs in one kind: it minds no leaf without an issuer's name]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import ssl_constraints
from .chain import ACCEPTED, SERVER, Link, Verdict
from .go_der import BIT_STRING, INTEGER, SEQUENCE, Cursor, Refused
from .keys import is_encrypted, parse_key
from .openssl_checks import (
    NO_CA,
    authority,
    extensions_error,
    has_use,
    issued,
    leaf_use,
    self_signed,
    signature_error,
    strength_error,
    weak,
)
from .pem import CERTIFICATE_TYPES, Block
from .ssl_certificate import Key, SslCertificate, certificate
from .ssl_extensions import (
    CLIENT_USE,
    SERVER_USE,
    extensions,
)
from .ssl_hosts import curl_error
from .ssl_pem import openssl_blocks
from .ssl_trust import REJECTED, Anchor, anchor, setting, stored

_CRL = "X509 CRL"
_KEYS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY")
BAD_FILE = "error setting certificate file"
NO_ISSUER = "unable to get local issuer certificate"
_DEEPEST = 100
INVALID = "invalid certificate"


def load_anchors(roots: bytes) -> list[Anchor] | None:
    """The certificates of a CA file; None where OpenSSL refuses the file: nothing in it, or anything broken.

    A revocation list is something to it.
    """
    found: list[Anchor] = []
    lists = 0
    for block in openssl_blocks(roots, wanted=(*CERTIFICATE_TYPES, _CRL, *_KEYS), file=True):
        if block is None:
            return None
        if block.type in CERTIFICATE_TYPES:
            one = anchor(block.der, settings=block.type == CERTIFICATE_TYPES[-1]) if not block.headers else None
            if one is None:
                return None
            found.append(one)
        elif not _readable(block):
            return None
        lists += block.type == _CRL
    return found if found or lists else None


def _readable(block: Block) -> bool:
    """OpenSSL reads keys and revocation lists in the same file too, and gives up where one is broken."""
    if block.type in _KEYS:
        return is_encrypted(block) or parse_key(block.der) is not None
    return block.type != _CRL or (not block.headers and _is_list(block.der))


def _is_list(content: bytes) -> bool:
    """Whether DER bytes have the shape of a revocation list."""
    try:
        whole = Cursor(content, "no list").inside()
        body = whole.inside()
        body.optional(INTEGER)
        body.one(SEQUENCE)
        body.one(SEQUENCE)
        whole.one(SEQUENCE)
        whole.one(BIT_STRING)
    except Refused:
        return False
    return body.peek(0x17) or body.peek(0x18)


def verify(chain: Sequence[bytes], roots: bytes, name: str | None, at: datetime, usage: str = SERVER) -> Verdict:
    """Whether curl accepts a server's chain (leaf first) with these roots when it asks for ``name``.

    ``usage`` ``clientAuth`` (no name) is what an OpenSSL server would say of a client's chain.
    """
    anchors = load_anchors(roots)
    if anchors is None:
        return Verdict(False, BAD_FILE)
    ours = [certificate(content) for content in chain]
    known = [each for each in ours if each is not None]
    if not known or len(known) != len(ours):
        return Verdict(False, "the certificate cannot be parsed")
    leaf = known[0]
    if leaf.key.kind not in ("RSA", "EC", "Ed25519") or leaf.key.curve in ("P-224", "secp256k1", "other"):
        return Verdict(False, f"sslv3 alert handshake failure: no signature algorithm of TLS 1.3 for {_key_word(leaf.key)}")
    problem = _verify(known, stored(anchors, boringssl=False), at, usage)
    if not problem and name is not None:
        problem = curl_error(leaf, extensions(leaf, False).names or (), name)
    return Verdict(False, problem) if problem else ACCEPTED


def _key_word(key: Key) -> str:
    return f"{key.kind} {key.curve}".strip() or "this kind of key"


def _verify(ours: Sequence[SslCertificate], anchors: dict[bytes, list[Anchor]], at: datetime, usage: str) -> str:
    if weak(ours[0].key):
        return "EE certificate key too weak"
    use = SERVER_USE if usage == SERVER else CLIENT_USE
    path, top, problem = _build(ours, anchors, at, use)
    return (
        problem
        or extensions_error(path, top, use)
        or strength_error(path)
        or signature_error(path, at)
        or ssl_constraints.violation(path, False)
    )


def is_root(one: Link) -> bool:
    """Whether OpenSSL ends a path at this trusted certificate: it names itself as its issuer."""
    found = certificate(one.der)
    return found is not None and self_signed(found)


def signs_as_root(one: Link) -> bool:
    """Whether it accepts what such a certificate has issued."""
    found = certificate(one.der)
    return found is not None and self_signed(found) and authority(found) != NO_CA


def serves_as_client(one: Link) -> bool:
    """Whether its usages let a client present it."""
    found = certificate(one.der)
    return found is not None and has_use(found, CLIENT_USE) and leaf_use(extensions(found, False), CLIENT_USE)


def _current(fitting: Sequence[SslCertificate], at: datetime) -> SslCertificate | None:
    """The first that is valid now, else the one that ended last."""
    now = next((each for each in fitting if each.valid_at(at)), None)
    return now or max(fitting, key=lambda each: each.not_after.timestamp() if each.not_after else 0, default=None)


def _sent(
    child: SslCertificate, pool: Sequence[SslCertificate], path: Sequence[SslCertificate], at: datetime
) -> SslCertificate | None:
    """Among the certificates that were sent: the first that is valid now, else the last."""
    fitting = [each for each in pool if issued(child, each) and (each not in path or (len(path) == 1 and child.self_issued))]
    return next((each for each in fitting if each.valid_at(at)), fitting[-1] if fitting else None)


def _build(
    ours: Sequence[SslCertificate], anchors: dict[bytes, list[Anchor]], at: datetime, use: bytes
) -> tuple[list[SslCertificate], Anchor | None, str]:
    """The path, the trusted end of it, and the problem where no trust is found: the first trusted certificate ends the search."""
    path, pool = [ours[0]], list(ours[1:])
    while len(path) <= _DEEPEST:
        last = path[-1]
        candidates = anchors.get(last.canonical_issuer, [])
        trusted = _current([each.certificate for each in candidates if issued(last, each.certificate)], at)
        if trusted is not None and (trusted.der == last.der or not self_signed(last)):
            top = next(each for each in candidates if each.certificate is trusted)
            path = path if trusted.der == last.der else [*path, trusted]
            return path, top, "certificate rejected" if setting(top, False, use) == REJECTED else ""
        issuer = None if self_signed(last) else _sent(last, pool, path, at)
        if issuer is None:
            break
        pool = [each for each in pool if each is not issuer]
        path.append(issuer)
    same = next((each for each in anchors.get(path[0].canonical_subject, []) if each.certificate.der == path[0].der), None)
    if same is not None:
        return path, same, "certificate rejected" if setting(same, False, use) == REJECTED else ""
    if extensions(path[-1], False).invalid:
        return path, None, INVALID
    if self_signed(path[-1]):
        return path, None, "self-signed certificate" + (" in certificate chain" if len(path) > 1 else "")
    return path, None, NO_ISSUER


def weak_key(one: Link) -> bool:
    """The same of a link of a chain."""
    found = certificate(one.der)
    return found is not None and weak(found.key)
