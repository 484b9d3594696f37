"""SealedSecret of bitnami-labs/sealed-secrets.

Source: ``Unseal`` of its pkg/apis/sealedsecrets/v1alpha1: the controller gives the Secret the SealedSecret's own name and
namespace, whatever its template says; ``template.data`` are Go templates over the decrypted values.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...yamldoc.node import MAPPING, SCALAR, Node
from ..kubernetes import SECRET, KeyValue, SecretObject
from .read import is_name, metadata, templates


def sealed_secret(root: Node) -> Iterator[SecretObject]:
    """The Secret that comes out; under the template's name too where that is another one, as its writer meant it."""
    named = metadata(root)
    if named is None:
        return
    keys = _keys(root)
    name, namespace = named
    meant = root.get("spec", "template", "metadata", "name")
    other = root.text("spec", "template", "metadata", "namespace")
    yield SecretObject(SECRET, "SealedSecret", name.value, namespace or other, root, name, keys)
    if meant is not None and is_name(meant) and meant.value != name.value:
        yield SecretObject(SECRET, "SealedSecret", meant.value, other or namespace, root, meant, keys)


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
