"""GT115: an ingress that speaks plaintext gRPC to a TLS server."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..systems.milvus.helm_values import HelmSpec
from ..systems.milvus.operator_spec import OperatorSpec
from ..yamldoc.edit_insert import find_pair
from ..yamldoc.node import MAPPING, Node
from .shared import fix_or_none, fronts, tls_mode, tls_on

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
    from ..yamldoc.edit import replace_scalar

    for deployment, front in fronts(facts):
        ingress = _ingress(deployment.spec)
        if ingress is None or not tls_on(front):
            continue
        mode = front.settings.get("common.security.tlsMode")
        near = (label(mode.node, "TLS is switched on here"),) if mode.node is not None else ()
        annotations = ingress.get("annotations")
        found = find_pair(annotations, _SUFFIX, lambda key, suffix: key.endswith(suffix)) if annotations is not None else None
        if found is None or found[1].resolved().value.upper() not in ("GRPC", "HTTP"):
            continue
        value = found[1].resolved()
        mutual = tls_mode(front) == 2
        more = "; with tlsMode 2 it must present a client certificate as well" if mutual else ""
        secure = value.value.upper() + "S"
        fix = None if mutual else fix_or_none(f"set it to {secure}", True, lambda v=value, s=secure: replace_scalar(v, s))
        message = f"the ingress speaks {value.value} without TLS to Milvus, which answers TLS alone: every call ends in 502{more}"
        yield RULE.at(value, message, caret=f"write {secure}", related=near, fix=fix)


def _ingress(spec: object) -> Node | None:
    if isinstance(spec, HelmSpec):
        return spec.ingress.node.resolved() if spec.ingress_enabled and spec.ingress is not None and spec.ingress.kind == MAPPING else None
    return spec.ingress if isinstance(spec, OperatorSpec) else None
