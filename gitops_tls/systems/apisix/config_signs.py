"""By which content a document is APISIX's own: config.yaml, values of its chart, ssl objects for its Admin API.

Sources: conf/config-default.yaml and conf/config.yaml of 2.0 to 3.18, the values of apache/apisix-helm-chart 0.1 to 2.14,
and what looks alike: the values of the ingress controller's and Bitnami's charts, the controller's own config.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from ...repo.prefilter import named_values
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ...yamldoc.parse import Parsed
from ..claims import APISIX_CONFIG, APISIX_SSL, APISIX_VALUES, Claim
from .config_keys import ADC_RESOURCES, SSL_KEYS_2, SSL_OBJECT_KEYS, STANDALONE_RESOURCES

_TOP = frozenset(
    ("apisix", "deployment", "nginx_config", "etcd", "plugins", "stream_plugins", "plugin_attr", "discovery", "graphql", "wasm",
     "ext-plugin", "xrpc", "vault", "ssl", "api7ee", "tracing")
)  # fmt: skip
_IN_APISIX = frozenset(
    ("node_listen", "ssl", "enable_admin", "admin_key", "allow_admin", "admin_listen", "port_admin", "https_admin", "admin_api_mtls",
     "config_center", "proxy_protocol", "proxy_cache", "proxy_mode", "stream_proxy", "dns_resolver", "data_encryption", "enable_ipv6",
     "router", "enable_control", "enable_http2", "enable_reuseport", "extra_lua_path", "enable_dev_mode", "id", "enable_server_tokens")
)  # fmt: skip
_IN_DEPLOYMENT = frozenset(
    ("role", "role_traditional", "role_control_plane", "role_data_plane", "admin", "etcd", "config_provider")
)
_VALUES_2 = frozenset(
    ("fullCustomConfig", "deployment", "admin", "nginx", "discovery", "customPlugins", "pluginAttrs", "vault", "prometheus")
)
_VALUES_SSL = frozenset(
    ("enabled", "containerPort", "additionalContainerPorts", "existingCASecret", "certCAFilename", "sslProtocols", "sslCiphers",
     "fallbackSNI", "enableHTTP3")
)  # fmt: skip
_VALUES_1 = frozenset(
    ("customizedConfig", "enableCustomizedConfig", "httpRouter", "image", "replicaCount", "luaModuleHook", "setIDFromPodUID")
)
_BITNAMI = frozenset(("dataPlane", "controlPlane", "ingressController", "usePasswordFiles", "waitContainer", "diagnosticMode"))
_PEM_OR_REFERENCE = r"-----BEGIN|\$(?:secret|env|ENV)://|\A\s*(?:<.*>|\$\{?\w+\}?|\.\.\.)?\s*\Z"

_BROKEN_CONFIG = (
    r"(?m)^apisix[ \t]*:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+"
    r"(?:node_listen|ssl|enable_admin|enable_ipv6|admin_key|config_center|data_encryption|proxy_mode)[ \t]*[:：]"
)
_BROKEN_STANDALONE = r"(?m)^ssls?[ \t]*:[ \t]*\r?\n"


def gateway_claims(workspace: Workspace, path: str, parsed: Parsed) -> Iterator[Claim]:
    """The claims of a file's documents; texts in ConfigMaps are opened."""
    for document in parsed.documents:
        root = document.root.resolved() if document.root is not None else None
        if root is not None:
            inner = _of_umbrella(root, path) or _of_alias(workspace, root, path)
            kind = kind_of(root, path) if inner is None else None
            if inner is not None:
                yield Claim(APISIX_VALUES, path, inner, parsed)
            elif kind is not None:
                yield Claim(kind, path, root, parsed)
            elif root.kind == MAPPING and root.get("apiVersion") is not None:
                yield from _config_maps(workspace, path, root)


def _of_umbrella(root: Node, path: str) -> Node | None:
    """The values for the chart as a dependency: all of them stand below its name."""
    inner = root.get("apisix") if root.kind == MAPPING and root.get("apiVersion") is None else None
    return inner if inner is not None and inner.get("apisix") is not None and is_values(inner, path) else None


def _of_alias(workspace: Workspace, root: Node, path: str) -> Node | None:
    """The values for the chart as a dependency with another name, which the parent's Chart.yaml tells."""
    if root.kind != MAPPING or root.get("apiVersion") is not None or not named_values(path):
        return None
    from .chart_files import parent_key

    alias = parent_key(workspace, path)
    inner = root.get(alias) if alias and alias != "apisix" else None
    return inner if inner is not None and inner.kind == MAPPING and is_values(inner, path) else None


def broken_kind(path: str, text: str) -> str | None:
    """The kind of a file that cannot be parsed to its end, by its text."""
    if "apiVersion:" in text:
        return None
    if re.search(_BROKEN_CONFIG, text):
        return APISIX_CONFIG
    if basename(path).lower() in ("apisix.yaml", "apisix.yml") and re.search(_BROKEN_STANDALONE, text):
        return APISIX_SSL
    return None


