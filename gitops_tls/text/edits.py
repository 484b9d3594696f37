"""Edits as values: what a fix would change, before anything is written."""

from __future__ import annotations

from ..records import NamedTuple

Address = tuple[str, ...]
"""Where a YAML value stands: one ``#INDEX/pointer`` for each document around it, the file's own document first."""


class CannotEdit(Exception):
    """An edit that cannot be made with certainty; the message says why, in words for the user."""


class Edit(NamedTuple):
    """Replace the characters ``start`` to ``end`` (offsets into the source's text) of ``path`` by ``text``."""

    path: str
    start: int
    end: int
    text: str


class Patch(NamedTuple):
    """Edits together with the only values that they may change.

    ``changes`` are ``(path, address)``: after the edits everything outside these subtrees must be as before.
    """

    edits: tuple[Edit, ...]
    changes: tuple[tuple[str, Address], ...]

    def __add__(self, other: object) -> Patch:
        if not isinstance(other, Patch):
            return NotImplemented
        return Patch(self.edits + other.edits, self.changes + other.changes)


class Fix(NamedTuple):
    """One repair: all of its edits are made, in whatever files, or none. ``safe`` ones need no person's judgement."""

    title: str
    safe: bool
    patch: Patch
