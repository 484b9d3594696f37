"""Edits that join duplicate keys."""

from __future__ import annotations

from collections.abc import Callable

from ..text.edits import CannotEdit, Edit, Patch
from .edit_base import (
    NOTHING,
    child,
    colon_after,
    entry_column,
    file_patch,
    in_file,
    is_flow,
    line_end,
    line_start,
    next_line,
    pair_end,
    place_after,
    refuse,
    refuse_torn,
)
from .edit_insert import is_null_value
from .edit_move import alike, below_null, pair_text
from .edit_remove import Removal
from .edit_scalar import replace_scalar
from .node import MAPPING, SCALAR, SEQUENCE, Node
from .render import indent_lines

Choose = Callable[[Node, Node], Node]
"""Which of two different single values counts, the earlier or the later one. Raises CannotEdit where nobody can say."""


def _refuse_conflict(there: Node, later: Node) -> Node:
    raise CannotEdit(f"`{_name(later)}` has two different values")


def merge_duplicates(mapping: Node, name: str, *, choose: Choose = _refuse_conflict) -> Patch:
    """Join all pairs of a mapping that have the key ``name`` into the first.

    ``choose`` decides between two single values of one key; by default such a conflict is refused.
    """
    blocks = [(key, value) for key, value in mapping.pairs if key.kind == SCALAR and key.value == name]
    if len(blocks) < 2:
        return NOTHING
    refuse(mapping)
    if is_flow(mapping):
        raise CannotEdit(f"`{name}` stands twice in braces")
    first = blocks[0][1]
    removal: Removal | None = None
    gains: dict[int, tuple[Node, list[str]]] = {}
    known: dict[int, dict[str, Node]] = {}
    edits: list[Edit] = []
    for key, value in blocks[1:]:
        refuse_torn(value, moving=True)
        one = Removal(mapping, next(at for at, pair in enumerate(mapping.pairs) if pair[0] is key))
        one.file_edits()  # refuses what cannot go
        if removal is not None:
            one.ranges += removal.ranges
        removal = one
        edits += _gather(first, key, value, gains, known, choose)
    document = mapping.document
    edits += removal.file_edits() if removal is not None else []
    # a mapping inside another may end on the same line: its lines come first
    for target, lines in sorted(gains.values(), key=lambda gain: -gain[0].start):
        if is_null_value(target):
            at, width = below_null(target)
        else:
            at, width = place_after(target), entry_column(target)
        where = document.to_file(at)
        text = in_file(document, "\n" + "\n".join(indent_lines(lines, width)))
        if any(edit.start < where < edit.end for edit in edits):
            raise CannotEdit(f"the blocks of `{name}` stand inside each other")
        edits.append(Edit(document.source.path, where, where, text))
    return file_patch(document.source, edits, [child(mapping, name)])


def _gather(
    first: Node,
    key: Node,
    value: Node,
    gains: dict[int, tuple[Node, list[str]]],
    known: dict[int, dict[str, Node]],
    choose: Choose,
) -> list[Edit]:
    """Collect what a later block adds to the first: lines for each mapping of the first block that grows.

    Returns the edits of the values that the later block changes.
    """
    changed: list[Edit] = []
    if not _is_block(value) and any(one not in _region(first) for one in _comments(key, value)):
        raise CannotEdit(f"the comment on `{key.value}` would be lost")
    stack = [(first, key, value)]
    while stack:
        there, name, later = stack.pop()
        if not _is_block(later):
            if alike(there, later) or (is_null_value(later) and there.kind == MAPPING):
                continue
            if there.kind != SCALAR or later.kind != SCALAR or later.start < key.start:
                raise CannotEdit(f"`{name.value}` has two different values")
            if choose(there, later) is later:
                if there is not first and not first.start <= _key_start(there) < first.end:
                    raise CannotEdit(f"`{name.value}` changes in a later block too")
                changed += replace_scalar(there, _written(later)).edits
            continue
        if not (_is_block(there) or is_null_value(there)) or there.anchor is not None:
            raise CannotEdit(f"`{name.value}` has two different values")
        _, lines = gains.get(id(there), (there, []))
        lines += (one for one in _comments(name, later) if one not in _region(there))
        have = known.setdefault(id(there), {one.value: two for one, two in there.pairs})
        stack += reversed(_gather_pairs(name, later, have, lines))
        if lines:
            gains[id(there)] = (there, lines)
    return changed


def _name(node: Node) -> str:
    return node.key.value if isinstance(node.key, Node) else node.pointer


def _key_start(node: Node) -> int:
    return node.key.start if isinstance(node.key, Node) else node.start


def _written(node: Node) -> str | int | bool:
    """The value of a scalar, of the type that it has without quotes."""
    if node.is_plain and node.value in ("true", "false"):
        return node.value == "true"
    if (
        node.is_plain
        and node.value.isascii()
        and node.value.isdigit()
        and len(node.value) < 20
        and str(int(node.value)) == node.value
    ):
        return int(node.value)
    if is_null_value(node):
        raise CannotEdit(f"`{_name(node)}` has no value")
    return node.value


def _is_block(node: Node) -> bool:
    return node.kind == MAPPING and node.style == "block"


def _gather_pairs(name: Node, later: Node, have: dict[str, Node], lines: list[str]) -> list[tuple[Node, Node, Node]]:
    """Add a mapping's new pairs, each with the comment lines above it, to ``lines``; return the pairs to join."""
    both: list[tuple[Node, Node, Node]] = []
    text = later.document.text
    above = next_line(text, colon_after(name))
    for key, value in later.pairs:
        lead = text[above : line_start(text, key.start)]
        lines += [line.strip() for line in lead.splitlines() if line.strip()]
        above = next_line(text, pair_end(key, value))
        there = have.get(key.value)
        if there is None:
            lines += pair_text(key, value)
            have[key.value] = value
        elif there.start >= name.start:
            raise CannotEdit(f"`{key.value}` stands twice in `{name.value}`")
        elif there.kind == SEQUENCE and "#" in text[key.start : line_end(text, value.end)]:
            raise CannotEdit(f"the comments in `{key.value}` would be lost")
        else:
            if not _is_block(value):
                lines += (one for one in _comments(key, value) if one not in _region(there))
            both.append((there, key, value))
    return both


def _region(node: Node) -> str:
    """The lines of a pair, from its key on."""
    text = node.document.text
    start = node.key.start if isinstance(node.key, Node) else node.start
    return text[line_start(text, start) : line_end(text, node.end)]


def _comments(key: Node, value: Node) -> list[str]:
    """The comment on the line of a key or, for a single value, of its end."""
    text = key.document.text
    at = colon_after(key) if _is_block(value) else pair_end(key, value)
    comment = text[at : line_end(text, at)].strip()
    return [comment] if comment.startswith("#") else []
