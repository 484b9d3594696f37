"""A small reader of JSON Schema that only says yes: importing jsonschema costs more than most files need.

It knows the keywords that the tool's own schemas use, judges nodes without converting the document, and looks only at
what a schema names. Where it does not say yes, the real validator is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .yamldoc.node import ALIAS, MAPPING, SCALAR, SEQUENCE, Node

Read = Callable[[Node], object]
"""The value that the consumer of the file makes of a scalar: None, bool, int, float or str."""

_ANNOTATIONS = frozenset(("title", "description", "default", "examples", "$schema", "$id", "$defs", "$comment", "then", "else"))
_COUNTS = {"minItems": SEQUENCE, "maxItems": SEQUENCE, "maxProperties": MAPPING}
_LOOSE = "^(?!"


class _Unknown(Exception):
    """A keyword or a node that this module cannot judge."""


def accepts(schema: Any, node: Node, read: Read) -> bool:
    """Whether the node is surely valid. False means that it is not, or that this module does not know."""
    try:
        return _valid(schema, node, schema, read)
    except (_Unknown, RecursionError):
        return False


def _valid(schema: Any, node: Node, root: Any, read: Read) -> bool:
    if isinstance(schema, bool):
        return schema
    node = node.resolved()
    if node.kind == ALIAS:
        raise _Unknown
    return all(_keyword(keyword, schema, node, root, read) for keyword in schema if keyword not in _ANNOTATIONS)


def _keyword(keyword: str, schema: dict[str, Any], node: Node, root: Any, read: Read) -> bool:
    argument = schema[keyword]
    if keyword == "$ref":
        return _valid(root["$defs"][argument.removeprefix("#/$defs/")], node, root, read)
    if keyword == "type":
        return any(name in argument if isinstance(argument, list) else name == argument for name in type_names(node, read))
    if keyword in ("anyOf", "allOf"):
        return (any if keyword == "anyOf" else all)(_valid(one, node, root, read) for one in argument)
    if keyword == "not":
        return not _valid(argument, node, root, read)
    if keyword == "if":
        branch = schema.get("then" if _valid(argument, node, root, read) else "else", True)
        return _valid(branch, node, root, read)
    if keyword in ("properties", "patternProperties", "additionalProperties"):
        first = next(name for name in ("properties", "patternProperties", "additionalProperties") if name in schema)
        return keyword != first or node.kind != MAPPING or _members(schema, node, root, read)
    if keyword == "required":
        return node.kind != MAPPING or all(node.pair(name) is not None for name in argument)
    if keyword == "items":
        return node.kind != SEQUENCE or all(_valid(argument, item, root, read) for item in node.items)
    if keyword in _COUNTS:
        length = sum(1 for _ in node.effective()) if node.kind == MAPPING else len(node.items)
        return node.kind != _COUNTS[keyword] or (length >= argument if keyword == "minItems" else length <= argument)
    return _scalar(keyword, argument, node, read)


def _members(schema: dict[str, Any], node: Node, root: Any, read: Read) -> bool:
    properties = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    # a loose pattern stands for the property of the same letters; see the test of the schema files
    folded = {_fold(name): one for name, one in properties.items()} if any(p.startswith(_LOOSE) for p in patterns) else {}
    rest = schema.get("additionalProperties", True)
    for key, value in node.effective():
        name = key.value
        exact = properties.get(name, folded.get(_fold(name)) if folded else None)
        parts = [exact] if exact is not None else []
        parts += [one for pattern, one in patterns.items() if not pattern.startswith(_LOOSE) and re.search(pattern, name)]
        if not all(_valid(one, value, root, read) for one in parts or [rest]):
            return False
    return True


def _fold(name: str) -> str:
    return name.lower().replace("_", "").replace(".", "").replace("/", "")


def _scalar(keyword: str, argument: Any, node: Node, read: Read) -> bool:
    if node.kind != SCALAR:
        if keyword in ("enum", "const"):
            raise _Unknown
        return True
    value = read(node)
    if keyword in ("enum", "const"):
        choices = argument if keyword == "enum" else [argument]
        return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in choices)
    if keyword in ("minimum", "maximum"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return True
        return bool(value >= argument if keyword == "minimum" else value <= argument)
    if keyword == "pattern":
        return not isinstance(value, str) or re.search(argument, value) is not None
    if keyword == "minLength":
        return not isinstance(value, str) or len(value) >= int(argument)
    raise _Unknown


def type_names(node: Node, read: Read) -> tuple[str, ...]:
    """The JSON Schema types of a node."""
    if node.kind != SCALAR:
        return ("object",) if node.kind == MAPPING else ("array",)
    value = read(node)
    if value is None or isinstance(value, bool):
        return ("null",) if value is None else ("boolean",)
    if isinstance(value, (int, float)):
        return ("integer", "number") if isinstance(value, int) or value.is_integer() else ("number",)
    return ("string",)
