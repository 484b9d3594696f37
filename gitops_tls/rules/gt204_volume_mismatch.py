"""GT204: volumes and volumeMounts that do not fit together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.milvus.model import Deployment
from ..systems.milvus.specs import pod_spec
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.render import Value
from .mounts import folder, unmounted, wanted
from .shared import fix_or_none

if TYPE_CHECKING:
    from ..systems.kubernetes_volumes import Volume
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

EXAMPLES = (
    Example(
        "a volume that nothing mounts",
        bad={"values.yaml": _VALUES},
        fixed={"values.yaml": _MOUNTED.format("certs")},
        good={"values.yaml": _MOUNTED.format("certs")},
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
        if mount.name in hidden:
            continue  # GT209 tells the cause
        names = ", ".join(volume.name for volume in view.volumes) or "none"
        name = mount.node.get("name") or mount.node
        message = f"{view.name} mounts volume `{mount.name}`, which does not exist (there is {names}): Kubernetes refuses the pod"
        severity = ERROR
        if deployment.shape == "operator" and not view.volumes:
            severity = (
                WARNING  # the operator adds to a Deployment and takes nothing away: an earlier revision may have brought it
            )
            message = f"{view.name} mounts volume `{mount.name}`, and this resource brings no volume: unless the Deployment has it already, Kubernetes refuses the pod"
        yield RULE.at(name, message, caret="no volume of this name", severity=severity), id(mount.node)
    for volume, other in report.same_names:
        message = f"two volumes of {view.name} are called `{volume.name}`: Kubernetes refuses the pod"
        related = (label(other.node, "the other one"),) if other is not None else ()
        yield RULE.at(volume.node.get("name") or volume.node, message, related=related), id(volume.node)
    for mount, twin in report.same_paths:
        message = f"two mounts of {view.name} stand at {mount.path}: Kubernetes refuses the pod"
        related = (label(twin.node, "the other one"),) if twin is not None else ()
        yield RULE.at(mount.path_node, message, related=related), id(mount.node)
    for volume in report.unused:
        if volume.name in mounted or volume.kind != "secret":
            continue
        fix = _mount_fix(facts, deployment, volume)
        message = f"nothing mounts the volume `{volume.name}`: its files are in no container"
        severity = ERROR if any(unmounted(use) and use.deployment is deployment for use in wanted(facts)) else WARNING
        yield (
            RULE.at(volume.node.get("name") or volume.node, message, caret="add a volumeMount", severity=severity, fix=fix),
            id(volume.node),
        )


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
