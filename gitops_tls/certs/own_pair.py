"""Loading a client's own certificate and key as OpenSSL (curl) and BoringSSL through gRPC (pymilvus) do.

[measured: curl 7.88.1 with OpenSSL 3.0.19 and pymilvus 3.0.2 with grpcio 1.85.1: Milvus 2.3.5 in tlsMode 2, 6,000 made-up pairs]
"""

from __future__ import annotations

from . import der as asn1
from .keys import is_encrypted, parse_key
from .openssl_checks import self_signed, weak, weak_digest
from .pem import CERTIFICATE_TYPES, Block
from .policy import GRPC
from .ssl_certificate import SslCertificate
from .ssl_extensions import DIGITAL_SIGNATURE, extensions
from .ssl_pem import boringssl_blocks, openssl_blocks
from .ssl_signatures import readable
from .ssl_trust import anchor

_PKCS8 = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
_OWN_FORMS = {"RSA PRIVATE KEY": "RSA", "EC PRIVATE KEY": "EC", "DSA PRIVATE KEY": "DSA"}
_KEY_TYPES = (*_PKCS8, *_OWN_FORMS)
_NO_CERTIFICATE = "could not load PEM client certificate"
_NO_KEY = "unable to set private key file"
_GRPC_CURVES = ("P-256", "P-384", "P-521")


def problem(consumer: str, certificate: bytes, key: bytes) -> str:
    """Why ``grpc`` or ``openssl`` cannot present this pair, empty where it can."""
    return _grpc_problem(certificate, key) if consumer == GRPC else _openssl_problem(certificate, key)


def sent(consumer: str, data: bytes) -> list[bytes] | None:
    """The chain that ``grpc`` or ``openssl`` sends: of the label of OpenSSL's own form only the first certificate may be.

    None where there is no certificate; for ``openssl`` also where a block is broken anywhere among them. (OpenSSL adds what
    it trusts itself to a certificate that stands alone.)
    """
    found = _grpc_chain(data) if consumer == GRPC else _openssl_chain(data)
    return [each.der for each in found] if found else None


def _openssl_problem(certificate: bytes, key: bytes) -> str:
    chain = _openssl_chain(certificate)
    if not chain or not readable(chain[0].key):
        return _NO_CERTIFICATE
    for i, one in enumerate(chain):
        if weak(one.key):
            return f"{_NO_CERTIFICATE}: {'ca' if i else 'ee'} key too small"
        if weak_digest(one) and not self_signed(one):
            return f"{_NO_CERTIFICATE}: ca md too weak"
    own = _openssl_key(key)
    if own is None:
        return _NO_KEY
    return "" if own == _fingerprint(chain[0]) else f"{_NO_KEY}: key values mismatch"


def _openssl_chain(data: bytes) -> list[SslCertificate] | None:
    found: list[SslCertificate] = []
    for block in openssl_blocks(data, wanted=CERTIFICATE_TYPES, file=True):
        if block is None:
            return None
        if block.type in (CERTIFICATE_TYPES[:2] if found else CERTIFICATE_TYPES):
            one = anchor(block.der, settings=not found) if not block.headers else None
            if one is None:
                return None
            found.append(one.certificate)
    return found


def _openssl_key(data: bytes) -> str | None:
    """The fingerprint of the first key that can be read: OpenSSL goes on behind a damaged block, not behind an encrypted key."""
    for block in openssl_blocks(data, onward=True, wanted=_KEY_TYPES):
        if block is None or block.type not in _KEY_TYPES:
            continue
        encrypted = asn1.kind_of(block.der) == asn1.ENCRYPTED_KEY
        if block.encrypted or (encrypted and block.type == _PKCS8[1]):
            return None
        found = _key_in(block)
        if found is not None:
            return found
    return None


def _grpc_problem(certificate: bytes, key: bytes) -> str:
    chain = _grpc_chain(certificate)
    if not chain or not _grpc_uses(chain[0]):
        return "Invalid cert chain file."
    leaf = chain[0]
    usage = extensions(leaf, True).key_usage
    if leaf.key.kind == "EC" and usage is not None and not usage & DIGITAL_SIGNATURE:
        return "KEY_USAGE_BIT_INCORRECT"
    own = _grpc_key(key)
    if own is None:
        return "Invalid private key."
    return "" if own == _fingerprint(leaf) else "KEY_VALUES_MISMATCH"


def _grpc_uses(leaf: SslCertificate) -> bool:
    known = leaf.key.kind in ("RSA", "Ed25519") or leaf.key.curve in _GRPC_CURVES
    return known and readable(leaf.key)


def _grpc_chain(data: bytes) -> list[SslCertificate]:
    """What stands before the first thing that is wrong."""
    found: list[SslCertificate] = []
    for block in boringssl_blocks(data.partition(b"\0")[0]):
        if block is None:
            break
        if block.type in (CERTIFICATE_TYPES[:2] if found else CERTIFICATE_TYPES):
            one = anchor(block.der, settings=not found) if not block.headers else None
            if one is None:
                break
            found.append(one.certificate)
    return found


def _grpc_key(data: bytes) -> str | None:
    """The fingerprint of the first private key of a file; None where it cannot be used."""
    blocks = boringssl_blocks(data.partition(b"\0")[0])
    block = next((one for one in blocks if one is None or one.type in _KEY_TYPES), None)
    if block is None or block.headers or is_encrypted(block):
        return None
    return _key_in(block)


def _key_in(block: Block) -> str | None:
    """The fingerprint of the public half of a key that is in the form that its label says; None for others."""
    key = parse_key(asn1.first_element(block.der))
    if key is None:
        return None
    if block.type in _OWN_FORMS:
        return key.spki_sha256 if key.kind == _OWN_FORMS[block.type] else None
    return key.spki_sha256 if _is_pkcs8(block.der) else None


def _is_pkcs8(content: bytes) -> bool:
    whole = asn1.element(content)
    return whole is not None and [part.tag for part in asn1.parts(content, whole)][1:2] == [asn1.SEQUENCE]


def _fingerprint(leaf: SslCertificate) -> str:
    from hashlib import sha256

    return sha256(leaf.key.info).hexdigest()
