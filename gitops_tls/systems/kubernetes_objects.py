"""What each kind of object makes of Secrets and ConfigMaps: which keys, and their content where it can be read."""

from __future__ import annotations

import posixpath
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator

from ..repo.workspace import Workspace
from ..yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .kubernetes import CONFIG_MAP, SECRET, KeyValue, SecretObject
from .milvus.values import scalar_kind

ENCRYPTED = "it is encrypted with SOPS"

_GENERATORS = (("secretGenerator", SECRET), ("configMapGenerator", CONFIG_MAP))


def objects_of(workspace: Workspace, root: Node) -> Iterator[SecretObject]:
    """The Secrets and ConfigMaps that one Kubernetes object (or kustomization) makes; nothing for other kinds."""
    kind = root.text("kind")
    group = (root.text("apiVersion") or "").rpartition("/")[0]
    maker = _MAKERS.get((group, kind or ""))
    if maker is not None:
        yield from maker(root)
    elif group == "kustomize.config.k8s.io" or kind is None:
        yield from _generated(workspace, root)


def decode(node: Node) -> tuple[bytes | None, str]:
    """The bytes of a base64 value as the API server reads it, or the reason why it refuses it.

    Line breaks are allowed, other white space is not. What was encoded twice comes out encoded once.
    """
    text, problem = _string(node)
    if text is None:
        return None, problem
    try:
        return b64decode(text.replace("\n", "").replace("\r", ""), validate=True), ""
    except (Base64Error, ValueError):
        return None, "is not base64"


def _string(node: Node) -> tuple[str | None, str]:
    """The text of a value that has to be a string in JSON (null is an empty one), or why it is none."""
    target = node.resolved()
    if target.kind != SCALAR:
        return None, "is not text"
    value = scalar_kind(target)
    if value is None:
        return "", ""
    if not isinstance(value, str):
        return None, f"`{target.value}` is not text without quotes"
    return value, ""


def _plain_text(node: Node) -> tuple[bytes | None, str]:
    text, problem = _string(node)
    return (None, problem) if text is None else (text.encode("utf-8", "surrogatepass"), "")


def _read_all(node: Node | None, read: Callable[[Node], tuple[bytes | None, str]], keys: dict[str, KeyValue]) -> bool:
    """Add the entries of ``data`` or ``stringData``; whether one of them is encrypted with SOPS."""
    encrypted = False
    for key, value in node.effective() if node is not None else ():
        target = value.resolved()
        if target.kind == SCALAR and target.value.startswith("ENC[AES256_GCM"):
            keys[key.value] = KeyValue(target, None)
            encrypted = True
        else:
            keys[key.value] = KeyValue(target, *read(target))
    return encrypted


def _metadata(root: Node) -> tuple[Node, str | None] | None:
    """The node of the name, and the namespace; None where it has no name that can be read."""
    name = root.get("metadata", "name")
    if name is None or name.kind != SCALAR or name.is_null or name.value.startswith("ENC["):
        return None
    return name, root.text("metadata", "namespace")


def _secret(root: Node) -> Iterator[SecretObject]:
    metadata = _metadata(root)
    if metadata is None:
        return
    name, namespace = metadata
    keys: dict[str, KeyValue] = {}
    encrypted = _read_all(root.get("data"), decode, keys)
    encrypted = _read_all(root.get("stringData"), _plain_text, keys) or encrypted
    kind = "SOPS" if encrypted or root.get("sops", "mac") is not None else "Secret"
    yield SecretObject(SECRET, kind, name.value, namespace, root, name, keys)


def _config_map(root: Node) -> Iterator[SecretObject]:
    metadata = _metadata(root)
    if metadata is None:
        return
    keys: dict[str, KeyValue] = {}
    encrypted = _read_all(root.get("binaryData"), decode, keys)
    encrypted = _read_all(root.get("data"), _plain_text, keys) or encrypted
    kind = "SOPS" if encrypted else "ConfigMap"
    yield SecretObject(CONFIG_MAP, kind, metadata[0].value, metadata[1], root, metadata[0], keys)


def _sealed_secret(root: Node) -> Iterator[SecretObject]:
    metadata = _metadata(root)
    if metadata is None:
        return
    written = root.get("spec", "template", "metadata", "name")
    name = written if written is not None and written.kind == SCALAR and not written.is_null else metadata[0]
    keys = _names(root.get("spec", "encryptedData"))
    _read_all(root.get("spec", "template", "data"), _plain_text, keys)
    namespace = root.text("spec", "template", "metadata", "namespace") or metadata[1]
    yield SecretObject(SECRET, "SealedSecret", name.value, namespace, root, name, keys)


def _names(node: Node | None) -> dict[str, KeyValue]:
    return {key.value: KeyValue(value.resolved(), None) for key, value in node.effective()} if node is not None else {}


def _external_secret(root: Node) -> Iterator[SecretObject]:
    metadata = _metadata(root)
    spec = root.get("spec")
    if metadata is None or spec is None:
        return
    name, namespace = metadata
    if root.text("kind") == "ClusterExternalSecret":
        name = spec.get("externalSecretName") or name
        spec = spec.get("externalSecretSpec") or spec
        namespace = None  # made in every namespace that its selector takes
    target = spec.get("target", "name")
    if target is not None and target.kind == SCALAR and not target.is_null:
        name = target
    yield SecretObject(SECRET, "ExternalSecret", name.value, namespace, root, name, _external_keys(spec))


