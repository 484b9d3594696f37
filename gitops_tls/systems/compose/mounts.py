"""What a service mounts: volumes in short and long form, tmpfs, configs and secrets."""

from __future__ import annotations

import posixpath

from ...records import NamedTuple
from ...yamldoc.node import MAPPING, SCALAR, Node
from .interpolate import MARK, Interpolated
from .paths import HostPath, host_path
from .value import Value

BIND, VOLUME, ANONYMOUS, TMPFS, OTHER = "bind", "volume", "anonymous", "tmpfs", "other"
CONFIG, SECRET = "config", "secret"


class Volume(NamedTuple):
    """One volume of a service.

    ``kind``: BIND (``host`` is its source), VOLUME (named ``source``; ``host`` is set where ``driver_opts`` bind it to a
    folder), ANONYMOUS, TMPFS or OTHER. ``target`` is an absolute, normalised container path, empty where a variable
    decides it. ``create`` tells whether Docker makes a folder where the source of a bind is missing. ``node`` is the entry
    in ``volumes``; in the long form ``source_node`` and ``target_node`` are its two values, in the short form the entry.
    """

    kind: str
    source: str
    host: HostPath | None
    target: str
    read_only: bool
    create: bool
    node: Node
    source_node: Node | None
    target_node: Node | None
    value: Value


class Grant(NamedTuple):
    """One config or secret of a service, mounted as a file.

    ``kind``: CONFIG or SECRET; ``name`` its name at the top level, ``definition`` what stands there (None: nothing).
    ``host`` is its file; ``content`` an inline text (at ``content_node``) or the value of a variable. All three are None
    for external ones. ``node`` is the entry of the service.
    """

    kind: str
    name: str
    target: str
    definition: Value | None
    host: HostPath | None
    content: Interpolated | None
    content_node: Node | None
    node: Node


def read_volumes(service: Value, named: dict[str, Value]) -> tuple[list[Volume], list[Node]]:
    """The volumes of a service, one for each target, and the entries that Compose refuses."""
    volumes: dict[str, Volume] = {}
    refused: list[Node] = []
    listed = service.get("volumes")
    for number, entry in enumerate(listed.parts() if listed is not None else ()):
        volume = _short(entry, named) if entry.kind == SCALAR else _long(entry, named) if entry.kind == MAPPING else None
        if volume is None:
            refused.append(entry.node)
        else:
            volumes[volume.target or f"?{number}"] = volume
    tmpfs = service.get("tmpfs")
    for entry in tmpfs.scalars() if tmpfs is not None else ():
        target = _target((entry.path_text or "").partition(":")[0])
        if target:
            volumes[target] = Volume(TMPFS, "", None, target, False, False, entry.node, None, entry.node, entry)
    return list(volumes.values()), refused


def split_volume(text: str) -> tuple[str, str, tuple[str, ...]] | None:
    """``source:target:options`` as ``(source, target, options)``, a single path as ``("", target, ())``; None if refused."""
    if len(text) <= 2:
        return ("", text, ()) if text else None
    sections: list[str] = []
    at = 0
    for index, character in enumerate(text):
        if character == ":" and not (index - at == 1 and text[at].isalpha()):
            sections.append(text[at:index])
            at = index + 1
    sections.append(text[at:])
    if "" in sections or len(sections) > 3:
        return None
    if len(sections) == 1:
        return "", sections[0], ()
    return sections[0], sections[1], tuple(sections[2].split(",")) if len(sections) == 3 else ()


def _target(text: str) -> str:
    if not text or MARK in text:
        return ""
    return posixpath.normpath("/" + text.lstrip("/"))


def _short(entry: Value, named: dict[str, Value]) -> Volume | None:
    text = entry.path_text
    parts = split_volume(text) if text is not None else None
    if parts is None:
        return None
    source, target, options = parts
    node = entry.node
    read_only = "ro" in options
    if not source:
        return Volume(ANONYMOUS, "", None, _target(target), read_only, False, node, None, node, entry)
    drive = len(source) > 1 and source[0].isalpha() and source[1] == ":"
    # a variable that nothing sets is more often a path than the name of a volume
    if source[0] in "./~" + MARK or source.startswith("\\\\") or drive:
        host = host_path(source, entry.scope.folder)
        return Volume(BIND, host.written, host, _target(target), read_only, True, node, node, node, entry)
    host_of = _device(named.get(source))
    return Volume(VOLUME, source.replace(MARK, "$?"), host_of, _target(target), read_only, False, node, node, node, entry)


def _long(entry: Value, named: dict[str, Value]) -> Volume | None:
    target_value, source_value = entry.get("target"), entry.get("source")
    target = target_value.path_text if target_value is not None else None
    if target is None:
        return None
    source = (source_value.path_text or "") if source_value is not None else ""
    kind = entry.text("type") or VOLUME
    read_only = entry.text("read_only") == "true"
    source_node = source_value.node if source_value is not None else None
    target_node = target_value.node if target_value is not None else None
    host: HostPath | None = None
    create = False
    if kind == BIND:
        if not source:
            return None
        host = host_path(source, entry.scope.folder)
        create = entry.text("bind", "create_host_path") != "false"
    elif kind == VOLUME:
        kind = VOLUME if source else ANONYMOUS
        host = _device(named.get(source))
        subpath = entry.text("volume", "subpath")
        if host is not None and subpath:
            host = host_path(posixpath.join(host.written, subpath), named[source].scope.folder)
    elif kind != TMPFS:
        kind = OTHER
    shown = source.replace(MARK, "$?")
    return Volume(kind, shown, host, _target(target), read_only, create, entry.node, source_node, target_node, entry)


def _device(volume: Value | None) -> HostPath | None:
    """The folder that a named volume is bound to by the options of the local driver; None for others."""
    if volume is None:
        return None
    device = volume.get("driver_opts", "device")
    written = device.path_text if device is not None else None
    options = (volume.text("driver_opts", "o") or "").split(",")
    if not written or ("bind" not in options and volume.text("driver_opts", "type") != "bind"):
        return None
    return host_path(written, volume.scope.folder)


def read_grants(service: Value, defined: dict[str, dict[str, Value]]) -> list[Grant]:
    """The configs and secrets of a service; ``defined`` holds the top level's, by kind and name."""
    grants: dict[tuple[str, str], Grant] = {}
    for kind, section in ((CONFIG, "configs"), (SECRET, "secrets")):
        listed = service.get(section)
        for entry in listed.parts() if listed is not None else ():
            grant = _grant(kind, entry, defined.get(kind, {}))
            if grant is not None:
                grants[kind, grant.target] = grant
    return list(grants.values())


def _grant(kind: str, entry: Value, defined: dict[str, Value]) -> Grant | None:
    name = entry.text("source") if entry.kind == MAPPING else entry.interpolated.known
    if not name:
        return None
    below = "/run/secrets" if kind == SECRET else "/"
    target = entry.text("target") if entry.kind == MAPPING else None
    target = posixpath.normpath(posixpath.join(below, target or name))
    definition = defined.get(name)
    host: HostPath | None = None
    content: Interpolated | None = None
    content_node: Node | None = None
    if definition is not None:
        file, inline, variable = (definition.get(key) for key in ("file", "content", "environment"))
        if file is not None and (written := file.path_text):
            host = host_path(written, file.scope.folder)
        elif inline is not None:
            content, content_node = inline.interpolated, inline.node
        elif variable is not None and (named := variable.interpolated.known):
            content = definition.scope.environment.lookup(named) or Interpolated(None, (named,))
    return Grant(kind, name, target, definition, host, content, content_node, entry.node)
