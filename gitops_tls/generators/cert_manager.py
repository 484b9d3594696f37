"""Manifests that let cert-manager make and renew the certificates, so that no key ever stands in Git.

A self-signed Issuer signs a CA, the CA's Issuer signs the server's and the client's certificate (cert-manager.io/v1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..yamldoc.render import Value, mapping_lines
from .secret_manifest import metadata

HEADER = """\
# Milvus reads a certificate when it starts and never again: restart it after a renewal (a reloader does that by itself).
# The server's Secret has the keys tls.crt, tls.key and ca.crt.
"""


class Wanted(NamedTuple):
    """What to write. ``key`` is ``("RSA", 2048)`` or ``("ECDSA", 256)``; ``secret`` the name of the server's Secret."""

    namespace: str | None
    secret: str
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    server_name: str
    ca_name: str
    client_name: str
    key: tuple[str, int]
    days: int
    ca_days: int

    @property
    def base(self) -> str:
        """The common start of the objects' names: the Secret's name without what says that it is one."""
        return self.secret.removesuffix("-tls").removesuffix("-certs")

    @property
    def client_secret(self) -> str:
        """The name of the client's Secret."""
        return f"{self.base}-client-tls"


def render(wanted: Wanted) -> bytes:
    """The manifests, one file."""
    documents = [
        _issuer(wanted, f"{wanted.base}-selfsigned", {"selfSigned": {}}),
        _certificate(wanted, f"{wanted.base}-ca", f"{wanted.base}-selfsigned", _authority(wanted)),
        _issuer(wanted, f"{wanted.base}-ca", {"ca": {"secretName": f"{wanted.base}-ca"}}),
        _certificate(wanted, f"{wanted.base}-server", f"{wanted.base}-ca", _server(wanted)),
        _certificate(wanted, f"{wanted.base}-client", f"{wanted.base}-ca", _client(wanted)),
    ]
    return (HEADER + "---\n".join("\n".join(mapping_lines(document)) + "\n" for document in documents)).encode("utf-8")


def _issuer(wanted: Wanted, name: str, spec: Mapping[str, Value]) -> dict[str, Value]:
    return {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": metadata(name, wanted.namespace), "spec": spec}


def _certificate(wanted: Wanted, name: str, issuer: str, spec: Mapping[str, Value]) -> dict[str, Value]:
    whole: dict[str, Value] = {**spec, "issuerRef": {"name": issuer, "kind": "Issuer", "group": "cert-manager.io"}}
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": metadata(name, wanted.namespace),
        "spec": whole,
    }


def _private_key(wanted: Wanted, rotation: str) -> dict[str, Value]:
    algorithm, size = wanted.key
    return {"algorithm": algorithm, "size": size, "encoding": "PKCS8", "rotationPolicy": rotation}


def _authority(wanted: Wanted) -> dict[str, Value]:
    # renewed so early that it outlives every leaf; its key stays, so that leaves of before are still trusted
    before = wanted.days if 2 * wanted.days <= wanted.ca_days else max(wanted.ca_days // 3, 0)
    return {
        "isCA": True,
        "commonName": wanted.ca_name,
        "secretName": f"{wanted.base}-ca",
        "duration": f"{24 * wanted.ca_days}h",
        "renewBefore": f"{24 * before or 8}h",
        "privateKey": _private_key(wanted, "Never"),
        "usages": ["cert sign", "crl sign"],
    }


def _leaf(wanted: Wanted, name: str, secret: str, usages: list[Value]) -> dict[str, Value]:
    return {
        "commonName": name,
        "secretName": secret,
        "duration": f"{24 * wanted.days}h",
        "renewBefore": f"{24 * wanted.days // 3}h",
        "privateKey": _private_key(wanted, "Always"),
        "usages": usages,
    }


def _server(wanted: Wanted) -> dict[str, Value]:
    usages: list[Value] = ["digital signature", "server auth"]
    if wanted.key[0] == "RSA":
        usages.insert(1, "key encipherment")
    spec = _leaf(wanted, wanted.server_name, wanted.secret, usages)
    if wanted.dns_names:
        spec["dnsNames"] = list(wanted.dns_names)
    if wanted.ip_addresses:
        spec["ipAddresses"] = list(wanted.ip_addresses)
    return spec


def _client(wanted: Wanted) -> dict[str, Value]:
    return _leaf(wanted, wanted.client_name, wanted.client_secret, ["digital signature", "client auth"])
