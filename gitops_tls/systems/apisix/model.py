"""The values that carry the APISIX gateways of a repository from its files to the rules."""

from __future__ import annotations

from ...certs.facts import Certificate
from ...findings import Label
from ...records import NamedTuple
from ...yamldoc.node import Node
from ..kubernetes import SECRET, KeyValue, SecretObject
from ..versions import Version
from .promised import Promise
from .sni import Router
from .words import INTERNAL_ALERT

ONE_WAY, MUTUAL, NONE = "one-way", "mutual", "none"
OK, INTERNAL_ERROR, CERTIFICATE_REQUIRED, UNKNOWN_CA = "ok", "internal error", "certificate required", "unknown ca"
NAME_MISMATCH, EXPIRED, UNTRUSTED, UNKNOWN = "name mismatch", "expired", "untrusted issuer", "unknown"


class Reason(NamedTuple):
    """One reason, and the place that shows it (None where no file does)."""

    message: str
    place: Label | None = None


class Versions(NamedTuple):
    """What runs: None where nothing in the repository or its configuration says it. ``major`` is a guess from the objects
    where the controller's version is not told: 0 where they do not tell either."""

    controller: Version | None
    apisix: Version | None
    major: int

    @property
    def second(self) -> bool:
        """Whether the controller is certainly of version 2."""
        return self.major == 2

    def controller_before(self, major: int, minor: int) -> bool:
        """Whether the controller is known to be older than a version."""
        return self.controller is not None and self.controller < Version(major, minor)

    def apisix_before(self, major: int, minor: int) -> bool:
        """Whether APISIX is known to be older than a version."""
        return self.apisix is not None and self.apisix < Version(major, minor)


class Host(NamedTuple):
    """A host name as written, and its node (None where a certificate names it)."""

    name: str
    node: Node | None


class SecretRef(NamedTuple):
    """A reference to a Secret (``resource`` may be a ConfigMap). ``namespace`` is None where none is written and none is
    implied. ``node`` is the mapping or scalar of the reference; the other nodes are its parts."""

    name: str
    namespace: str | None
    node: Node
    name_node: Node | None
    namespace_node: Node | None
    resource: str = SECRET

    @property
    def title(self) -> str:
        """How messages call the Secret."""
        return f"{self.resource} {self.namespace}/{self.name}" if self.namespace else f"{self.resource} {self.name}"


class Client(NamedTuple):
    """The mTLS part of an ApisixTls, or what a Gateway says of its clients. ``depth`` is the written node; ``skips`` the texts
    of skip_mtls_uri_regex; ``more`` the CAs of a Gateway after the first."""

    node: Node
    ca: SecretRef | None
    depth: Node | None
    skips: tuple[Node, ...]
    skip_list: Node | None
    more: tuple[SecretRef, ...] = ()


class TlsObject(NamedTuple):
    """What becomes one ssl object of APISIX: an ApisixTls, one ``tls`` entry of an Ingress, a listener of a Gateway.

    ``part`` is the node of the entry or listener (``spec`` of an ApisixTls).
    """

    kind: str
    name: str
    namespace: str | None
    node: Node
    part: Node
    hosts: tuple[Host, ...]
    secret: SecretRef | None
    client: Client | None
    class_name: str | None
    class_node: Node | None
    from_certificate: bool = False
    """No host is written: the DNS names of the certificate count."""

    @property
    def title(self) -> str:
        """How messages and ``served_by`` call it: ``ApisixTls default/api``."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Route(NamedTuple):
    """Something that exposes hosts: an ApisixRoute, the rules of an Ingress, an HTTPRoute.

    ``redirects`` are the hosts whose plain HTTP is redirected to HTTPS.
    """

    kind: str
    name: str
    namespace: str | None
    node: Node
    hosts: tuple[Host, ...]
    redirects: frozenset[str]
    class_name: str | None
    parents: tuple[tuple[str | None, str], ...] = ()
    """``(namespace, name)`` of the Gateways that an HTTPRoute is attached to."""

    @property
    def title(self) -> str:
        """How messages call it: ``ApisixRoute default/shop``."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Broken(NamedTuple):
    """Why APISIX cannot use a pair: NOT_PEM, ENCRYPTED, CHAIN_ORDER or MISMATCH, in words, and the value at fault.

    ``alert`` is what clients see."""

    kind: str
    message: str
    key: str
    alert: str = INTERNAL_ALERT


class Pick(NamedTuple):
    """What the controller takes out of a Secret, or the error it stops with (``missing key field``).

    ``known`` is False where the repository does not tell (no such Secret, keys made elsewhere): then nothing is wrong for
    certain.
    """

    secret: SecretObject | None
    certificate_key: str = ""
    certificate: KeyValue | None = None
    private_key: str = ""
    private: KeyValue | None = None
    error: str = ""
    known: bool = True


