"""Compose projects that run Milvus, as deployments."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...config import Config
from ...findings import label
from ...repo.workspace import Workspace
from ...yamldoc.node import Node
from ...yamldoc.parse import Parsed, parse
from ..claims import COMPOSE, SETTINGS, Claim, Claims
from ..compose.container import container_files
from ..compose.discover import plan, related
from ..compose.interpolate import MARK
from ..compose.load import Problem
from ..compose.paths import Folders
from ..compose.project import Project, Service, parse_image, project
from ..files import DIRECTORY, MISSING, PRESENT, UNKNOWN, ContainerFiles, FileView
from ..versions import Version, parse_version
from .bare import settings_file, settings_text
from .image import CONFIG_DIR, RUNS_AS_MILVUS, SHIPPED, WORKDIR, image_files
from .model import Component, Deployment, Published
from .settings import FILE_NAMES, ConfigFile, Settings, Variable, config_file, shipped_file

if TYPE_CHECKING:
    from ..kubernetes import Cluster

_COORDINATORS = ("rootcoord", "datacoord", "querycoord", "indexcoord")
_ROLES = frozenset(
    ("standalone", "proxy", "mixcoord", *_COORDINATORS, "querynode", "datanode", "indexnode", "streamingnode", "cdc")
)
_TRUE = ("true", "True", "TRUE", "t", "T", "1")
_SHELL = "'\"();&|"
_MAX_PUBLISHED = 70_000


class ComposeSpec:
    """The Compose side of a deployment (``Deployment.spec``), for rules of that shape.

    * ``project``: the merged project (``services``, ``files``, ``folder``, ``problems``: what makes Compose refuse it).
    * ``service``: the service that clients reach (standalone, proxy), else the first; ``services``: by component name.
      ``of(component)`` gives a component's own service, also where two share a role. A Service knows its ``node`` (the
      mapping to insert into), ``key``, ``at("volumes")`` and other fields' nodes, ``volumes`` (parsed source, target and
      nodes), ``grants`` (configs, secrets), ``variables``, ``env_files``, ``ports``, ``healthcheck``, ``refused``.
    * ``others``: the project's services that are no part of this deployment; ``attu``: those of them that run Attu
      (``variable("MILVUS_URL")`` and the like say what it dials).
    * ``config_dir``: the configuration directory in the container; None where a variable decides it.
    * ``cannot_start``: why Docker cannot create a container of it (a folder over the file milvus.yaml), with places.
    * ``root``: the root of the document that holds ``service``, for inserts at the top level.
    * ``host_network``: the node of ``network_mode: host`` (every listener is reachable), or None.
    """

    def __init__(self, compose: Project, service: Service) -> None:
        self.project = compose
        self.service = service
        self.services: dict[str, Service] = {}
        self.config_dir: str | None = CONFIG_DIR
        self.cannot_start: list[Problem] = []
        self.host_network: Node | None = service.at("network_mode") if service.network_mode == "host" else None
        self.root = service.node.document.root
        self._own: list[tuple[Component, Service]] = []

    def add(self, component: Component, service: Service) -> None:
        """Note which service a component is."""
        self._own.append((component, service))
        self.services.setdefault(component.name, service)

    def of(self, component: Component) -> Service:
        """The service of one of the deployment's components."""
        return next(service for own, service in self._own if own is component)

    @property
    def others(self) -> list[Service]:
        """The project's other services."""
        own = [service for _, service in self._own]
        return [service for service in self.project.services.values() if service not in own]

    @property
    def attu(self) -> list[Service]:
        """The other services whose image is Attu's."""
        return [service for service in self.others if service.image is not None and "attu" in service.image.last_part.lower()]


