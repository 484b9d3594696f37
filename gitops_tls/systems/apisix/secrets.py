"""Which key of a Secret the controller takes for the certificate, the private key and the CA.

Source: ``ExtractKeyPair`` of apisix-ingress-controller (1.0 to 2.2): the first that exists of ``cert``, ``tls.crt`` and, where no
private key is needed, ``ca.crt``; the private key stands beside it or the Secret is refused.
"""

from __future__ import annotations

from ..kubernetes import Cluster, KeyValue, SecretObject
from ..versions import Version
from .model import Client, Pick, SecretRef, TlsObject, Versions

_FRONTEND_KEY, MISSING_CA = "ca.crt", "failed to extract CA"
MISSING_KEY, UNKNOWN_FORMAT, MISSING_CERT = "missing key field", "unknown secret format", "missing cert field"


def server_order(version: Version | None) -> tuple[tuple[str, str], ...]:
    """``(certificate, private key)`` in the order in which a controller looks for them."""
    if version is not None and version < Version(1, 3):
        return (("cert", "key"),)
    return (("cert", "key"), ("tls.crt", "tls.key"))


def ca_order(version: Version | None) -> tuple[str, ...]:
    """The keys that a controller takes for the CA, in its order."""
    if version is not None and version < Version(1, 3):
        return ("cert",)
    if version is not None and version < Version(1, 6):
        return ("cert", "tls.crt")
    return ("cert", "tls.crt", "ca.crt")


def server(cluster: Cluster, tls: TlsObject, versions: Versions) -> Pick:
    """The certificate and key of a TLS object.

    The status of a Gateway's listener wants ``tls.crt`` and ``tls.key``; what is sent is taken as for all others [translator/gateway.go].
    """
    secret = find(cluster, tls.secret, tls.node.path) if tls.secret is not None else None
    if secret is None or secret.keys is None:
        return Pick(secret, known=False)
    for name, key in server_order(versions.controller):
        if name in secret.keys:
            if key not in secret.keys:
                return Pick(secret, name, secret.keys[name], error=MISSING_KEY)
            return Pick(secret, name, secret.keys[name], key, secret.keys[key])
    return Pick(secret, error=_error(versions.controller))


def authority(cluster: Cluster, ref: SecretRef, versions: Versions, near: str) -> Pick:
    """The CA bundle behind a ``caSecret``."""
    secret = find(cluster, ref, near)
    if secret is None or secret.keys is None:
        return Pick(secret, known=False)
    for name in ca_order(versions.controller):
        if name in secret.keys:
            return Pick(secret, name, secret.keys[name])
    return Pick(secret, error=_error(versions.controller))


def frontend(cluster: Cluster, client: Client, near: str) -> Pick:
    """The CAs of a Gateway's clients, put together: of each ConfigMap or Secret the key ``ca.crt``."""
    contents: list[bytes] = []
    picks: list[Pick] = []
    for ref in (client.ca, *client.more):
        secret = find(cluster, ref, near) if ref is not None else None
        if secret is None or secret.keys is None:
            return Pick(secret, known=False)
        value = secret.keys.get(_FRONTEND_KEY)
        if value is None:
            return Pick(secret, error=MISSING_CA)
        picks.append(Pick(secret, _FRONTEND_KEY, value))
        contents += [value.content] if value.content is not None else []
    if len(picks) == 1 or len(contents) < len(picks):
        return picks[0]
    # no single place holds all of it
    joined = KeyValue(None, b"\n".join(content.strip() for content in contents) + b"\n")
    return picks[0]._replace(certificate=joined)


def _error(version: Version | None) -> str:
    return MISSING_CERT if version is not None and version < Version(1, 3) else UNKNOWN_FORMAT


def find(cluster: Cluster, ref: SecretRef, near: str) -> SecretObject | None:
    """The Secret behind a reference, in whatever form the repository makes it."""
    return cluster.find(ref.resource, ref.namespace, ref.name, near)


def content(value: KeyValue | None) -> bytes | None:
    """The bytes of a key where they can be read."""
    return value.content if value is not None else None
