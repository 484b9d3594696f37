"""The values of a Compose model: YAML with its variables, from several files, each value with its place."""

from __future__ import annotations

from collections.abc import Iterator

from ...yamldoc.node import ALIAS, MAPPING, SCALAR, SEQUENCE, Node
from .dotenv import Environment
from .interpolate import MARK, Interpolated, Lookup, interpolate
from .scalars import scalar_text

RESET, OVERRIDE = "!reset", "!override"

_MAX_VALUES = 50_000
_MAX_DEPTH = 60


class Refused(Exception):
    """A file that is not read further; the message says why."""


class Scope:
    """Where a value was written: its file, the folder that relative paths start from, and the variables it sees.

    ``folder`` is relative to the repository root; empty for the root itself.
    """

    __slots__ = ("budget", "environment", "folder", "path")

    def __init__(self, path: str, folder: str, environment: Environment) -> None:
        self.path = path
        self.folder = folder
        self.environment = environment
        self.budget = _MAX_VALUES


class Value:
    """One value of the merged model.

    ``kind`` is SCALAR, MAPPING or SEQUENCE of yamldoc. ``node`` is where it is written (an alias stays one; of merged
    collections it is the collection of the deciding file); ``key`` its key. ``fields`` are a mapping's values, ``items``
    a sequence's; both may come from several files.
    """

    __slots__ = ("fields", "items", "key", "kind", "node", "scope", "tag")

    def __init__(self, kind: str, node: Node, key: Node | None, scope: Scope) -> None:
        self.kind = kind
        self.node = node
        self.key = key
        self.scope = scope
        self.tag: str | None = None
        self.fields: dict[str, Value] = {}
        self.items: list[Value] = []

    @property
    def is_null(self) -> bool:
        """Whether it is null or empty."""
        return self.kind == SCALAR and self.node.resolved().is_null

    @property
    def interpolated(self) -> Interpolated:
        """A scalar's text with its variables; text None for null and collections."""
        return self._interpolate("")

    @property
    def marked(self) -> Interpolated:
        """As ``interpolated``, with MARK where a part of the text is unknown."""
        return self._interpolate(MARK)

    @property
    def path_text(self) -> str | None:
        """A path, with MARK where a part is unknown; None where there is none or Compose refuses it.

        ``$PWD`` is taken for the project's folder, where Compose is usually called.
        """
        return self._interpolate(MARK, self._with_pwd).text

    def _with_pwd(self, name: str) -> Interpolated | None:
        found = self.scope.environment.lookup(name)
        return Interpolated(".") if found is None and name == "PWD" else found

    def _interpolate(self, mark: str, lookup: Lookup | None = None) -> Interpolated:
        if self.kind != SCALAR or self.is_null:
            return Interpolated(None)
        node = self.node.resolved()
        if node.is_plain and "$" not in node.value:
            return Interpolated(scalar_text(node.value))
        return interpolate(node.value, lookup or self.scope.environment.lookup, mark=mark)

    def get(self, *keys: str) -> Value | None:
        """Follow keys down through mappings."""
        value: Value | None = self
        for key in keys:
            if value is None:
                return None
            value = value.fields.get(key)
        return value

    def text(self, *keys: str) -> str | None:
        """The scalar at ``keys`` where all of it is known; None otherwise."""
        value = self.get(*keys)
        return value.interpolated.known if value is not None else None

    def parts(self) -> list[Value]:
        """The entries of a list; one of its own for a scalar or mapping; none for null."""
        if self.kind == SEQUENCE:
            return self.items
        return [] if self.is_null else [self]

    def scalars(self) -> Iterator[Value]:
        """The scalars of a string or a list of strings."""
        return (part for part in self.parts() if part.kind == SCALAR)


def build(node: Node, scope: Scope, key: Node | None = None, depth: int = 0) -> Value:
    """The value of a node, anchors and ``<<`` followed. Raises Refused where it expands without bound."""
    target = node.resolved()
    scope.budget -= 1
    if scope.budget < 0:
        raise Refused("it expands to too many values through aliases")
    if depth > _MAX_DEPTH:
        raise Refused(f"nested more than {_MAX_DEPTH} levels deep")
    kind = target.kind if target.kind != ALIAS else SCALAR
    value = Value(kind, node, key, scope)
    if target.tag in (RESET, OVERRIDE):
        value.tag = target.tag
    if kind == MAPPING:
        for name, child in target.effective():
            value.fields[name.value] = build(child, scope, name, depth + 1)
    elif kind == SEQUENCE:
        value.items = [build(child, scope, None, depth + 1) for child in target.items]
    return value
