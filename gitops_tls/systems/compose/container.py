"""The file system of a service's container, from its volumes, configs and secrets."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from ...repo.encrypted import SOPS, encrypted_by
from ...repo.workspace import Workspace
from ...yamldoc.node import Node
from ..files import DIRECTORY, MISSING, PRESENT, UNKNOWN, ContainerFiles, FileView, Mount
from .mounts import ANONYMOUS, BIND, TMPFS, Grant, Volume
from .paths import Folders, HostPath
from .project import Service

_CERTIFICATE_FILES = (".pem", ".crt", ".cer", ".cert", ".key", ".der", ".p12", ".pfx")

Image = Callable[[str], "FileView | None"]


def container_files(
    workspace: Workspace, folders: Folders, service: Service, image: Image, working_directory: str, kept: tuple[str, ...]
) -> ContainerFiles:
    """What the container of ``service`` finds, over what ``image`` brings.

    ``kept`` are the names of files that a repository is expected to hold when a mount names them (configuration): absent
    means absent. Of other files (keys, certificates, data) absent often means that they are brought when deploying: they
    are UNKNOWN, unless certificates stand beside them.
    """
    mounts: list[Mount] = []
    unknown = ""
    for volume in service.volumes:
        if volume.target:
            mounts.append(_volume_mount(workspace, folders, volume, image, kept))
        else:
            unknown = f"where `{volume.source}` is mounted depends on a variable that no file sets"
    mounts += [_grant_mount(workspace, folders, grant, kept) for grant in service.grants]
    lender = service.value.get("volumes_from")
    if lender is not None and not lender.is_null:
        unknown = "`volumes_from` brings mounts of another container"
    return ContainerFiles(mounts, image, working_directory=working_directory, unknown=unknown)


def _volume_mount(workspace: Workspace, folders: Folders, volume: Volume, image: Image, kept: tuple[str, ...]) -> Mount:
    name = None if volume.kind == BIND else volume.source or None
    resolve: Callable[[str], FileView]
    if volume.host is not None:
        resolve = _HostFiles(workspace, folders, volume.host, volume.target, kept, volume.create).view
        path = volume.host.path
        return Mount(volume.target, resolve, volume.host.written, volume.node, path, name, volume.read_only)
    if volume.kind == TMPFS:
        resolve = lambda below: FileView(MISSING, "a tmpfs is empty at the start") if below else FileView(DIRECTORY, "tmpfs")
    elif volume.kind == ANONYMOUS:
        resolve = _Anonymous(volume.target, image).view
    else:
        reason = f"the content of the volume `{volume.source}` is not in the repository"
        resolve = lambda below: FileView(UNKNOWN if below else DIRECTORY, reason)
    return Mount(volume.target, resolve, volume.source or volume.kind, volume.node, None, name, volume.read_only)


class _Anonymous:
    """A volume without a name: Docker fills it with what the image brings there."""

    def __init__(self, target: str, image: Image) -> None:
        self.target = target
        self.image = image

    def view(self, below: str) -> FileView:
        shipped = self.image(posixpath.join(self.target, below) if below else self.target)
        if shipped is not None:
            return shipped
        return FileView(UNKNOWN if below else DIRECTORY, "the content of an anonymous volume is not in the repository")


class _HostFiles:
    """Files below a path of the machine that deploys, as far as the repository holds them."""

    def __init__(
        self, workspace: Workspace, folders: Folders, host: HostPath, target: str, kept: tuple[str, ...], create: bool
    ) -> None:
        self.workspace = workspace
        self.folders = folders
        self.host = host
        self.target = target
        self.kept = kept
        self.create = create

    def view(self, below: str) -> FileView:
        host, files = self.host, self.workspace.files
        if host.path is None:
            return FileView(UNKNOWN, host.outside)
        path = posixpath.normpath(posixpath.join(host.path, below)) if below else host.path
        shown = f"{host.written.rstrip('/')}/{below}" if below else host.written
        if files.is_dir(path):
            return FileView(DIRECTORY, f"`{shown}` is a folder", path=path)
        if files.exists(path):
            content = self.workspace.read(path)
            tool = encrypted_by(content) if content is not None else ""
            if tool and not (tool == SOPS and self._is_kept(below)):  # of YAML, the keys are in clear
                self.workspace.skip(path, "encrypted", tool)
                why = f"`{shown}` is encrypted with {tool}: whether it is decrypted before the start is not known here"
                return FileView(UNKNOWN, why, path=path, mode=files.mode(path))
            reason = f"`{shown}`" if content is not None else f"`{shown}` cannot be read here"
            return FileView(PRESENT, reason, content, path, mode=files.mode(path))
        if below and files.exists(host.path) and not files.is_dir(host.path):
            return FileView(MISSING, f"`{host.written}` is a file, not a folder")
        return self._absent(below, path, shown)

    def _is_kept(self, below: str) -> bool:
        return posixpath.basename(posixpath.join(self.target, below) if below else self.target) in self.kept

    def _absent(self, below: str, path: str, shown: str) -> FileView:
        files, host = self.workspace.files, self.host
        assert host.path is not None
        if files.ignored(path) or files.ignored(host.path):
            return FileView(UNKNOWN, f"`{shown}` is ignored by Git, so it is not known here")
        absent = f"`{shown}` is not in the repository"
        if self._is_kept(below):
            if below:
                return FileView(MISSING, f"`{host.written}` has no {below}")
            if self.create:
                return FileView(DIRECTORY, f"{absent}, so Docker makes a folder of that name")
            return FileView(MISSING, f"{absent}, and Docker does not make it")
        folder, name = posixpath.split(path)
        beside = self.folders.names(folder or ".") - {name}
        if not path.endswith(".key") and any(other.endswith(_CERTIFICATE_FILES) for other in beside):
            shown_folder = posixpath.dirname(shown.rstrip("/"))
            return FileView(MISSING, f"`{shown_folder}` has no {name}")
        return FileView(UNKNOWN, absent)


def _grant_mount(workspace: Workspace, folders: Folders, grant: Grant, kept: tuple[str, ...]) -> Mount:
    words = f"{grant.kind} {grant.name}"
    if grant.host is not None:
        files = _HostFiles(workspace, folders, grant.host, grant.target, kept, False)
        return Mount(grant.target, files.view, grant.host.written, grant.node, grant.host.path, grant.name, True)
    view = _grant_view(grant, words)
    return Mount(grant.target, lambda _: view, words, grant.node, None, grant.name, True)


def _grant_view(grant: Grant, words: str) -> FileView:
    if grant.content is None:
        where = "is made outside the repository" if grant.definition is not None else "is defined nowhere"
        return FileView(UNKNOWN, f"the {words} {where}")
    node: Node | None = grant.content_node
    if grant.content.known is None:
        names = ", ".join(grant.content.unknown)
        why = f"depends on {names}, which no file sets" if names else "is refused by Compose"
        return FileView(UNKNOWN, f"the {words} {why}", node=node)
    return FileView(PRESENT, words, grant.content.known.encode(), node=node)
