"""A YAML document as a view on its text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..text.edits import Address

if TYPE_CHECKING:
    from ..text.source import Source

SCALAR, MAPPING, SEQUENCE, ALIAS = "scalar", "mapping", "sequence", "alias"

MAX_MERGES = 200
"""Merges (``<<``) inside merges that are followed; deeper ones are left out."""


def escape(key: str) -> str:
    """One part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


class Document:
    """One YAML document of a file, or of a scalar inside another document.

    ``text`` is what was parsed: the file's text, or the content of ``host`` with its indentation taken away.
    ``line_map`` (nested documents only) holds pairs ``(offset in text, offset in the host document's text)`` of each
    line; it is None where the content has no line for line image in the host (quoted and folded scalars): such a
    document can be judged, at the position of the whole scalar, but not edited.
    """

    __slots__ = ("anchors", "explicit_start", "host", "indent", "index", "line_map", "root", "source", "text")

    def __init__(self, source: Source, text: str, index: int) -> None:
        self.source = source
        self.text = text
        self.index = index
        self.root: Node | None = None
        self.host: Node | None = None
        self.line_map: tuple[list[int], list[int]] | None = None
        self.indent = ""
        self.anchors: dict[str, Node] = {}
        self.explicit_start = False

    @property
    def editable(self) -> bool:
        """Whether every position has its own place in the file on disk."""
        if self.source.problem is not None:
            return False
        return self.host is None or (self.line_map is not None and self.host.document.editable)

    def to_file(self, offset: int) -> int:
        """The offset in the file's text of an offset in this document's text."""
        if self.host is None:
            return offset
        if self.line_map is None:
            return self.host.document.to_file(self.host.start)
        inner, outer = self.line_map
        if not inner:
            return self.host.document.to_file(self.host.end)
        line = bisect_right(inner, offset) - 1
        return self.host.document.to_file(outer[line] + offset - inner[line])

    @property
    def file_indent(self) -> str:
        """The indentation that the containing scalars add to each line of this document, in the file."""
        if self.host is None:
            return ""
        return self.host.document.file_indent + self.indent


