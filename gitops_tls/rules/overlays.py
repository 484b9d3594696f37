"""What a later values file or patch took away: lists that are replaced as a whole, and the entries that went with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..records import NamedTuple
from ..systems.milvus.model import Deployment
from ..systems.milvus.specs import helm_spec, operator_spec
from ..systems.milvus.uses import Use
from ..yamldoc.node import SEQUENCE, Node
from .mounts import pod_view, unmounted

if TYPE_CHECKING:
    from ..systems.kubernetes_volumes import Volume, VolumeMount
    from ..systems.milvus.pods import ComponentView
    from ..yamldoc.merge import Value

_FIELDS = ("volumes", "volumeMounts")


class Replaced(NamedTuple):
    """A list (``earlier``) that ``later`` took the place of. ``owner`` is the component it belongs to; None: all of them."""

    field: str
    owner: str | None
    earlier: Node
    later: Node


_known: WeakKeyDictionary[Deployment, list[Replaced]] = WeakKeyDictionary()


def replaced_lists(deployment: Deployment) -> list[Replaced]:
    """The lists of volumes and mounts that a later file or patch replaced, the nearest first."""
    found = _known.get(deployment)
    if found is None and not deployment.merged:
        return []
    if found is None:
        found = _known[deployment] = [*_of_values(deployment), *_of_patches(deployment)]
    return found


def lost_mount(use: Use) -> tuple[Replaced, VolumeMount] | None:
    """The mount that would bring a path, had a later file not replaced the list it stands in; None where none did."""
    if not replaced_lists(use.deployment) or not unmounted(use):
        return None
    from ..systems.kubernetes_volumes import read_mounts

    view, path = pod_view(use), use.component.files.absolute(use.path)
    for one in replaced_lists(use.deployment):
        if one.field == "volumeMounts" and view is not None and one.owner in (None, view.key):
            for mount in read_mounts(one.earlier):
                if path == mount.path or path.startswith(mount.path.rstrip("/") + "/"):
                    return one, mount
    return None


def lost_volume(deployment: Deployment, view: ComponentView, name: str) -> tuple[Replaced, Volume] | None:
    """The volume of that name in a list that a later file replaced; None where there is none, or it is there still."""
    if not replaced_lists(deployment) or any(volume.name == name for volume in view.volumes):
        return None
    from ..systems.kubernetes_volumes import read_volumes

    for one in replaced_lists(deployment):
        if one.field == "volumes" and one.owner in (None, view.key):
            for volume in read_volumes(one.earlier):
                if volume.name == name:
                    return one, volume
    return None


def _of_values(deployment: Deployment) -> Iterator[Replaced]:
    """Helm replaces lists, and a null takes one away."""
    spec = helm_spec(deployment)
    if spec is None or len(spec.roots) < 2:
        return
    for field in _FIELDS:
        if spec.reads_shared_volumes:
            yield from _hidden(spec.values, (field,), field, None)
        if spec.reads_proxy_volumes:
            yield from _hidden(spec.values, ("proxy", field), field, "proxy")


def _hidden(values: Value, keys: tuple[str, ...], field: str, owner: str | None) -> Iterator[Replaced]:
    value: Value | None = values
    for at, key in enumerate(keys):
        value = value.entries.get(key) if value is not None else None
        if value is None:
            return
        for node in value.overridden:
            rest = keys[at + 1 :]
            earlier = node.get(*rest) if rest else node.resolved()
            if earlier is not None and earlier.kind == SEQUENCE:
                yield Replaced(field, owner, earlier, value.node)


def _of_patches(deployment: Deployment) -> Iterator[Replaced]:
    """The lists that kustomize's patches replaced or took away; of several patches the last one counts."""
    spec = operator_spec(deployment)
    if spec is None or not deployment.lost:
        return
    from ..systems.milvus.operator_spec import ROLES

    top = ("spec",) if spec.components is spec.spec else ("spec", "components")
    places: list[tuple[tuple[str, ...], str, str | None]] = [((*top, field), field, None) for field in _FIELDS]
    places += [((*top, key, field), field, key) for key in ROLES for field in _FIELDS]
    for keys, field, owner in places:
        hits = [lost for lost in deployment.lost if lost.keys == keys[: len(lost.keys)]]
        for lost in reversed(hits):
            earlier = lost.earlier.get(*keys[len(lost.keys) :]) if len(lost.keys) < len(keys) else lost.earlier.resolved()
            if earlier is not None and earlier.kind == SEQUENCE:
                yield Replaced(field, owner, earlier, hits[-1].later)
