"""A Milvus custom resource as the Milvus Operator reads it.

Source: the operator's ``apis`` and ``pkg/controllers`` up to v1.3, and its custom resource definitions.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...config import Config
from ...records import NamedTuple
from ...yamldoc.node import MAPPING, SCALAR, Node
from ..kubernetes_volumes import entries, is_true
from ..versions import Version
from .model import NEWEST
from .pods import ComponentView, image_tag, tag_version
from .values import scalar_kind

ROLES = {
    "proxy": "proxy", "mixCoord": "mixcoord", "rootCoord": "rootcoord", "dataCoord": "datacoord", "queryCoord": "querycoord",
    "indexCoord": "indexcoord", "dataNode": "datanode", "queryNode": "querynode", "indexNode": "indexnode",
    "streamingNode": "streamingnode", "standalone": "standalone", "cdc": "cdc",
}  # fmt: skip
"""The mappings below ``spec.components``, and the roles they describe."""

DELETED_SETTINGS = ("minio.address", "minio.port", "pulsar.address", "pulsar.port", "etcd.endpoints")
"""Settings that the operator deletes from ``spec.config`` (``deleteUnsettableConf``): it writes its own."""

STREAMING = Version(2, 6, 0)
"""Since this version a cluster has streaming nodes, one coordinator and no index nodes."""

_COORDINATORS = ("rootCoord", "dataCoord", "queryCoord", "indexCoord")


class OperatorSpec(NamedTuple):
    """A Milvus custom resource, for rules. Nodes are None where nothing is written.

    ``root``: the object. ``spec``, ``config`` (``spec.config``) and ``components`` are its mappings (``components`` is
    ``spec`` itself in v1alpha1's ``kind: Milvus``). ``mode`` is ``standalone`` or ``cluster``.
    ``views``: the volumes of every running component by role. ``idle``: component mappings that run nothing here (``proxy``
    in standalone mode, replicas 0), with their keys.
    ``service``: the mapping (``components.proxy`` or ``components.standalone``) that describes the Service;
    ``service_key`` its name; ``rest_port`` and ``service_type`` what it says.
    ``config_map_only``: a change of ``spec.config`` restarts nothing (the default since v1.3.6); ``config_map_only_node``
    where it is written. ``image_update_mode`` and ``rolling_update`` are the update strategy as written.
    ``deleted``: settings of ``spec.config`` that the operator deletes, with their nodes.
    """

    root: Node
    spec: Node | None
    config: Node | None
    components: Node | None
    mode: str
    mode_node: Node | None
    namespace: str | None
    views: dict[str, ComponentView]
    idle: tuple[tuple[str, Node], ...]
    service: Node | None
    service_key: str
    rest_port: int | None
    rest_port_node: Node | None
    service_type: str
    service_type_node: Node | None
    ingress: Node | None
    config_map_only: bool
    config_map_only_node: Node | None
    image_update_mode: Node | None
    rolling_update: Node | None
    dependencies: Node | None
    deleted: tuple[tuple[str, Node], ...]


def read_spec(root: Node) -> OperatorSpec:
    """The custom resource; ``views`` and ``idle`` are still empty."""
    spec = root.get("spec")
    flat = root.text("kind") == "Milvus" and (root.text("apiVersion") or "").endswith("/v1alpha1")
    components = spec if flat else _mapping(spec, "components")
    mode_node = spec.get("mode") if spec is not None and not flat else None
    mode = "cluster" if root.text("kind") == "MilvusCluster" or (mode_node is not None and mode_node.value == "cluster") else "standalone"  # fmt: skip
    service_key = "proxy" if mode == "cluster" else "standalone"
    service = components if flat else _mapping(components, service_key)
    rest_port = service.get("serviceRestfulPort") if service is not None else None
    service_type = service.get("serviceType") if service is not None else None
    only = components.get("updateConfigMapOnly") if components is not None else None
    config = spec.get("config") if spec is not None else None
    config = None if config is None or config.is_null else config
    return OperatorSpec(
        root=root,
        spec=spec,
        config=config,
        components=components,
        mode=mode,
        mode_node=mode_node,
        namespace=root.text("metadata", "namespace"),
        views={},
        idle=(),
        service=service,
        service_key=service_key,
        rest_port=integer(rest_port) or None,
        rest_port_node=rest_port,
        service_type=service_type.value if service_type is not None and service_type.value else "ClusterIP",
        service_type_node=service_type,
        ingress=_mapping(service, "ingress"),
        config_map_only=only is None or only.is_null or is_true(only),
        config_map_only_node=only,
        image_update_mode=components.get("imageUpdateMode") if components is not None else None,
        rolling_update=components.get("enableRollingUpdate") if components is not None else None,
        dependencies=_mapping(spec, "dependencies"),
        deleted=tuple(_deleted(config)),
    )


def _deleted(config: Node | None) -> Iterator[tuple[str, Node]]:
    for key in DELETED_SETTINGS:
        node = config.get(*key.split(".")) if config is not None else None
        if node is not None:
            yield key, node


def _mapping(node: Node | None, key: str) -> Node | None:
    found = node.get(key) if node is not None else None
    return found if found is not None and found.kind == MAPPING else None


def integer(node: Node | None) -> int | None:
    """The number that Kubernetes reads; None where it is none."""
    value = scalar_kind(node) if node is not None and node.kind == SCALAR else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def running_version(spec: OperatorSpec, key: str, config: Config) -> tuple[Version | None, Node | None]:
    """The version that a component runs, and the node that says it: its image's tag, else ``version``, else configured."""
    component = component_of(spec, key)
    for field, read in (("image", image_tag), ("version", lambda text: text)):
        for mapping in (component, spec.components):
            node = mapping.get(field) if mapping is not None else None
            if node is None or node.kind != SCALAR or node.is_null:
                continue
            version = tag_version(read(node.value))
            if version is not None:
                return version, node
            break
    return tag_version(config.version("milvus")), None


def component_of(spec: OperatorSpec, key: str) -> Node | None:
    """The mapping ``spec.components.<key>``; None where none is written."""
    return None if spec.components is spec.spec else _mapping(spec.components, key)


def running(spec: OperatorSpec, version: Version | None) -> list[str]:
    """The keys of the components that the operator starts, the one with the client listeners first."""
    written = {key for key in ROLES if component_of(spec, key) is not None}
    if spec.mode != "cluster":
        keys = ["standalone"]
    elif (version or NEWEST) >= STREAMING:
        keys = ["proxy", "mixCoord", "dataNode", "queryNode", "streamingNode"]
    else:
        coordinators = ["mixCoord"] if "mixCoord" in written or not written & set(_COORDINATORS) else list(_COORDINATORS)
        keys = ["proxy", *coordinators, "dataNode", "queryNode", "indexNode"]
        switch = spec.components.get("streamingMode") if spec.components is not None else None
        if "streamingNode" in written if switch is None or switch.is_null else is_true(switch):
            keys.append("streamingNode")
    if spec.mode == "cluster" and (_replicas(component_of(spec, "standalone")) or 0) > 0:
        keys.append("standalone")  # stays beside the cluster while it is changed from one to the other
    if "cdc" in written:
        keys.append("cdc")
    flat = spec.components if spec.components is spec.spec else None
    return [key for key in keys if _replicas(flat if flat is not None else component_of(spec, key)) != 0]


def _replicas(component: Node | None) -> int | None:
    if component is None:
        return None
    groups = [integer(group.get("replicas")) for group in entries(component.get("groups"))]
    if groups:
        return 0 if all(replicas == 0 for replicas in groups) else 1
    return integer(component.get("replicas"))
