"""Verification finds what an edit changed beyond its address."""

from __future__ import annotations

import pytest

from gitops_tls.text.edits import Address
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.verify import verify

BAD: list[tuple[str, str, list[Address], str]] = [
    ("a: 1\nb: 2\n", "a: 1\nb: 3\n", [("#0/a",)], "value changed"),
    ("a: 1\nb: 2\n", "a: 1\nb: '2'\n", [("#0/a",)], "type changed"),
    ("a: yes\n", "a: 'yes'\n", [], "type changed"),
    ("a: 1\nb: 2\n", "b: 2\na: 1\n", [], "changed"),
    ("a: 1\nb: 2\n", "a: 1\n", [("#0/a",)], "keys became"),
    ("a: 1\n", "a: 1\nb: 2\n", [("#0/c",)], "keys became"),
    ("a: 1\na: 1\n", "a: 1\n", [], "keys became"),
    ("a: 1\n", "a: 1\nb: 2\nb: 2\n", [("#0/b",)], "stand there twice"),
    ("a: &x 1\n", "a: 1\n", [], "anchor"),
    ("a: !!str 1\n", "a: 1\n", [], "tag"),
    ("a: &x {k: 1}\nb: *x\n", "a: &x {k: 2}\nb: *x\n", [("#0/a/k",)], "would change too"),
    ("a: &x {k: 1}\nb: {<<: *x}\n", "a: &x {k: 2}\nb: {<<: *x}\n", [("#0/a",)], "would change too"),
    ("a: [1, 2]\n", "a: [1, 2, 3]\n", [], "items became"),
    ("a: [1, 2]\n", "a: [2, 3]\n", [("#0/a/-",)], "value changed"),
    ("a: [1, 2]\n", "a: [1]\n", [("#0/a/0",)], "value changed"),
    ("a: 1\n", "a: {}\n", [], "became a mapping"),
    ("a: 1\n", "a: [\n", [("#0",)], "not valid YAML"),
    ("a: 1\n---\nb: 1\n", "a: 1\n", [("#1/b",)], "documents became"),
    ("a: 1 # c\nb: 2\n", "a: 1\nb: 3\n", [("#0/b",)], "comment"),
    ("# c\na: 1\n# c\n", "# c\na: 2\n", [("#0/a",)], "comment"),
    ("v: |\n  a: 1\n  b: 2\n", "v: |\n  a: 2\n  b: 3\n", [("#0/v", "#0/a")], "value changed"),
    ("v: |\n  a: 1\n  # c\n  b: 2\n", "v: |\n  a: 2\n  b: 2\n", [("#0/v", "#0/a")], "comment"),
    ("v: |\n  a: 1\n", "v: |\n  a: [\n", [("#0/v", "#0/a")], "not valid YAML"),
    ("v: |\n  a: 1\nw: |\n  a: 1\n", "v: |\n  a: 2\nw: |\n  a: 2\n", [("#0/v", "#0/a")], "value changed"),
    ('a: "x # y" # c\nb: 1\n', 'a: "x # y"\nb: 2\n', [("#0/b",)], "comment"),
    ("a: |\n  # x\nb: 1\n", "a: |\n  # y\nb: 1\n", [("#0/b",)], "value changed"),
]


@pytest.mark.parametrize(("before", "after", "allowed", "reason"), BAD)
def test_refused(before: str, after: str, allowed: list[Address], reason: str) -> None:
    found = verify(Source("f", before), after, allowed)
    assert found is not None
    assert reason in found


GOOD: list[tuple[str, str, list[Address]]] = [
    ("a: 1\n", "a: 1\n", []),
    ("a: x\n", "a: 'x'\n", []),
    ("a: 1\nb: 2\n", "a: {x: 1}\nb: 2\n", [("#0/a",)]),
    ("a: 1\n", "a: 1\nb: 2\n", [("#0/b",)]),
    ("a: 1 # c\nb: 2\n", "b: 2\n", [("#0/a",)]),
    ("a: [1, 2]\n", "a: [1, 2, 3]\n", [("#0/a/-",)]),
    ("a: [1, 2]\n", "a: [2]\n", [("#0/a/0",)]),
    ("", "a: 1\n", [("#0",)]),
    ("a/b: 1\n", "a/b: 2\n", [("#0/a~1b",)]),
    ("---\na: 1\n---\nb: 1\n", "---\na: 1\n---\nb: 2\n", [("#1/b",)]),
    ("v: |\n  a: 1\n  b: 2\n", "v: |\n  a: 2\n  b: 2\n", [("#0/v", "#0/a")]),
    ("a: [\n", "a: [\n", []),
    ("a: &x {k: 1}\nb: *x\nc: 1\n", "a: &x {k: 1}\nb: *x\nc: 2\n", [("#0/c",)]),
]


@pytest.mark.parametrize(("before", "after", "allowed"), GOOD)
def test_accepted(before: str, after: str, allowed: list[Address]) -> None:
    assert verify(Source("f", before), after, allowed) is None


def test_deep_files_need_no_recursion() -> None:
    text = "a: " + "[" * 900 + "]" * 900 + "\nb: 1\n"
    assert verify(Source("f", text), text.replace("b: 1", "b: 2"), [("#0/b",)]) is None
    assert verify(Source("f", text), text.replace("b: 1", "b: 2"), []) is not None
