"""Substitution of variables in Compose files, and files of variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.systems.compose.dotenv import Environment, parse_dotenv
from gitops_tls.systems.compose.interpolate import MARK, Interpolated, interpolate
from gitops_tls.systems.compose.scalars import scalar_text

VALUES = {"A": Interpolated("a"), "EMPTY": Interpolated(""), "HALF": Interpolated("x", ("SHELL",))}


@pytest.mark.parametrize(
    ("template", "text", "unknown"),
    [
        ("plain", "plain", ()),
        ("$A", "a", ()),
        ("${A}", "a", ()),
        ("x$A/y", "xa/y", ()),
        ("$A$A", "aa", ()),
        ("$AB", "", ("AB",)),
        ("${A}B", "aB", ()),
        ("$$A", "$A", ()),
        ("$$$A", "$a", ()),
        ("$$$$", "$$", ()),
        ("$${A}", "${A}", ()),
        ("cost: 5$", "cost: 5$", ()),
        ("$1", "$1", ()),
        ("$ A", "$ A", ()),
        ("$-", "$-", ()),
        ("$NONE", "", ("NONE",)),
        ("${NONE}-${NONE}", "-", ("NONE",)),
        ("${NONE:-d}", "d", ()),
        ("${NONE-d}", "d", ()),
        ("${EMPTY:-d}", "d", ()),
        ("${EMPTY-d}", "", ()),
        ("${A:-d}", "a", ()),
        ("${NONE:-}", "", ()),
        ("${NONE:-a:b-c?d}", "a:b-c?d", ()),
        ("${NONE:-${A}}", "a", ()),
        ("${NONE:-${OTHER:-deep}}/x", "deep/x", ()),
        ("${NONE:-${OTHER}}", "", ("OTHER",)),
        ("${NONE:-$A}", "a", ()),
        ("${NONE:-$$}", "$", ()),
        ("${A:+r}", "r", ()),
        ("${EMPTY:+r}", "", ()),
        ("${EMPTY+r}", "r", ()),
        ("${NONE:+r}", "", ("NONE",)),
        ("${A:+${NONE:-n}}", "n", ()),
        ("${A:?why}", "a", ()),
        ("${A?why}", "a", ()),
        ("${EMPTY?why}", "", ()),
        ("${NONE:?set it}", None, ("NONE",)),
        ("${NONE?}", None, ("NONE",)),
        ("${HALF}", "x", ("SHELL",)),
        ("${HALF:-d}", "x", ("SHELL",)),
        ("${DOCKER_VOLUME_DIRECTORY:-.}/volumes/milvus:/var/lib/milvus", "./volumes/milvus:/var/lib/milvus", ()),
        ("{{.Names}}", "{{.Names}}", ()),
    ],
)
def test_interpolation(template: str, text: str | None, unknown: tuple[str, ...]) -> None:
    assert interpolate(template, VALUES.get) == Interpolated(text, unknown)


@pytest.mark.parametrize(
    "template", ["${", "${}", "${ }", "${ A}", "${A }", "${A!}", "${A", "${NONE:-${A}", "${1}", "${EMPTY:?must}", "${-x}"]
)
def test_refused(template: str) -> None:
    result = interpolate(template, VALUES.get)
    assert result.text is None
    assert result.problem


def test_marks_show_where_unknown_values_stand() -> None:
    assert interpolate("${X}/tls:${Y:?}:ro", VALUES.get, mark=MARK).text == f"{MARK}/tls:{MARK}:ro"


def test_very_deep_nesting_is_refused() -> None:
    assert interpolate("${A_:-" * 3000 + "x" + "}" * 3000, VALUES.get).problem


@given(st.text(alphabet="$${}}:-?+ABx_1 /.", max_size=60))
def test_interpolation_never_raises(template: str) -> None:
    result = interpolate(template, VALUES.get)
    assert result.text is not None or result.problem or ("?" in template and result.unknown)


@given(st.text(max_size=60))
def test_doubled_dollars_keep_any_text(text: str) -> None:
    assert interpolate(text.replace("$", "$$"), VALUES.get) == Interpolated(text)


@given(st.text(alphabet="ab:/-.", max_size=20), st.text(alphabet="ab:/-.?+", max_size=20))
def test_default_stands_for_a_missing_variable(before: str, default: str) -> None:
    assert interpolate(f"{before}${{NONE:-{default}}}", VALUES.get).known == before + default


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\n", {"A": "1"}),
        ("A=1", {"A": "1"}),
        ("A = 1 \r\nB: two\r\n", {"A": "1", "B": "two"}),
        ("export A=1", {"A": "1"}),
        ("# comment\n\n  # more\nA=1", {"A": "1"}),
        ("A=1 # why", {"A": "1"}),
        ("A=1#2", {"A": "1#2"}),
        ("A= # only a comment", {"A": ""}),
        ("A=", {"A": ""}),
        ("A='it is $B # x'", {"A": "it is $B # x"}),
        ('A="a\\nb"', {"A": "a\nb"}),
        ('A="a \\"q\\" \\$B"', {"A": 'a "q" $B'}),
        ('A="two\nlines"\nB=2', {"A": "two\nlines", "B": "2"}),
        ("A=1\nB=${A}0", {"A": "1", "B": "10"}),
        ("A=${OUT}", {"A": "outer"}),
        ("A=${NONE:-d}", {"A": "d"}),
        ("A=${NONE}", {"A": None}),
        ("A='1' # why", {"A": "1"}),
        ("A=x=y", {"A": "x=y"}),
        ("A=1\nA=2", {"A": "2"}),
        ("OUT\nA=1", {"OUT": "outer", "A": "1"}),
    ],
)
def test_dotenv(text: str, expected: dict[str, str | None]) -> None:
    read = parse_dotenv(text, {"OUT": Interpolated("outer")}.get)
    assert not read.problem
    assert {entry.name: entry.value.known for entry in read.entries} == expected


def test_dotenv_places_and_raw() -> None:
    text = "A=1\nB='x y' # z\n"
    places = [text[entry.start : entry.end] for entry in parse_dotenv(text, lambda _: None).entries]
    assert places == ["1", "'x y'"]
    raw = parse_dotenv(text, lambda _: None, raw=True)
    assert [entry.value.text for entry in raw.entries] == ["1", "'x y' # z"]


@pytest.mark.parametrize("text", ["A='open", "A B=1", "%=1", 'A="x\nB=1'])
def test_dotenv_problems(text: str) -> None:
    assert parse_dotenv(text, lambda _: None).problem


@given(st.text(alphabet="AB=:'\"\\$# \n\t{}-", max_size=60), st.booleans())
def test_dotenv_never_raises(text: str, raw: bool) -> None:
    for entry in parse_dotenv(text, lambda _: None, raw=raw).entries:
        assert 0 <= entry.start <= entry.end <= len(text)


def test_the_including_project_wins() -> None:
    parent = Environment(parse_dotenv("A=1", lambda _: None).entries)
    child = Environment(parse_dotenv("A=2\nB=3", lambda _: None).entries, parent)
    assert (child.lookup("A"), child.lookup("B"), child.lookup("C")) == (Interpolated("1"), Interpolated("3"), None)


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        ("1", "1"), ("+1", "1"), ("-0", "0"), ("0x10", "16"), ("010", "8"), ("0o10", "8"), ("08", "08"), ("0b11", "3"), ("1_000", "1000"),
        ("1.0", "1"), ("1.50", "1.5"), ("1e3", "1000"), ("1e21", "1e+21"), ("1e-7", "1e-07"), (".5", "0.5"), ("1.2.3", "1.2.3"),
        ("true", "true"), ("True", "true"), ("yes", "yes"), ("on", "on"), ("v2.6.20", "v2.6.20"), ("19530:19530", "19530:19530"),
        ("99999999999999999999", "99999999999999999999"), ("_", "_"), ("-", "-"), ("0x", "0x"), (".", "."),
    ],
)  # fmt: skip
def test_scalars_as_go_prints_them(plain: str, text: str) -> None:
    assert scalar_text(plain) == text


@given(st.text(alphabet="0123456789+-._xobeE", max_size=50))
def test_scalars_never_raise(plain: str) -> None:
    assert isinstance(scalar_text(plain), str)
