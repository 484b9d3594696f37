"""Strategic merge patches, for kinds of which kustomize has no schema: mappings are merged, lists are replaced.

Sources: kustomize's documentation of ``openapi`` ("this schema only has information about builtin kubernetes types"), its issue 2825,
and `kubectl kustomize` on Milvus objects: a list replaces a list, `$patch` inside of a list is kept as an entry, a null takes a
value away, a value of another kind ends the build.
"""

from __future__ import annotations

from ...findings import label
from ...yamldoc.composed import mapping
from ...yamldoc.node import MAPPING, SCALAR, Node
from .changes import MAX_DEPTH, Failure, Lost

DIRECTIVE = "$patch"


def merge_patch(base: Node, patch: Node, lost: list[Lost], keys: tuple[str, ...] = ()) -> Node | None:
    """``patch`` over ``base``, both mappings; None where the patch deletes it. What it takes away is added to ``lost``.

    Raises Failure where kustomize refuses the patch.
    """
    base, patch = base.resolved(), patch.resolved()
    if len(keys) > MAX_DEPTH:
        raise Failure("the patch is nested too deeply", label(patch))
    directive = patch.text(DIRECTIVE)
    if directive == "replace" and not keys:
        return base  # what is written takes nothing's place [measured]
    if directive not in (None, "delete", "replace", "merge"):
        raise Failure(f"`{DIRECTIVE}: {directive}` is neither delete nor replace nor merge", label(patch))
    if directive in ("delete", "replace"):
        lost.append(Lost(keys, base, patch))
        return None if directive == "delete" else mapping(patch, _plain(patch))
    pairs = {key.value: (key, value) for key, value in base.effective()}
    for key, value in _plain(patch):
        known = pairs.get(key.value)
        if value.resolved().is_null:
            if known is not None:
                _lose(lost, (*keys, key.value), known[1], value)
                del pairs[key.value]
        elif known is None and not _directs(value, len(keys)):
            pairs[key.value] = (key, value)
        else:
            old = known[1] if known is not None else mapping(value, ())
            merged = _merged(old, value, lost, (*keys, key.value))
            if merged is None:
                pairs.pop(key.value, None)
            else:
                pairs[key.value] = (known[0] if known is not None and merged.kind == MAPPING else key, merged)
    return mapping(base, pairs.values())


def _merged(known: Node, value: Node, lost: list[Lost], keys: tuple[str, ...]) -> Node | None:
    old, new = known.resolved(), value.resolved()
    if old.is_null:
        return value
    if old.kind != new.kind:
        kinds = {MAPPING: "a mapping", SCALAR: "a scalar"}
        words = f"`{'.'.join(keys)}` is {kinds.get(new.kind, 'a list')} in the patch and {kinds.get(old.kind, 'a list')} before"
        raise Failure(words, label(value))
    if new.kind == MAPPING:
        return merge_patch(old, new, lost, keys)
    _lose(lost, keys, old, value)
    return value


def _directs(value: Node, depth: int) -> bool:
    """Whether directives stand in a mapping that is new, or below."""
    value = value.resolved()
    if value.kind != MAPPING or depth > MAX_DEPTH:
        return False
    return any(key.value == DIRECTIVE or _directs(inner, depth + 1) for key, inner in value.effective())


def _lose(lost: list[Lost], keys: tuple[str, ...], old: Node, later: Node) -> None:
    old = old.resolved()
    if old.kind != SCALAR:
        lost.append(Lost(keys, old, later))


def _plain(patch: Node) -> list[tuple[Node, Node]]:
    return [(key, value) for key, value in patch.effective() if key.value != DIRECTIVE]
