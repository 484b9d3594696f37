"""Text that a terminal shows as it is."""

from __future__ import annotations

_LEFT = (*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
_UNPRINTABLE = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), *_LEFT), "�")


def printable(text: str) -> str:
    """``text`` without characters that a terminal obeys instead of showing."""
    return text if text.isascii() and text.isprintable() else text.translate(_UNPRINTABLE)


def one_line(path: str) -> str:
    """A path as :func:`printable` shows it, also without line breaks and tabs."""
    return printable(path).replace("\n", "\ufffd").replace("\t", "\ufffd")


def columns(text: str) -> int:
    """The columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(one) in ("Mn", "Me", "Cf") else 2 if east_asian_width(one) in "WF" else 1 for one in text)
