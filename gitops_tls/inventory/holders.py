"""Which Kubernetes object a YAML value belongs to."""

from __future__ import annotations

from ..yamldoc.node import MAPPING, SCALAR, Node
from .model import Holder

_WITH_KEYS = ("Secret", "ConfigMap")
_CA_BUNDLES = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService", "CustomResourceDefinition")


def holder_of(node: Node) -> Holder | None:
    """The nearest object around a value, through scalars that hold YAML; None where there is none."""
    way: list[Node] = []
    at: Node | None = node
    while at is not None:
        if at.kind == MAPPING:
            kind = at.text("kind")
            if kind is not None and (at.get("apiVersion") is not None or at.get("metadata") is not None):
                return Holder(kind, at.text("metadata", "namespace") or "", at.text("metadata", "name") or "", _key(kind, way))
        way.append(at)
        at = at.parent if at.parent is not None else at.document.host
    return None


def _key(kind: str, way: list[Node]) -> str:
    """The entry that a value stands in: a Secret's key; in other objects the nearest name."""
    keys = [_text(node) for node in reversed(way)]
    if kind in _WITH_KEYS:
        return keys[1] if len(keys) > 1 and keys[0] in ("data", "stringData", "binaryData") else ""
    if kind in _CA_BUNDLES or kind == "Config":
        for node in way:
            name = node.text("name") if node.kind == MAPPING else None
            if name is not None:
                return name
        return "" if kind in _CA_BUNDLES else (keys[-1] if keys else "")
    return keys[-1] if keys else ""


def _text(node: Node) -> str:
    key = node.key
    return key.value if isinstance(key, Node) and key.kind == SCALAR else ""
