"""Values, paths and types of a schema's complaint, in words."""

from __future__ import annotations

from collections.abc import Iterable

from .quick_schema import Read, type_names
from .systems.milvus.values import to_go_string
from .yamldoc.node import MAPPING, SCALAR, Node

Path = tuple[str | int, ...]
"""Keys and indices from the root of a document."""

_TYPE_WORDS = {
    "object": "a mapping", "array": "a list", "string": "text", "null": "nothing",
    "boolean": "true or false", "integer": "a whole number", "number": "a number",
}  # fmt: skip
_PRIVATE = ("password", "secret", "token", "crt", "accesskey", "privatekey")


def listed(words: Iterable[str], last: str) -> str:
    """Words in backticks, once each; ``last`` stands before the last one."""
    shown = list(dict.fromkeys(f"`{word}`" for word in words))
    return f" {last} ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else "nothing"


def seen(node: Node, path: Path, read: Read) -> str:
    """The value in words. What may be a secret is not quoted."""
    if node.kind != SCALAR:
        return "a mapping" if node.kind == MAPPING else "a list"
    value = read(node)
    if value is None:
        return "empty"
    if _may_be_secret(node, path):
        return "text" if isinstance(value, str) else "a " + type_names(node, read)[-1]
    read_as = to_go_string(value) if isinstance(value, (bool, int, float, str)) else node.value
    written = f'`"{node.value}"`' if node.style in ("'", '"') else f"`{node.value}`"
    return written if read_as == node.value else f"{written}, read as `{read_as}`"


def _may_be_secret(node: Node, path: Path) -> bool:
    last = str(path[-1] if path and isinstance(path[-1], str) else "").lower().replace("_", "")
    private = last in ("key", "value") or any(word in last for word in _PRIVATE)
    return private or len(node.value) > 80 or "\n" in node.value or "PRIVATE" in node.value


def name_of(path: Path) -> str:
    """The last key of a path, with the indices after it."""
    at = next((i for i in range(len(path) - 1, -1, -1) if isinstance(path[i], str)), None)
    if at is None:
        return f"entry {path[-1]}" if path else "the document"
    return "`" + str(path[at]) + "".join(f"[{index}]" for index in path[at + 1 :]) + "`"


def type_words(types: list[str]) -> str:
    """JSON Schema's types as people say them."""
    words = list(dict.fromkeys(_TYPE_WORDS[one] for one in types if one != "null"))
    return " or ".join(words) if words else "nothing"
