"""Aliases: a name may be given to another node further down, and each alias means the nearest one before it."""

from __future__ import annotations

import pytest

from gitops_tls.text.source import Source
from gitops_tls.yamldoc.node import Node
from gitops_tls.yamldoc.parse import parse


def root(text: str) -> Node:
    parsed = parse(Source.from_bytes("x.yaml", text.encode()))
    assert parsed.problem is None
    node = parsed.documents[0].root
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("text", "keys", "value"),
    [
        ("a: &x 1\nb: *x\nc: &x 2\nd: *x\n", ("b",), "1"),
        ("a: &x 1\nb: *x\nc: &x 2\nd: *x\n", ("d",), "2"),
        ("- {k: &n a, v: *n}\n- {k: &n b, v: *n}\n", (0, "v"), "a"),
        ("- {k: &n a, v: *n}\n- {k: &n b, v: *n}\n", (1, "v"), "b"),
        ("a: &x {k: 1}\nb: {<<: *x}\nc: &x {k: 2}\n", ("b", "k"), "1"),
    ],
)
def test_the_nearest_anchor_before_an_alias_counts(text: str, keys: tuple[str | int, ...], value: str) -> None:
    assert root(text).text(*keys) == value


def test_an_alias_of_the_mapping_around_it_is_that_mapping() -> None:
    top = root("&a\nb: *a\nc: 1\n")
    assert top.text("b", "b", "b", "c") == "1"
