"""The pair of a Secret as APISIX hands it to OpenSSL: the certificates it would send, and why it cannot use them."""

from __future__ import annotations

from ...certs.facts import Certificate, KeyFact
from ...records import NamedTuple
from . import secrets
from .model import Broken, Pick
from .ngx_ssl import parse_cert, parse_key
from .words import CHAIN_ORDER, ENCRYPTED, HANDSHAKE_FAILURE, INTERNAL_ALERT, MISMATCH, NOT_PEM

_SLOTS = frozenset(("RSA", "EC", "DSA", "Ed25519", "Ed448"))
"""The kinds of keys that OpenSSL keeps beside each other, each with its certificate."""


class Misfit(NamedTuple):
    """Why a key is not that of the first certificate: CHAIN_ORDER or MISMATCH, and the alert that clients see."""

    kind: str
    alert: str


def chain_of(pick: Pick) -> tuple[Certificate, ...]:
    """The certificates that APISIX would send; where OpenSSL refuses them, those that stand there all the same."""
    data = secrets.content(pick.certificate)
    if data is None:
        return ()
    from ...certs.read import certificates

    return parse_cert(data) or tuple(certificates(data))


def misfit(chain: tuple[Certificate, ...], key: KeyFact) -> Misfit | None:
    """Why APISIX cannot serve with a chain and a key that OpenSSL both reads; None where it can.

    OpenSSL compares a key with the certificate of the same kind alone. One of another kind it keeps beside it, and finds no
    pair when a client comes: another alert [measured: nginx with ngx.ssl.set_cert and set_priv_key, OpenSSL 3.0.19].
    """
    if not chain or chain[0].spki_sha256 == key.spki_sha256:
        return None
    kind = CHAIN_ORDER if any(one.spki_sha256 == key.spki_sha256 for one in chain[1:]) else MISMATCH
    kinds = {chain[0].key.partition(" ")[0], key.kind}
    return Misfit(kind, HANDSHAKE_FAILURE if len(kinds) == 2 and kinds <= _SLOTS else INTERNAL_ALERT)


def pair_problem(pick: Pick) -> Broken | None:
    """Why APISIX cannot use a pair; None where it can or it is not known."""
    data, key = secrets.content(pick.certificate), secrets.content(pick.private)
    if data is not None and not parse_cert(data):
        return Broken(
            NOT_PEM, f"{certificate_fault(data, pick.certificate_key)}: APISIX takes no certificate of it", pick.certificate_key
        )
    return _key_problem(pick, key) if key is not None else None


_DAMAGED = "is cut, damaged or has an empty line inside, which OpenSSL does not read"


def certificate_fault(data: bytes, name: str) -> str:
    """What keeps OpenSSL from reading the certificates of a text."""
    from ...certs.content import describe
    from ...certs.read import read

    if b"-----BEGIN" in data and read(data).certificates:
        return f"a block in `{name}` {_DAMAGED}"
    return f"`{name}` holds no certificate that OpenSSL can read, but {describe(data)}"


def key_fault(data: bytes, name: str) -> str:
    """What keeps OpenSSL from reading a private key, which is not encrypted."""
    from ...certs.content import describe
    from ...certs.keys import private_keys

    if any(one.spki_sha256 is not None for one in private_keys(data)):
        return f"the private key in `{name}` {_DAMAGED}, or its BEGIN line names another kind of key"
    if b"PRIVATE KEY-----" in data:
        return f"the private key in `{name}` cannot be read"
    return f"`{name}` holds no private key, but {describe(data)}"


def _key_problem(pick: Pick, key: bytes) -> Broken | None:
    from ...certs.content import describe

    name = pick.private_key
    if not key.startswith(b"---"):
        what = f"`{name}` does not begin with `---` ({describe(key)}): APISIX takes it for a key that it encrypted itself"
        return Broken(NOT_PEM, what, name)
    found = parse_key(key)
    if found is None:
        return Broken(NOT_PEM, key_fault(key, name), name)
    if found.encrypted:
        return Broken(ENCRYPTED, "the private key is encrypted, and APISIX cannot ask for a passphrase", name)
    wrong = misfit(chain_of(pick), found)
    if wrong is None:
        return None
    if wrong.kind == CHAIN_ORDER:
        what = "the certificate of the key is not the first one, which APISIX takes for the server's"
        return Broken(CHAIN_ORDER, what, pick.certificate_key, wrong.alert)
    return Broken(MISMATCH, "the private key is not the certificate's", pick.certificate_key, wrong.alert)
