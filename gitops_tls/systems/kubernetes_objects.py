"""Which provider reads which kind of object: what the objects of a repository make of Secrets and ConfigMaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..repo.workspace import Workspace
from ..yamldoc.node import Node
from .kubernetes import SecretObject
from .secrets import cert_manager, external_secret, kustomize, sealed_secret, secret, secrets_store
from .secrets.read import decode

__all__ = ["PROVIDER_CLASS", "decode", "objects_of"]

PROVIDER_CLASS = ("secrets-store.csi.x-k8s.io", "SecretProviderClass")

_MAKERS: dict[tuple[str, str], Callable[[Node], Iterator[SecretObject]]] = {
    ("", "Secret"): secret.secret,
    ("", "ConfigMap"): secret.config_map,
    ("bitnami.com", "SealedSecret"): sealed_secret.sealed_secret,
    ("external-secrets.io", "ExternalSecret"): external_secret.external_secret,
    ("external-secrets.io", "ClusterExternalSecret"): external_secret.external_secret,
    ("kubernetes-client.io", "ExternalSecret"): external_secret.external_secret,
    ("cert-manager.io", "Certificate"): cert_manager.certificate,
    ("certmanager.k8s.io", "Certificate"): cert_manager.certificate,
    ("trust.cert-manager.io", "Bundle"): cert_manager.bundle,
    ("networking.k8s.io", "Ingress"): cert_manager.shim,
    ("extensions", "Ingress"): cert_manager.shim,
    ("gateway.networking.k8s.io", "Gateway"): cert_manager.shim,
    PROVIDER_CLASS: secrets_store.synced_secrets,
}


def group_and_kind(root: Node) -> tuple[str, str]:
    """``(group, kind)`` of an object; the core group is empty."""
    return (root.text("apiVersion") or "").rpartition("/")[0], root.text("kind") or ""


def objects_of(workspace: Workspace, root: Node) -> Iterator[SecretObject]:
    """The Secrets and ConfigMaps that one Kubernetes object (or kustomization) makes; nothing for other kinds."""
    group, kind = group_and_kind(root)
    maker = _MAKERS.get((group, kind))
    if maker is not None:
        yield from maker(root)
    elif group == "kustomize.config.k8s.io" or not kind:
        yield from kustomize.generated(workspace, root)
