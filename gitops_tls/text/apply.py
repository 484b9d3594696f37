"""Which fixes can be made together, and making them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from .edits import Address, Edit, Fix


def plan(fixes: Iterable[Fix]) -> tuple[list[Fix], list[Fix]]:
    """Split fixes into those that can be applied together now and those for the next round.

    A fix whose edits touch the text of an earlier one's, or whose values lie in, around or beside removed ones of an
    earlier one, waits as a whole. Edits that are identical in two fixes count once.
    """
    accepted: list[Fix] = []
    deferred: list[Fix] = []
    taken = _Taken()
    for fix in fixes:
        if taken.allows(fix):
            taken.add(fix)
            accepted.append(fix)
        else:
            deferred.append(fix)
    return accepted, deferred


_Place = tuple[str, ...]


class _Taken:
    """What the accepted fixes change: spans of text, and values."""

    def __init__(self) -> None:
        self.spans: dict[str, list[tuple[int, int, str]]] = {}
        self.places: set[_Place] = set()
        self.around: set[_Place] = set()
        self.emptied: set[_Place] = set()

    def allows(self, fix: Fix) -> bool:
        same = False
        for edit in fix.patch.edits:
            near = self._near(edit)
            if edit[1:] in near:
                same = True
            elif any(not _beside(edit, start, end) for start, end, _ in near):
                return False
        return self._allows_places(fix, same)

    def _near(self, edit: Edit) -> list[tuple[int, int, str]]:
        """The accepted spans of a path that may touch an edit; spans never overlap, so neighbours are enough."""
        spans = self.spans.get(edit.path, [])
        low = bisect_left(spans, (edit.start, -1, ""))
        while low > 0 and spans[low - 1][1] >= edit.start:
            low -= 1
        high = low
        while high < len(spans) and spans[high][0] <= edit.end:
            high += 1
        return spans[low:high]

    def _allows_places(self, fix: Fix, same: bool) -> bool:
        removes = _removes(fix)
        for place in _places(fix):
            if place in self.places and not same:
                return False
            if place in self.around or any(above in self.places for above in _above(place)):
                return False
            if removes and place[:-1] in self.emptied:
                return False
        return True

    def add(self, fix: Fix) -> None:
        for edit in fix.patch.edits:
            spans = self.spans.setdefault(edit.path, [])
            if edit[1:] not in self._near(edit):
                insort(spans, (edit.start, edit.end, edit.text))
        removes = _removes(fix)
        for place in _places(fix):
            self.places.add(place)
            self.around.update(_above(place))
            if removes:
                self.emptied.add(place[:-1])


def _beside(edit: Edit, start: int, end: int) -> bool:
    """Whether two replacements only meet at their borders; an insert at a border does touch."""
    return edit.start < edit.end and start < end and (edit.end == start or end == edit.start)


def _removes(fix: Fix) -> bool:
    return any(not edit.text and edit.start < edit.end for edit in fix.patch.edits)


def _places(fix: Fix) -> Iterator[_Place]:
    for path, address in fix.patch.changes:
        yield path, *_parts(address)


def _parts(address: Address) -> Iterator[str]:
    for part in address:
        yield from part.split("/")


def _above(place: _Place) -> Iterator[_Place]:
    return (place[:length] for length in range(2, len(place)))


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Make the edits of one file. Identical ones are made once; inserts at one offset keep their order.

    Raises ValueError where edits overlap or lie outside the text.
    """
    parts: list[str] = []
    at = 0
    for edit in sorted(dict.fromkeys(edits), key=lambda one: (one.start, one.end)):
        if edit.start < at or edit.end < edit.start or edit.end > len(text):
            raise ValueError(f"edits of {edit.path} overlap at character {edit.start}")
        parts += text[at : edit.start], edit.text
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)
