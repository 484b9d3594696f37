"""From claims to gateways: which objects each gateway takes, and which the controller passes over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...config import Config
from ...findings import label
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, Node
from ..claims import APISIX, Claims
from ..kubernetes import Cluster
from .environments import environment_of, environments
from .held import hold
from .model import Apisix, Gateway, Reason, Route, TlsObject, Versions
from .objects import name_of, namespace_of, routes, tls_objects
from .predict import predict
from .signs import controlled
from .versions import versions

DEFAULT_CLASS = "apisix"
"""The class that the Helm chart makes."""

_DEFAULT_MARK = "ingressclass.kubernetes.io/is-default-class"


def build(workspace: Workspace, claims: Claims, cluster: Cluster, config: Config, now: datetime) -> Apisix:
    """The gateways of a repository, each with what its hosts' clients meet."""
    nodes = [claim.root for claim in claims.of(APISIX) if claim.root is not None and claim.root.kind == MAPPING]
    by_kind: dict[str, list[Node]] = {}
    for node in nodes:
        by_kind.setdefault(node.text("kind") or "", []).append(node)
    known = versions(workspace, claims.mentions, nodes, config)
    every_tls, every_route = tuple(tls_objects(nodes)), tuple(routes(nodes))
    every_class = by_kind.get("IngressClass", [])
    own = tuple(node for node in every_class if controlled(node))
    proxies = tuple(by_kind.get("GatewayProxy", ()))
    folders = environments(nodes)
    grants = tuple(by_kind.get("ReferenceGrant", ()))
    gateways = _by_class(own, proxies, known)
    for gateway in gateways:
        gateway.environment = environment_of(gateway.path, folders)
    foreign = {name_of(node) for node in every_class} - {name_of(node) for node in own}
    gateways += _by_name(gateways, every_tls, every_route, foreign, known, folders)
    gateways += _of_gateway_api(by_kind, proxies, known)
    if not gateways and any(one.kind == "ApisixTls" for one in every_tls):
        gateways.append(Gateway(DEFAULT_CLASS, next(one.node for one in every_tls), known, declared=False))
    ignored: list[TlsObject] = []
    for one in every_tls:
        takers = _takers(one.class_name, one.kind, one.node, _near(gateways, one.node, folders), known)
        for gateway, doubt in takers:
            gateway.held.append(hold(one, cluster, config, known, *_reception(one, gateway, doubt), grants))
        if not takers and one.kind == "ApisixTls":
            ignored.append(one)
    for route in every_route:
        for gateway in _route_takers(route, _near(gateways, route.node, folders), known):
            gateway.routes.append(route)
    found = tuple(
        gateway for gateway in gateways if gateway.held or gateway.routes or (gateway.declared and not gateway.gateway_api)
    )
    for gateway in found:
        predict(gateway, now)
    ordered = tuple(sorted(found, key=lambda gateway: (gateway.path, gateway.node.position(), gateway.name)))
    return Apisix(
        known, ordered, every_tls, every_route, own, proxies, tuple(by_kind.get("ApisixUpstream", ())), tuple(ignored), grants
    )  # fmt: skip


def _by_class(classes: Iterable[Node], proxies: tuple[Node, ...], known: Versions) -> list[Gateway]:
    made: list[Gateway] = []
    for node in classes:
        gateway = Gateway(name_of(node), node, known, declared=True)
        gateway.default = node.text("metadata", "annotations", _DEFAULT_MARK) == "true"
        parameters = node.get("spec", "parameters")
        if parameters is None:
            gateway.missing_proxy = Reason("the IngressClass has no parameters that name a GatewayProxy", label(node))
        else:
            _find_proxy(gateway, parameters, parameters.text("namespace"), proxies)
        made.append(gateway)
    return made


def _find_proxy(gateway: Gateway, reference: Node, namespace: str | None, proxies: tuple[Node, ...]) -> None:
    name = reference.text("name") or ""
    for proxy in proxies:
        if name_of(proxy) == name and (namespace is None or namespace_of(proxy) in (None, namespace)):
            gateway.proxy = proxy
            return
    gateway.missing_proxy = Reason(f"the GatewayProxy `{name}` is not in the repository", label(reference))


