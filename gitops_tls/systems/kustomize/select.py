"""Which objects a patch or a replacement means."""

from __future__ import annotations

import re

from ...yamldoc.node import MAPPING, Node
from ..kubernetes_objects import group_and_kind
from .objects import Item

_PART = re.compile(r"\s*(!?)\s*([\w./-]+)\s*(?:(=|==|!=)\s*([\w.-]*)\s*)?\Z", re.ASCII)


def selects(target: Node, item: Item) -> bool | None:
    """Whether a ``target`` (or ``select``) means an object; None where that cannot be told here.

    Group, version, kind, name and namespace are patterns that the whole word has to match; for name and namespace, each on
    its own, the word that was written first or the present one. Nothing written matches all.
    """
    group, kind = group_and_kind(item.node)
    version = (item.node.text("apiVersion") or "").rpartition("/")[2]
    known = (item.ids[0], item.ids[-1])
    answers: list[bool | None] = [
        _matches(target.text("group"), [group]),
        _matches(target.text("version"), [version]),
        _matches(target.text("kind"), [kind]),
        _matches(target.text("name"), [name for name, _ in known]),
        _matches(target.text("namespace"), [namespace or "default" for _, namespace in known]),
    ]
    metadata = item.node.get("metadata")
    for field, labels in (("labelSelector", "labels"), ("annotationSelector", "annotations")):
        written = target.text(field)
        if written:
            answers.append(_labelled(written, metadata.get(labels) if metadata is not None else None))
    if False in answers:
        return False
    return None if None in answers else True


def _matches(pattern: str | None, words: list[str]) -> bool | None:
    if not pattern:
        return True
    try:
        return any(re.fullmatch(pattern, word) for word in words)
    except (re.error, RecursionError, OverflowError):
        return None


def _labelled(selector: str, labels: Node | None) -> bool | None:
    """Whether labels fit a selector of equalities and presences; None for the other forms."""
    have = (
        {key.value: value.resolved().value for key, value in labels.effective()}
        if labels is not None and labels.kind == MAPPING
        else {}
    )
    for part in selector.split(","):
        match = _PART.match(part)
        if match is None:
            return None
        absent, key, operator, value = match.groups()
        if operator is None:
            fits = (key in have) != bool(absent)
        else:
            fits = (have.get(key) == value) != (operator == "!=")
        if not fits:
            return False
    return True
