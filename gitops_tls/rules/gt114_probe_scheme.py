"""GT114: a health check of the plaintext management port over https."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, span_label
from ..systems.milvus.ports import management_port
from ..systems.milvus.specs import compose_spec, operator_spec
from ..text.edits import CannotEdit, Patch
from ..yamldoc.node import SCALAR, Node
from .shared import components, fix_or_none

RULE = Rule(
    "GT114", "probe-scheme", ERROR, "a health check asks the management port for https",
    why="Switching everything to https looks right and is not: 9091 is plain HTTP in every tlsMode.",
    server="The check never succeeds: Compose and Kubernetes take a healthy server for a broken one and restart it.",
    sources=("milvus internal/http/server.go",),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    healthcheck:
      test: ["CMD", "curl", "-f", "{}://localhost:9091/healthz"]
"""

EXAMPLES = (
    Example(
        "curl https",
        bad={"docker-compose.yml": _COMPOSE.format("https")},
        fixed={"docker-compose.yml": _COMPOSE.format("http")},
        good={"docker-compose.yml": _COMPOSE.format("http")},
    ),
    Example(
        "a probe of the operator",
        bad={
            "milvus.yaml": "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata:\n  name: a\nspec:\n  components:\n    standalone:\n"
            "      probes:\n        livenessProbe:\n          httpGet:\n            path: /healthz\n            port: 9091\n            scheme: HTTPS\n"
        },
        fixed={
            "milvus.yaml": "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata:\n  name: a\nspec:\n  components:\n    standalone:\n"
            "      probes:\n        livenessProbe:\n          httpGet:\n            path: /healthz\n            port: 9091\n            scheme: HTTP\n"
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at compose health checks and at the probes written below a custom resource or in Helm values."""
    done: set[int] = set()
    for deployment, component in components(facts):
        port = management_port(component.settings)
        spec = compose_spec(deployment)
        if spec is not None:
            health = spec.of(component).healthcheck
            if health is not None and id(health.node) not in done:
                done.add(id(health.node))
                yield from _healthcheck(health.node, port)
        elif deployment.shape == "kustomize":
            resource = operator_spec(deployment)
            if resource is not None:
                yield from _probes(resource.root, port)
        elif deployment.shape in ("operator", "helm") and id(deployment.node.document) not in done:
            done.add(id(deployment.node.document))
            root = deployment.node.document.root
            if root is not None:
                yield from _probes(root, port)


def _healthcheck(node: Node, port: int) -> Iterator[Finding]:
    for scalar in node.resolved().walk():
        if scalar.kind != SCALAR:
            continue
        for host in ("localhost", "127.0.0.1", "0.0.0.0", "[::1]"):  # noqa: S104
            at = scalar.value.find(f"https://{host}:{port}")
            if at >= 0:
                fix = fix_or_none("ask for http", True, lambda s=scalar: _http(s))
                start, end = scalar.file_span
                raw = scalar.raw.find("https://")
                place = span_label(
                    scalar.source, start + max(raw, 0), start + raw + 5 if raw >= 0 else end, "write http", scalar.pointer
                )
                yield RULE.at(place, f"port {port} is plain HTTP in every tlsMode: this health check never succeeds", fix=fix)
                break


def _http(scalar: Node) -> Patch:
    from ..yamldoc.edit import replace_scalar

    if scalar.value.count("https://") != 1:
        raise CannotEdit("the command holds https more than once")
    return replace_scalar(scalar, scalar.value.replace("https://", "http://"))


def _probes(root: Node, port: int) -> Iterator[Finding]:
    for node in root.walk():
        if node.kind != "mapping" or node.pair("scheme") is None or node.pair("port") is None:
            continue
        scheme, target = node.get("scheme"), node.text("port")
        if scheme is None or scheme.value.upper() != "HTTPS" or target not in (str(port), "metrics"):
            continue
        from ..yamldoc.edit import replace_scalar

        fix = fix_or_none("ask for HTTP", True, lambda s=scheme: replace_scalar(s, "HTTP"))
        yield RULE.at(
            scheme, f"port {port} is plain HTTP in every tlsMode: this probe never succeeds", caret="write HTTP", fix=fix
        )
