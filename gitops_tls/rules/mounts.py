"""Joining paths, mounts and what is behind them: what the GT2 rules share."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import Label, label
from ..systems.files import DIRECTORY, MISSING, Mount
from ..systems.milvus.specs import compose_spec as compose_side
from ..systems.milvus.specs import operator_spec, pod_spec
from ..systems.milvus.uses import INTERNAL_CA, INTERNAL_KEY, INTERNAL_SERVER, Use, reads, uses

if TYPE_CHECKING:
    from ..systems.milvus.compose import ComposeSpec
    from ..systems.milvus.model import Deployment
    from ..systems.milvus.pods import ComponentView
    from ..yamldoc.node import Node


INTERNAL = (INTERNAL_SERVER, INTERNAL_KEY, INTERNAL_CA)


def wanted(facts: Facts) -> Iterator[Use]:
    """The files that servers open by a path that the repository sets; not those of the image."""
    for use in uses(facts.deployments):
        if reads(use) and use.path and not use.component.settings.unknown:
            yield use


def unmounted(use: Use) -> bool:
    """Whether no mount decides the path and the image has nothing there."""
    return use.view.state in (MISSING, DIRECTORY) and use.component.files.mount_of(use.path) is None


def dropped(use: Use) -> bool:
    """Whether a later file replaced the list with the mount of a path: GT213 tells of it."""
    if not use.deployment.merged:
        return False
    from .overlays import lost_mount

    return lost_mount(use) is not None


def volume_dropped(deployment: Deployment, view: ComponentView, name: str) -> bool:
    """Whether a later file replaced the list with a volume that a pod still mounts: GT213 tells of it."""
    if not deployment.merged:
        return False
    from .overlays import lost_volume

    return lost_volume(deployment, view, name) is not None


def mount_dropped(facts: Facts, deployment: Deployment, volume: str) -> bool:
    """Whether settings miss the mount of a volume because a later file replaced the list it stood in: GT213 tells of it."""
    if not deployment.merged:
        return False
    from .overlays import lost_mount

    lost = (lost_mount(use) for use in wanted(facts) if use.deployment is deployment)
    return any(one is not None and one[1].name == volume for one in lost)


def mount_behind(use: Use) -> Mount | None:
    """The mount that decides a path."""
    return use.component.files.mount_of(use.path)


def anchor(use: Use) -> Label:
    """Where a finding about a path stands: the setting, else the deployment."""
    node = use.setting.node or use.setting.key_node
    return label(node) if node is not None else label(use.deployment.node)


def folder(use: Use) -> str:
    """The container folder of a path."""
    return posixpath.dirname(use.component.files.absolute(use.path))


def pod_view(use: Use) -> ComponentView | None:
    """The volumes of the pod, for the operator's and the chart's deployments."""
    spec = pod_spec(use.deployment)
    return spec.views.get(use.component.name) if spec is not None else None


def same_file(facts: Facts, use: Use) -> list[Use]:
    """All uses of the same path by the other components of the same deployment, this one among them."""
    return [u for u in wanted(facts) if u.deployment is use.deployment and u.role == use.role and u.path == use.path]


def compose_spec(use: Use) -> ComposeSpec | None:
    """The Compose side of the deployment; None for the other shapes."""
    return compose_side(use.deployment)


def idle_holder(use: Use) -> tuple[str, Node, Node] | None:
    """The component (key, mapping, mount) that mounts something over the path and that the operator does not start."""
    spec = operator_spec(use.deployment)
    if spec is None or not spec.idle:
        return None
    from ..systems.kubernetes_volumes import read_mounts

    path = use.component.files.absolute(use.path)
    for key, node in spec.idle:
        for mount in read_mounts(node.get("volumeMounts")):
            if path == mount.path or path.startswith(mount.path.rstrip("/") + "/"):
                return key, node, mount.node
    return None


def setting_key(role: str) -> str:
    """The setting that names the file of a role: ``internaltls.caPemPath``."""
    section = "internaltls" if role.startswith("internal") else "tls"
    leaf = "serverKeyPath" if role.endswith("key") else "caPemPath" if role.endswith("CA") else "serverPemPath"
    return f"{section}.{leaf}"
