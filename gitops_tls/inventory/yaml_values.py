"""Certificates in the values of YAML: as PEM, as base64 of PEM or DER, also in YAML inside a scalar."""

from __future__ import annotations

from collections.abc import Iterator

from ..certs.search import ENCODED, Hit, in_base64, in_text, looks_encoded
from ..records import NamedTuple
from ..repo.workspace import Workspace
from ..yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .holders import holder_of
from .model import Place

_DEEPEST = 4
_TOKEN = ENCODED.decode()


class Value(NamedTuple):
    """What was found in one scalar; ``hit.line`` is already the line of the file."""

    hit: Hit
    node: Node
    place: Place


def in_documents(workspace: Workspace, path: str) -> list[Value] | None:
    """The certificates in the values of a YAML file; None where it cannot be parsed to its end."""
    parsed = workspace.parsed(path)
    if parsed is None or parsed.problem is not None or not parsed.documents:
        return None
    found: list[Value] = []
    for document in parsed.documents:
        if document.root is not None:
            found += _below(workspace, document.root, 0)
    return found


def _below(workspace: Workspace, root: Node, depth: int) -> Iterator[Value]:
    for node in root.walk():
        if node.kind == SCALAR and node.key is not node and len(node.value) > 40:
            yield from _scalar(workspace, node, depth)


def _scalar(workspace: Workspace, node: Node, depth: int) -> Iterator[Value]:
    text = node.value
    if looks_encoded(text):
        hits = in_base64(text.encode("utf-8", "replace"))
        if hits is not None:
            # base64 has no lines of its own: all of it stands where the value begins
            line = _first_line(node)
            yield from (_value(hit._replace(line=line), node) for hit in hits)
            return
    if "-----BEGIN " not in text and _TOKEN not in text:
        return
    hits = in_text(text.encode("utf-8", "replace"))
    if not hits:
        return
    if depth < _DEEPEST and not text.startswith("-----BEGIN"):
        inner = _nested(workspace, node, depth)
        if len(inner) >= len(hits):
            yield from inner
            return
    yield from (_value(hit._replace(line=_line(node, hit.line)), node) for hit in hits)


def _nested(workspace: Workspace, node: Node, depth: int) -> list[Value]:
    parsed = workspace.nested(node)
    found: list[Value] = []
    for document in parsed.documents if parsed.problem is None else ():
        if document.root is not None and document.root.kind in (MAPPING, SEQUENCE):
            found += _below(workspace, document.root, depth + 1)
    return found


def _value(hit: Hit, node: Node) -> Value:
    return Value(hit, node, Place(node.path, hit.line, node.pointer, holder_of(node)))


def _first_line(node: Node) -> int:
    """The line of a value's first characters: of a block scalar, the one after its header."""
    header = node.source.position(_content_start(node))[0]
    return header + 1 if node.style in ("|", ">") and _mapped(node) else header


def _line(node: Node, line: int) -> int:
    """The file's line for a line of the value. Only a literal block scalar has one for each."""
    first = _first_line(node)
    return first + line - 1 if node.style == "|" and _mapped(node) else first


def _content_start(node: Node) -> int:
    return node.document.to_file(node.content_start) if _mapped(node) else node.file_span[0]


def _mapped(node: Node) -> bool:
    """Whether the lines of the node's document are lines of the file."""
    document = node.document
    while document.host is not None:
        if document.line_map is None:
            return False
        document = document.host.document
    return True
