"""Values of the chart apache/apisix (0.1 to 2.14): what they make of APISIX's TLS, and which of them no template reads.

Source: charts/apisix/values.yaml and templates/configmap.yaml of apache/apisix-helm-chart.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...records import NamedTuple
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..milvus.values import parse_bool
from ..versions import Version, parse_version
from .config import ANY, CIPHERS, NO_PORT_HTTP2, PROTOCOLS, V3, Era, GatewayConfig, Listener, SslSettings
from .config_defects import BLOCK, IGNORED, LISTEN, MTLS_KEYS, MTLS_PLACES, PROTOCOLS_RULE, STOPS, Defect
from .config_keys import CHART_HTTP2, CHART_SSL_KEYS, CHART_TLS_KEYS
from .config_listen import cipher_defects, listener_defects, protocol_words

CHART_CIPHERS = CIPHERS + (
    ":DHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA256:"
    "DHE-RSA-AES256-SHA256:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA:DES-CBC3-SHA"
)
"""The chart's own list; charts that have no ``sslCiphers`` write it into config.yaml as it is."""

_SECOND = ("ssl", "deployment", "admin", "nginx", "fullCustomConfig")


class ChartValues(NamedTuple):
    """Values of one file, or of a release whose files Helm merges (``name`` is then not empty, ``root`` what they make).

    ``second``: the layout since chart 2.0 (``apisix.ssl``), else that before (``gateway.tls``). ``chart`` is the chart's
    version where a Chart.yaml beside the file tells it. ``custom`` is the config.yaml that replaces the template's.
    """

    root: Node
    path: str
    era: Era
    second: bool
    chart: Version | None
    custom: GatewayConfig | None
    name: str = ""
    home: Node | None = None
    """The values in the last file that has some: where a new one can be written."""
    above: Node | None = None
    """The key of a parent chart that holds them: they are values for the chart as its dependency."""

    @property
    def tls(self) -> Node | None:
        """``apisix.ssl``, or ``gateway.tls`` of old charts."""
        return self.root.get("apisix", "ssl") if self.second else self.root.get("gateway", "tls")

    @property
    def admin(self) -> Node | None:
        """The values of the Admin API."""
        return self.root.get("apisix", "admin") if self.second else self.root.get("admin")


def read_values(root: Node, path: str, chart: Version | None, app: Version | None, known: Version | None) -> ChartValues:
    """Values as one chart reads them. ``app`` is the version that the chart installs, ``known`` that of the repository."""
    apisix = root.get("apisix")
    second = any(root.get("apisix", key) is not None for key in _SECOND) or (
        apisix is not None and apisix.pair("ssl") is not None
    )
    second = second or (root.get("gateway") is None and root.get("service") is not None)
    if chart is not None:
        second = chart >= Version(2, 0)
    tag = root.text("image", "tag") if second else root.text("apisix", "image", "tag") or root.text("image", "tag")
    version = (parse_version(tag) if tag else None) or app or known
    if version is not None:
        era = Era(version)
    else:
        era = Era(low=NO_PORT_HTTP2 if root.get("apisix", "enableHTTP2") is not None else V3) if second else Era()
    switch, body = (("fullCustomConfig", "enabled"), ("fullCustomConfig", "config")) if second else (("enableCustomizedConfig",), ("customizedConfig",))  # fmt: skip
    custom = root.get("apisix", *body)
    used = custom is not None and custom.kind == MAPPING and custom.pairs and parse_bool(root.text("apisix", *switch) or "")
    return ChartValues(root, path, era, second, chart, GatewayConfig(custom, path, era) if used and custom is not None else None)


def chart_settings(values: ChartValues) -> SslSettings | None:
    """What the values make of ``apisix.ssl``; None where ``fullCustomConfig`` replaces it (see ``custom``)."""
    if values.custom is not None:
        return None
    tls = values.tls
    written = {key.value: value.resolved() for key, value in tls.effective()} if tls is not None else {}

    def text(key: str, default: str) -> str:
        node = written.get(key)
        return default if node is None or node.kind != SCALAR or node.is_null else node.value

    enable = parse_bool(text("enabled", "false")) or False
    port = text("containerPort", "9443")
    http3 = parse_bool(text("enableHTTP3", "false")) or False
    first = Listener(ANY, int(port) if port.isdigit() else None, http3, written.get("containerPort"))
    secret = text("existingCASecret", "") if enable else ""
    trusted = f"/usr/local/apisix/conf/ssl/{text('certCAFilename', '')}" if secret else "system"
    return SslSettings(
        enable=enable,
        listen=(first, *_additional(written.get("additionalContainerPorts"))),
        protocols=text("sslProtocols", PROTOCOLS),
        ciphers=text("sslCiphers", CHART_CIPHERS),
        session_tickets=False,
        fallback_sni=text("fallbackSNI", "") if enable else "",
        trusted_certificate=trusted if secret or values.era.at_least(Version(3, 12)) is not False else "",
        nodes=written,
    )


