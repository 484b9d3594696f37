"""Host paths of Compose files, as paths of the repository."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from ...repo.workspace import Workspace
from ...text.source import Source
from .interpolate import MARK


class HostPath:
    """A path on the machine that deploys.

    ``written`` is how the file says it, variables substituted (``./tls``). ``path`` is the repository path (``.`` for the
    root); None where it lies outside the repository, and ``outside`` then says why in words.
    """

    __slots__ = ("outside", "path", "written")

    def __init__(self, written: str, path: str | None, outside: str = "") -> None:
        self.written = written
        self.path = path
        self.outside = outside

    def __repr__(self) -> str:
        return f"<HostPath {self.written} -> {self.path or self.outside}>"


def host_path(written: str, folder: str) -> HostPath:
    """The repository path of ``written``, which is relative to ``folder`` (a repository path, empty for the root)."""
    shown = written.replace(MARK, "$?")
    if MARK in written:
        return HostPath(shown, None, f"`{shown}` depends on a variable that no file sets")
    if written.startswith("~"):
        return HostPath(shown, None, f"`{shown}` is in a home folder, not in the repository")
    if written.startswith(("/", "\\\\")) or (written[:1].isalpha() and written[1:3] in (":\\", ":/")):
        return HostPath(shown, None, f"`{shown}` is an absolute path, not in the repository")
    path = posixpath.normpath(posixpath.join(folder, written.replace("\\", "/")))
    if path == ".." or path.startswith("../"):
        return HostPath(shown, None, f"`{shown}` is outside the repository")
    return HostPath(shown, path)


def text_of(workspace: Workspace, path: str) -> Source | None:
    """The text of a file, ignored by Git or not; None where there is none (``.env`` is a folder in Python projects)."""
    if not workspace.files.exists(path) or workspace.files.is_dir(path):
        return None
    return workspace.source(path)


class Folders:
    """The direct children of the repository's folders: one pass over its paths, on first use."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._names: dict[str, set[str]] | None = None

    def names(self, folder: str) -> set[str]:
        """Names of the files that stand directly in a folder."""
        return self._read().get(folder, set())

    def matching(self, wanted: Callable[[str], bool]) -> list[str]:
        """The paths of all files whose name is wanted, sorted."""
        return sorted(
            one if folder == "." else f"{folder}/{one}" for folder, names in self._read().items() for one in names if wanted(one)
        )

    def _read(self) -> dict[str, set[str]]:
        if self._names is None:
            self._names = {}
            for path in self._workspace.files.paths():
                parent, _, name = path.rpartition("/")
                self._names.setdefault(parent or ".", set()).add(name)
        return self._names