def deployments(workspace: Workspace, claims: Claims, cluster: Cluster, config: Config) -> Iterator[Deployment]:
    """The deployments of all Compose projects: one for each standalone service, one for all cluster roles of a project.

    Settings files that a container reads become claims.
    """
    folders = Folders(workspace)
    paths = [claim.path for claim in claims.of(COMPOSE) if claim.host is None]
    for found in plan(workspace, related(workspace, folders, paths)):
        compose = project(workspace, found.paths[0], found.paths[1:], found.own)
        roles = list(milvus_services(compose))
        cluster_roles: list[tuple[Service, str]] = []
        for service, role in roles:
            if role == "standalone":
                yield _deployment(workspace, claims, config, folders, compose, [(service, role)], service.name)
            else:
                cluster_roles.append((service, role))
        if cluster_roles:
            cluster_roles.sort(key=lambda pair: pair[1] != "proxy")
            front, role = cluster_roles[0]
            folder = posixpath.basename(compose.folder)
            name = front.name if role == "proxy" or not folder or len(cluster_roles) == 1 else folder
            yield _deployment(workspace, claims, config, folders, compose, cluster_roles, name)


def milvus_services(compose: Project) -> Iterator[tuple[Service, str]]:
    """The services that run Milvus, and the role of each (``standalone``, ``proxy``, ``querynode`` …)."""
    found = [service for service in compose.services.values() if runs_milvus(service)]
    for service in found:
        role = role_of(service)
        if role is None and len(found) == 1:
            role = "standalone"
        if role is None:
            role = next((one for one in sorted(_ROLES) if one in service.name.lower()), None)
        if role is None and any(port.holds(19530) for port in service.ports):
            role = "standalone"
        if role is not None:
            yield service, role


def runs_milvus(service: Service) -> bool:
    """Whether a service runs a Milvus server: by its image's name, or by ``milvus run`` in its command."""
    return _run(service) is not None or (service.image is not None and service.image.last_part == "milvus")


def role_of(service: Service) -> str | None:
    """The role that the command names; None where it names none."""
    run = _run(service)
    if not run:
        return None
    role = run[0].strip(_SHELL)
    if role != "mixture":
        return role if role in _ROLES else "standalone" if role == "embedded" else None
    given = (word.strip(_SHELL).partition("=") for word in run[1:])
    flags = [name.lstrip("-") for name, _, value in given if name.startswith("-") and value in _TRUE]
    if "proxy" in flags:
        return "proxy"
    if any(flag in _COORDINATORS for flag in flags) or not flags:
        return "mixcoord"
    return next((flag for flag in flags if flag in _ROLES), "mixcoord")


def _run(service: Service) -> list[str] | None:
    """The words after ``milvus run`` in the command, also inside a ``sh -c``; None where it does not run Milvus."""
    words = " ".join((*(service.entrypoint or ()), *(service.command or ()))).split()
    for at in range(len(words) - 2):
        if words[at + 1] == "run" and words[at].strip(_SHELL).rpartition("/")[2] == "milvus":
            return words[at + 2 :]
    return None


def _deployment(
    workspace: Workspace, claims: Claims, config: Config, folders: Folders, compose: Project,
    roles: list[tuple[Service, str]], name: str,
) -> Deployment:  # fmt: skip
    front = roles[0][0]
    deployment = Deployment("compose", name, front.key)
    versions = ((_version(service), service) for service, _ in roles)
    version, of = next(((found, service) for found, service in versions if found is not None), (None, front))
    configured = config.version("milvus")
    deployment.version = version or (parse_version(configured, patch=99) if configured else None)
    deployment.version_node = of.image.node if of.image is not None else None
    spec = ComposeSpec(compose, front)
    deployment.spec = spec
    for service, role in roles:
        component = _component(workspace, claims, folders, service, role, deployment, spec)
        spec.add(component, service)
        deployment.components.append(component)
        _publish(deployment, component, service)
    return deployment


def _version(service: Service) -> Version | None:
    if service.image is None:
        return None
    value = service.value.get("image")
    marked = value.marked.text if value is not None else None
    tag = parse_image(marked or "", (), service.image.node).tag
    return None if MARK in tag else parse_version(tag, patch=99)


