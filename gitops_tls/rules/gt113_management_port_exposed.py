"""GT113: port 9091 is reachable while clients need TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.milvus.ports import management_port
from ..systems.milvus.specs import compose_spec
from ..text.edits import CannotEdit, Patch
from ..yamldoc.node import SCALAR
from .shared import fix_or_none, fronts, tls_on

if TYPE_CHECKING:
    from ..systems.compose.ports import Port


RULE = Rule(
    "GT113", "management-port-exposed", WARNING, "the plaintext management port is published beside TLS listeners",
    why="The stock compose file publishes 9091 for its health check. That port knows no TLS in any mode, and it serves more "
    "than health: metrics, pprof, log levels and the whole data API under /api/v1.",
    server="With tlsMode 2 a collection was created through http://…:9091/api/v1 without any certificate.",
    sources=("milvus internal/http/server.go", "milvus internal/distributed/proxy/service.go", "runs of Milvus 2.3.5"),
    fixable=SOMETIMES,
)  # fmt: skip

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    ports:
      - "19530:19530"
      - "8080:8080"
      - "{}"
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - certs:/certs
"""
USER = """proxy:
  http:
    port: 8080
tls:
  serverPemPath: /certs/server.pem
  serverKeyPath: /certs/server.key
common:
  security:
    tlsMode: 1
"""

EXAMPLES = (
    Example(
        "published to everybody",
        bad={"docker-compose.yml": COMPOSE.format("9091:9091"), "user.yaml": USER},
        fixed={"docker-compose.yml": COMPOSE.format("127.0.0.1:9091:9091")},
        good={"docker-compose.yml": COMPOSE.format("127.0.0.1:9091:9091"), "user.yaml": USER},
        unsafe=True,
    ),
)

_LOOPBACK = ("127.", "::1", "[::1]", "localhost")


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the published ports of every deployment whose clients need TLS."""
    for deployment, front in fronts(facts):
        if not tls_on(front):
            continue
        port = management_port(front.settings)
        mode = front.settings.get("common.security.tlsMode")
        near = (label(mode.node, "clients need TLS"),) if mode.node is not None else ()
        told: set[int] = set()
        for published in deployment.published:
            node = published.node
            if published.container != port or published.host.startswith(_LOOPBACK) or node is None or id(node) in told:
                continue
            told.add(id(node))
            spec = compose_spec(deployment)
            entry = None
            if spec is not None:
                entry = next((p for service in spec.services.values() for p in service.ports if p.node is node), None)
            fix = fix_or_none("bind it to 127.0.0.1", False, lambda e=entry: _loopback(e))
            message = (
                f"port {port} is published in plaintext: it serves the data API (/api/v1) without TLS and without certificates"
            )
            yield RULE.at(node, message, caret="bind it to 127.0.0.1 or drop it", related=near, fix=fix)


def _loopback(port: Port | None) -> Patch:
    from ..yamldoc.edit import replace_scalar

    if port is None or port.node.kind != SCALAR or port.first != port.last or not port.published or port.host_ip:
        raise CannotEdit("the entry is not of the form HOST:CONTAINER")
    if port.node.value.count(":") != 1 or "$" in port.node.value:
        raise CannotEdit("the entry is not of the form HOST:CONTAINER")
    return replace_scalar(port.node, f"127.0.0.1:{port.node.value}")
