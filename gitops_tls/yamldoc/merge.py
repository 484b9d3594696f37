"""Values that several YAML files make together, each with the place it was written at."""

from __future__ import annotations

from collections.abc import Iterable

from .node import ALIAS, MAPPING, SCALAR, SEQUENCE, Node


class Value:
    """One value, as a reader of one or more merged documents sees it.

    ``kind`` is SCALAR, MAPPING or SEQUENCE. ``node`` is the node that won (of a merged mapping: the one of the last file
    that has it; ``nodes`` lists all, first file first). ``key_node`` is its key, None at the top and in lists.
    ``overridden`` are the nodes that it hides, nearest first.

    Children are made when they are asked for: neither deep nesting, nor aliases that refer to each other without bound,
    nor a long list of files cost anything before that.
    """

    __slots__ = ("_entries", "_items", "key_node", "kind", "node", "nodes", "overridden")

    def __init__(self, nodes: tuple[Node, ...], key_node: Node | None = None, overridden: tuple[Node, ...] = ()) -> None:
        self.nodes = nodes
        self.node = nodes[-1]
        resolved = self.node.resolved()
        self.kind = SCALAR if resolved.kind == ALIAS else resolved.kind
        self.key_node = key_node
        self.overridden = overridden
        self._entries: dict[str, Value] | None = None
        self._items: list[Value] | None = None

    def __repr__(self) -> str:
        return f"<Value {self.node!r}>"

    @property
    def is_null(self) -> bool:
        """Whether it is a null: in values files it takes the value away that earlier files and the chart give."""
        return self.node.resolved().is_null

    @property
    def entries(self) -> dict[str, Value]:
        """The values of a mapping by key, nulls included; empty for anything else."""
        if self._entries is None:
            self._entries = {}
            if self.kind == MAPPING:
                for node in self.nodes:
                    _add(self._entries, node)
        return self._entries

    @property
    def mapping(self) -> dict[str, Value]:
        """The values of a mapping by key, without the nulls."""
        return {key: value for key, value in self.entries.items() if not value.is_null}

    @property
    def items(self) -> list[Value]:
        """The values of a list; empty for anything else."""
        if self._items is None:
            self._items = [Value((item,)) for item in self.node.resolved().items] if self.kind == SEQUENCE else []
        return self._items

    def written(self, *keys: str) -> Value | None:
        """What stands at ``keys``, also where it is null; None where nothing does."""
        value: Value | None = self
        for key in keys:
            value = value.entries.get(key) if value is not None else None
        return value

    def get(self, *keys: str) -> Value | None:
        """What stands at ``keys``; None where nothing does or it is null."""
        value = self.written(*keys)
        return None if value is None or value.is_null else value

    def text(self, *keys: str) -> str | None:
        """The content of the scalar at ``keys``; None where there is none or it is null."""
        value = self.get(*keys)
        return value.node.resolved().value if value is not None and value.kind == SCALAR else None


def from_node(node: Node) -> Value:
    """A value of one document; aliases and ``<<`` are followed, of duplicate keys the last counts."""
    return Value((node,))


def merge_helm(base: Value, over: Value) -> Value:
    """``over`` on top of ``base`` as Helm merges values files.

    Mappings are merged deeply; lists and scalars are replaced; a null takes the value away.
    """
    if base.kind == MAPPING and over.kind == MAPPING:
        return Value((*base.nodes, *over.nodes), over.key_node or base.key_node, base.overridden)
    if over.is_null and over.key_node is None:
        return base  # an empty values file changes nothing
    return Value(over.nodes, over.key_node, (*over.overridden, *reversed(base.nodes), *base.overridden))


def merge_all(values: Iterable[Value]) -> Value | None:
    """All of ``values``, the later over the earlier; None where there are none."""
    merged: Value | None = None
    for value in values:
        merged = value if merged is None else merge_helm(merged, value)
    return merged


def _add(entries: dict[str, Value], node: Node) -> None:
    for key, child in node.effective():
        own = Value((child,), key)
        base = entries.get(key.value)
        if base is None:
            entries[key.value] = own
        elif base.kind == MAPPING and own.kind == MAPPING:
            entries[key.value] = Value((*base.nodes, child), key, base.overridden)
        else:
            entries[key.value] = Value((child,), key, (*reversed(base.nodes), *base.overridden))
