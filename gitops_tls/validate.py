"""Validates documents against the JSON Schemas, as their consumer reads them. The only module that imports jsonschema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import schema_files
from .quick_schema import Read, accepts
from .records import NamedTuple
from .schema_words import Path, listed, name_of, seen, type_words
from .systems.milvus.values import scalar_kind, to_go_string
from .yamldoc.node import ALIAS, MAPPING, SCALAR, Node

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_MAX_DEPTH = 48
"""Levels that are converted; no schema looks deeper."""

_BY_COMPOSE = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))


class Violation(NamedTuple):
    """One value that a schema refuses.

    ``node`` is where to point: the value, or the key that should not be there. ``keyword`` is JSON Schema's word.
    ``message`` says what is wrong with it, without the consequence. ``instance_path`` leads to the value from the root.
    ``expected`` says in a few words what belongs there. ``rename`` is the name that a wrong key was meant to have.
    """

    node: Node
    keyword: str
    message: str
    instance_path: Path
    expected: str = ""
    rename: str = ""


def violations(root: Node, schema_name: str) -> list[Violation]:
    """What the schema refuses in a document, in the order of the text. Raises KeyError for an unknown schema name."""
    schema = _schema(schema_name)
    read = _reader(schema_name)
    if accepts(schema, root, read):
        return []
    found = {_key(one): one for error in _errors(schema_name, _plain(root, read)) for one in _explain(error, root, read)}
    return sorted(found.values(), key=lambda one: (one.node.file_span, one.message))


def _key(one: Violation) -> tuple[int, str, str]:
    return id(one.node), one.keyword, one.message


_schemas: dict[str, dict[str, Any]] = {}
_validators: dict[str, Any] = {}


def _schema(name: str) -> dict[str, Any]:
    if name not in _schemas:
        _schemas[name] = schema_files.load(name)
    return _schemas[name]


def _errors(name: str, value: object) -> Iterable[ValidationError]:
    if name not in _validators:
        from jsonschema import Draft202012Validator

        _validators[name] = Draft202012Validator(_schema(name))
    errors: Iterable[ValidationError] = _validators[name].iter_errors(value)
    return errors


def _reader(schema_name: str) -> Read:
    """How the consumer reads scalars: yaml.v2 for Milvus, Helm and Kubernetes; YAML 1.2 booleans for Compose and the tool."""
    return scalar_kind if schema_name in ("milvus", "helm-values", "milvus-cr", "apisix-tls") else _modern


def _modern(node: Node) -> object:
    value = scalar_kind(node)
    return node.value if isinstance(value, bool) and node.value not in _BY_COMPOSE else value


def _plain(node: Node, read: Read, depth: int = 0, known: dict[int, object] | None = None) -> object:
    """The node as JSON values; an alias that leads back to a node around it becomes null."""
    known = {} if known is None else known
    node = node.resolved()
    if node.kind == SCALAR:
        return read(node)
    if id(node) in known or node.kind == ALIAS or depth > _MAX_DEPTH:
        return known.get(id(node))
    known[id(node)] = None
    value: object
    if node.kind == MAPPING:
        value = {key.value: _plain(item, read, depth + 1, known) for key, item in node.effective()}
    else:
        value = [_plain(item, read, depth + 1, known) for item in node.items]
    known[id(node)] = value
    return value


def _explain(error: ValidationError, root: Node, read: Read) -> list[Violation]:
    """The places and words of one error; for alternatives those of the one that was meant."""
    path: Path = tuple(error.absolute_path)
    node = root.get(*path)
    if node is None:
        return []
    keyword = str(error.validator)
    if keyword in ("anyOf", "oneOf") and error.context:
        return _alternatives(error, node, path, root, read)
    if keyword == "additionalProperties":
        return _extra(error, node, path)
    if keyword == "required":
        # jsonschema reports each missing name on its own, and names it only in its message
        names = [name for name in _argument(error) if repr(name) in error.message and name not in _meant(error, node)]
        return [Violation(node, keyword, f"{name_of(path)} has no `{name}`", path, f"`{name}` is missing") for name in names]
    if keyword == "not":
        return [Violation(_key_node(node, root, path), keyword, f"{name_of(path)} does not belong here", path)]
    return [Violation(node, keyword, *_message(error, node, path, read))]


def _argument(error: ValidationError) -> Any:
    """What the schema says for the keyword that failed."""
    return error.validator_value


def _alternatives(error: ValidationError, node: Node, path: Path, root: Node, read: Read) -> list[Violation]:
    branches: dict[object, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    meant = [errors for errors in branches.values() if not any(_is_type_error(one, error) for one in errors)]
    if meant:
        return [found for one in min(meant, key=len) for found in _explain(one, root, read)]
    wanted: list[str] = []
    for branch in _argument(error):
        types = branch.get("type", []) if "maxProperties" not in branch else []
        wanted += [types] if isinstance(types, str) else types
    return [
        Violation(
            node, "type", f"{name_of(path)} is {seen(node, path, read)}, not {type_words(wanted)}", path, type_words(wanted)
        )
    ]


def _is_type_error(inner: ValidationError, outer: ValidationError) -> bool:
    return inner.validator in ("type", "maxProperties") and len(inner.absolute_path) == len(outer.absolute_path)


def _extra(error: ValidationError, node: Node, path: Path) -> list[Violation]:
    meant = {key: name for name, key in _meant(error, node).items()}
    found = []
    for key in _unknown_keys(error, node):
        name = meant.get(key.value, "")
        words = f"`{key.value}` is no key of {name_of(path)}" + (f", `{name}` is" if name else "")
        found.append(Violation(key, "additionalProperties", words, (*path, key.value), f"write `{name}`" if name else "", name))
    return found


def _unknown_keys(error: ValidationError, node: Node) -> list[Node]:
    import re

    schema = error.schema if isinstance(error.schema, dict) else {}
    if schema.get("additionalProperties", True) is not False:
        return []
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return [key for key, _ in node.effective() if key.value not in known and not any(re.search(p, key.value) for p in patterns)]


def _meant(error: ValidationError, node: Node) -> dict[str, str]:
    """Names of the schema that are not there, and the unknown key that was meant for each."""
    schema = error.schema if isinstance(error.schema, dict) else {}
    unknown = [key.value for key in _unknown_keys(error, node)]
    absent = [name for name in schema.get("properties", {}) if node.pair(name) is None]
    found = {name: key for name in absent for key in unknown if _letters(name) == _letters(key)}
    missing = [name for name in schema.get("required", ()) if name in absent]
    if not found and len(missing) == 1 and len(unknown) == 1 and _letters(unknown[0]) in _letters(missing[0]):
        found[missing[0]] = unknown[0]
    return found


def _letters(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _key_node(node: Node, root: Node, path: Path) -> Node:
    """The key under which a value stands, as the reader of the file sees it."""
    parent = root.get(*path[:-1]) if path else None
    pair = parent.pair(path[-1]) if parent is not None and isinstance(path[-1], str) else None
    return pair[0] if pair is not None else node


def _message(error: ValidationError, node: Node, path: Path, read: Read) -> tuple[str, Path, str]:
    """Message, path and what is expected, for the keywords that judge the value itself."""
    keyword = str(error.validator)
    argument = _argument(error)
    shown = f"{name_of(path)} is {seen(node, path, read)}"
    if keyword == "type":
        wanted = type_words([argument] if isinstance(argument, str) else argument)
        return f"{shown}, not {wanted}", path, wanted
    if keyword in ("enum", "const"):
        choices = argument if keyword == "enum" else [argument]
        words = [to_go_string(one) for one in choices if one is not None and one != ""]
        return (
            f"{shown}, {'not' if len(set(words)) < 2 else 'which is none of'} {listed(words, 'and')}",
            path,
            listed(words, "or"),
        )
    if keyword in ("minimum", "maximum"):
        return (
            f"{shown}, {'below' if keyword == 'minimum' else 'above'} {argument}",
            path,
            f"at {'least' if keyword == 'minimum' else 'most'} {argument}",
        )
    if keyword in ("minLength", "minItems"):
        return f"{name_of(path)} is empty", path, ""
    examples = error.schema.get("examples", []) if isinstance(error.schema, dict) else []
    like = f"such as {listed(map(str, examples), 'or')}" if examples else ""
    return f"{shown}, which has not the right form", path, like
