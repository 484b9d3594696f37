"""The values of a Helm release as the Milvus chart (zilliztech/milvus-helm, 4.1 to 5.0) reads them."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import NamedTuple
from ...yamldoc.merge import Value
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..versions import Version
from .model import NEWEST
from .pods import ComponentView, truth
from .settings import format_key
from .values import scalar_kind

ROLES = {
    "proxy": "proxy", "mixCoordinator": "mixcoord", "rootCoordinator": "rootcoord", "dataCoordinator": "datacoord",
    "queryCoordinator": "querycoord", "indexCoordinator": "indexcoord", "queryNode": "querynode", "dataNode": "datanode",
    "indexNode": "indexnode", "streamingNode": "streamingnode", "standalone": "standalone", "cdc": "cdc",
}  # fmt: skip
"""The top-level mappings that describe components, and their roles."""

RESERVED_VOLUMES = frozenset(("milvus-config", "tools", "milvus-data-disk", "milvus-logs-disk", "disk"))
"""Volumes that the chart puts into its pods."""

SHARED_VOLUMES = Version(4, 2, 31)
"""The first chart that reads top-level ``volumes`` and ``volumeMounts``."""

PROXY_VOLUMES = Version(4, 1, 10)
"""The first chart that reads ``proxy.volumes`` and ``proxy.volumeMounts``."""

MIX_COORDINATOR = Version(4, 2, 31)
"""Charts from here on start one coordinator by default, earlier ones four."""

STREAMING = Version(5, 0, 0)
"""Charts from here on start streaming nodes instead of index nodes, and mount the configuration without a merge tool."""

USER_YAML = "user.yaml"
"""The one key of ``extraConfigFiles`` that the chart mounts."""

_COORDINATORS = ("rootCoordinator", "dataCoordinator", "queryCoordinator", "indexCoordinator")

_SETTINGS = frozenset(
    map(format_key, ("common", "tls", "internaltls", "config", "localStorage", "grpc", "rootCoord", "dataCoord", "queryCoord", "indexCoord", "mixCoord"))
)  # fmt: skip
"""Top-level settings of milvus.yaml that are no values of the chart."""


class Ignored(NamedTuple):
    """A value that no template reads: its path (``standalone.volumes``), its value, and what to do instead in words."""

    path: str
    value: Value
    why: str


class HelmSpec(NamedTuple):
    """The values of a release, for rules. Every Value knows its node, its key's node and what it overrides.

    ``values``: all files merged (the ``milvus:`` part of an umbrella chart's); ``roots``: the root of each file, in order.
    ``chart_version`` is None where it is not known: the newest is then assumed.
    ``user_yaml``: what stands at ``extraConfigFiles["user.yaml"]``, ``user_root`` the root of the YAML inside it (None
    where it is no text, empty or broken). ``custom_config_map``: the name that replaces ``extraConfigFiles``.
    ``volumes``, ``volume_mounts``, ``proxy_volumes``, ``proxy_volume_mounts``: the lists as written, also where ignored.
    ``views``: the volumes of every running component by role. ``ignored``: values that no template reads.
    ``service_type`` is ``ClusterIP`` where nothing is written. ``ingress``, ``attu``, ``proxy_tls``, ``minio_tls``,
    ``external_s3``, ``external_kafka``, ``metrics``: the mappings as written; ``ingress_enabled``, ``attu_enabled`` and
    ``metrics_enabled`` what they come to with the chart's defaults.
    """

    values: Value
    roots: tuple[Node, ...]
    chart_version: Version | None
    cluster_enabled: bool
    cluster_enabled_value: Value | None
    user_yaml: Value | None
    user_root: Node | None
    custom_config_map: Value | None
    volumes: Value | None
    volume_mounts: Value | None
    proxy_volumes: Value | None
    proxy_volume_mounts: Value | None
    views: dict[str, ComponentView]
    ignored: tuple[Ignored, ...]
    service_type: str
    service_type_value: Value | None
    ingress: Value | None
    ingress_enabled: bool
    attu: Value | None
    attu_enabled: bool
    proxy_tls: Value | None
    minio_tls: Value | None
    external_s3: Value | None
    external_kafka: Value | None
    metrics: Value | None
    metrics_enabled: bool

    @property
    def reads_shared_volumes(self) -> bool:
        """Whether the chart reads top-level ``volumes`` and ``volumeMounts``."""
        return self.chart_version is None or self.chart_version >= SHARED_VOLUMES

    @property
    def reads_proxy_volumes(self) -> bool:
        """Whether the chart reads ``proxy.volumes`` and ``proxy.volumeMounts``."""
        return self.cluster_enabled and (self.chart_version is None or self.chart_version >= PROXY_VOLUMES)


def chart_values(values: Value) -> Value:
    """The part of the values that the Milvus chart gets: below ``milvus`` where an umbrella chart wraps it."""
    inner = values.get("milvus")
    if inner is None or inner.kind != MAPPING:
        return values
    own = ("extraConfigFiles", "cluster", "image", "standalone", "proxy", "volumes")
    wrapped = any(key in inner.entries for key in own) and not any(key in values.entries for key in own)
    return inner if wrapped else values


def read_values(values: Value, roots: tuple[Node, ...], chart_version: Version | None) -> HelmSpec:
    """The values of a release; ``views`` and ``user_root`` are still empty."""
    cluster_enabled = enabled(values, True, "cluster", "enabled")
    custom = values.get("customConfigMap")
    spec = HelmSpec(
        values=values,
        roots=roots,
        chart_version=chart_version,
        cluster_enabled=cluster_enabled,
        cluster_enabled_value=values.written("cluster", "enabled"),
        user_yaml=values.get("extraConfigFiles", USER_YAML),
        user_root=None,
        custom_config_map=custom if custom is not None and truth(custom.node) else None,
        volumes=values.get("volumes"),
        volume_mounts=values.get("volumeMounts"),
        proxy_volumes=values.get("proxy", "volumes"),
        proxy_volume_mounts=values.get("proxy", "volumeMounts"),
        views={},
        ignored=(),
        service_type=values.text("service", "type") or "ClusterIP",
        service_type_value=values.get("service", "type"),
        ingress=values.get("ingress"),
        ingress_enabled=enabled(values, False, "ingress", "enabled"),
        attu=values.get("attu"),
        attu_enabled=enabled(values, False, "attu", "enabled"),
        proxy_tls=values.get("proxy", "tls"),
        minio_tls=values.get("minio", "tls"),
        external_s3=values.get("externalS3"),
        external_kafka=values.get("externalKafka"),
        metrics=values.get("metrics"),
        metrics_enabled=enabled(values, True, "metrics", "enabled"),
    )
    return spec._replace(ignored=tuple(_ignored(spec)))


def enabled(values: Value, default: bool, *keys: str) -> bool:
    """Whether the switch at ``keys`` is on: ``default`` is the chart's; a null takes the default away and is off."""
    value = values.written(*keys)
    return default if value is None else truth(value.node)


def running(values: Value, chart_version: Version | None, version: Version | None) -> list[str]:
    """The keys of the components that the chart starts, the one with the client listeners first.

    Which ones start by default depends on the chart; without its version it is judged by the version of the image.
    """
    if not enabled(values, True, "cluster", "enabled"):
        return ["standalone"] if _replicas(values, "standalone") != 0 else []
    image = version or NEWEST
    streaming = chart_version >= STREAMING if chart_version is not None else image >= Version(2, 6)
    mixed = chart_version >= MIX_COORDINATOR if chart_version is not None else image >= Version(2, 5)
    defaults = {
        "proxy": True,
        "mixCoordinator": mixed,
        **dict.fromkeys(_COORDINATORS, not mixed),
        "queryNode": True,
        "dataNode": True,
        "indexNode": not streaming,
        "cdc": False,
    }
    keys = [key for key, default in defaults.items() if enabled(values, default, key, "enabled")]
    if enabled(values, streaming, "streaming", "enabled"):
        keys.append("streamingNode")
    return [key for key in keys if _replicas(values, key) != 0]


def _replicas(values: Value, key: str) -> object:
    value = values.get(key, "replicas")
    return scalar_kind(value.node.resolved()) if value is not None and value.kind == SCALAR else None


def _ignored(spec: HelmSpec) -> Iterator[Ignored]:
    move = 'the settings of Milvus belong into `extraConfigFiles."user.yaml"`'
    for key, value in spec.values.mapping.items():
        if format_key(key.split(".")[0]) in _SETTINGS and (value.kind != MAPPING or value.mapping):
            yield Ignored(key, value, move)
    http = spec.values.get("proxy", "http")
    for key, value in (http.mapping if http is not None else {}).items():
        if key not in ("enabled", "debugMode"):
            yield Ignored(f"proxy.http.{key}", value, move)
    yield from _ignored_files(spec)
    yield from _ignored_volumes(spec)


def _ignored_files(spec: HelmSpec) -> Iterator[Ignored]:
    files = spec.values.get("extraConfigFiles")
    for key, value in (files.mapping if files is not None else {}).items():
        if spec.custom_config_map is not None:
            if value.kind != SCALAR or value.text():
                yield Ignored(f"extraConfigFiles.{key}", value, "`customConfigMap` replaces all of `extraConfigFiles`")
        elif key != USER_YAML:
            yield Ignored(f"extraConfigFiles.{key}", value, "the chart mounts `user.yaml` alone")


def _ignored_volumes(spec: HelmSpec) -> Iterator[Ignored]:
    for field in ("volumes", "volumeMounts"):
        shared = spec.values.get(field)
        if _filled(shared) and shared is not None and not spec.reads_shared_volumes:
            yield Ignored(field, shared, f"chart {spec.chart_version} does not read it, charts from {SHARED_VOLUMES} do")
        for key in ROLES:
            value = spec.values.get(key, field)
            if value is None or not _filled(value):
                continue
            if key != "proxy":
                yield Ignored(f"{key}.{field}", value, f"the top-level `{field}` reach every pod")
            elif not spec.cluster_enabled:
                yield Ignored(
                    f"{key}.{field}", value, f"there is no proxy pod in standalone mode; the top-level `{field}` do reach it"
                )
            elif not spec.reads_proxy_volumes:
                yield Ignored(
                    f"{key}.{field}", value, f"chart {spec.chart_version} does not read it, charts from {PROXY_VOLUMES} do"
                )


def _filled(value: Value | None) -> bool:
    return value is not None and (value.kind != SEQUENCE or bool(value.items)) and (value.kind != MAPPING or bool(value.entries))
