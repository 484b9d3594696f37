"""PEM as Go's ``encoding/pem`` reads it (which is what Milvus does), and the same bytes as OpenSSL and BoringSSL see them.

Every reader takes time linear in the input, whatever the input is.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Container, Iterator
from functools import lru_cache

from ..records import NamedTuple
from .content import describe, double_encoded

__all__ = [
    "BOM",
    "CERTIFICATE_TYPES",
    "Block",
    "blocks",
    "decode_base64",
    "describe",
    "double_encoded",
    "encode",
    "openssl_blocks",
]

BOM = b"\xef\xbb\xbf"
_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"
_STANDARD = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_LINE, _BUFFER = 64, 254
_ENCRYPTED = re.compile(rb"Proc-Type:[ \t]*4[ \t]*,[ \t]*ENCRYPTED[ \t\r\n]")
CERTIFICATE_TYPES = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")


class Block(NamedTuple):
    """A PEM block. ``line`` counts from 1; ``start`` and ``end`` are byte offsets, ``end`` after the END line's newline."""

    type: str
    der: bytes
    headers: tuple[tuple[str, str], ...]
    line: int
    start: int
    end: int

    @property
    def encrypted(self) -> bool:
        """Whether the headers say that the content is encrypted (``Proc-Type: 4,ENCRYPTED``)."""
        return any(key == "Proc-Type" and "ENCRYPTED" in value for key, value in self.headers)


def decode_base64(data: bytes) -> bytes | None:
    """Base64 as Go's ``StdEncoding`` decodes it: line breaks are skipped, padding is required, nothing else is allowed."""
    packed = data.translate(None, b" \t\r\n")
    if len(packed) % 4 or not _STANDARD.fullmatch(packed):
        return None
    try:
        return base64.b64decode(packed)
    except binascii.Error:
        return None


