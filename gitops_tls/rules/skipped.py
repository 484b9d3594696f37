"""What was not judged, as findings for those who ask for them."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import Label, Skip, file_label, span_label


def skips_of(facts: Facts, reason: str) -> Iterator[Skip]:
    """The files that were skipped for a reason, in the order of their paths."""
    yield from sorted(skip for skip in facts.workspace.skips if skip.reason == reason)


def first_mark(facts: Facts, path: str, mark: str) -> Label:
    """The first place of a text in a file; the file's start where it has none, or is no text."""
    source = facts.workspace.source(path)
    if source is None or source.problem is not None:
        return file_label(path)
    start = source.text.find(mark)
    return span_label(source, start, start + len(mark)) if start >= 0 else file_label(path)
