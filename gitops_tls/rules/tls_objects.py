"""What several rules ask of the objects that bring APISIX its certificates, and the files of their examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import Label, label
from ..systems.claims import APISIX, Claim

if TYPE_CHECKING:
    from ..systems.apisix.model import Gateway, Held, Pick, SecretRef, TlsObject, Versions

TLS_OBJECT = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata:
  name: api
  namespace: default
spec:
  ingressClassName: apisix
  hosts:
    - milvus.example.com
  secret:
    name: api-cert
    namespace: default
"""
MUTUAL = (
    TLS_OBJECT
    + """  client:
    caSecret:
      name: api-ca
      namespace: default
    depth: 1
"""
)
PAIR = """apiVersion: v1
kind: Secret
metadata:
  name: api-cert
  namespace: default
type: kubernetes.io/tls
stringData:
  tls.crt: |
    {cert:server}
  tls.key: |
    {key:server}
"""
AUTHORITY = """apiVersion: v1
kind: Secret
metadata:
  name: api-ca
  namespace: default
stringData:
  ca.crt: |
    {ca}
"""
ROUTE = """apiVersion: apisix.apache.org/v2
kind: ApisixRoute
metadata:
  name: shop
  namespace: default
spec:
  ingressClassName: apisix
  http:
    - name: shop
      match:
        hosts:
          - milvus.example.com
        paths:
          - /*
      plugins:
        - name: redirect
          enable: true
          config:
            http_to_https: true
      backends:
        - serviceName: shop
          servicePort: 80
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: apisix-ingress-controller
spec:
  template:
    spec:
      containers:
        - name: manager
          image: apache/apisix-ingress-controller:%s
"""
"""A controller of a version, for examples."""


def versions(facts: Facts) -> Versions:
    """What runs, as far as it is known."""
    if facts.apisix is not None:
        return facts.apisix.versions
    from ..systems.apisix.model import Versions

    return Versions(None, None, 0)


def custom(facts: Facts) -> Iterator[TlsObject]:
    """Every ApisixTls of the repository."""
    for one in facts.apisix.tls if facts.apisix is not None else ():
        if one.kind == "ApisixTls":
            yield one


def held(facts: Facts) -> Iterator[tuple[Gateway, Held]]:
    """Everything that brings a certificate, once, with its first gateway."""
    seen: set[tuple[int, int]] = set()
    for gateway in facts.gateways:
        for one in gateway.held:
            # a listener of a Gateway may bring several
            mark = id(one.tls.part), id(one.tls.secret.node) if one.tls.secret is not None else 0
            if mark not in seen:
                seen.add(mark)
                yield gateway, one


def broken_texts(facts: Facts) -> Iterator[tuple[Claim, int, int]]:
    """Texts that were meant as objects of APISIX and are no mappings: the claim, and where the text begins and ends."""
    for claim in facts.claims.of(APISIX):
        source = facts.workspace.source(claim.path)
        if source is None or claim.host is not None:
            continue
        if claim.root is None:
            ends = [document.root.end for document in claim.parsed.documents if document.root is not None]
            yield claim, max(ends, default=0), len(source.text)
        elif claim.root.resolved().kind == "scalar":
            yield claim, claim.root.start, claim.root.end


def secret_label(pick: Pick, key: str, words: str = "") -> Label | None:
    """The place of a key in the Secret, else its name; None where the Secret is not in the repository."""
    if pick.secret is None:
        return None
    value = pick.secret.keys.get(key) if pick.secret.keys else None
    node = value.node if value is not None and value.node is not None else pick.secret.name_node
    return label(node, words)


def reference_label(ref: SecretRef | None, one: TlsObject, words: str = "") -> Label:
    """The place where an object names a Secret."""
    node = ref.name_node if ref is not None and ref.name_node is not None else one.part
    return label(node, words)
