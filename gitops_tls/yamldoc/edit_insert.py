"""Edits that add what is not there: keys on a path, items of a list."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from ..text.edits import CannotEdit, Patch
from .edit_base import (
    NOTHING,
    child,
    colon_after,
    column,
    entry_column,
    file_patch,
    is_empty,
    is_flow,
    line_end,
    named,
    next_line,
    one_line,
    pair_end,
    patch,
    place_after,
    refuse,
    rest_is_free,
)
from .edit_layout import dash_of, step_of
from .edit_scalar import reads_as, replace_scalar
from .node import ALIAS, MAPPING, SCALAR, SEQUENCE, Document, Node
from .render import Value, flow_text, indent_lines, mapping_lines, sequence_lines

Same = Callable[[str, str], bool]


def set_value(root: Node, path: tuple[str, ...], value: Value, *, same: Same = operator.eq) -> Patch:
    """Make ``value`` stand at ``path`` below a mapping: replace the scalar that is there, or add what is missing.

    ``same`` compares a key of the file with one of the path, as the file's reader does. Existing mappings are
    extended, never replaced. Nothing is changed where the value stands already.
    """
    node = root
    for index, key in enumerate(path):
        if is_null_value(node):
            return put_below(node, nested(path[index:], value))
        if node.kind != MAPPING:
            raise CannotEdit(f"{named(node)} is not a mapping" if node.kind != ALIAS else f"{named(node)} is an alias")
        found = find_pair(node, key, same)
        if found is None:
            return put_pairs(node, nested(path[index:], value))
        node = found[1]
    return _put(node, value, same)


def nested(path: Sequence[str], value: Value) -> Mapping[str, Value]:
    """``{"a": {"b": value}}`` for the path ``a, b``."""
    for key in reversed(path[1:]):
        value = {key: value}
    return {path[0]: value}


def is_null_value(node: Node) -> bool:
    """Whether the value is null, so that a collection may take its place."""
    return node.kind == SCALAR and node.is_null


def find_pair(node: Node, key: str, same: Same = operator.eq) -> tuple[Node, Node] | None:
    """The pair written in a mapping for a key; refused where a merge or two spellings decide it."""
    pairs = [pair for pair in node.pairs if pair[0].kind == SCALAR and same(pair[0].value, key)]
    if len({name.value for name, _ in pairs}) > 1:
        raise CannotEdit(f"`{key}` is written in two spellings")
    if pairs:
        return pairs[-1]
    if any(name.value == "<<" for name, _ in node.pairs):
        if any(same(name.value, key) for name, _ in node.effective()):
            raise CannotEdit(f"`{key}` comes from a merge (`<<`)")
    return None


def _put(node: Node, value: Value, same: Same) -> Patch:
    if isinstance(value, Mapping):
        if node.kind == MAPPING:
            return _extend(node, value, same)
        if is_null_value(node):
            return put_below(node, value) if value else _replace_flow(node, value)
        raise CannotEdit(f"{named(node)} is not a mapping")
    if isinstance(value, Sequence) and not isinstance(value, str):
        if equals(node, value):
            return NOTHING
        if is_null_value(node) and value and not is_flow(node):
            return put_below(node, value)
        return _replace_flow(node, value)
    if node.kind != SCALAR:
        raise CannotEdit(f"{named(node)} is not a single value")
    if isinstance(value, (str, int)):
        return replace_scalar(node, value)
    if reads_as(node, value) or (value is None and node.is_null):
        return NOTHING
    return _replace_flow(node, value)


def _extend(node: Node, value: Mapping[str, Value], same: Same) -> Patch:
    missing: dict[str, Value] = {}
    done = NOTHING
    for key, one in value.items():
        found = find_pair(node, key, same)
        if found is None:
            missing[key] = one
        else:
            done += _put(found[1], one, same)
    if missing:
        # values below end on the same line: theirs come first
        more = done + put_pairs(node, missing)
        return file_patch(node.source, more.edits, (change for _, change in more.changes))
    return done


def equals(node: Node, value: Value) -> bool:
    """Whether a node reads as a Python value already."""
    if isinstance(value, Mapping):
        if node.kind != MAPPING or [key.value for key, _ in node.pairs] != list(value):
            return False
        return all(equals(one, value[key.value]) for key, one in node.pairs)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return node.kind == SEQUENCE and len(node.items) == len(value) and all(map(equals, node.items, value))
    return reads_as(node, value)


def _replace_flow(node: Node, value: Value) -> Patch:
    """Write a list or another value over one that stands on one line."""
    refuse(node)
    if node.tag is not None or not one_line(node) or node.style in ("block", "|", ">"):
        raise CannotEdit(f"{named(node)} already holds another value")
    if is_empty(node):
        if not isinstance(node.key, Node):
            raise CannotEdit(f"{named(node)} has no value")
        at = colon_after(node.key) if node.anchor is None else node.end
        return patch(node.document, [(at, at, " " + flow_text(value))], [node.address])
    return patch(node.document, [(node.content_start, node.end, flow_text(value))], [node.address])


def put_pairs(mapping: Node, pairs: Mapping[str, Value]) -> Patch:
    """Add pairs at the end of a mapping."""
    refuse(mapping)
    changes = [child(mapping, key) for key in pairs]
    if mapping.style == "flow":
        json = any(key.style == '"' for key, _ in mapping.pairs)
        text = flow_text(pairs, json=json)[1:-1]
        end = pair_end(*mapping.pairs[-1]) if mapping.pairs else None
        if mapping.pairs and not mapping.pairs[-1][1].raw:
            end = _after_colon(mapping.pairs[-1][0])
            end += mapping.document.text.startswith(" ", end)
        return patch(mapping.document, [_in_flow(mapping, text, end)], changes)
    document = mapping.document
    lines = mapping_lines(pairs, step=step_of(document), dash=dash_of(document))
    return lines_after(document, place_after(mapping), indent_lines(lines, entry_column(mapping)), changes)


def _after_colon(key: Node) -> int:
    try:
        return colon_after(key)
    except CannotEdit:
        return key.end


def _in_flow(node: Node, text: str, end: int | None) -> tuple[int, int, str]:
    whole = node.document.text
    if not one_line(node) or whole[node.end - 1] not in "}]" or "#" in whole[end or node.end : node.end]:
        raise CannotEdit(f"{named(node)} is written in brackets over several lines")
    if end is None:
        return node.end - 1 - len(whole[node.content_start + 1 : node.end - 1]), node.end - 1, text
    rest = whole[end : node.end - 1]
    if "," in rest:
        at = end + rest.index(",") + 1
        return at, at, " " + text
    return end, end, ", " + text


def put_below(node: Node, value: Value) -> Patch:
    """Write a mapping or list below a key that has no value yet (or null)."""
    refuse(node)
    document, text, key = node.document, node.document.text, node.key
    if node.tag is not None:
        raise CannotEdit(f"{named(node)} has a tag")
    if is_flow(node):
        return _fill_flow(node, value)
    step, dash = step_of(document), dash_of(document)
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    if node.parent is None:
        return _into_empty_root(node, value)
    if not isinstance(key, Node):
        raise CannotEdit(f"{named(node)} has no value")
    # a list may stand at its key's own column, a mapping may not
    width = column(text, key.start) + (dash if listed else step)
    lines = sequence_lines(value, step=step, dash=dash) if listed else mapping_lines(value, step=step, dash=dash)  # type: ignore[arg-type]
    colon = colon_after(key)
    edits: list[tuple[int, int, str]] = []
    if not is_empty(node):
        if line_end(text, colon) < node.start or not rest_is_free(text, node.end):
            raise CannotEdit(f"{named(node)} is null in a place that cannot be extended")
        edits.append((colon if node.anchor is None else node.content_start - 1, node.end, ""))
    elif not rest_is_free(text, node.end):
        raise CannotEdit("something else stands on the same line")
    at = line_end(text, node.end)
    refuse_swallowing_lines(text, at, lines, width)
    edits.append((at, at, "\n" + "\n".join(indent_lines(lines, width))))
    return patch(document, edits, [node.address])


def _fill_flow(node: Node, value: Value) -> Patch:
    if is_empty(node) and isinstance(node.key, Node) and node.anchor is None:
        text, key = node.document.text, node.key
        at = _after_colon(key)
        lead = ": " if at == key.end else "" if text[at : at + 2] in (" }", " ,", " ]") else " "
        at += 1 if not lead else 0
        return patch(node.document, [(at, at, lead + flow_text(value))], [node.address])
    return _replace_flow(node, value)


def _into_empty_root(node: Node, value: Value) -> Patch:
    document, text = node.document, node.document.text
    if not is_empty(node) or not isinstance(value, Mapping) or node.anchor is not None:
        raise CannotEdit("the document is not a mapping")
    at = line_end(text, len(text[: node.start].rstrip()))
    lines = mapping_lines(value)
    if "#" not in text[:at] and not text[:at].strip():
        return patch(document, [(at, at, "\n".join(lines))], [node.address])
    return lines_after(document, at, lines, [node.address])


def lines_after(document: Document, at: int, lines: list[str], changes: Sequence[tuple[str, ...]]) -> Patch:
    """Add whole lines after the line that ends at ``at``."""
    refuse_swallowing_lines(document.text, at, lines, 0)
    return patch(document, [(at, at, "\n" + "\n".join(lines))], changes)


def refuse_swallowing_lines(text: str, at: int, lines: list[str], width: int) -> None:
    """A block scalar as the last new line must not take in the comment lines after it."""
    if len(lines) < 2 or not any(line.rstrip().endswith(("|", "|-")) for line in lines):
        return
    last = width + len(lines[-1]) - len(lines[-1].lstrip(" "))
    start = next_line(text, at)
    while start < len(text):
        line = text[start : line_end(text, start)]
        blank = not line.strip()
        takes = blank or line.lstrip(" ").startswith("#")
        if takes and len(line) - len(line.lstrip(" ")) >= max(last, 1):
            raise CannotEdit("the comment after the new lines would become part of them")
        if not blank:
            return
        start = next_line(text, start)


def append_item(node: Node, value: Value) -> Patch:
    """Add an item at the end of a list, or make a list where a key has no value."""
    return append_items(node, [value])


def append_items(node: Node, values: Sequence[Value]) -> Patch:
    """Add several items at the end of a list at once."""
    if not values:
        return NOTHING
    if is_null_value(node):
        return put_below(node, values)
    if node.kind != SEQUENCE:
        raise CannotEdit(f"{named(node)} is not a list")
    refuse(node)
    changes = [child(node, "-")]
    document = node.document
    if node.style == "flow":
        json = any(item.style == '"' for item in node.items)
        end = node.items[-1].end if node.items else None
        return patch(document, [_in_flow(node, flow_text(values, json=json)[1:-1], end)], changes)
    lines = sequence_lines(values, step=step_of(document), dash=dash_of(document))
    return lines_after(document, place_after(node), indent_lines(lines, entry_column(node)), changes)
