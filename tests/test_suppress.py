"""Comments that silence rules: where they count, what they silence, and what is told of those that silence nothing."""

from __future__ import annotations

import pytest

from gitops_tls import suppress
from gitops_tls.config import Config, IgnoreEntry
from gitops_tls.findings import Finding, Label
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace


def ignores(text: str | bytes, path: str = "a.yaml") -> list[suppress.Ignore]:
    data = text.encode() if isinstance(text, str) else text
    return suppress.inline(Workspace(MemoryFiles({path: data})), path)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: 1 # gitops-tls: ignore[GT101]\n", [1]),
        ("a: 1  #gitops-tls:ignore[GT101] because\n", [1]),
        ("# gitops-tls: ignore[GT101]\na: 1\n", [2]),
        ("a:\n  # gitops-tls: ignore[GT101] why\n  b: 1\n", [3]),
        ("# gitops-tls: ignore[GT101]\n# gitops-tls: ignore[GT102]\n# more\na: 1\n", [4, 4]),
        ("a: 1 # mutual # gitops-tls: ignore[GT101]\n", [1]),
        ("a: '# gitops-tls: ignore[GT101]'\n", []),
        ('a: "x # gitops-tls: ignore[GT101]"\n', []),
        ("a: x\n  y# gitops-tls: ignore[GT101]\n", []),
        ("a: |\n  text # gitops-tls: ignore[GT101]\n", []),
        ("a: >\n  b: 1 # gitops-tls: ignore[GT101]\n", []),
        ("a: | # gitops-tls: ignore[GT101]\n  text\n", [1]),
        ("a: |\n  b: 1 # gitops-tls: ignore[GT101]\n", [2]),
        ("a: |\n  # gitops-tls: ignore[GT101]\n  b: 1\n", [3]),
        ("a: |\n  b: |\n    c: 1 # gitops-tls: ignore[GT101]\n", [3]),
        ("a: |\n  b: '# gitops-tls: ignore[GT101]'\n", []),
        ("a: |\n  b: 1\n# gitops-tls: ignore[GT101]\nc: 1\n", [4]),
        ("a: [1, # gitops-tls: ignore[GT101]\n 2]\n", [1]),
        ("a: 1 # ignore[GT101]\n", []),
        ("a: 1\r\nb: 2 # gitops-tls: ignore[GT101]\r\n", [2]),
        ("a: 1\n---\nb: 2 # gitops-tls: ignore[GT101]\n", [3]),
        ("a: [ # gitops-tls: ignore[GT101]\n", [1]),
        ("a: &x 1 # gitops-tls: ignore[GT101]\nb: *x\n", [1]),
    ],
)
def test_only_comments_count(text, lines):
    assert [ignore.line for ignore in ignores(text)] == lines


def test_a_file_in_utf_16_and_a_file_that_is_no_yaml():
    text = "a: 1 # gitops-tls: ignore[GT101]\n"
    assert [ignore.line for ignore in ignores(b"\xff\xfe" + text.encode("utf-16-le"))] == [1]
    assert ignores(text, "a.txt") == []


def finding(rule: str, line: int, path: str = "a.yaml") -> Finding:
    return Finding(rule, "x", "error", "m", Label(path, line, 1, line, 2))


@pytest.mark.parametrize(
    ("selector", "rule", "silenced"),
    [
        ("GT101", "GT101", True),
        ("gt101", "GT101", True),
        ("GT1", "GT101", True),
        ("GT", "GT101", True),
        ("tls-mode-invalid", "GT101", True),
        ("GT102, GT101", "GT101", True),
        ("GT102", "GT101", False),
        ("GT2, nonsense", "GT101", False),
    ],
)
def test_selectors(selector, rule, silenced):
    workspace = Workspace(MemoryFiles({"a.yaml": f"a: 1 # gitops-tls: ignore[{selector}]\nb: 1\n".encode()}))
    outcome = suppress.apply([finding(rule, 1), finding(rule, 2)], workspace, ["a.yaml"], Config(), {"GT101", "GT102"})
    assert len(outcome.kept) == (1 if silenced else 2)
    assert outcome.suppressed == (1 if silenced else 0)


