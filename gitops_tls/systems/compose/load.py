"""From files to one project: includes, extends, overrides, in Compose's order."""

from __future__ import annotations

import posixpath

from ...records import NamedTuple
from ...repo.encrypted import encrypted_by
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, Node
from .discover import override_of
from .dotenv import DotenvEntry, Environment, parse_dotenv
from .merge import drop_resets, merge_sections, merge_service
from .paths import host_path, text_of
from .value import Refused, Scope, Value, build

SECTIONS = ("services", "volumes", "configs", "secrets")

_MAX_FILES = 100
_MAX_INCLUDES = 300
_MAX_EXTENDS = 50


class Problem(NamedTuple):
    """Why Compose refuses a project or a part of it. ``node`` is the place, None where no YAML shows it."""

    message: str
    node: Node | None = None


class Model(NamedTuple):
    """The merged sections of a project, by name; ``files`` are all Compose files that were read, in their order."""

    sections: dict[str, Value]
    files: list[str]
    environment: Environment
    problems: list[Problem]
    folder: str


def load_model(workspace: Workspace, paths: list[str], own: str | None = None) -> Model:
    """The model of the project that ``paths`` make together, the later over the earlier; the folder is the first one's.

    ``own`` is the file whose places merged collections take, the first where it is None. An override file that belongs to
    the first path is merged when it is the only one given. Never raises: what cannot be read is a problem of the model.
    """
    loader = _Loader(workspace, None if own == paths[0] else own)
    folder = posixpath.dirname(paths[0])
    if len(paths) == 1:
        override = override_of(workspace, paths[0])
        if override is not None:
            paths = [*paths, override]
    environment = loader.environment(folder, [posixpath.join(folder, ".env")], None)
    sections = loader.files_together(paths, folder, environment, ())
    return Model(sections, loader.files, environment, loader.problems, folder)


