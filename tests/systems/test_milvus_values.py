"""Values as Milvus reads them. Expected texts: yaml.v2 2.4.0 + cast + strconv, run for the facts sheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.systems.milvus.values import atoi, parse_bool, setting_text
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.parse import parse


def read(value: str) -> str | None:
    parsed = parse(Source("x.yaml", f"k: {value}\n"))
    assert parsed.problem is None, parsed.problem
    root = parsed.documents[0].root
    assert root is not None
    return setting_text(root.pairs[0][1])


@pytest.mark.parametrize(
    ("written", "text", "number", "switch"),
    [
        ("1", "1", 1, True),
        ('"1"', "1", 1, True),
        ('" 1"', " 1", None, None),
        ("true", "true", None, True),
        ("yes", "true", None, True),
        ("on", "true", None, True),
        ("Y", "true", None, True),
        ('"yes"', "yes", None, None),
        ('"True"', "True", None, True),
        ("1.0", "1", 1, True),
        ('"1.0"', "1.0", None, None),
        ("2.0", "2", 2, None),
        ("1.5", "1.5", None, None),
        ("one", "one", None, None),
        ("01", "1", 1, True),
        ("0x2", "2", 2, None),
        ("0o14", "12", 12, None),
        ("010", "8", 8, None),
        ("08080", "8080", 8080, None),
        ("+1", "1", 1, True),
        ("1_0", "10", 10, None),
        ("1:0", "1:0", None, None),
        ("", "", None, None),
        ("~", "", None, None),
        ("[2]", "2", 2, None),
        ("[1, a]", "1,a", None, None),
        ("99999999999999999999", "100000000000000000000", None, None),
        ("-1", "-1", -1, None),
        ("!!str 1", "1", 1, True),
        ("off", "false", None, False),
        ("no", "false", None, False),
        ("2001-01-01", "2001-01-01", None, None),
        ("/certs/server.pem#x", "/certs/server.pem#x", None, None),
        ("1.3", "1.3", None, None),
        ("${CERTS}/a", "${CERTS}/a", None, None),
    ],
)
def test_value(written: str, text: str, number: int | None, switch: bool | None) -> None:
    assert read(written) == text
    assert atoi(text) == number
    assert parse_bool(text) is switch


def test_a_mapping_has_no_text() -> None:
    assert read("{a: 1}") is None


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_every_int64_survives(number: int) -> None:
    assert read(str(number)) == str(number)
    assert atoi(str(number)) == number


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30))
def test_a_double_quoted_text_is_never_converted(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if "\ufeff" in text or "\ufffe" in text or "\uffff" in text:
        return
    assert read(quoted) == text
