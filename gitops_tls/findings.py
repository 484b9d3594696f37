"""What a rule says: findings, labels and skips, as frozen values. And what a rule is."""

from __future__ import annotations

from collections.abc import Mapping

from .records import NamedTuple
from .text.edits import Fix
from .text.source import Source
from .yamldoc.node import Node

ERROR, WARNING, INFO = "error", "warning", "info"
SEVERITIES = (INFO, WARNING, ERROR)

ALWAYS, SOMETIMES, NEVER = "always", "sometimes", "never"


class Label(NamedTuple):
    """A span of one file with a few words about it. Lines and columns count from 1; the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str = ""
    pointer: str = ""


class Finding(NamedTuple):
    """One finding. ``message`` states the consequence; ``where.message`` (at the caret) says what to write instead."""

    rule: str
    name: str
    severity: str
    message: str
    where: Label
    related: tuple[Label, ...] = ()
    fix: Fix | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """The order of every report."""
        return self.where.path, self.where.line, self.where.column, self.rule, self.message


class Skip(NamedTuple):
    """Something that was not judged, and why. ``reason`` is a short noun phrase: counted in the closing line."""

    path: str
    reason: str
    detail: str = ""
    line: int = 1


class Example(NamedTuple):
    """One documented case of a rule; runs as a test.

    ``bad`` gives exactly one or more findings of the rule (and, if ``alone``, of no other above info). ``fixed`` is
    what ``fix`` (with ``--unsafe`` if ``unsafe``) makes of the changed files; empty where the rule cannot repair it.
    ``good`` is a similar repository without a finding of the rule. Keys are paths, values are file contents; a value
    ``{cert:NAME}``, ``{key:NAME}``, ``{ca}`` inside is filled with throw-away certificates by the test.
    """

    title: str
    bad: Mapping[str, str]
    fixed: Mapping[str, str] = {}
    good: Mapping[str, str] = {}
    unsafe: bool = False


class Rule(NamedTuple):
    """A rule's card. ``why`` is prose for ``explain``; ``server`` what the real software does; ``sources`` where it is from."""

    id: str
    name: str
    severity: str
    summary: str
    why: str
    server: str
    sources: tuple[str, ...]
    fixable: str = NEVER

    def at(
        self,
        where: Node | Label,
        message: str,
        *,
        caret: str = "",
        related: tuple[Label, ...] = (),
        fix: Fix | None = None,
        severity: str | None = None,
    ) -> Finding:
        """A finding of this rule. ``where`` is the node (or ready label) the caret stands under, ``caret`` its words."""
        place = where._replace(message=caret or where.message) if isinstance(where, Label) else label(where, caret)
        return Finding(self.id, self.name, severity or self.severity, message, place, related, fix)


def label(node: Node, message: str = "", *, whole: bool = False) -> Label:
    """A label at a node. Of a collection or block scalar only the first line is marked, unless ``whole``."""
    start, end = node.file_span
    return span_label(node.source, start, end, message, node.pointer, whole=whole)


def span_label(source: Source, start: int, end: int, message: str = "", pointer: str = "", *, whole: bool = False) -> Label:
    """A label at the characters ``start`` to ``end`` of a file."""
    if not whole:
        end = max(start, min(end, source.line_end(start)))
    line, column = source.position(start)
    end_line, end_column = source.position(end)
    return Label(source.path, line, column, end_line, end_column, message, pointer)


def file_label(path: str, message: str = "") -> Label:
    """A label at the start of a file that has no text of its own (a certificate, a missing file)."""
    return Label(path, 1, 1, 1, 1, message)
