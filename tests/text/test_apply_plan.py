"""Planning and applying edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.text.apply import apply_edits, plan
from gitops_tls.text.edits import Edit, Fix, Patch


def fix(*edits: tuple[int, int, str], change: str = "", path: str = "f") -> Fix:
    patch = Patch(tuple(Edit(path, *edit) for edit in edits), ((path, (change or f"#0/{edits[0][0]}",)),))
    return Fix("t", True, patch)


CASES = [
    ("apart", [fix((0, 1, "a")), fix((5, 6, "b"))], [0, 1]),
    ("overlap", [fix((0, 4, "a")), fix((3, 6, "b"))], [0]),
    ("insert in a replacement", [fix((0, 4, "a")), fix((2, 2, "b"))], [0]),
    ("insert at its border", [fix((0, 4, "a"), change="#0/a"), fix((4, 4, "b"), change="#0/b")], [0]),
    ("side by side", [fix((0, 4, "a")), fix((4, 8, "b"))], [0, 1]),
    ("same insert", [fix((2, 2, "a"), change="#0/l/-"), fix((2, 2, "a"), change="#0/l/-")], [0, 1]),
    ("two inserts at one place", [fix((2, 2, "a"), change="#0/a"), fix((2, 2, "b"), change="#0/b")], [0]),
    ("other file", [fix((0, 4, "a")), fix((0, 4, "b"), path="g")], [0, 1]),
    ("a whole fix waits", [fix((0, 4, "a")), fix((2, 6, "b"), (9, 9, "c"), change="#0/z"), fix((9, 9, "d"))], [0, 2]),
    ("inside a changed value", [fix((0, 1, "a"), change="#0/a"), fix((5, 6, "b"), change="#0/a/b")], [0]),
    ("around a changed value", [fix((0, 1, "a"), change="#0/a/b"), fix((5, 6, "b"), change="#0/a")], [0]),
    ("both empty one mapping", [fix((0, 3, ""), change="#0/m/a"), fix((5, 6, ""), change="#0/m/b")], [0]),
    ("two renames to one name", [fix((0, 1, "k"), change="#0/m/k"), fix((5, 6, "k"), change="#0/m/k")], [0]),
    ("nested documents", [fix((0, 1, "k"), change="#0/m/k"), fix((5, 6, "k"), change="#0/m/j")], [0, 1]),
]


@pytest.mark.parametrize(("fixes", "accepted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_plan(fixes: list[Fix], accepted: list[int]) -> None:
    now, later = plan(fixes)
    assert now == [fixes[index] for index in accepted]
    assert sorted(now + later) == sorted(fixes)


EDITS = st.tuples(st.integers(0, 20), st.integers(0, 5), st.text("xyz", max_size=3)).map(
    lambda one: Edit("f", one[0], min(one[0] + one[1], 20), one[2])
)


@given(st.lists(st.lists(EDITS, min_size=1, max_size=1).map(lambda edits: fix(*(edit[1:] for edit in edits))), max_size=8))
def test_planned_fixes_apply_in_any_order(fixes: list[Fix]) -> None:
    text = "abcdefghijklmnopqrst"
    now, later = plan(fixes)
    assert len(now) + len(later) == len(fixes)
    assert now or not fixes
    edits = [edit for one in now for edit in one.patch.edits]
    assert apply_edits(text, edits) == apply_edits(text, edits[::-1])


def test_apply_keeps_the_order_of_inserts_and_makes_equal_edits_once() -> None:
    edits = [Edit("f", 2, 2, "B"), Edit("f", 2, 2, "A"), Edit("f", 2, 2, "B"), Edit("f", 0, 1, "")]
    assert apply_edits("abc", edits) == "bBAc"
    assert apply_edits("abc", [Edit("f", 1, 2, "X"), Edit("f", 1, 1, "Y")]) == "aYXc"


@pytest.mark.parametrize("edits", [[(0, 2, "x"), (1, 3, "y")], [(0, 9, "x")], [(2, 1, "x")]])
def test_apply_refuses_overlaps(edits: list[tuple[int, int, str]]) -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply_edits("abc", [Edit("f", *edit) for edit in edits])
