"""Edits that move pairs as they are written: to another place, or from one duplicate into the other."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from ..text.edits import Address, CannotEdit, Edit, Patch
from .edit_base import (
    NOTHING,
    child,
    colon_after,
    column,
    entry_column,
    file_patch,
    in_file,
    is_flow,
    last_leaf,
    line_end,
    named,
    next_line,
    pair_end,
    place_after,
    refuse,
    refuse_torn,
    rest_is_free,
)
from .edit_insert import Same, find_pair, is_null_value
from .edit_layout import step_of
from .edit_remove import Removal, leaf_before
from .node import MAPPING, SEQUENCE, Node
from .render import indent_lines, scalar_text

Pair = tuple[Node, Node]


def move_pair(mapping: Node, key: Node, root: Node, path: Sequence[str], *, same: Same = operator.eq) -> Patch:
    """Move a pair's own lines to the mapping at ``path`` below ``root``, which is made where it is missing.

    Where the target has that key already, mappings are joined and equal values become one; anything else is refused.
    """
    refuse(mapping)
    index = next((at for at, (name, _) in enumerate(mapping.pairs) if name is key), None)
    if index is None or mapping.kind != MAPPING:
        raise CannotEdit(f"`{key.value}` is not a key of this mapping")
    value = mapping.pairs[index][1]
    target, missing = _descend(root, path, same)
    if _holds(value, target):
        raise CannotEdit(f"`{key.value}` cannot move into itself")
    if target is mapping and not missing:
        return NOTHING
    refuse(target)
    refuse_torn(key, moving=True)
    refuse_torn(value, moving=True)
    if missing:
        found = None
    else:
        found = find_pair(target, key.value, same) if target.kind == MAPPING else None
    if found is not None and _holds(found[1], mapping):
        raise CannotEdit(f"`{key.value}` stands in a mapping of the same name")
    removal = Removal(mapping, index, keep=target)
    if found is not None:
        return _join(removal, found[1], value)
    return _transplant(removal, target, [(key, value)], list(missing))


def _descend(root: Node, path: Sequence[str], same: Same) -> tuple[Node, Sequence[str]]:
    """The deepest collection on the path that exists, and the keys that are missing below it."""
    node = root
    for index, key in enumerate(path):
        if is_null_value(node):
            return node, path[index:]
        if node.kind != MAPPING:
            raise CannotEdit(f"{named(node)} is not a mapping")
        found = find_pair(node, key, same)
        if found is None:
            return node, path[index:]
        node = found[1]
    if node.kind != MAPPING and not is_null_value(node):
        raise CannotEdit(f"{named(node)} is not a mapping")
    return node, ()


def _holds(node: Node, inner: Node) -> bool:
    """Whether ``inner`` is ``node`` or lies in it."""
    at: Node | None = inner
    while at is not None and at is not node:
        at = at.parent
    return at is not None


def _join(removal: Removal, there: Node, value: Node) -> Patch:
    """The key is at the target too: drop what is equal, move what only the source has."""
    if alike(there, value):
        return _only_removal(removal)
    if value.kind != MAPPING or not (there.kind == MAPPING or is_null_value(there)):
        raise CannotEdit(f"{named(there)} is set to another value at the target")
    moved = []
    for key, one in value.pairs:
        found = find_pair(there, key.value) if there.kind == MAPPING else None
        if found is None:
            moved.append((key, one))
        elif not alike(found[1], one):
            raise CannotEdit(f"`{key.value}` is set to another value at the target")
    return _transplant(removal, there, moved, []) if moved else _only_removal(removal)


def _only_removal(removal: Removal) -> Patch:
    return file_patch(removal.document.source, _removal_edits(removal), [removal.address])


def _removal_edits(removal: Removal) -> list[Edit]:
    if removal.flow is None:
        return removal.file_edits()
    start, end, text = removal.flow
    document = removal.document
    return [Edit(document.source.path, document.to_file(start), document.to_file(end), text)]


def alike(one: Node, other: Node) -> bool:
    """Whether two nodes are the same value, however they are written."""
    stack = [(one, other)]
    while stack:
        a, b = stack.pop()
        if a.kind != b.kind or a.tag != b.tag or len(a.pairs) != len(b.pairs) or len(a.items) != len(b.items):
            return False
        if a.kind not in (MAPPING, SEQUENCE) and (a.value != b.value or (a.style is None) != (b.style is None)):
            return False
        stack += zip(a.items, b.items, strict=True)
        stack += ((x, y) for left, right in zip(a.pairs, b.pairs, strict=True) for x, y in zip(left, right, strict=True))
    return True


def pair_text(key: Node, value: Node) -> list[str]:
    """The lines of a pair as written, from its key to the comment after it, moved to column 0."""
    text = key.document.text
    end = pair_end(key, value)
    if is_flow(key):
        if not value.raw or "\n" in text[key.start : end] or "\r" in text[key.start : end]:
            raise CannotEdit(f"`{key.value}` is written in braces over several lines")
        # `"a":1` needs no space in braces, but does on a line of its own
        return [f"{key.raw}: {value.raw}"]
    if not rest_is_free(text, end):
        raise CannotEdit("something else stands on the same line")
    leaf = last_leaf(value)
    if leaf.style in ("|", ">") and "+" in text[leaf.content_start : line_end(text, leaf.content_start)].split("#")[0]:
        raise CannotEdit(f"{named(leaf)} keeps the blank lines after it (`+`)")
    width = column(text, key.start)
    lines = [text[key.start : line_end(text, key.start)]]
    at = next_line(text, key.start)
    stop = line_end(text, end)
    while at < stop:
        line = text[at : line_end(text, at)]
        lines.append(line[min(width, len(line) - len(line.lstrip(" "))) :])
        at = next_line(text, at)
    return lines


def _transplant(removal: Removal, target: Node, pairs: Sequence[Pair], missing: list[str]) -> Patch:
    """Remove lines and write the pairs' lines at the end of a mapping, or below a key without value."""
    lines = [line for key, value in pairs for line in pair_text(key, value)]
    source = target.document.source
    step = step_of(target.document)
    for name in reversed(missing):
        lines = [scalar_text(name) + ":", *indent_lines(lines, step)]
    changes: list[Address] = [removal.address]
    if is_null_value(target):
        at, width = below_null(target)
        changes.append(target.address)
    else:
        if target.style == "flow":
            raise CannotEdit(f"{named(target)} is written in braces")
        width = entry_column(target)
        at = _place(removal, target)
        changes += [child(target, name) for name in (missing[:1] or [key.value for key, _ in pairs])]
    text = in_file(target.document, "\n" + "\n".join(indent_lines(lines, width)))
    where = target.document.to_file(at)
    return file_patch(source, _together(removal, Edit(source.path, where, where, text)), changes)


