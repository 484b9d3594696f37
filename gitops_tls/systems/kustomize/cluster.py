"""The Secrets and ConfigMaps that the objects of one build find: those of the build first, then those of the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..kubernetes import Cluster, SecretObject
from ..secrets.kustomize import Builds
from ..secrets.secrets_store import ProviderClass


class BuildCluster(Cluster):
    """The cluster as one build sees it.

    ``own`` are the objects of the build, each with the names it had before (``teaches``: references to those are renamed with
    it), ``files`` the files it is made of: what they hold is not in the
    cluster under the names written there. ``rest`` is the repository as written, ``others`` gives, when it is asked for,
    what the other builds come to.
    """

    def __init__(
        self,
        own: Iterable[tuple[SecretObject, list[str]]],
        files: Iterable[str],
        builds: Builds,
        rest: Cluster,
        others: Callable[[], list[SecretObject]],
        *,
        teaches: bool = False,
    ) -> None:
        self._before = list(own)
        super().__init__(under_all_names(self._before, teaches=teaches), (), builds)
        self._files = frozenset(files)
        self._rest = rest
        self._others = others

    def objects(self, kind: str) -> list[SecretObject]:
        """See Cluster."""
        return [*super().objects(kind), *(one for one in self._rest.objects(kind) if not self._taken(one))]

    def provider_class(self, namespace: str | None, name: str, near: str = "") -> ProviderClass | None:
        """See Cluster; a build may have moved it to this namespace."""
        return self._rest.provider_class(namespace, name, near) or self._rest.provider_class(None, name, near)

    def renamed(self, resource: str, name: str) -> SecretObject | None:
        """What the build takes in as ``name`` and makes under another name."""
        return next(
            (one for one, before in self._before if one.resource == resource and one.name != name and name in before), None
        )

    def _taken(self, one: SecretObject) -> bool:
        return one.node.path in self._files

    def _named(self, resource: str, namespace: str | None, name: str) -> list[SecretObject]:
        own = super()._named(resource, namespace, name)
        if own:
            return own
        written = [one for one in self._rest._named(resource, namespace, name) if not self._taken(one)]
        if written:
            return written
        return [
            one for one in self._others() if (one.resource, one.name) == (resource, name) and one.namespace in (None, namespace)
        ]


def under_all_names(objects: Iterable[tuple[SecretObject, list[str]]], *, teaches: bool) -> list[SecretObject]:
    """The objects of a build; where references in custom resources are renamed too, also under the names written there."""
    found: list[SecretObject] = []
    for one, before in objects:
        found.append(one)
        if teaches:
            found += [one._replace(name=name) for name in dict.fromkeys(before)]
    return found
