"""Nodes that no file holds as a whole: what patches make of a document, each part with the place it was written at."""

from __future__ import annotations

from collections.abc import Iterable

from .merge import Value
from .node import MAPPING, SCALAR, SEQUENCE, Document, Node


class ComposedDocument(Document):
    """The places of another document, for nodes that do not stand there as a whole: they cannot be edited."""

    __slots__ = ()

    @property
    def editable(self) -> bool:
        """Never: what is between the parts is not theirs."""
        return False


def mapping(place: Node, pairs: Iterable[tuple[Node, Node]]) -> Node:
    """A mapping of other pairs, at the place of ``place``."""
    node = _at(place, MAPPING)
    node.pairs = list(pairs)
    return node


def as_node(value: Value) -> Node:
    """What several files make together, as one mapping: all that only one of them wrote is that file's own node."""
    if value.kind != MAPPING or len(value.nodes) == 1:
        return value.node.resolved()
    pairs = [(one.key_node, as_node(one)) for one in value.entries.values() if one.key_node is not None]
    return mapping(value.node.resolved(), pairs)


def sequence(place: Node, items: Iterable[Node]) -> Node:
    """A list of other items, at the place of ``place``."""
    node = _at(place, SEQUENCE)
    node.items = list(items)
    return node


def scalar(place: Node, value: str) -> Node:
    """A text that stands for what is written at ``place``."""
    node = _at(place, SCALAR)
    node.value = value
    node.style = '"'
    return node


def null(place: Node) -> Node:
    """A null that comes of what is written at ``place``."""
    node = _at(place, SCALAR)
    node.style = None
    return node


def _at(place: Node, kind: str) -> Node:
    node = Node(_composed(place.document), kind, place.start, place.end)
    node.content_start = place.content_start
    node.parent = place.parent
    node.key = place.key
    node.style = "block"
    return node


def _composed(document: Document) -> Document:
    if isinstance(document, ComposedDocument):
        return document
    made = ComposedDocument(document.source, document.text, document.index)
    made.root = document.root
    made.host = document.host
    made.line_map = document.line_map
    made.indent = document.indent
    made.anchors = document.anchors
    made.explicit_start = document.explicit_start
    return made
