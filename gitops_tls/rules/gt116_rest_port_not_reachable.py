"""GT116: REST listens with TLS on a port that nothing makes reachable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.milvus.model import OFF, Deployment
from ..systems.milvus.specs import compose_spec, operator_spec
from ..text.edits import CannotEdit, Patch
from .gt113_management_port_exposed import COMPOSE, USER
from .shared import fix_or_none, fronts, tls_on

if TYPE_CHECKING:
    from ..systems.milvus.compose import ComposeSpec
    from ..systems.milvus.operator_spec import OperatorSpec


RULE = Rule(
    "GT116", "rest-port-not-reachable", WARNING, "the REST port is neither published nor part of the Service",
    why="With TLS on, REST moves to a port of its own, and the pages never publish it. The operator's Service has it only with "
    "`serviceRestfulPort`.",
    server="REST answers inside the container; from outside the connection is refused. gRPC on 19530 is not affected.",
    sources=("milvus docs tls.md", "milvus-operator serviceRestfulPort", "Service of milvus-helm 5.0.19, rendered"),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = COMPOSE.replace('      - "{}"\n', "")
_WITHOUT = _COMPOSE.replace('      - "8080:8080"\n', "")
_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  config:
    proxy:
      http:
        port: 8080
    common:
      security:
        tlsMode: 1
  components:
    standalone:
      replicas: 1
"""

EXAMPLES = (
    Example(
        "a compose file",
        bad={"docker-compose.yml": _WITHOUT, "user.yaml": USER},
        fixed={"docker-compose.yml": _COMPOSE},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": USER},
        unsafe=True,
    ),
    Example("a custom resource", bad={"milvus.yaml": _CR}, fixed={"milvus.yaml": _CR + "      serviceRestfulPort: 8080\n"}),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every deployment that publishes gRPC with TLS."""
    for deployment, front in fronts(facts):
        prediction = deployment.prediction
        if prediction is None or not tls_on(front) or prediction.rest.port is None or prediction.rest.tls == OFF:
            continue
        port = prediction.rest.port
        http = front.settings.get("proxy.http.port")
        compose, resource = compose_spec(deployment), operator_spec(deployment)
        if compose is not None:
            finding = _compose(deployment, compose, port)
        elif resource is not None:
            finding = _operator(resource, port)
        else:
            continue
        if finding is not None and http.node is not None:
            finding = finding._replace(related=(label(http.node, "REST listens here"),))
        if finding is not None:
            yield finding


def _compose(deployment: Deployment, spec: ComposeSpec, port: int) -> Finding | None:
    reachable = {published.container for published in deployment.published}
    ports = spec.service.at("ports")
    if not deployment.published_known or port in reachable or ports is None or 19530 not in reachable:
        return None
    fix = fix_or_none(f"publish {port}:{port}", False, lambda: _publish(spec, port))
    return RULE.at(
        ports,
        f"REST listens with TLS on {port}, which is not published: from outside only gRPC answers",
        caret=f'add "{port}:{port}"',
        fix=fix,
    )


def _publish(spec: ComposeSpec, port: int) -> Patch:
    from ..yamldoc.edit import append_item

    ports = spec.service.at("ports")
    if ports is None:
        raise CannotEdit("no ports are published")
    listed = ports.resolved()
    entry = f"{port}:{port}"
    patch = append_item(listed, entry)
    quote = listed.items[-1].style if listed.items else '"'
    if quote not in ("'", '"') or any(f"{mark}{entry}{mark}" in edit.text for edit in patch.edits for mark in "'\""):
        return patch
    # written like its neighbours
    edits = tuple(edit._replace(text=edit.text.replace(entry, f"{quote}{entry}{quote}")) for edit in patch.edits)
    return patch._replace(edits=edits)


def _operator(spec: OperatorSpec, port: int) -> Finding | None:
    if spec.rest_port == port:
        return None
    if spec.rest_port_node is not None:
        from ..yamldoc.edit import replace_scalar

        node = spec.rest_port_node
        fix = fix_or_none(f"set serviceRestfulPort to {port}", True, lambda: replace_scalar(node, port))
        return RULE.at(node, f"the Service forwards {node.value}, but REST listens on {port}", caret=f"write {port}", fix=fix)
    anchor = spec.service or spec.components or spec.config or spec.root
    fix = fix_or_none(f"set serviceRestfulPort to {port}", True, lambda: _service_port(spec, port))
    message = f"REST listens with TLS on {port}, and the operator's Service does not have that port"
    return RULE.at(anchor, message, caret=f"needs {spec.service_key}.serviceRestfulPort: {port}", fix=fix)


def _service_port(spec: OperatorSpec, port: int) -> Patch:
    from ..yamldoc.edit import set_value

    if spec.components is None or spec.components is spec.spec:
        if spec.spec is None or spec.components is spec.spec:
            raise CannotEdit("the resource has no spec.components")
        return set_value(spec.spec, ("components", spec.service_key, "serviceRestfulPort"), port)
    return set_value(spec.components, (spec.service_key, "serviceRestfulPort"), port)
