"""Edits of one scalar or key in its place."""

from __future__ import annotations

from ..text.edits import CannotEdit, Patch
from .edit_base import (
    NOTHING,
    colon_after,
    entry_column,
    header,
    is_empty,
    is_flow,
    line_end,
    line_start,
    named,
    next_line,
    one_line,
    patch,
    refuse,
    refuse_torn,
    rest_is_free,
)
from .edit_layout import step_of
from .node import MAPPING, SCALAR, SEQUENCE, Node, escape
from .render import indent_lines, literal_is_possible, literal_lines, plain_is_string, scalar_text

_STR = "tag:yaml.org,2002:str"


def replace_scalar(node: Node, value: str | int | bool, *, quote: str | None = None) -> Patch:
    """Write another value in the place of a scalar; its quotes stay if they can, its anchor and tag always.

    Numbers and booleans are written plain. ``key:`` with nothing gets the value right after the colon.
    """
    if isinstance(node.key, Node) and node.key is node:
        return rename_key(node, str(value))
    if node.kind != SCALAR:
        raise CannotEdit(f"{named(node)} is not a single value")
    refuse(node)
    if node.tag is not None and not (node.tag == _STR and isinstance(value, str)):
        raise CannotEdit(f"{named(node)} has the tag `{node.document.text[node.start : node.content_start].strip()}`")
    if quote is None and reads_as(node, value):
        return NOTHING
    flow = is_flow(node)
    if isinstance(value, str) and "\n" in value and not flow and node.style not in ("'", '"') and literal_is_possible(value):
        return block_scalar(node, value)
    style = quote or (node.style if node.style in ("'", '"') else '"' if flow and _json_like(node) else None)
    new = scalar_text(value, quote=style if isinstance(value, str) else None, flow=flow)
    if is_empty(node):
        return _fill(node, new)
    if node.style in ("|", ">") and "#" in header(node):
        raise CannotEdit(f"{named(node)} is a block with a comment in its first line")
    return patch(node.document, [(node.content_start, node.end, new)], [node.address])


def _json_like(node: Node) -> bool:
    """Whether the mapping around the node has its keys in double quotes, as JSON has."""
    at: Node | None = node
    while at is not None and not at.pairs:
        at = at.parent
    return at is not None and at.style == "flow" and all(key.style == '"' for key, _ in at.pairs)


def reads_as(node: Node, value: str | float | bool | None) -> bool:
    """Whether the scalar is this value already, for every reader."""
    if node.kind != SCALAR:
        return False
    if isinstance(value, str):
        return node.value == value and (node.style is not None or node.tag == _STR or plain_is_string(value))
    return node.is_plain and node.value == scalar_text(value)


def _fill(node: Node, new: str) -> Patch:
    """Write a value where none is: after the colon, the dash, or the anchor."""
    document, text = node.document, node.document.text
    at = node.end
    lead = " "
    key = node.key
    if node.start == node.end and isinstance(key, Node):
        if is_flow(node) and ":" not in text[key.end : max(node.end, key.end) + 1]:
            return patch(document, [(key.end, key.end, ": " + new)], [node.address])
        at = colon_after(key)
        if is_flow(node) and text[at : at + 2] in (" ,", " }", " ]"):
            at, lead = at + 1, ""
    elif node.start == node.end and node.parent is None:
        raise CannotEdit("the document is empty")
    elif is_flow(node):
        raise CannotEdit(f"{named(node)} has no value")
    return patch(document, [(at, at, lead + new)], [node.address])


def rename_key(key: Node, new: str) -> Patch:
    """Write another name for a key; its quotes stay if they can. A name that stands beside it is refused."""
    mapping = key.parent
    if key.kind != SCALAR or mapping is None or mapping.kind != MAPPING:
        raise CannotEdit("the key is not a single word")
    refuse(key)
    if key.tag is not None or key.style in ("|", ">") or not one_line(key) or not new:
        raise CannotEdit(f"the key `{key.value}` is not written as `key:` on one line")
    if key.value == new and reads_as(key, new):
        return NOTHING
    if any(other is not key and other.value == new for other, _ in mapping.pairs):
        raise CannotEdit(f"`{new}` stands beside `{key.value}`")
    flow = is_flow(key)
    text = scalar_text(new, quote=key.style, flow=flow)
    *outer, last = mapping.address
    names = [(*outer, f"{last}/{escape(name)}") for name in (key.value, new)]
    return patch(key.document, [(key.content_start, key.end, text)], names)


def _parent_column(node: Node) -> int:
    return entry_column(node.parent) if node.parent is not None else 0