def _additional(node: Node | None) -> Iterator[Listener]:
    for item in node.items if node is not None and node.kind == SEQUENCE else []:
        item = item.resolved()
        port = item.text("port") or ""
        yield Listener(item.text("ip") or ANY, int(port) if port.isdigit() else None, item.text("enable_http3") == "true", item)


def chart_defects(values: ChartValues) -> Iterator[Defect]:
    """The values that do not do what they say."""
    misplaced = values.root.pair("ssl") if values.above is not None else None
    if misplaced is not None and values.above is not None:
        above = values.above.value
        message = f"no template of the chart reads `{above}.ssl`: a dependency gets what stands below its name, and has it in `apisix.ssl`"
        yield Defect(IGNORED, "dependency", misplaced[0], message, f"write `{above}.apisix.ssl`", owner=values.root)
    if values.second:
        old = values.root.get("gateway", "tls")
        pair = values.root.pair("gateway")
        if old is not None and pair is not None:
            message = "no template of the chart reads `gateway.tls` since 2.0: TLS stays as `apisix.ssl` says, by default off"
            key = pair[1].resolved().pair("tls")
            yield Defect(
                IGNORED, "gateway", key[0] if key is not None else pair[0], message, "write `apisix.ssl` and `service.tls`"
            )
    tls = values.tls
    apisix = values.root.get("apisix")
    if tls is not None and tls.kind == MAPPING and values.custom is None:
        yield from _keys(values, tls)
        yield from _ports(values, tls)
        yield from _protocols(tls)
        ciphers = tls.get("sslCiphers")
        yield from cipher_defects("sslCiphers", ciphers) if ciphers is not None else ()
    elif values.second and tls is not None and apisix is not None and values.custom is None:
        pair = apisix.pair("ssl")
        message = "`apisix.ssl` without values: Helm cannot render the chart"
        node = pair[0] if pair is not None else tls
        yield Defect(BLOCK, "helm", node, message, "delete the line, or write `enabled:` below it", True, owner=apisix)


def _keys(values: ChartValues, tls: Node) -> Iterator[Defect]:
    known = CHART_SSL_KEYS if values.second else CHART_TLS_KEYS
    place = "apisix.ssl" if values.second else "gateway.tls"
    mutual = False
    for key, value in tls.effective():
        name = key.value
        if name in MTLS_KEYS:
            mutual = True
            what = "no path is exempt from mTLS" if name == "skip_mtls_uri_regex" else "no client is asked for a certificate"
            yield Defect(IGNORED, "mtls", key, f"no template of the chart reads `{place}.{name}`, and no version of APISIX does: {what}", MTLS_PLACES, owner=tls)  # fmt: skip
        elif name == "http2" and values.second and _new_http2(values):
            if value.resolved().kind == MAPPING:
                yield Defect(IGNORED, "chart", key, "no template of the chart reads `apisix.ssl.http2` since 2.8", "use `apisix.enableHTTP2`", owner=tls)  # fmt: skip
        elif name not in known:
            yield Defect(IGNORED, "chart", key, f"no template of the chart reads `{place}.{name}`: it is ignored without a word", "ignored", owner=tls)  # fmt: skip
    secret = tls.pair("existingCASecret")
    if mutual and secret is not None and not secret[1].resolved().is_null and tls.text("existingCASecret"):
        message = (
            "`existingCASecret` never verifies clients: it is whom APISIX trusts when it connects itself (etcd, Vault, OIDC)"
        )
        yield Defect(
            IGNORED, "trusted", secret[0], message, "the CA of clients belongs to the ssl object: `client.ca`", owner=tls
        )


def _new_http2(values: ChartValues) -> bool:
    if values.chart is not None:
        return values.chart >= CHART_HTTP2
    return values.root.get("apisix", "enableHTTP2") is not None


def _ports(values: ChartValues, tls: Node) -> Iterator[Defect]:
    port = tls.get("containerPort")
    if port is not None and port.kind == SCALAR and not port.is_null and "{{" not in port.value:
        if not port.value.isdigit() or not 1 <= int(port.value) <= 65535:
            yield Defect(LISTEN, "range", port, f"`{port.value[:40]}` is no port: {STOPS}", "1 to 65535", True)
    more = tls.get("additionalContainerPorts")
    if more is not None and more.kind == SEQUENCE:
        stub = GatewayConfig(values.root, values.path, values.era)
        for item in more.items:
            yield from listener_defects(stub, item.resolved(), more)


def _protocols(tls: Node) -> Iterator[Defect]:
    node = tls.get("sslProtocols")
    if node is None or node.is_null:
        return
    if node.kind != SCALAR:
        message = f"`sslProtocols` is a list, which the chart writes as `[…]`: nginx refuses it and {STOPS}"
        yield Defect(PROTOCOLS_RULE, "list", node, message, "write the versions with spaces between them", True)
    elif "{{" not in node.value:
        yield from protocol_words("sslProtocols", node, node.value)
