"""The values that carry a Milvus deployment from its files to the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...certs.facts import Certificate
from ...findings import Label
from ...records import NamedTuple
from ...yamldoc.node import Node
from ..files import ContainerFiles
from ..versions import Version
from .settings import Settings

if TYPE_CHECKING:
    from ..kubernetes import Cluster
    from ..kustomize.changes import Lost

STARTS, FAILS, UNKNOWN = "starts", "fails", "unknown"
PLAINTEXT, ONE_WAY, MUTUAL, OFF, BROKEN = "plaintext", "one-way", "mutual", "off", "broken"


class Reason(NamedTuple):
    """One reason of a prediction, and the place that shows it (None where no file does)."""

    message: str
    place: Label | None = None


class Listener(NamedTuple):
    """A listening port: ``port`` is None where there is none or it is random. ``tls`` as in the contract's ``status``.

    ``expected``, where ``tls`` is unknown only because certificates or keys are not in the repository: what it serves if
    they are there and fit.
    """

    port: int | None
    tls: str
    expected: str | None = None


class Prediction(NamedTuple):
    """What the real server will do. The words are those of the contract's ``status --format json``."""

    server: str
    grpc: Listener
    rest: Listener
    internal: str
    management: Listener
    management_published: bool
    certificate: Certificate | None
    clients: dict[str, str]
    why: tuple[Reason, ...]
    internal_expected: str | None = None
    """As ``Listener.expected``, for the internal links."""


class Published(NamedTuple):
    """A container port made reachable from outside. ``host`` is the host address it is bound to (empty: all)."""

    container: int
    host: str
    node: Node | None


class Component:
    """One Milvus process.

    ``name`` is the role in lower case: ``standalone``, ``proxy``, ``mixcoord``, ``rootcoord``, ``datacoord``,
    ``querycoord``, ``indexcoord``, ``querynode``, ``datanode``, ``indexnode``, ``streamingnode``, ``cdc``.
    ``node`` is the mapping that describes it (the compose service, ``spec.components.proxy``) or the nearest one above.
    ``user`` is the numeric or named user it runs as where a file says so.
    """

    def __init__(self, name: str, node: Node, settings: Settings, files: ContainerFiles) -> None:
        self.name = name
        self.node = node
        self.settings = settings
        self.files = files
        self.user: str | None = None
        self.non_root: bool | None = None

    @property
    def serves_clients(self) -> bool:
        """Whether it has the external gRPC and REST listeners."""
        return self.name in ("standalone", "proxy")


class Deployment:
    """One Milvus as the repository describes it.

    ``shape``: ``compose``, ``operator``, ``kustomize`` (an operator's resource as a build changes it), ``helm``, or ``file``
    for a bare milvus.yaml (which ``status`` does not list).
    ``node`` is the anchor for findings about the whole deployment. ``version`` is None where nothing tells it: the newest
    is then assumed. ``spec`` is the shape's own object (ComposeProject, operator or Helm view) for rules of that shape.
    """

    def __init__(self, shape: str, name: str, node: Node) -> None:
        self.system = "milvus"
        self.shape = shape
        self.name = name
        self.node = node
        self.namespace: str | None = None
        self.version: Version | None = None
        self.version_node: Node | None = None
        self.chart_version: Version | None = None
        self.components: list[Component] = []
        self.published: list[Published] = []
        self.published_known = True
        self.spec: object = None
        self.blocked: list[Reason] = []
        """Why the deployment cannot even be created (Helm cannot render it, Docker cannot mount); empty where it can."""
        self.prediction: Prediction | None = None
        self.cluster: Cluster | None = None
        """The Secrets and ConfigMaps as its build names them; None where they are those of the repository."""
        self.lost: tuple[Lost, ...] = ()
        """What the patches of its build took away."""
        self.merged = False
        """Whether several files make it, the later of which may have replaced lists of the earlier."""

    @property
    def path(self) -> str:
        """The path of the file that describes it."""
        return self.node.path

    @property
    def front(self) -> Component | None:
        """The component with the client listeners; None in a deployment without one."""
        return next((c for c in self.components if c.serves_clients), None)

    def assumed_version(self) -> Version:
        """The version to judge by: its own, else the newest known."""
        return self.version or NEWEST


NEWEST = Version(3, 0, 0)
