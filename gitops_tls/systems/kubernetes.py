"""The Secrets and ConfigMaps of a repository, whichever tool makes them, by namespace and name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..records import NamedTuple
from ..repo.workspace import Workspace
from ..yamldoc.node import Node
from .claims import KUBERNETES, Claims

SECRET, CONFIG_MAP = "Secret", "ConfigMap"


class KeyValue(NamedTuple):
    """One key of a Secret or ConfigMap.

    ``content`` is None where the bytes cannot be read here; ``problem`` then says in words why, if the key's content is
    in doubt (not base64, a missing file), and is empty where it is only unreadable (encrypted, made in the cluster).
    ``node`` is the value (or the entry that makes it), ``path`` the repository file a generator takes it from.
    """

    node: Node | None
    content: bytes | None
    problem: str = ""
    path: str | None = None

    def __repr__(self) -> str:
        return f"KeyValue(node={self.node!r}, problem={self.problem!r})"  # never the content


class SecretObject(NamedTuple):
    """A Secret or ConfigMap that the repository makes.

    ``resource`` is what comes out of it (SECRET or CONFIG_MAP), ``kind`` what is written: ``Secret``, ``SOPS``,
    ``SealedSecret``, ``ExternalSecret``, ``Certificate``, ``Bundle``, ``secretGenerator``, ``ConfigMap``,
    ``configMapGenerator``. ``namespace`` is None where none is written. ``node`` is the object's mapping, ``name_node``
    its name. ``keys`` is None where the keys are not known here.
    """

    resource: str
    kind: str
    name: str
    namespace: str | None
    node: Node
    name_node: Node
    keys: dict[str, KeyValue] | None

    @property
    def title(self) -> str:
        """How messages call it: ``Secret default/certs``."""
        return f"{self.resource} {self.namespace}/{self.name}" if self.namespace else f"{self.resource} {self.name}"


class Cluster:
    """The Secrets and ConfigMaps of a repository. A namespace that is not written may be any."""

    def __init__(self, objects: Iterable[SecretObject]) -> None:
        self._by_name: dict[tuple[str, str], list[SecretObject]] = {}
        for one in objects:
            self._by_name.setdefault((one.resource, one.name), []).append(one)

    def objects(self, kind: str) -> list[SecretObject]:
        """Everything that makes a SECRET or a CONFIG_MAP; or what is written as ``kind``, of the providers' names."""
        every = [one for group in self._by_name.values() for one in group]
        if kind in (SECRET, CONFIG_MAP):
            return [one for one in every if one.resource == kind]
        return [one for one in every if one.kind == kind]

    def secret(self, namespace: str | None, name: str, near: str = "") -> SecretObject | None:
        """The Secret that a pod in ``namespace`` (None where it is not written) finds as ``name``, or None.

        Of several, the one of the written namespace counts, then one whose content can be read, then the one in the
        folder nearest to the file ``near``.
        """
        return self._find(SECRET, namespace, name, near)

    def config_map(self, namespace: str | None, name: str, near: str = "") -> SecretObject | None:
        """The ConfigMap that a pod finds as ``name``: as :meth:`secret`."""
        return self._find(CONFIG_MAP, namespace, name, near)

    def find(self, resource: str, namespace: str | None, name: str, near: str = "") -> SecretObject | None:
        """:meth:`secret` or :meth:`config_map`, as ``resource`` says."""
        return self._find(resource, namespace, name, near)

    def _find(self, resource: str, namespace: str | None, name: str, near: str) -> SecretObject | None:
        fitting = [
            one
            for one in self._by_name.get((resource, name), ())
            if namespace is None or one.namespace is None or one.namespace == namespace
        ]
        if not fitting:
            return None
        return max(fitting, key=lambda one: (one.namespace == namespace, _shared_folders(one.node.path, near), _readable(one)))

    def near_names(self, kind: str, namespace: str | None, name: str) -> list[str]:
        """Names that may be meant by ``name``, the likeliest first: at most three; ``other/name`` in other namespaces."""
        from difflib import get_close_matches

        here: set[str] = set()
        elsewhere: list[str] = []
        for one in self.objects(kind):
            if namespace is None or one.namespace is None or one.namespace == namespace:
                here.add(one.name)
            elif one.name == name:
                elsewhere.append(f"{one.namespace}/{name}")
        here.discard(name)
        # a slip keeps most of the letters: comparing every name of a large repository would take long
        like = [one for one in sorted(here) if abs(len(one) - len(name)) <= 4 and (one[:2] == name[:2] or one[-3:] == name[-3:])]
        close = get_close_matches(name, like[:200], n=3, cutoff=0.6)
        # `certs` for `milvus-certs`: parts of a name count where they say something
        parts = [
            one for one in sorted(here) if one not in close and min(len(one), len(name)) > 3 and (one in name or name in one)
        ]
        return [*sorted(set(elsewhere)), *close, *parts][:3]


def build_cluster(workspace: Workspace, claims: Claims) -> Cluster:
    """The Secrets and ConfigMaps behind the KUBERNETES claims."""
    from .kubernetes_objects import objects_of

    found: list[SecretObject] = []
    for claim in claims.of(KUBERNETES):
        if claim.root is not None:
            for node in documents_of(claim.root):
                found.extend(objects_of(workspace, node))
    return Cluster(found)


def documents_of(root: Node) -> Iterator[Node]:
    """The object itself, or the objects of a ``List``."""
    stack = [root.resolved()]
    while stack:
        node = stack.pop()
        kind = node.text("kind") or ""
        items = node.get("items") if kind.endswith("List") else None
        if items is not None:
            # a List does not hold Lists: an alias to itself ends here
            yield from (item.resolved() for item in items.items if not (item.resolved().text("kind") or "").endswith("List"))
        else:
            yield node


def _shared_folders(path: str, near: str) -> int:
    shared = 0
    for one, other in zip(path.split("/")[:-1], near.split("/")[:-1], strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _readable(one: SecretObject) -> int:
    if one.keys is None:
        return 0
    return 2 if any(value.content is not None for value in one.keys.values()) else 1
