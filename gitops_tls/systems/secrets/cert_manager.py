"""What cert-manager makes: the Secret of a Certificate, the files of its CSI driver; and trust-manager's Bundles.

Source: the API documentation of cert-manager 1.x, csi-driver 0.10 and trust-manager 0.1x.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...yamldoc.node import SCALAR, Node
from ..kubernetes import CONFIG_MAP, SECRET, KeyValue, SecretObject
from .read import entries, is_name, metadata, plain_text, scalars

CSI_DRIVER = "csi.cert-manager.io"
ISSUED = "is made by cert-manager in the cluster"
_FORMATS = {"CombinedPEM": "tls-combined.pem", "DER": "key.der"}
_STORES = (("jks", ("keystore.jks", "truststore.jks")), ("pkcs12", ("keystore.p12", "truststore.p12")))
_CSI_FILES = (("certificate-file", "tls.crt"), ("privatekey-file", "tls.key"), ("ca-file", "ca.crt"))


def certificate(root: Node) -> Iterator[SecretObject]:
    """The Secret of a Certificate: ``tls.crt``, ``tls.key``, ``ca.crt``, and the formats and keystores asked for."""
    name = root.get("spec", "secretName")
    if name is None or not is_name(name):
        return
    made = KeyValue(name, None, why=ISSUED)
    keys = {"tls.crt": made, "tls.key": made, "ca.crt": made}
    for item in entries(root.get("spec", "additionalOutputFormats")):
        file = _FORMATS.get(item.text("type") or "")
        if file is not None:
            keys[file] = made
    for store, files in _STORES:
        if root.text("spec", "keystores", store, "create") == "true":
            keys.update(dict.fromkeys(files, made))
    yield SecretObject(SECRET, "Certificate", name.value, root.text("metadata", "namespace"), root, name, keys)


def shim(root: Node) -> Iterator[SecretObject]:
    """The Secrets that cert-manager makes because the annotations of an Ingress or a Gateway ask for it.

    Source: pkg/controller/certificate-shim/sync.go: an entry or listener without hosts is passed over, an Ingress that names a
    Secret twice altogether.
    """
    if not asks(root):
        return
    made = KeyValue(root, None, why=ISSUED)
    keys = {"tls.crt": made, "tls.key": made, "ca.crt": made}
    named: dict[str, Node] = {}
    for name, _ in shim_hosts(root):
        named.setdefault(name.value, name)
    for name in named.values():
        yield SecretObject(SECRET, root.text("kind") or "", name.value, root.text("metadata", "namespace"), root, name, keys)


def asks(root: Node) -> bool:
    """Whether the annotations of an Ingress or a Gateway ask for certificates."""
    annotations = root.get("metadata", "annotations")
    if annotations is None:
        return False
    if annotations.text("cert-manager.io/issuer") is not None or annotations.text("cert-manager.io/cluster-issuer") is not None:
        return True
    return root.text("kind") == "Ingress" and annotations.text("kubernetes.io/tls-acme") in (
        "true",
        "1",
        "t",
        "T",
        "True",
        "TRUE",
    )


def shim_hosts(root: Node) -> list[tuple[Node, Node]]:
    """``(name of the Secret, host)`` for all that an Ingress or a Gateway wants to have in certificates."""
    if root.text("kind") == "Ingress":
        named = [(entry.get("secretName"), scalars(entry.get("hosts"))) for entry in entries(root.get("spec", "tls"))]
        every = [name.value for name, _ in named if name is not None and is_name(name)]
        if len(every) != len(set(every)):
            return []
        return [(name, host) for name, hosts in named if name is not None and is_name(name) for host in hosts]
    found: list[tuple[Node, Node]] = []
    ignored = (root.text("metadata", "annotations", "cert-manager.io/ignore-tls-listeners") or "").replace(" ", "").split(",")
    for listener in entries(root.get("spec", "listeners")):
        host = listener.get("hostname")
        refs = entries(listener.get("tls", "certificateRefs"))
        own = root.text("metadata", "namespace")
        foreign = any(
            ref.text("kind") not in (None, "", "Secret")
            or ref.text("group") not in (None, "", "core")
            or ref.text("namespace") not in (None, own)
            for ref in refs
        )
        terminates = (
            listener.text("protocol") in ("HTTPS", "TLS") and (listener.text("tls", "mode") or "Terminate") == "Terminate"
        )
        if host is not None and is_name(host) and terminates and not foreign and listener.text("name") not in ignored:
            found += [(name, host) for ref in refs if (name := ref.get("name")) is not None and is_name(name)]
    return found


def bundle(root: Node) -> Iterator[SecretObject]:
    """The ConfigMap and Secret that trust-manager copies into every namespace that its selector takes."""
    named = metadata(root)
    if named is None:
        return
    content = _bundled(root)
    for field, resource in (("secret", SECRET), ("configMap", CONFIG_MAP)):
        key = root.get("spec", "target", field, "key")
        if key is None or not is_name(key):
            continue
        why = "" if content is not None else "is put together by trust-manager in the cluster"
        keys = {key.value: KeyValue(_inline(root) or key, content, why=why)}
        for store in ("jks", "pkcs12"):
            extra = root.get("spec", "target", "additionalFormats", store, "key")
            if extra is not None and is_name(extra):
                keys[extra.value] = KeyValue(extra, None, why="is put together by trust-manager in the cluster")
        yield SecretObject(resource, "Bundle", named[0].value, None, root, named[0], keys)


def _bundled(root: Node) -> bytes | None:
    """The certificates where all of them stand in the Bundle itself."""
    parts: list[bytes] = []
    for source in entries(root.get("spec", "sources")):
        written = source.get("inLine")
        content = plain_text(written)[0] if written is not None else None
        if content is None:
            return None
        parts.append(content.strip() + b"\n")
    return b"".join(parts) or None


def _inline(root: Node) -> Node | None:
    """The text of the only source, if it stands in the Bundle."""
    sources = entries(root.get("spec", "sources"))
    written = sources[0].get("inLine") if len(sources) == 1 else None
    return written.resolved() if written is not None and written.resolved().kind == SCALAR else None


def csi_files(volume: Node) -> dict[str, str]:
    """The files that the CSI driver makes in a pod, with what they are in words. ``volume`` is the ``csi`` mapping."""
    attributes = volume.get("volumeAttributes")

    def attribute(name: str) -> str | None:
        return attributes.text(f"{CSI_DRIVER}/{name}") if attributes is not None else None

    words = "made by cert-manager's CSI driver when the pod starts"
    files = {attribute(name) or usual: words for name, usual in _CSI_FILES}
    if attribute("pkcs12-enable") == "true":
        files[attribute("pkcs12-filename") or "keystore.p12"] = words
    return files
