"""cert-manager's Certificates: what will stand in the Secret that each of them makes."""

from __future__ import annotations

from ...records import NamedTuple
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..kubernetes import SecretObject
from ..kubernetes_volumes import is_true

_EXTENDED = frozenset(
    ("any", "server auth", "client auth", "code signing", "email protection", "s/mime", "timestamping", "ocsp signing",
     "ipsec end system", "ipsec tunnel", "ipsec user", "microsoft sgc", "netscape sgc")
)  # fmt: skip


class Wish(NamedTuple):
    """A Certificate object: what its ``spec`` asks for. ``usages`` is None where the default (no extended usage) counts."""

    made: SecretObject
    spec: Node
    common_name: Node | None
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    usages: tuple[str, ...] | None
    algorithm: Node | None
    size: str
    is_ca: bool

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"Certificate {self.made.node.text('metadata', 'name') or '?'}"

    @property
    def extended(self) -> tuple[str, ...]:
        """The extended usages that the certificate will have; empty: none, which forbids nothing."""
        return tuple(usage for usage in self.usages or () if usage in _EXTENDED)

    def allows(self, usage: str) -> bool:
        """Whether the certificate may be used for ``server auth`` or ``client auth``."""
        return not self.extended or usage in self.extended or "any" in self.extended


def wish(made: SecretObject) -> Wish | None:
    """The Certificate object behind a Secret; None where it has no spec."""
    spec = made.node.get("spec")
    if spec is None or spec.resolved().kind != MAPPING:
        return None
    spec = spec.resolved()
    subject = spec.get("commonName")
    usages = texts(spec.get("usages"))
    return Wish(
        made,
        spec,
        subject if subject is not None and subject.kind == SCALAR and subject.value else None,
        texts(spec.get("dnsNames")),
        texts(spec.get("ipAddresses")),
        usages or None,
        spec.get("privateKey", "algorithm") or spec.get("keyAlgorithm"),
        spec.text("privateKey", "size") or "",
        is_true(spec.get("isCA")),
    )


def texts(node: Node | None) -> tuple[str, ...]:
    """The scalars of a list."""
    node = node.resolved() if node is not None else None
    items = node.items if node is not None and node.kind == SEQUENCE else []
    return tuple(item.resolved().value for item in items if item.resolved().kind == SCALAR)
