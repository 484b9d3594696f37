"""Colour for terminals; it carries the same meaning as the words, never more."""

from __future__ import annotations

from ..findings import ERROR, INFO, WARNING

_CODES = {ERROR: "1;31", WARNING: "1;33", INFO: "1;36", "blue": "1;34", "bold": "1", "green": "32", "red": "31", "yellow": "33"}


class Paint:
    """Wraps text in colour codes, or leaves it as it is."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.on and text else text
