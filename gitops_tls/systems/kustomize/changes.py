"""What the parts of a build's patches have in common: failures, and the record of what a patch takes away."""

from __future__ import annotations

from ...findings import Label
from ...records import NamedTuple
from ...yamldoc.node import Node


class Failure(Exception):
    """`kustomize build` ends with an error. ``words`` say which, ``place`` shows where."""

    def __init__(self, words: str, place: Label | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.place = place


class Lost(NamedTuple):
    """A list or mapping (``earlier``) that is no longer there because ``later`` took its place or took it away.

    ``keys`` leads to it from the object's root. Of a list from which one entry was taken, ``earlier`` holds that entry alone.
    """

    keys: tuple[str, ...]
    earlier: Node
    later: Node


MAX_DEPTH = 100
"""Mappings inside mappings that a patch may have; the API server takes no object of this depth."""
