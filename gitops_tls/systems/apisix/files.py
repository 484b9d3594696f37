"""Gateways that files describe without a controller: a config.yaml, values of the chart; with the ssl objects beside them.

For ``status`` alone: rules judge these files and objects by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from posixpath import basename, dirname

from ...config import Config
from ...findings import label
from ...repo.workspace import Workspace
from ...yamldoc.node import Node
from ..claims import APISIX, Claims
from ..versions import Version
from .addresses import Names, Targets, of_configs, of_proxy, of_values
from .admin import STANDALONE, SslObject, is_filled, ssl_objects
from .chart_files import chart_values
from .config import GatewayConfig, SslSettings, configs, known_version, lua_value, ssl_settings
from .config_load import defects
from .environments import environment_of, environments
from .file_objects import hold
from .model import Apisix, Gateway, Host, Reason, Versions
from .predict import predict
from .values import ChartValues, chart_settings
from .versions import versions

FILE, HELM = "file", "helm"
"""The shapes of these gateways."""

_ETCD, _YAML = "etcd", "yaml"


def with_files(apisix: Apisix | None, workspace: Workspace, claims: Claims, config: Config, now: datetime) -> Apisix | None:
    """The gateways of a repository, those that a config.yaml or values of the chart describe included.

    Chart values (and a config.yaml in a ConfigMap) that stand in the environment of a gateway of the ingress controller are
    no gateway of their own: they tell its version.
    """
    known = known_version(workspace, claims, config)
    told = apisix.versions if apisix is not None else versions(workspace, claims.mentions, (), config)
    there = apisix.gateways if apisix is not None else ()
    folders = environments(claim.root for claim in claims.of(APISIX) if claim.root is not None)
    made: list[tuple[Gateway, str]] = []
    names: dict[int, Names] = {}
    every_config = list(configs(claims, known))
    for one in every_config:
        if one.host is None or not _joined(there, one.path, one.era.version, folders, now):
            made.append((_of_config(one, told), _provider(one.root)))
    every_values = list(chart_values(workspace, claims, config, known))
    for values in every_values:
        if not _joined(there, values.path, values.era.version, folders, now):
            made.append((_of_values(values, told, every_values), _ETCD))
            names[id(made[-1][0])] = of_values(values)
    objects = list(ssl_objects(claims))
    if not made and (apisix is None or not objects):
        return apisix
    if any(one.form != STANDALONE for one in objects) and (there or len(made) > 1):
        by_path = of_configs(workspace, claims.mentions, every_config)
        for gateway, provider in made:
            if provider != _YAML:  # a standalone APISIX has no Admin API
                names.setdefault(id(gateway), by_path.get(gateway.path, Names()))
        names.update((id(gateway), of_proxy(gateway)) for gateway in there)
    addressed = _addressed(objects, [*there, *(gateway for gateway, _ in made)], names, Targets(workspace))
    for gateway, provider in made:
        _hold(gateway, provider, objects, addressed, alone=len(made) == 1)
        predict(gateway, now)
    for gateway in there:
        if _hold_beside(gateway, objects, addressed):
            predict(gateway, now)
    every = sorted([*there, *(gateway for gateway, _ in made)], key=lambda one: (one.path, one.node.position(), one.name))
    if apisix is None:
        return Apisix(told, tuple(every), (), (), (), (), (), ())
    return apisix._replace(gateways=tuple(every))


def _joined(there: Iterable[Gateway], path: str, version: Version | None, folders: frozenset[str], now: datetime) -> bool:
    """Whether a file belongs to a gateway that Kubernetes objects describe; that gateway then has its version."""
    environment = environment_of(path, folders)
    found = [one for one in there if not environment or not one.environment or one.environment == environment]
    for gateway in found:
        if gateway.versions.apisix is None and version is not None:
            gateway.versions = gateway.versions._replace(apisix=version)
            predict(gateway, now)
    return bool(found)


def _of_config(one: GatewayConfig, told: Versions) -> Gateway:
    gateway = _gateway(one.root, one.path, told, one.era.version, FILE)
    fatal = next((each for each in defects(one) if each.fatal and each.certain), None)
    if fatal is not None:
        gateway.off = Reason(fatal.message, label(fatal.node))
    else:
        _apply(gateway, ssl_settings(one), "enable")
    return gateway


def _of_values(values: ChartValues, told: Versions, others: Iterable[ChartValues]) -> Gateway:
    gateway = _gateway(values.root, values.path, told, values.era.version, HELM)
    gateway.name = values.name or gateway.name
    settings = chart_settings(values)
    if settings is not None:
        switch = settings.nodes.get("enabled")
        if switch is not None and is_filled(switch):
            settings = settings._replace(enable=None)
        _apply(gateway, settings, "enabled")
        if switch is None and not values.name and any(one is not values and _enables(one) for one in others):
            gateway.off = None
            gateway.doubt = "another values file switches ssl on, and no file says which of them Helm merges"
    elif values.custom is not None:
        _apply(gateway, ssl_settings(values.custom), "enable")
    return gateway


def _enables(values: ChartValues) -> bool:
    settings = chart_settings(values)
    return settings is None or settings.enable is True


def _gateway(root: Node, path: str, told: Versions, version: Version | None, shape: str) -> Gateway:
    pair = root.pair("apisix")
    anchor = pair[0] if pair is not None else root
    gateway = Gateway(basename(dirname(path)) or "apisix", anchor, told._replace(apisix=version or told.apisix), declared=True)
    gateway.shape = shape
    return gateway


def _apply(gateway: Gateway, settings: SslSettings, switch: str) -> None:
    """Take over what decides every handshake: whether there is a listener, and the name for clients that send none."""
    node = settings.nodes.get(switch)
    if settings.enable is False:
        written = f"`{switch}` of ssl is {node.raw}" if node is not None else f"`{switch}` of ssl is false by default"
        gateway.off = Reason(f"{written}: APISIX has no TLS listener", label(node or gateway.node))
    elif settings.enable is None:
        gateway.doubt = f"`{switch}` of ssl is filled in from outside of the file"
    fallback = settings.nodes.get("fallback_sni") or settings.nodes.get("fallbackSNI")
    if settings.fallback_sni and fallback is not None:
        gateway.fallback = Host(settings.fallback_sni, fallback)


def _provider(root: Node) -> str:
    """Where a config.yaml makes APISIX read its objects from; empty where an environment variable tells."""
    deployment = root.get("deployment")
    if deployment is None:
        node = root.get("apisix", "config_center")
    else:
        role = deployment.text("role") or "traditional"
        node = deployment.get(f"role_{role}", "config_provider")
    if node is None or node.is_null:
        return _ETCD
    value = lua_value(node)
    return value if isinstance(value, str) else ""


def _addressed(
    objects: Iterable[SslObject], gateways: list[Gateway], names: dict[int, Names], targets: Targets
) -> dict[int, Gateway]:
    """The gateway that each object goes to, by the identity of its node, where the address of a command names one."""
    found: dict[int, Gateway] = {}
    for one in objects if any(each.hosts or each.ports for each in names.values()) else ():
        target = targets.of(one) if one.form != STANDALONE else None
        if target is None:
            continue
        fitting = [gateway for gateway in gateways if names.get(id(gateway), Names()).answers(target)]
        proxies = {id(gateway.proxy) if gateway.proxy is not None else id(gateway) for gateway in fitting}
        if len(proxies) == 1:  # classes with one GatewayProxy are one APISIX
            found[id(one.node)] = fitting[0]
    return found


_OVERWRITTEN = "it goes to the APISIX of an ingress controller, whose next full sync deletes what it did not send itself"


def _hold_beside(gateway: Gateway, objects: Iterable[SslObject], addressed: dict[int, Gateway]) -> bool:
    """Add the objects that scripts send to the APISIX of an ingress controller; whether there are any."""
    before = len(gateway.held)
    count: dict[str, int] = {}
    for one in objects:
        count[one.path] = count.get(one.path, 0) + 1
        if addressed.get(id(one.node)) is gateway and (one.node.text("type") or "server") == "server":
            gateway.held.append(hold(one, count[one.path], gateway.versions, _OVERWRITTEN))
    return len(gateway.held) > before


def _hold(gateway: Gateway, provider: str, objects: Iterable[SslObject], addressed: dict[int, Gateway], *, alone: bool) -> None:
    folder = dirname(gateway.path)
    count: dict[str, int] = {}
    for one in objects:
        count[one.path] = count.get(one.path, 0) + 1
        doubt = gateway.doubt
        if one.form == STANDALONE:
            if gateway.shape != FILE or dirname(one.path) != folder:
                continue
            if provider != _YAML:
                doubt = doubt or "nothing in config.yaml makes APISIX read apisix.yaml (`config_provider: yaml`)"
        elif provider == _YAML or addressed.get(id(one.node), gateway if alone else None) is not gateway:
            continue
        if (one.node.text("type") or "server") == "server":
            gateway.held.append(hold(one, count[one.path], gateway.versions, doubt))
