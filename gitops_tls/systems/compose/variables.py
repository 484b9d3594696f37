"""The environment of a service: ``env_file`` below, ``environment`` above."""

from __future__ import annotations

from ...records import NamedTuple
from ...repo.encrypted import encrypted_by
from ...repo.workspace import Workspace
from ...text.source import Source
from ...yamldoc.node import MAPPING, SCALAR, Document, Node
from .dotenv import DotenvEntry, parse_dotenv
from .interpolate import Interpolated
from .paths import HostPath, host_path
from .value import Value

ENVIRONMENT, ENV_FILE = "environment", "env_file"


class EnvironmentVariable(NamedTuple):
    """One variable of the container.

    ``value`` is None where it is not known here; ``unknown`` then names the shell's variables that decide it. ``origin``
    is ENVIRONMENT or ENV_FILE. ``node`` is where the value is written: the value of a mapping, the whole ``NAME=value``
    entry of a list, or the characters in the env file (whose text is no YAML: such a node can be shown, not edited).
    ``key`` is the key of a mapping, else None.
    """

    name: str
    value: str | None
    node: Node
    key: Node | None
    unknown: tuple[str, ...]
    origin: str


class EnvFile(NamedTuple):
    """One entry of ``env_file``. ``found`` tells whether it can be read here; ``node`` is where its path is written.

    ``unknown`` says why not, where it is there all the same.
    """

    path: HostPath
    node: Node
    required: bool
    found: bool
    ignored: bool
    problem: str = ""
    unknown: str = ""


class _PlainDocument(Document):
    """A text that is no YAML; nodes in it mark places."""

    __slots__ = ()

    @property
    def editable(self) -> bool:
        return False


def read_environment(workspace: Workspace, service: Value) -> tuple[dict[str, EnvironmentVariable], list[EnvFile]]:
    """All variables that the files give a container, by name, and the env files they are from."""
    variables: dict[str, EnvironmentVariable] = {}
    files: list[EnvFile] = []
    env_file = service.get("env_file")
    for entry in env_file.parts() if env_file is not None else ():
        read = _env_file(workspace, entry, variables)
        if read is not None:
            files.append(read)
    environment = service.get("environment")
    for entry in environment.parts() if environment is not None else ():
        if entry.kind == MAPPING:
            for name, value in entry.fields.items():
                variables[name] = _from_mapping(name, value)
        elif entry.kind == SCALAR and not entry.is_null:
            variable = _from_list(entry)
            variables[variable.name] = variable
    return variables, files


def _from_mapping(name: str, value: Value) -> EnvironmentVariable:
    if value.is_null:
        return _passed_through(name, value, value.key)
    result = value.interpolated if value.kind == SCALAR else Interpolated(None)
    return EnvironmentVariable(name, result.known, value.node, value.key, result.unknown, ENVIRONMENT)


def _from_list(entry: Value) -> EnvironmentVariable:
    written = entry.node.resolved().value
    name, equals, _ = written.partition("=")
    if "$" in name:
        name = (entry.interpolated.text or written).partition("=")[0]
    if not equals:
        return _passed_through(name, entry, None)
    result = entry.interpolated
    known = result.known.partition("=")[2] if result.known is not None else None
    return EnvironmentVariable(name, known, entry.node, None, result.unknown, ENVIRONMENT)


def _passed_through(name: str, value: Value, key: Node | None) -> EnvironmentVariable:
    found = value.scope.environment.lookup(name)
    if found is None:
        return EnvironmentVariable(name, None, key if key is not None else value.node, key, (name,), ENVIRONMENT)
    return EnvironmentVariable(name, found.known, key if key is not None else value.node, key, found.unknown, ENVIRONMENT)


def _env_file(workspace: Workspace, entry: Value, variables: dict[str, EnvironmentVariable]) -> EnvFile | None:
    listed = entry.get("path") if entry.kind == MAPPING else entry
    written = listed.path_text if listed is not None else None
    if not written or listed is None:
        return None
    required = entry.text("required") != "false"
    path = host_path(written, entry.scope.folder)
    source = workspace.source(path.path) if path.path is not None and not workspace.files.is_dir(path.path) else None
    if source is None or path.path is None:
        ignored = path.path is not None and workspace.files.ignored(path.path)
        return EnvFile(path, listed.node, required, found=False, ignored=ignored)

    def outer(name: str) -> Interpolated | None:
        earlier = variables.get(name)
        found = entry.scope.environment.lookup(name)
        if found is None and earlier is not None:
            return Interpolated(earlier.value, earlier.unknown)
        return found

    read = parse_dotenv(source.text, outer, raw=entry.text("format") == "raw")
    tool = encrypted_by(workspace.read(path.path) or b"") if read.problem else ""
    if tool:
        workspace.skip(path.path, "encrypted", tool)
        why = f"`{path.written}` is encrypted with {tool}"
        return EnvFile(path, listed.node, required, found=False, ignored=False, unknown=why)
    document = _PlainDocument(source, source.text, 0)
    for one in read.entries:
        node = _mark(document, source, one)
        variables[one.name] = EnvironmentVariable(one.name, one.value.known, node, None, one.value.unknown, ENV_FILE)
    return EnvFile(path, listed.node, required, found=True, ignored=False, problem=read.problem)


def _mark(document: Document, source: Source, entry: DotenvEntry) -> Node:
    node = Node(document, SCALAR, entry.start, entry.end)
    node.value = source.text[entry.start : entry.end]
    return node
