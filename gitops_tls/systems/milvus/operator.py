"""Milvus as the Milvus Operator runs it: ``kind: Milvus`` (and the older ``MilvusCluster``) of the group ``milvus.io``.

Source: the operator's ``pkg/controllers`` and ``apis`` up to v1.3, and its custom resource definitions.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...config import Config
from ...findings import label
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, SCALAR, Node
from ..claims import MILVUS_CR, Claims
from ..files import DIRECTORY, MISSING, PRESENT, UNKNOWN, FileView, Mount
from ..kubernetes import Cluster
from ..kubernetes_pods import pod_files
from ..kubernetes_volumes import Volume, VolumeMount, check_volumes, entries, is_true, read_mounts, read_volumes
from ..secrets.kustomize import FILES as KUSTOMIZATIONS
from ..secrets.vault import injected
from ..versions import Version
from .image import WORKDIR, image_files
from .model import NEWEST, Component, Deployment, Published, Reason
from .operator_spec import ROLES, OperatorSpec, component_of, integer, read_spec, running, running_version
from .pods import CONFIGS, ComponentView, Security, environment, mounted_files, refusals, run_as, security
from .settings import ConfigFile, Settings, config_file

RESERVED_VOLUMES = frozenset(("milvus-config", "tools", "milvus-data"))
"""Volumes that the operator puts into every pod."""

NON_ROOT_USER = "1000"
"""The user of the pods with ``runAsNonRoot: true``."""

REMOVE = "_remove"
"""A mount of this name takes the mount of the same path away."""


def deployments(workspace: Workspace, claims: Claims, cluster: Cluster, config: Config) -> Iterator[Deployment]:
    """One Deployment of the shape ``operator`` for each custom resource."""
    taken: set[int] = set()
    if any(path.endswith(KUSTOMIZATIONS) for path in workspace.files.paths()):
        from .kustomize import Overlays

        overlays = Overlays(workspace, claims, cluster, config)
        taken = overlays.taken
        yield from overlays.deployments
    for claim in claims.of(MILVUS_CR):
        root = claim.root.resolved() if claim.root is not None else None
        if root is not None and root.kind == MAPPING and id(root) not in taken:
            yield operator_deployment(workspace, cluster, config, root)


def operator_deployment(
    workspace: Workspace,
    cluster: Cluster,
    config: Config,
    root: Node,
    *,
    shape: str = "operator",
    name: str | None = None,
    namespace: str | None = None,
    node: Node | None = None,
) -> Deployment:
    """The Deployment that one custom resource describes.

    ``name`` and ``namespace`` are those it is deployed with, where they are not those that are written; ``node`` is the anchor
    for findings.
    """
    spec = read_spec(root)
    if namespace is not None:
        spec = spec._replace(namespace=namespace)
    written = root.get("metadata", "name")
    named = written is not None and written.kind == SCALAR and not written.is_null and written.value != ""
    anchor = written if named else next((key for key, _ in root.pairs if key.value == "kind"), root)
    assert anchor is not None
    title = anchor.value if named else posixpath.splitext(posixpath.basename(root.path))[0]
    deployment = Deployment(shape, name or title, node if node is not None else anchor)
    deployment.namespace = spec.namespace
    body = spec.spec.resolved() if spec.spec is not None else None
    if body is not None and not body.is_null and body.kind != MAPPING:
        kind = "no mapping" if body.kind == SCALAR else "a list"
        deployment.blocked.append(Reason(f"`spec` is {kind}: Kubernetes refuses the object", label(body)))
    deployment.version, deployment.version_node = running_version(spec, spec.service_key, config)
    keys = running(spec, deployment.version)
    components = ((key, component_of(spec, key)) for key in ROLES if key not in keys)
    spec = spec._replace(idle=tuple((key, node) for key, node in components if node is not None))
    _add_components(deployment, spec, keys, workspace, cluster, config)
    deployment.published = _published(spec)
    deployment.spec = spec
    return deployment


def _add_components(
    deployment: Deployment, spec: OperatorSpec, keys: list[str], workspace: Workspace, cluster: Cluster, config: Config
) -> None:
    user_file = _user_file(spec, deployment)
    for key in keys:
        view = _view(spec, key)
        spec.views[view.name] = view
        version, _ = running_version(spec, key, config)
        component = _build(spec, view, version, workspace, cluster, user_file)
        deployment.components.append(component)
        judged = view
        if not view.volumes:
            # the operator takes nothing away: an earlier revision may have brought them
            judged = view._replace(report=view.report._replace(missing=()))
        for reason in refusals(judged, f"the {view.name}"):
            if all(reason.place != known.place for known in deployment.blocked):
                deployment.blocked.append(reason)


def _user_file(spec: OperatorSpec, deployment: Deployment) -> ConfigFile:
    if spec.config is not None and spec.config.kind != MAPPING:
        message = "`spec.config` is not a mapping: Kubernetes refuses the object"
        deployment.blocked.append(Reason(message, label(spec.config)))
        return ConfigFile("user.yaml", path=spec.root.path)
    return config_file("user.yaml", [spec.config], path=spec.root.path)


def _view(spec: OperatorSpec, key: str) -> ComponentView:
    """The volumes in force for a component: its own list replaces the shared one, its mounts are added."""
    component = component_of(spec, key)
    shared_node = _written(spec.components, "volumes")
    own_node = _written(component, "volumes")
    volumes_node = own_node if own_node is not None else shared_node
    volumes = read_volumes(volumes_node, shared=own_node is None) + _claimed(component)
    mounts: dict[str, VolumeMount] = {}
    written = read_mounts(_written(spec.components, "volumeMounts")) + read_mounts(
        _written(component, "volumeMounts"), shared=False
    )
    for mount in written:
        mounts.pop(mount.path, None)
        if mount.name != REMOVE:
            mounts[mount.path] = mount
    report = check_volumes(volumes, list(mounts.values()), RESERVED_VOLUMES, replaces=True)
    shadowed = shared_node if own_node is not None else None
    return ComponentView(ROLES[key], key, component, volumes_node, shadowed, tuple(volumes), tuple(mounts.values()), report)


def _claimed(component: Node | None) -> list[Volume]:
    """The volumes that a StatefulSet's claim templates make."""
    templates = component.get("statefulSet", "volumeClaimTemplates") if component is not None else None
    names = ((entry, entry.text("metadata", "name")) for entry in entries(templates))
    return [Volume(name, entry, "persistentVolumeClaim", None, False) for entry, name in names if name]


