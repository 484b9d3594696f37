"""YAML inside a scalar of other YAML: ``user.yaml: |`` in values, ``helm.values: |`` in an Application."""

from __future__ import annotations

import re
from bisect import bisect_right

from .node import SCALAR, Node
from .parse import Parsed, parse

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")


def parse_nested(node: Node) -> Parsed:
    """Parse the content of a scalar as YAML; positions map back into the file.

    A literal block scalar (``|``) is mapped line by line, so its documents can be edited; content of any other style
    is judged at the position of the scalar.
    """
    node = node.resolved()
    if node.kind != SCALAR:
        return Parsed([], None)
    if node.style == "|":
        text, inner, outer, indent = _literal(node)
    else:
        text, inner, outer, indent = node.value, [], [], ""
    parsed = parse(node.source, text)
    for document in parsed.documents:
        document.host = node
        document.indent = indent
        document.line_map = (inner, outer) if node.style == "|" else None
    return parsed


def file_offset(node: Node, offset: int) -> int:
    """The offset in the file's text of an offset in the content of a ``|`` scalar; the scalar's start for any other.

    For content that does not parse and so has no Document.
    """
    node = node.resolved()
    host = node.document
    if node.style != "|":
        return host.to_file(node.start)
    _, inner, outer, _ = _literal(node)
    if not inner:
        return host.to_file(node.end)
    line = bisect_right(inner, offset) - 1
    return host.to_file(min(outer[line] + offset - inner[line], node.end))


def _literal(node: Node) -> tuple[str, list[int], list[int], str]:
    """The content of a ``|`` scalar as written, and where each of its lines stands in the host's text."""
    host = node.document.text
    header = _LINES.match(host, node.content_start)
    assert header is not None
    lines: list[tuple[int, str]] = []
    at = header.end()
    stop = node.end
    while at < stop:
        match = _LINES.match(host, at)
        assert match is not None
        lines.append((at, match[0]))
        at = match.end()
    explicit = re.match(r"\|[+-]?([1-9])", header[0])
    if explicit:
        width = _parent_indent(node) + int(explicit[1])
    else:
        width = next((len(text) - len(text.lstrip(" ")) for _, text in lines if text.strip()), 0)
    inner: list[int] = []
    outer: list[int] = []
    parts: list[str] = []
    length = 0
    for start, text in lines:
        cut = min(width, len(text) - len(text.lstrip(" ")))
        inner.append(length)
        outer.append(start + cut)
        parts.append(text[cut:])
        length += len(text) - cut
    return "".join(parts), inner, outer, " " * width


def _parent_indent(node: Node) -> int:
    """The column of the mapping or sequence around a block scalar; -1 at the top, where none is."""
    parent = node.parent
    if parent is None:
        return 0
    text = parent.document.text
    # an anchor or tag of the collection may stand on an earlier line
    gap = _GAP.match(text, parent.content_start)
    start = parent.pairs[0][0].start if parent.pairs else gap.end() if gap else parent.start
    return start - (max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1)
