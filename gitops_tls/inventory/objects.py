"""Kubernetes objects that hold certificates nobody can read here, or that make them in the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..certs.content import describe, double_encoded
from ..repo.prefilter import holds_certificates
from ..repo.workspace import Workspace
from ..systems.kubernetes import SecretObject, documents_of
from ..systems.kubernetes_objects import decode, objects_of
from ..systems.secrets.read import NOT_BASE64
from ..yamldoc.node import MAPPING, SCALAR, Node
from .model import ENCRYPTED, NO_CONTENT, Holder, Note, Place, Unread

_KINDS = re.compile(rb"kind[\"']?:[ \t]*[\"']?(?:SealedSecret|(?:Cluster)?ExternalSecret|Certificate|Secret)\b")
_MAKERS = re.compile(rb"kind[\"']?:[ \t]*[\"']?(?:(?:Cluster)?ExternalSecret|Certificate)\b")
_CERTIFICATE_KEY = re.compile(
    r"(?i).*\.(?:crt|cer|cert|der|p12|pfx|p7b|p7c|jks|keystore|truststore)\Z|.*(?:\A|[-_.])(?:ca|cert|certificate|bundle|chain|server|client)\.pem\Z|\Aca-bundle\Z"
)


_CERTIFICATE_NAME = re.compile(r"(?i)(?:\A|[-._])(?:tls|certs?|certificates?|ssl|ca|pki)(?:\Z|[-._])")


def may_matter(text: bytes) -> bool:
    """Whether YAML may hold such an object with a certificate among its keys."""
    return _KINDS.search(text) is not None and (holds_certificates(text) or _MAKERS.search(text) is not None)


def unread(workspace: Workspace, path: str, found: set[str]) -> Iterator[Unread]:
    """The certificates of a file's objects that cannot be read. ``found`` are the pointers of which something is told already."""
    for root in _roots(workspace, path):
        for made in objects_of(workspace, root):
            if made.kind in ("SealedSecret", "SOPS"):
                yield from _encrypted(made, found)
        if root.text("kind") == "Secret":
            yield from _values(root, found)


def notes(workspace: Workspace, path: str) -> Iterator[Note]:
    """What the objects of a file will make: certificates of cert-manager, Secrets that come from outside."""
    for root in _roots(workspace, path):
        for made in objects_of(workspace, root):
            place = Place(path, made.node.position()[0], made.node.pointer)
            if made.kind == "Certificate":
                yield Note(place, f"cert-manager makes {_promise(root)} into {made.title}")
            elif made.kind == "ExternalSecret" and _about_certificates(made):
                yield Note(place, f"{made.title} comes from outside of the repository")


def _about_certificates(made: SecretObject) -> bool:
    """Whether a Secret holds certificates by its keys; where those are not known, by its name."""
    if made.keys is None:
        return _CERTIFICATE_NAME.search(made.name) is not None
    return any(_CERTIFICATE_KEY.match(key) for key in made.keys)


def _roots(workspace: Workspace, path: str) -> Iterator[Node]:
    parsed = workspace.parsed(path)
    for document in parsed.documents if parsed is not None else ():
        if document.root is not None and document.root.resolved().kind == MAPPING:
            yield from (node for node in documents_of(document.root) if node.kind == MAPPING)


def _promise(root: Node) -> str:
    names = root.get("spec", "dnsNames")
    written = [item.resolved().value for item in names.items if item.resolved().kind == SCALAR] if names is not None else []
    common = root.text("spec", "commonName")
    what = ", ".join(written[:3]) or common or "a certificate"
    duration = root.text("spec", "duration")
    return f"{what} (valid for {duration})" if duration else what


def _holder(made: SecretObject, key: str) -> Holder:
    return Holder(made.kind if made.kind != "SOPS" else made.resource, made.namespace or "", made.name, key)


def _encrypted(made: SecretObject, found: set[str]) -> Iterator[Unread]:
    for key, value in (made.keys or {}).items():
        if value.content is None and not value.problem and value.node is not None and _CERTIFICATE_KEY.match(key):
            place = Place(value.node.path, value.node.position()[0], value.node.pointer, _holder(made, key))
            if place.pointer not in found:
                yield Unread(place, ENCRYPTED, f"{place.holder.title if place.holder else key}, by {_tool(made)}")


def _tool(made: SecretObject) -> str:
    return "SOPS" if made.kind == "SOPS" else "Sealed Secrets"


def _values(root: Node, found: set[str]) -> Iterator[Unread]:
    """The values of a Secret whose keys promise a certificate that is not there."""
    name, namespace = root.text("metadata", "name") or "", root.text("metadata", "namespace") or ""
    for section in ("data", "stringData"):
        values = root.get(section)
        for key, value in values.effective() if values is not None and values.kind == MAPPING else ():
            if not _CERTIFICATE_KEY.match(key.value):
                continue
            words = _wrong(value.resolved(), section == "data")
            holder = Holder("Secret", namespace, name, key.value)
            target = value.resolved()
            if words and (target.pointer not in found or words.startswith(("is base64 twice", NOT_BASE64))):
                yield Unread(
                    Place(target.path, target.position()[0], target.pointer, holder),
                    NO_CONTENT,
                    f"{holder.title}: the value {words}",
                )


def _wrong(value: Node, encoded: bool) -> str:
    """What is wrong with a Secret's value; empty where nothing is, or where it cannot be told (encrypted)."""
    if value.kind != SCALAR:
        return "is not text"
    if value.value.startswith("ENC["):
        return ""
    if value.is_null or not value.value.strip():
        return "is empty"
    if not encoded:
        content: bytes | None = value.value.encode("utf-8", "replace")
    else:
        content, problem = decode(value)
        if content is None:
            return problem
    assert content is not None
    if double_encoded(content) is not None:
        return "is base64 twice: the server sees base64 where it wants PEM"
    what = describe(content)
    return f"is {what}, not a certificate" if "private key" in what else f"is {what}"
