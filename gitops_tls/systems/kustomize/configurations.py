"""Fields of custom resources that kustomize's own transformers reach only because ``configurations`` or ``labels`` name them."""

from __future__ import annotations

from collections.abc import Iterator

from ...repo.workspace import Workspace
from ...yamldoc.node import SCALAR, Node
from ..secrets.read import entries
from .files import Kustomization

_SECTIONS = {"varReference": "vars"}
_FIELDS = ("images", "namePrefix", "nameSuffix", "namespace", "replicas", "commonLabels", "commonAnnotations")
_GROUP = "milvus.io"
_KINDS = ("Milvus", "MilvusCluster")


def reached(workspace: Workspace, one: Kustomization) -> Iterator[tuple[str, Node]]:
    """The fields of a kustomization that change Milvus resources elsewhere than usual: how, and where they stand."""
    for entry in entries(one.root.get("labels")):
        if any(map(_is_milvus, entries(entry.get("fields")))):
            yield "`labels` reaches fields that it names itself", entry
    roots = list(_configurations(workspace, one))
    for section, field in {**{name: name for name in _FIELDS}, **_SECTIONS}.items():
        node = one.root.get(field)
        if node is None or not (node.value if node.kind == SCALAR else node.items or node.pairs):
            continue
        if any(_is_milvus(spec) for root in roots for spec in entries(root.get(section))):
            yield f"`{field}` reaches fields that `configurations` name", node


def _configurations(workspace: Workspace, one: Kustomization) -> Iterator[Node]:
    for node in one.listed("configurations"):
        local = one.local(node.value)
        parsed = workspace.parsed(local) if not local.startswith("..") else None
        yield from (doc.root for doc in (parsed.documents if parsed is not None else ()) if doc.root is not None)


def _is_milvus(spec: Node) -> bool:
    path = (spec.text("path") or "").lstrip("/")
    named = spec.text("kind") in (None, *_KINDS) and spec.text("group") in (None, _GROUP)
    return named and not path.startswith("metadata/")