class Node:
    """A view on one YAML value (or key): ``text[start:end]`` of its document, and nothing around it.

    ``kind`` is SCALAR, MAPPING, SEQUENCE or ALIAS. ``value`` is a scalar's content (for an alias, the anchor's name).
    ``style`` is None for plain and ``'``, ``"``, ``|``, ``>`` for the other scalars; for collections it is ``"flow"``
    or ``"block"``. ``tag`` is the explicit tag or None. ``pairs`` keeps duplicate keys, in order.
    """

    __slots__ = (
        "_effective", "anchor", "content_start", "document", "end", "items", "key", "kind", "pairs", "parent", "start", "style", "tag", "target", "value",
    )  # fmt: skip

    target: Node
    """What an alias stands for: the nearest node before it with its anchor (a name may be given anew). Aliases alone have it."""

    def __init__(self, document: Document, kind: str, start: int, end: int) -> None:
        self.document = document
        self.kind = kind
        self.start = start
        self.content_start = start  # after anchor and tag; see parse.py
        self.end = end
        self.value = ""
        self.style: str | None = None
        self.tag: str | None = None
        self.anchor: str | None = None
        self.pairs: list[tuple[Node, Node]] = []
        self.items: list[Node] = []
        self.parent: Node | None = None
        self.key: Node | int | None = None
        self._effective: dict[str, tuple[Node, Node]] | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.document.source.path}{self.pointer}>"

    @property
    def source(self) -> Source:
        """The file that this node stands in."""
        return self.document.source

    @property
    def path(self) -> str:
        """The path of the file that this node stands in."""
        return self.document.source.path

    @property
    def raw(self) -> str:
        """The node's own characters as written, from its anchor or tag on; quotes included."""
        return self.document.text[self.start : self.end]

    @property
    def is_plain(self) -> bool:
        """Whether it is a scalar written without quotes or block indicator and without a tag."""
        return self.kind == SCALAR and self.style is None and self.tag is None

    def resolved(self) -> Node:
        """The anchor's node for an alias, else the node itself."""
        node = self
        while node.kind == ALIAS:
            node = node.target  # parse.py refuses unknown aliases, and an anchor never names an alias
        return node

    def effective(self) -> Iterator[tuple[Node, Node]]:
        """Pairs as a reader sees them: one a key, the last duplicate, ``<<`` merged in (own keys win)."""
        yield from self._merged(frozenset()).values()

    def _merged(self, visiting: frozenset[int]) -> dict[str, tuple[Node, Node]]:
        node = self.resolved()
        if node.kind != MAPPING or id(node) in visiting or len(visiting) > MAX_MERGES:
            return {}
        if node._effective is not None:
            return node._effective
        visiting |= {id(node)}
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        for key, value in node.pairs:
            if key.value == "<<" and key.style is None and key.kind == SCALAR:
                target = value.resolved()
                for part in target.items if target.kind == SEQUENCE else [target]:
                    for name, pair in part._merged(visiting).items():
                        merged.setdefault(name, pair)
            else:
                own.pop(key.value, None)
                own[key.value] = (key, value)
        node._effective = {**merged, **own} if merged else own
        return node._effective

    def pair(self, key: str) -> tuple[Node, Node] | None:
        """The ``(key, value)`` that counts for ``key``, written exactly so; None where there is none or no mapping."""
        node = self.resolved()
        if node.kind != MAPPING:
            return None
        merge = False
        for pair in reversed(node.pairs):
            if pair[0].value == key:
                return pair
            merge = merge or pair[0].value == "<<"
        return node._merged(frozenset()).get(key) if merge else None

    def get(self, *keys: str | int) -> Node | None:
        """Follow keys and indices down; aliases and merges are followed. None where the way ends."""
        node: Node | None = self
        for key in keys:
            if node is None:
                return None
            node = node.resolved()
            if isinstance(key, int):
                node = node.items[key] if node.kind == SEQUENCE and -len(node.items) <= key < len(node.items) else None
            else:
                pair = node.pair(key)
                node = pair[1] if pair else None
        return node.resolved() if node is not None else None

    def text(self, *keys: str | int) -> str | None:
        """The content of the scalar at ``keys``; None where there is none or it is null."""
        node = self.get(*keys)
        if node is None or node.kind != SCALAR or node.is_null:
            return None
        return node.value

    @property
    def is_null(self) -> bool:
        """Whether YAML 1.1 reads the scalar as null."""
        return self.is_plain and self.value in ("", "~", "null", "Null", "NULL")

    @property
    def pointer(self) -> str:
        """The JSON pointer in the file; through a nested document it goes on after its host's."""
        parts: list[str] = []
        node: Node = self
        while node.parent is not None:
            key = node.key
            parts.append(str(key) if isinstance(key, int) else escape(key.value if key is not None else ""))
            node = node.parent
        own = "".join("/" + part for part in reversed(parts))
        host = node.document.host
        return host.pointer + own if host is not None else own

    @property
    def address(self) -> Address:
        """The node's address: see :data:`gitops_tls.text.edits.Address`."""
        host = self.document.host
        outer: Address = host.address if host is not None else ()
        own = self.pointer[len(host.pointer) :] if host is not None else self.pointer
        return (*outer, f"#{self.document.index}{own}")

    @property
    def file_span(self) -> tuple[int, int]:
        """``(start, end)`` as offsets into the file's text. For a nested document that has no line map, the scalar."""
        document = self.document
        if document.host is not None and document.line_map is None:
            return document.host.file_span
        return document.to_file(self.start), document.to_file(self.end)

    def position(self) -> tuple[int, int]:
        """``(line, column)`` in the file, from 1."""
        return self.source.position(self.file_span[0])

    def walk(self) -> Iterator[Node]:
        """This node and everything written below it, keys included, in order; aliases are not followed."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            if node.kind == MAPPING:
                for key, value in reversed(node.pairs):
                    stack += (value, key)
            elif node.kind == SEQUENCE:
                stack.extend(reversed(node.items))
