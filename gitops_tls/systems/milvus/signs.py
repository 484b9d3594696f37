"""By which content a document is Milvus' own: a compose project, values of the Helm chart, a settings file.

Sources: every milvus.yaml from 2.2 to 3.0, the values of the zilliztech chart from 4.1 to 5.0, and the files that look
alike: Bitnami's chart of the same name, milvus-backup, milvus-cdc, clients' configuration.
"""

from __future__ import annotations

import re

from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .settings import format_key

_DEFAULTED = r"\$\{\w+:?-([^{}]*)\}"
_VARIABLE = r"\$\{[^{}]*\}|\$\w+"
_IMAGE_VARIABLE = r"(?i)\$\{?MILVUS_(?:STANDALONE_|SERVER_|DOCKER_|DB_)?IMAGE(?:_NAME)?(?:[:}?-].*)?\}?\Z"
_RUNS_MILVUS = r"(?:^|[\s/\"',])milvus[\"',]*\s+[\"']?run\b"
_NO_SERVER = r"backup|cdc|operator|attu|tool|migrat|insight|bench|pymilvus|lite\b|test|proxy-go|datafile|cli\b"

SECTIONS = frozenset(map(format_key, (
    "etcd", "metastore", "mysql", "tikv", "localStorage", "minio", "mq", "woodpecker", "pulsar", "kafka", "rocksmq", "natsmq",
    "mixCoord", "rootCoord", "proxy", "queryCoord", "queryNode", "indexCoord", "indexNode", "dataCoord", "dataNode", "msgChannel",
    "log", "grpc", "tls", "internaltls", "common", "quotaAndLimits", "trace", "autoIndex", "gpu", "streamingNode", "streaming",
    "knowhere", "credential", "function",
)))  # fmt: skip
"""Top-level keys of milvus.yaml, in all versions, as Milvus compares them."""

_OWN_SECTIONS = frozenset(map(format_key, (
    "localStorage", "metastore", "rocksmq", "natsmq", "mixCoord", "rootCoord", "queryCoord", "queryNode", "indexCoord",
    "indexNode", "dataCoord", "dataNode", "msgChannel", "quotaAndLimits", "autoIndex", "streamingNode", "knowhere", "internaltls",
)))  # fmt: skip
_OF_PODS = frozenset((
    "replicas", "replicaCount", "resources", "resourcesPreset", "nodeSelector", "tolerations", "affinity", "podAnnotations",
    "extraEnv", "extraEnvVars", "image", "persistence", "podSecurityContext", "containerSecurityContext", "service", "hpa",
    "serviceAccount",
))  # fmt: skip
"""Keys below a component that only a Helm chart has."""

_TLS_PATH = r"(?:server|ca|client)(?:pem|key)path|serverpem|serverkey|capem"
_TLS_SWITCHES = ("tlsmode", "internaltlsenabled", "internaltlsmode")

_CHART_KEYS: dict[str, int] = {
    **dict.fromkeys(("mixCoordinator", "rootCoordinator", "queryCoordinator", "dataCoordinator", "indexCoordinator"), 2),
    **dict.fromkeys(("customConfigMap", "replicaResourceGroups", "pulsarv3", "heaptrack", "externalPulsar", "externalGcs"), 2),
    **dict.fromkeys(("standalone", "cluster", "attu", "extraConfigFiles"), 1),
    **dict.fromkeys(("queryNode", "indexNode", "dataNode", "streamingNode", "etcd", "minio", "pulsar", "kafka"), 1),
    **dict.fromkeys(("woodpecker", "externalS3", "externalEtcd", "externalKafka"), 1),
    **dict.fromkeys(("proxy", "log", "streaming", "tei", "cdc"), 0),
}
_CHART_ONLY = frozenset((
    "standalone", "cluster", "attu", "mixCoordinator", "rootCoordinator", "queryCoordinator", "dataCoordinator",
    "indexCoordinator", "customConfigMap", "replicaResourceGroups", "pulsarv3", "heaptrack", "extraConfigFiles",
))  # fmt: skip
_GENERIC_CHART_KEYS = frozenset((
    "nameOverride", "fullnameOverride", "image", "nodeSelector", "tolerations", "affinity", "containerSecurityContext", "labels",
    "securityContext", "topologySpreadConstraints", "annotations", "volumes", "volumeMounts", "service", "ingress",
    "serviceAccount", "metrics", "livenessProbe", "readinessProbe",
))  # fmt: skip
_MOUNTS = ("volumes", "volumeMounts")
_BITNAMI_KEYS = frozenset(("existingConfigMap", "defaultConfig", "extraConfig", "extraConfigExistingConfigMap", "auth"))
_ENOUGH = 3


