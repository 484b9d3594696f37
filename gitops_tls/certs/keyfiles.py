"""Private keys: made, read from files, and written as PKCS#8.

A key never stands in a value with a ``repr``, in a message or in an exception.
"""

from __future__ import annotations

import os
import re
import stat
from typing import Any, NamedTuple

from ..errors import UsageError
from ..text.create import reason
from .keys import is_encrypted, is_key_block, parse_key
from .pem import blocks
from .read import reraise

MAX_BYTES = 5_000_000
_WORDS = ("rsa:2048", "rsa:3072", "rsa:4096", "ec:p256", "ec:p384")
_LARGEST_RSA = 8192
_CURVES = {"P-224": "SECP224R1", "P-256": "SECP256R1", "P-384": "SECP384R1", "P-521": "SECP521R1"}


class KeyKind(NamedTuple):
    """What kind of key to make: ``RSA`` with its bits, ``EC`` with its curve (``P-256``), or ``Ed25519``."""

    kind: str
    size: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.size}".strip()


def key_kind(given: str) -> KeyKind:
    """Judge ``--key``. Raises UsageError."""
    word = given.strip().lower().replace("-", "")
    if word not in _WORDS:
        near = next((each for each in _WORDS if re.split("[: ]", word)[0] == each.partition(":")[0]), _WORDS[0])
        right = f"write `--key {near}`; right are " + ", ".join(f"`{each}`" for each in _WORDS)
        if word.startswith("ed25519"):
            raise UsageError(f"--key is `{given}`, but gRPC (pymilvus) does not connect to Ed25519 certificates", right)
        raise UsageError(f"--key is `{given}`, which is no key that is made here", right)
    kind, _, size = word.partition(":")
    return KeyKind("RSA", size) if kind == "rsa" else KeyKind("EC", f"P-{size[1:]}")


def kind_of(certificate_key: str) -> KeyKind:
    """The kind of an old certificate's key (``Certificate.key``). Raises UsageError where no such key can be made."""
    kind, _, size = certificate_key.partition(" ")
    if kind == "RSA" and size.isdigit():
        if int(size) > _LARGEST_RSA:
            raise UsageError(
                f"its key is RSA {size}; Go refuses RSA keys larger than {_LARGEST_RSA} bits", "make a new set: cert new"
            )
        # curl refuses smaller ones: a renewal is the moment to leave them
        return KeyKind("RSA", str(max(int(size), 2048)))
    if (kind == "EC" and size in _CURVES) or kind == "Ed25519":
        return KeyKind(kind, size)
    raise UsageError(f"its key is {certificate_key}, which is not made here", "add --keep-key, or make a new set: cert new")


def make(kind: KeyKind) -> Any:
    """A new private key (an object of cryptography)."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if kind.kind == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.size))
    if kind.kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(getattr(ec, _CURVES[kind.size])())


def to_pem(key: Any) -> bytes:
    """A private key as PKCS#8, not encrypted: what Milvus, pymilvus and curl read."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def fingerprint(key: Any) -> str:
    """SHA-256 (hex) of the public half, as ``Certificate.spki_sha256``."""
    from hashlib import sha256

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def read_private(data: bytes, path: str) -> Any:
    """The first private key in PEM bytes. Raises UsageError where there is none, or it is encrypted or broken."""
    block = next((each for each in blocks(data) if is_key_block(each)), None)
    if block is None:
        from .content import describe

        raise UsageError(
            f"`{path}` holds no private key in PEM: it is {describe(data)}", "a PEM file with `BEGIN PRIVATE KEY` is needed"
        )
    if is_encrypted(block):
        raise UsageError(
            f"the key in `{path}` is encrypted, and no passphrase is asked for here",
            f"decrypt it into a file of its own, for a moment: `openssl pkey -in {path} -out FILE`",
        )
    known = parse_key(block.der)
    if known is None or (known.kind == "RSA" and known.bits > 2 * _LARGEST_RSA):
        raise UsageError(
            f"the key in `{path}` cannot be read: it is {'malformed' if known is None else 'larger than any in use'}"
        )
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        return load_der_private_key(block.der, None)
    except BaseException as error:
        reraise(error)
        raise UsageError(f"the key in `{path}` cannot be read: its numbers do not fit each other") from None


def read_file(path: str, what: str, missing: str = "") -> bytes:
    """The bytes of a file that an option names. Never blocks. Raises UsageError, with the help ``missing`` where it is not there."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise UsageError(f"{what} `{path}` is no file")
            if about.st_size > MAX_BYTES:
                raise UsageError(f"{what} `{path}` is larger than 5 MB")
            return file.read(MAX_BYTES)
    except FileNotFoundError:
        raise UsageError(f"there is no file `{path}` ({what})", missing) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{what} `{path}` cannot be read: {reason(error)}") from None
