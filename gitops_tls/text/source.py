"""A file's text with its encoding, and positions in it."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class DecodeProblem(Exception):
    """Bytes that are no text in the file's encoding.

    ``offset`` counts bytes from the start of the file; ``line`` starts at 1.
    """

    def __init__(self, offset: int, line: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.line = line
        self.reason = reason


class Source:
    """The text of one file.

    ``path`` is relative to the repository root, with ``/``. ``text`` is without the byte order mark.
    Offsets count characters of ``text`` from 0; lines and columns count from 1. A line ends at LF, CR LF or CR.
    ``problem`` is set when the bytes are not valid in their encoding: ``text`` then holds U+FFFD where a byte was
    refused, and the file must not be edited.
    """

    __slots__ = ("_starts", "bom", "encoding", "path", "problem", "text")

    def __init__(
        self, path: str, text: str, encoding: str = "utf-8", bom: bytes = b"", problem: DecodeProblem | None = None
    ) -> None:
        self.path = path
        self.text = text
        self.encoding = encoding
        self.bom = bom
        self.problem = problem
        self._starts: list[int] | None = None

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Source:
        """Decode ``data`` as YAML readers do: UTF-16 by its byte order mark, otherwise UTF-8. Never raises."""
        encoding, bom = "utf-8", b""
        for mark, name in _BOMS:
            if data.startswith(mark):
                encoding, bom = name, mark
                break
        body = data[len(bom) :]
        try:
            return cls(path, body.decode(encoding), encoding, bom)
        except UnicodeDecodeError as error:
            line = len(_LINE_BREAK.findall(body[: error.start].decode(encoding, "replace"))) + 1
            problem = DecodeProblem(len(bom) + error.start, line, f"byte 0x{body[error.start]:02x} is not {encoding}")
            return cls(path, body.decode(encoding, "replace"), encoding, bom, problem)

    def to_bytes(self, text: str) -> bytes:
        """Encode ``text`` the way this file is encoded, byte order mark included."""
        return self.bom + text.encode(self.encoding)

    @property
    def newline(self) -> str:
        """The first line break of the file; LF where there is none."""
        found = _LINE_BREAK.search(self.text)
        return found[0] if found else "\n"

    @property
    def starts(self) -> list[int]:
        """Offset of each line's first character."""
        if self._starts is None:
            self._starts = [0, *(m.end() for m in _LINE_BREAK.finditer(self.text))]
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """``(line, column)`` of an offset, both from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def offset(self, line: int, column: int = 1) -> int:
        """The offset of ``(line, column)``; past the end it is the end."""
        if line > len(self.starts):
            return len(self.text)
        return min(self.starts[line - 1] + column - 1, len(self.text))

    def line(self, number: int) -> str:
        """The text of a line (from 1) without its line break; empty past the end."""
        if not 1 <= number <= len(self.starts):
            return ""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].rstrip("\r\n")

    def line_end(self, offset: int) -> int:
        """The offset of the end of the line that holds ``offset``, before its line break."""
        found = _LINE_BREAK.search(self.text, offset)
        return found.start() if found else len(self.text)
