"""ExternalSecret and ClusterExternalSecret of external-secrets.io, and the older ExternalSecret of kubernetes-client.io.

Source: the API documentation of external-secrets (``target``, ``creationPolicy``, ``template``, ``mergePolicy``).
"""

from __future__ import annotations

from collections.abc import Iterator

from ...yamldoc.node import MAPPING, Node
from ..kubernetes import CONFIG_MAP, SECRET, KeyValue, SecretObject
from .read import entries, is_name, metadata, scalars, templates

FETCHED = "comes from the secret store"


def external_secret(root: Node) -> Iterator[SecretObject]:
    """The Secret that the operator writes; for the cluster-wide kind, one in each namespace that is written."""
    named = metadata(root)
    spec = root.get("spec") or root.get("secretDescriptor")
    if named is None or spec is None:
        return
    name, namespace = named
    namespaces: list[str | None] = [namespace]
    if root.text("kind") == "ClusterExternalSecret":
        namespaces = _namespaces(spec)
        written = spec.get("externalSecretName")
        name = written if written is not None and is_name(written) else name
        spec = spec.get("externalSecretSpec") or spec
    target = spec.get("target", "name")
    if target is not None and is_name(target):
        name = target
    policy = spec.text("target", "creationPolicy") or spec.text("target", "policy") or "Owner"
    if policy == "None":
        return
    resource = CONFIG_MAP if spec.text("target", "manifest", "kind") == CONFIG_MAP else SECRET
    for place in namespaces:
        yield SecretObject(resource, "ExternalSecret", name.value, place, root, name, _keys(spec), adds=policy == "Merge")


def _namespaces(spec: Node) -> list[str | None]:
    """The namespaces by name; None (any) where a selector takes them."""
    if spec.get("namespaceSelector") is not None or spec.get("namespaceSelectors") is not None:
        return [None]
    return [node.value for node in scalars(spec.get("namespaces"))] or [None]


def _keys(spec: Node) -> dict[str, KeyValue] | None:
    fetched: dict[str, KeyValue] = {}
    for item in entries(spec.get("data")):
        key = item.get("secretKey") or item.get("name")
        if key is not None and is_name(key):
            fetched[key.value] = KeyValue(key, None, why=FETCHED)
    template = spec.get("target", "template")
    if template is not None:
        if template.get("templateFrom") is not None:
            return None
        written = template.get("data")
        made = templates(written, "external-secrets") if written is not None and written.kind == MAPPING else {}
        if made and (template.text("mergePolicy") or "Replace") == "Replace":
            return made
        fetched.update(made)
    from_all = spec.get("dataFrom")
    return None if from_all is not None and from_all.items else fetched
