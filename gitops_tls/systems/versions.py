"""Versions as image tags and chart versions give them."""

from __future__ import annotations

import re

from ..records import NamedTuple

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])")


class Version(NamedTuple):
    """``major.minor.patch``; compares as numbers."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str, *, patch: int = 0) -> Version | None:
    """The version at the start of an image tag or chart version (``v2.6.20-gpu``, ``2.6``); None for ``latest``, dates, hashes.

    ``patch`` stands in where the text gives only major and minor.
    """
    match = _VERSION.match(text.strip())
    if match is None:
        return None
    return Version(int(match[1]), int(match[2]), int(match[3]) if match[3] is not None else patch)
