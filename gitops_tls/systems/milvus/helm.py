"""Milvus as the Helm chart runs it, from values files.

Source: the templates of zilliztech/milvus-helm 4.1.10 to 5.0.19, and their rendering with Helm 3 and 4.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...config import Config
from ...findings import label
from ...repo.workspace import Workspace
from ...yamldoc.merge import Value, from_node, merge_all
from ...yamldoc.node import MAPPING, SCALAR, Node
from ..claims import APISIX_VALUES, HELM_VALUES, Claims
from ..files import DIRECTORY, PRESENT, UNKNOWN, FileView, Mount
from ..kubernetes import Cluster
from ..kubernetes_pods import pod_files
from ..kubernetes_volumes import check_volumes, read_mounts, read_volumes
from ..secrets.vault import injected
from ..versions import Version
from .helm_values import RESERVED_VOLUMES, ROLES, STREAMING, USER_YAML, HelmSpec, chart_values, read_values, running
from .image import WORKDIR, image_files
from .model import NEWEST, Component, Deployment, Published, Reason
from .pods import CONFIGS, ComponentView, Security, environment, mounted_files, refusals, run_as, security, tag_version, truth
from .settings import ConfigFile, Settings, config_file
from .values import scalar_kind


def deployments(workspace: Workspace, claims: Claims, cluster: Cluster, config: Config) -> Iterator[Deployment]:
    """One Deployment of the shape ``helm`` for each release of the configuration and each values file outside of them."""
    listed: set[str] = set()
    own, others = ({claim.path for claim in claims.of(kind)} for kind in (HELM_VALUES, APISIX_VALUES))
    for release in config.releases:
        listed.update(release.values)
        if not own.intersection(release.values) and others.intersection(release.values):
            continue  # a release of APISIX
        roots = [root for path in release.values if (root := _first_root(workspace, path)) is not None]
        if roots:
            yield helm_deployment(workspace, cluster, config, release.name, roots)
    for claim in claims.of(HELM_VALUES):
        root = claim.root
        if root is None or claim.host is not None or claim.path in listed or root.document.index > 0:
            continue
        if root.resolved().kind == MAPPING:
            yield helm_deployment(workspace, cluster, config, _name(claim.path), [root])


def helm_deployment(
    workspace: Workspace,
    cluster: Cluster,
    config: Config,
    name: str,
    roots: list[Node],
    *,
    shape: str = "helm",
    chart_version: Version | None = None,
    namespace: str | None = None,
    node: Node | None = None,
) -> Deployment:
    """The Deployment that the values ``roots`` (in the order in which Helm merges them, not empty) make of the chart.

    ``node`` is the anchor for findings; without one it is the first key of the last file.
    """
    merged = merge_all(from_node(root) for root in roots)
    assert merged is not None
    values = chart_values(merged)
    deployment = Deployment(shape, name, node if node is not None else _anchor(values))
    deployment.namespace = namespace
    deployment.chart_version = chart_version
    deployment.merged = len(roots) > 1
    tag = values.get("image", "all", "tag")
    deployment.version = tag_version(values.text("image", "all", "tag"))
    if deployment.version is not None and tag is not None:
        deployment.version_node = tag.node.resolved()
    else:
        deployment.version = tag_version(config.version("milvus"))
    spec = read_values(values, tuple(roots), chart_version)
    spec = _add_components(deployment, spec, workspace, cluster)
    deployment.published = _published(spec)
    deployment.spec = spec
    return deployment


def _first_root(workspace: Workspace, path: str) -> Node | None:
    parsed = workspace.parsed(path)
    root = parsed.documents[0].root if parsed is not None and parsed.documents else None
    return root if root is not None and root.resolved().kind == MAPPING else None


def _name(path: str) -> str:
    """The folder of a ``values.yaml``; of another file its name."""
    stem = posixpath.splitext(posixpath.basename(path))[0]
    folder = posixpath.basename(posixpath.dirname(path))
    return folder if stem == "values" and folder else stem


def _anchor(values: Value) -> Node:
    pairs = values.node.resolved().pairs
    return pairs[0][0] if pairs else values.node


def _add_components(deployment: Deployment, spec: HelmSpec, workspace: Workspace, cluster: Cluster) -> HelmSpec:
    version = deployment.version or NEWEST
    user_view, user_file = _user_file(deployment, spec, workspace, cluster)
    if user_file is not None and user_file.root is not None:
        spec = spec._replace(user_root=user_file.root)
    # until 5.0 an init container merged the files into milvus.yaml, so that every image read them
    merges = None if spec.chart_version is not None and spec.chart_version >= STREAMING else True
    for key in running(spec.values, spec.chart_version, deployment.version):
        view = _view(spec, key)
        spec.views[view.name] = view
        safe = _security(spec.values, key)
        files = pod_files(
            cluster,
            deployment.namespace,
            view.volumes,
            view.mounts,
            image_files(version),
            own=[*_own_mounts(spec, key, user_view), *_injected(spec.values, key)],
            reserved_names=RESERVED_VOLUMES,
            fs_group=safe.fs_group is not None,
            working_directory=WORKDIR,
        )
        layers = mounted_files(workspace, files, ["milvus.yaml"] if user_file is not None else ["milvus.yaml", USER_YAML])
        if spec.custom_config_map is None:
            layers.append(ConfigFile("default.yaml"))
        if user_file is not None:
            layers.append(user_file)
        variables = environment(_node(spec.values.get(key, "extraEnv")))
        component = Component(
            view.name, view.node or deployment.node, Settings(version, layers, variables, reads_user_yaml=merges), files
        )
        run_as(component, safe, deployment.version)
        deployment.components.append(component)
        for reason in refusals(view, f"the {view.name}"):
            if all(reason.place != known.place for known in deployment.blocked):
                deployment.blocked.append(reason)
    if spec.user_root is None and user_file is None:
        found = next((c.settings.file(USER_YAML) for c in deployment.components), None)
        spec = spec._replace(user_root=found.root if found is not None else None)
    return spec


def _user_file(
    deployment: Deployment, spec: HelmSpec, workspace: Workspace, cluster: Cluster
) -> tuple[FileView, ConfigFile | None]:
    """What stands at user.yaml in every pod, and the ConfigFile where it is not simply the text of that file."""
    if spec.custom_config_map is not None:
        return _custom_view(deployment, spec.custom_config_map, cluster), None
    files = spec.values.get("extraConfigFiles")
    for key, value in (files.mapping if files is not None else {}).items():
        if not _is_text(value):
            kind = {"mapping": "a mapping", "sequence": "a list"}.get(value.kind, "no text")
            place = label(value.key_node if value.key_node is not None else value.node)
            deployment.blocked.append(Reason(f'`extraConfigFiles."{key}"` is {kind}: Helm cannot render it', place))
    if spec.user_yaml is None:
        return FileView(PRESENT, "the chart's own empty user.yaml"), ConfigFile(USER_YAML)
    node = spec.user_yaml.node.resolved()
    view = FileView(PRESENT, 'made by the chart from extraConfigFiles."user.yaml"', None, node.path, node)
    if spec.user_yaml.kind == MAPPING:
        return view, config_file(USER_YAML, [node], path=node.path)
    if not _is_text(spec.user_yaml):
        return view, ConfigFile(USER_YAML, path=node.path)
    return view._replace(content=node.value.encode("utf-8", "surrogatepass")), None


def _is_text(value: Value) -> bool:
    return value.kind == SCALAR and isinstance(scalar_kind(value.node.resolved()), str)


def _custom_view(deployment: Deployment, custom: Value, cluster: Cluster) -> FileView:
    name = custom.text() or ""
    found = cluster.config_map(deployment.namespace, name, custom.node.path)
    if found is None:
        return FileView(UNKNOWN, f"ConfigMap {name} is not in the repository", mount=custom.node)
    value = found.keys.get("milvus.yaml") if found.keys is not None else None
    if value is None:
        if found.keys is None:
            return FileView(UNKNOWN, f"the keys of {found.title} are made outside the repository", mount=custom.node)
        # the kubelet makes an empty folder of a subPath that is not there
        return FileView(DIRECTORY, f"{found.title} has no key milvus.yaml", mount=custom.node)
    if value.problem:
        return FileView(UNKNOWN, f"key milvus.yaml of {found.title} {value.problem}", mount=custom.node)
    path = value.path or (value.node.path if value.node is not None else None)
    return FileView(PRESENT, f"key milvus.yaml of {found.title}", value.content, path, value.node, custom.node)


def _node(value: Value | None) -> Node | None:
    return value.node.resolved() if value is not None else None


def _view(spec: HelmSpec, key: str) -> ComponentView:
    """The volumes of one component's pod: for the proxy its own lists, then the shared ones."""
    volumes, mounts = [], []
    if key == "proxy" and spec.reads_proxy_volumes:
        volumes += read_volumes(_node(spec.proxy_volumes), shared=False)
        mounts += read_mounts(_node(spec.proxy_volume_mounts), shared=False)
    if spec.reads_shared_volumes:
        volumes += read_volumes(_node(spec.volumes))
        mounts += read_mounts(_node(spec.volume_mounts))
    report = check_volumes(volumes, mounts, RESERVED_VOLUMES, _reserved_paths(spec, key))
    component = spec.values.get(key)
    node = component.node.resolved() if component is not None and component.kind == MAPPING else None
    return ComponentView(ROLES[key], key, node, _node(spec.volumes), None, tuple(volumes), tuple(mounts), report)


