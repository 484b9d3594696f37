"""PKCS#7 bundles of certificates (``.p7b``), as Windows and Java tools hand them out."""

from __future__ import annotations

import warnings

from .der import PKCS7, kind_of

LABELS = ("PKCS7", "PKCS #7 SIGNED DATA", "CMS")
"""The names of PEM blocks that hold such a bundle."""


def certificates(data: bytes) -> tuple[bytes, ...]:
    """The certificates (DER) of a bundle in DER; none where the bytes are something else. Never raises."""
    if kind_of(data) != PKCS7:
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