def below_null(target: Node) -> tuple[int, int]:
    """Where the lines below a key without value go: the line's end, and their column."""
    key, text = target.key, target.document.text
    if not isinstance(key, Node) or target.raw or is_flow(target) or not rest_is_free(text, target.end):
        raise CannotEdit(f"{named(target)} is null in a place that cannot be extended")
    colon_after(key)
    return line_end(text, target.end), column(text, key.start) + step_of(target.document)


def _place(removal: Removal, target: Node) -> int:
    """The line after which the target mapping goes on, when the removed lines are gone."""
    leaf = last_leaf(target)
    gone = removal.ranges and removal.document is target.document and removal.ranges[-1][1] >= leaf.end
    if gone and leaf.start >= removal.ranges[0][0]:
        before = leaf_before(target.document, removal.ranges[0][0])
        if before is not None and before.style in ("|", ">"):
            place_after(before)  # refuses what a new line would change
        return line_end(target.document.text, target.end)
    return place_after(target)


def _together(removal: Removal, insert: Edit) -> list[Edit]:
    """The removal and the insert; where the insert falls into the removed lines, one replaces them."""
    if removal.document.source is not None and insert.path != removal.document.source.path:
        return [*_removal_edits(removal), insert]
    if removal.flow is None:
        plain = removal.file_edits()
        for number, edit in enumerate(plain):
            if edit.start <= insert.start <= edit.end:
                if number != len(plain) - 1 or (edit.start and insert.start == edit.start):
                    raise CannotEdit("it would move into lines that go away")
                return removal.file_edits(insert.text)
        return [*plain, insert]
    done = _removal_edits(removal)
    if done[0].start < insert.start < done[0].end:
        raise CannotEdit("it would move into text that goes away")
    return [*done, insert]
