"""GT204: volumes and volumeMounts that do not fit together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.milvus.model import Deployment
from ..systems.milvus.specs import helm_spec, pod_spec
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import Node
from ..yamldoc.render import Value
from .mounts import folder, mount_dropped, unmounted, volume_dropped, wanted
from .shared import fix_or_none

if TYPE_CHECKING:
    from ..systems.kubernetes_volumes import Volume, VolumeMount
    from ..systems.milvus.pods import ComponentView


RULE = Rule(
    "GT204", "volume-mismatch", ERROR, "a volumeMount without its volume, a volume that nothing mounts, or a clash of names or paths",
    why="A volume is brought into the pod by one list and into the container by another; they meet by name.",
    server="A mount without its volume, two volumes of one name and two mounts at one path are refused by the API server "
    "(`volumeMounts[0].name: Not found`). A volume that nothing mounts is legal, and its files are nowhere.",
    sources=("Kubernetes API validation", "milvus-helm 5.0.19, rendered", "milvus-operator components.go"),
    fixable=SOMETIMES,
)  # fmt: skip

_VALUES = """cluster:
  enabled: false
extraConfigFiles:
  user.yaml: |
    proxy:
      http:
        port: 8080
    tls:
      serverPemPath: /certs/tls.crt
      serverKeyPath: /certs/tls.key
    common:
      security:
        tlsMode: 1
volumes:
  - name: certs
    secret:
      secretName: milvus-certs
"""
_MOUNTED = _VALUES + "volumeMounts:\n  - name: {}\n    mountPath: /certs\n    readOnly: true\n"
_LISTS = """volumes:
  - name: certs
    secret:
      secretName: milvus-certs
volumeMounts:
  - name: certs
    mountPath: /certs
    readOnly: true
"""
_TWICE = _VALUES.replace("enabled: false", "enabled: true").partition("volumes:")[0]
_PROXY = "proxy:\n  replicas: 2\n"
_TWINS = _PROXY + "".join(f"  {line}\n" for line in _LISTS.splitlines())

EXAMPLES = (
    Example(
        "a volume that nothing mounts",
        bad={"values.yaml": _VALUES},
        fixed={"values.yaml": _MOUNTED.format("certs")},
        good={"values.yaml": _MOUNTED.format("certs")},
    ),
    Example(
        "the proxy's lists repeat the shared ones",
        bad={"values.yaml": _TWICE + _LISTS + _TWINS},
        fixed={"values.yaml": _TWICE + _LISTS + _PROXY},
    ),
    Example("a mount of another name", bad={"values.yaml": _MOUNTED.format("certificates")}),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the pods of every deployment of the operator and the chart; each entry is told once."""
    told: set[int] = set()
    for deployment in facts.deployments:
        spec = pod_spec(deployment)
        if spec is None:
            continue
        mounted = {mount.name for view in spec.views.values() for mount in view.mounts}
        for view in spec.views.values():
            for finding, node in _view(facts, deployment, view, mounted):
                if node not in told:
                    told.add(node)
                    yield finding


def _view(facts: Facts, deployment: Deployment, view: ComponentView, mounted: set[str]) -> Iterator[tuple[Finding, int]]:
    from ..systems.kubernetes_volumes import read_volumes

    report = view.report

    hidden = {volume.name for volume in read_volumes(view.shadowed)}
    for mount in report.missing:
        if mount.name in hidden or volume_dropped(deployment, view, mount.name):
            continue  # GT209 and GT213 tell the cause
        names = ", ".join(volume.name for volume in view.volumes) or "none"
        name = mount.node.get("name") or mount.node
        message = f"{view.name} mounts volume `{mount.name}`, which does not exist (there is {names}): Kubernetes refuses the pod"
        severity = ERROR
        if deployment.shape in ("operator", "kustomize") and not view.volumes:
            severity = (
                WARNING  # the operator adds to a Deployment and takes nothing away: an earlier revision may have brought it
            )
            message = f"{view.name} mounts volume `{mount.name}`, and this resource brings no volume: unless the Deployment has it already, Kubernetes refuses the pod"
        yield RULE.at(name, message, caret="no volume of this name", severity=severity), id(mount.node)
    for volume, other in report.same_names:
        message = f"two volumes of {view.name} are called `{volume.name}`: Kubernetes refuses the pod"
        related = (label(other.node, "the other one"),) if other is not None else ()
        fix = _drop_twin(deployment, volume, other, "volumes")
        yield RULE.at(volume.node.get("name") or volume.node, message, related=related, fix=fix), id(volume.node)
    for mount, twin in report.same_paths:
        message = f"two mounts of {view.name} stand at {mount.path}: Kubernetes refuses the pod"
        related = (label(twin.node, "the other one"),) if twin is not None else ()
        fix = _drop_twin(deployment, mount, twin, "volumeMounts")
        yield RULE.at(mount.path_node, message, related=related, fix=fix), id(mount.node)
    for volume in report.unused:
        if volume.name in mounted or volume.kind != "secret" or mount_dropped(facts, deployment, volume.name):
            continue
        fix = _mount_fix(facts, deployment, volume)
        message = f"nothing mounts the volume `{volume.name}`: its files are in no container"
        severity = ERROR if any(unmounted(use) and use.deployment is deployment for use in wanted(facts)) else WARNING
        yield (
            RULE.at(volume.node.get("name") or volume.node, message, caret="add a volumeMount", severity=severity, fix=fix),
            id(volume.node),
        )


def _drop_twin(deployment: Deployment, entry: Volume | VolumeMount, other: Volume | VolumeMount | None, field: str) -> Fix | None:
    """Take an entry out of the chart's list for the proxy where the list for all pods has the very same one."""
    if other is None or helm_spec(deployment) is None or not entry.shared or other.shared:
        return None
    title = f"drop it from proxy.{field}: {field} brings the same into every pod"
    return fix_or_none(title, True, lambda: _remove_twin(entry.node, other.node))


def _remove_twin(kept: Node, twin: Node) -> Patch:
    from ..yamldoc.edit import remove_item
    from ..yamldoc.edit_move import alike

    listed = twin.parent
    owner = listed.parent.key if listed is not None and listed.parent is not None else None
    if kept is twin or not isinstance(owner, Node) or owner.value != "proxy":
        raise CannotEdit("the list stands elsewhere, under an anchor")
    # in another file one of the two may belong to other releases too
    if listed is None or kept.document is not twin.document or not alike(twin, kept):
        raise CannotEdit("the two entries differ")
    return remove_item(listed, next(at for at, item in enumerate(listed.items) if item is twin))


def _mount_fix(facts: Facts, deployment: Deployment, volume: Volume) -> Fix | None:
    """Mount the only unused volume where the settings look for their files."""
    folders = {folder(use) for use in wanted(facts) if use.deployment is deployment and unmounted(use)}
    if len(folders) != 1:
        return None
    target = folders.pop()
    return fix_or_none(f"mount it at {target}", True, lambda: _add_mount(deployment, volume, target))


def _add_mount(deployment: Deployment, volume: Volume, target: str) -> Patch:
    from ..yamldoc.edit import append_item, set_value

    listed = volume.node.parent
    owner = listed.parent if listed is not None else None
    if owner is None or target in ("/", "/milvus", "/milvus/configs"):
        raise CannotEdit("the volume stands in an unusual place")
    entry: dict[str, Value] = {"name": volume.name, "mountPath": target, "readOnly": True}
    mounts = owner.get("volumeMounts")
    if mounts is None:
        return set_value(owner, ("volumeMounts",), [entry])
    return append_item(mounts, entry)