def encode(content: bytes, label: str = "CERTIFICATE") -> bytes:
    """A PEM block of DER bytes, with lines of 64 characters and LF."""
    packed = base64.b64encode(content).decode()
    lines = [packed[at : at + 64] for at in range(0, len(packed), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()


def blocks(data: bytes) -> list[Block]:
    """Every block that Go finds: BEGIN must start a line; text around blocks and broken blocks are passed over.

    A byte order mark before the first BEGIN hides it, as do indentation and a missing line break; CRLF, trailing blanks
    and a missing newline at the end are fine [measured: Milvus 2.3.5].
    """
    return list(_blocks(data))


@lru_cache(maxsize=128)
def _blocks(data: bytes) -> tuple[Block, ...]:
    found: list[Block] = []
    scan = _Scan(data)
    line, counted, at = 1, 0, 0
    while (block := scan.next(at)) is not None:
        line += data.count(b"\n", counted, block.start)
        counted, at = block.start, block.end
        found.append(block._replace(line=line))
    return tuple(found)


class _Scan:
    """Go's decoder. Remembers the END and BEGIN it saw last, so that no part of the input is searched twice."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._seen = {_BEGIN: -1, _END: -1}

    def next(self, at: int) -> Block | None:
        """The first whole block at or after an offset that is the start of a line."""
        while True:
            start = self._line_starting_with(_BEGIN, at)
            if start < 0:
                return None
            line, at = _line(self._data, start + len(_BEGIN))
            if not line.endswith(_DASHES):
                continue
            name = line[: -len(_DASHES)]
            headers, at = self._headers(at)
            if at >= len(self._data):
                return None
            end = self._line_starting_with(_END, at)
            if end < 0:
                return None
            if 0 <= self._line_starting_with(_BEGIN, at) < end:
                continue
            closing, after = _line(self._data, end + len(_END))
            content = decode_base64(self._data[at:end]) if closing == name + _DASHES else None
            if content is not None:
                return Block(name.decode("utf-8", "replace"), content, headers, 0, start, after)

    def _line_starting_with(self, mark: bytes, at: int) -> int:
        """The offset of the first line from ``at`` on that begins with ``mark``, or -1."""
        if self._seen[mark] < at:
            if self._data.startswith(mark, at) and (at == 0 or self._data[at - 1 : at] == b"\n"):
                self._seen[mark] = at
            else:
                place = self._data.find(b"\n" + mark, at)
                self._seen[mark] = place + 1 if place >= 0 else len(self._data) + 1
        return self._seen[mark] if self._seen[mark] <= len(self._data) else -1

    def _headers(self, at: int) -> tuple[tuple[tuple[str, str], ...], int]:
        headers: dict[str, str] = {}
        while at < len(self._data):
            line, after = _line(self._data, at)
            key, colon, value = line.partition(b":")
            if not colon:
                break
            headers[key.strip().decode("utf-8", "replace")] = value.strip().decode("utf-8", "replace")
            at = after
        return tuple(headers.items()), at


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    """The rest of a line without trailing blanks, and where the next begins."""
    end = data.find(b"\n", at)
    if end < 0:
        return data[at:].rstrip(b" \t"), len(data)
    stop = end - 1 if end > at and data[end - 1] == 0x0D else end
    return data[at:stop].rstrip(b" \t"), end + 1


def openssl_blocks(
    data: bytes, *, boringssl: bool = False, onward: bool = False, wanted: Container[str] | None = None
) -> Iterator[Block | None]:
    """The blocks as OpenSSL reads them one after the other; None stands for an error, after which nothing more comes.

    With ``onward`` the search goes on behind a damaged block, as OpenSSL 3 does where it looks for a private key. Of
    ``wanted`` types alone OpenSSL looks into the headers; None: of all.

    OpenSSL skips a byte order mark where a search begins; BoringSSL does not. Headers other than ``Proc-Type`` are an
    error to both, empty lines inside a block to OpenSSL [measured: OpenSSL 3.0.19, grpcio 1.85.1].
    """
    lines = data.split(b"\n") if boringssl else _read_lines(data)
    at, first = 0, True
    while at < len(lines):
        line = lines[at].rstrip()
        if first and not boringssl and line.startswith(BOM):
            line = line[len(BOM) :]
        at, first = at + 1, False
        if not (line.startswith(_BEGIN) and line.endswith(_DASHES)):
            continue
        name, begun, body = line[len(_BEGIN) : -len(_DASHES)], at, []
        while at < len(lines) and not lines[at].startswith(_END):
            body.append(lines[at].strip())
            at += 1
        closed = at < len(lines) and lines[at].rstrip() == _END + name + _DASHES
        made = (_boringssl_block if boringssl else _openssl_block)(name, body, begun) if closed else None
        foreign = made is not None and _foreign_header(made[0], boringssl)
        block = made[1] if made is not None and not (foreign and _is_wanted(name, wanted)) else None
        yield block
        if block is None and (foreign or not onward):
            return
        at, first = at + 1, True


def _read_lines(data: bytes) -> list[bytes]:
    """The lines as OpenSSL gets them into its buffer: a longer one comes in pieces."""
    lines = data.split(b"\n")
    if all(len(line) <= _BUFFER for line in lines):
        return lines
    return [line[at : at + _BUFFER] for line in lines for at in range(0, len(line) or 1, _BUFFER)]


def _is_wanted(name: bytes, wanted: Container[str] | None) -> bool:
    return wanted is None or name.decode("utf-8", "replace") in wanted


def _foreign_header(header: list[bytes], boringssl: bool) -> bool:
    """Whether the headers are others than those of an encrypted block."""
    if boringssl:
        return bool(header) and not header[0].startswith(b"Proc-Type:")
    return bool(header) and not _ENCRYPTED.match(b"\n".join(header) + b"\n")


def _boringssl_block(name: bytes, body: list[bytes], line: int) -> tuple[list[bytes], Block] | None:
    """The headers and the block, or None where its base64 is an error. All before the first empty line is headers."""
    blank = body.index(b"") if b"" in body else -1
    header, body = (body[:blank], body[blank + 1 :]) if blank >= 0 else ([], body)
    return _block(name, header, b"".join(body), line)


def _openssl_block(name: bytes, body: list[bytes], line: int) -> tuple[list[bytes], Block] | None:
    """The headers and the block, or None where its lines or its base64 are an error.

    All before the first empty line is headers, which a line with a colon needs; behind it a line has 64 characters, the
    last one fewer. Base64 ends at a ``-``: a block whose END line is lost swallows the next one [get_header_and_data and
    EVP_DecodeUpdate, and runs of OpenSSL 3.0.19].
    """
    header: list[bytes] = []
    if b"" in body:
        blank = body.index(b"")
        header, body = body[:blank], body[blank + 1 :]
        if b"" in body or any(len(each) != _LINE for each in body[:-1]) or any(len(each) > _LINE for each in body[-1:]):
            return None
    elif any(b":" in each for each in body):
        return None
    packed = b"".join(body).partition(b"-")[0]
    return _block(name, header, packed, line) if packed else None


def _block(name: bytes, header: list[bytes], packed: bytes, line: int) -> tuple[list[bytes], Block] | None:
    content = decode_base64(packed)
    if content is None:
        return None
    pairs = (each.decode("utf-8", "replace").partition(":") for each in header)
    return header, Block(name.decode("utf-8", "replace"), content, tuple((k.strip(), v.strip()) for k, _, v in pairs), line, 0, 0)
