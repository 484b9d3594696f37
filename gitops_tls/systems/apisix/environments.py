"""Folders that describe different clusters: ``prod/`` and ``staging/`` with the same objects under the same names."""

from __future__ import annotations

from collections.abc import Iterable

from ...yamldoc.node import Node
from .objects import name_of, namespace_of


def environments(nodes: Iterable[Node]) -> frozenset[str]:
    """The folders that tell environments apart, empty where nothing does.

    One cluster holds one object of a kind, namespace and name. Where two files in different folders describe it, the
    folders just below what their paths have in common are two environments (or a base and its overlay).
    """
    places: dict[tuple[str, str | None, str], set[str]] = {}
    for node in nodes:
        places.setdefault((node.text("kind") or "", namespace_of(node), name_of(node)), set()).add(node.path)
    found: set[str] = set()
    for paths in places.values():
        folders = [path.split("/")[:-1] for path in sorted(paths)]
        depth = _common(folders)
        if len(paths) > 1 and all(len(folder) > depth for folder in folders):
            found.update("/".join(folder[: depth + 1]) for folder in folders)
    return frozenset(found)


def _common(folders: list[list[str]]) -> int:
    depth = 0
    while all(len(folder) > depth for folder in folders) and len({folder[depth] for folder in folders}) == 1:
        depth += 1
    return depth


def environment_of(path: str, known: frozenset[str]) -> str:
    """The innermost environment that a file stands in; empty for a file that stands in none (it belongs to all)."""
    return max((folder for folder in known if path.startswith(folder + "/")), key=len, default="")
