"""What cert-manager will put into a Secret whose content is not in Git: a Certificate says so, or the annotations of an Ingress.

Source: the API of cert-manager 1.x, and pkg/controller/certificate-shim/sync.go.
"""

from __future__ import annotations

from ...certs.names import any_covers, as_ip
from ...records import NamedTuple
from ...yamldoc.node import Node
from ..kubernetes import SHIMS, SecretObject
from ..secrets.cert_manager import shim_hosts
from ..secrets.wishes import wish
from .names import is_placeholder


class Promise(NamedTuple):
    """A certificate to come. ``maker`` is what asks for it in words, ``node`` the place that names its hosts.

    ``common_name`` may become one of its names (ACME) or not; ``algorithm`` is in lower case, empty for the default (RSA).
    ``issuer`` is its issuer in words, empty where it is cert-manager's default one.
    """

    maker: str
    node: Node
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    common_name: str
    algorithm: str
    issuer: str

    @property
    def known(self) -> bool:
        """Whether nothing else fills its names in later."""
        return not any(is_placeholder(name) for name in (*self.dns_names, *self.ip_addresses, self.common_name))

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return (*self.dns_names, *self.ip_addresses)

    def lacks(self, host: str) -> bool:
        """Whether it will certainly not be valid for a host."""
        if not self.known or any_covers(self.dns_names, self.ip_addresses, host):
            return False
        return not any_covers((self.common_name,), (), host)

    def covers(self, host: str) -> bool:
        """Whether it will certainly be valid for a host."""
        return self.known and any_covers(self.dns_names, self.ip_addresses, host)


def promise_of(secret: SecretObject | None) -> Promise | None:
    """What will stand in ``tls.crt`` of a Secret; None where cert-manager does not make it."""
    if secret is None:
        return None
    if secret.kind in SHIMS:
        return _of_shim(secret)
    wanted = wish(secret) if secret.kind == "Certificate" else None
    if wanted is None:
        return None
    names = wanted.spec.get("dnsNames") or wanted.spec.get("ipAddresses") or wanted.common_name or secret.name_node
    common = wanted.common_name.value if wanted.common_name is not None else ""
    algorithm = wanted.algorithm.value.lower() if wanted.algorithm is not None else ""
    kind = wanted.spec.text("issuerRef", "kind") or "Issuer"
    name = wanted.spec.text("issuerRef", "name")
    maker = f"Certificate {_qualified(secret)}"
    return Promise(maker, names, wanted.dns_names, wanted.ip_addresses, common, algorithm, f"{kind} {name}" if name else "")


def _of_shim(secret: SecretObject) -> Promise:
    hosts = [host for name, host in shim_hosts(secret.node) if name.value == secret.name]
    annotations = secret.node.get("metadata", "annotations")

    def written(name: str) -> str:
        return (annotations.text(f"cert-manager.io/{name}") or "") if annotations is not None else ""

    more = [one.strip() for one in written("alt-names").split(",") if one.strip()]
    dns = tuple(dict.fromkeys([host.value for host in hosts if as_ip(host.value) is None] + more))
    addresses = [host.value for host in hosts if as_ip(host.value) is not None]
    addresses += [one.strip() for one in written("ip-sans").split(",") if one.strip()]
    name = written("cluster-issuer") or written("issuer")
    kind = "ClusterIssuer" if written("cluster-issuer") else written("issuer-kind") or "Issuer"
    maker = f"the annotation of {secret.kind} {_qualified(secret)}"
    node = hosts[0] if hosts else secret.name_node
    return Promise(
        maker, node, dns, tuple(addresses), written("common-name"), written("private-key-algorithm").lower(), f"{kind} {name}" if name else ""
    )  # fmt: skip


def _qualified(secret: SecretObject) -> str:
    name = secret.node.text("metadata", "name") or "?"
    return f"{secret.namespace}/{name}" if secret.namespace else name
