"""Edits that take pairs and items away, whole lines at a time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from ..text.edits import Address, CannotEdit, Edit, Patch
from .edit_base import (
    chomping,
    column,
    file_patch,
    is_flow,
    line_end,
    line_start,
    named,
    next_line,
    one_line,
    pair_end,
    patch,
    refuse,
    refuse_torn,
    rest_is_free,
)
from .node import MAPPING, SCALAR, SEQUENCE, Document, Node

Range = tuple[int, int]
"""Offsets into a document's text."""


def remove_pair(mapping: Node, key: Node) -> Patch:
    """Take a pair away: its lines with the comments on them. Comments above stay.

    Where it was the only one the parent's pair goes too; a flow mapping or the document becomes ``{}``.
    """
    index = next((at for at, (name, _) in enumerate(mapping.pairs) if name is key), None)
    if mapping.kind != MAPPING or index is None:
        raise CannotEdit(f"`{key.value}` is not a key of this mapping")
    return _remove(mapping, index)


def remove_item(sequence: Node, index: int) -> Patch:
    """Take an item of a list away; the rest is as for :func:`remove_pair`."""
    if sequence.kind != SEQUENCE or not 0 <= index < len(sequence.items):
        raise CannotEdit(f"the list has no item {index + 1}")
    return _remove(sequence, index)


def _remove(node: Node, index: int) -> Patch:
    removal = Removal(node, index)
    if removal.flow is not None:
        start, end, text = removal.flow
        return patch(node.document, [(start, end, text)], [removal.address])
    return file_patch(node.source, removal.file_edits(), [removal.address])


def entries(node: Node) -> list[tuple[Range, Node]]:
    """The text range of each pair or item of a collection, and its value."""
    if node.kind == MAPPING:
        return [((key.start, pair_end(key, value)), value) for key, value in node.pairs]
    if is_flow(node):
        return [((item.start, item.end), item) for item in node.items]
    return [((_dash_before(item), max(item.end, _dash_before(item) + 1)), item) for item in node.items]


def _dash_before(item: Node) -> int:
    text = item.document.text
    at = item.start - 1
    while at >= 0 and text[at] in " \t\r\n":
        at -= 1
    if at < 0 or text[at] != "-":
        raise CannotEdit(f"{named(item)} does not begin beside its `-`")
    return at


