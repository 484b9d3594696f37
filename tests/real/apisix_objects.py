"""One ApisixTls in two forms: manifests for the tool, and the ssl object that the controller makes of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from apisix_peer import Ssl

NAMESPACE = "shop"
FIXED = {
    "gateway.yaml": """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: apisix
spec:
  controller: apisix.apache.org/apisix-ingress-controller
  parameters:
    apiGroup: apisix.apache.org
    kind: GatewayProxy
    name: apisix
    namespace: shop
    scope: Namespace
---
apiVersion: apisix.apache.org/v1alpha1
kind: GatewayProxy
metadata:
  name: apisix
  namespace: shop
spec:
  provider:
    type: ControlPlane
    controlPlane:
      endpoints:
        - http://apisix-admin.apisix:9180
      auth:
        type: AdminKey
        adminKey:
          valueFrom:
            secretKeyRef:
              name: apisix-admin
              key: key
""",
    ".gitops-tls.yaml": 'versions: {apisix: "3.17", apisix-ingress-controller: "2.1"}\nknown-secrets: [shop/apisix-admin]\n',
}


class Tls(NamedTuple):
    """An ApisixTls with the contents of its Secrets. ``ca`` makes it mutual."""

    name: str
    hosts: tuple[str, ...]
    secret: Mapping[str, bytes]
    ca: Mapping[str, bytes] | None = None
    depth: int | None = None
    skips: tuple[str, ...] = ()


def _pick(secret: Mapping[str, bytes], private: bool = False) -> tuple[bytes, bytes]:
    """The certificate and the key, in the order of the controller's ExtractKeyPair."""
    if "cert" in secret:
        return secret["cert"], secret.get("key", b"")
    if "tls.crt" in secret:
        return secret["tls.crt"], secret.get("tls.key", b"")
    assert not private
    return secret["ca.crt"], b""


def translate(one: Tls) -> Ssl:
    """What version 2 of the controller sends: an unset depth is 0."""
    certificate, key = _pick(one.secret, private=True)
    ca = _pick(one.ca)[0] if one.ca is not None else None
    return Ssl(one.hosts, certificate, key, ca, one.depth or 0, one.skips)


def _secret(name: str, contents: Mapping[str, bytes]) -> str:
    lines = ["apiVersion: v1", "kind: Secret", f"metadata: {{name: {name}, namespace: {NAMESPACE}}}", "data:"]
    return "\n".join([*lines, *(f"  {key}: {base64.b64encode(value).decode()}" for key, value in contents.items()), ""])


def _manifests(one: Tls) -> list[str]:
    lines = [
        "apiVersion: apisix.apache.org/v2",
        "kind: ApisixTls",
        f"metadata: {{name: {one.name}, namespace: {NAMESPACE}}}",
        "spec:",
        "  ingressClassName: apisix",
        f"  hosts: {json.dumps(one.hosts)}",
        f"  secret: {{name: {one.name}-pair, namespace: {NAMESPACE}}}",
    ]
    made = [_secret(f"{one.name}-pair", one.secret)]
    if one.ca is not None:
        made.append(_secret(f"{one.name}-ca", one.ca))
        lines += ["  client:", f"    caSecret: {{name: {one.name}-ca, namespace: {NAMESPACE}}}"]
        lines += [f"    depth: {one.depth}"] if one.depth is not None else []
        lines += [f"    skip_mtls_uri_regex: {json.dumps(one.skips)}"] if one.skips else []
    return ["\n".join([*lines, ""]), *made]


def repository_of(objects: Sequence[Tls]) -> dict[str, str]:
    """The files of a repository with these objects, served by one gateway."""
    return {**FIXED, **{f"{one.name}.yaml": "---\n".join(_manifests(one)) for one in objects}}