def kind_of(root: Node, path: str) -> str | None:
    """What a document is to APISIX; None where it is nothing to it."""
    if root.kind == SEQUENCE:
        items = [item.resolved() for item in root.items]
        return APISIX_SSL if items and all(is_ssl_object(item, path) for item in items) else None
    if root.kind != MAPPING or root.get("apiVersion") is not None:
        return None
    if is_values(root, path):
        return APISIX_VALUES
    if is_config(root):
        return APISIX_CONFIG
    return APISIX_SSL if holds_ssl_objects(root) or is_ssl_object(root, path) else None


def is_config(root: Node) -> bool:
    """Whether a mapping is a config.yaml of APISIX."""
    keys = {key.value: value.resolved() for key, value in root.effective()}
    if not keys or len(keys.keys() & _TOP) * 2 < len(keys):
        return False
    apisix, deployment = keys.get("apisix"), keys.get("deployment")
    if apisix is not None and apisix.kind == MAPPING:
        own = {key.value for key, _ in apisix.effective()}
        return bool(own & _IN_APISIX) or (len(keys) > 1 and keys.keys() <= _TOP)
    if deployment is not None and deployment.kind == MAPPING:
        own = {key.value for key, _ in deployment.effective()}
        return len(own & _IN_DEPLOYMENT) > 1 and own <= _IN_DEPLOYMENT | {"certs"}
    return "apisix" in keys and len(keys) > 1 and keys.keys() <= _TOP


def is_values(root: Node, path: str) -> bool:
    """Whether a mapping holds values of the chart apache/apisix (not of Bitnami's, which has other keys)."""
    keys = {key.value: value.resolved() for key, value in root.effective()}
    apisix = keys.get("apisix")
    if keys.keys() & _BITNAMI or "nginx_config" in keys or (keys.keys() <= {"apisix", "deployment"} and "deployment" in keys):
        return False
    if apisix is None or apisix.kind != MAPPING:
        gateway = keys.get("gateway")
        return gateway is not None and gateway.get("tls", "containerPort") is not None and "admin" in keys
    own = {key.value: value.resolved() for key, value in apisix.effective()}
    ssl = own.get("ssl")
    if ssl is not None and ssl.kind == MAPPING:
        names = {key.value for key, _ in ssl.effective()}
        if len(names & _VALUES_SSL) + named_values(path) > len(names & SSL_KEYS_2):
            return True
    if own.keys() & _IN_APISIX - {"ssl"}:
        return False
    chart = own.keys() & (_VALUES_1 | _VALUES_2)
    return bool(chart) and (
        len(chart) > 1
        or bool(keys.keys() & {"gateway", "service", "etcd", "ingress-controller", "externalEtcd", "image", "dashboard", "admin"})
    )


def is_ssl_object(node: Node, path: str) -> bool:
    """Whether a mapping is a body for ``/apisix/admin/ssls``."""
    if node.kind != MAPPING:
        return False
    keys = {key.value for key, _ in node.effective()}
    names = keys & {"sni", "snis"}
    if not names or not keys & {"cert", "key", "certs", "keys"}:
        return False
    if "snis" in names and keys <= SSL_OBJECT_KEYS:
        return True
    if "apisix" in path.lower() or "client" in keys or "validity_end" in keys:
        return True
    cert = node.text("cert") or ""
    return {"cert", "key"} <= keys <= SSL_OBJECT_KEYS and re.search(_PEM_OR_REFERENCE, cert) is not None


def holds_ssl_objects(root: Node) -> bool:
    """Whether a document is an apisix.yaml or a file for ADC that has ssl objects."""
    keys = {key.value for key, _ in root.effective()}
    for name in ("ssls", "ssl"):
        objects = root.get(name)
        if objects is not None and objects.kind == SEQUENCE and keys <= STANDALONE_RESOURCES | ADC_RESOURCES:
            items = [item.resolved() for item in objects.items]
            return bool(items) and all(item.kind == MAPPING and _is_entry(item) for item in items)
    return False


def _is_entry(item: Node) -> bool:
    keys = {key.value for key, _ in item.effective()}
    return bool(keys & {"sni", "snis", "cert", "certificates"})


def _config_maps(workspace: Workspace, path: str, root: Node) -> Iterator[Claim]:
    items = root.get("items")
    objects = [item.resolved() for item in items.items] if items is not None and items.kind == SEQUENCE else [root]
    for one in objects:
        data = one.get("data") if one.text("kind") == "ConfigMap" else None
        for _, value in data.effective() if data is not None else ():
            yield from _nested(workspace, path, value.resolved())


def _nested(workspace: Workspace, path: str, value: Node) -> Iterator[Claim]:
    if value.kind != SCALAR or not re.search("apisix|deployment|ssls?:|snis?", value.value):
        return
    parsed = workspace.nested(value)
    for document in parsed.documents:
        inner = document.root.resolved() if document.root is not None else None
        kind = kind_of(inner, path) if inner is not None else None
        if inner is not None and kind in (APISIX_CONFIG, APISIX_SSL):
            yield Claim(kind, path, inner, parsed, None, value)
