"""The file system that the container of a pod sees."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Container, Iterable

from ..records import NamedTuple
from ..yamldoc.node import SEQUENCE, Node
from .files import DIRECTORY, MISSING, PRESENT, UNKNOWN, ContainerFiles, FileView, Mount
from .kubernetes import Cluster, KeyValue, SecretObject
from .kubernetes_volumes import Volume, VolumeMount, entries, file_mode, is_true, sources, title

DEFAULT_MODE = 0o644
"""The permission bits of a Secret's or ConfigMap's files where nothing else is written."""

View = Callable[[str], FileView]
"""What stands at a path of a volume: ``""`` for its top, else relative with ``/``."""


def pod_files(
    cluster: Cluster,
    namespace: str | None,
    volumes: Iterable[Volume],
    mounts: Iterable[VolumeMount],
    image: Callable[[str], FileView | None],
    *,
    own: Iterable[Mount] = (),
    reserved_names: Container[str] = (),
    filled: Container[str] = (),
    fs_group: bool = False,
    working_directory: str = "/",
    unknown: str = "",
) -> ContainerFiles:
    """The file system of a container with these volumes and mounts over the files of its ``image``.

    ``own`` are the mounts of the operator or chart, below those of the user; ``reserved_names`` its volumes, which a
    mount may name too. ``filled`` names the volumes that an init container mounts, and may fill. ``fs_group``: the pod
    has an fsGroup, so that its group reads every file.
    """
    by_name = {volume.name: volume for volume in volumes}
    built = list(own)
    for mount in mounts:
        volume = by_name.get(mount.name)
        sub_path, doubt = _sub_path(mount.node)
        if volume is not None:
            source, view = title(volume), _view(cluster, namespace, volume, filled, fs_group)
        elif mount.name in reserved_names:
            source, view = f"volume {mount.name}", _constant(UNKNOWN, f"volume {mount.name} is filled in the cluster")
        else:
            source, view = f"volume {mount.name}", _constant(MISSING, f"the pod has no volume {mount.name}")
        if doubt:
            view = _constant(UNKNOWN, doubt)
        elif sub_path:
            view = _below(view, sub_path)
        built.append(Mount(mount.path, view, source, mount.node, None, mount.name, is_true(mount.node.get("readOnly"))))
    return ContainerFiles(built, image, working_directory=working_directory, unknown=unknown)


def _sub_path(mount: Node) -> tuple[str, str]:
    """The path inside the volume, and why it is not known (or empty)."""
    written = mount.text("subPathExpr")
    if written is not None and "$(" in written:
        return "", f"the path `{written}` inside the volume depends on variables of the pod"
    path = written or mount.text("subPath") or ""
    return posixpath.normpath(path).lstrip("/") if path and posixpath.normpath(path) != "." else "", ""


def _below(view: View, sub_path: str) -> View:
    return lambda relative: view(f"{sub_path}/{relative}" if relative else sub_path)


def _constant(state: str, reason: str) -> View:
    return lambda relative: FileView(state, reason)


def _view(cluster: Cluster, namespace: str | None, volume: Volume, filled: Container[str], fs_group: bool) -> View:
    if volume.kind in ("secret", "configMap", "projected"):
        return _object_view(cluster, namespace, volume, fs_group)
    if volume.kind == "emptyDir":
        if volume.name in filled:
            return _directory(UNKNOWN, f"an init container may fill the emptyDir {volume.name}")
        return _directory(MISSING, f"the emptyDir {volume.name} is empty when the pod starts")
    if volume.kind == "downwardAPI":
        return _made(volume.source, "items", "the downward API")
    where = {
        "hostPath": "a folder of the node",
        "persistentVolumeClaim": "a persistent volume claim",
        "ephemeral": "an ephemeral volume claim",
        "csi": "a CSI volume",
        "nfs": "an NFS share",
    }.get(volume.kind, f"a {volume.kind} volume")
    if volume.kind == "csi" and volume.source is not None:
        known = _csi_view(cluster, namespace, volume.source)
        if known is not None:
            return known
    if volume.kind == "csi" and volume.source is not None and volume.source.text("driver") is not None:
        where += f" of {volume.source.text('driver')}"
    return _directory(UNKNOWN, f"volume {volume.name} is {where}: its files are not in the repository")


def _csi_view(cluster: Cluster, namespace: str | None, source: Node) -> View | None:
    """The files of the CSI drivers that make certificates: known by name, not by content. None for other drivers."""
    from .secrets import cert_manager, secrets_store

    driver = source.text("driver")
    if driver == cert_manager.CSI_DRIVER:
        return _named(list(cert_manager.csi_files(source)), "cert-manager's CSI driver", "made by cert-manager's CSI driver")
    if driver != secrets_store.CSI_DRIVER:
        return None
    name = source.text("volumeAttributes", "secretProviderClass") or "?"
    title = f"SecretProviderClass {name}"
    found = cluster.provider_class(namespace, name, source.path)
    if found is None:
        return _directory(UNKNOWN, f"{title} is not in the repository")
    if found.files is None:
        return _directory(UNKNOWN, f"the files of {title} are not known here")
    return _named(list(found.files), title, f"fetched from the secret store by {title}", found.node)


def _directory(state: str, reason: str) -> View:
    return lambda relative: FileView(state, reason) if relative else FileView(DIRECTORY, reason)


def _made(source: Node | None, field: str, maker: str) -> View:
    """Files that the kubelet writes: known by name, not by content."""
    paths = [item.text("path") or "" for item in entries(source.get(field) if source is not None else None)]
    return _named(paths, maker, f"made by {maker}")


def _named(paths: list[str], maker: str, words: str, node: Node | None = None) -> View:
    made = ", ".join(path for path in paths if path) or "none"

    def view(relative: str) -> FileView:
        if relative in paths and relative:
            return FileView(PRESENT, words, node=node)
        if not relative or any(path.startswith(relative + "/") for path in paths):
            return FileView(DIRECTORY, words)
        return FileView(MISSING, f"{maker} makes no file {relative} (it makes {made})", node=node)

    return view


class _Part(NamedTuple):
    """One source of a volume: the object behind it (None where it is not in the repository), and its items."""

    resource: str
    name: str
    found: SecretObject | None
    items: dict[str, tuple[str, int | None]] | None
    mode: int

    @property
    def title(self) -> str:
        return self.found.title if self.found is not None else f"{self.resource} {self.name}"

    def look(self, relative: str) -> FileView:
        key, mode = relative, self.mode
        if self.items is not None:
            item = self.items.get(relative)
            if item is None:
                state = DIRECTORY if any(path.startswith(relative + "/") for path in self.items) else MISSING
                made = ", ".join(self.items) or "nothing"
                return FileView(state, f"the items of {self.title} make no file {relative} (they make {made})")
            key, mode = item[0], item[1] if item[1] is not None else mode
        if self.found is None:
            return FileView(UNKNOWN, f"{self.title} is not in the repository")
        if self.found.keys is None:
            reason = f"the keys of {self.title} are made outside the repository ({self.found.kind})"
            return FileView(UNKNOWN, reason, node=self.found.name_node)
        value = self.found.keys.get(key)
        if value is None:
            has = ", ".join(sorted(self.found.keys)) or "none"
            return FileView(MISSING, f"{self.title} has no key {key} (it has {has})", node=self.found.name_node)
        return self._file(key, value, mode)

    def _file(self, key: str, value: KeyValue, mode: int) -> FileView:
        path = value.path or (value.node.path if value.node is not None else None)
        if value.problem:
            return FileView(UNKNOWN, f"key {key} of {self.title} {value.problem}", None, path, value.node, None, mode)
        why = f" {value.why}" if value.content is None and value.why else ""
        return FileView(PRESENT, f"key {key} of {self.title}{why}", value.content, path, value.node, None, mode)


def _object_view(cluster: Cluster, namespace: str | None, volume: Volume, fs_group: bool) -> View:
    base = file_mode(volume.source.get("defaultMode") if volume.source is not None else None)
    base = DEFAULT_MODE if base is None else base
    parts = [_part(cluster, namespace, entry, base) for entry in sources(volume)]
    made: list[View] = []
    if volume.kind == "projected" and volume.source is not None:
        made = _projected(volume.source)

    def view(relative: str) -> FileView:
        if not relative:
            return FileView(DIRECTORY, title(volume), mount=None)
        seen = [part.look(relative) for part in parts] + [one(relative) for one in made]
        # files of one source stand beside those of the others: the first that has the file decides
        for state in (PRESENT, DIRECTORY, UNKNOWN):
            for one in seen:
                if one.state == state:
                    return one._replace(mode=one.mode | 0o440) if fs_group and one.mode is not None else one
        reason = "; ".join(one.reason for one in seen) or f"volume {volume.name} has no source"
        return FileView(MISSING, reason, node=seen[0].node if seen else None)

    return view


def _projected(source: Node) -> list[View]:
    made: list[View] = []
    for entry in entries(source.get("sources")):
        for field in ("serviceAccountToken", "clusterTrustBundle", "podCertificate"):
            inner = entry.get(field)
            if inner is None:
                continue
            paths = [inner.text(key) for key in ("path", "keyPath", "certificateChainPath", "credentialBundlePath")]
            made.append(_single({path for path in paths if path}, field))
        if entry.get("downwardAPI") is not None:
            made.append(_made(entry.get("downwardAPI"), "items", "the downward API"))
    return made


def _single(paths: set[str], maker: str) -> View:
    return lambda relative: FileView(PRESENT if relative in paths else MISSING, f"{maker} makes {', '.join(sorted(paths))}")


def _part(cluster: Cluster, namespace: str | None, source: tuple[str, str, Node], mode: int) -> _Part:
    resource, field, node = source
    name = node.text(field) or ""
    items: dict[str, tuple[str, int | None]] | None = None
    written = node.get("items")
    if written is not None and written.kind == SEQUENCE and written.items:
        items = {}
        for entry in entries(written):
            key, path = entry.text("key"), entry.text("path")
            if key is not None and path is not None:
                items[posixpath.normpath(path)] = (key, file_mode(entry.get("mode")))
    found = cluster.find(resource, namespace, name, node.path) if name else None
    return _Part(resource, name or "?", found, items, mode)
