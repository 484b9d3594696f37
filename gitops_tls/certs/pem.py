"""PEM as Go's ``encoding/pem`` reads it (which is what Milvus does). How OpenSSL and BoringSSL do: ``ssl_pem``.

Every reader takes time linear in the input, whatever the input is.
"""

from __future__ import annotations

import base64
import binascii
import re
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
]

BOM = b"\xef\xbb\xbf"
_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"
_STANDARD = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
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
