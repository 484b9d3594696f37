"""Milvus custom resources as kustomize hands them to the cluster: one deployment for each build that takes a resource in."""

from __future__ import annotations

from collections import Counter
from functools import partial

from ...config import Config
from ...findings import Label
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, Node
from ..claims import KUBERNETES, MILVUS_CR, Claims
from ..files import ContainerFiles
from ..kubernetes import Cluster, SecretObject
from ..kubernetes_objects import group_and_kind
from ..kustomize.build import Builder, secrets_of
from ..kustomize.cluster import BuildCluster, under_all_names
from ..kustomize.files import Kustomization, Kustomizations
from ..kustomize.objects import Built, Item, Missing, is_local
from ..kustomize.patches import patches_only
from ..secrets.kustomize import Builds
from .image import WORKDIR, image_files
from .model import NEWEST, Component, Deployment, Reason
from .operator import operator_deployment
from .settings import ConfigFile, Settings, shipped_file

SKIPPED = "kustomize part"
"""The reason of a skip where a part of a build is not evaluated."""


class Overlays:
    """The Milvus deployments that the kustomizations of a repository make.

    ``deployments`` are theirs; ``taken`` holds the objects (by id) that are no deployments by themselves: what builds take
    in, and what patches hold.
    """

    def __init__(self, workspace: Workspace, claims: Claims, cluster: Cluster, config: Config) -> None:
        self._workspace = workspace
        self._cluster = cluster
        self._config = config
        self._all = Kustomizations(workspace, workspace.files.paths())
        written = (claim.root.resolved() for claim in claims.of(MILVUS_CR) if claim.root is not None)
        self._resources = {id(root): root for root in written if root.kind == MAPPING}
        self._builder = Builder(workspace, self._all, _by_file(claims))
        self._builds = Builds(workspace)
        self._secrets: dict[str, list[SecretObject]] = {}
        self.deployments: list[Deployment] = []
        self.taken: set[int] = set()
        near = self._all.reaching({root.path for root in self._resources.values()})
        self._build(self._all.roots(near))
        self._take_patches(near)

    def _build(self, roots: list[Kustomization]) -> None:
        results = [(root, self._builder.build(root)) for root in roots]
        found = [(root, built, item) for root, built in results for item in built.items if id(item.written) in self._resources]
        # lists of builds that name the same build make it once
        found = list(
            {(id(item.written), id(item.entry), *item.ids[-1]): (root, built, item) for root, built, item in found}.values()
        )
        times = Counter(id(item.written) for _, _, item in found)
        clusters: dict[str, Cluster] = {}
        for root, built, item in found:
            self.taken.add(id(item.written))
            if group_and_kind(item.node) != ("milvus.io", item.written.text("kind")):
                continue
            if root.path not in clusters:
                clusters[root.path] = self._cluster_of(root, built)
            plain = times[id(item.written)] == 1 and _as_written(item)
            doubt = item.unknown or (built.schema if item.lost else None)
            if doubt is not None:
                self._add_unknown(item.name, item.namespace, item.entry, doubt)
            else:
                self.deployments.append(self._deployment(item, clusters[root.path], plain=plain))
        strangers = {id(patch): (patch, missing) for _, built in results for patch, missing in built.strangers}
        for patch, missing in strangers.values():
            self._add_stranger(patch, missing)

    def _take_patches(self, near: list[Kustomization]) -> None:
        """A resource that stands only in the file of a patch is no deployment, whatever becomes of the patch; nor is one for tools."""
        patches = patches_only(near)
        self.taken.update(key for key, root in self._resources.items() if root.path in patches)
        listed = {one.local(node.value) for one in near for node in one.listed("resources")}
        self.taken.update(key for key, root in self._resources.items() if root.path in listed and is_local(root))

    def _cluster_of(self, root: Kustomization, built: Built) -> Cluster:
        own = secrets_of(self._workspace, built)
        others = partial(self._made_by_others, root)
        return BuildCluster(own, built.files, self._builds, self._cluster, others, teaches=built.teaches)

    def _made_by_others(self, root: Kustomization) -> list[SecretObject]:
        if not self._secrets:
            for one in self._all.roots(self._all.everything()):
                made = secrets_of(self._workspace, self._builder.build(one))
                self._secrets[one.path] = under_all_names(made, teaches=False)
        return [secret for path, secrets in self._secrets.items() if path != root.path for secret in secrets]

    def _deployment(self, item: Item, cluster: Cluster, *, plain: bool) -> Deployment:
        place = None if plain else item.entry
        deployment = operator_deployment(
            self._workspace,
            cluster,
            self._config,
            item.node,
            shape="operator" if plain else "kustomize",
            name=None if plain else item.name,
            namespace=item.namespace,
            node=place,
        )
        deployment.cluster = cluster
        deployment.lost = tuple(item.lost)
        deployment.merged = bool(item.lost)
        for failure in item.failures:
            deployment.blocked.append(Reason(f"kustomize cannot build it: {failure.reason}", failure.place))
        return deployment

    def _add_stranger(self, patch: Node, missing: Missing) -> None:
        """What a patch names and only a part brings that is not in the repository."""
        self.taken.add(id(patch.resolved()))
        name = patch.get("metadata", "name")
        words = patch.text("metadata", "name") or "Milvus"
        self._add_unknown(words, patch.text("metadata", "namespace"), name if name is not None else patch, missing)

    def _add_unknown(self, name: str, namespace: str | None, node: Node, doubt: Missing) -> None:
        """A deployment of which nothing can be said but where it is."""
        deployment = Deployment("kustomize", name, node)
        deployment.namespace = namespace
        reason = f"{doubt.reason} ({_where(doubt.place)})"
        files = ContainerFiles([], image_files(NEWEST), working_directory=WORKDIR, unknown=reason)
        settings = Settings(NEWEST, [shipped_file(), ConfigFile("user.yaml", unknown=reason)], reads_user_yaml=True)
        deployment.components.append(Component("standalone", node, settings, files))
        self.deployments.append(deployment)
        self._workspace.skip(doubt.place.path, SKIPPED, doubt.reason, doubt.place.line)


def _where(place: Label) -> str:
    return f"{place.path}:{place.line}"


def _by_file(claims: Claims) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for kind in (MILVUS_CR, KUBERNETES):
        for claim in claims.of(kind):
            if claim.root is not None and claim.host is None and claim.root.resolved().kind == MAPPING:
                found.setdefault(claim.path, []).append(claim.root.resolved())
    return found


def _as_written(item: Item) -> bool:
    """Whether a build only lists the file of an object and leaves it as it is, but for the namespace."""
    return item.depth == 1 and not item.patched and len({name for name, _ in item.ids}) == 1 and not item.failures
