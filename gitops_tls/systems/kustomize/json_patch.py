"""JSON patches (RFC 6902) as kustomize applies them.

Source: RFC 6902, and `kubectl kustomize`: ``replace`` adds a key that is not there, ``copy`` and ``test``
make a null of one, ``add`` needs the parent, ``remove`` the value, a value that is not written is null, and
negative indices count from the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...findings import label
from ...yamldoc.composed import mapping, null, scalar, sequence
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..milvus.values import scalar_kind
from .changes import MAX_DEPTH, Failure, Lost

_INDEX = re.compile(r"-?(?:0|[1-9][0-9]{0,8})\Z")
Change = Callable[[Node, str], Node]
"""What becomes of the mapping or list that holds a value, and of the value's key in it."""


def is_json_patch(root: Node) -> bool:
    """Whether a document is a list of operations."""
    root = root.resolved()
    return root.kind == SEQUENCE and bool(root.items) and all(item.get("op") is not None for item in root.items)


def apply_json_patch(root: Node, operations: Node, lost: list[Lost]) -> Node:
    """The object with all operations done. What they take away is added to ``lost``. Raises Failure as kustomize does."""
    for item in operations.resolved().items:
        root = _Operation(item.resolved(), lost).on(root)
    return root


class _Operation:
    def __init__(self, node: Node, lost: list[Lost]) -> None:
        self.node = node
        self.lost = lost
        self.name = node.text("op") or ""
        self.path = self._pointer("path")

    def on(self, root: Node) -> Node:
        if self.name == "replace" and not self.path:
            return self._value().resolved()
        if self.name in ("add", "replace"):
            return self._set(root, self._value())
        if self.name == "remove":
            return self._change(root, self.path, self._remove)
        if self.name in ("copy", "move"):
            source = self._pointer("from")
            moved = self._find(root, source)
            if self.name == "move":
                root = self._change(root, source, self._remove)
            self.name = "add"
            return self._set(root, moved)
        if self.name == "test":
            if not _equal(self._find(root, self.path), self._value()):
                raise self._failure("finds another value than it wants")
            return root
        raise self._failure("is no operation of RFC 6902")

    def _value(self) -> Node:
        """The value; one that is not written is null."""
        return self.node.get("value") or null(self.node)

    def _set(self, root: Node, value: Node) -> Node:
        return self._change(root, self.path, lambda holder, key: self._put(holder, key, value))

    def _pointer(self, field: str) -> tuple[str, ...]:
        written = self.node.text(field) or ""
        # what stands before the first slash is not looked at [measured]
        parts = written.split("/")[1:]
        if len(parts) > MAX_DEPTH or (not parts and (written or self.name not in ("replace", "test"))):
            raise self._failure(f"has no {field} with a `/`")
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)

    def _failure(self, words: str) -> Failure:
        path = self.node.text("path") or ""
        return Failure(f"the operation {self.node.text('op')} {path} {words}", label(self.node))

    def _find(self, root: Node, path: tuple[str, ...]) -> Node:
        node = root.resolved()
        for number, part in enumerate(path, 1):
            child = node.get(part) if node.kind == MAPPING else None
            if node.kind == SEQUENCE:
                child = node.items[self._index(node, part, len(node.items))]
            if child is None and node.kind == MAPPING and self.name in ("copy", "test") and number == len(path):
                child = null(self.node.get("from") or self.node)
            if child is None:
                raise self._failure("finds nothing there")
            node = child.resolved()
        return node

    def _index(self, node: Node, part: str, end: int) -> int:
        index = int(part) if _INDEX.match(part) else end
        index += end if index < 0 else 0
        if not 0 <= index < end:
            raise self._failure("names an index that the list does not have")
        return index

    def _change(self, node: Node, path: tuple[str, ...], change: Change) -> Node:
        """``node`` with the value at ``path`` changed; everything on the way is made anew."""
        node = node.resolved()
        if node.kind == SCALAR:
            raise self._failure("goes through a scalar")
        if len(path) == 1:
            return change(node, path[0])
        if node.kind == SEQUENCE:
            index = self._index(node, path[0], len(node.items))
            items = list(node.items)
            items[index] = self._change(items[index], path[1:], change)
            return sequence(node, items)
        pairs = {key.value: (key, value) for key, value in node.effective()}
        if path[0] not in pairs:
            raise self._failure("finds nothing there")
        key, value = pairs[path[0]]
        pairs[path[0]] = (key, self._change(value, path[1:], change))
        return mapping(node, pairs.values())

    def _put(self, holder: Node, part: str, value: Node) -> Node:
        if holder.kind == SEQUENCE:
            items = list(holder.items)
            if part == "-" and self.name == "add":
                items.append(value)
            elif self.name == "add":
                # one past the end appends too
                items.insert(self._index(holder, part, len(items) + 1), value)
            else:
                index = self._index(holder, part, len(items))
                self._lose(self.path[:-1], sequence(holder, [items[index]]), value)
                items[index] = value
            return sequence(holder, items)
        pairs = {key.value: (key, old) for key, old in holder.effective()}
        key = pairs[part][0] if part in pairs else scalar(self.node.get("path") or self.node, part)
        if part in pairs:
            self._lose(self.path, pairs[part][1], value)
        pairs[part] = (key, value)
        return mapping(holder, pairs.values())

    def _remove(self, holder: Node, part: str) -> Node:
        later = self.node.get("from" if self.name == "move" else "path") or self.node
        if holder.kind == SEQUENCE:
            index = self._index(holder, part, len(holder.items))
            items = list(holder.items)
            gone = items.pop(index)
            self._lose(self.path[:-1], sequence(holder, [gone]), later)
            return sequence(holder, items)
        pairs = {key.value: (key, old) for key, old in holder.effective()}
        if part not in pairs:
            raise self._failure("finds nothing there")
        self._lose(self.path, pairs.pop(part)[1], later)
        return mapping(holder, pairs.values())

    def _lose(self, keys: tuple[str, ...], earlier: Node, later: Node) -> None:
        if self.node.text("op") != "move" and earlier.resolved().kind != SCALAR:
            self.lost.append(Lost(keys, earlier.resolved(), later))


def _equal(one: Node, other: Node, depth: int = 0) -> bool:
    """Whether two values are the same JSON."""
    one, other = one.resolved(), other.resolved()
    if one.kind != other.kind or depth > MAX_DEPTH:
        return False
    if one.kind == SCALAR:
        values = (scalar_kind(one), scalar_kind(other))
        numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
        return values[0] == values[1] and (numbers or type(values[0]) is type(values[1]))
    if one.kind == SEQUENCE:
        return len(one.items) == len(other.items) and all(
            _equal(a, b, depth + 1) for a, b in zip(one.items, other.items, strict=True)
        )
    left = {key.value: value for key, value in one.effective()}
    right = {key.value: value for key, value in other.effective()}
    return left.keys() == right.keys() and all(_equal(left[key], right[key], depth + 1) for key in left)
