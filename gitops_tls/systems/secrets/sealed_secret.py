"""SealedSecret of bitnami-labs/sealed-secrets.

Source: ``Unseal`` of its pkg/apis/sealedsecrets/v1alpha1, and its issues 499, 1543 and 1547: the controller gives the Secret
the SealedSecret's own name and namespace, whatever its template says (or a stranger could unseal it under a name of theirs).
``template.data`` are Go templates over the decrypted values.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...yamldoc.node import MAPPING, SCALAR, Node
from ..kubernetes import SECRET, KeyValue, SecretObject
from .read import is_name, metadata, templates


def sealed_secret(root: Node) -> Iterator[SecretObject]:
    """The Secret that comes out; its template's name is kept as ``meant`` where that is another one."""
    named = metadata(root)
    if named is None:
        return
    name, namespace = named
    meant = root.get("spec", "template", "metadata", "name")
    other = meant if meant is not None and is_name(meant) and meant.value != name.value else None
    yield SecretObject(SECRET, "SealedSecret", name.value, namespace, root, name, _keys(root), meant=other)


def _keys(root: Node) -> dict[str, KeyValue] | None:
    sealed = root.get("spec", "encryptedData")
    whole = root.get("spec", "data")
    if sealed is None and whole is not None and whole.kind == SCALAR:
        return None  # the first format sealed the Secret in one piece
    keys = {
        key.value: KeyValue(value.resolved(), None, why="is sealed")
        for key, value in (sealed.effective() if sealed is not None and sealed.kind == MAPPING else ())
    }
    keys.update(templates(root.get("spec", "template", "data"), "the sealed-secrets controller"))
    return keys