def block_scalar(node: Node, text: str, indicator: str = "|") -> Patch:
    """Write a scalar as a literal block holding ``text``; a comment on its line moves to the block's first line.

    The chomping sign follows from the text's end. A text that a block cannot hold is refused.
    """
    refuse(node)
    if node.kind != SCALAR or is_flow(node):
        raise CannotEdit(f"{named(node)} cannot hold a block (`|`)")
    if not literal_is_possible(text) or not indicator.startswith("|"):
        raise CannotEdit(f"a block (`|`) cannot hold the text of {named(node)} as it is")
    if node.style == "|" and node.value == text:
        return NOTHING
    host, document = node.document.text, node.document
    sign, lines = literal_lines(text)
    width = _parent_column(node) + (step_of(document) if node.parent is None or node.parent.kind != SEQUENCE else 2)
    if node.style in ("|", ">"):
        comment = header(node)[len(header(node).split(" ", 1)[0]) :].rstrip()
        stop = line_end(host, node.end)
    else:
        if not rest_is_free(host, node.end):
            raise CannotEdit("something else stands on the same line")
        stop = line_end(host, node.end)
        comment = host[node.end : stop].rstrip()
    lead = " " if is_empty(node) else ""
    start = node.end if is_empty(node) else node.content_start
    above = _on_next_line(node)
    if above is not None:
        colon, own_comment = above
        start, lead, comment = colon, " ", own_comment + comment
    _refuse_swallowing(node, stop, width)
    new = "\n".join([lead + sign + comment, *indent_lines(lines, width)])
    if stop == len(host) and sign == "|":
        if document.to_file(stop) != len(document.source.text):
            raise CannotEdit(f"{named(node)} ends without a line break")
        new += "\n"
    return patch(document, [(start, stop, new)], [node.address])


def _on_next_line(node: Node) -> tuple[int, str] | None:
    """Of a value that begins below its key: the offset after the colon, and the comment there; None for others."""
    if is_empty(node) or node.start != node.content_start or not isinstance(node.key, Node):
        return None
    text, colon = node.document.text, colon_after(node.key)
    end = line_end(text, colon)
    if end >= node.start or text[end : node.start].strip():
        return None
    return colon, text[colon:end].rstrip()


def _refuse_swallowing(node: Node, stop: int, width: int) -> None:
    """Refuse where comment lines after the new block would become part of it, or of the block before it."""
    text = node.document.text
    at = next_line(text, stop)
    while at < len(text):
        line = text[at : line_end(text, at)]
        if line.strip():
            if line.lstrip(" ").startswith("#") and len(line) - len(line.lstrip(" ")) >= width:
                raise CannotEdit(f"the comment after {named(node)} would become part of it")
            return
        if len(line) > width:
            raise CannotEdit(f"the line of spaces after {named(node)} would become part of it")
        at = next_line(text, at)


def mapping_to_block_scalar(node: Node) -> Patch:
    """Make a mapping the text of a ``|`` scalar: the same lines, comments included, under ``key: |``."""
    refuse(node)
    key = node.key
    if node.kind != MAPPING or not isinstance(key, Node) or node.anchor is not None or node.tag is not None:
        raise CannotEdit(f"{named(node)} is not a plain mapping under a key")
    refuse_torn(node, moving=True)
    document, text = node.document, node.document.text
    colon = colon_after(key)
    if node.style == "flow":
        return _flow_to_block(node, colon)
    width = entry_column(node)
    if not rest_is_free(text, colon):
        raise CannotEdit(f"{named(node)} does not begin on its own line")
    indicator = "|"
    edits: list[tuple[int, int, str]] = []
    at, first = next_line(text, colon), True
    while at < node.end:
        line = text[at : line_end(text, at)]
        have = len(line) - len(line.lstrip(" "))
        if line.strip():
            if have < width:
                edits.append((at, at, " " * (width - have)))
            elif first and have > width:
                step = width - entry_column(node.parent) if node.parent is not None else 0
                if not 1 <= step <= 9:
                    raise CannotEdit(f"the first comment in {named(node)} is indented further than its keys")
                indicator = f"|{step}"
            first = False
        elif have > width:
            raise CannotEdit(f"{named(node)} holds a line of spaces")
        at = next_line(text, at)
    return patch(document, [(colon, colon, " " + indicator), *edits], [node.address])


def _flow_to_block(node: Node, colon: int) -> Patch:
    text = node.document.text
    if not one_line(node) or is_flow(node.parent or node) or line_start(text, node.start) > colon:
        raise CannotEdit(f"{named(node)} is written in braces over several lines")
    stop = line_end(text, node.end)
    if not rest_is_free(text, node.end):
        raise CannotEdit("something else stands on the same line")
    width = _parent_column(node) + step_of(node.document)
    _refuse_swallowing(node, stop, width)
    comment = text[node.end : stop].rstrip()
    new = f"|{comment}\n{' ' * width}{node.raw}"
    return patch(node.document, [(node.start, stop, new)], [node.address])
