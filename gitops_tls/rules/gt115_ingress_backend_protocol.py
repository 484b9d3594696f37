"""GT115: an ingress that speaks plaintext gRPC to a TLS server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..systems.milvus.specs import helm_spec, operator_spec
from ..yamldoc.node import MAPPING, Node
from .shared import fix_or_none, fronts, tls_mode, tls_on

if TYPE_CHECKING:
    from ..systems.milvus.model import Deployment


RULE = Rule(
    "GT115", "ingress-backend-protocol", ERROR, "the ingress talks to Milvus in plaintext while tlsMode is on",
    why="`backend-protocol: GRPC` is the chart's default annotation. With tlsMode 1 the ingress must speak TLS to Milvus, GRPCS; "
    "with tlsMode 2 it must also present a client certificate.",
    server="The ingress answers 502 to every call.",
    sources=("milvus-helm issue 71", "ingress-nginx annotations"),
    fixable=SOMETIMES,
)  # fmt: skip

_VALUES = """cluster:
  enabled: false
ingress:
  enabled: true
  annotations:
    nginx.ingress.kubernetes.io/backend-protocol: {}
extraConfigFiles:
  user.yaml: |
    proxy:
      http:
        port: 8080
    tls:
      serverPemPath: /certs/tls.crt
      serverKeyPath: /certs/tls.key
    common:
      security:
        tlsMode: 1
volumes:
  - name: certs
    secret:
      secretName: certs
volumeMounts:
  - name: certs
    mountPath: /certs
"""

EXAMPLES = (
    Example(
        "GRPC with tlsMode 1",
        bad={"values.yaml": _VALUES.format("GRPC")},
        fixed={"values.yaml": _VALUES.format("GRPCS")},
        good={"values.yaml": _VALUES.format("GRPCS")},
    ),
)

_SUFFIX = "ingress.kubernetes.io/backend-protocol"


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the ingress of Helm releases and custom resources with TLS on."""
    for deployment, front in fronts(facts):
        ingress = _ingress(deployment)
        if ingress is None or not tls_on(front):
            continue
        mode = front.settings.get("common.security.tlsMode")
        near = (label(mode.node, "TLS is switched on here"),) if mode.node is not None else ()
        annotations = ingress.get("annotations")
        found = _annotation(annotations)
        if found is None or found[1].resolved().value.upper() not in ("GRPC", "HTTP"):
            continue
        from ..yamldoc.edit import replace_scalar

        value = found[1].resolved()
        mutual = tls_mode(front) == 2
        more = "; with tlsMode 2 it must present a client certificate as well" if mutual else ""
        secure = value.value.upper() + "S"
        fix = None if mutual else fix_or_none(f"set it to {secure}", True, lambda v=value, s=secure: replace_scalar(v, s))
        message = f"the ingress speaks {value.value} without TLS to Milvus, which answers TLS alone: every call ends in 502{more}"
        yield RULE.at(value, message, caret=f"write {secure}", related=near, fix=fix)


def _annotation(annotations: Node | None) -> tuple[Node, Node] | None:
    pairs = annotations.effective() if annotations is not None else ()
    return next((pair for pair in pairs if pair[0].value.endswith(_SUFFIX)), None)


def _ingress(deployment: Deployment) -> Node | None:
    values = helm_spec(deployment)
    if values is not None:
        written = values.ingress if values.ingress_enabled else None
        return written.node.resolved() if written is not None and written.kind == MAPPING else None
    resource = operator_spec(deployment)
    return resource.ingress if resource is not None else None
