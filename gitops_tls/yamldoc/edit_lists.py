"""Edits that carry list entries and lists to another place as they are written, comments and quotes included."""

from __future__ import annotations

from collections.abc import Sequence

from ..text.edits import CannotEdit, Patch
from .edit_base import (
    child,
    colon_after,
    column,
    entry_column,
    is_flow,
    last_leaf,
    line_end,
    line_start,
    named,
    next_line,
    pair_end,
    patch,
    place_after,
    refuse,
    refuse_torn,
    rest_is_free,
)
from .edit_insert import lines_after
from .edit_move import pair_text
from .node import MAPPING, SEQUENCE, Node
from .render import indent_lines


def copy_items(items: Sequence[Node], target: Node) -> Patch:
    """Write items of one block list at the end of another, with the lines that they have."""
    if target.kind != SEQUENCE or target.style == "flow":
        raise CannotEdit(f"{named(target)} is not a list with one item a line")
    refuse(target)
    lines: list[str] = []
    for item in items:
        if any(node.anchor is not None for node in item.walk()):
            raise CannotEdit(f"{named(item)} has an anchor")
        refuse_torn(item, moving=True)
        lines += _item_lines(item)
    return lines_after(target.document, place_after(target), indent_lines(lines, entry_column(target)), [child(target, "-")])


def _item_lines(item: Node) -> list[str]:
    """The lines of an item from its ``-`` on, moved to column 0."""
    text = item.document.text
    if item.parent is None or item.parent.style == "flow" or not rest_is_free(text, item.end):
        raise CannotEdit(f"{named(item)} does not stand on lines of its own")
    if last_leaf(item).style in ("|", ">"):
        raise CannotEdit(f"{named(item)} ends with a block of text")
    lead = text[line_start(text, item.start) : item.start]
    if lead.strip() != "-":
        raise CannotEdit(f"{named(item)} does not begin beside its `-`")
    width = lead.index("-")
    lines = [text[line_start(text, item.start) + width : line_end(text, item.start)]]
    at, stop = next_line(text, item.start), line_end(text, item.end)
    while at < stop:
        line = text[at : line_end(text, at)]
        lines.append(line[min(width, len(line) - len(line.lstrip(" "))) :])
        at = next_line(text, at)
    return lines


def pull_up(owner: Node, names: Sequence[str]) -> Patch:
    """Move the pairs ``names`` of a mapping to the mapping around it, behind the pair that held them.

    Where nothing else is in the mapping, its own pair goes too.
    """
    parent, key = owner.parent, owner.key
    if parent is None or not isinstance(key, Node) or owner.kind != MAPPING or is_flow(owner):
        raise CannotEdit(f"{named(owner)} is not a mapping with one key a line")
    refuse(owner)
    wanted = [(name, value) for name, value in owner.pairs if name.value in names]
    taken = {name.value for name, _ in parent.pairs}
    if sorted(name.value for name, _ in wanted) != sorted(names) or taken.intersection(names):
        raise CannotEdit("the lists stand in both places")
    if owner.anchor is not None or owner.tag is not None:
        raise CannotEdit(f"{named(owner)} has an anchor or a tag")
    lines: list[str] = []
    for name, value in wanted:
        refuse_torn(value, moving=True)
        lines += pair_text(name, value)
    text = owner.document.text
    start, stop = line_start(text, key.start), line_end(text, pair_end(key, owner))
    kept = _without(owner, [pair for pair in owner.pairs if pair in wanted], start, stop)
    if len(wanted) == len(owner.pairs):
        if (
            text[colon_after(key) : line_end(text, key.end)].strip()
            or len(kept.splitlines()) > 1
            or column(text, key.start) != entry_column(parent)
        ):
            raise CannotEdit(f"the comments in {named(owner)} would be lost")
        kept = ""
    elif last_leaf(owner).style in ("|", ">"):
        raise CannotEdit(f"{named(owner)} ends with a block of text")
    moved = "\n".join(indent_lines(lines, entry_column(parent)))
    new = f"{kept}\n{moved}" if kept else moved
    return patch(owner.document, [(start, stop, new)], [owner.address, *(child(parent, name) for name in names)])


def _without(owner: Node, pairs: Sequence[tuple[Node, Node]], start: int, stop: int) -> str:
    """The lines from ``start`` to ``stop`` without those of some pairs."""
    text = owner.document.text
    gone = [(line_start(text, name.start), line_end(text, pair_end(name, value))) for name, value in pairs]
    kept: list[str] = []
    at = start
    while at <= stop:
        end = line_end(text, at)
        if not any(first <= at < last for first, last in gone):
            kept.append(text[at:end])
        if end >= stop:
            break
        at = next_line(text, at)
    while kept and not kept[-1].strip():
        kept.pop()
    return "\n".join(kept)
