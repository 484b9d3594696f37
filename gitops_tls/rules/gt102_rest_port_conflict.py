"""GT102: with TLS on, REST needs a port of its own."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.milvus.model import Component
from ..systems.milvus.ports import SHARED_PORT_REFUSED, coordinator_ports, management_port, taken_by
from ..systems.milvus.settings import Setting
from ..systems.milvus.values import atoi
from .shared import fix_or_none, fronts, related, set_setting, tls_on

RULE = Rule(
    "GT102", "rest-port-conflict", ERROR, "proxy.http.port is empty, taken or no port while TLS is on",
    why="Without TLS, REST shares port 19530 with gRPC. With TLS it cannot, and `proxy.http.port` is empty by default.",
    server="From 2.4.13 on the server ends with `proxy server(http) and external grpc server share the same port, tls mode "
    "must be 0`; until 2.4.12 it starts and does not serve REST. On a port that another listener of the process has it ends "
    "with `bind: address already in use`; a port that is no integer becomes a random one.",
    sources=("milvus internal/distributed/proxy/listener_manager.go", "milvus issues 46312 and 36724", "runs of Milvus 2.3.5"),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    ports:
      - "19530:19530"
      - "8080:8080"
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - certs:/milvus/tls
"""
_TLS = "tls:\n  serverPemPath: /milvus/tls/server.pem\n  serverKeyPath: /milvus/tls/server.key\n"

EXAMPLES = (
    Example(
        "the default: no port for REST",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": _TLS + "common:\n  security:\n    tlsMode: 1\n"},
        fixed={"user.yaml": _TLS + "common:\n  security:\n    tlsMode: 1\nproxy:\n  http:\n    port: 8080\n"},
        good={
            "docker-compose.yml": _COMPOSE,
            "user.yaml": _TLS + "common:\n  security:\n    tlsMode: 1\nproxy:\n  http:\n    enabled: false\n",
        },
    ),
    Example(
        "the port of gRPC",
        bad={
            "docker-compose.yml": _COMPOSE,
            "user.yaml": _TLS + "common:\n  security:\n    tlsMode: 1\nproxy:\n  http:\n    port: 19530 # REST\n",
        },
        fixed={"user.yaml": _TLS + "common:\n  security:\n    tlsMode: 1\nproxy:\n  http:\n    port: 8080 # REST\n"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge the REST port of each deployment that serves clients with TLS."""
    for deployment, front in fronts(facts):
        settings = front.settings
        http = settings.get("proxy.http.port")
        mode = settings.get("common.security.tlsMode")
        if not settings.get("proxy.http.enabled").as_bool or settings.dropped is not None or settings.unknown:
            continue
        problem = _problem(front, http) if tls_on(front) or http.text else None
        if problem is None:
            continue
        message, severity = problem
        anchor = http.node or http.key_node or mode.node or mode.key_node or deployment.node
        near = (label(mode.node, "TLS is switched on here"),) if mode.node is not None and anchor is not mode.node else ()
        fix = None
        if _free(front, 8080):
            fix = fix_or_none(
                "set proxy.http.port to 8080", True, lambda s=settings, m=mode: set_setting(s, "proxy.http.port", 8080, m)
            )
        yield RULE.at(
            anchor,
            message,
            severity=severity,
            caret="give REST a port of its own",
            related=near + related(settings, mode),
            fix=fix,
        )


def _problem(front: Component, http: Setting) -> tuple[str, str] | None:
    number = atoi(http.text)
    grpc = front.settings.get("proxy.port").as_int
    if http.text == "" or number == grpc:
        if not tls_on(front):
            return None
        what = "proxy.http.port is empty" if http.text == "" else f"proxy.http.port is `{number}`, the port of gRPC"
        if front.settings.version >= SHARED_PORT_REFUSED:
            return f"{what}: with TLS on, REST cannot share the gRPC port and Milvus does not start", ERROR
        return f"{what}: with TLS on, this version does not serve REST at all", WARNING
    if number is None or number == 0:
        return f"proxy.http.port `{http.text}` is no port number: REST listens on a random port", ERROR
    if not 0 < number <= 65535:
        return f"proxy.http.port {number} is no port: Milvus does not start", ERROR
    owner = taken_by(front, number)
    if owner is not None:
        return f"proxy.http.port {number} is also the port of {owner}: Milvus does not start", ERROR
    return None


def _free(front: Component, port: int) -> bool:
    settings = front.settings
    taken = {settings.get(key).as_int for key in ("proxy.port", "proxy.internalPort")}
    taken |= {setting.as_int for setting in coordinator_ports(front).values()} | {management_port(settings)}
    return port not in taken
