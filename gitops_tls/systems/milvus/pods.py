"""What the operator's and the chart's pods have in common: environment, mounted configuration files, users."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...findings import label
from ...records import NamedTuple
from ...repo.workspace import Workspace
from ...yamldoc.node import SCALAR, Node
from ...yamldoc.parse import parse
from ..files import DIRECTORY, MISSING, PRESENT, ContainerFiles, FileView
from ..kubernetes_volumes import Volume, VolumeMount, VolumeReport, entries
from ..versions import Version, parse_version
from .bare import settings_file, settings_text
from .image import RUNS_AS_MILVUS
from .model import Component, Reason
from .settings import ConfigFile, Variable, config_file, shipped_file
from .values import scalar_kind

CONFIGS = "/milvus/configs"
"""The configuration directory of every official image."""

_REFERENCE = re.compile(r"\$(\$|\(([-._a-zA-Z][-._a-zA-Z0-9]*)\))")


class ComponentView(NamedTuple):
    """The volumes of one component's pod, for rules.

    ``name`` is the role as in Component; ``key`` the name of its mapping in the file (``queryNode``), ``node`` that
    mapping (None where nothing is written). ``volumes_node`` is the list in force (None where no list is written) and
    ``shadowed`` the shared list that it replaces (None where it replaces none). ``volumes`` and ``mounts`` are the entries
    in force, shared ones first; ``report`` says what does not fit between them.
    """

    name: str
    key: str
    node: Node | None
    volumes_node: Node | None
    shadowed: Node | None
    volumes: tuple[Volume, ...]
    mounts: tuple[VolumeMount, ...]
    report: VolumeReport


class Security(NamedTuple):
    """The user a pod runs as, where a file says so."""

    user: str | None = None
    non_root: bool | None = None
    fs_group: str | None = None


def environment(*lists: Node | None) -> list[Variable]:
    """The variables of ``env`` lists, the later lists over the earlier; ``$(NAME)`` is replaced as Kubernetes does.

    The value is None where it comes from a Secret, a field or an unknown variable.
    """
    merged: dict[str, Variable] = {}
    for listed in lists:
        for entry in entries(listed):
            name = entry.text("name")
            if name is None:
                continue
            written = entry.get("value")
            if written is not None and written.kind == SCALAR:
                text = "" if written.is_null else written.value
                merged[name] = Variable(name, _expand(text, merged), written)
            else:
                unknown = entry.get("valueFrom") is not None
                merged[name] = Variable(name, None if unknown else "", entry)
    return list(merged.values())


def _expand(text: str, known: dict[str, Variable]) -> str | None:
    unknown = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unknown
        if match[1] == "$":
            return "$"
        variable = known.get(match[2])
        if variable is None:
            return match[0]
        unknown = unknown or variable.value is None
        return variable.value or ""

    text = _REFERENCE.sub(replace, text)
    return None if unknown else text


def security(*contexts: Node | None) -> Security:
    """What ``securityContext`` mappings say, the earlier over the later."""
    user = non_root = fs_group = None
    for context in contexts:
        if context is None:
            continue
        user = user if user is not None else context.text("runAsUser")
        fs_group = fs_group if fs_group is not None else context.text("fsGroup")
        written = context.get("runAsNonRoot")
        if non_root is None and written is not None and not written.is_null:
            non_root = truth(written)
    return Security(user, non_root, fs_group)


def run_as(component: Component, found: Security, version: Version | None) -> None:
    """Set the user of a component: what is written, else what the image of ``version`` (None: not known) has."""
    component.user = found.user
    if found.user is not None:
        component.non_root = found.user not in ("0", "root")
    elif found.non_root is not None:
        component.non_root = found.non_root
    elif version is not None:
        component.non_root = version >= RUNS_AS_MILVUS


def truth(node: Node | None, default: bool = False) -> bool:
    """Whether a template's ``if`` takes the value: false for false, 0, nothing and empty text; ``default`` where none is."""
    if node is None:
        return default
    node = node.resolved()
    if node.kind != SCALAR:
        return bool(node.items or node.pairs)
    return bool(scalar_kind(node))


def mounted_files(workspace: Workspace, files: ContainerFiles, names: Iterable[str]) -> list[ConfigFile]:
    """The configuration files ``names`` as the container's mounts make them; milvus.yaml is the image's where none does."""
    found: list[ConfigFile] = []
    for name in names:
        path = f"{CONFIGS}/{name}"
        if files.mount_of(path) is not None:
            file = _from_view(workspace, name, files.lookup(path))
            if file is not None:
                found.append(file)
        elif name == "milvus.yaml":
            found.append(shipped_file())
    return found


def _from_view(workspace: Workspace, name: str, view: FileView) -> ConfigFile | None:
    if view.state == MISSING:
        return None
    if view.state == DIRECTORY:
        place = label(view.mount) if view.mount is not None else None
        return ConfigFile(name, None, "it is a directory", "", False, place, view.mount)
    node = view.node
    if view.state != PRESENT or view.content is None or node is None:
        reason = view.reason if view.state != PRESENT else f"{view.reason} cannot be read here"
        return ConfigFile(name, unknown=reason, mount=view.mount, path=view.path)
    if view.path is not None and view.path != node.path:
        return settings_file(workspace, name, view.path, view.mount)
    if node.resolved().value.encode("utf-8", "surrogatepass") == view.content:
        return settings_text(workspace, name, node, view.mount)
    return _decoded(name, node, view)


def _decoded(name: str, node: Node, view: FileView) -> ConfigFile:
    """A file whose text stands in no readable form in the repository (base64): judged at the place of the scalar."""
    assert view.content is not None
    parsed = parse(node.source, view.content.decode("utf-8", "replace"))
    for document in parsed.documents:
        document.host = node
    if parsed.problem is not None and not parsed.documents:
        return config_file(name, [], problem=parsed.problem.message, place=label(node), mount=view.mount, path=node.path)
    return config_file(name, [document.root for document in parsed.documents], mount=view.mount, path=node.path)


def tag_version(tag: str | None) -> Version | None:
    """The version of an image tag; ``v2.6`` stands for the newest 2.6."""
    return parse_version(tag, patch=99) if tag else None


def image_tag(image: str | None) -> str | None:
    """The tag of an image reference; None where it has none (``registry:5000/milvus``, a digest alone)."""
    if not image:
        return None
    name, colon, tag = image.partition("@")[0].rpartition(":")
    return tag if colon and name and "/" not in tag else None


def refusals(view: ComponentView, who: str) -> list[Reason]:
    """Why Kubernetes refuses the pod of a component: mounts without a volume, names or paths that stand twice."""
    reasons = [
        Reason(f"{who} mounts volume `{mount.name}`, which it does not have: Kubernetes refuses the pod", label(mount.node))
        for mount in view.report.missing
    ]
    for volume, _ in view.report.same_names:
        reasons.append(Reason(f"{who} has two volumes `{volume.name}`: Kubernetes refuses the pod", label(volume.node)))
    for mount, _ in view.report.same_paths:
        reasons.append(Reason(f"{who} mounts `{mount.path}` twice: Kubernetes refuses the pod", label(mount.node)))
    return reasons
