"""GT209: a component's own volumes replace the shared list that its mounts need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..systems.milvus.specs import operator_spec
from ..text.edits import Patch
from ..yamldoc.node import Node
from .shared import fix_or_none

if TYPE_CHECKING:
    from ..systems.kubernetes_volumes import Volume
    from ..systems.milvus.pods import ComponentView


RULE = Rule(
    "GT209", "volumes-shadowed", ERROR, "a component's own `volumes` take the shared list away from it",
    why="Below spec.components, `volumeMounts` of a component are added to the shared ones, but its `volumes` replace the shared "
    "list. The shared mount stays and its volume is gone.",
    server="Kubernetes refuses the Deployment: `volumeMounts[…].name: Not found`. The pods of before go on running.",
    sources=("milvus-operator pkg/controllers/components.go", "Kubernetes API validation"),
    fixable=SOMETIMES,
)  # fmt: skip

_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  mode: cluster
  components:
    volumes:
      - name: certs
        secret:
          secretName: milvus-certs
          defaultMode: 0440 # the group reads them
    volumeMounts:
      - name: certs
        mountPath: /certs
    queryNode:
      volumes:
        - name: cache
          emptyDir: {}
"""
_MOUNT = """      volumeMounts:
        - name: cache
          mountPath: /cache
"""
_COPIED = """        - name: certs
          secret:
            secretName: milvus-certs
            defaultMode: 0440 # the group reads them
"""

EXAMPLES = (
    Example(
        "a cache volume for one component",
        bad={"milvus.yaml": _CR + _MOUNT},
        fixed={"milvus.yaml": _CR + _COPIED + _MOUNT},
        good={"milvus.yaml": _CR + _COPIED + _MOUNT},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look for mounts without a volume in components that have a list of their own."""
    for deployment in facts.deployments:
        spec = operator_spec(deployment)
        for view in spec.views.values() if spec is not None else ():
            yield from _view(view)


def lost(view: ComponentView) -> list[Volume]:
    """The shared volumes that a component's mounts need and its own list hides, each once."""
    if view.shadowed is None or not view.report.missing:
        return []
    from ..systems.kubernetes_volumes import read_volumes

    shared = {volume.name: volume for volume in read_volumes(view.shadowed)}
    return [shared[name] for name in dict.fromkeys(mount.name for mount in view.report.missing) if name in shared]


def _view(view: ComponentView) -> Iterator[Finding]:
    volumes, own = lost(view), view.volumes_node
    if not volumes or own is None:
        return
    names = ", ".join(f"`{volume.name}`" for volume in volumes)
    whose = "volume" if len(volumes) == 1 else "volumes"
    message = f"the `volumes` of {view.key} replace the shared list: its mounts need the {whose} {names}, and Kubernetes refuses the pod"
    mounts = [mount for mount in view.report.missing if mount.name == volumes[0].name]
    near = (label(mounts[0].node, "this mount needs it"), label(volumes[0].node, "the shared volume"))
    fix = fix_or_none(f"copy {names} into the list of {view.key}", True, lambda: _copy(volumes, own))
    where = own.key if isinstance(own.key, Node) else own
    yield RULE.at(where, message, caret=f"the list lacks {names}", related=near, fix=fix)


def _copy(volumes: list[Volume], target: Node) -> Patch:
    from ..yamldoc.edit_lists import copy_items

    return copy_items([volume.node for volume in volumes], target)
