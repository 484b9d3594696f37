"""Source lines with marks under the very characters, for terminals."""

from __future__ import annotations

from ..findings import Label
from ..records import NamedTuple
from ..repo.workspace import Workspace
from ._printable import columns, printable
from .mask import Masked

WIDTH = 120
"""Columns of source text shown at most; longer lines are cut around the mark."""

_TAB = 4
_CUT = "\u2026"


class Line(NamedTuple):
    """A source line as shown. ``before`` columns stand left of the mark, ``marked`` columns under it."""

    number: int
    text: str
    before: int
    marked: int


class Snippets:
    """Quotes lines of the repository's files, secrets hidden."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._masked: dict[str, Masked] = {}

    def line(self, label: Label) -> Line | None:
        """The line that a label stands on; None where the file has no text to show."""
        source = self._workspace.source(label.path) if label.line else None
        if source is None or source.problem is not None or label.line > len(source.starts):
            return None
        if label.path not in self._masked:
            self._masked[label.path] = Masked(source.text)
        text = source.line(label.line)
        low = min(label.column - 1, len(text))
        high = min(label.end_column - 1, len(text)) if label.end_line == label.line else len(text.rstrip())
        text, low, high = self._masked[label.path].line(source.starts[label.line - 1], text, low, max(low, high))
        if not text.strip():
            return None
        return _shown(label.line, text, low, max(low, high))


def _shown(number: int, text: str, low: int, high: int) -> Line:
    parts = [printable(part).replace("\t", " " * _TAB) for part in (text[:low], text[low:high], text[high:])]
    before, marked, after = parts
    if columns(before) + columns(marked) + columns(after) > WIDTH:
        before, marked, after = _cut(before, marked, after)
    return Line(number, (before + marked + after).rstrip(), columns(before), max(1, columns(marked)))


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    if columns(marked) > WIDTH - 20:
        marked = _keep(marked, WIDTH - 20) + _CUT
        after = ""
    room = WIDTH - columns(marked)
    left = max(room * 2 // 3, room - columns(after))
    if columns(before) > left:
        indent = before[: len(before) - len(before.lstrip(" "))]
        indent = indent if len(indent) < left // 2 else ""
        before = indent + _CUT + _keep(before[::-1], left - len(indent) - 1)[::-1]
    right = room - columns(before)
    if columns(after) > right:
        after = _keep(after, max(right - 1, 0)) + _CUT
    return before, marked, after


def _keep(text: str, width: int) -> str:
    """The longest beginning of ``text`` that takes at most ``width`` columns."""
    text = text[: max(width, 0)]
    while text and columns(text) > width:
        text = text[:-1]
    return text
