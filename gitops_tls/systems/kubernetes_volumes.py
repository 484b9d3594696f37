"""The volumes and mounts of a pod as they are written, and what does not fit between them."""

from __future__ import annotations

import posixpath
from collections.abc import Container, Sequence

from ..records import NamedTuple
from ..yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .kubernetes import CONFIG_MAP, SECRET
from .milvus.values import scalar_kind

_SOURCES = frozenset(
    (
        "secret",
        "configMap",
        "projected",
        "emptyDir",
        "hostPath",
        "persistentVolumeClaim",
        "csi",
        "ephemeral",
        "nfs",
        "downwardAPI",
    )
)


class Volume(NamedTuple):
    """An entry of a ``volumes`` list. ``kind`` is its source (``secret``, ``configMap``…; ``emptyDir`` where none is
    written), ``source`` the mapping below it. ``shared`` tells the list for all components from a component's own.
    """

    name: str
    node: Node
    kind: str
    source: Node | None
    shared: bool = True


class VolumeMount(NamedTuple):
    """An entry of a ``volumeMounts`` list. ``path`` is the mountPath, absolute and normalised; ``path_node`` as written."""

    name: str
    path: str
    node: Node
    path_node: Node
    shared: bool = True


class VolumeReport(NamedTuple):
    """What does not fit between the volumes and the mounts of one pod.

    ``missing``: mounts that name no volume. ``unused``: volumes that nothing mounts. ``same_names`` and ``same_paths``:
    pairs of an entry and the earlier one it clashes with (None where that is the operator's or the chart's own); the API
    server refuses the pod.
    """

    missing: tuple[VolumeMount, ...] = ()
    unused: tuple[Volume, ...] = ()
    same_names: tuple[tuple[Volume, Volume | None], ...] = ()
    same_paths: tuple[tuple[VolumeMount, VolumeMount | None], ...] = ()


def read_volumes(node: Node | None, *, shared: bool = True) -> list[Volume]:
    """The entries of a ``volumes`` list that have a name; entries of a wrong shape are left out."""
    volumes: list[Volume] = []
    for entry in entries(node):
        name = entry.text("name")
        if name is None:
            continue
        others: list[tuple[str, Node | None]] = [
            (key.value, value.resolved()) for key, value in entry.effective() if key.value != "name"
        ]
        known = [pair for pair in others if pair[0] in _SOURCES]
        kind, source = (known or others or [("emptyDir", None)])[0]
        volumes.append(Volume(name, entry, kind, source, shared))
    return volumes


def read_mounts(node: Node | None, *, shared: bool = True) -> list[VolumeMount]:
    """The entries of a ``volumeMounts`` list that have a name and a mountPath."""
    mounts: list[VolumeMount] = []
    for entry in entries(node):
        name, path = entry.text("name"), entry.get("mountPath")
        if name is not None and path is not None and path.kind == SCALAR and path.value:
            mounts.append(VolumeMount(name, container_path(path.value), entry, path, shared))
    return mounts


def entries(node: Node | None) -> list[Node]:
    """The mappings of a list; empty where it is none."""
    node = node.resolved() if node is not None else None
    if node is None or node.kind != SEQUENCE:
        return []
    return [item.resolved() for item in node.items if item.resolved().kind == MAPPING]


def container_path(path: str) -> str:
    """A mountPath as the container has it: absolute, without ``..`` and double slashes."""
    return "/" + posixpath.normpath("/" + path).lstrip("/")


def check_volumes(
    volumes: Sequence[Volume],
    mounts: Sequence[VolumeMount],
    reserved_names: Container[str] = (),
    reserved_paths: Container[str] = (),
    *,
    replaces: bool = False,
) -> VolumeReport:
    """Compare the volumes and mounts of one pod.

    ``reserved_names`` and ``reserved_paths`` are the operator's or the chart's own. With ``replaces`` a later entry of
    the same name or path takes the place of the earlier (the operator), without it both are in the pod.
    """
    names: dict[str, Volume] = {}
    same_names: list[tuple[Volume, Volume | None]] = []
    for volume in volumes:
        if volume.name in names or volume.name in reserved_names:
            same_names.append((volume, names.get(volume.name)))
        names.setdefault(volume.name, volume)
    paths: dict[str, VolumeMount] = {}
    same_paths: list[tuple[VolumeMount, VolumeMount | None]] = []
    for mount in mounts:
        if mount.path in paths or mount.path in reserved_paths:
            same_paths.append((mount, paths.get(mount.path)))
        paths.setdefault(mount.path, mount)
    mounted = {mount.name for mount in mounts}
    return VolumeReport(
        tuple(mount for mount in mounts if mount.name not in names and mount.name not in reserved_names),
        tuple(volume for volume in names.values() if volume.name not in mounted),
        () if replaces else tuple(same_names),
        () if replaces else tuple(same_paths),
    )


def title(volume: Volume) -> str:
    """The other side of a mount in words: ``Secret certs``, ``ConfigMap x``, ``emptyDir scratch``."""
    if volume.kind == "secret" and volume.source is not None:
        return f"Secret {volume.source.text('secretName') or '?'}"
    if volume.kind == "configMap" and volume.source is not None:
        return f"ConfigMap {volume.source.text('name') or '?'}"
    return f"{volume.kind} {volume.name}"


def references(volume: Volume) -> list[tuple[str, str, Node, bool]]:
    """The Secrets and ConfigMaps that a volume takes files from: ``(SECRET or CONFIG_MAP, name, name's node, optional)``."""
    found: list[tuple[str, str, Node, bool]] = []
    for resource, field, source in sources(volume):
        name = source.get(field)
        if name is not None and name.kind == SCALAR and not name.is_null:
            found.append((resource, name.value, name, is_true(source.get("optional"))))
    return found


def sources(volume: Volume) -> list[tuple[str, str, Node]]:
    """Where a volume's files come from: ``(SECRET or CONFIG_MAP, the field of the name, the mapping that holds it)``."""
    source = volume.source
    if source is None:
        return []
    if volume.kind == "secret":
        return [(SECRET, "secretName", source)]
    if volume.kind == "configMap":
        return [(CONFIG_MAP, "name", source)]
    if volume.kind != "projected":
        return []
    found: list[tuple[str, str, Node]] = []
    for entry in entries(source.get("sources")):
        for field, resource in (("secret", SECRET), ("configMap", CONFIG_MAP)):
            inner = entry.get(field)
            if inner is not None:
                found.append((resource, "name", inner))
    return found


def file_mode(node: Node | None) -> int | None:
    """Permission bits as YAML 1.1 reads them: ``0400`` is octal, ``400`` decimal; None where they are no number."""
    if node is None or node.kind != SCALAR:
        return None
    value = scalar_kind(node)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0o777 else None


def is_true(node: Node | None) -> bool:
    """Whether Kubernetes and Helm read the scalar as true."""
    return node is not None and node.kind == SCALAR and scalar_kind(node) is True