def _external_keys(spec: Node) -> dict[str, KeyValue] | None:
    template = spec.get("target", "template")
    fetched: dict[str, KeyValue] = {}
    data = spec.get("data")
    for item in data.items if data is not None else ():
        key = item.get("secretKey") or item.get("name")
        if key is not None and key.kind == SCALAR:
            fetched[key.value] = KeyValue(key, None)
    if template is not None:
        if template.get("templateFrom") is not None:
            return None
        made = template.get("data")
        if made is not None and (template.text("mergePolicy") or "Replace") == "Replace":
            return _names(made)
        fetched.update(_names(made))
    from_all = spec.get("dataFrom")
    return None if from_all is not None and from_all.items else fetched


def _certificate(root: Node) -> Iterator[SecretObject]:
    name = root.get("spec", "secretName")
    if name is None or name.kind != SCALAR or name.is_null:
        return
    made = KeyValue(name, None)
    keys = {"tls.crt": made, "tls.key": made, "ca.crt": made}
    formats = root.get("spec", "additionalOutputFormats")
    for item in formats.items if formats is not None else ():
        file = {"CombinedPEM": "tls-combined.pem", "DER": "key.der"}.get(item.text("type") or "")
        if file is not None:
            keys[file] = made
    for store, files in (("jks", ("keystore.jks", "truststore.jks")), ("pkcs12", ("keystore.p12", "truststore.p12"))):
        if root.text("spec", "keystores", store, "create") == "true":
            keys.update(dict.fromkeys(files, made))
    yield SecretObject(SECRET, "Certificate", name.value, root.text("metadata", "namespace"), root, name, keys)


def _bundle(root: Node) -> Iterator[SecretObject]:
    metadata = _metadata(root)
    if metadata is None:
        return
    for field, resource in (("secret", SECRET), ("configMap", CONFIG_MAP)):
        key = root.get("spec", "target", field, "key")
        if key is None or key.kind != SCALAR:
            continue
        keys = {key.value: KeyValue(key, None)}
        for store in ("jks", "pkcs12"):
            extra = root.get("spec", "target", "additionalFormats", store, "key")
            if extra is not None and extra.kind == SCALAR:
                keys[extra.value] = KeyValue(extra, None)
        # a bundle is copied into every namespace that its selector takes
        yield SecretObject(resource, "Bundle", metadata[0].value, None, root, metadata[0], keys)


_MAKERS: dict[tuple[str, str], Callable[[Node], Iterator[SecretObject]]] = {
    ("", "Secret"): _secret,
    ("", "ConfigMap"): _config_map,
    ("bitnami.com", "SealedSecret"): _sealed_secret,
    ("external-secrets.io", "ExternalSecret"): _external_secret,
    ("external-secrets.io", "ClusterExternalSecret"): _external_secret,
    ("kubernetes-client.io", "ExternalSecret"): _external_secret,
    ("cert-manager.io", "Certificate"): _certificate,
    ("certmanager.k8s.io", "Certificate"): _certificate,
    ("trust.cert-manager.io", "Bundle"): _bundle,
}


def _generated(workspace: Workspace, root: Node) -> Iterator[SecretObject]:
    """What kustomize generates, under the name that is written (kustomize puts a hash behind it, here and in pods)."""
    for field, resource in _GENERATORS:
        entries = root.get(field)
        for entry in entries.items if entries is not None and entries.kind == SEQUENCE else ():
            entry = entry.resolved()
            name = entry.get("name")
            if entry.kind != MAPPING or name is None or name.kind != SCALAR:
                continue
            namespace = entry.text("namespace") or root.text("namespace")
            yield SecretObject(resource, field, name.value, namespace, entry, name, _generator_keys(workspace, entry))


def _generator_keys(workspace: Workspace, entry: Node) -> dict[str, KeyValue] | None:
    folder = posixpath.dirname(entry.path)
    keys: dict[str, KeyValue] = {}
    for item in _texts(entry.get("files")):
        key, equals, file = item.value.partition("=")
        file = file if equals else key
        keys[key if equals else posixpath.basename(file)] = _from_file(workspace, posixpath.join(folder, file), item)
    for item in _texts(entry.get("literals")):
        key, _, text = item.value.partition("=")
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            text = text[1:-1]
        keys[key] = KeyValue(item, text.encode("utf-8", "surrogatepass"))
    single = entry.get("env")
    for item in (*_texts(entry.get("envs")), *([single] if single is not None and single.kind == SCALAR else [])):
        data = workspace.read(posixpath.normpath(posixpath.join(folder, item.value)))
        if data is None:
            return None
        for line in data.decode("utf-8", "replace").splitlines():
            key, equals, text = line.strip().partition("=")
            if equals and not key.startswith("#"):
                keys[key] = KeyValue(item, text.encode())
    return keys


def _texts(node: Node | None) -> list[Node]:
    items = node.items if node is not None else []
    return [item.resolved() for item in items if item.resolved().kind == SCALAR]


def _from_file(workspace: Workspace, path: str, item: Node) -> KeyValue:
    path = posixpath.normpath(path)
    data = None if path.startswith(("../", "/")) else workspace.read(path)
    if data is None:
        return KeyValue(item, None, f"is made from {path}, which is not in the repository", path)
    return KeyValue(item, data, "", path)
