"""Java keystores (JKS, JCEKS): their public certificates, which stand there in clear. Keys are skipped, never kept.

The format as the JDK writes it (``sun.security.provider.JavaKeyStore``, ``com.sun.crypto.provider.JceKeyStore``): big-endian
magic, version and number of entries, then the entries, then a SHA-1 over all of it and the password. Without the password
that sum cannot be checked: damage that leaves the shape whole shows in the certificates alone.
"""

from __future__ import annotations

from ..records import NamedTuple

JKS, JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
_KEY, _TRUSTED, _SECRET = 1, 2, 3
_SUM = 20
_MOST = 10_000

CUT = "it is cut off"
DAMAGED = "it is damaged"
HIDDEN = "what stands behind a secret key cannot be found"
VERSION = "its version is not known"


class Keystore(NamedTuple):
    """The certificates (DER) of a keystore, each once, in its order; ``problem`` says why some may be missing."""

    certificates: tuple[bytes, ...]
    problem: str = ""


def is_keystore(data: bytes) -> bool:
    """Whether some bytes begin as a JKS or JCEKS keystore does."""
    return data.startswith((JKS, JCEKS))


def read(data: bytes) -> Keystore:
    """The certificates of a keystore. Never raises; the time is bounded, and linear in the input."""
    found: dict[bytes, None] = {}
    problem = _Entries(data, found).read()
    return Keystore(tuple(found), problem)


class _Cut(Exception):
    pass


class _Many(Exception):
    pass


class _Entries:
    def __init__(self, data: bytes, found: dict[bytes, None]) -> None:
        self._data = data
        self._at = 4
        self._found = found
        self._left = _MOST

    def read(self) -> str:
        """Read all entries; returns the problem, if there is one."""
        try:
            version = self._number(4)
            if version not in (1, 2):
                return VERSION
            for _ in range(self._number(4)):
                tag = self._number(4)
                if tag not in (_KEY, _TRUSTED, _SECRET):
                    return DAMAGED
                self._skip(self._number(2) + 8)  # the alias, and the time of its making
                if tag == _SECRET:
                    return HIDDEN
                self._entry(tag, version)
        except _Cut:
            return CUT
        except _Many:
            return f"more than {_MOST:,} entries are in it"
        left = len(self._data) - self._at
        return "" if left == _SUM else CUT if left < _SUM else DAMAGED

    def _entry(self, tag: int, version: int) -> None:
        count = 1
        self._count()
        if tag == _KEY:
            self._skip(self._number(4))
            count = self._number(4)
        for _ in range(count):
            self._count()
            kind = self._take(self._number(2)) if version == 2 else b"X.509"
            content = self._take(self._number(4))
            if kind in (b"X.509", b"X509"):
                self._found[content] = None

    def _count(self) -> None:
        """Entries and certificates, also those that come again: each may be only a few bytes long."""
        self._left -= 1
        if self._left < 0:
            raise _Many

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _take(self, size: int) -> bytes:
        start = self._at
        self._skip(size)
        return self._data[start : self._at]

    def _skip(self, size: int) -> None:
        if self._at + size > len(self._data):
            raise _Cut
        self._at += size
