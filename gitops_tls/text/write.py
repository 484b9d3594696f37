"""The only place that writes files: each one whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping

from ..errors import NotWritten
from ..records import NamedTuple

_UNNAMED = 200
"""How many staged files may lack a name: each of them holds an open file."""


class Change(NamedTuple):
    """New bytes for a file, and the bytes that it must still hold."""

    data: bytes
    expected: bytes


def write_atomic(root: str, path: str, data: bytes, expected: bytes) -> None:
    """Replace the content of ``path`` (relative to ``root``); a kill at any moment leaves the old file or the new one.

    Mode and owner stay; hard links to the file keep the old content. A symbolic link is followed to a file inside
    ``root``. Raises :class:`NotWritten` where it leads outside, where the file no longer holds ``expected``, or where
    the system refuses.
    """
    write_all(root, {path: Change(data, expected)})


def write_all(root: str, changes: Mapping[str, Change]) -> None:
    """Replace several files: all are checked and staged on disk before the first is replaced.

    Each file is replaced as a whole. There is no way to replace several at one moment: a kill between two of them
    leaves the first ones new and the others old.
    """
    staged: list[_Staged] = []
    try:
        for path, change in changes.items():
            staged.append(_Staged(root, path, change, unnamed=len(staged) < _UNNAMED))
        for one in staged:
            one.check()
        for one in staged:
            one.commit()
    finally:
        for one in staged:
            one.discard()


class _Staged:
    """A file's new content on the same disk, without a name of its own where the system can do that."""

    def __init__(self, root: str, path: str, change: Change, *, unnamed: bool) -> None:
        self.path = path
        self.expected = change.expected
        self.real = _real(root, path)
        self.folder = os.path.dirname(self.real)
        self.name: str | None = None
        self.file = -1
        self.check()
        if not os.access(self.real, os.W_OK):
            raise NotWritten(f"`{path}` is read-only")
        try:
            self._open(unnamed)
            self._fill(change.data)
        except OSError as error:
            self.discard()
            raise NotWritten(f"`{path}` cannot be written: {_reason(error)}") from None
        except BaseException:
            self.discard()
            raise

    def check(self) -> None:
        """Refuse where the file changed since it was read."""
        try:
            with open(self.real, "rb") as file:
                same = stat.S_ISREG(os.fstat(file.fileno()).st_mode) and file.read() == self.expected
        except OSError as error:
            raise NotWritten(f"`{self.path}` cannot be read: {_reason(error)}") from None
        if not same:
            raise NotWritten(f"`{self.path}` changed while it was being fixed")

    def _open(self, unnamed: bool) -> None:
        flag = getattr(os, "O_TMPFILE", None) if unnamed else None
        if flag is not None and os.path.isdir("/proc/self/fd"):
            try:
                self.file = os.open(self.folder, flag | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0), 0o600)
                return
            except OSError as error:
                if isinstance(error, PermissionError):
                    raise
        self.name = self._new_name()
        self.file = os.open(self.name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)

    def _new_name(self) -> str:
        base = os.path.basename(self.real)[:100]
        return os.path.join(self.folder, f".{base}.{os.urandom(6).hex()}.tmp")

    def _fill(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.file, view) :]
        old = os.stat(self.real)
        if hasattr(os, "fchown"):
            new = os.fstat(self.file)
            if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
                # only root may give files away; the group alone may be possible
                for owner in ((old.st_uid, old.st_gid), (-1, old.st_gid)):
                    with contextlib.suppress(OSError):
                        os.fchown(self.file, *owner)
                        break
            os.fchmod(self.file, stat.S_IMODE(old.st_mode))
        os.fsync(self.file)
        if self.name is not None:
            os.close(self.file)
            self.file = -1

    def commit(self) -> None:
        """Put the new content in the place of the old."""
        try:
            if self.name is None:
                name = self._new_name()
                # a directory descriptor makes Python use linkat, which follows the link in /proc
                os.link(f"/proc/self/fd/{self.file}", name, src_dir_fd=self.file, follow_symlinks=True)
                self.name = name
            os.replace(self.name, self.real)
            self.name = None
            self._sync_folder()
        except OSError as error:
            raise NotWritten(f"`{self.path}` cannot be written: {_reason(error)}") from None

    def _sync_folder(self) -> None:
        with contextlib.suppress(OSError):
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Take away what was staged and not committed."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
        if self.name is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.name)
            self.name = None


def _real(root: str, path: str) -> str:
    top = os.path.realpath(root)
    real = os.path.realpath(os.path.join(top, path))
    if os.path.commonpath([top, real]) != top or real == top:
        raise NotWritten(f"`{path}` leads outside of the repository")
    return real


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
