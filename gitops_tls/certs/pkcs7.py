"""PKCS#7 bundles of certificates (``.p7b``), as Windows and Java tools hand them out."""

from __future__ import annotations

import warnings

from .der import element
from .pem import openssl_blocks

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


def certificates(data: bytes) -> tuple[bytes, ...]:
    """The certificates (DER) of a bundle in DER or PEM; none where the bytes are something else. Never raises."""
    if b"-----BEGIN " in data:
        blocks = [block for block in openssl_blocks(data) if block is not None and block.type in ("PKCS7", "CMS")]
        return tuple(found for block in blocks for found in _load(block.der))
    return _load(data)


def _load(data: bytes) -> tuple[bytes, ...]:
    whole = element(data)
    if whole is None or not data.startswith(_SIGNED_DATA, whole.start):
        return ()
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    from .read import reraise

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(each.public_bytes(Encoding.DER) for each in pkcs7.load_der_pkcs7_certificates(data))
    except BaseException as error:  # a panic in the parser is no Exception
        reraise(error)
        return ()
