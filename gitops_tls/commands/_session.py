"""What every command that reads a repository begins with: its root, files, configuration, and the paths to report."""

from __future__ import annotations

import os
import sys
import time

from ..config import FILE_NAME, Config
from ..errors import UsageError
from ..options import Options, Values, judge
from ..pipeline import Report, Selection, analyse
from ..records import NamedTuple
from ..repo.files import Files, MemoryFiles, Unreadable
from ..repo.workspace import Workspace

STDIN = "-"
"""The path of the document on standard input."""


class Session(NamedTuple):
    """An opened repository. ``scope`` are the paths to report (files, or folders); None means everything."""

    options: Options
    root: str
    files: Files
    config: Config
    scope: frozenset[str] | None
    started: float

    def reported(self, path: str) -> bool:
        """Whether findings at ``path`` were asked for."""
        if self.scope is None or path in self.scope:
            return True
        slash = path.rfind("/")
        while slash > 0:
            if path[:slash] in self.scope:
                return True
            slash = path.rfind("/", 0, slash)
        return False

    @property
    def selection(self) -> Selection:
        """Which rules run."""
        return Selection(self.options.select, self.options.ignore)

    def analyse(self, files: Files | None = None, *, judge: bool = True) -> Report:
        """Judge the repository, or ``files`` in its place."""
        files = files or self.files
        paths = list(files.paths())
        if self.scope is not None:
            # a file that is named counts, even where Git ignores it
            listed = set(paths)
            named = [path for path in self.scope if path not in listed and files.exists(path) and not files.is_dir(path)]
            paths = sorted([*paths, *named]) if named else paths
        return analyse(Workspace(files), paths, self.config, self.options.now, self.selection, self.reported, judge=judge)


def open_session(values: Values, formats: frozenset[str]) -> Session:
    """Read the options and open the repository around the current folder. Raises UsageError."""
    started = time.perf_counter()
    options = judge(values, formats)
    if STDIN in options.paths:
        return _standard_input(options, started)
    from ..repo.disk import DiskFiles, find_root

    here = os.getcwd()
    root = _root(options.paths, here, find_root)
    config = _with_options(read_config(root, options.config), options)
    scope = _scope(options.paths, root)
    return Session(options, root, DiskFiles(root, config.exclude), config, scope, started)


def _root(paths: tuple[str, ...], here: str, find_root: object) -> str:
    """The repository around the current folder; where that is in none, the one around the paths."""
    assert callable(find_root)
    root = str(find_root(here))
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"there is no file or folder `{path}`", "paths are relative to the current folder")
    if root == here and paths and not os.path.lexists(os.path.join(root, ".git")):
        roots = {str(find_root(path)) for path in paths}
        outside = [path for path in paths if _relative(path, root) is None]
        if outside and len(roots) == 1:
            return roots.pop()
    return root


def _relative(path: str, root: str) -> str | None:
    """``path`` relative to the root with ``/``; ``.`` for the root; None where it is outside.

    A link counts as the place where it stands, not as the one it points to.
    """
    folder, name = os.path.split(os.path.abspath(path))
    for top, full in ((root, os.path.join(folder, name)), (os.path.realpath(root), os.path.join(os.path.realpath(folder), name))):
        try:
            relative = os.path.relpath(full, top)
        except ValueError:  # another drive
            continue
        if relative != os.pardir and not relative.startswith(os.pardir + os.sep):
            return relative.replace(os.sep, "/")
    return None


def _scope(paths: tuple[str, ...], root: str) -> frozenset[str] | None:
    scope: set[str] = set()
    for path in paths:
        relative = _relative(path, root)
        if relative is None:
            raise UsageError(
                f"`{path}` is outside of the repository {root}", "run gitops-tls inside the repository that holds it"
            )
        scope.add(relative)
    return frozenset(scope) if scope and "." not in scope else None


def read_config(root: str, given: str | None) -> Config:
    """The configuration: the file that is named, else ``.gitops-tls.yaml`` at the root if there is one."""
    path = given if given is not None else os.path.join(root, FILE_NAME)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        if given is None:
            return Config()
        raise UsageError(f"there is no configuration file `{given}`") from None
    except OSError as error:
        raise UsageError(f"the configuration file `{path}` cannot be read: {(error.strerror or 'read error').lower()}") from None
    from ..config_file import load

    return load(given if given is not None else FILE_NAME, data)


def _with_options(config: Config, options: Options) -> Config:
    if options.expires_within is not None:
        config = config._replace(expires_within=options.expires_within)
    if options.fail_on is not None:
        config = config._replace(fail_on=options.fail_on)
    return config


def _standard_input(options: Options, started: float) -> Session:
    if len(options.paths) > 1:
        raise UsageError("`-` stands for one document and goes with no other path")
    data = sys.stdin.buffer.read()
    config = _with_options(read_config(os.getcwd(), options.config), options)
    return Session(options, os.getcwd(), _OneDocument(data), config, None, started)


class _OneDocument(MemoryFiles):
    """The document on standard input; its name says that it may be YAML."""

    def __init__(self, data: bytes) -> None:
        super().__init__({STDIN_FILE: data})

    def read(self, path: str) -> bytes:
        """See Files."""
        data = super().read(path)
        if len(data) > 5_000_000:
            raise Unreadable("larger than 5 MB")
        return data


STDIN_FILE = "stdin.yaml"