class _Loader:
    def __init__(self, workspace: Workspace, own: str | None) -> None:
        self.workspace = workspace
        self.own = own
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self._raw: dict[tuple[str, str, int], dict[str, Value]] = {}
        self._includes = 0

    def environment(self, folder: str, paths: list[str], parent: Environment | None) -> Environment:
        entries: list[DotenvEntry] = []
        for path in paths:
            source = text_of(self.workspace, path)
            if source is not None:
                outer = (parent or Environment()).lookup
                read = parse_dotenv(source.text, outer)
                entries += read.entries
                if read.problem and not encrypted_by(self.workspace.read(path) or b""):
                    self.problems.append(Problem(f"Compose refuses {path}: {read.problem}"))
        return Environment(entries, parent)

    def files_together(self, paths: list[str], folder: str, environment: Environment, above: tuple[str, ...]) -> dict[str, Value]:
        merged: dict[str, Value] = {}
        for path in paths:
            raw = self.raw(path, folder, environment)
            resolved = {name: value for name, value in raw.items() if name in SECTIONS}
            if "services" in resolved:
                resolved["services"] = self.extended(resolved["services"], merged.get("services"), environment)
            for name, value in resolved.items():
                over_owns = path == self.own
                merged[name] = merge_sections(merged[name], value, over_owns=over_owns) if name in merged else drop_resets(value)
            include = raw.get("include")
            if include is not None:
                self.include(include, merged, folder, environment, (*above, path))
        return merged

    def raw(self, path: str, folder: str, environment: Environment) -> dict[str, Value]:
        """A file's own sections, before extends; relative paths start at ``folder``."""
        known = self._raw.get((path, folder, id(environment)))
        if known is not None:
            return known
        sections: dict[str, Value] = {}
        self._raw[path, folder, id(environment)] = sections
        if path not in self.files:
            self.files.append(path)
        parsed = self.workspace.parsed(path)
        documents = parsed.documents if parsed is not None else []
        roots = [document.root for document in documents if document.root is not None]
        if parsed is None:
            self.problems.append(Problem(f"Compose cannot read {path}"))
        elif parsed.problem is not None:
            self.problems.append(Problem(f"Compose cannot parse {path}: {parsed.problem.message}", roots[0] if roots else None))
        if len(self.files) <= _MAX_FILES:
            scope = Scope(path, folder, environment)
            for root in roots:
                # several documents in one file lie over each other, as several files would
                self._sections(root, scope, sections)
        return sections

    def _sections(self, root: Node, scope: Scope, sections: dict[str, Value]) -> None:
        for name in (*SECTIONS, "include"):
            pair = root.pair(name)
            if pair is None:
                continue
            try:
                value = build(pair[1], scope, pair[0])
            except Refused as refusal:
                self.problems.append(Problem(f"`{name}` of {scope.path} is not read: {refusal}", pair[1]))
                continue
            if name == "include":
                sections[name] = value
            elif value.kind == MAPPING:
                sections[name] = merge_sections(sections[name], value) if name in sections else value

    def extended(self, services: Value, below: Value | None, environment: Environment) -> Value:
        merged = Value(services.kind, services.node, services.key, services.scope)
        merged.tag = services.tag
        for name, service in services.fields.items():
            merged.fields[name] = self.extend(name, service, services, below, environment, ())
        return merged

    def extend(
        self, name: str, service: Value, services: Value, below: Value | None, environment: Environment, above: tuple[str, ...]
    ) -> Value:
        extends = service.get("extends")
        if extends is None or extends.is_null:
            return service
        here = f"{service.scope.path}:{name}"
        if here in above or len(above) > _MAX_EXTENDS:
            self.problems.append(Problem(f"`extends` of {name} leads back to itself", extends.node))
            return service
        base_name = extends.text("service") if extends.kind == MAPPING else extends.interpolated.known
        file = extends.get("file")
        pool: Value | None = services
        if file is not None and not file.is_null:
            pool = self._extended_file(file, environment)
        base = pool.fields.get(base_name or "") if pool is not None else None
        if base is None and file is None and below is not None and base_name != name:
            base = below.fields.get(base_name or "")
        if base is None:
            self.problems.append(Problem(f"`extends` of {name}: there is no service `{base_name or '?'}`", extends.node))
            return service
        assert pool is not None
        base = self.extend(base_name or "", base, pool, below, environment, (*above, here))
        merged = merge_service(base, service, over_owns=True)
        merged.fields.pop("extends", None)
        merged.key = service.key
        merged.tag = service.tag
        return merged

    def _extended_file(self, file: Value, environment: Environment) -> Value | None:
        written = file.interpolated.known
        path = host_path(written, file.scope.folder).path if written else None
        if path is None:
            self.problems.append(Problem("the file of `extends` is not in the repository", file.node))
            return None
        return self.raw(path, posixpath.dirname(path), environment).get("services")

    def include(
        self, include: Value, merged: dict[str, Value], folder: str, environment: Environment, above: tuple[str, ...]
    ) -> None:
        for entry in include.parts():
            listed = entry.get("path") if entry.kind == MAPPING else entry
            paths = [host_path(p, folder).path for v in (listed.scalars() if listed else ()) if (p := v.interpolated.known)]
            known = [path for path in paths if path is not None]
            if not known or len(known) < len(paths):
                self.problems.append(Problem("an included file is not in the repository", entry.node))
            if not known:
                continue
            self._includes += 1
            if self._includes > _MAX_INCLUDES:
                self.problems.append(Problem("more files are included than are read here", entry.node))
                return
            if known[0] in above:
                self.problems.append(Problem(f"{known[0]} includes itself", entry.node))
                continue
            written = entry.text("project_directory")
            own_folder = (host_path(written, folder).path if written else None) or posixpath.dirname(known[0])
            own_folder = "" if own_folder == "." else own_folder
            variables = entry.get("env_file")
            files = [host_path(p, folder).path for v in (variables.scalars() if variables else ()) if (p := v.interpolated.known)]
            env_paths = [path for path in files if path is not None] or [posixpath.join(own_folder, ".env")]
            imported = self.files_together(known, own_folder, self.environment(own_folder, env_paths, environment), above)
            for name, value in imported.items():
                merged[name] = merge_sections(value, merged[name], over_owns=True) if name in merged else value