class Removal:
    """What goes when one entry of a collection goes: the ranges of lines, or one edit inside a flow collection.

    ``address`` is that of the outermost thing that disappears. ``keep`` is a collection that something is added to,
    which so is never left empty.
    """

    def __init__(self, node: Node, index: int, keep: Node | None = None) -> None:
        refuse(node)
        self.document: Document = node.document
        self.flow: tuple[int, int, str] | None = None
        self.ranges: list[Range] = []
        self.comments: list[int] = []
        ranges = entries(node)
        refuse_torn(ranges[index][1], moving=False)
        self.address: Address = _address(node, index)
        if node.style == "flow":
            self.flow = (*_flow_range(node, ranges, index), "")
            return
        levels = [ranges[index][0]]
        while len(ranges) == 1 and node is not keep:
            upper = node.parent
            if upper is None:
                self._empty(node, ranges[0][0])
                return
            index = _place(upper, node)
            node, ranges = upper, entries(upper)
            levels.append(ranges[index][0])
            self.address = _address(node, index)
        self._entry(ranges, index, levels)

    def _empty(self, root: Node, only: Range) -> None:
        """Leave ``{}`` or ``[]`` where nothing above can go."""
        if root.anchor is not None or not rest_is_free(self.document.text, only[1]):
            raise CannotEdit("the document would be left empty")
        self.flow = (only[0], only[1], "{}" if root.kind == MAPPING else "[]")

    def _entry(self, ranges: list[tuple[Range, Node]], index: int, levels: list[Range]) -> None:
        text = self.document.text
        start, end = ranges[index][0]
        if not rest_is_free(text, end):
            raise CannotEdit("something else stands on the same line")
        prefix = text[line_start(text, start) : start]
        if not prefix.strip():
            inward = [level[0] for level in reversed(levels)]
            for outer, inner in pairwise(inward):
                self._between(outer, inner)
            self.ranges.append((inward[-1], end))
            return
        # the first entry on the line of the dash around it: the next one takes its place
        if index or len(ranges) < 2 or prefix.strip(" -"):
            raise CannotEdit("it does not begin on a line of its own")
        following = ranges[1][0][0]
        if text[line_end(text, end) : following].strip():
            raise CannotEdit("a comment stands between it and what would take its place")
        self.flow = (start, following, "")

    def _between(self, start: int, stop: int) -> None:
        """The lines from a parent's key to its only child, without the comments between them."""
        text = self.document.text
        at = start
        while at < stop:
            end = line_end(text, at)
            if text[at:end].lstrip(" ").startswith("#"):
                self.comments.append(at)
            else:
                self.ranges.append((at, min(end, stop)))
            at = next_line(text, at)

    def file_edits(self, text: str = "") -> list[Edit]:
        """The edits that remove the lines; ``text``, whole lines each with a line break before it, takes their place."""
        document = self.document
        source = document.source
        spans: list[Range] = []
        for start, end in sorted(self.ranges):
            first = line_start(source.text, document.to_file(start))
            last = next_line(source.text, document.to_file(end))
            if spans and first <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
            else:
                spans.append((first, last))
        self._refuse_joining(min(start for start, _ in self.ranges), max(end for _, end in self.ranges), bool(text))
        edits = [Edit(source.path, start, end, "") for start, end in spans]
        return [*self._dedents(), *edits[:-1], self._last(edits[-1], text)]

    def _dedents(self) -> list[Edit]:
        """Comments that stay move out to the column of what went: further in they might join what stands above."""
        document, text = self.document, self.document.text
        width = column(text, self.ranges[0][0])
        edits = []
        for start in self.comments:
            line = text[start : line_end(text, start)]
            spare = len(line) - len(line.lstrip(" ")) - width
            if spare > 0:
                at = document.to_file(start)
                edits.append(Edit(document.source.path, at, at + spare, ""))
        return edits

    def _last(self, edit: Edit, text: str) -> Edit:
        """At the end of a file without a last line break that stays so: the break before goes instead."""
        source = self.document.source
        whole = source.text
        if text:
            newline = source.newline
            text = text[len(newline) :] + (newline if whole[edit.end - 1] in "\r\n" else "")
        elif edit.end == len(whole) and edit.start and whole[-1] not in "\r\n":
            leaf = leaf_before(self.document, self.ranges[0][0])
            if leaf is None or leaf.style not in ("|", ">"):
                return edit._replace(start=line_end(whole, edit.start - (2 if whole[: edit.start].endswith("\r\n") else 1)))
        return edit._replace(text=text)

    def _refuse_joining(self, start: int, end: int, replaced: bool) -> None:
        """Comments or blank lines after the removed lines must not become part of a block scalar before them."""
        text = self.document.text
        leaf = leaf_before(self.document, start)
        at = next_line(text, end)
        if leaf is None and document_begins_deeper(self.document, start, at) and not self.comments:
            raise CannotEdit("the comment after it would begin the text at another column")
        if leaf is None or leaf.style not in ("|", ">") or replaced:
            return
        while at < len(text):
            line = text[at : line_end(text, at)]
            if not line.strip() and (chomping(leaf) == "+" or line):
                raise CannotEdit(f"the blank lines after it would become part of {named(leaf)}")
            if line.strip():
                if line.lstrip(" ").startswith("#") and line.startswith(" "):
                    raise CannotEdit(f"the comment after it would become part of {named(leaf)}")
                return
            at = next_line(text, at)


def document_begins_deeper(document: Document, start: int, after: int) -> bool:
    """Whether a nested text would begin with an indented line if all from ``start`` to ``after`` went."""
    text = document.text
    rest = text[after:].lstrip("\r\n")
    return document.host is not None and not text[:start].strip() and rest.startswith(" ")


def leaf_before(document: Document, offset: int) -> Node | None:
    """The last scalar written before an offset."""
    found: Node | None = None
    for node in document.root.walk() if document.root is not None else ():
        if node.start >= offset:
            break
        if node.kind == SCALAR and node.end <= offset:
            found = node
    return found


def _place(upper: Node, node: Node) -> int:
    values: Iterable[Node] = (value for _, value in upper.pairs) if upper.kind == MAPPING else upper.items
    return next(at for at, value in enumerate(values) if value is node)


def _address(node: Node, index: int) -> Address:
    value = node.pairs[index][1] if node.kind == MAPPING else node.items[index]
    return value.address


def _flow_range(node: Node, ranges: list[tuple[Range, Node]], index: int) -> Range:
    text = node.document.text
    if not one_line(node) or text[node.end - 1] not in "}]":
        raise CannotEdit(f"{named(node)} is written in brackets over several lines")
    start, end = ranges[index][0]
    if len(ranges) == 1:
        return start, text.rindex("}" if node.kind == MAPPING else "]", 0, node.end)
    if index + 1 < len(ranges):
        return start, ranges[index + 1][0][0]
    return _flow_end(node, ranges[index - 1][0]), _flow_end(node, (start, end))


def _flow_end(node: Node, entry: Range) -> int:
    """The end of a flow entry; a pair without value goes on to the next comma or the closing bracket."""
    text = node.document.text
    at = entry[1]
    while at < node.end - 1 and text[at] not in ",}]":
        at += 1
    return at
