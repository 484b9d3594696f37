"""The file system a container sees, as far as the repository tells."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from ..records import NamedTuple
from ..yamldoc.node import Node

PRESENT, DIRECTORY, MISSING, UNKNOWN = "present", "directory", "missing", "unknown"


class FileView(NamedTuple):
    """What stands at one path of a container.

    ``state``: PRESENT (``content`` holds the bytes, or None where it is known to exist but cannot be read here),
    DIRECTORY, MISSING or UNKNOWN. ``reason`` says in words where it comes from or why it is missing or unknown
    (``Secret default/certs has no key server.pem``). ``path`` is the repository file behind it; ``node`` the YAML value
    that holds its content (a Secret's key); ``mount`` the entry that mounts it. ``mode`` are permission bits where known.
    """

    state: str
    reason: str = ""
    content: bytes | None = None
    path: str | None = None
    node: Node | None = None
    mount: Node | None = None
    mode: int | None = None


class Mount(NamedTuple):
    """One mount. ``target`` is an absolute, normalised container path; ``resolve`` maps a path below it (``""`` for the
    target itself, else relative with ``/``) to what stands there. ``source`` names the other side in words
    (``./tls``, ``Secret certs``); ``source_path`` is the repository path of a bind mount; ``volume`` the volume's name.
    """

    target: str
    resolve: Callable[[str], FileView]
    source: str
    node: Node | None = None
    source_path: str | None = None
    volume: str | None = None
    read_only: bool = False


class ContainerFiles:
    """The mounts of one container over the files of its image.

    ``image`` maps a normalised absolute path to what the image brings there, or None where it brings nothing.
    """

    def __init__(
        self, mounts: list[Mount], image: Callable[[str], FileView | None], *, working_directory: str = "/", unknown: str = ""
    ) -> None:
        self.mounts = mounts
        self.image = image
        self.working_directory = working_directory
        self.unknown = unknown
        """Why further mounts may exist that are not in the repository; empty when all are known."""

    def absolute(self, path: str) -> str:
        """``path`` as the process opens it, normalised."""
        return posixpath.normpath(posixpath.join(self.working_directory, path))

    def mount_of(self, path: str) -> Mount | None:
        """The mount that decides ``path``: the longest target that is the path or a parent of it; the later of equals."""
        path = self.absolute(path)
        best: Mount | None = None
        for mount in self.mounts:
            inside = path == mount.target or path.startswith(mount.target.rstrip("/") + "/")
            if inside and (best is None or len(mount.target) >= len(best.target)):
                best = mount
        return best

    def lookup(self, path: str) -> FileView:
        """What the container finds at ``path`` (relative ones against the working directory).

        An empty path is MISSING, as for ``open("")``.
        """
        if path == "":
            return FileView(MISSING, "the path is empty")
        path = self.absolute(path)
        mount = self.mount_of(path)
        if mount is not None:
            relative = path[len(mount.target.rstrip("/")) :].lstrip("/") if path != mount.target else ""
            view = mount.resolve(relative)
            return view if view.mount is not None else view._replace(mount=mount.node)
        below = path.rstrip("/") + "/"
        if any(m.target.startswith(below) for m in self.mounts):
            return FileView(DIRECTORY, "it holds mounts")
        shipped = self.image(path)
        if shipped is not None:
            return shipped
        if self.unknown:
            return FileView(UNKNOWN, self.unknown)
        return FileView(MISSING, f"nothing is mounted at {path}")