class Bundle(NamedTuple):
    """What is wrong with a bundle; empty texts where nothing is, or where its content is not known.

    ``refused``: APISIX takes no object with it. ``closed``: no client certificate passes. ``narrow``: none passes that the
    bundle's certificate has issued, only the very certificate that stands in it. ``roots`` are those that let clients in.
    """

    refused: str = ""
    closed: str = ""
    narrow: str = ""
    roots: tuple[Certificate, ...] = ()

    @property
    def problem(self) -> str:
        """The problem, whichever it is."""
        return self.refused or self.closed or self.narrow


class Held(NamedTuple):
    """An object that becomes an ssl object of one gateway, with everything that decides what clients meet.

    ``refused`` says why the controller ignores or refuses it (empty if it takes it), ``doubt`` why that is not sure.
    ``broken`` is why APISIX cannot use the pair, ``bundle`` what it makes of the clients' CA. ``chain`` are the certificates that it sends, as far as they are known.
    """

    tls: TlsObject
    names: tuple[str, ...]
    pick: Pick
    ca: Pick | None
    chain: tuple[Certificate, ...]
    refused: str
    doubt: str
    broken: Broken | None
    bundle: Bundle
    exempt: tuple[str, ...]
    exempts_all: bool = False
    promise: Promise | None = None
    """What cert-manager will put into its Secret, where the certificate is not here."""
    single: bool = False
    """Its one name stands in ``sni``, not in ``snis`` (see sni.py)."""

    @property
    def in_router(self) -> bool:
        """Whether APISIX has it."""
        return not self.refused


class HostResult(NamedTuple):
    """What a client meets that asks for one host. The words are those of the contract. ``place`` names the host."""

    host: str
    held: Held | None
    matched: str | None
    tls: str
    client_sees: str
    place: Label | None
    why: tuple[Reason, ...]
    alert: str = ""
    """The alert that a server sends which cannot serve; empty where it serves or it is not known."""

    @property
    def served_by(self) -> str | None:
        """The object that answers; None where nothing does."""
        return self.held.tls.title if self.held is not None else None

    @property
    def served(self) -> bool:
        """Whether a certificate comes back."""
        return self.held is not None and self.client_sees != INTERNAL_ERROR


class Gateway:
    """One APISIX gateway: an IngressClass with its GatewayProxy, a Gateway of the Gateway API, or what a file describes.

    ``node`` is the anchor: the class, the Gateway, or the first object that names the class. ``declared`` is False where
    the class itself is not in the repository. ``proxy`` is the GatewayProxy, ``missing_proxy`` why there is none.
    """

    def __init__(self, name: str, node: Node, versions: Versions, *, declared: bool, gateway_api: bool = False) -> None:
        self.system = "apisix"
        self.shape = "operator"
        self.name = name
        self.node = node
        self.versions = versions
        self.declared = declared
        self.gateway_api = gateway_api
        self.default = False
        self.environment = ""
        """The folder of its environment; empty where the repository describes one cluster (see environments.py)."""
        self.off: Reason | None = None
        """Why there is no TLS listener at all."""
        self.doubt = ""
        """Why it is not sure that there is one."""
        self.fallback: Host | None = None
        """The host that clients without SNI are answered as."""
        self.proxy: Node | None = None
        self.missing_proxy: Reason | None = None
        self.held: list[Held] = []
        self.routes: list[Route] = []
        self.hosts: tuple[HostResult, ...] = ()
        self.router = Router(())
        self.routed: dict[str, list[tuple[Route, Node]]] = {}
        self.named: dict[str, list[Held]] = {}
        self._results: dict[str, HostResult] = {}

    def result(self, host: str) -> HostResult | None:
        """What was worked out for a host that one of its objects names, as written."""
        if len(self._results) != len(self.hosts):
            self._results = {one.host: one for one in self.hosts}
        return self._results.get(host)

    @property
    def path(self) -> str:
        """The path of the file that describes it."""
        return self.node.path

    @property
    def title(self) -> str:
        """How tables call it: the folder and its name; the file where that is all there is of it."""
        folder = self.path.rpartition("/")[0]
        if self.shape != "operator":
            return self.path
        return f"{folder}/{self.name}" if folder else self.name


class Apisix(NamedTuple):
    """Everything of APISIX's ingress controller in a repository.

    ``ignored`` are objects that no gateway takes for certain: their class is another controller's.
    """

    versions: Versions
    gateways: tuple[Gateway, ...]
    tls: tuple[TlsObject, ...]
    routes: tuple[Route, ...]
    classes: tuple[Node, ...]
    proxies: tuple[Node, ...]
    upstreams: tuple[Node, ...]
    ignored: tuple[TlsObject, ...]
    grants: tuple[Node, ...] = ()
    """The ReferenceGrants of the Gateway API."""
