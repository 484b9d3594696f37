"""Configuration files of Milvus as values, and those of them that nothing in the repository mounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import basename

from ...config import Config
from ...findings import Label, label, span_label
from ...repo.workspace import Workspace
from ...text.source import Source
from ...yamldoc.nested import file_offset
from ...yamldoc.node import SCALAR, Document, Node
from ...yamldoc.parse import Parsed, SyntaxProblem
from ..claims import SETTINGS, Claims
from ..files import ContainerFiles, FileView
from ..versions import parse_version
from .model import NEWEST, Component, Deployment
from .settings import ConfigFile, Settings, config_file, shipped_file

WORKING_DIRECTORY = "/milvus"
"""Where the server of every official image runs: relative paths of settings start here."""

_NOT_MOUNTED = "nothing in the repository says how this file is mounted"
_ENCRYPTED = "it is encrypted with SOPS"


def settings_file(workspace: Workspace, name: str, path: str, mount: Node | None) -> ConfigFile:
    """The repository file ``path`` as the configuration file ``name`` (one of settings.FILE_NAMES).

    ``mount`` is the node that mounts it. A file that cannot be read gives an ``unknown``, never an error.
    """
    parsed = workspace.parsed(path)
    source = workspace.source(path)
    if parsed is None or source is None:
        reason = "cannot be read" if workspace.files.exists(path) else "is not in the repository"
        return ConfigFile(name, unknown=f"{path} {reason}", mount=mount, path=path)
    if _encrypted(parsed):
        return ConfigFile(name, unknown=f"{path}: {_ENCRYPTED}", mount=mount, path=path)
    if _is_template(workspace, path, source.text):
        workspace.skip(path, "Helm template")
        return ConfigFile(name, unknown=f"{path}: it is a template", mount=mount, path=path)
    problem = _first_problem(parsed)
    if problem is None:
        return config_file(name, _roots(parsed), mount=mount, path=path)
    place = _place(source, problem.offset, problem.message)
    return config_file(name, [], problem=problem.message, place=place, mount=mount, path=path)


def settings_text(workspace: Workspace, name: str, node: Node, mount: Node | None) -> ConfigFile:
    """The content of a scalar (a ConfigMap's value, ``user.yaml: |`` of Helm values) as the configuration file ``name``."""
    node = node.resolved()
    parsed = workspace.nested(node)
    if _encrypted(parsed):
        return ConfigFile(name, unknown=f"{node.path}: {_ENCRYPTED}", mount=mount, path=node.path)
    problem = _first_problem(parsed)
    if problem is None:
        return config_file(name, _roots(parsed), mount=mount, path=node.path)
    if node.style == "|":
        offset = file_offset(node, problem.offset)
        place = _place(node.source, offset, problem.message)
        return config_file(name, [], problem=problem.message, place=place, mount=mount, path=node.path)
    return config_file(name, [], problem=problem.message, place=label(node, problem.message), mount=mount, path=node.path)


def deployments(workspace: Workspace, claims: Claims, config: Config, used: set[str]) -> Iterator[Deployment]:
    """One Deployment of the shape ``file`` for each settings file that no other deployment refers to.

    ``used`` holds the paths of the settings files that the others read. A user.yaml or default.yaml lies over the
    milvus.yaml of the image; a file of any other name stands for the milvus.yaml itself.
    """
    seen = set(used)
    for claim in claims.of(SETTINGS):
        if claim.path in seen or claim.host is not None:
            continue
        seen.add(claim.path)
        deployment = _deployment(workspace, claim.path, config)
        if deployment is not None:
            yield deployment


def _deployment(workspace: Workspace, path: str, config: Config) -> Deployment | None:
    written = basename(path)
    name = written if written in ("user.yaml", "default.yaml") else "milvus.yaml"
    file = settings_file(workspace, name, path, None)
    source = workspace.source(path)
    if source is None:
        return None
    node = file.root if file.root is not None else _anchor(source)
    deployment = Deployment("file", path, node)
    configured = config.version("milvus")
    deployment.version = parse_version(configured, patch=99) if configured else None
    deployment.published_known = False
    files: Iterable[ConfigFile] = [file] if name == "milvus.yaml" else [shipped_file(), file]
    settings = Settings(deployment.version or NEWEST, files)
    inside = ContainerFiles([], _nothing_known, working_directory=WORKING_DIRECTORY, unknown=_NOT_MOUNTED)
    deployment.components.append(Component("standalone", node, settings, inside))
    return deployment


def _nothing_known(path: str) -> FileView | None:
    return None


def _anchor(source: Source) -> Node:
    """A node at the start of a file that could not be parsed."""
    return Node(Document(source, source.text, 0), SCALAR, 0, 0)


def _is_template(workspace: Workspace, path: str, text: str) -> bool:
    if "{{" not in text:
        return False
    from ...repo.templates import is_template

    return is_template(path, text, workspace.files.exists)


def _roots(parsed: Parsed) -> list[Node | None]:
    return [document.root for document in parsed.documents]


def _first_problem(parsed: Parsed) -> SyntaxProblem | None:
    """The syntax problem of the first document: the server reads no further, and never sees one behind it."""
    return _other_yaml(parsed.documents[0].text) if parsed.documents else parsed.problem


def _other_yaml(text: str) -> SyntaxProblem | None:
    """The problem of a ``%YAML`` line that names another version than 1.1: yaml.v2 refuses the file (measured)."""
    if "%YAML" not in text:
        return None
    offset = 0
    for line in text.splitlines(keepends=True):
        words = line.split()
        if words and not words[0].startswith("#"):
            wrong = words[0] == "%YAML" and words[1:2] != ["1.1"]
            return SyntaxProblem(f"`{line.strip()}`: Milvus reads YAML 1.1 only", offset) if wrong else None
        offset += len(line)
    return None


def _encrypted(parsed: Parsed) -> bool:
    root = parsed.documents[0].root if parsed.documents else None
    return root is not None and root.get("sops", "mac") is not None


def _place(source: Source, offset: int, message: str) -> Label:
    return span_label(source, offset, offset + 1, message)
