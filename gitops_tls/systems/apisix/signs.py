"""By which content a document is one of APISIX's objects, or one that its ingress controller serves."""

from __future__ import annotations

import re

from ...yamldoc.node import Node

GROUP = "apisix.apache.org"
CONTROLLER = "apisix.apache.org/apisix-ingress-controller"
"""``spec.controller`` of its IngressClass, ``spec.controllerName`` of its GatewayClass."""

_SERVED = {
    "Ingress": ("networking.k8s.io", "extensions"),
    "IngressClass": ("networking.k8s.io",),
    "GatewayClass": ("gateway.networking.k8s.io",),
    "Gateway": ("gateway.networking.k8s.io",),
    "HTTPRoute": ("gateway.networking.k8s.io",),
    "GRPCRoute": ("gateway.networking.k8s.io",),
    "TLSRoute": ("gateway.networking.k8s.io",),
    "ReferenceGrant": ("gateway.networking.k8s.io",),
}
_TLS_KIND = r"apisix[-_ ]?tls(?:e?s)?\Z"
_TEXT = r"(?m)^[ \t]*(?:- )?[\"']?(?:apiVersion|kind)[\"']?\s*[:\uff1a]\s*(?:[\"'\u201c\u2018]?apisix\.apache\.org/|[\"'\u201c\u2018]?ApisixT(?i:ls))"


def group_of(node: Node) -> str:
    """The API group of an object; empty for the core group or where none is written."""
    return (node.text("apiVersion") or "").rpartition("/")[0]


def looks_like_tls(kind: str | None) -> bool:
    """Whether a kind is ApisixTls or was meant to be (``ApisixTLS``, ``ApisixTlses``)."""
    return kind is not None and re.match(_TLS_KIND, kind, re.IGNORECASE) is not None


def is_apisix(node: Node) -> bool:
    """Whether an object is APISIX's own, or says by itself that APISIX serves it."""
    kind = node.text("kind")
    if group_of(node) == GROUP or looks_like_tls(kind):
        return True
    if kind in ("IngressClass", "GatewayClass"):
        return is_served(node) and controlled(node)
    return kind == "Ingress" and is_served(node) and "apisix" in (class_of(node) or "")


def is_served(node: Node) -> bool:
    """Whether an object is of a kind that the controller reads beside its own."""
    return group_of(node) in _SERVED.get(node.text("kind") or "", ())


def controlled(node: Node) -> bool:
    """Whether an IngressClass or GatewayClass is one of the APISIX controller."""
    name = node.text("spec", "controller") or node.text("spec", "controllerName") or ""
    return name.startswith(f"{GROUP}/") or "apisix" in name.lower()


def class_of(node: Node) -> str | None:
    """The class that an Ingress names, in either form."""
    return node.text("spec", "ingressClassName") or node.text("metadata", "annotations", "kubernetes.io/ingress.class")


_OF_SPEC = ("hosts", "secret", "client", "caSecret", "http", "stream", "ingressClassName", "provider", "tlsSecret", "scheme")


def flattened(root: Node) -> list[Node]:
    """The keys of ``spec`` that stand at the top of an object of APISIX whose ``spec`` is empty: its indentation was lost."""
    if not (group_of(root) == GROUP or looks_like_tls(root.text("kind"))):
        return []
    spec = root.get("spec")
    if spec is not None and not spec.is_null:
        return []
    return [key for key, _ in root.effective() if key.value in _OF_SPEC]


def meant_for_apisix(text: str) -> bool:
    """Whether a text that is no YAML was meant as an object of APISIX."""
    return re.search(_TEXT, text) is not None
