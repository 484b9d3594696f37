"""Signatures of certificates: with which kind of key and digest they were made, and whether they are right."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .go_der import OID, Cursor, Refused
from .ssl_certificate import Key, SslCertificate, certificate

_PSS = bytes.fromhex("2a864886f70d01010a")
_SIGNATURES = {
    bytes.fromhex("2a864886f70d010104"): ("RSA", "MD5"),
    bytes.fromhex("2a864886f70d010105"): ("RSA", "SHA1"),
    bytes.fromhex("2a864886f70d01010e"): ("RSA", "SHA224"),
    bytes.fromhex("2a864886f70d01010b"): ("RSA", "SHA256"),
    bytes.fromhex("2a864886f70d01010c"): ("RSA", "SHA384"),
    bytes.fromhex("2a864886f70d01010d"): ("RSA", "SHA512"),
    bytes.fromhex("2a8648ce3d0401"): ("EC", "SHA1"),
    bytes.fromhex("2a8648ce3d040301"): ("EC", "SHA224"),
    bytes.fromhex("2a8648ce3d040302"): ("EC", "SHA256"),
    bytes.fromhex("2a8648ce3d040303"): ("EC", "SHA384"),
    bytes.fromhex("2a8648ce3d040304"): ("EC", "SHA512"),
    bytes.fromhex("2a8648ce380403"): ("DSA", "SHA1"),
    bytes.fromhex("608648016503040301"): ("DSA", "SHA224"),
    bytes.fromhex("608648016503040302"): ("DSA", "SHA256"),
    bytes.fromhex("2b6570"): ("Ed25519", ""),
    bytes.fromhex("2b6571"): ("Ed448", ""),
}


def signature_kind(algorithm: bytes) -> tuple[str, str]:
    """Kind of key and digest of an AlgorithmIdentifier's content; empty words where unknown."""
    try:
        fields = Cursor(algorithm, "no algorithm")
        kind = fields.oid()
        if kind != _PSS:
            return _SIGNATURES.get(kind, ("", ""))
        digest = fields.inside().inside(0xA0).inside().oid() if not fields.empty else b""
    except Refused:
        return ("RSA", "SHA1") if algorithm.startswith(bytes((OID, len(_PSS))) + _PSS) else ("", "")
    return "RSA", {1: "SHA256", 2: "SHA384", 3: "SHA512", 4: "SHA224"}.get(digest[-1] if len(digest) == 9 else 0, "SHA1")


@lru_cache(maxsize=1024)
def readable(key: Key) -> bool:
    """Whether a public key is one: a point on its curve, a modulus."""
    return _loaded(key.info) is not None


def _loaded(info: bytes) -> Any:
    import warnings

    from cryptography.hazmat.primitives.serialization import load_der_public_key

    from .read import reraise

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_der_public_key(info)
    except BaseException as error:
        reraise(error)
        return None


@lru_cache(maxsize=4096)
def signed_by(child: bytes, parent: bytes) -> bool:
    """Whether the key of one certificate (DER) made the signature of the other. The strength is not judged here."""
    from .read import reraise

    one, other = certificate(child), certificate(parent)
    if one is None or other is None or one.algorithm != one.outer:
        return False
    try:
        return _verified(one, _loaded(other.key.info))
    except BaseException as error:
        reraise(error)
        return False


def _verified(one: SslCertificate, key: Any) -> bool:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

    kind, digest = signature_kind(one.algorithm)
    if kind in ("Ed25519", "Ed448"):
        if not isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
            return False
        key.verify(one.signature, one.body)
        return True
    chosen = getattr(hashes, digest)()
    if kind == "EC" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(one.signature, one.body, ec.ECDSA(chosen))
        return True
    if kind == "DSA" and isinstance(key, dsa.DSAPublicKey):
        key.verify(one.signature, one.body, chosen)
        return True
    if kind != "RSA" or not isinstance(key, rsa.RSAPublicKey):
        return False
    pss = one.algorithm.startswith(bytes((OID, len(_PSS))) + _PSS)
    scheme = padding.PSS(padding.MGF1(chosen), chosen.digest_size) if pss else padding.PKCS1v15()
    key.verify(one.signature, one.body, scheme, chosen)
    return True
