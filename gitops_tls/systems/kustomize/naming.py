"""Namespace, prefix, suffix, labels and annotations that a kustomization gives to everything it holds, and whose name is taken.

The order is kustomize's own [measured]: `labels` before `commonLabels`, both before `patchesJson6902`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...findings import label
from ...yamldoc.composed import mapping, scalar
from ...yamldoc.node import MAPPING, Node
from ..secrets.read import entries
from .files import Kustomization
from .objects import Built, Item, Made, Missing

_NOT_RENAMED = ("Namespace", "CustomResourceDefinition", "APIService")
_TWICE = "two resources would be"


def rename(one: Kustomization, built: Built) -> None:
    """Set namespace, prefix and suffix."""
    namespace = one.root.text("namespace") or None
    prefix, suffix = one.root.text("namePrefix") or "", one.root.text("nameSuffix") or ""
    things: list[Item | Made] = [*(item for item in built.items if item.node.text("kind") not in _NOT_RENAMED), *built.made]
    for thing in things:
        if namespace is not None:
            thing.rename(namespace=namespace)
        name = thing.name if isinstance(thing, Item) else thing.one.name
        if prefix:
            thing.rename(prefix + name)
        if suffix:
            thing.rename(prefix + name + suffix)
    refuse_namesakes(built)


def mark(one: Kustomization, built: Built) -> None:
    """Set labels and annotations: the selectors of patches further out see them."""
    entries_of_labels = entries(one.root.get("labels"))
    labels = [pair for source in (*(entry.get("pairs") for entry in entries_of_labels), one.root.get("commonLabels"))
              for pair in _pairs(source)]  # fmt: skip
    annotations = list(_pairs(one.root.get("commonAnnotations")))
    for field, pairs in (("labels", labels), ("annotations", annotations)):
        if pairs:
            for item in built.items:
                item.node = _marked(item.node, field, pairs)


def refuse_namesakes(built: Built) -> None:
    """Note two objects of one kind, name and namespace: kustomize ends with "may not add resource with an already registered id"."""
    known: set[tuple[str | None, str | None, str, str]] = set()
    if any(failure.reason.startswith(_TWICE) for failure in built.failures):
        return
    for item in built.items:
        kind = item.node.text("kind")
        key = (item.node.text("apiVersion"), kind, item.namespace or "default", item.name)
        if key in known:
            built.failures.append(Missing(f"{_TWICE} the {kind} {item.name}", label(item.entry)))
            return
        known.add(key)


def _pairs(node: Node | None) -> Iterator[tuple[Node, Node]]:
    node = node.resolved() if node is not None else None
    if node is not None and node.kind == MAPPING:
        yield from node.effective()


def _marked(root: Node, field: str, pairs: list[tuple[Node, Node]]) -> Node:
    metadata = root.get("metadata")
    if metadata is None or metadata.kind != MAPPING:
        return root
    old = metadata.get(field)
    marks = {key.value: (key, value) for key, value in (*_pairs(old), *pairs)}
    key = next((key for key, _ in metadata.effective() if key.value == field), scalar(pairs[0][0], field))
    inner = mapping(old if old is not None and old.kind == MAPPING else pairs[0][0], marks.values())
    fields = {key.value: (key, value) for key, value in metadata.effective()} | {field: (key, inner)}
    whole = mapping(metadata, fields.values())
    return mapping(root, [(key, whole if key.value == "metadata" else value) for key, value in root.effective()])
