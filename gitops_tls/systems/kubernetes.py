"""The Secrets and ConfigMaps of a repository, whichever tool makes them, by namespace and name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..records import NamedTuple
from ..repo.workspace import Workspace
from ..yamldoc.node import Node
from .claims import APISIX, KUBERNETES, Claims

if TYPE_CHECKING:
    from .secrets.kustomize import Builds
    from .secrets.secrets_store import ProviderClass

SECRET, CONFIG_MAP = "Secret", "ConfigMap"
SHIMS = ("Ingress", "Gateway")
"""Kinds of objects by whose annotations cert-manager makes Secrets; anything else that makes them comes first."""
_HASHED_NAME = re.compile(r"-[bcdf2456789ghkmt]{10}\Z")
"""A name as kustomize makes it: behind it a hash in the letters of kubectl's own."""


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
    why: str = ""

    def __repr__(self) -> str:
        return f"KeyValue(node={self.node!r}, problem={self.problem!r})"  # never the content


class SecretObject(NamedTuple):
    """A Secret or ConfigMap that the repository makes.

    ``resource`` is what comes out of it (SECRET or CONFIG_MAP), ``kind`` what is written: ``Secret``, ``SOPS``,
    ``SealedSecret``, ``ExternalSecret``, ``Certificate``, ``Bundle``, ``secretGenerator``, ``ConfigMap``,
    ``configMapGenerator``, ``SecretProviderClass``, and those of SHIMS. ``namespace`` is None where none is written. ``node`` is the object's
    mapping, ``name_node`` its name. ``keys`` is None where the keys are not known here. ``adds``: it adds its keys to an
    object that something else makes. ``hashed``: kustomize puts a hash behind the name. ``meant``: another name that its
    writer gave it and the controller does not.
    """

    resource: str
    kind: str
    name: str
    namespace: str | None
    node: Node
    name_node: Node
    keys: dict[str, KeyValue] | None
    adds: bool = False
    hashed: bool = False
    meant: Node | None = None

    @property
    def title(self) -> str:
        """How messages call it: ``Secret default/certs``."""
        return f"{self.resource} {self.namespace}/{self.name}" if self.namespace else f"{self.resource} {self.name}"


class Cluster:
    """The Secrets and ConfigMaps of a repository. A namespace that is not written may be any."""

    def __init__(
        self, objects: Iterable[SecretObject], classes: Iterable[ProviderClass] = (), builds: Builds | None = None
    ) -> None:
        self._by_name: dict[tuple[str, str], list[SecretObject]] = {}
        for one in objects:
            self._by_name.setdefault((one.resource, one.name), []).append(one)
        self._classes = list(classes)
        self._builds = builds

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
        fitting = [one for one in self._named(resource, namespace, name) if self._visible(one, near)]
        if not fitting and _HASHED_NAME.search(name):
            fitting = [one for one in self._named(resource, namespace, name[:-11]) if one.hashed]
        if not fitting:
            return None
        return max(
            fitting,
            key=lambda one: (
                one.kind not in SHIMS,
                one.namespace == namespace,
                _shared_folders(one.node.path, near),
                _readable(one),
            ),
        )

    def _named(self, resource: str, namespace: str | None, name: str) -> list[SecretObject]:
        every = self._by_name.get((resource, name), ())
        return [one for one in every if namespace is None or one.namespace is None or one.namespace == namespace]

    def _visible(self, one: SecretObject, near: str) -> bool:
        if not one.hashed or not near or self._builds is None:
            return True
        return self._builds.rewrites(one.node.path, near)

    def hidden_by_hash(self, resource: str, namespace: str | None, name: str, near: str) -> SecretObject | None:
        """What kustomize generates as ``name`` with a hash behind it, which a pod described in ``near`` does not find."""
        hidden = (one for one in self._named(resource, namespace, name) if not self._visible(one, near))
        return None if self._find(resource, namespace, name, near) is not None else next(hidden, None)

    def meant_by(self, resource: str, namespace: str | None, name: str) -> SecretObject | None:
        """What its writer calls ``name``, and what comes out under another name."""
        every = (one for one in self.objects(resource) if one.meant is not None and one.meant.value == name)
        return next((one for one in every if namespace is None or one.namespace in (None, namespace)), None)

    def renamed(self, resource: str, name: str) -> SecretObject | None:
        """What a build of kustomize takes in as ``name`` and makes under another name; None outside of builds."""
        return None

    def provider_class(self, namespace: str | None, name: str, near: str = "") -> ProviderClass | None:
        """The SecretProviderClass of the secrets-store CSI driver that a pod names, or None."""
        fitting = [
            one
            for one in self._classes
            if one.name == name and (namespace is None or one.namespace is None or one.namespace == namespace)
        ]
        return max(fitting, key=lambda one: _shared_folders(one.node.path, near), default=None)

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
    from .kubernetes_objects import PROVIDER_CLASS, group_and_kind, objects_of
    from .secrets.kustomize import Builds
    from .secrets.secrets_store import provider_class

    found: list[SecretObject] = []
    classes: list[ProviderClass] = []
    for claim in claims.of(KUBERNETES):
        if claim.root is not None:
            for node in documents_of(claim.root):
                found.extend(objects_of(workspace, node))
                one = provider_class(node) if group_and_kind(node) == PROVIDER_CLASS else None
                classes += [one] if one is not None else []
    for claim in claims.of(APISIX):
        if claim.root is not None and claim.root.text("kind") == "Gateway":
            found.extend(objects_of(workspace, claim.root))
    builds = Builds(workspace)
    return Cluster(_joined(found, builds), classes, builds)


def _joined(found: list[SecretObject], builds: Builds) -> list[SecretObject]:
    """The objects with those that only add keys put into what they add to."""
    if not any(one.adds for one in found):
        return found
    whole = [one for one in found if not one.adds]
    for one in (one for one in found if one.adds):
        targets = [i for i, other in enumerate(whole) if _adds_to(one, other, builds)]
        if not targets:
            whole.append(one._replace(keys=None))
        elif one.kind == "ExternalSecret":
            for i in targets:
                whole[i] = whole[i]._replace(keys=_union(whole[i].keys, one.keys))
        else:  # the base stays as it is for its other overlays
            whole.append(one._replace(keys=_union(whole[targets[0]].keys, one.keys)))
    return whole


def _adds_to(one: SecretObject, other: SecretObject, builds: Builds) -> bool:
    if (one.resource, one.name) != (other.resource, other.name):
        return False
    if one.kind != "ExternalSecret":
        return one.kind == other.kind and builds.takes_in(one.node.path, other.node.path)
    return one.namespace is None or other.namespace is None or one.namespace == other.namespace


def _union(one: dict[str, KeyValue] | None, other: dict[str, KeyValue] | None) -> dict[str, KeyValue] | None:
    return None if one is None or other is None else {**one, **other}


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