def _component(
    workspace: Workspace, claims: Claims, folders: Folders, service: Service, role: str, deployment: Deployment, spec: ComposeSpec
) -> Component:
    version = deployment.assumed_version()
    working_directory = service.working_dir or WORKDIR
    built = service.value.get("build")
    shipped = image_files(version) if built is None or built.is_null else _built(image_files(version))
    files = container_files(workspace, folders, service, shipped, working_directory, FILE_NAMES)
    variables = [Variable(v.name, v.value, v.node) for v in service.variables.values()]
    reader = _ConfigReader(workspace, claims, service, files, spec)
    settings = Settings(version, reader.files(), variables)
    for file in service.env_files:
        if not file.found and (file.required or file.ignored or file.path.path is None):
            reason = file.path.outside or f"`{file.path.written}` is not in the repository"
            settings.unknown.append(f"{reason}, and its variables decide with it")
    component = Component(role, service.node, settings, files)
    component.user = service.user
    if service.user is not None:
        component.non_root = service.user.split(":")[0] not in ("0", "root", "")
    elif deployment.version is not None:
        component.non_root = version >= RUNS_AS_MILVUS
    return component


def _built(shipped: Callable[[str], FileView | None]) -> Callable[[str], FileView | None]:
    """An image that the project builds itself: whatever its Dockerfile adds may stand anywhere."""

    def view(path: str) -> FileView | None:
        found = shipped(path)
        if found is not None and found.state == DIRECTORY:
            return found
        return FileView(UNKNOWN, "the image is built from a Dockerfile that may bring it")

    return view


class _ConfigReader:
    """The configuration files that one service's process reads."""

    def __init__(self, workspace: Workspace, claims: Claims, service: Service, inside: ContainerFiles, spec: ComposeSpec) -> None:
        self.workspace = workspace
        self.claims = claims
        self.service = service
        self.inside = inside
        self.spec = spec

    def files(self) -> list[ConfigFile]:
        moved = self.service.variable("MILVUSCONF")
        if moved is not None and moved.value is None:
            self.spec.config_dir = None
            return [ConfigFile(name, unknown="the value of MILVUSCONF is not in the repository") for name in FILE_NAMES]
        folder = self.inside.absolute((moved.value if moved is not None else None) or "configs")
        if self.service is self.spec.service:
            self.spec.config_dir = folder
        read = (self.read(name, self.inside.lookup(posixpath.join(folder, name))) for name in FILE_NAMES)
        return [file for file in read if file is not None]

    def read(self, name: str, view: FileView) -> ConfigFile | None:
        if view.state == MISSING:
            if view.mount is not None and self._is_target(name, view):
                self.spec.cannot_start.append(Problem(f"Docker cannot create the container: {view.reason}", view.mount))
            return None
        if view.state == UNKNOWN:
            return ConfigFile(name, unknown=view.reason, mount=view.mount)
        if view.state == DIRECTORY:
            place = label(view.mount) if view.mount is not None else None
            if view.mount is not None and self._is_target(name, view) and self._shipped(name):
                message = "Docker cannot create the container: a folder cannot be mounted over the file milvus.yaml of the image"
                self.spec.cannot_start.append(Problem(f"{message} ({view.reason})", view.mount))
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
        shipped = self.inside.image(posixpath.join(self.spec.config_dir or CONFIG_DIR, name))
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


def _publish(deployment: Deployment, component: Component, service: Service) -> None:
    for port in service.ports:
        if port.first is None or port.last is None:
            deployment.published_known = False
        elif port.protocol == "tcp":
            room = _MAX_PUBLISHED - len(deployment.published)
            last = min(port.last, port.first + room - 1)
            deployment.published += [Published(number, port.host_ip, port.node) for number in range(port.first, last + 1)]
    mode = service.network_mode or ""
    if mode == "host":
        texts = [component.settings.get(key).text for key in ("proxy.port", "proxy.http.port")]
        metrics = service.variable("METRICS_PORT")
        texts.append((metrics.value if metrics is not None else None) or "9091")
        node = service.at("network_mode")
        deployment.published += [
            Published(int(text), "", node) for text in texts if text.isascii() and text.isdigit() and len(text) <= 5
        ]
    elif mode.startswith(("service:", "container:")):
        deployment.published_known = False
