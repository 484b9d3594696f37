"""The kustomizations of a repository: which there are, what each takes in, and which of them nothing else takes in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, Node
from ..secrets.kustomize import FILES
from ..secrets.read import scalars

COMPONENT = "Component"
_GROUP = "kustomize.config.k8s.io"
_PARENT = re.compile(rb"\.\.?/?[\"']?[ \t\r,\]]*(?:#.*)?$", re.MULTILINE)
"""An entry that names the folder itself or the one above, in which no name can be searched."""
_REMOTE = re.compile(
    r"\w+://|git::|[\w.-]+@[\w.-]+:|github\.com[:/]|gitlab\.com/|bitbucket\.org/|[^/]+\.[a-z]{2,6}/.*(?://|\?ref=|\.git\b)"
)


def kustomizations(paths: Iterable[str]) -> list[str]:
    """The files among ``paths`` that describe a build, known by their names."""
    return [path for path in paths if path.endswith(FILES) and posixpath.basename(path) in FILES]


def is_remote(written: str) -> bool:
    """Whether an entry of ``resources`` stands for a repository or file elsewhere; one that is there counts as a file."""
    return _REMOTE.match(written) is not None


_ODD_PATH = re.compile(rb"(?<!:)//|/\./|[^\s./\"'\[,-]/\.\./")
"""A path with a detour, which is not the shortest to what it names."""


class Kustomization:
    """One kustomization: ``path`` of its file, ``root`` its mapping, ``folder`` what its paths are relative to."""

    __slots__ = ("folder", "path", "root")

    def __init__(self, path: str, root: Node) -> None:
        self.path = path
        self.folder = posixpath.dirname(path)
        self.root = root

    @property
    def is_component(self) -> bool:
        """Whether it changes what the build that names it has gathered so far."""
        return self.root.text("kind") == COMPONENT

    def listed(self, *fields: str) -> Iterator[Node]:
        """The scalars of the lists ``fields``."""
        for field in fields:
            yield from (node for node in scalars(self.root.get(field)) if node.value)

    def local(self, written: str) -> str:
        """A path as this file means it, relative to the repository's root; it may begin with ``../``."""
        return posixpath.normpath(posixpath.join(self.folder, written))


class Kustomizations:
    """The kustomizations of a repository, each read once."""

    def __init__(self, workspace: Workspace, paths: Iterable[str]) -> None:
        self.workspace = workspace
        self.paths = kustomizations(paths)
        self._read: dict[str, Kustomization | None] = {}

    def read(self, path: str) -> Kustomization | None:
        """A kustomization; None where the file cannot be read as one."""
        if path not in self._read:
            parsed = self.workspace.parsed(path)
            root = parsed.documents[0].root if parsed is not None and parsed.problem is None and parsed.documents else None
            self._read[path] = Kustomization(path, root.resolved()) if root is not None and _is_ours(root) else None
        return self._read[path]

    def of_folder(self, folder: str) -> str | None:
        """The file of the kustomization in a folder; None where it has none."""
        if folder.startswith(".."):
            return None
        exists = self.workspace.files.exists
        return next((path for name in FILES if exists(path := posixpath.normpath(posixpath.join(folder, name)))), None)

    def reaching(self, files: Iterable[str]) -> list[Kustomization]:
        """Those that may take in one of ``files``, directly or through others: found by a search of bytes for their paths.

        A repository can have thousands of kustomizations, of which few have to do with one object.
        """
        waiting = {path: self.workspace.read(path) or b"" for path in self.paths}
        found: list[str] = []
        targets = set(files)
        while targets:
            new = [path for path, data in waiting.items() if _mentions(path, data, targets)]
            targets = {posixpath.dirname(path) for path in new} - {""}
            for path in new:
                del waiting[path]
            found += new
        for path in waiting:
            self.workspace.forget(path)
        return [one for path in sorted(found) if (one := self.read(path)) is not None]

    def roots(self, among: Iterable[Kustomization]) -> list[Kustomization]:
        """Those that no other one takes in, and that are no components: what people build. Of a circle, the first."""
        found = {one.path: one for one in among}
        inner = {path: self._inside(one) for path, one in found.items()}
        taken = {path for paths in inner.values() for path in paths}
        roots = [path for path in found if path not in taken]
        reached: set[str] = set()
        for path in (*roots, *found):
            if path not in reached and path not in roots and not found[path].is_component:
                roots.append(path)
            waiting = [path]
            while waiting:
                one = waiting.pop()
                if one not in reached:
                    reached.add(one)
                    waiting += inner.get(one, ())
        chosen = set(roots)
        return [one for path, one in found.items() if path in chosen and not one.is_component]

    def _inside(self, one: Kustomization) -> list[str]:
        entries = one.listed("resources", "bases", "components")
        return [inner for node in entries if (inner := self.of_folder(one.local(node.value))) is not None]

    def everything(self) -> list[Kustomization]:
        """All of them."""
        return [one for path in self.paths if (one := self.read(path)) is not None]


def _mentions(path: str, data: bytes, targets: Iterable[str]) -> bool:
    """Whether a kustomization may name one of the files or folders ``targets``."""
    folder = posixpath.dirname(path) or "."
    for target in targets:
        if posixpath.basename(target).encode() in data:
            if posixpath.relpath(target, folder).encode() in data or _ODD_PATH.search(data):
                return True
    return _PARENT.search(data) is not None


def _is_ours(root: Node) -> bool:
    """Whether a mapping is kustomize's: Flux' objects of the same kind often stand in files of this name."""
    return root.resolved().kind == MAPPING and (root.text("apiVersion") or _GROUP).startswith(_GROUP)
