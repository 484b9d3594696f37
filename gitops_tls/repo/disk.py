"""A repository on disk: which files it has, and reading them without being hurt by any."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Iterable

from .files import Unreadable
from .git import git

MAX_BYTES = 5_000_000
"""Files above this size are not read: no manifest or certificate comes near it."""

_TOO_LARGE = "larger than 5 MB"
_OUTSIDE = "symlink out of the repository"
_LOOP = "symlink loop"
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NOT_WALKED = frozenset((".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "CVS", "node_modules", ".venv"))


def find_root(start: str) -> str:
    """The top folder of the Git repository around ``start`` (a file or folder); the folder itself where there is none."""
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return _git_top(folder) or folder


def _git_top(folder: str) -> str | None:
    while True:
        marker = os.path.join(folder, ".git")
        if os.path.isfile(marker) or os.path.exists(os.path.join(marker, "HEAD")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


class DiskFiles:
    """The files below ``root``; see :class:`gitops_tls.repo.files.Files`. ``exclude`` are patterns of repo/globs.py."""

    def __init__(self, root: str, exclude: tuple[str, ...] = ()) -> None:
        self.root = os.path.abspath(root)
        self._real_root = os.path.realpath(self.root)
        self._exclude = exclude
        self._folders: dict[str, str] = {}
        self._ignored: dict[str, bool] = {}
        self._paths: list[str] | None = None
        self._in_git = _git_top(self.root) is not None

    def paths(self) -> list[str]:
        """See Files; listed once. Entries may have vanished, or be no regular files: read() decides."""
        if self._paths is not None:
            return list(self._paths)
        found = self._listed_by_git() if self._in_git else None
        paths = set(found if found is not None else _walk(self.root))
        if self._exclude:
            from .globs import matcher

            excluded = matcher(self._exclude)
            paths = {path for path in paths if not excluded(path)}
        self._paths = sorted(paths)
        return list(self._paths)

    def _listed_by_git(self) -> list[str] | None:
        code, output = git(self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        if code != 0:
            return None
        # an entry that ends with a slash is an untracked repository inside this one
        return [path for path in os.fsdecode(output).split("\0") if path and not path.endswith("/")]

    def read(self, path: str) -> bytes:
        """See Files. Never blocks, and never reads more than MAX_BYTES."""
        descriptor = self._open(path)
        try:
            return _read_regular(descriptor)
        except OSError as error:
            raise _refusal(error, path) from None
        finally:
            os.close(descriptor)

    def _open(self, path: str) -> int:
        full = self._below(path)
        if full is None:
            raise Unreadable("outside of the repository")
        folder, name = os.path.split(full)
        real = os.path.join(self._real_folder(folder), name)
        try:
            if _NOFOLLOW:
                return os.open(real, _FLAGS | _NOFOLLOW)
            if not os.path.islink(real):
                return os.open(real, _FLAGS)
        except ValueError:
            raise FileNotFoundError(path) from None
        except OSError as error:
            # the BSDs say EMLINK or EFTYPE where Linux and macOS say ELOOP
            if not os.path.islink(real):
                raise _refusal(error, path) from None
        return self._open_link(real, path)

    def _open_link(self, link: str, path: str) -> int:
        try:
            os.stat(link)
            target = os.path.realpath(link)
            if not self._inside(target):
                raise Unreadable(_OUTSIDE)
            return os.open(target, _FLAGS | _NOFOLLOW)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EACCES) and not self._inside(os.path.realpath(link)):
                raise Unreadable(_OUTSIDE) from None
            raise _refusal(error, path) from None

    def _real_folder(self, folder: str) -> str:
        known = self._folders.get(folder)
        if known is None:
            known = os.path.realpath(folder)
            self._folders[folder] = known
        if not self._inside(known):
            raise Unreadable(_OUTSIDE)
        return known

    def _inside(self, real: str) -> bool:
        return real == self._real_root or real.startswith(self._real_root.rstrip(os.sep) + os.sep)

    def _below(self, path: str) -> str | None:
        """The absolute path on disk; None where it leaves the repository."""
        normal = posixpath.normpath(path)
        if normal == ".." or normal.startswith("../") or posixpath.isabs(normal) or os.path.isabs(normal):
            return None
        return self.root if normal == "." else os.path.join(self.root, normal)

    def exists(self, path: str) -> bool:
        """See Files."""
        full = self._below(path)
        return full is not None and _quietly(os.path.exists, full)

    def is_dir(self, path: str) -> bool:
        """See Files."""
        full = self._below(path)
        return full is not None and _quietly(os.path.isdir, full)

    def mode(self, path: str) -> int | None:
        """See Files."""
        full = self._below(path)
        if full is None or os.name == "nt":
            return None
        try:
            return stat.S_IMODE(os.stat(full).st_mode)
        except (OSError, ValueError):
            return None

    def ignored(self, path: str) -> bool:
        """See Files. Asks Git once for each path; False where there is no Git."""
        if path not in self._ignored:
            known = self._in_git and self._below(path) is not None and "\0" not in path
            self._ignored[path] = known and git(self.root, "check-ignore", "-q", "--", path)[0] == 0
        return self._ignored[path]


def _quietly(test: object, path: str) -> bool:
    try:
        return bool(test(path))  # type: ignore[operator]
    except ValueError:
        return False


def _read_regular(descriptor: int) -> bytes:
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        raise Unreadable(_kind(about.st_mode))
    if about.st_size > MAX_BYTES:
        raise Unreadable(_TOO_LARGE)
    parts: list[bytes] = []
    length = 0
    while part := os.read(descriptor, max(about.st_size - length, 0) + 1):
        parts.append(part)
        length += len(part)
        if length > MAX_BYTES:
            raise Unreadable(_TOO_LARGE)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISFIFO(mode):
        return "named pipe"
    return "socket" if stat.S_ISSOCK(mode) else "device"


def _refusal(error: OSError, path: str) -> Exception:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return FileNotFoundError(path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Unreadable("permission denied")
    if error.errno == errno.ELOOP:
        return Unreadable(_LOOP)
    if error.errno == errno.ENXIO:
        return Unreadable("socket")
    if error.errno == errno.EISDIR:
        return Unreadable("folder")
    return Unreadable((error.strerror or "read error").lower())


def _walk(root: str) -> Iterable[str]:
    """Every entry below ``root`` that is no folder; symlinks are entries and never followed."""
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        yield folder + entry.name
                    elif entry.name not in _NOT_WALKED:
                        pending.append(f"{folder}{entry.name}/")
        except OSError:
            continue