def _written(mapping: Node | None, key: str) -> Node | None:
    node = mapping.get(key) if mapping is not None else None
    return None if node is None or node.is_null else node


def _build(
    spec: OperatorSpec,
    view: ComponentView,
    version: Version | None,
    workspace: Workspace,
    cluster: Cluster,
    user_file: ConfigFile,
) -> Component:
    judged = version or NEWEST
    filled = {
        mount.name
        for container in entries(_written(view.node, "initContainers"))
        for mount in read_mounts(container.get("volumeMounts"))
    }
    files = pod_files(
        cluster,
        spec.namespace,
        view.volumes,
        view.mounts,
        image_files(judged),
        own=[*_own_mounts(spec), *injected(_written(place, "podAnnotations") for place in (spec.components, view.node))],
        reserved_names=RESERVED_VOLUMES,
        filled=filled,
        working_directory=WORKDIR,
    )
    variables = environment(_written(spec.components, "env"), _written(view.node, "env"))
    layers = [*mounted_files(workspace, files, ("milvus.yaml", "default.yaml")), user_file]
    settings = Settings(judged, layers, variables, reads_user_yaml=True)
    component = Component(view.name, view.node or spec.components or spec.spec or spec.root, settings, files)
    context = _written(view.node, "securityContext") or _written(spec.components, "securityContext")
    found = security(context)
    if spec.components is not None and is_true(spec.components.get("runAsNonRoot")):
        found = Security(found.user or NON_ROOT_USER, True)
    run_as(component, found, version)
    return component


def _own_mounts(spec: OperatorSpec) -> list[Mount]:
    """What the operator itself mounts into every pod."""
    user = FileView(PRESENT, "made by the operator from spec.config", None, spec.root.path, spec.config)

    def configuration(relative: str) -> FileView:
        if relative == "user.yaml":
            return user
        return FileView(MISSING if relative else DIRECTORY, "the operator's ConfigMap")

    def data(relative: str) -> FileView:
        return FileView(UNKNOWN if relative else DIRECTORY, "the data volume of Milvus: its files are not in the repository")

    return [
        Mount("/var/lib/milvus", data, "the data volume of Milvus", volume="milvus-data"),
        Mount(f"{CONFIGS}/operator", configuration, "the operator's ConfigMap", volume="milvus-config"),
        Mount(f"{CONFIGS}/user.yaml", lambda relative: user, "the operator's ConfigMap", volume="milvus-config"),
        Mount("/milvus/tools", data, "the operator's tools", volume="tools"),
    ]


def _published(spec: OperatorSpec) -> list[Published]:
    """The ports of the Service where it can be reached from outside the cluster."""
    if spec.service_type not in ("LoadBalancer", "NodePort"):
        return []
    port = integer(spec.service.get("port")) if spec.service is not None else None
    ports = [port or 19530, 9091, *([spec.rest_port] if spec.rest_port else [])]
    return [Published(port, "", spec.service_type_node) for port in ports]
