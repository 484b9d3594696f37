"""What several Milvus rules ask of a deployment, and the edits that several of them offer."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import Label, label
from ..systems.milvus.model import Component, Deployment
from ..systems.milvus.settings import ConfigFile, Setting, Settings, format_key
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import MAPPING, Node


def fronts(facts: Facts) -> Iterator[tuple[Deployment, Component]]:
    """Each deployment with the component that serves clients."""
    for deployment in facts.deployments:
        front = deployment.front
        if front is not None:
            yield deployment, front


def components(facts: Facts) -> Iterator[tuple[Deployment, Component]]:
    """Every component of every deployment."""
    for deployment in facts.deployments:
        for component in deployment.components:
            yield deployment, component


def config_files(facts: Facts) -> Iterator[tuple[Deployment, Component, ConfigFile]]:
    """Each configuration file that is read by some component, once, with its first reader; dropped ones too."""
    seen: set[tuple[int, str]] = set()
    for deployment, component in components(facts):
        for file in component.settings.files:
            mark = (id(file.root), file.path or "") if file.root is not None else (0, f"{file.path}{file.place}")
            if not file.shipped and mark not in seen:
                seen.add(mark)
                yield deployment, component, file


def tls_mode(component: Component) -> int:
    """The tlsMode that counts: 1 or 2 with TLS on, anything else without."""
    return component.settings.get("common.security.tlsMode").as_int


def tls_on(component: Component) -> bool:
    """Whether clients are served with TLS."""
    return tls_mode(component) in (1, 2)


def mounted_here(file: ConfigFile) -> tuple[Label, ...]:
    """The label of the mount that brings a configuration file into the container, if one is known."""
    if file.mount is None or (file.root is not None and file.mount.path == file.root.path):
        return ()  # inside the same file there is nothing to look up
    return (label(file.mount, "this container reads it"),)


def file_of(settings: Settings, setting: Setting) -> ConfigFile | None:
    """The configuration file that a setting comes from; None for variables, image and code."""
    return settings.file(setting.layer) if setting.origin == "file" else None


def related(settings: Settings, setting: Setting) -> tuple[Label, ...]:
    """Where the file of a setting is mounted."""
    file = file_of(settings, setting)
    return mounted_here(file) if file is not None else ()


def same_key(left: str, right: str) -> bool:
    """Whether Milvus takes two keys for the same."""
    return format_key(left) == format_key(right)


def home_file(settings: Settings, near: Setting | None = None) -> ConfigFile | None:
    """The file a new setting belongs into: that of ``near``, else user.yaml, else the milvus.yaml of the repository."""
    if near is not None and near.origin == "file":
        found = settings.file(near.layer)
        if found is not None and found.root is not None:
            return found
    for name in ("user.yaml", "milvus.yaml"):
        found = settings.file(name)
        if found is not None and found.root is not None and not found.shipped:
            return found
    return None


def set_setting(settings: Settings, key: str, value: str | int | bool, near: Setting | None = None) -> Patch:
    """Edits that give ``key`` (``proxy.http.port``) a value: where it is written in a file, else inserted beside ``near``.

    Raises CannotEdit where a variable sets it or no file of the repository can take it.
    """
    from ..yamldoc.edit import replace_scalar, set_value

    current = settings.get(key)
    if current.origin == "environment":
        raise CannotEdit(f"the variable {current.layer} sets it")
    if current.origin == "file" and current.node is not None:
        return replace_scalar(current.node, value)
    home = home_file(settings, near)
    if home is None or home.root is None:
        raise CannotEdit("no configuration file in the repository can take it")
    return set_value(home.root, tuple(key.split(".")), value, same=same_key)


def fix_or_none(title: str, safe: bool, build: object) -> Fix | None:
    """The fix that ``build()`` (a callable without arguments returning a Patch) makes; None where it cannot be edited."""
    assert callable(build)
    try:
        patch = build()
    except CannotEdit:
        return None
    return Fix(title, safe, patch) if patch.edits else None


def walk_settings(root: Node) -> Iterator[tuple[tuple[str, ...], Node, Node, Node]]:
    """Every key of a settings file as ``(path, mapping it stands in, key, value)``; aliases are not entered."""
    stack: list[tuple[tuple[str, ...], Node]] = [((), root)]
    while stack:
        path, mapping = stack.pop()
        for key, value in mapping.pairs:
            yield (*path, key.value), mapping, key, value
            if value.kind == MAPPING:
                stack.append(((*path, key.value), value))
