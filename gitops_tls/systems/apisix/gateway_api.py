"""What a Gateway of the Gateway API says of its clients, and what other namespaces allow it.

Source: apisix-ingress-controller internal/adc/translator/gateway.go and internal/controller/{gateway_controller,utils}.go, and the
notes of its release 2.2.0: up to 2.1 no version asks clients for certificates, and a Secret of another namespace is read whatever
ReferenceGrants say (the listener's status alone tells); from 2.2 on ``spec.tls.frontend`` counts, and without a grant the Secret
is passed over. No release reads ``frontendValidation`` of a listener.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...yamldoc.node import MAPPING, SEQUENCE, Node
from ..kubernetes import CONFIG_MAP, SECRET
from ..versions import Version
from .model import Client, SecretRef, TlsObject, Versions

FRONTEND = Version(2, 2)
"""The first version of the controller that reads ``spec.tls.frontend`` and holds to ReferenceGrants."""

INSECURE = "AllowInsecureFallback"
"""The mode of a validation that APISIX cannot do: the listener then gets no certificate at all."""

_GROUP = "gateway.networking.k8s.io"


def validation(gateway: Node, listener: Node) -> Node | None:
    """The ``validation`` of ``spec.tls.frontend`` that counts for a listener: that of its port, else the default one."""
    if listener.text("protocol") != "HTTPS":
        return None
    frontend = gateway.get("spec", "tls", "frontend")
    for one in _items(frontend.get("perPort") if frontend is not None else None):
        if one.text("port") is not None and one.text("port") == listener.text("port"):
            return _mapping(one.get("tls", "validation"))
    return _mapping(frontend.get("default", "validation")) if frontend is not None else None


def client_of(gateway: Node, listener: Node) -> Client | None:
    """The clients of a listener; None where they need no certificate."""
    node = validation(gateway, listener)
    refs = tuple(_authorities(gateway, node)) if node is not None else ()
    return Client(node, refs[0], None, (), None, refs[1:]) if node is not None and refs else None


def _authorities(gateway: Node, node: Node) -> Iterator[SecretRef]:
    own = gateway.text("metadata", "namespace")
    for ref in _items(node.get("caCertificateRefs")):
        name = ref.text("name")
        if name:
            resource = SECRET if ref.text("kind") == SECRET else CONFIG_MAP
            yield SecretRef(name, ref.text("namespace") or own, ref, ref.get("name"), ref.get("namespace"), resource)


def reads_frontend(known: Versions) -> bool | None:
    """Whether the controller reads ``spec.tls.frontend``; None where its version is not known."""
    return None if known.controller is None else known.controller >= FRONTEND


def ungranted(one: TlsObject, grants: Iterable[Node]) -> Iterator[SecretRef]:
    """The references of a listener into other namespaces that no ReferenceGrant of the repository allows."""
    if one.namespace is None:
        return
    refs = [one.secret, *((one.client.ca, *one.client.more) if one.client is not None else ())]
    for ref in refs:
        if ref is not None and ref.namespace not in (None, one.namespace):
            if not any(_grants(grant, one.namespace, ref) for grant in grants):
                yield ref


def _grants(grant: Node, namespace: str, ref: SecretRef) -> bool:
    if grant.text("metadata", "namespace") not in (None, ref.namespace):
        return False
    allowed = any(
        entry.text("group") == _GROUP and entry.text("kind") == "Gateway" and entry.text("namespace") == namespace
        for entry in _items(grant.get("spec", "from"))
    )
    return allowed and any(
        entry.text("group") in (None, "") and entry.text("kind") == ref.resource and entry.text("name") in (None, ref.name)
        for entry in _items(grant.get("spec", "to"))
    )


def _items(node: Node | None) -> Iterator[Node]:
    for item in node.items if node is not None and node.kind == SEQUENCE else ():
        if item.resolved().kind == MAPPING:
            yield item.resolved()


def _mapping(node: Node | None) -> Node | None:
    return node if node is not None and node.kind == MAPPING else None
