"""The configuration ``.gitops-tls.yaml`` as a value."""

from __future__ import annotations

import re

from .records import NamedTuple

FILE_NAME = ".gitops-tls.yaml"
"""The name of the configuration file at the repository root."""

FAIL_ON = ("error", "warning", "info", "never")
SEVERITY_WORDS = ("off", "info", "warning", "error")

_DURATION = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(h|d|w|m|y|)\s*\Z", re.IGNORECASE)
_DAYS = {"h": 1 / 24, "": 1.0, "d": 1.0, "w": 7.0, "m": 30.0, "y": 365.0}


class Release(NamedTuple):
    """A Helm release: values files (paths from the repository root) that Helm merges in this order."""

    name: str
    values: tuple[str, ...]


class IgnoreEntry(NamedTuple):
    """Rules (ids, prefixes or names) that are silent for the paths that match the glob."""

    path: str
    rules: tuple[str, ...]


class Config(NamedTuple):
    """Settings of the tool. ``expires_within`` in days. ``versions`` by system name. ``severities`` by rule id (or ``off``)."""

    exclude: tuple[str, ...] = ()
    expires_within: float = 30.0
    fail_on: str = "error"
    versions: tuple[tuple[str, str], ...] = ()
    known_secrets: frozenset[str] = frozenset()
    releases: tuple[Release, ...] = ()
    severities: tuple[tuple[str, str], ...] = ()
    ignore: tuple[IgnoreEntry, ...] = ()
    path: str | None = None

    def version(self, system: str) -> str | None:
        """The version configured for ``milvus``, ``apisix`` or ``apisix-ingress-controller``."""
        return dict(self.versions).get(system)


def days(text: str) -> float | None:
    """The days of a duration such as ``30d``, ``2w``, ``12h``, ``1y`` or ``30``; None where it is none."""
    match = _DURATION.match(text)
    return float(match[1]) * _DAYS[match[2].lower()] if match else None
