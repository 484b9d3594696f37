"""Which APISIX and which ingress controller run: from image tags and charts of the repository, else its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...config import Config
from ...repo.workspace import Workspace
from ...yamldoc.node import Node
from ..versions import Version, parse_version
from .model import Versions
from .signs import GROUP

_NUMBER = r"v?(\d+\.\d+(?:\.\d+)?)"
_IMAGE = re.compile(r"\bimage[\"']?:[ \t]*[\"']?(?:[\w.:-]+/)*apisix(-ingress-controller)?:" + _NUMBER)
_REPOSITORY = re.compile(
    r"\brepository:[ \t]*[\"']?(?:[\w.:-]+/)*apisix(-ingress-controller)?[\"']?[ \t]*\r?\n"
    r"(?:[ \t]*(?:#[^\n]*|pullPolicy:[^\n]*|digest:[^\n]*)?\n){0,4}[ \t]*tag:[ \t]*[\"']?" + _NUMBER
)
_OWN_CHART = re.compile(r"(?m)^name:[ \t]*[\"']?apisix(-ingress-controller)?[\"']?[ \t]*\r?$")
_APP_VERSION = re.compile(r"(?m)^appVersion:[ \t]*[\"']?" + _NUMBER)
_CHART = re.compile(
    r"\b(?:chart|name):[ \t]*[\"']?apisix-ingress-controller[\"']?[ \t]*\r?\n(?:[^\n]*\n){0,5}?"
    r"[ \t]*(?:targetRevision|version):[ \t]*[\"']?[~^]?" + _NUMBER
)
_CONTROLLER, _APISIX = "apisix-ingress-controller", "apisix"


def versions(workspace: Workspace, mentions: Iterable[str], nodes: Iterable[Node], config: Config) -> Versions:
    """What runs, as far as the repository tells. ``nodes`` are its APISIX objects."""
    found: dict[str, set[Version]] = {_CONTROLLER: set(), _APISIX: set()}
    charts: set[int] = set()
    for path in mentions:
        source = workspace.source(path)
        if source is not None:
            _collect(source.text, found, charts)
    controller = _one(found[_CONTROLLER]) or _configured(config, _CONTROLLER)
    apisix = _one(found[_APISIX]) or _configured(config, _APISIX)
    return Versions(controller, apisix, _major(controller, found[_CONTROLLER], charts, nodes))


def _collect(text: str, found: dict[str, set[Version]], charts: set[int]) -> None:
    for pattern in (_IMAGE, _REPOSITORY):
        for match in pattern.finditer(text):
            version = parse_version(match[2])
            if version is not None:
                found[_CONTROLLER if match[1] else _APISIX].add(version)
    own, app = _OWN_CHART.search(text), _APP_VERSION.search(text)
    version = parse_version(app[1]) if own and app else None
    if own and version is not None:
        found[_CONTROLLER if own[1] else _APISIX].add(version)
    elif own is None:
        for match in _CHART.finditer(text):
            version = parse_version(match[1])
            if version is not None:
                charts.add(version.major)


def _one(found: set[Version]) -> Version | None:
    """The version where all files agree on it."""
    return next(iter(found)) if len(found) == 1 else None


def _configured(config: Config, system: str) -> Version | None:
    text = config.version(system)
    return parse_version(text) if text is not None else None


def _major(controller: Version | None, found: set[Version], charts: set[int], nodes: Iterable[Node]) -> int:
    """1 or 2; 0 where nothing tells. Charts from 1.0 bring version 2; a GatewayProxy exists only
    there, objects of v1 and v2beta3 only under version 1."""
    if controller is not None:
        return 2 if controller.major >= 2 else 1
    majors = {2 if version.major >= 2 else 1 for version in found} | {2 if major >= 1 else 1 for major in charts}
    if len(majors) == 1:
        return majors.pop()
    old = False
    for node in nodes:
        if node.text("kind") == "GatewayProxy" or node.get("spec", "parameters") is not None:
            return 2
        old = old or node.text("apiVersion") in (f"{GROUP}/v1", f"{GROUP}/v2beta3")
    return 1 if old else 0
