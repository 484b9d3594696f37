"""Which lines two texts have in common, also of files so long that comparing every line with every other takes minutes."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from ..records import NamedTuple

_LARGEST = 1_000_000
"""Pairs of lines that the differ of the standard library, which takes quadratic time, is given at once."""


class Step(NamedTuple):
    """Lines ``[i:j]`` of the old text become ``[k:m]`` of the new one. ``span`` is ``(i, j, k, m)``."""

    equal: bool
    span: tuple[int, int, int, int]


def steps(old: Sequence[str], new: Sequence[str]) -> Iterator[Step]:
    """The way from one text to the other: equal and changed stretches that take turns, in order.

    Lines that stand once in either text are found first (patience diff), and only what lies between them is compared.
    """
    pending: Step | None = None
    for step in _raw(old, new):
        if pending is not None and pending.equal == step.equal:
            pending = Step(step.equal, (pending.span[0], step.span[1], pending.span[2], step.span[3]))
            continue
        if pending is not None:
            yield pending
        pending = step
    if pending is not None:
        yield pending


def _raw(old: Sequence[str], new: Sequence[str]) -> Iterator[Step]:
    i = k = 0
    for j, m in [*_anchors(old, new), (len(old), len(new))]:
        yield from _between(old, new, (i, j, k, m))
        if j < len(old):
            yield Step(True, (j, j + 1, m, m + 1))
        i, k = j + 1, m + 1


def _between(old: Sequence[str], new: Sequence[str], span: tuple[int, int, int, int]) -> Iterator[Step]:
    i, j, k, m = span
    if i == j and k == m:
        return
    head = _common(old[i:j], new[k:m])
    tail = _common(old[i + head : j][::-1], new[k + head : m][::-1])
    if head:
        yield Step(True, (i, i + head, k, k + head))
    yield from _compared(old, new, (i + head, j - tail, k + head, m - tail))
    if tail:
        yield Step(True, (j - tail, j, m - tail, m))


def _compared(old: Sequence[str], new: Sequence[str], span: tuple[int, int, int, int]) -> Iterator[Step]:
    i, j, k, m = span
    if i == j and k == m:
        return
    if i == j or k == m or (j - i) * (m - k) > _LARGEST:
        yield Step(False, span)
        return
    from difflib import SequenceMatcher

    for tag, a, b, c, d in SequenceMatcher(None, old[i:j], new[k:m], autojunk=False).get_opcodes():
        yield Step(tag == "equal", (i + a, i + b, k + c, k + d))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The longest rising row of lines that stand exactly once in each text: their numbers in both."""
    here, there = Counter(old), Counter(new)
    at = {line: number for number, line in enumerate(new) if there[line] == 1}
    pairs = [(number, at[line]) for number, line in enumerate(old) if here[line] == 1 and line in at]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, number) in enumerate(pairs):
        place = bisect_left(ends, number)
        before.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [number]
        last[place : place + 1] = [index]
    row: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        row.append(pairs[index])
        index = before[index]
    return row[::-1]
