"""The sort of GNU's C++ library: what it does to things of the same rank decides which of two namesakes BoringSSL tries first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

STABLE = 16
"""Up to so many items it keeps the order of equals."""

_Item = TypeVar("_Item")


def shuffling_sort(items: list[_Item], rank: Callable[[_Item], Any]) -> None:
    """Sort in place as ``std::sort`` does: quicksort by the median of three down to runs of sixteen, then by insertion."""
    ranked = [(rank(each), each) for each in items]
    _quick(ranked, 0, len(ranked), 2 * (len(ranked).bit_length() - 1))
    for i in range(1, len(ranked)):
        _insert(ranked, i)
    items[:] = [each for _, each in ranked]


def _quick(ranked: list[tuple[Any, _Item]], first: int, last: int, depth: int) -> None:
    while last - first > STABLE:
        if not depth:
            ranked[first:last] = _heap_sorted(ranked[first:last])
            return
        depth -= 1
        cut = _partition(ranked, first, last)
        _quick(ranked, cut, last, depth)
        last = cut


def _heap_sorted(heap: list[tuple[Any, _Item]]) -> list[tuple[Any, _Item]]:
    """Where quicksort takes too many rounds."""
    for top in range((len(heap) - 2) // 2, -1, -1):
        _sink(heap, top, len(heap), heap[top])
    for size in range(len(heap) - 1, 0, -1):
        one, heap[size] = heap[size], heap[0]
        _sink(heap, 0, size, one)
    return heap


def _sink(heap: list[tuple[Any, _Item]], top: int, size: int, one: tuple[Any, _Item]) -> None:
    """The larger child moves up until there is none, then the item rises from there."""
    hole = top
    while (child := 2 * hole + 2) < size:
        if heap[child][0] < heap[child - 1][0]:
            child -= 1
        heap[hole] = heap[child]
        hole = child
    if child == size:
        heap[hole] = heap[child - 1]
        hole = child - 1
    while hole > top and heap[(hole - 1) // 2][0] < one[0]:
        heap[hole] = heap[(hole - 1) // 2]
        hole = (hole - 1) // 2
    heap[hole] = one


def _partition(ranked: list[tuple[Any, _Item]], first: int, last: int) -> int:
    a, b, c = first + 1, first + (last - first) // 2, last - 1
    # all three may be equal: the middle one counts then
    low, mid, high = (ranked[each][0] for each in (a, b, c))
    if low < mid:
        median = b if mid < high else c if low < high else a
    else:
        median = a if low < high else c if mid < high else b
    ranked[first], ranked[median] = ranked[median], ranked[first]
    pivot, left, right = ranked[first][0], first + 1, last
    while True:
        while ranked[left][0] < pivot:
            left += 1
        right -= 1
        while pivot < ranked[right][0]:
            right -= 1
        if left >= right:
            return left
        ranked[left], ranked[right] = ranked[right], ranked[left]
        left += 1


def _insert(ranked: list[tuple[Any, _Item]], i: int) -> None:
    one = ranked[i]
    while i and one[0] < ranked[i - 1][0]:
        ranked[i] = ranked[i - 1]
        i -= 1
    ranked[i] = one
