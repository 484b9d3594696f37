"""Merging values files: Helm's result, and the place each value came from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.text.source import Source
from gitops_tls.yamldoc.merge import Value, from_node, merge_all, merge_helm
from gitops_tls.yamldoc.node import MAPPING, SCALAR, SEQUENCE
from gitops_tls.yamldoc.parse import parse


def value(text: str, path: str = "values.yaml") -> Value:
    parsed = parse(Source(path, text))
    assert parsed.problem is None, parsed.problem
    root = parsed.documents[0].root
    assert root is not None
    return from_node(root)


def plain(item: Value) -> Any:
    if item.kind == MAPPING:
        return {key: plain(child) for key, child in item.mapping.items()}
    if item.kind == SEQUENCE:
        return [plain(child) for child in item.items]
    return None if item.is_null else item.node.resolved().value


def helm(base: Any, over: Any) -> Any:
    """What Helm makes of two values files; nulls still in place."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = dict(base)
    for key, item in over.items():
        merged[key] = helm(merged[key], item) if key in merged else item
    return merged


def without_nulls(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: without_nulls(child) for key, child in item.items() if child is not None}
    return [without_nulls(child) for child in item] if isinstance(item, list) else item


KEYS = st.sampled_from(["a", "b", "c", "user.yaml", "d e"])
LEAVES = st.one_of(st.none(), st.sampled_from(["x", "y", "long text"]))
TREES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)), max_leaves=12
)
FILES = st.lists(st.dictionaries(KEYS, TREES, max_size=4), min_size=1, max_size=4)


def marked(item: Any, mark: str) -> Any:
    """Every text with the name of its file in it."""
    if isinstance(item, dict):
        return {key: marked(child, mark) for key, child in item.items()}
    if isinstance(item, list):
        return [marked(child, mark) for child in item]
    return f"{mark}:{item}" if item is not None else None


@given(FILES)
def test_merging_is_what_helm_does(files: list[dict[str, Any]]) -> None:
    merged = merge_all(value(json.dumps(file), f"{index}.yaml") for index, file in enumerate(files))
    expected: Any = files[0]
    for file in files[1:]:
        expected = helm(expected, file)
    assert merged is not None
    assert plain(merged) == without_nulls(expected)


@given(FILES)
def test_every_leaf_names_the_file_it_came_from(files: list[dict[str, Any]]) -> None:
    trees = [marked(file, str(index)) for index, file in enumerate(files)]
    merged = merge_all(value(json.dumps(tree), f"{index}.yaml") for index, tree in enumerate(trees))
    assert merged is not None
    stack = [merged]
    while stack:
        item = stack.pop()
        stack += [*item.mapping.values(), *item.items]
        if item.kind == SCALAR and not item.is_null:
            assert item.node.path == f"{item.node.value.split(':')[0]}.yaml"
        if item.key_node is not None and item.kind != MAPPING:
            assert item.key_node.path == item.node.path


@given(FILES)
def test_merging_is_associative(files: list[dict[str, Any]]) -> None:
    values = [value(json.dumps(file), f"{index}.yaml") for index, file in enumerate(files)]
    left = merge_all(values)
    right = values[-1]
    for one in reversed(values[:-1]):
        right = merge_helm(one, right)
    assert left is not None
    assert plain(left) == plain(right)


def test_what_a_value_hides() -> None:
    base, middle, last = value("v: [1]\nw: {a: 1}", "a"), value("v: [2]", "b"), value("v: null\nw: {b: 2}", "c")
    merged = merge_all([base, middle, last])
    assert merged is not None
    gone = merged.written("v")
    assert gone is not None
    assert gone.is_null
    assert [node.path for node in gone.overridden] == ["b", "a"]
    assert merged.get("v") is None
    assert merged.text("v") is None
    assert "v" not in merged.mapping
    both = merged.get("w")
    assert both is not None
    assert [node.path for node in both.nodes] == ["a", "c"]
    assert both.overridden == ()
    assert merged.text("w", "a") == "1"
    assert merged.text("w", "b") == "2"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["x: {p: 1}", "x: null", "x: {q: 2}"], {"x": {"q": "2"}}),
        (["x: {p: 1}", "x: 5"], {"x": "5"}),
        (["x: 5", "x: {p: 1}"], {"x": {"p": "1"}}),
        (["x: [1, 2]", "x: []"], {"x": []}),
        (["x: 1", "{}"], {"x": "1"}),
        (["x: 1", "null"], {"x": "1"}),
        (["x: 1\nx: 2"], {"x": "2"}),
        (["b: &b {p: 1}\nx: {<<: *b, q: 2}", "x: {p: 3}"], {"b": {"p": "1"}, "x": {"p": "3", "q": "2"}}),
        (["b: &b {p: 1}\nx: *b", "x: {q: 3}"], {"b": {"p": "1"}, "x": {"p": "1", "q": "3"}}),
    ],
)
def test_table(files: list[str], expected: Any) -> None:
    merged = merge_all(value(text, str(index)) for index, text in enumerate(files))
    assert merged is not None
    assert plain(merged) == expected


def test_nothing_gives_nothing() -> None:
    assert merge_all([]) is None


def test_aliases_deep_nesting_and_many_files_cost_nothing() -> None:
    bomb = "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{p: *a{i - 1}, q: *a{i - 1}}}\n" for i in range(1, 60))
    deep = "{d: " * 900 + "1" + "}" * 900
    merged = merge_helm(value(bomb), value(bomb))
    assert merged.text("a59", *"pq" * 29, "p", "x") == "1"
    both = merge_helm(value(deep), value(deep))
    assert both.text(*["d"] * 900) == "1"
    many = merge_all(value(f"k{i % 7}: {{n: {i}}}", str(i)) for i in range(2_000))
    assert many is not None
    assert many.text("k1", "n") == "1996"
