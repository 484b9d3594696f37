"""Secret and ConfigMap, in clear or with values that SOPS encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from ...yamldoc.node import Node
from ..kubernetes import CONFIG_MAP, SECRET, KeyValue, SecretObject
from .read import decode, metadata, plain_text, read_all


def secret(root: Node) -> Iterator[SecretObject]:
    """``data`` is base64, ``stringData`` text and stronger."""
    named = metadata(root)
    if named is None:
        return
    keys: dict[str, KeyValue] = {}
    hidden = read_all(root.get("data"), decode, keys)
    hidden = read_all(root.get("stringData"), plain_text, keys) or hidden
    kind = "SOPS" if hidden or root.get("sops", "mac") is not None else "Secret"
    yield SecretObject(SECRET, kind, named[0].value, named[1], root, named[0], keys)


def config_map(root: Node) -> Iterator[SecretObject]:
    """``binaryData`` is base64, ``data`` text."""
    named = metadata(root)
    if named is None:
        return
    keys: dict[str, KeyValue] = {}
    hidden = read_all(root.get("binaryData"), decode, keys)
    hidden = read_all(root.get("data"), plain_text, keys) or hidden
    yield SecretObject(CONFIG_MAP, "SOPS" if hidden else "ConfigMap", named[0].value, named[1], root, named[0], keys)
