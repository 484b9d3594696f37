"""What OpenSSL 3 asks of a finished path: usages, lengths, strength, signatures and dates, in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .ssl_certificate import Key, SslCertificate, date_error
from .ssl_extensions import (
    CERT_SIGN,
    DIGITAL_SIGNATURE,
    GATED_USES,
    KEY_AGREEMENT,
    KEY_ENCIPHERMENT,
    SERVER_USE,
    SslExtensions,
    extensions,
    key_ids_match,
)
from .ssl_signatures import readable, signature_kind, signed_by
from .ssl_trust import TRUSTED, Anchor, setting

SMALLEST_RSA = 1963
"""What OpenSSL's estimate takes for 112 bits of security [measured: 1962 bits are refused]."""
_WEAK_DIGESTS = ("MD5", "SHA1")
_NETSCAPE_SERVER, _NETSCAPE_CLIENT, _NETSCAPE_CA, _NETSCAPE_TLS_CA = 0x40, 0x80, 0x07, 0x04
NO_CA, _CA, _OLD_CA, _SIGNING, _NETSCAPE = 0, 1, 3, 4, 5


def issued(child: SslCertificate, parent: SslCertificate) -> bool:
    """Whether a certificate may have issued another: by the names, key identifiers and the kind of key."""
    if child.canonical_issuer != parent.canonical_subject:
        return False
    if extensions(parent, False).invalid or extensions(child, False).invalid:
        return False
    return key_ids_match(child, parent, False) and signature_kind(child.algorithm)[0] == parent.key.kind and readable(parent.key)


def self_signed(one: SslCertificate) -> bool:
    """Whether a certificate may have issued itself."""
    return issued(one, one)


def authority(one: SslCertificate) -> int:
    """What makes a certificate an authority: 0 nothing, 1 basicConstraints, 3 and more what counts at the end of a path only."""
    known = extensions(one, False)
    if known.key_usage is not None and not known.key_usage & CERT_SIGN:
        return NO_CA
    if known.basic is not None:
        return _CA if known.basic[0] else NO_CA
    if one.version == 0 and self_signed(one):
        return _OLD_CA
    if known.key_usage is not None:
        return _SIGNING
    return _NETSCAPE if known.netscape is not None and known.netscape & _NETSCAPE_CA else NO_CA


def has_use(one: SslCertificate, use: bytes) -> bool:
    """Whether extendedKeyUsage is absent or has the use."""
    uses = extensions(one, False).uses
    return uses is None or use in uses or (use == SERVER_USE and bool(GATED_USES & uses))


def leaf_use(known: SslExtensions, use: bytes) -> bool:
    """Whether a leaf's key usage, and Netscape's type, fit the use."""
    bits = DIGITAL_SIGNATURE | KEY_AGREEMENT | (KEY_ENCIPHERMENT if use == SERVER_USE else 0)
    netscape = _NETSCAPE_SERVER if use == SERVER_USE else _NETSCAPE_CLIENT
    return (known.key_usage is None or bool(known.key_usage & bits)) and (
        known.netscape is None or bool(known.netscape & netscape)
    )


def _serves(one: SslCertificate, i: int, use: bytes) -> bool:
    """Whether a certificate's purposes let it stand at its place. What cannot be read is not held against it."""
    known = extensions(one, False)
    if known.invalid:
        return True
    if not has_use(one, use):
        return False
    if not i:
        return leaf_use(known, use)
    return authority(one) != _NETSCAPE or bool((known.netscape or 0) & _NETSCAPE_TLS_CA)


def extensions_error(path: Sequence[SslCertificate], top: Anchor | None, use: bytes) -> str:
    """The first complaint about extensions, from the leaf up; ``top`` is the trusted end of the path."""
    length = 0
    for i, one in enumerate(path):
        known = extensions(one, False)
        last = i + 1 == len(path)
        if known.unhandled:
            return "unhandled critical extension"
        if known.proxy:
            return "proxy certificates not allowed, please set the appropriate flag"
        if i and (authority(one) == NO_CA or (not last and authority(one) != _CA)):
            return "invalid CA certificate"
        trusted = last and top is not None and top.certificate.der == one.der
        if not (trusted and top is not None and setting(top, False, use) == TRUSTED) and not _serves(one, i, use):
            return "unsuitable certificate purpose"
        if i and known.basic and known.basic[1] is not None and length > known.basic[1]:
            return "path length constraint exceeded"
        length += 1 if i and not one.self_issued else 0
    return ""


def weak(key: Key) -> bool:
    """Whether security level 2 (Debian's and Ubuntu's default) refuses the key: fewer than 112 bits of security."""
    return (key.kind in ("RSA", "DSA") and key.bits < SMALLEST_RSA) or key.curve == "other" or not key.kind


def weak_digest(one: SslCertificate) -> bool:
    """Whether it refuses the digest of the signature on a certificate."""
    return signature_kind(one.outer)[1] in _WEAK_DIGESTS


def strength_error(path: Sequence[SslCertificate]) -> str:
    """The first key or digest behind the leaf's key that is too weak."""
    for i, one in enumerate(path):
        if i and weak(one.key):
            return "CA certificate key too weak"
        if i + 1 < len(path) and weak_digest(one):
            return "CA signature digest algorithm too weak"
    return ""


def signature_error(path: Sequence[SslCertificate], at: datetime) -> str:
    """The first signature or date that is wrong, from the end of the path down."""
    for i in range(len(path) - 1, -1, -1):
        if i + 1 < len(path):
            usage = extensions(path[i + 1], False).key_usage
            if usage is not None and not usage & CERT_SIGN:
                return "key usage does not include certificate signing"
            if not signed_by(path[i].der, path[i + 1].der):
                return "certificate signature failure"
        late = date_error(path[i], at)
        if late:
            return late
    return ""
