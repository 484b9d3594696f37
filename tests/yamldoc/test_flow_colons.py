"""Plain scalars with colons in flow style, as yaml.v2 reads them (measured on a real Milvus 2.3.5)."""

from __future__ import annotations

import pytest

from gitops_tls.text.source import Source
from gitops_tls.yamldoc.parse import parse


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("{a: http://x:80/y, b: 1}", ["http://x:80/y", "1"]),
        ("a: {b: 1:00}\nc: d", ["1:00", "d"]),
        ("[file:///x, 'q:r', é://ü]", ["file:///x", "q:r", "é://ü"]),
        ('{"a":1, b: c:d}', ["1", "c:d"]),
    ],
)
def test_colon_in_a_flow_scalar(text: str, values: list[str]) -> None:
    parsed = parse(Source.from_bytes("x.yaml", text.encode()))
    assert parsed.problem is None
    root = parsed.documents[0].root
    assert root is not None
    leaves = [node for node in root.walk() if node.kind == "scalar" and node.value in values]
    assert [node.value for node in leaves] == values
    for node in leaves:
        assert node.raw.strip("'\"") == node.value


def test_other_problems_stay() -> None:
    parsed = parse(Source.from_bytes("x.yaml", b"{a: http://x\n"))
    assert parsed.problem is not None
    assert parsed.problem.message != "found unexpected ':'"