def unused(text: str, ran: set[str], *findings: Finding) -> list[list[str]]:
    workspace = Workspace(MemoryFiles({"a.yaml": text.encode()}))
    outcome = suppress.apply(findings, workspace, ["a.yaml"], Config(), ran)
    return [[word.text for word in entry.words] for entry in outcome.unused]


def test_only_ignores_of_rules_that_ran_are_unused():
    text = "a: 1 # gitops-tls: ignore[GT101, GT102]\n"
    assert unused(text, {"GT101", "GT102"}) == [["GT101", "GT102"]]
    assert unused(text, {"GT101"}) == [["GT101"]]
    assert unused(text, set()) == []
    assert unused(text, {"GT101", "GT102"}, finding("GT102", 1)) == [["GT101"]]
    assert unused(text, {"GT101", "GT102"}, finding("GT101", 1), finding("GT102", 1)) == []


def test_an_ignore_of_no_rule_is_always_unused():
    assert unused("a: 1 # gitops-tls: ignore[]\n", set()) == [[]]
    assert unused("a: 1 # gitops-tls: ignore[GT777]\n", set()) == [["GT777"]]


def test_the_configuration_silences_by_path():
    workspace = Workspace(MemoryFiles({}))
    config = Config(ignore=(IgnoreEntry("legacy/**", ("GT302",)),))
    found = [finding("GT302", 1, "legacy/a.yaml"), finding("GT302", 1, "new/a.yaml"), finding("GT301", 1, "legacy/a.yaml")]
    outcome = suppress.apply(found, workspace, [], config, {"GT302"})
    assert outcome.kept == found[1:]
    assert outcome.suppressed == 1


COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes: ["./user.yaml:/milvus/configs/user.yaml"]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1  # gitops-tls: ignore[GT102] why\nb: 2\n", "a: 1\nb: 2\n"),
        ("a: 1\n  # gitops-tls: ignore[GT102]\nb: 2\n", "a: 1\nb: 2\n"),
        ("a: 1 # keep # gitops-tls: ignore[GT102]\n", "a: 1 # keep\n"),
        ("a: 1\r\n# gitops-tls: ignore[GT102]\r\nb: 1\r\n", "a: 1\r\nb: 1\r\n"),
        ("a: 1 # gitops-tls: ignore[GT102]", "a: 1"),
        ("a: 1\n# gitops-tls: ignore[GT102]", "a: 1\n"),
        ("a: |\n  b: 1 # gitops-tls: ignore[GT102]\n  c: 2\n", "a: |\n  b: 1\n  c: 2\n"),
        (
            "common:\n  security:\n    tlsMode: yes # gitops-tls: ignore[GT102, GT101, GT777] why\n",
            "common:\n  security:\n    tlsMode: yes # gitops-tls: ignore[GT101] why\n",
        ),
    ],
)
def test_fix_removes_what_silences_nothing(repository, tool, before, after):
    root = repository({"docker-compose.yml": COMPOSE, "user.yaml": before})
    result = tool("check", "--format", "json", "--select", "GT101,GT102,GT901")
    assert [f["rule"] for f in result.json["findings"]] == ["GT901"]
    assert result.code == 0
    assert tool("fix", "--select", "GT101,GT102,GT901").code == 0
    assert (root / "user.yaml").read_bytes().decode() == after
    assert tool("check", "--format", "json", "--select", "GT101,GT102,GT901").rules == []


def test_an_unused_ignore_can_itself_be_silenced(repository, tool):
    repository({"a.yaml": "a: 1 # gitops-tls: ignore[GT101, GT901]\n"})
    result = tool("check", "--format", "json")
    assert result.json["findings"] == []
    assert result.json["summary"]["suppressed"] == 1
