"""SecretProviderClass of the secrets-store CSI driver: files in the pods that mount it, and the Secrets it copies them to.

Source: secrets-store-csi-driver's documentation, and that of its Azure, AWS, GCP and Vault providers (``objects``, ``secrets``).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...records import NamedTuple
from ...yamldoc.nested import parse_nested
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..kubernetes import SECRET, KeyValue, SecretObject
from .read import entries, is_name, metadata

CSI_DRIVER = "secrets-store.csi.k8s.io"
FETCHED = "comes from the secret store"


class ProviderClass(NamedTuple):
    """A SecretProviderClass. ``files`` are the names it makes in the volume; None where they are not known here."""

    name: str
    namespace: str | None
    node: Node
    files: tuple[str, ...] | None


def synced_secrets(root: Node) -> Iterator[SecretObject]:
    """The Secrets of ``secretObjects``."""
    named = metadata(root)
    if named is None:
        return
    for item in entries(root.get("spec", "secretObjects")):
        name = item.get("secretName")
        if name is None or not is_name(name):
            continue
        keys: dict[str, KeyValue] = {}
        for entry in entries(item.get("data")):
            key = entry.get("key")
            if key is not None and is_name(key):
                keys[key.value] = KeyValue(key, None, why=FETCHED)
        yield SecretObject(SECRET, "SecretProviderClass", name.value, named[1], item, name, keys)


def provider_class(root: Node) -> ProviderClass | None:
    """A SecretProviderClass with the names of its files."""
    named = metadata(root)
    if named is None:
        return None
    return ProviderClass(named[0].value, named[1], root, _files(root.get("spec", "parameters")))


def _files(parameters: Node | None) -> tuple[str, ...] | None:
    """AWS, Azure and Vault: ``objects``; Google: ``secrets``. Each is YAML inside of a scalar."""
    if parameters is None:
        return None
    files: list[str] = []
    for field in ("objects", "secrets"):
        written = parameters.get(field)
        if written is None:
            continue
        root = _nested(written)
        listed = root.get("array") if root is not None and root.kind == MAPPING else root
        if listed is None or listed.resolved().kind != SEQUENCE:
            return None
        for item in listed.resolved().items:
            names = _names(item)
            if names is None:
                return None
            files += names
    return tuple(dict.fromkeys(files)) or None


def _names(item: Node) -> list[str] | None:
    """The files of one object: its alias or name, and those that JMES paths cut out of it (Azure: a scalar with YAML)."""
    inner: Node | None = item.resolved()
    if inner is not None and inner.kind == SCALAR:
        inner = _nested(inner)
    if inner is None or inner.kind != MAPPING:
        return None
    name = inner.text("objectAlias") or inner.text("fileName") or inner.text("path") or inner.text("objectName")
    if name is None:
        return None
    aliases = [entry.text("objectAlias") for entry in entries(inner.get("jmesPath"))]
    return [posixpath.normpath(one).lstrip("/") for one in (name, *aliases) if one]


def _nested(node: Node) -> Node | None:
    """The YAML inside of a scalar; the node itself where it is none; None where it holds nothing."""
    target = node.resolved()
    if target.kind != SCALAR:
        return target
    documents = parse_nested(target).documents
    root = documents[0].root if documents else None
    return root.resolved() if root is not None else None
