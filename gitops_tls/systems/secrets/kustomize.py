"""What kustomize generates, and who finds it under which name.

The generators put a hash of the content behind the name, and kustomize rewrites the references that it knows: those of built-in
kinds inside of the same build. The fields of a custom resource are rewritten only where ``configurations`` or ``crds`` name them
[measured: kubectl kustomize with a Deployment and a Milvus object beside a secretGenerator]; so are values of other tools never,
but for a chart that the same build inflates.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...repo.encrypted import SOPS, encrypted_by
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..kubernetes import CONFIG_MAP, SECRET, KeyValue, SecretObject
from .read import ENCRYPTED, entries, is_name, scalars

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_GENERATORS = (("secretGenerator", SECRET), ("configMapGenerator", CONFIG_MAP))
_INCLUDES = ("resources", "bases", "components")
_TEACHES = ("configurations", "crds")


def generated(workspace: Workspace, root: Node) -> Iterator[SecretObject]:
    """What the generators of one kustomization make, under the name that is written."""
    for field, resource in _GENERATORS:
        for entry in entries(root.get(field)):
            name = entry.get("name")
            if name is None or not is_name(name):
                continue
            namespace = entry.text("namespace") or root.text("namespace")
            keys = _keys(workspace, entry)
            hashed = not (_disables(root.get("generatorOptions")) or _disables(entry.get("options")))
            merges = entry.text("behavior") == "merge"
            yield SecretObject(resource, field, name.value, namespace, entry, name, keys, adds=merges, hashed=hashed)


def _disables(options: Node | None) -> bool:
    return options is not None and options.text("disableNameSuffixHash") == "true"


def _keys(workspace: Workspace, entry: Node) -> dict[str, KeyValue] | None:
    folder = posixpath.dirname(entry.path)
    keys: dict[str, KeyValue] = {}
    for item in scalars(entry.get("files")):
        key, equals, file = item.value.partition("=")
        file = file if equals else key
        keys[key if equals else posixpath.basename(file)] = _from_file(workspace, posixpath.join(folder, file), item)
    for item in scalars(entry.get("literals")):
        key, _, text = item.value.partition("=")
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            text = text[1:-1]
        keys[key] = KeyValue(item, text.encode("utf-8", "surrogatepass"))
    single = entry.get("env")
    for item in (*scalars(entry.get("envs")), *([single] if single is not None and single.kind == SCALAR else [])):
        data = workspace.read(posixpath.normpath(posixpath.join(folder, item.value)))
        if data is None:
            return None
        for line in data.decode("utf-8", "replace").splitlines():
            key, equals, text = line.strip().partition("=")
            if equals and not key.startswith(("#", "sops_")):
                hidden = text.startswith("ENC[AES256_GCM")
                keys[key] = KeyValue(item, None, why=ENCRYPTED) if hidden else KeyValue(item, text.encode())
    return keys


def _from_file(workspace: Workspace, path: str, item: Node) -> KeyValue:
    path = posixpath.normpath(path)
    data = None if path.startswith(("../", "/")) else workspace.read(path)
    if data is None:
        return KeyValue(item, None, f"is made from {path}, which is not in the repository", path)
    tool = SOPS if b"ENC[AES256_GCM" in data and b"sops" in data else encrypted_by(data)
    if tool:
        return KeyValue(item, None, "", path, f"is encrypted with {tool}")
    return KeyValue(item, data, "", path)


class Builds:
    """The kustomizations of a repository, and which files each of them takes in. Read when first asked."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._reached: dict[str, tuple[frozenset[str], bool]] = {}
        self._all: list[str] | None = None

    def rewrites(self, maker: str, near: str) -> bool:
        """Whether a build rewrites the name of what the kustomization ``maker`` generates where the file ``near`` says it."""
        return any(near in files and maker in files and teaches for files, teaches in map(self._reach, self._kustomizations()))

    def takes_in(self, kustomization: str, other: str) -> bool:
        """Whether one kustomization builds upon another."""
        return kustomization != other and other in self._reach(kustomization)[0]

    def _kustomizations(self) -> list[str]:
        if self._all is None:
            self._all = [path for path in self._workspace.files.paths() if posixpath.basename(path) in FILES]
        return self._all

    def _reach(self, path: str) -> tuple[frozenset[str], bool]:
        """The files of a build, and whether it knows the names in custom resources and values."""
        known = self._reached.get(path)
        if known is None:
            files: set[str] = set()
            teaches = self._walk(path, files)
            known = self._reached[path] = (frozenset(files), teaches)
        return known

    def _walk(self, path: str, files: set[str]) -> bool:
        teaches = False
        waiting = [path]
        while waiting:
            one = waiting.pop()
            root = self._root(one) if one not in files else None
            files.add(one)
            if root is None:
                continue
            folder = posixpath.dirname(one)
            teaches = teaches or any(scalars(root.get(field)) for field in _TEACHES)
            for written in _values_files(root):
                files.add(posixpath.normpath(posixpath.join(folder, written)))
                teaches = True
            for field in _INCLUDES:
                for item in scalars(root.get(field)):
                    target = posixpath.normpath(posixpath.join(folder, item.value))
                    waiting += self._inner(target)
            files |= {posixpath.normpath(posixpath.join(folder, written)) for written in _patches(root)}
        return teaches

    def _inner(self, target: str) -> list[str]:
        """The kustomization of a folder, else the file itself."""
        candidates = [posixpath.normpath(posixpath.join(target, name)) for name in FILES]
        return [name for name in candidates if self._workspace.files.exists(name)][:1] or [target]

    def _root(self, path: str) -> Node | None:
        if posixpath.basename(path) not in FILES:
            return None
        parsed = self._workspace.parsed(path)
        root = parsed.documents[0].root if parsed is not None and parsed.documents else None
        return root.resolved() if root is not None and root.resolved().kind == MAPPING else None


def _values_files(root: Node) -> Iterator[str]:
    for chart in entries(root.get("helmCharts")):
        written = chart.get("valuesFile")
        for node in (
            *([written] if written is not None and written.kind == SCALAR else []),
            *scalars(chart.get("additionalValuesFiles")),
        ):
            yield node.value


def is_inline(written: str) -> bool:
    """Whether an entry of ``patchesStrategicMerge`` is a patch and no path of one."""
    return "\n" in written.strip() or written.lstrip().startswith("{")


def _patches(root: Node) -> Iterator[str]:
    for node in scalars(root.get("patchesStrategicMerge")):
        if not is_inline(node.value):
            yield node.value
    for field in ("patches", "patchesJson6902"):
        listed = root.get(field)
        for entry in entries(listed) if listed is not None and listed.resolved().kind == SEQUENCE else ():
            path = entry.text("path")
            if path:
                yield path
