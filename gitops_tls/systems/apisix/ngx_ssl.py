"""PEM as APISIX reads it: ``parse_pem_cert`` and ``parse_pem_priv_key`` of lua-resty-core's ``ngx.ssl``, which hand it to OpenSSL.

Source: ngx_http_lua_ssl_certby.c (PEM_read_bio_X509_AUX, then PEM_read_bio_X509 until there is no further BEGIN;
PEM_read_bio_PrivateKey), and 50,000 made-up texts asked of it with OpenSSL 3.0.19 (tests/real/test_apisix_pem.py).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ...certs.facts import Certificate, KeyFact

if TYPE_CHECKING:
    from ...certs.pem import Block

_PKCS8 = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
_OWN_LABELS = {"RSA PRIVATE KEY": "RSA", "EC PRIVATE KEY": "EC", "DSA PRIVATE KEY": "DSA"}
"""The labels that OpenSSL knows besides those of PKCS#8, each with the one kind of key that it takes under it."""


@lru_cache(maxsize=256)
def parse_cert(data: bytes) -> tuple[Certificate, ...]:
    """The certificates of a PEM text; none at all where one block is broken. Other blocks are passed over."""
    from ...certs.lenient import lenient
    from ...certs.pem import CERTIFICATE_TYPES
    from ...certs.read import parse
    from ...certs.ssl_pem import openssl_blocks

    found: list[Certificate] = []
    wanted = set(CERTIFICATE_TYPES)
    for block in openssl_blocks(data, wanted=wanted):
        if block is None:
            return ()
        if block.type not in wanted:
            continue
        # a later block of OpenSSL's own form is passed over
        wanted.intersection_update(CERTIFICATE_TYPES[:2])
        one = parse(block.der, block.line)
        readable = one if isinstance(one, Certificate) else lenient(block.der, block.line)
        if readable is None:
            return ()
        found.append(readable)
    return tuple(found)


def parse_key(data: bytes) -> KeyFact | None:
    """The key at which OpenSSL ends its search: the first that it can read, or one that wants a passphrase (which APISIX has
    not). None where it finds neither."""
    from ...certs.ssl_pem import openssl_blocks

    for block in openssl_blocks(data, onward=True, wanted=(*_PKCS8, *_OWN_LABELS)):
        one = _key_in(block) if block is not None else None
        if one is not None:
            return one
    return None


def _key_in(block: Block) -> KeyFact | None:
    """The key of a block; None where OpenSSL knows no such label or finds another form of key under it."""
    from ...certs import der
    from ...certs.keys import fact

    if block.type not in _PKCS8 and block.type not in _OWN_LABELS:
        return None
    kind = der.kind_of(block.der)
    if block.encrypted or (kind == der.ENCRYPTED_KEY and block.type == "ENCRYPTED PRIVATE KEY"):
        return fact(block.der, block.type, True, block.line)
    one = fact(block.der, block.type, False, block.line) if kind != der.ENCRYPTED_KEY else None
    if one is None or one.spki_sha256 is None:
        return None
    fits = _is_pkcs8(block.der) if block.type in _PKCS8 else one.kind == _OWN_LABELS[block.type]
    return one if fits else None


def _is_pkcs8(content: bytes) -> bool:
    from ...certs.der import SEQUENCE, element, parts

    whole = element(content)
    return whole is not None and [part.tag for part in parts(content, whole)][1:2] == [SEQUENCE]
