"""The configuration ``.gitops-tls.yaml`` as a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .errors import UsageError
from .records import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

FILE_NAME = ".gitops-tls.yaml"
"""The name of the configuration file at the repository root."""

FAIL_ON = ("error", "warning", "info", "never")
SEVERITY_WORDS = ("off", "info", "warning", "error")

_DURATION = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(h|d|w|m|y|)\s*\Z", re.IGNORECASE | re.ASCII)
_DAYS = {"h": 1 / 24, "": 1.0, "d": 1.0, "w": 7.0, "m": 30.0, "y": 365.0}
_PERCENT = re.compile(r"\s*(\d{1,3}(?:\.\d{1,6})?)\s*%\s*\Z", re.ASCII)


class Within(NamedTuple):
    """How near its end a certificate counts as expiring: in days, or in percent of its lifetime (then ``days`` is ignored).

    ``given`` is how it was written, for messages.
    """

    days: float = 30.0
    percent: float | None = None
    given: str = "30d"

    def holds(self, not_before: datetime, not_after: datetime, now: datetime) -> bool:
        """Whether a certificate of these dates (UTC) is that near to its end, or past it."""
        left = (not_after - now).total_seconds()
        if self.percent is None:
            return left <= self.days * 86_400
        return left <= (not_after - not_before).total_seconds() * self.percent / 100

    @property
    def words(self) -> str:
        """The threshold in a sentence: ``within `30d``` or ``in the last `20%` of its lifetime``."""
        return f"within `{self.given}`" if self.percent is None else f"in the last `{self.given}` of its lifetime"


class Release(NamedTuple):
    """A Helm release: values files (paths from the repository root) that Helm merges in this order."""

    name: str
    values: tuple[str, ...]


class IgnoreEntry(NamedTuple):
    """Rules (ids, prefixes or names) that are silent for the paths that match the glob."""

    path: str
    rules: tuple[str, ...]


class Config(NamedTuple):
    """Settings of the tool. ``versions`` by system name. ``severities`` by rule id (or ``off``)."""

    exclude: tuple[str, ...] = ()
    expires_within: Within = Within()
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


def threshold(text: str, what: str) -> Within:
    """``30d``, ``2w``, ``12h``, ``1y``, ``30`` (days) or ``20%`` (of the lifetime). Raises UsageError; ``what`` is the option's name."""
    given = " ".join(text.split())
    percent = _PERCENT.match(text)
    if percent is not None:
        if float(percent[1]) > 100:
            raise UsageError(f"{what} is `{given}`, more than a whole lifetime", "write `0%` to `100%`, or days as in `30d`")
        return Within(percent=float(percent[1]), given=given)
    match = _DURATION.match(text)
    if match is None:
        raise UsageError(
            f"{what} is `{given}`, which is no duration",
            "write days, as in `30d`, or a part of the lifetime, as in `20%`; `12h`, `4w` and `1y` are read too",
        )
    return Within(float(match[1]) * _DAYS[match[2].lower()], given=given if match[2] else f"{given}d")
