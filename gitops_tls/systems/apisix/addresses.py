"""Which gateway a body for the Admin API goes to: by the address of the command that sends it.

Source: ``curl`` and ADC's ``--server`` and ``ADC_SERVER``; Compose's service names and published ports; the Service
``<fullname>-admin`` of the chart apache/apisix; ``spec.provider.controlPlane`` of a GatewayProxy.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from ...records import NamedTuple
from ...repo.prefilter import is_script
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, Node
from .admin import SCRIPT, SslObject
from .admin_script import FILLED, adc_runs, requests
from .config import V3, GatewayConfig, lua_value
from .model import Gateway
from .objects import items, namespace_of
from .values import ChartValues

_LOOPBACK = frozenset(("localhost", "127.0.0.1", "0.0.0.0", "::1", "host.docker.internal"))  # noqa: S104
_ADMIN_PORTS = (9180, 9080)
"""Where the Admin API listens since 3.0, and before."""


class Target(NamedTuple):
    """A host in lower case, and its port (None where none is written)."""

    host: str
    port: int | None


class Names(NamedTuple):
    """How commands reach the Admin API of a gateway: by host names, by ports of the machine itself."""

    hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()

    def answers(self, target: Target) -> bool:
        """Whether a command with this address speaks to the gateway. A Service may be named with its namespace or without."""
        if target.host in _LOOPBACK:
            return target.port in self.ports
        return any(_same_service(host, target.host) for host in self.hosts)


def _same_service(one: str, other: str) -> bool:
    first, second = one.split("."), other.split(".")
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


def target_of(address: str) -> Target | None:
    """The host and port of a URL (or of what stands in its place); None where a variable decides it."""
    rest = address.partition("://")[2] or address
    place = rest.partition("/")[0].rpartition("@")[2]
    if not place or FILLED in place or "{" in place or "$" in place:
        return None
    host, colon, port = place.rpartition(":")
    if not colon or not port.isdigit() or host.endswith(":"):
        host, port = place, ""
    return Target(host.strip("[]").lower(), int(port) if port else None)


class Targets:
    """The addresses that bodies go to. The scripts of the repository are read when a body in a file is asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._files: dict[str, set[Target]] | None = None

    def of(self, one: SslObject) -> Target | None:
        """Where an object goes to; None where no command tells, or several tell differently."""
        if one.form == SCRIPT:
            return self._in_script(one)
        found = self._sent().get(one.path, set())
        return next(iter(found)) if len(found) == 1 else None

    def _in_script(self, one: SslObject) -> Target | None:
        source = self._workspace.source(one.path)
        for request in requests(source.text) if source is not None else ():
            body = request.body
            if body is not None and body.start <= one.node.start < body.start + max(len(body.text), 1):
                return target_of(request.address)
        return None

    def _sent(self) -> dict[str, set[Target]]:
        if self._files is None:
            self._files = {}
            for path in self._workspace.files.paths():
                if is_script(path):
                    self._read(path)
        return self._files

    def _read(self, path: str) -> None:
        data = self._workspace.read(path)
        if data is None or (b"apisix/admin/ssl" not in data and b"adc" not in data):
            self._workspace.forget(path)
            return
        source = self._workspace.source(path)
        text = source.text if source is not None else ""
        sent = [(request.address, request.files) for request in requests(text)] + adc_runs(text)
        for address, files in sent:
            target = target_of(address)
            for file in files if target is not None else ():
                # a script is run beside its files or at the root
                for folder in {posixpath.dirname(path), ""}:
                    found = posixpath.normpath(posixpath.join(folder, file))
                    if target is not None and self._workspace.files.exists(found):
                        assert self._files is not None
                        self._files.setdefault(found, set()).add(target)


def of_proxy(gateway: Gateway) -> Names:
    """The names of the APISIX that an ingress controller's gateway writes to."""
    plane = gateway.proxy.get("spec", "provider", "controlPlane") if gateway.proxy is not None else None
    if plane is None or gateway.proxy is None:
        return Names()
    endpoints = plane.get("endpoints")
    targets = [target_of(item.value) for item in items(endpoints)]
    hosts = {target.host for target in targets if target is not None}
    service = plane.text("service", "name")
    if service:
        namespace = namespace_of(gateway.proxy)
        hosts.add(f"{service}.{namespace}" if namespace else service)
    return Names(frozenset(host for host in hosts if host not in _LOOPBACK))


def of_values(values: ChartValues) -> Names:
    """The Service of the Admin API of a release; nothing where its name is not known."""
    name = values.root.text("fullnameOverride") or ""
    if not name and values.name:
        part = values.root.text("nameOverride") or "apisix"
        name = values.name if part in values.name else f"{values.name}-{part}"
    return Names(frozenset((f"{name}-admin".lower(),)) if name else frozenset())


def of_configs(workspace: Workspace, mentions: Iterable[str], configs: Sequence[GatewayConfig]) -> dict[str, Names]:
    """The names of the gateways that have a config.yaml, by its path: of the Compose service that mounts it, else the port that
    it names."""
    wanted = {one.path: one for one in configs if one.host is None}
    found: dict[str, Names] = {}
    for path in mentions if wanted else ():
        parsed = workspace.parsed(path)
        roots = [document.root for document in parsed.documents if document.root is not None] if parsed is not None else []
        services = roots[0].get("services") if roots and roots[0].resolved().kind == MAPPING else None
        if services is not None and services.kind == MAPPING:
            _of_compose(workspace, path, wanted, found)
    for path, one in wanted.items():
        port = _written_port(one)
        if path not in found and port is not None:
            found[path] = Names(ports=frozenset((port,)))
    return found


def _of_compose(workspace: Workspace, path: str, wanted: dict[str, GatewayConfig], found: dict[str, Names]) -> None:
    from ..compose.project import project

    for service in project(workspace, path).services.values():
        places = [*(volume.host for volume in service.volumes), *(grant.host for grant in service.grants)]
        mounted = [place.path for place in places if place is not None]
        for config in (wanted[source] for source in mounted if source in wanted):
            inner = _written_port(config)
            inside = (inner,) if inner is not None else _ADMIN_PORTS[1:] if config.era.at_least(V3) is False else _ADMIN_PORTS[:1]
            hosts = {service.name, service.value.text("container_name"), service.value.text("hostname")}
            ports = {
                int(port.published)
                for port in service.ports
                if port.published and port.published.isdigit() and any(port.holds(one) for one in inside)
            }
            before = found.get(config.path, Names())
            names = frozenset(host.lower() for host in hosts if host)
            found[config.path] = Names(before.hosts | names, before.ports | ports)


def _written_port(one: GatewayConfig) -> int | None:
    """The port of the Admin API as it is written; None for the default one."""
    for path in (("deployment", "admin", "admin_listen", "port"), ("apisix", "admin_listen", "port"), ("apisix", "port_admin")):
        node: Node | None = one.root.get(*path)
        value = lua_value(node) if node is not None else None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
