"""The fast parser and typer, both made from one table, understand the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls import cli, fast, rules
from gitops_tls.options import COMMANDS, FLAG, READERS, defaults, of

WORDS = st.sampled_from(["a", "prod/user.yaml", "-", "x=y", "", "GT101,GT2", "json=out.json", "ä ö", ".."])
ODD = st.sampled_from(["--", "-x", "-h", "--help", "--formt", "--no-colour", "--quiet=1", "--select", "-q", "--diff", "-1"])


@st.composite
def arguments(draw: st.DrawFn) -> list[str]:
    command = draw(st.sampled_from(READERS))
    words: list[str] = []
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.integers(0, 9))
        if kind == 0:
            words.append(draw(ODD))
        elif kind < 4:
            words.append(draw(WORDS))
        else:
            option = draw(st.sampled_from(of(command)))
            if option.kind == FLAG:
                words.append(option.name)
            elif draw(st.booleans()):
                words.append(f"{option.name}={draw(WORDS)}")
            else:
                words += [option.name, draw(WORDS)]
    return [command, *words]


@settings(max_examples=150, deadline=None)
@given(arguments())
def test_both_parsers_give_the_same_values(words):
    plain = fast.parse(words)
    if plain is None:
        return
    seen: list[tuple[str, dict]] = []

    def run(command, values):
        seen.append((command, values))
        return 0

    assert cli.main(words, run) == 0
    assert seen == [plain]


@pytest.mark.parametrize(
    "words", [[], ["chek"], ["check", "--help"], ["check", "-q"], ["check", "--", "a"], ["check", "--format"], ["check", "--quiet=1"], ["rules"], ["check", "--select", "--quiet"]]
)  # fmt: skip
def test_what_is_not_plain_is_left_to_typer(words):
    assert fast.parse(words) is None


def test_every_command_has_a_module_and_help(tool):
    for command in COMMANDS:
        result = tool(*command.split(), "--help")
        assert result.code == 0
        for option in of(command):
            assert option.name in result.out
    assert defaults("check")["paths"] == ()


def test_without_a_command_the_help_is_shown(tool):
    result = tool()
    assert result.code == 2
    assert "check" in result.out


@pytest.mark.parametrize("words", [["--version"], ["--version", "check"]])
def test_the_version(tool, words):
    assert tool(*words).out.startswith("gitops-tls ")


def test_rules_are_listed_and_explained(tool):
    listed = tool("rules")
    assert listed.code == 0
    assert "GT901  unused-ignore" in listed.out
    for selector in ("GT901", "unused-ignore", "gt901"):
        page = tool("explain", selector)
        assert page.code == 0
        assert page.out.startswith("GT901 unused-ignore (warning")
    assert "stand for certificates and keys" in " ".join(tool("explain", "GT301").out.split())
    assert "stand for certificates" not in tool("explain", "GT101").out
    assert tool("explain", "GT999").code == 2
    assert tool("explain").code == 2


def test_every_rule_has_a_page(tool):
    page = tool("explain", "GT")
    assert page.code == 0
    for rule_id, entry in rules.entries().items():
        assert f"{rule_id} {entry.name} (" in page.out
        card = rules.load(rule_id).RULE
        assert (card.id, card.name) == (rule_id, entry.name)


def test_schemas_are_listed_and_printed(tool):
    names = tool("schema").out.split()
    assert "milvus" in names
    assert tool("schema", "milvus").out.startswith("{")
    assert tool("schema", "milvs").err.endswith("help: did you mean `milvus`?\n")
