"""Kubernetes objects as the APISIX ingress controller reads them; nothing here judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .gateway_api import client_of
from .model import Client, Host, Route, SecretRef, TlsObject
from .signs import class_of, looks_like_tls
from .words import GATEWAY_LISTENER, INGRESS, TLS


def items(node: Node | None) -> Iterator[Node]:
    """The items of a list; nothing for anything else."""
    if node is not None and node.kind == SEQUENCE:
        for item in node.items:
            yield item.resolved()


def texts(node: Node | None) -> Iterator[Node]:
    """The scalars of a list, a single scalar counted as a list of one."""
    if node is not None and node.kind == SCALAR and not node.is_null:
        yield node
    for item in items(node):
        if item.kind == SCALAR and not item.is_null:
            yield item


def name_of(node: Node) -> str:
    """``metadata.name``; ``?`` where there is none."""
    return node.text("metadata", "name") or "?"


def namespace_of(node: Node) -> str | None:
    """``metadata.namespace``; None where it is not written."""
    return node.text("metadata", "namespace")


def reference(node: Node | None) -> SecretRef | None:
    """A ``{name, namespace}``; None where there is none or its name is empty. The namespace does not default."""
    if node is None or node.kind != MAPPING:
        return None
    name = node.text("name")
    if not name:
        return None
    return SecretRef(name, node.text("namespace"), node, node.get("name"), node.get("namespace"))


def apisix_tls(node: Node) -> TlsObject:
    """An ApisixTls of any version; the spec has had the same shape in all of them."""
    spec = node.get("spec")
    spec = spec if spec is not None and spec.kind == MAPPING else node
    client = spec.get("client") if spec is not node else None
    return TlsObject(
        TLS,
        name_of(node),
        namespace_of(node),
        node,
        spec,
        tuple(Host(host.value, host) for host in texts(spec.get("hosts"))),
        reference(spec.get("secret")),
        _client(client) if client is not None and client.kind == MAPPING else None,
        spec.text("ingressClassName"),
        spec.get("ingressClassName"),
    )


def _client(node: Node) -> Client:
    skips = node.get("skip_mtls_uri_regex")
    return Client(node, reference(node.get("caSecret")), node.get("depth"), tuple(texts(skips)), skips)


def ingress_tls(node: Node) -> Iterator[TlsObject]:
    """The ``tls`` entries of an Ingress. Without hosts the names of the certificate count."""
    for entry in items(node.get("spec", "tls")):
        secret = entry.get("secretName")
        ref = None
        if secret is not None and secret.kind == SCALAR and not secret.is_null:
            ref = SecretRef(secret.value, namespace_of(node), secret, secret, None)
        hosts = tuple(Host(host.value, host) for host in texts(entry.get("hosts")))
        yield TlsObject(
            INGRESS, name_of(node), namespace_of(node), node, entry, hosts, ref, None, class_of(node), None, not hosts
        )  # fmt: skip


def gateway_tls(node: Node) -> Iterator[TlsObject]:
    """The TLS listeners of a Gateway; the port is ignored."""
    for listener in items(node.get("spec", "listeners")):
        tls = listener.get("tls")
        if tls is None or (tls.text("mode") or "Terminate") != "Terminate":
            continue
        host = listener.get("hostname")
        hosts = (Host(host.value, host),) if host is not None and host.kind == SCALAR and host.value else ()
        client = client_of(node, listener)
        for one in items(tls.get("certificateRefs")):
            found = reference(one)
            if found is not None and (one.text("kind") or "Secret") == "Secret":
                ref = found if found.namespace else found._replace(namespace=namespace_of(node))
                yield TlsObject(
                    GATEWAY_LISTENER, name_of(node), namespace_of(node), node, listener, hosts, ref,
                    client, node.text("spec", "gatewayClassName"), None, not hosts,
                )  # fmt: skip


def apisix_route(node: Node) -> Route:
    """An ApisixRoute: the hosts of its HTTP rules."""
    hosts: list[Host] = []
    redirects: set[str] = set()
    for rule in items(node.get("spec", "http")):
        own = [Host(host.value, host) for host in texts(rule.get("match", "hosts"))]
        hosts += own
        # what an ApisixPluginConfig does is not looked up: it may redirect
        if any(_redirects(one) for one in items(rule.get("plugins"))) or rule.text("plugin_config_name") is not None:
            redirects.update(host.name for host in own)
    return Route(
        "ApisixRoute", name_of(node), namespace_of(node), node, _distinct(hosts), frozenset(redirects),
        node.text("spec", "ingressClassName"),
    )  # fmt: skip


def redirects_all(proxy: Node | None) -> bool:
    """Whether the plugins of a GatewayProxy redirect every request to HTTPS."""
    return proxy is not None and any(
        plugin.text("enabled") != "false" and _redirects(plugin) for plugin in items(proxy.get("spec", "plugins"))
    )


def _redirects(plugin: Node) -> bool:
    """Whether a plugin sends plain HTTP to HTTPS."""
    if plugin.text("name") != "redirect" or plugin.text("enable") == "false":
        return False
    return plugin.text("config", "http_to_https") == "true" or (plugin.text("config", "uri") or "").startswith("https:")


def ingress_route(node: Node) -> Route:
    """The rules of an Ingress."""
    hosts = [
        Host(host.value, host)
        for rule in items(node.get("spec", "rules"))
        if (host := rule.get("host")) is not None and host.kind == SCALAR and host.value
    ]
    redirect = node.text("metadata", "annotations", "k8s.apisix.apache.org/http-to-https") == "true"
    named = frozenset(host.name for host in hosts) if redirect else frozenset()
    return Route(INGRESS, name_of(node), namespace_of(node), node, _distinct(hosts), named, class_of(node))


def http_route(node: Node) -> Route:
    """An HTTPRoute, GRPCRoute or TLSRoute with the Gateways it is attached to."""
    hosts = [Host(host.value, host) for host in texts(node.get("spec", "hostnames"))]
    own = namespace_of(node)
    parents = tuple(
        (parent.text("namespace") or own, parent.text("name") or "")
        for parent in items(node.get("spec", "parentRefs"))
        if (parent.text("kind") or "Gateway") == "Gateway"
    )
    redirect = any(
        part.text("type") == "RequestRedirect" and part.text("requestRedirect", "scheme") == "https"
        for rule in items(node.get("spec", "rules"))
        for part in items(rule.get("filters"))
    )
    redirects = frozenset(host.name for host in hosts) if redirect else frozenset()
    return Route(node.text("kind") or "HTTPRoute", name_of(node), own, node, _distinct(hosts), redirects, None, parents)


def _distinct(hosts: Iterable[Host]) -> tuple[Host, ...]:
    first: dict[str, Host] = {}
    for host in hosts:
        first.setdefault(host.name, host)
    return tuple(first.values())


def tls_objects(nodes: Iterable[Node]) -> Iterator[TlsObject]:
    """Everything among some objects that brings a certificate."""
    for node in nodes:
        kind = node.text("kind")
        if looks_like_tls(kind):
            yield apisix_tls(node)
        elif kind == INGRESS:
            yield from ingress_tls(node)
        elif kind == GATEWAY_LISTENER:
            yield from gateway_tls(node)


def routes(nodes: Iterable[Node]) -> Iterator[Route]:
    """Everything among some objects that exposes hosts."""
    makers = {
        "ApisixRoute": apisix_route, INGRESS: ingress_route,
        "HTTPRoute": http_route, "GRPCRoute": http_route, "TLSRoute": http_route,
    }  # fmt: skip
    for node in nodes:
        maker = makers.get(node.text("kind") or "")
        if maker is not None:
            yield maker(node)
