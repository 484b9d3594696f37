"""DER as Go's ``cryptobyte`` reads it: lengths in their shortest form, no tag above 30."""

from __future__ import annotations

from collections.abc import Iterator

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE, SET = 0x01, 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
_SHORT = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", '"': '"', "\\": "\\"}
"""What Go writes behind a backslash."""


class Refused(ValueError):
    """Go refuses to parse; the message is its own error text."""


class Cursor:
    """Reads element after element. ``complaint`` is the error where the bytes are not what is asked for."""

    __slots__ = ("_at", "_complaint", "_data")

    def __init__(self, data: bytes, complaint: str) -> None:
        self._data, self._at, self._complaint = data, 0, complaint

    @property
    def empty(self) -> bool:
        """Whether everything is read."""
        return self._at >= len(self._data)

    def peek(self, tag: int) -> bool:
        """Whether the next element has this tag."""
        return not self.empty and self._data[self._at] == tag

    def any(self) -> tuple[int, bytes]:
        """The next element's tag and content. Raises Refused."""
        data, at = self._data, self._at
        if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
            raise Refused(self._complaint)
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[start : start + size], "big")
            if not 1 <= size <= 4 or start + size > len(data) or length < 128 or length >> 8 * (size - 1) == 0:
                raise Refused(self._complaint)
            start += size
        if start + length > len(data):
            raise Refused(self._complaint)
        self._at = start + length
        return tag, data[start : start + length]

    def one(self, tag: int) -> bytes:
        """The content of the next element, which must have this tag. Raises Refused."""
        found, content = self.any()
        if found != tag:
            raise Refused(self._complaint)
        return content

    def inside(self, tag: int = SEQUENCE) -> Cursor:
        """A cursor in the next element, which must have this tag. Raises Refused."""
        return Cursor(self.one(tag), self._complaint)

    def optional(self, tag: int) -> bytes | None:
        """The content of the next element if it has this tag; None where it has not. Raises Refused."""
        return self.one(tag) if self.peek(tag) else None

    def each(self, tag: int = SEQUENCE) -> Iterator[Cursor]:
        """A cursor in each of the elements that are left. Raises Refused."""
        while not self.empty:
            yield self.inside(tag)

    def boolean(self) -> bool:
        """A BOOLEAN. Raises Refused."""
        content = self.one(BOOLEAN)
        if content not in (b"\x00", b"\xff"):
            raise Refused(self._complaint)
        return content == b"\xff"

    def integer(self, tag: int = INTEGER) -> int:
        """An INTEGER in its shortest form that fits into 64 bits. Raises Refused."""
        content = self.one(tag)
        padded = len(content) > 1 and ((content[0] == 0 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80))
        if not content or padded or len(content) > 8:
            raise Refused(self._complaint)
        return int.from_bytes(content, "big", signed=True)

    def oid(self) -> bytes:
        """An OBJECT IDENTIFIER, as its bytes. Raises Refused."""
        content = self.one(OID)
        starts = [0, *(i + 1 for i, byte in enumerate(content) if byte < 0x80)]
        if not content or content[-1] >= 0x80 or any(content[i] == 0x80 for i in starts[:-1]):
            raise Refused(self._complaint)
        return content


def quoted(text: str) -> str:
    """Text as Go's ``%q`` writes it, on which no terminal acts."""
    return '"' + "".join(each if each.isprintable() and each not in '"\\' else _escaped(each) for each in text) + '"'


def _escaped(each: str) -> str:
    point = ord(each)
    code = f"x{point:02x}" if point < 0x80 else f"u{point:04x}" if point < 0x10000 else f"U{point:08x}"
    return "\\" + _SHORT.get(each, code)


def dotted(oid: bytes) -> str:
    """The bytes of an object identifier as ``2.5.29.17``."""
    numbers, value = [], 0
    for byte in oid:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(each) for each in (first, numbers[0] - 40 * first, *numbers[1:]))