def _by_name(
    gateways: list[Gateway],
    tls: Iterable[TlsObject],
    every_route: Iterable[Route],
    foreign: set[str],
    known: Versions,
    folders: frozenset[str],
) -> list[Gateway]:
    """A gateway for each class that objects name and the repository does not hold (the chart makes it)."""
    made: dict[tuple[str, str], Gateway] = {}
    there = {gateway.name for gateway in gateways}
    named = [(one.class_name, one.kind, one.node) for one in tls]
    named += [(one.class_name, one.kind, one.node) for one in every_route]
    for name, kind, node in named:
        if name is None or name in there or name in foreign or kind == "Gateway":
            continue
        if kind != "Ingress" or "apisix" in name:
            environment = environment_of(node.path, folders)
            gateway = made.setdefault((name, environment), Gateway(name, node, known, declared=False))
            gateway.environment = environment
    apart = {name for name, environment in made if environment}
    # what stands in no environment joins each of them
    return [gateway for (name, environment), gateway in made.items() if environment or name not in apart]


def _near(gateways: list[Gateway], node: Node, folders: frozenset[str]) -> list[Gateway]:
    """The gateways that an object can belong to: those of its own environment, and those of none."""
    environment = environment_of(node.path, folders)
    if not environment:
        return gateways
    own = [gateway for gateway in gateways if gateway.environment == environment]
    return own + [gateway for gateway in gateways if not gateway.environment and gateway.name not in {one.name for one in own}]


def _of_gateway_api(by_kind: dict[str, list[Node]], proxies: tuple[Node, ...], known: Versions) -> list[Gateway]:
    classes = {name_of(node): node for node in by_kind.get("GatewayClass", ())}
    made: list[Gateway] = []
    for node in by_kind.get("Gateway", ()):
        name = node.text("spec", "gatewayClassName") or ""
        found = classes.get(name)
        if controlled(found) if found is not None else "apisix" in name:
            gateway = Gateway(name_of(node), node, known, declared=True, gateway_api=True)
            reference = node.get("spec", "infrastructure", "parametersRef")
            if reference is not None:
                _find_proxy(gateway, reference, namespace_of(node), proxies)
            made.append(gateway)
    return made


def _takers(class_name: str | None, kind: str, node: Node, gateways: list[Gateway], known: Versions) -> list[tuple[Gateway, str]]:
    """The gateways that an object belongs to, each with why that is not sure (empty if it is)."""
    if kind == "Gateway":
        return [(gateway, "") for gateway in gateways if gateway.node is node]
    by_class = [gateway for gateway in gateways if not gateway.gateway_api]
    if class_name is not None:
        return [(gateway, "") for gateway in by_class if gateway.name == class_name]
    defaults = [gateway for gateway in by_class if gateway.default]
    if kind == "Ingress":
        return [(gateway, "") for gateway in defaults]
    if known.major == 1:
        return [(gateway, "") for gateway in by_class]
    if defaults:
        return [(gateway, "") for gateway in defaults[:1]]
    doubt = "it names no ingressClassName: version 2 of the controller takes it only with a default IngressClass"
    return [(gateway, doubt) for gateway in by_class[:1]]


def _reception(one: TlsObject, gateway: Gateway, doubt: str) -> tuple[str, str]:
    """Why the controller does not take an object (or, second, why that is not known)."""
    if doubt:
        if gateway.versions.second and gateway.declared:
            return "it names no ingressClassName, and no IngressClass is the default one", ""
        return "", doubt
    missing = gateway.missing_proxy
    if missing is not None and one.kind != "Gateway" and gateway.versions.major != 1:
        if gateway.versions.second and gateway.declared and gateway.node.get("spec", "parameters") is None:
            return f"{missing.message}: the controller accepts it and sends nothing", ""
        return "", missing.message
    return "", ""


def _route_takers(route: Route, gateways: list[Gateway], known: Versions) -> list[Gateway]:
    if route.kind not in ("ApisixRoute", "Ingress"):
        return [
            gateway
            for gateway in gateways
            if gateway.gateway_api
            and any(name == gateway.name and _same(namespace, namespace_of(gateway.node)) for namespace, name in route.parents)
        ]
    return [gateway for gateway, _ in _takers(route.class_name, route.kind, route.node, gateways, known)]


def _same(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
