"""What the official image brings. Source: the Dockerfiles and ``configs/`` of Milvus 2.3 to 3.0."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from ..files import DIRECTORY, PRESENT, UNKNOWN, FileView
from ..versions import Version

WORKDIR = "/milvus"
"""The working directory: relative paths of settings start here."""

CONFIG_DIR = "/milvus/configs"

RUNS_AS_MILVUS = Version(3, 0)
"""Since this version the process runs as the user ``milvus``, not as root."""

BRINGS_CERTIFICATES = Version(2, 1)

_FOLDERS = frozenset(
    ("/", "/bin", "/dev", "/etc", "/milvus", "/milvus/bin", "/milvus/configs", "/milvus/configs/cert", "/milvus/lib", "/opt",
     "/root", "/run", "/tmp", "/usr", "/usr/local", "/var", "/var/lib")  # noqa: S108
)  # fmt: skip
_PROGRAM = frozenset(("/milvus/bin/milvus", "/milvus/configs/glog.conf"))
_PUBLIC = frozenset(f"{CONFIG_DIR}/cert/{name}.{kind}" for name in ("ca", "server", "client") for kind in ("pem", "key"))
_SYSTEM = (
    "/etc/ssl/", "/etc/pki/", "/etc/ca-certificates", "/etc/host", "/etc/resolv.conf", "/usr/", "/bin/", "/lib/", "/dev/", "/proc/", "/sys/",
)  # fmt: skip
"""Where the image's operating system keeps files of its own; elsewhere only a mount brings something."""

SHIPPED = "shipped in the image"
"""The reason of the view on the image's own milvus.yaml."""

_SHIPPED = FileView(PRESENT, SHIPPED)
_PUBLIC_VIEW = FileView(PRESENT, "the public key pair of the image, which anyone can download")
_FOLDER_VIEW = FileView(DIRECTORY, "a folder of the image")
_SYSTEM_VIEW = FileView(UNKNOWN, "it is not known whether the image's operating system brings it")


def is_public_default(path: str) -> bool:
    """Whether a container path (relative ones against WORKDIR) is one of the image's own certificates or keys."""
    return posixpath.normpath(posixpath.join(WORKDIR, path)) in _PUBLIC if path else False


def image_files(version: Version) -> Callable[[str], FileView | None]:
    """The image of ``version`` as a look-up from a normalised absolute path to what stands there (None: nothing)."""
    certificates = version >= BRINGS_CERTIFICATES

    def view(path: str) -> FileView | None:
        if path == f"{CONFIG_DIR}/milvus.yaml" or path in _PROGRAM:
            return _SHIPPED
        if path in _PUBLIC:
            return _PUBLIC_VIEW if certificates else None
        if path in _FOLDERS:
            return _FOLDER_VIEW
        return _SYSTEM_VIEW if path.startswith(_SYSTEM) else None

    return view
