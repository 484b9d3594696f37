"""Edits of files and scalars that hold no YAML document yet."""

from __future__ import annotations

from ..text.edits import CannotEdit, Edit, Patch
from ..text.source import Source
from .edit_base import (
    colon_after,
    entry_column,
    file_patch,
    is_empty,
    is_flow,
    line_end,
    named,
    one_line,
    patch,
    refuse,
    rest_is_free,
)
from .edit_insert import lines_after, nested, refuse_swallowing_lines
from .edit_layout import step_of
from .node import MAPPING, SCALAR, Node
from .render import Value, indent_lines, mapping_lines


def set_in_empty(where: Source | Node, path: tuple[str, ...], value: Value) -> Patch:
    """Write a value into a file, or a scalar meant to hold YAML, that has no document yet (comments may be there)."""
    lines = mapping_lines(nested(path, value))
    if isinstance(where, Source):
        if where.problem is not None:
            raise CannotEdit(f"the file is not valid {where.encoding} text")
        text, newline = where.text, where.newline
        at = len(text)
        ended = not text or text.endswith(("\n", "\r"))
        new = newline.join(lines) + newline if ended else newline + newline.join(lines)
        return file_patch(where, [Edit(where.path, at, at, new)], [("#0",)])
    return _set_in_empty_scalar(where, lines)


def _set_in_empty_scalar(node: Node, lines: list[str]) -> Patch:
    refuse(node)
    text, document = node.document.text, node.document
    if node.kind != SCALAR or is_flow(node) or node.parent is None:
        raise CannotEdit(f"{named(node)} cannot hold YAML")
    width = entry_column(node.parent) + (step_of(document) if node.parent.kind == MAPPING else 2)
    inner = (*node.address, "#0")
    if node.style == "|":
        at = line_end(text, node.end)
        if node.value.strip():
            last = text[text.rfind("\n", 0, node.end) + 1 : node.end]
            width = len(last) - len(last.lstrip(" "))
        return lines_after(document, at, indent_lines(lines, width), [inner])
    if (node.value.strip() and not node.is_null) or node.tag is not None or not one_line(node):
        raise CannotEdit(f"{named(node)} is not a literal block (`|`)")
    stop = line_end(text, node.end)
    if not rest_is_free(text, node.end):
        raise CannotEdit("something else stands on the same line")
    if is_empty(node) and isinstance(node.key, Node) and node.anchor is None:
        start = colon_after(node.key)
    else:
        start = node.content_start
    lead = " |" if is_empty(node) else "|"
    new = lead + text[node.end : stop].rstrip() + "\n" + "\n".join(indent_lines(lines, width))
    refuse_swallowing_lines(text, stop, ["|", new.rsplit("\n", 1)[-1]], 0)
    return patch(document, [(start, stop, new)], [node.address])