def runs_milvus(service: Node) -> bool:
    """Whether a compose service is a Milvus server: by its image, or because its command is ``milvus run``."""
    image = service.text("image")
    if image is not None and is_milvus_image(image):
        return True
    return any(re.search(_RUNS_MILVUS, _words(service.get(key))) for key in ("command", "entrypoint"))


def is_milvus_image(image: str) -> bool:
    """Whether an image reference names the Milvus server: ``milvusdb/milvus:v2.6``, ``registry/x/milvus@sha256:…``."""
    if re.match(_IMAGE_VARIABLE, image) and ":-" not in image:
        return True
    before = ""
    while before != image:
        before, image = image, re.sub(_DEFAULTED, r"\1", image)
    name = re.sub(_VARIABLE, "", image).partition("@")[0].strip().lower()
    folder, _, last = name.rpartition("/")
    last = last.partition(":")[0]
    if last == "milvus":
        return True
    owner = folder.rpartition("/")[2]
    return owner in ("zilliz", "milvusdb") and last.startswith("milvus") and not re.search(_NO_SERVER, last)


def is_compose(root: Node) -> bool:
    """Whether a document is a compose project with a Milvus server."""
    services = root.get("services")
    if services is None or services.kind != MAPPING:
        return False
    return any(runs_milvus(service.resolved()) for _, service in services.effective())


def helm_values(root: Node, *, named_values: bool, about_milvus: bool) -> Node | None:
    """The mapping that holds values of the zilliztech chart: the document, or a sub-chart's part of it; None for others.

    ``named_values``: the file has a values file's name. ``about_milvus``: its name or folder says milvus.
    """
    if _is_chart_values(root, named_values, about_milvus):
        return root
    inner = root.get("milvus")
    if inner is not None and inner.kind == MAPPING and _certainly_chart(inner) and not _is_bitnami(root):
        return inner
    return None


def _is_chart_values(root: Node, named_values: bool, about_milvus: bool) -> bool:
    keys = {key.value: value.resolved() for key, value in root.effective()}
    if "services" in keys or _is_bitnami(root):
        return False
    if _certainly_chart(root):
        return True
    if named_values and (is_tls_settings(root) or _is_cluster_with_tls(keys)):
        return True
    known = sum(key in _CHART_KEYS or key in _GENERIC_CHART_KEYS for key in keys)
    image = keys.get("image")
    for_all = image is not None and image.get("all") is not None
    if known * 2 < len(keys) or (image is not None and not for_all and image.get("tools") is None):
        return False
    points = sum(_CHART_KEYS.get(key, 0) for key in keys) + 2 * for_all + named_values + about_milvus
    own = {key for key in keys if key in _CHART_ONLY}
    if own == {"cluster"} and not for_all:
        # other charts have a `cluster` too
        return root.text("cluster", "enabled") is not None and known == len(keys) and points >= _ENOUGH
    if own or for_all:
        return points >= _ENOUGH and _has_switches(keys)
    return named_values and about_milvus and known == len(keys) and any(key in _CHART_KEYS or key in _MOUNTS for key in keys)


def _is_cluster_with_tls(keys: dict[str, Node]) -> bool:
    """Whether values switch the cluster mode and else hold Milvus' TLS in ``config``, or the Secret of ``proxy.tls``."""
    cluster, config, proxy = keys.get("cluster"), keys.get("config"), keys.get("proxy")
    switch = cluster.text("enabled") if cluster is not None else None
    own = {key for key in keys if key not in _CHART_KEYS and key not in _GENERIC_CHART_KEYS and format_key(key) not in SECTIONS}
    if switch not in ("true", "false") or not own <= {"config"}:
        return False
    if config is not None and config.kind == MAPPING and is_tls_settings(config):
        return True
    tls = proxy.get("tls") if proxy is not None else None
    # other charts with a cluster and a proxy have ports and parameters in `tls`
    below = {key.value for key, _ in tls.effective()} if tls is not None and tls.kind == MAPPING else set()
    return below <= {"enabled", "secretName", "crt", "key"} and len(below) > 2 and "secretName" in below


