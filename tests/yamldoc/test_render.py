"""Rendered text reads as the same value for YAML 1.1 and YAML 1.2 readers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gitops_tls.yamldoc.render import flow_text, mapping_lines, plain_is_string, scalar_text, sequence_lines

yaml11 = pytest.importorskip("yaml")

SPECIAL = st.sampled_from(
    """
    yes no on off y n Y N true False null ~ NULL 1 0x1F 0o17 017 0b1 1_000 1e3 1.5 .5 -.5 +1 .inf -.INF .nan 1:30 190:20:30
    2001-12-14 2001-12-14T21:59:43Z = << - ? : -x ?x :x x: x# #x *x &x !x |x >x %x @x `x 'x "x {x [x x, 8080:8080 22:22
    --- ... ---x v2.6.20 2.6.20 10.0.0.1 a:b http://x/y 0 00 0x +.inf inf nan 0x1p-2 1__ _1 1e+3 1.e3
    """.split()  # noqa: SIM905
)
STRINGS = st.one_of(
    SPECIAL, st.text(max_size=12), st.text(" \t\n#:-,[]{}'\"\\x1", max_size=8), st.text("0123456789.eE+-_:xob", max_size=7)
)
VALUES = st.recursive(
    st.one_of(STRINGS, st.integers(-99, 99), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(STRINGS, inner, max_size=3)),
    max_leaves=8,
)


def read(text: str) -> tuple[Any, Any]:
    return yaml11.safe_load(text), YAML(typ="safe", pure=True).load(text)


@given(STRINGS, st.sampled_from([None, "'", '"']))
def test_strings_stay_strings(value: str, quote: str | None) -> None:
    for text in (scalar_text(value, quote=quote), scalar_text(value, quote=quote, flow=True)):
        assert read(f"[{text}]" if text != scalar_text(value, quote=quote) else f"a: {text}") in (
            ([value], [value]),
            ({"a": value}, {"a": value}),
        )
    assert read(f"{{k: {scalar_text(value, quote=quote, flow=True)}}}") == ({"k": value}, {"k": value})


@given(VALUES, st.sampled_from([2, 4]), st.sampled_from([0, 2]))
def test_values_survive(value: Any, step: int, dash: int) -> None:
    assert read(f"a: {flow_text(value)}") == ({"a": value}, {"a": value})
    assert read(flow_text([value], json=True)) == ([value], [value])
    text = "\n".join(mapping_lines({"k": value, "end": 1}, step=step, dash=dash)) + "\n"
    assert read(text) == ({"k": value, "end": 1}, {"k": value, "end": 1}), text
    text = "\n".join(sequence_lines([value, {"x": value}, [value]], step=step, dash=dash)) + "\n"
    assert read(text) == ([value, {"x": value}, [value]], [value, {"x": value}, [value]]), text


@pytest.mark.parametrize(
    "text", ["x", "/milvus/tls", "v2.6.20", "2.6.20", "10.0.0.1", "a b", "8080:8080", "ü", "a-b_c", "http://x"]
)
def test_no_needless_quotes(text: str) -> None:
    assert scalar_text(text) == text


@pytest.mark.parametrize(
    "text", ["yes", "No", "ON", "y", "0x1f", "017", "1e3", "1:30", "~", "", "2001-01-01", "1_0", ".5", "0o7"]
)
def test_not_strings(text: str) -> None:
    assert not plain_is_string(text)
