"""Compose projects that run Milvus, as deployments."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...config import Config
from ...findings import label
from ...repo.encrypted import is_sops_value
from ...repo.workspace import Workspace
from ...yamldoc.node import Node
from ..claims import COMPOSE, Claims
from ..compose.container import container_files
from ..compose.discover import plan, related
from ..compose.interpolate import MARK
from ..compose.load import Problem
from ..compose.paths import Folders
from ..compose.project import Project, Service, parse_image, project
from ..files import DIRECTORY, UNKNOWN, FileView
from ..versions import Version, parse_version
from .compose_config import ConfigReader
from .image import CONFIG_DIR, RUNS_AS_MILVUS, WORKDIR, image_files
from .model import Component, Deployment, Published, Reason
from .settings import FILE_NAMES, Settings, Variable
from .shell_start import shell_start
from .values import scalar_kind

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
    found = [service for service in compose.services.values() if runs_milvus(service) and not _has_no_container(service)]
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


def _has_no_container(service: Service) -> bool:
    """Whether a file asks for no container of a service; a variable may ask for some."""
    written = (service.at("scale"), service.at("deploy", "replicas"))
    return any(node is not None and scalar_kind(node) == 0 and not isinstance(scalar_kind(node), bool) for node in written)


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
    for problem in spec.cannot_start:
        deployment.blocked.append(Reason(problem.message, label(problem.node) if problem.node is not None else None))
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
    before_start = shell_start(service)
    variables = [Variable(v.name, v.value, v.node, is_sops_value(v.node.value)) for v in service.variables.values()]
    variables += [Variable(name, value, before_start.node) for name, value in before_start.variables]
    reader = ConfigReader(workspace, claims, service, files)
    settings = Settings(version, reader.files(), variables)
    settings.unknown += before_start.unknown
    spec.cannot_start += reader.cannot_start
    if service is spec.service:
        spec.config_dir = reader.folder
    for file in service.env_files:
        if not file.found and (file.required or file.ignored or file.path.path is None or file.unknown):
            reason = file.unknown or file.path.outside or f"`{file.path.written}` is not in the repository"
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
