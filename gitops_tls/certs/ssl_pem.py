"""PEM as OpenSSL and BoringSSL read it: line by line through a small buffer, with headers, and stopping where one is wrong.

[measured: curl 7.88.1 with OpenSSL 3.0.19, grpcio 1.85.1, some ten thousand files]
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from ..records import NamedTuple
from .pem import BOM, Block, decode_base64

_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"
_OPENSSL_BUFFER, _BORINGSSL_BUFFER = 254, 253
_LINE = 64
_ENCRYPTED = re.compile(rb"Proc-Type:[ \t]*4[ \t]*,[ \t]*ENCRYPTED[ \t\r\n]")
_TRAILING = bytes(range(0x21)) + bytes(range(0x80, 0x100))
"""What is cut off at the end of a line: blanks, control characters, and what is negative as a signed character."""


class _Content(NamedTuple):
    """Header lines, and the base64 below them; None where the block is damaged."""

    header: bytes
    packed: bytes


class _Lines:
    """What ``BIO_gets`` gives: lines in pieces of the buffer's size; from a file only up to a NUL."""

    def __init__(self, data: bytes, size: int, *, file: bool) -> None:
        self._data, self._size, self._file = data, size, file
        self._at = 0
        self._counted, self._line = 0, 1

    def next(self) -> bytes:
        """The next piece; empty at the end (and where a line of a file begins with a NUL)."""
        end = self._data.find(b"\n", self._at, self._at + self._size)
        end = end + 1 if end >= 0 else min(self._at + self._size, len(self._data))
        piece, self._at = self._data[self._at : end], end
        return piece.partition(b"\0")[0] if self._file else piece

    def line(self) -> int:
        """The line at which the next piece begins, from 1."""
        self._line += self._data.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._line


def openssl_blocks(
    data: bytes, *, onward: bool = False, wanted: Container[str] | None = None, file: bool = False
) -> Iterator[Block | None]:
    """The blocks as OpenSSL reads them one after the other; None stands for an error, after which nothing more comes.

    With ``onward`` the search goes on behind a damaged block, as OpenSSL 3 does where it looks for a private key. Of
    ``wanted`` types alone OpenSSL looks into the headers; None: of all. ``file``: read from a file by OpenSSL itself.
    """
    lines = _Lines(data, _OPENSSL_BUFFER, file=file)
    while (name := _openssl_begin(lines)) is not None:
        begun = lines.line() - 1
        content = _openssl_content(lines, name)
        block = _block(name, content, begun) if content is not None else None
        foreign = block is not None and content is not None and bool(content.header) and not _ENCRYPTED.match(content.header)
        refused = foreign and (wanted is None or name.decode("utf-8", "replace") in wanted)
        yield None if refused else block
        if refused or (block is None and not onward):
            return


def boringssl_blocks(data: bytes) -> Iterator[Block | None]:
    """The blocks as BoringSSL reads them; None stands for an error, after which nothing more comes. Headers are not judged."""
    lines = _Lines(data, _BORINGSSL_BUFFER, file=False)
    while (name := _boringssl_begin(lines)) is not None:
        begun = lines.line() - 1
        content = _boringssl_content(lines, name)
        block = _block(name, content, begun) if content is not None else None
        yield block
        if block is None:
            return


def _openssl_begin(lines: _Lines) -> bytes | None:
    first = True
    while piece := lines.next():
        if first and len(piece) > len(BOM):
            piece = piece.removeprefix(BOM)
        first = False
        line = piece.rstrip(_TRAILING)
        if line.startswith(_BEGIN) and line.endswith(_DASHES) and len(line) >= len(_BEGIN) + len(_DASHES):
            return line[len(_BEGIN) : -len(_DASHES)]
    return None


def _boringssl_begin(lines: _Lines) -> bytes | None:
    while piece := lines.next():
        line = piece.rstrip(_TRAILING)
        if line.startswith(_BEGIN) and b"\0" not in line and line.endswith(_DASHES):
            return line[len(_BEGIN) : -len(_DASHES)]
    return None


def _closes(line: bytes, name: bytes) -> bool:
    return line == _END + name + _DASHES


def _openssl_content(lines: _Lines, name: bytes) -> _Content | None:
    """All before the first empty line is headers, if a line has a colon or there is an empty one; behind it a line has 64
    characters, the last one fewer. Base64 ends at a ``-``."""
    header, body = bytearray(), bytearray()
    below = may_be_header = partial = ended = False
    while piece := lines.next():
        was_partial, partial = partial, len(piece) == _OPENSSL_BUFFER and not piece.endswith(b"\n")
        may_be_header = may_be_header or (not below and b":" in piece)
        line = piece.rstrip(_TRAILING)
        if not line:
            if below and not was_partial:
                return None
            below = below or not was_partial
            continue
        if line.startswith(_END):
            if not _closes(line, name):
                return None
            packed = (body if below or may_be_header else header).partition(b"-")[0]
            return _Content(bytes(header) if below or may_be_header else b"", bytes(packed))
        if ended:
            return None
        (body if below else header).extend(line + b"\n")
        if below:
            if len(line) > _LINE:
                return None
            ended = len(line) < _LINE
    return None


def _boringssl_content(lines: _Lines, name: bytes) -> _Content | None:
    """All before the first empty line is headers, whatever it looks like; behind it empty lines do not count."""
    header, body = bytearray(), bytearray()
    below = False
    while piece := lines.next():
        line = piece.rstrip(_TRAILING)
        if line.startswith(_END):
            if not _closes(line, name):
                return None
            return _Content(bytes(header), bytes(body)) if below else _Content(b"", bytes(header))
        below = below or not line
        (body if below else header).extend(line + b"\n")
    return None


def _block(name: bytes, content: _Content, line: int) -> Block | None:
    """The block; None where there is nothing in it or its base64 is wrong."""
    der = decode_base64(content.packed)
    if not der:
        return None
    pairs = (each.decode("utf-8", "replace").partition(":") for each in content.header.splitlines())
    headers = tuple((key.strip(), value.strip()) for key, _, value in pairs)
    return Block(name.decode("utf-8", "replace"), der, headers, line, 0, 0)
