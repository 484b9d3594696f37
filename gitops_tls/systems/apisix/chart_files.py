"""The values that the chart apache/apisix gets: of one file, of several that Helm merges, or from a parent chart.

Source: Helm's merge of values files, and ``dependencies`` of Chart.yaml with ``alias``.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from ...config import Config, Release
from ...repo.workspace import Workspace
from ...yamldoc.composed import as_node
from ...yamldoc.merge import from_node, merge_all
from ...yamldoc.node import MAPPING, Node
from ..claims import APISIX_VALUES, Claims
from ..versions import Version, parse_version
from .values import ChartValues, read_values

_OWN = ("service", "gateway", "etcd", "externalEtcd", "ingress-controller", "dashboard", "admin", "image", "replicaCount")
"""What the chart has at the top beside ``apisix``: a file with one of them is no parent chart's."""


def chart_values(workspace: Workspace, claims: Claims, config: Config, known: Version | None) -> Iterator[ChartValues]:
    """The values of every release that the configuration lists, and every values file of the chart beside them.

    ``known`` is the version of config.known_version.
    """
    claimed = {claim.path: claim.root.resolved() for claim in claims.of(APISIX_VALUES) if claim.root is not None}
    listed: set[str] = set()
    for release in config.releases:
        listed.update(release.values)
        if any(path in claimed for path in release.values):
            yield from _released(workspace, release, known)
    for path, root in claimed.items():
        if path not in listed:
            yield _of_file(workspace, root, path, known)


def _of_file(workspace: Workspace, root: Node, path: str, known: Version | None) -> ChartValues:
    above = root.key if isinstance(root.key, Node) else None
    if above is None:
        above, root = _below(root, parent_key(workspace, path))
    values = read_values(root, path, *_chart(workspace, path), known)
    return values._replace(home=root, above=above)


def _below(root: Node, parent: str) -> tuple[Node | None, Node]:
    """The key and the mapping of a parent chart's values for this chart; None and ``root`` where they are this chart's own."""
    pair = root.pair(parent or "apisix")
    inner = pair[1].resolved() if pair is not None else None
    if pair is None or inner is None or inner.kind != MAPPING:
        return None, root
    if inner.get("apisix") is None and (not parent or any(root.pair(key) is not None for key in _OWN)):
        return None, root
    return pair[0], inner


def _released(workspace: Workspace, release: Release, known: Version | None) -> Iterator[ChartValues]:
    """The values of a release as Helm merges them: the later file wins, lists are replaced, a null takes away."""
    roots = [root for path in release.values if (root := _first_root(workspace, path)) is not None]
    merged = merge_all(from_node(root) for root in roots)
    if merged is None:
        return
    whole = as_node(merged)
    paths = [path for path in release.values if _first_root(workspace, path) is not None]
    parent = next((key for path in paths if (key := parent_key(workspace, path))), "")
    above, own = _below(whole, parent)
    below = (above.value,) if above is not None else ()
    homes = [home for root in roots if (home := root.get(*below)) is not None and home.kind == MAPPING]
    told = next((chart for path in paths if (chart := _chart(workspace, path)) != (None, None)), (None, None))
    values = read_values(own, paths[-1], *told, known)
    yield values._replace(name=release.name, home=homes[-1] if homes else None, above=above)


def _first_root(workspace: Workspace, path: str) -> Node | None:
    parsed = workspace.parsed(path)
    root = parsed.documents[0].root if parsed is not None and parsed.documents else None
    return root.resolved() if root is not None and root.resolved().kind == MAPPING else None


def parent_key(workspace: Workspace, path: str) -> str:
    """Below which key a values file has the values of this chart, by the Chart.yaml of a parent chart beside it; empty where
    none is there. Source: Helm, ``dependencies`` with ``alias``."""
    root = _chart_file(workspace, path)
    needed = root.get("dependencies") if root is not None and root.text("name") != "apisix" else None
    for one in needed.items if needed is not None else ():
        if one.resolved().text("name") == "apisix":
            return one.resolved().text("alias") or "apisix"
    return ""


def _chart_file(workspace: Workspace, path: str) -> Node | None:
    """The Chart.yaml beside a file."""
    folder = dirname(path)
    file = f"{folder}/Chart.yaml" if folder else "Chart.yaml"
    return _first_root(workspace, file) if workspace.files.exists(file) else None


def _chart(workspace: Workspace, path: str) -> tuple[Version | None, Version | None]:
    """The versions of chart and APISIX that a Chart.yaml beside a values file tells."""
    root = _chart_file(workspace, path)
    if root is None:
        return None, None
    if root.text("name") != "apisix":
        needed = root.get("dependencies")
        for one in needed.items if needed is not None else ():
            if one.resolved().text("name") == "apisix":
                return parse_version(one.resolved().text("version") or ""), None
        return None, None
    return parse_version(root.text("version") or ""), parse_version(root.text("appVersion") or "")
