"""New files, several at once: all of them whole, or none; nothing is overwritten unless that is asked for."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence

from ..errors import UsageError


def reason(error: Exception) -> str:
    """Why the system refused, in its words, without any value."""
    return (getattr(error, "strerror", None) or type(error).__name__).lower()


class NewFile:
    """A file to write. ``private`` ones are readable by their owner alone."""

    __slots__ = ("data", "name", "private")

    def __init__(self, name: str, data: bytes, *, private: bool = False) -> None:
        self.name = name
        self.data = data
        self.private = private


def refuse_existing(folder: str, names: Iterable[str], *, force: bool) -> None:
    """Raise UsageError where files would be overwritten without ``--force``, or something else is in their place."""
    there = [name for name in names if os.path.lexists(os.path.join(folder, name))]
    folders = [name for name in there if os.path.isdir(os.path.join(folder, name))]
    if folders:
        raise UsageError(f"`{os.path.join(folder, folders[0])}` is a folder", "choose another folder")
    if there and not force:
        listed = ", ".join(f"`{name}`" for name in there)
        are = "is" if len(there) == 1 else "are"
        raise UsageError(
            f"{listed} {are} there already in `{folder}`; nothing was written",
            "choose another folder; `gitops-tls cert renew` renews certificates; --force overwrites them, keys included",
        )


def write_set(folder: str, files: Sequence[NewFile], *, force: bool = False) -> None:
    """Write all files into ``folder`` (made where it is missing), or none. Raises UsageError with the reason.

    Every file is whole before the first gets its name; where one cannot get it, those before it are taken back.
    """
    refuse_existing(folder, (file.name for file in files), force=force)
    made = _make_folders(folder)
    batch = _Batch(folder)
    try:
        for file in files:
            batch.stage(file)
        for file in files:
            batch.place(file, force=force)
    except BaseException as error:
        batch.undo()
        batch.clean()
        for each in reversed(made):
            with contextlib.suppress(OSError):
                os.rmdir(each)
        if isinstance(error, FileExistsError):
            raise UsageError(f"a file appeared in `{folder}` meanwhile; nothing was written") from None
        if isinstance(error, OSError):
            raise UsageError(f"`{folder}` cannot be written into: {reason(error)}; nothing was written") from None
        raise
    batch.clean()


def _make_folders(folder: str) -> list[str]:
    """Make a folder and those above it; those that were made, outermost first."""
    missing: list[str] = []
    at = os.path.abspath(folder)
    while not os.path.lexists(at):
        missing.append(at)
        at = os.path.dirname(at)
    made: list[str] = []
    try:
        for each in reversed(missing):
            os.mkdir(each)
            made.append(each)
        if not os.path.isdir(folder):
            raise NotADirectoryError(20, "not a directory")
    except (OSError, ValueError) as error:
        for each in reversed(made):
            os.rmdir(each)
        raise UsageError(f"the folder `{folder}` cannot be made: {reason(error)}") from None
    return made


class _Batch:
    """Files under names of their own, on the way to their places."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._mark = f".{os.urandom(6).hex()}.tmp"
        self._placed: list[str] = []
        self._kept: list[str] = []

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _staged(self, name: str) -> str:
        return self._path(f".new-{name}{self._mark}")

    def _old(self, name: str) -> str:
        return self._path(f".old-{name}{self._mark}")

    def stage(self, file: NewFile) -> None:
        mode = 0o600 if file.private else 0o644
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        self._kept.append(self._staged(file.name))
        descriptor = os.open(self._staged(file.name), flags, mode)
        with open(descriptor, "wb") as out:
            if file.private and hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)  # the umask may have taken the owner's own rights away
            out.write(file.data)
            out.flush()
            os.fsync(descriptor)

    def place(self, file: NewFile, *, force: bool) -> None:
        target, staged = self._path(file.name), self._staged(file.name)
        if force and os.path.lexists(target):
            self._keep(target, self._old(file.name))
            os.replace(staged, target)
            self._placed.append(file.name)
            return
        try:
            os.link(staged, target, follow_symlinks=False)  # unlike a rename it never overwrites
            self._placed.append(file.name)
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):  # a file system without hard links
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._placed.append(file.name)
            os.replace(staged, target)

    def _keep(self, target: str, old: str) -> None:
        try:
            os.link(target, old, follow_symlinks=False)
        except (OSError, NotImplementedError):
            os.rename(target, old)
        self._kept.append(old)

    def undo(self) -> None:
        for name in self._placed:
            with contextlib.suppress(OSError):
                os.unlink(self._path(name))
        for path in [each for each in self._kept if os.path.basename(each).startswith(".old-")]:
            try:
                os.replace(path, self._path(os.path.basename(path)[len(".old-") : -len(self._mark)]))
            except OSError:
                self._kept.remove(path)  # what was there before stays, under this name

    def clean(self) -> None:
        for path in self._kept:
            with contextlib.suppress(OSError):
                os.unlink(path)
