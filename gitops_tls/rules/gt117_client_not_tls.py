"""GT117: a client in the same files still dials in plaintext."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import NEVER, WARNING, Example, Finding, Label, Rule, label
from ..systems.milvus.specs import compose_spec, helm_spec
from .gt113_management_port_exposed import COMPOSE, USER
from .shared import fronts, tls_mode, tls_on

if TYPE_CHECKING:
    from ..systems.compose.project import Service


RULE = Rule(
    "GT117", "client-not-tls", WARNING, "Attu in the same files dials Milvus without TLS",
    why="Attu's address is set once and forgotten; when TLS comes, it stays `http://`. The chart writes it itself and knows no TLS.",
    server="Attu cannot connect.",
    sources=("attu issues 182, 225, 337, 756", "milvus-helm milvus.attu.env"),
    fixable=NEVER,
)  # fmt: skip

_COMPOSE = (
    COMPOSE.replace('      - "{}"\n', "")
    + """  attu:
    image: zilliz/attu:v2.5
    environment:
      MILVUS_URL: {}standalone:19530
"""
)

EXAMPLES = (
    Example(
        "MILVUS_URL",
        bad={"docker-compose.yml": _COMPOSE.format("http://"), "user.yaml": USER},
        good={"docker-compose.yml": _COMPOSE.format("https://"), "user.yaml": USER},
    ),
)

_VARIABLES = ("MILVUS_URL", "MILVUS_ADDRESS", "HOST_URL")


def check(facts: Facts) -> Iterator[Finding]:
    """Look at Attu beside every deployment whose clients need TLS."""
    for deployment, front in fronts(facts):
        if not tls_on(front):
            continue
        mode = front.settings.get("common.security.tlsMode")
        near = (label(mode.node, "TLS is switched on here"),) if mode.node is not None else ()
        spec, values = compose_spec(deployment), helm_spec(deployment)
        if values is not None and values.attu_enabled and values.attu is not None:
            message = "the chart gives Attu an http:// address, whatever tlsMode is: Attu cannot connect"
            yield RULE.at(values.attu.key_node or values.attu.node, message, caret="deploy Attu on its own", related=near)
        if spec is not None:
            names = set(spec.services) | {service.name for service in spec.services.values()}
            for service in spec.attu:
                yield from _attu(service, names, near, tls_mode(front))


def _attu(service: Service, names: set[str], near: tuple[Label, ...], mode: int) -> Iterator[Finding]:
    for name in _VARIABLES:
        variable = service.variable(name)
        if variable is None or not variable.value or variable.node is None or variable.value.startswith("https://"):
            continue
        host = variable.value.removeprefix("http://").partition(":")[0]
        if host in names or any(host.startswith("milvus") for _ in names):
            more = ", and it needs a client certificate" if mode == 2 else ""
            message = f"{service.name} dials `{variable.value}` without TLS: Milvus refuses the connection"
            yield RULE.at(variable.node, message, caret=f"write https://{more}", related=near)
