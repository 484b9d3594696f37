"""Loading a client's own certificate and key as OpenSSL (curl) and BoringSSL through gRPC (pymilvus) do.

[measured: curl 7.88.1 with OpenSSL 3.0.19 and pymilvus 3.0.2 with grpcio 1.85.1, against Milvus 2.3.5 in tlsMode 2]
"""

from __future__ import annotations

from . import openssl
from .chain import link
from .der import first_element
from .keys import is_encrypted, parse_key
from .pem import CERTIFICATE_TYPES, openssl_blocks
from .policy import GRPC, OPENSSL

_KEY_TYPES = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
_NO_CERTIFICATE = "could not load PEM client certificate"
_NO_KEY = "unable to set private key file"


def problem(consumer: str, certificate: bytes, key: bytes) -> str:
    """Why ``grpc`` or ``openssl`` cannot present this pair, empty where it can."""
    boringssl = consumer == GRPC
    chain = sent(consumer, certificate)
    leaf = link(chain[0]) if chain else None
    if leaf is None:
        return "Invalid cert chain file." if boringssl else _NO_CERTIFICATE
    if consumer == OPENSSL and openssl.weak_key(leaf):
        return f"{_NO_CERTIFICATE}: ee key too small"
    own = _key(key, boringssl)
    if own is None:
        return "Invalid private key." if boringssl else _NO_KEY
    if own != leaf.facts.spki_sha256:
        return "KEY_VALUES_MISMATCH" if boringssl else f"{_NO_KEY}: key values mismatch"
    if boringssl and leaf.facts.key_usage is not None and "digitalSignature" not in leaf.facts.key_usage:
        return "KEY_USAGE_BIT_INCORRECT"
    return ""


def sent(consumer: str, data: bytes) -> list[bytes] | None:
    """The chain that ``grpc`` or ``openssl`` sends: of the label of OpenSSL's own form only the first certificate may be.

    None where there is no certificate, or a broken block anywhere among them.
    """
    found: list[bytes] = []
    for block in openssl_blocks(data, boringssl=consumer == GRPC):
        if block is None:
            return None
        if block.type in (CERTIFICATE_TYPES[:2] if found else CERTIFICATE_TYPES):
            content = first_element(block.der)
            if link(content) is None:
                return None
            found.append(content)
    return found or None


def _key(data: bytes, boringssl: bool) -> str | None:
    """The fingerprint of the public half of the first private key of a file; None where it cannot be used."""
    block = next((one for one in openssl_blocks(data, boringssl=boringssl) if one is None or one.type in _KEY_TYPES), None)
    if block is None or is_encrypted(block):
        return None
    key = parse_key(first_element(block.der))
    return key.spki_sha256 if key is not None else None
