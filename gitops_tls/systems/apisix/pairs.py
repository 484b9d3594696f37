"""The pair of a Secret as APISIX hands it to OpenSSL: the certificates it would send, and why it cannot use them.

Source: ``ngx.ssl.parse_pem_cert`` and ``parse_pem_priv_key`` of lua-resty-core, and runs of OpenSSL 3.0.19: one broken block
spoils a chain; of a file of keys the first that can be read counts.
"""

from __future__ import annotations

from functools import lru_cache

from ...certs.facts import Certificate, KeyFact
from . import secrets
from .model import Broken, Pick
from .words import CHAIN_ORDER, ENCRYPTED, MISMATCH, NOT_PEM


def chain_of(pick: Pick) -> tuple[Certificate, ...]:
    """The certificates that APISIX would send; where OpenSSL refuses them, those that stand there all the same."""
    data = secrets.content(pick.certificate)
    if data is None:
        return ()
    from ...certs.read import certificates

    return _sent(data) or tuple(certificates(data))


@lru_cache(maxsize=256)
def _sent(data: bytes) -> tuple[Certificate, ...]:
    """The certificates as OpenSSL reads them; nothing where one block is broken."""
    from ...certs.lenient import lenient
    from ...certs.pem import CERTIFICATE_TYPES, openssl_blocks
    from ...certs.read import parse

    found: list[Certificate] = []
    for block in openssl_blocks(data):
        if block is None:
            return ()
        if block.type not in CERTIFICATE_TYPES:
            continue
        one = parse(block.der, block.line)
        readable = one if isinstance(one, Certificate) else lenient(block.der, block.line)
        if readable is None:
            return ()
        found.append(readable)
    return tuple(found)


def pair_problem(pick: Pick) -> Broken | None:
    """Why APISIX cannot use a pair (clients then see ``tlsv1 alert internal error``); None where it can or it is not known."""
    data, key = secrets.content(pick.certificate), secrets.content(pick.private)
    if data is not None and not _sent(data):
        from ...certs.content import describe
        from ...certs.read import read

        what = pick.certificate_key
        if b"-----BEGIN" in data and read(data).certificates:
            return Broken(NOT_PEM, f"a block in `{what}` {_DAMAGED}: APISIX takes none of its certificates", what)
        return Broken(NOT_PEM, f"`{what}` holds no certificate that APISIX can read, but {describe(data)}", what)
    return _key_problem(pick, data, key) if key is not None else None


_DAMAGED = "is cut, damaged or has an empty line inside, which OpenSSL does not read"


def _key_problem(pick: Pick, data: bytes | None, key: bytes) -> Broken | None:
    from ...certs.content import describe
    from ...certs.keys import private_keys

    name = pick.private_key
    if not key.startswith(b"---"):
        what = f"`{name}` does not begin with `---` ({describe(key)}): APISIX takes it for a key that it encrypted itself"
        return Broken(NOT_PEM, what, name)
    found = _key_of(key)
    if found is None:
        readable = [one for one in private_keys(key) if one.spki_sha256 is not None]
        if readable:
            return Broken(NOT_PEM, f"the private key in `{name}` {_DAMAGED}", name)
        if b"PRIVATE KEY-----" in key:
            return Broken(NOT_PEM, f"the private key in `{name}` cannot be read", name)
        return Broken(NOT_PEM, f"`{name}` holds no private key, but {describe(key)}", name)
    if found.encrypted:
        return Broken(ENCRYPTED, "the private key is encrypted, and APISIX cannot ask for a passphrase", name)
    chain = chain_of(pick)
    if data is None or not chain or chain[0].spki_sha256 == found.spki_sha256:
        return None
    if any(one.spki_sha256 == found.spki_sha256 for one in chain[1:]):
        what = "the certificate of the key is not the first one, which APISIX takes for the server's"
        return Broken(CHAIN_ORDER, what, pick.certificate_key)
    return Broken(MISMATCH, "the private key is not the certificate's", pick.certificate_key)


def _key_of(data: bytes) -> KeyFact | None:
    """The key at which OpenSSL ends its search: the first that it can read, or one that wants a passphrase."""
    from ...certs.keys import fact, is_encrypted, is_key_block
    from ...certs.pem import openssl_blocks

    for block in openssl_blocks(data, onward=True):
        if block is None or not is_key_block(block):
            continue
        one = fact(block.der, block.type, is_encrypted(block), block.line)
        if one.encrypted or one.spki_sha256 is not None:
            return one
    return None
