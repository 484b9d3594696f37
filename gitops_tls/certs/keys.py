"""Private keys: type, size and public half. No other part of a key leaves this module, not even in an exception."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..records import NamedTuple
from . import der as asn1
from .facts import KeyFact
from .pem import BOM, Block, blocks
from .read import key_kind, reraise

_MOST_KEYS = 1000
_LARGEST_KEY = 1 << 17


class PrivateKey(NamedTuple):
    """What is known of a readable private key: ``RSA``, ``EC`` (with its curve), ``Ed25519`` and so on."""

    kind: str
    bits: int
    curve: str
    spki_sha256: str


def private_keys(data: bytes) -> list[KeyFact]:
    """The private keys in PEM or DER bytes, in order; encrypted and unreadable ones too. Never raises."""
    return list(_private_keys(data))


@lru_cache(maxsize=256)
def _private_keys(data: bytes) -> tuple[KeyFact, ...]:
    found = blocks(data[len(BOM) :] if data.startswith(BOM) else data)
    if found:
        keys = [block for block in found if is_key_block(block)]
        return tuple(fact(block.der, block.type, is_encrypted(block), block.line) for block in keys[:_MOST_KEYS])
    kind = asn1.kind_of(data)
    return (fact(data, "", kind == asn1.ENCRYPTED_KEY, 1),) if kind in (asn1.PRIVATE_KEY, asn1.ENCRYPTED_KEY) else ()


def is_key_block(block: Block) -> bool:
    """Whether Go takes the block for a private key."""
    return block.type == "PRIVATE KEY" or block.type.endswith(" PRIVATE KEY")


def is_encrypted(block: Block) -> bool:
    """Whether the key needs a passphrase: by its headers (PKCS#1, SEC1), its label or its shape (PKCS#8)."""
    return block.encrypted or block.type == "ENCRYPTED PRIVATE KEY" or asn1.kind_of(block.der) == asn1.ENCRYPTED_KEY


def fact(content: bytes, label: str, encrypted: bool, line: int) -> KeyFact:
    """What is known of a DER private key under the label of its PEM block. Never raises."""
    key = None if encrypted else parse_key(content)
    if key is not None:
        return KeyFact(key.kind, key.bits, key.spki_sha256, False, line)
    kind = label.partition(" ")[0] if label.startswith(("RSA ", "EC ", "DSA ")) else "unknown"
    return KeyFact(kind, 0, None, encrypted, line)


@lru_cache(maxsize=256)
def parse_key(content: bytes) -> PrivateKey | None:
    """A DER private key (PKCS#1, PKCS#8 or SEC1, whatever its label said); None where it cannot be read."""
    key = _load(content)
    if key is None:
        return None
    from hashlib import sha256

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        kind, bits, curve = key_kind(key)
    except BaseException as error:
        reraise(error)
        return None
    return PrivateKey(kind, bits or 256, curve, sha256(spki).hexdigest())


def _load(content: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    if len(content) > _LARGEST_KEY:
        return None
    try:
        return load_der_private_key(content, None, unsafe_skip_rsa_key_validation=True)
    except BaseException as error:
        reraise(error)
        return None