def _reserved_paths(spec: HelmSpec, key: str) -> set[str]:
    return {mount.target for mount in _own_mounts(spec, key, FileView(UNKNOWN))}


def _own_mounts(spec: HelmSpec, key: str, user: FileView) -> list[Mount]:
    """What the chart itself mounts into the pod of a component."""

    def data(relative: str) -> FileView:
        return FileView(UNKNOWN if relative else DIRECTORY, "a data volume of the chart: its files are not in the repository")

    made = f"ConfigMap {spec.custom_config_map.text()}" if spec.custom_config_map is not None else "the chart's ConfigMap"
    mounts = [
        Mount("/milvus/tools", data, "the chart's tools", volume="tools"),
        Mount(f"{CONFIGS}/{USER_YAML}", lambda relative: user, made, user.mount or user.node, volume="milvus-config"),
    ]
    if spec.custom_config_map is None:
        default = FileView(PRESENT, "made by the chart")
        mounts.append(Mount(f"{CONFIGS}/default.yaml", lambda relative: default, made, volume="milvus-config"))
    if key == "standalone":
        path = spec.values.text("standalone", "persistence", "mountPath") or "/var/lib/milvus"
        mounts.append(Mount(posixpath.normpath(path), data, "the data volume of Milvus", volume="milvus-data-disk"))
    logs = spec.values.get("log", "persistence", "enabled")
    if logs is not None and truth(logs.node):
        path = spec.values.text("log", "persistence", "mountPath") or "/milvus/logs"
        mounts.append(Mount(posixpath.normpath(path), data, "the log volume of Milvus", volume="milvus-logs-disk"))
    return mounts


def _injected(values: Value, key: str) -> list[Mount]:
    """What the Vault agent puts into the pod of a component, by the annotations of all and its own."""
    return injected(_node(place) for place in (values.get("annotations"), values.get(key, "annotations")))


def _security(values: Value, key: str) -> Security:
    """The container's context over the pod's; of each the component's own replaces the shared one."""
    contexts: list[Node | None] = []
    for field in ("containerSecurityContext", "securityContext"):
        own = values.get(key, field)
        used = own if own is not None and truth(own.node) else values.get(field)
        contexts.append(_node(used))
    return security(*contexts)


def _published(spec: HelmSpec) -> list[Published]:
    """The ports of the Service where it can be reached from outside the cluster: 19530, and 9091 with it."""
    if spec.service_type not in ("LoadBalancer", "NodePort"):
        return []
    node = _node(spec.service_type_value)
    return [Published(port, "", node) for port in (19530, 9091) if port != 9091 or spec.metrics_enabled]
