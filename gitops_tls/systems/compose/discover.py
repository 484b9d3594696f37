"""Which Compose files make a project together."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from ...records import NamedTuple
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, Node
from .dotenv import Environment, parse_dotenv
from .paths import Folders, host_path, text_of

DEFAULT_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""The names that Compose looks for, in its order: the first that is there counts."""

OVERRIDE_NAMES = tuple(f"{stem}.override.{ext}" for stem in ("compose", "docker-compose") for ext in ("yml", "yaml"))


class Plan(NamedTuple):
    """The files of one project, the later over the earlier. ``own`` is the file that the project is named after."""

    paths: tuple[str, ...]
    own: str


def override_of(workspace: Workspace, path: str) -> str | None:
    """The override file that Compose merges onto ``path`` by itself (or that is named after it); None if there is none."""
    folder, name = posixpath.split(path)
    names: Iterable[str] = OVERRIDE_NAMES
    if name not in DEFAULT_NAMES:
        stem = name.rsplit(".", 1)[0]
        names = (f"{stem}.override.yml", f"{stem}.override.yaml")
    for candidate in names:
        beside = posixpath.join(folder, candidate)
        if beside != path and workspace.files.exists(beside) and not workspace.files.is_dir(beside):
            return beside
    return None


def related(workspace: Workspace, folders: Folders, paths: Iterable[str]) -> list[str]:
    """``paths`` and the Compose files that are about them: those that include or extend one, or lie over one beside it."""
    given = set(paths)
    if not given:
        return []
    beside = {posixpath.dirname(path) for path in given}
    for path in folders.matching(_is_compose_name):
        if path in given:
            continue
        text = workspace.read(path) or b""
        if (b"include" in text or b"extends" in text) and not given.isdisjoint(_parts(workspace, path)):
            given.add(path)
        elif posixpath.dirname(path) in beside and b"services" in text and not _is_override(workspace, path):
            default = _default(workspace, posixpath.dirname(path))
            if _below(workspace, path, default, sorted(given)) is not None:
                given.add(path)
    return sorted(given)


def plan(workspace: Workspace, paths: Iterable[str]) -> list[Plan]:
    """The projects that the Compose files ``paths`` make, in the order of their paths.

    No project of their own have: overrides and included files of another one, files that only lend services to
    ``extends``, and a docker-compose.yml beside a compose.yaml (a skip of the workspace says so). A file whose services
    bring no image lies over the default file of its folder, or where that has none over the only one that brings them.
    """
    given = sorted(set(paths))
    parts = {part for path in given for part in _parts(workspace, path)}
    plans: list[Plan] = []
    for path in given:
        folder, name = posixpath.split(path)
        default = _default(workspace, folder)
        if name in DEFAULT_NAMES and default != path and default in given:
            workspace.skip(path, "not the file that Docker Compose reads", f"it reads {default} beside it")
        elif path in parts or _is_override(workspace, path):
            continue
        elif name in DEFAULT_NAMES:
            plans.append(Plan(_configured(workspace, path), path))
        else:
            below = _below(workspace, path, default, given)
            plans.append(Plan((path,) if below is None else (below, path), path))
    return plans


def _is_compose_name(name: str) -> bool:
    lower = name.lower()
    return "compose" in lower and lower.endswith((".yml", ".yaml"))


def _default(workspace: Workspace, folder: str) -> str | None:
    names = (posixpath.join(folder, name) for name in DEFAULT_NAMES)
    return next((path for path in names if workspace.files.exists(path) and not workspace.files.is_dir(path)), None)


def _configured(workspace: Workspace, path: str) -> tuple[str, ...]:
    """The files that ``COMPOSE_FILE`` in the ``.env`` beside names, if ``path`` is one of them; else ``path`` alone."""
    folder = posixpath.dirname(path)
    source = text_of(workspace, posixpath.join(folder, ".env"))
    if source is None or "COMPOSE_FILE" not in source.text:
        return (path,)
    environment = Environment(parse_dotenv(source.text, lambda _: None).entries)
    listed, separator = environment.lookup("COMPOSE_FILE"), environment.lookup("COMPOSE_PATH_SEPARATOR")
    if listed is None or not listed.known:
        return (path,)
    names = listed.known.split((separator.known if separator else None) or (";" if ";" in listed.known else ":"))
    files = tuple(found for name in names if name and (found := host_path(name, folder).path))
    return files if path in files else (path,)


def _root(workspace: Workspace, path: str) -> Node | None:
    parsed = workspace.parsed(path)
    return parsed.documents[0].root if parsed is not None and parsed.documents else None


def _parts(workspace: Workspace, path: str) -> set[str]:
    """The files that ``path`` includes, those that its services extend, and those that COMPOSE_FILE lays over it."""
    root = _root(workspace, path)
    if root is None:
        return set()
    folder = posixpath.dirname(path)
    written: list[str] = []
    include = root.get("include")
    for entry in _entries(include):
        listed = entry.get("path") if entry.kind == MAPPING else entry
        written += [item.value for item in _entries(listed)]
    services = root.get("services")
    lent: list[str] = []
    for _, service in services.effective() if services is not None else ():
        file = service.text("extends", "file")
        if file is not None and posixpath.basename(file) not in DEFAULT_NAMES:
            lent.append(file)
    found = {host_path(name, folder).path for name in (*written, *lent)}
    if posixpath.basename(path) in DEFAULT_NAMES:
        found |= set(_configured(workspace, path))
    return {part for part in found if part is not None and part != path}


def _entries(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return [item.resolved() for item in node.items] if node.kind == "sequence" else [node]


def _is_override(workspace: Workspace, path: str) -> bool:
    folder, name = posixpath.split(path)
    if ".override." not in name:
        return False
    base, _, extension = name.rpartition(".override.")
    if extension not in ("yml", "yaml"):
        return False
    if name in OVERRIDE_NAMES and _default(workspace, folder) is not None:
        return True
    return any(workspace.files.exists(posixpath.join(folder, f"{base}.{ext}")) for ext in ("yml", "yaml"))


def _below(workspace: Workspace, path: str, default: str | None, given: list[str]) -> str | None:
    folder = posixpath.dirname(path)
    candidates = [default] if default is not None else [p for p in given if p != path and posixpath.dirname(p) == folder]
    found = [candidate for candidate in candidates if _lies_over(workspace, path, candidate)]
    return found[0] if len(found) == 1 else None


def _lies_over(workspace: Workspace, path: str, default: str) -> bool:
    """Whether a service of ``path`` has no image of its own and stands in the default file."""
    root, base = _root(workspace, path), _root(workspace, default)
    services = root.get("services") if root is not None else None
    if services is None or base is None:
        return False
    return any(
        not _runs_by_itself(service) and _runs_by_itself(base.get("services", name.value))
        for name, service in services.effective()
    )


def _runs_by_itself(service: Node | None) -> bool:
    return service is not None and any(service.get(key) is not None for key in ("image", "build", "extends"))