def _has_switches(keys: dict[str, Node]) -> bool:
    """Whether a part of the chart is written as the chart has it: ``enabled``, or what only pods have."""
    if "image" in keys:
        return True
    for key in _CHART_KEYS:
        part = keys.get(key)
        if part is None:
            continue
        if part.kind != MAPPING or any(k.value == "enabled" or k.value in _OF_PODS for k, _ in part.effective()):
            return True
    return False


def _certainly_chart(root: Node) -> bool:
    image = root.text("image", "all", "repository")
    if image is not None and is_milvus_image(image):
        return True
    files = root.get("extraConfigFiles")
    if files is None or files.kind != MAPPING:
        return False
    return any(
        key.value in ("user.yaml", "milvus.yaml", "default.yaml") or re.search("tlsMode|PemPath", value.resolved().raw)
        for key, value in files.effective()
    )


def _is_bitnami(root: Node) -> bool:
    if root.get("initJob") is not None or "bitnami" in (root.text("attu", "image", "repository") or ""):
        return True
    milvus = root.get("milvus")
    if milvus is None or milvus.kind != MAPPING:
        return False
    own = {key.value for key, _ in milvus.effective()}
    return not own.isdisjoint(_BITNAMI_KEYS) or "bitnami" in (milvus.text("image", "repository") or "")


def is_settings(root: Node, *, named: bool) -> bool:
    """Whether a document holds settings of a Milvus server.

    ``named``: the file is called milvus.yaml or user.yaml; then fewer sections are enough.
    """
    keys = [(format_key(key.value), value.resolved()) for key, value in root.effective()]
    names = {name for name, _ in keys}
    if names & {"apiversion", "services", "milvus", "spring", "extraconfigfiles"} or root.text("kind") is not None:
        return False
    if any(_is_of_pods(value) for name, value in keys if name in SECTIONS):
        return False
    if is_tls_settings(root):
        return True
    known = names & SECTIONS
    if named and len(known) > 1 and known == names:
        return True
    if len(known) < 4 or len(known) * 2 < len(names):
        return False
    return bool(known & _OWN_SECTIONS) or len(known & {"etcd", "minio", "common", "proxy", "mq", "pulsar"}) > 3


def _is_of_pods(value: Node) -> bool:
    return value.kind == MAPPING and any(key.value in _OF_PODS for key, _ in value.effective())


def is_tls_settings(root: Node) -> bool:
    """Whether a mapping sets Milvus' TLS, also with a name or place that Milvus would not look at."""
    names = {_loose(key.value) for key, _ in root.effective()}
    others = names & SECTIONS
    for key, value in root.effective():
        name, value = _loose(key.value), value.resolved()
        if name.startswith(("commonsecuritytlsmode", "commonsecurityinternaltls", "commonsecuritytlsenabled")):
            return True
        if name in _TLS_SWITCHES and others:
            return True
        if name.startswith(("tls", "internaltls")) and re.search(_TLS_PATH, name) and value.kind == SCALAR:
            return True
        if value.kind != MAPPING:
            continue
        inner = {_loose(k.value): v.resolved() for k, v in value.effective()}
        if name in ("tls", "internaltls") and any(re.match(_TLS_PATH, k) for k in inner):
            return True
        if name == "security" and others and not inner.keys().isdisjoint(_TLS_SWITCHES):
            return True
        if name in ("common", "proxy") and _section_sets_tls(inner):
            return True
        if name in ("tls", "internaltls") and len(others) > 1 and not inner.keys().isdisjoint(_TLS_SWITCHES):
            return True
    return False


def _section_sets_tls(inner: dict[str, Node]) -> bool:
    """``common`` or ``proxy`` with a TLS switch below, directly or in ``security``; or with the paths of a certificate."""
    if any(name in ("tlsmode", "internaltlsenabled", "securitytlsmode", "securityinternaltlsenabled") for name in inner):
        return True
    security = inner.get("security")
    if security is not None and security.kind == MAPPING:
        below = {_loose(key.value) for key, _ in security.effective()}
        if below & {*_TLS_SWITCHES, "tlsenabled"}:
            return True
    for name in ("tls", "internaltls"):
        part = inner.get(name)
        if (
            part is not None
            and part.kind == MAPPING
            and any(re.match(_TLS_PATH, _loose(key.value)) for key, _ in part.effective())
        ):
            return True
    return False


def _loose(key: str) -> str:
    """A key without anything that people put between words."""
    return format_key(key).replace("-", "").replace(" ", "")


def _words(node: Node | None) -> str:
    if node is None:
        return ""
    if node.kind == SEQUENCE:
        return " ".join(item.resolved().value for item in node.items)
    return node.value
