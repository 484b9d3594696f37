"""PKCS#12 containers: their certificates, and a limit on the work that a hostile one can ask for."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from ..records import NamedTuple
from .der import element

MOST_ITERATIONS = 2_000_000
"""Rounds of key derivation that are done for one container, all its parts together: a second of work.

OpenSSL 3 writes 2,048, Java 10,000, NSS 600,000.
"""

_INTEGER, _OCTETS, _OCTETS_IN_PARTS = 0x02, 0x04, 0x24
_MOST_ELEMENTS = 20_000
_DEEPEST = 24

ENCRYPTED, MALFORMED, COSTLY = "encrypted", "malformed", "costly"


class Opened(NamedTuple):
    """The certificates (DER) of a container, its own first; or why there are none: one of the three words above."""

    certificates: tuple[bytes, ...]
    problem: str = ""


def opened(data: bytes, passwords: Iterable[bytes] = ()) -> Opened:
    """Open a container without a password, with the empty one, then with each of ``passwords``. Never raises."""
    iterations = _iterations(data)
    if iterations is None:
        return Opened((), MALFORMED)
    if iterations > MOST_ITERATIONS:
        return Opened((), COSTLY)
    for password in (None, b"", *passwords):
        found = _load(data, password)
        if found is not None:
            return Opened(found)
    return Opened((), ENCRYPTED)


def gives_key(data: bytes) -> bool:
    """Whether a container gives its private key without a password, or with the empty one. Never raises."""
    iterations = _iterations(data)
    if iterations is None or iterations > MOST_ITERATIONS:
        return False
    return any(getattr(_store(data, password), "key", None) is not None for password in (None, b""))


def _store(data: bytes, password: bytes | None) -> Any:
    """The container, opened; None where the password is another or the bytes are none."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    from .read import reraise

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pkcs12.load_pkcs12(data, password)
    except BaseException as error:  # a panic in the parser is no Exception
        reraise(error)
        return None


def _load(data: bytes, password: bytes | None) -> tuple[bytes, ...] | None:
    from cryptography.hazmat.primitives.serialization import Encoding

    from .read import reraise

    store = _store(data, password)
    if store is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            held = ([store.cert] if store.cert else []) + list(store.additional_certs)
            return tuple(each.certificate.public_bytes(Encoding.DER) for each in held)
    except BaseException as error:  # a panic in the parser is no Exception
        reraise(error)
        return None


def _iterations(data: bytes) -> int | None:
    """All iteration counts together; None where the bytes are no ASN.1 of a bounded size and depth."""
    counter = _Counter()
    try:
        counter.walk(data, 0, len(data), 0)
    except _NotAsn1:
        return None
    return counter.total


class _NotAsn1(Exception):
    pass


class _Counter:
    """Adds up the integers that follow a salt: PBKDF2, PKCS#12's own derivation and MAC (salt, count), scrypt (salt, N, r, p)."""

    def __init__(self) -> None:
        self.total = 0
        self._left = _MOST_ELEMENTS

    def walk(self, data: bytes, at: int, end: int, depth: int, *, open_end: bool = False) -> int:
        """Read the elements from ``at``; returns where they end. ``open_end`` ones end at two zero bytes (BER)."""
        salted = False
        numbers: list[int] = []
        while at < end:
            if open_end and data[at : at + 2] == b"\0\0":
                at += 2
                break
            tag, start, stop = self._header(data, at, end, depth)
            if tag == _INTEGER and salted:
                numbers.append(int.from_bytes(data[start : min(stop, start + 9)], "big"))
            elif tag != _INTEGER:
                self._count(numbers)
                salted, numbers = tag in (_OCTETS, _OCTETS_IN_PARTS), []
            at = self._inside(data, tag, start, stop, end, depth)
        self._count(numbers)
        return at

    def _header(self, data: bytes, at: int, end: int, depth: int) -> tuple[int, int, int]:
        """Tag, start and end of the content; the end is -1 where it is open."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise _NotAsn1
        if data[at + 1 : at + 2] == b"\x80" and data[at] & 0x20 and at + 2 <= end:
            return data[at], at + 2, -1
        found = element(data, at, end)
        if found is None:
            raise _NotAsn1
        return found

    def _inside(self, data: bytes, tag: int, start: int, stop: int, end: int, depth: int) -> int:
        """Walk the content of an element, if it has any; returns where the element ends."""
        if tag & 0x20:
            after = self.walk(data, start, end if stop < 0 else stop, depth + 1, open_end=stop < 0)
            if tag == _OCTETS_IN_PARTS:
                self._packed(_joined(data, start, after), depth)
            return after
        if tag == _OCTETS:
            self._packed(data[start:stop], depth)
        return stop

    def _packed(self, content: bytes, depth: int) -> None:
        """An octet string may hold more ASN.1; ciphertext that only looks like it counts for nothing."""
        if content[:1] == b"\x30" and len(content) > 8:
            before = self.total
            try:
                self.walk(content, 0, len(content), depth + 1)
            except _NotAsn1:
                if self._left < 0 or depth >= _DEEPEST:
                    raise
                self.total = before

    def _count(self, numbers: list[int]) -> None:
        if len(numbers) >= 3:
            self.total += numbers[0] * numbers[1] * numbers[2]
        elif numbers:
            self.total += numbers[0]


def _joined(data: bytes, at: int, end: int) -> bytes:
    """The parts of an octet string in parts, put together."""
    parts: list[bytes] = []
    while at < end and (part := element(data, at, end)) is not None and part.tag == _OCTETS:
        parts.append(data[part.start : part.end])
        at = part.end
    return b"".join(parts)
