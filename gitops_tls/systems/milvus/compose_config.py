"""The configuration files of a Milvus container in a Compose project."""

from __future__ import annotations

import posixpath

from ...findings import label
from ...repo.workspace import Workspace
from ...yamldoc.node import Node
from ...yamldoc.parse import Parsed, parse
from ..claims import SETTINGS, Claim, Claims
from ..compose.load import Problem
from ..compose.project import Service
from ..files import DIRECTORY, MISSING, PRESENT, UNKNOWN, ContainerFiles, FileView
from .bare import settings_file, settings_text
from .image import CONFIG_DIR, SHIPPED
from .settings import FILE_NAMES, ConfigFile, config_file, shipped_file


class ConfigReader:
    """The configuration files that the process of ``service`` reads, in the container ``inside``.

    ``folder`` is the configuration directory, None where a variable decides it. ``cannot_start`` gathers why Docker cannot
    create the container. Settings files become claims.
    """

    def __init__(self, workspace: Workspace, claims: Claims, service: Service, inside: ContainerFiles) -> None:
        self.workspace = workspace
        self.claims = claims
        self.service = service
        self.inside = inside
        self.folder: str | None = None
        self.cannot_start: list[Problem] = []

    def files(self) -> list[ConfigFile]:
        """The files of the directory that the server looks for and that are there, or may be."""
        moved = self.service.variable("MILVUSCONF")
        if moved is not None and moved.value is None:
            return [ConfigFile(name, unknown="the value of MILVUSCONF is not in the repository") for name in FILE_NAMES]
        folder = self.inside.absolute((moved.value if moved is not None else None) or "configs")
        self.folder = folder
        read = (self._read(name, self.inside.lookup(posixpath.join(folder, name))) for name in FILE_NAMES)
        return [file for file in read if file is not None]

    def _read(self, name: str, view: FileView) -> ConfigFile | None:
        if view.state == MISSING:
            if view.mount is not None and self._is_target(name, view):
                self.cannot_start.append(Problem(f"Docker cannot create the container: {view.reason}", view.mount))
            return None
        if view.state == UNKNOWN:
            return ConfigFile(name, unknown=view.reason, mount=view.mount)
        if view.state == DIRECTORY:
            place = label(view.mount) if view.mount is not None else None
            if view.mount is not None and self._is_target(name, view) and self._shipped(name):
                message = "Docker cannot create the container: a folder cannot be mounted over the file milvus.yaml of the image"
                self.cannot_start.append(Problem(f"{message} ({view.reason})", view.mount))
            return ConfigFile(name, problem="is a directory", place=place, mount=view.mount)
        assert view.state == PRESENT
        if view.path is not None:
            return self._from_file(name, view.path, view.mount)
        if view.node is not None and view.content is not None:
            return self._from_text(name, view.node, view.content.decode(), view.mount)
        if view.reason == SHIPPED and name == "milvus.yaml":
            return shipped_file()
        return ConfigFile(name, unknown=view.reason or f"the content of {name} is not in the repository", mount=view.mount)

    def _shipped(self, name: str) -> bool:
        shipped = self.inside.image(posixpath.join(self.folder or CONFIG_DIR, name))
        return shipped is not None and shipped.state == PRESENT

    def _is_target(self, name: str, view: FileView) -> bool:
        return any(mount.node is view.mount and posixpath.basename(mount.target) == name for mount in self.inside.mounts)

    def _from_file(self, name: str, path: str, mount: Node | None) -> ConfigFile:
        parsed = self.workspace.parsed(path)
        if parsed is not None:
            self._claim(path, parsed, None)
        return settings_file(self.workspace, name, path, mount)

    def _from_text(self, name: str, node: Node, text: str, mount: Node | None) -> ConfigFile:
        scalar = node.resolved()
        if text == scalar.value:
            self._claim(node.path, self.workspace.nested(scalar), scalar)
            return settings_text(self.workspace, name, scalar, mount)
        parsed = parse(scalar.source, text)
        for document in parsed.documents:
            document.host = scalar
        if parsed.problem is not None and not parsed.documents:
            return config_file(name, [], problem=parsed.problem.message, place=label(scalar), mount=mount, path=node.path)
        return config_file(name, [document.root for document in parsed.documents], mount=mount, path=node.path)

    def _claim(self, path: str, parsed: Parsed, host: Node | None) -> None:
        if any(claim.path == path and claim.host is host for claim in self.claims.of(SETTINGS)):
            return
        root = next((document.root for document in parsed.documents if document.root is not None), None)
        self.claims.add(Claim(SETTINGS, path, root, parsed, None if parsed.documents else parsed.problem, host))
