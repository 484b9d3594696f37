"""Where the files come from: a folder on disk, or memory."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Protocol


class Unreadable(Exception):
    """A file that cannot be read; the message is a short noun phrase for a skip (``larger than 5 MB``)."""


class Files(Protocol):
    """The files of a repository. Paths are relative to its root, with ``/``."""

    def paths(self) -> Iterable[str]:
        """Every file of the repository: tracked ones and untracked ones that Git does not ignore, sorted."""

    def read(self, path: str) -> bytes:
        """The bytes of a file, also of one that Git ignores. Raises Unreadable (FileNotFoundError if there is none)."""

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there, ignored by Git or not."""

    def is_dir(self, path: str) -> bool:
        """Whether a folder is there."""

    def mode(self, path: str) -> int | None:
        """The permission bits of a file; None where they are not known."""

    def ignored(self, path: str) -> bool:
        """Whether Git ignores the path (it may exist on the machine that deploys)."""


class MemoryFiles:
    """Files held in a mapping: for tests, standard input and editors."""

    def __init__(self, contents: Mapping[str, bytes], ignored: Iterable[str] = ()) -> None:
        self._contents = dict(contents)
        self._ignored = tuple(ignored)
        self._folders = {parent for path in self._contents for parent in _parents(path)}

    def paths(self) -> list[str]:
        """See Files."""
        return sorted(self._contents)

    def read(self, path: str) -> bytes:
        """See Files."""
        try:
            return self._contents[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    def exists(self, path: str) -> bool:
        """See Files."""
        return path in self._contents or path in self._folders

    def is_dir(self, path: str) -> bool:
        """See Files."""
        return path in self._folders

    def mode(self, path: str) -> int | None:
        """See Files."""
        return None

    def ignored(self, path: str) -> bool:
        """See Files."""
        return any(path == entry or path.startswith(entry.rstrip("/") + "/") for entry in self._ignored)


def _parents(path: str) -> Iterable[str]:
    while path := posixpath.dirname(path):
        yield path
    yield "."
