"""Which lines two texts share: complete, in order, and as short as the standard library's differ where lines are unique."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.text.lines import steps

LINES = st.lists(st.sampled_from([f"{letter}\n" for letter in "abcdefgh"]), max_size=40)


@given(LINES, LINES)
def test_steps_lead_from_one_text_to_the_other(old: list[str], new: list[str]) -> None:
    made = list(steps(old, new))
    kept: list[str] = []
    for step in made:
        i, j, k, m = step.span
        assert (old[i:j] == new[k:m]) == step.equal
        kept += old[i:j] if step.equal else new[k:m]
    assert kept == new
    assert all(one.equal != other.equal for one, other in pairwise(made))
    assert sum(step.span[1] - step.span[0] for step in made) == len(old)


@given(st.sets(st.integers(0, 200)), st.sets(st.integers(0, 200)))
def test_lines_that_stand_once_are_all_found(gone: set[int], added: set[int]) -> None:
    old = [f"{number}\n" for number in range(200) if number not in gone]
    new = [f"{number}\n" for number in range(200) if number not in added]
    equal = sum(step.span[1] - step.span[0] for step in steps(old, new) if step.equal)
    assert equal == sum(block.size for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())


def test_a_long_file_of_repeated_blocks_is_compared_line_by_line() -> None:
    old = [line for number in range(3000) for line in ("---\n", "old: 1\n", f"name: {number}\n", "same: 2\n")]
    new = ["new: 1\n" if line == "old: 1\n" else line for line in old]
    made = list(steps(old, new))
    assert [step.span[1] - step.span[0] for step in made if not step.equal] == [1] * 3000
