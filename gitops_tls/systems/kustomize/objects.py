"""The objects of a build on their way through it."""

from __future__ import annotations

from ...findings import Label
from ...records import NamedTuple
from ...yamldoc.node import Node
from ..kubernetes import SecretObject
from .changes import Lost


class Item:
    """One object of a build.

    ``written`` is its mapping as its file has it, ``node`` what patches made of it so far; name and namespace are kept
    apart from both. ``ids`` are the names and namespaces it has had, the present one last. ``entry`` is where the
    outermost kustomization takes it in that is more than a list of others, ``depth`` through how many of these it came.
    ``unknown`` is a part that may change it and is not evaluated, ``failures`` are errors of a build it is in.
    """

    __slots__ = ("depth", "entry", "failures", "ids", "lost", "node", "patched", "unknown", "written")

    def __init__(self, written: Node, entry: Node) -> None:
        self.written = written
        self.node = written
        self.entry = entry
        self.ids = [(written.text("metadata", "name") or "", written.text("metadata", "namespace") or "")]
        self.lost: list[Lost] = []
        self.patched = False
        self.unknown: Missing | None = None
        self.failures: list[Missing] = []
        self.depth = 0

    @property
    def name(self) -> str:
        """The present name."""
        return self.ids[-1][0]

    @property
    def namespace(self) -> str | None:
        """The present namespace; None where none is set."""
        return self.ids[-1][1] or None

    def rename(self, name: str | None = None, namespace: str | None = None) -> None:
        """Give it another name or namespace."""
        new = (self.ids[-1][0] if name is None else name, self.ids[-1][1] if namespace is None else namespace)
        if new != self.ids[-1]:
            self.ids.append(new)


class Made:
    """What a generator makes, with the names it has had."""

    __slots__ = ("names", "one")

    def __init__(self, one: SecretObject) -> None:
        self.one = one
        self.names = [one.name]

    def rename(self, name: str | None = None, namespace: str | None = None) -> None:
        """Give it another name or namespace."""
        if name is not None and name != self.one.name:
            self.names.append(name)
            self.one = self.one._replace(name=name)
        if namespace is not None:
            self.one = self.one._replace(namespace=namespace)


class Missing(NamedTuple):
    """A part of a build that cannot be evaluated here: why, and where it is named."""

    reason: str
    place: Label


class Built:
    """What one kustomization gathers.

    ``files`` are the files it is made of; ``blank`` those of them in which nothing was recognised, and where they are
    listed. ``open``: parts that bring further objects and are not here (remote bases, charts,
    plugins). ``strangers``: patches of Milvus objects that only such a part can bring, and the part. ``unknown``: parts that may
    change objects and are not evaluated. ``schema``: it says how lists are merged. ``failures``: why kustomize ends with an error. ``teaches``: references in
    custom resources are renamed too.
    """

    __slots__ = ("blank", "failures", "files", "items", "made", "open", "schema", "strangers", "teaches", "unknown")

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.made: list[Made] = []
        self.files: set[str] = set()
        self.blank: list[tuple[str, Node]] = []
        self.open: list[Missing] = []
        self.unknown: list[Missing] = []
        self.failures: list[Missing] = []
        self.strangers: list[tuple[Node, Missing]] = []
        self.schema: Missing | None = None
        self.teaches = False

    def take(self, inner: Built) -> None:
        """Add what another kustomization gathered."""
        self.items += inner.items
        self.made += inner.made
        self.files |= inner.files
        self.open += inner.open
        self.blank += inner.blank
        self.unknown += inner.unknown
        self.failures += inner.failures
        self.strangers += inner.strangers
        self.schema = self.schema or inner.schema
        self.teaches = self.teaches or inner.teaches

    def doubt(self, reason: Missing) -> None:
        """Note a part that may change everything gathered so far."""
        self.unknown.append(reason)
        for item in self.items:
            item.unknown = item.unknown or reason


def is_local(root: Node) -> bool:
    """Whether an object is for tools alone: kustomize takes it neither into a build nor for a patch."""
    return root.text("metadata", "annotations", "config.kubernetes.io/local-config") not in (None, "false")
