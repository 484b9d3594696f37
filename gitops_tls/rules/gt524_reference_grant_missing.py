"""GT524: a Gateway names a Secret of another namespace, which does not allow it."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import NEVER, WARNING, Example, Finding, Label, Rule, label
from ..systems.apisix.gateway_api import FRONTEND, ungranted
from ..systems.apisix.objects import namespace_of
from ..systems.apisix.words import GATEWAY_LISTENER
from .tls_objects import PAIR, held

RULE = Rule(
    "GT524", "reference-grant-missing", WARNING, "a Gateway names a Secret of another namespace, and no ReferenceGrant there allows it",
    why="In the Gateway API the owner of a namespace says with a ReferenceGrant who may use its Secrets. The controller holds to it "
    "since 2.2; before, only the listener's status told. The `from` of a grant names the Gateway's namespace, the `to` the kind, "
    "and the grant stands beside the Secret. An ApisixTls needs none.",
    server="The listener's status says `RefNotPermitted`, the controller passes over the Secret, and clients see `tlsv1 alert "
    "internal error`. Without the CA of `spec.tls.frontend` nothing of the Gateway is sent.",
    sources=("apisix-ingress-controller gateway_controller.go, utils.go checkReferenceGrant, gateway_controller_refgrant_test.go, notes of 2.2.0",),
    fixable=NEVER,
)  # fmt: skip

_GATEWAY = """apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata:
  name: apisix
spec:
  controllerName: apisix.apache.org/apisix-ingress-controller
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  namespace: gateways
spec:
  gatewayClassName: apisix
  listeners:
    - name: https
      protocol: HTTPS
      port: 443
      hostname: milvus.example.com
      tls:
        certificateRefs:
          - name: api-cert
            namespace: default
"""
_GRANT = """apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata:
  name: gateways
  namespace: default
spec:
  from:
    - group: gateway.networking.k8s.io
      kind: Gateway
      namespace: gateways
  to:
    - group: ""
      kind: Secret
"""

EXAMPLES = (
    Example(
        "no grant",
        bad={"gateway.yaml": _GATEWAY, "secret.yaml": PAIR},
        good={"gateway.yaml": _GATEWAY, "secret.yaml": PAIR, "grant.yaml": _GRANT},
    ),
    Example(
        "a grant in the namespace of the Gateway",
        bad={
            "gateway.yaml": _GATEWAY,
            "secret.yaml": PAIR,
            "grant.yaml": _GRANT.replace("namespace: default", "namespace: gateways"),
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every reference of a listener into another namespace."""
    grants = facts.apisix.grants if facts.apisix is not None else ()
    told: set[int] = set()
    for gateway, one in held(facts):
        known = gateway.versions.controller
        if one.tls.kind != GATEWAY_LISTENER or (known is not None and known < FRONTEND):
            continue
        for ref in ungranted(one.tls, grants):
            if id(ref.node) in told:
                continue
            told.add(id(ref.node))
            since = "" if known is not None else f", which the controller wants since {FRONTEND.major}.{FRONTEND.minor}"
            message = f"no ReferenceGrant in the repository lets {one.tls.title} read {ref.title}{since}"
            near = [grant for grant in grants if namespace_of(grant) in (None, ref.namespace, one.tls.namespace)]
            related: tuple[Label, ...] = tuple(label(grant.get("spec") or grant, "this one does not") for grant in near[:2])
            yield RULE.at(ref.namespace_node or ref.node, message, caret="another namespace", related=related)
