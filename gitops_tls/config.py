"""The configuration ``.gitops-tls.yaml`` as a value."""

from __future__ import annotations

from typing import NamedTuple


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
