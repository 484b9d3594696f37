"""Which objects a patch or a replacement means."""

from __future__ import annotations

import re

from ...yamldoc.node import MAPPING, Node
from ..kubernetes_objects import group_and_kind
from .objects import Item

_SIMPLE = re.compile(
    r"""\^?(?: [\w/:,!@%&~\x20"'<>#;=-] | \. | \\[.dwsDWS/-] | \[ \^? [\w.-]+ \] | \( (?:\?:)? [\w.|-]* \) (?![*+{?]) | [*+?|] )*\$?\Z""",
    re.VERBOSE | re.ASCII,
)
"""Patterns that Go's RE2 and Python read alike, and that Python matches in a time that nobody notices."""
_REPEATED = re.compile(r"[*+]")
_MAX_REPEATS = 3
_LONGEST = 253
"""The longest name that Kubernetes takes."""
_BETWEEN_COMMAS = re.compile(r"(?:[^,(]|\([^)]*\))+")
_SET = re.compile(r"\s*([\w./-]+)\s+(in|notin)\s*\(([\w.,\s-]*)\)\s*\Z", re.ASCII)
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
    if not pattern.isascii() or not _SIMPLE.match(pattern) or len(_REPEATED.findall(pattern)) > _MAX_REPEATS:
        return True if pattern in words else None
    try:
        return any(re.fullmatch(pattern, word) for word in words if len(word) <= _LONGEST)
    except re.error:
        return None


def _labelled(selector: str, labels: Node | None) -> bool | None:
    """Whether labels fit a selector of equalities, presences and sets; None for the other forms."""
    have = (
        {key.value: value.resolved().value for key, value in labels.effective()}
        if labels is not None and labels.kind == MAPPING
        else {}
    )
    for part in _BETWEEN_COMMAS.findall(selector):
        one_of = _SET.match(part)
        if one_of is not None:
            key, operator, values = one_of.groups()
            if (have.get(key) in [value.strip() for value in values.split(",")]) != (operator == "in"):
                return False
            continue
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
