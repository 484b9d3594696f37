"""The files that HashiCorp's Vault agent injector puts into a pod, by the annotations of the pod.

Source: the annotations of vault-k8s (``vault.hashicorp.com/agent-inject-secret-NAME`` and those beside it).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from ...yamldoc.node import MAPPING, Node
from ..files import DIRECTORY, MISSING, PRESENT, UNKNOWN, FileView, Mount

_PREFIX = "vault.hashicorp.com/"
FOLDER = "/vault/secrets"


def injected(annotations: Iterable[Node | None]) -> list[Mount]:
    """The mounts of the agent, for the ``annotations`` mappings of one pod (later ones over earlier); none without it."""
    written = _merged(annotations)
    if written.get("agent-inject", ("", None))[0].lower() not in ("true", "1", "t"):
        return []
    base = written.get("secret-volume-path", (FOLDER, None))[0]
    folders: dict[str, dict[str, Node | None]] = {_clean(base): {}}
    for key, (_, node) in written.items():
        for start in ("agent-inject-secret-", "agent-inject-template-", "agent-inject-template-file-"):
            if key.startswith(start) and not (
                start == "agent-inject-template-" and key.startswith("agent-inject-template-file-")
            ):
                name = key[len(start) :]
                folder = _clean(written.get(f"secret-volume-path-{name}", (base, None))[0])
                file = written.get(f"agent-inject-file-{name}", (name, None))[0]
                folders.setdefault(folder, {}).setdefault(posixpath.normpath(file).lstrip("/"), node)
    unknown = "agent-configmap" in written
    return [_mount(folder, files, unknown) for folder, files in folders.items()]


def _merged(annotations: Iterable[Node | None]) -> dict[str, tuple[str, Node | None]]:
    found: dict[str, tuple[str, Node | None]] = {}
    for mapping in annotations:
        for key, value in mapping.effective() if mapping is not None and mapping.kind == MAPPING else ():
            if key.value.startswith(_PREFIX):
                found[key.value[len(_PREFIX) :]] = (value.resolved().value, key)
    return found


def _clean(folder: str) -> str:
    return "/" + posixpath.normpath("/" + folder).lstrip("/")


def _mount(folder: str, files: dict[str, Node | None], unknown: bool) -> Mount:
    made = ", ".join(files) or "nothing"

    def view(relative: str) -> FileView:
        if not relative or any(file.startswith(relative + "/") for file in files):
            return FileView(DIRECTORY, "the Vault agent's files")
        if relative in files:
            return FileView(PRESENT, "written by the Vault agent when the pod starts", node=files[relative])
        if unknown:
            return FileView(UNKNOWN, "the Vault agent's configuration is not in the annotations")
        return FileView(MISSING, f"the Vault agent writes no file {relative} into {folder} (it writes {made})")

    return Mount(folder, view, "the Vault agent's files", next(iter(files.values()), None))
