"""What the providers have in common: names, and values as the API server reads them."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable

from ...repo.encrypted import is_sops_value
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..kubernetes import KeyValue
from ..milvus.values import scalar_kind

ENCRYPTED = "is encrypted with SOPS"
NOT_BASE64 = "is not base64"
PEM_IN_DATA = "is not base64 but text, which belongs into `stringData`"
NOT_TEXT = "is not text"
_FILLED_IN = re.compile(r"\$\{[^}]*\}|\$\(\w+\)|<path:[^>]*>|ref\+\w+://\S+|\{\{.*\}\}|vault:\S+#\S+", re.DOTALL)
"""Values that Flux, envsubst, argocd-vault-plugin, vals, templates and the Vault webhook put another in place of."""
TEMPLATE = "{{"
"""What tells a Go template from a text that stands for itself."""


def decode(node: Node) -> tuple[bytes | None, str]:
    """The bytes of a base64 value as the API server reads it, or the reason why it refuses it.

    Line breaks are allowed, other white space is not. What was encoded twice comes out encoded once.
    """
    text, problem = _string(node)
    if text is None:
        return None, problem
    try:
        return b64decode(text.replace("\n", "").replace("\r", ""), validate=True), ""
    except (Base64Error, ValueError):
        return None, PEM_IN_DATA if "-----BEGIN" in text else NOT_BASE64


def plain_text(node: Node) -> tuple[bytes | None, str]:
    """The bytes of a value that stands as text, or the reason why the API server refuses it."""
    text, problem = _string(node)
    return (None, problem) if text is None else (text.encode("utf-8", "surrogatepass"), "")


def _string(node: Node) -> tuple[str | None, str]:
    """The text of a value that has to be a string in JSON (null is an empty one), or why it is none."""
    target = node.resolved()
    if target.kind != SCALAR:
        return None, NOT_TEXT
    value = scalar_kind(target)
    if value is None:
        return "", ""
    if not isinstance(value, str):
        return None, f"without quotes {NOT_TEXT}"  # never the value: it may be secret
    return value, ""


def refused(reason: str) -> bool:
    """Whether words about a key's value mean that the API server refuses the whole object."""
    return reason.endswith((NOT_BASE64, PEM_IN_DATA, NOT_TEXT))


def encrypted(text: str) -> bool:
    """Whether a value was encrypted by SOPS."""
    return is_sops_value(text)


def read_all(node: Node | None, read: Callable[[Node], tuple[bytes | None, str]], keys: dict[str, KeyValue]) -> bool:
    """Add the entries of ``data`` or ``stringData``; whether one of them is encrypted with SOPS."""
    hidden = False
    for key, value in node.effective() if node is not None else ():
        target = value.resolved()
        if target.kind == SCALAR and encrypted(target.value):
            keys[key.value] = KeyValue(target, None, why=ENCRYPTED)
            hidden = True
        elif target.kind == SCALAR and _FILLED_IN.fullmatch(target.value.strip()):
            keys[key.value] = KeyValue(target, None, why="is filled in by another tool")
        else:
            keys[key.value] = KeyValue(target, *read(target))
    return hidden


def metadata(root: Node) -> tuple[Node, str | None] | None:
    """The node of the name, and the namespace; None where it has no name that can be read."""
    name = root.get("metadata", "name")
    if name is None or not is_name(name) or name.value.startswith("ENC["):
        return None
    return name, root.text("metadata", "namespace")


def is_name(node: Node | None) -> bool:
    """Whether a node is text that can name something."""
    return node is not None and node.kind == SCALAR and not node.is_null and node.value != ""


def entries(node: Node | None) -> list[Node]:
    """The mappings of a list; empty where it is none."""
    node = node.resolved() if node is not None else None
    items = node.items if node is not None and node.kind == SEQUENCE else []
    return [item.resolved() for item in items if item.resolved().kind == MAPPING]


def scalars(node: Node | None) -> list[Node]:
    """The scalars of a list; empty where it is none."""
    node = node.resolved() if node is not None else None
    items = node.items if node is not None and node.kind == SEQUENCE else []
    return [item.resolved() for item in items if item.resolved().kind == SCALAR]


def templates(node: Node | None, maker: str) -> dict[str, KeyValue]:
    """The keys that templates make: a text without ``{{`` stands for itself, others are filled in by ``maker``."""
    keys: dict[str, KeyValue] = {}
    for key, value in node.effective() if node is not None and node.kind == MAPPING else ():
        target = value.resolved()
        if target.kind == SCALAR and TEMPLATE in target.value:
            keys[key.value] = KeyValue(target, None, why=f"is a template that {maker} fills in")
        else:
            keys[key.value] = KeyValue(target, *plain_text(target))
    return keys
