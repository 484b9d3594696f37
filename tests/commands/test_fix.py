"""``fix`` from end to end: what is written, what is not, and what is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gitops_tls import rules
from gitops_tls.findings import label
from gitops_tls.text.edits import Edit, Fix, Patch

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes: ["./user.yaml:/milvus/configs/user.yaml"]
"""
USER = "common:\r\n  security:\r\n    tlsMode: true   # mutual\r\n  # end"
FILES = {"a/docker-compose.yml": COMPOSE, "a/user.yaml": USER}


def test_an_unsafe_fix_waits_for_the_flag_and_touches_nothing_else(repository, tool):
    root = repository(FILES)
    before = (root / "a/user.yaml").read_bytes()
    assert tool("fix", "--select", "GT101").code == 1
    assert (root / "a/user.yaml").read_bytes() == before
    result = tool("fix", "--unsafe", "--select", "GT101")
    assert result.code == 0, result
    assert (root / "a/user.yaml").read_bytes() == before.replace(b"true", b"2")
    assert "a/user.yaml" in result.out
    assert "Fixed 1 finding in 1 file." in result.out
    assert tool("fix", "--unsafe", "--select", "GT101").out == "Nothing was changed. Nothing is left to fix.\n"


def test_diff_shows_and_writes_nothing(repository, tool):
    root = repository(FILES)
    before = (root / "a/user.yaml").read_bytes()
    result = tool("fix", "--diff", "--unsafe", "--select", "GT101")
    assert result.code == 1
    assert "+    tlsMode: 2   # mutual" in result.out
    assert (root / "a/user.yaml").read_bytes() == before
    assert tool("fix", "--diff", "--select", "GT901").code == 0


def test_paths_limit_what_may_change(repository, tool):
    root = repository(FILES)
    before = (root / "a/user.yaml").read_bytes()
    tool("fix", "--unsafe", "a/docker-compose.yml")
    assert (root / "a/user.yaml").read_bytes() == before
    tool("fix", "--unsafe", "a/user.yaml")
    assert (root / "a/user.yaml").read_bytes() != before


def test_standard_input_comes_out_fixed(repository, tool):
    repository({})
    user = USER.replace("\r\n", "\n")
    assert tool("fix", "--unsafe", "--select", "GT101", "-", stdin=user.encode()).out == user.replace("true", "2")


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch):
    """Let rule GT101 offer a fix of the test's making at every ``tlsMode``."""

    def plant(edit_of) -> None:
        module = rules.load("GT101")

        def check(facts) -> Iterator:
            for claim in facts.claims.of("settings"):
                node = claim.root.get("common", "security", "tlsMode") if claim.root else None
                if node is not None and node.value != "2":
                    start, end = node.file_span
                    text, allowed = edit_of(node)
                    fix = Fix("planted", True, Patch((Edit(node.path, start, end, text),), ((node.path, allowed),)))
                    yield module.RULE.at(label(node), "planted", fix=fix)

        monkeypatch.setattr(module, "check", check)

    return plant


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("2\r\n  added: 1", None),
        ("[", None),
        ("1", None),
        ("2", ("#0/other",)),
    ],
)
def test_a_fix_that_does_not_do_what_it_says_is_not_written(repository, tool, planted, text, allowed):
    root = repository(FILES)
    before = (root / "a/user.yaml").read_bytes()
    planted(lambda node: (text, allowed or node.address))
    result = tool("fix", "--select", "GT101")
    assert result.code == 3
    assert "not fixed: GT101 in a/user.yaml:3" in result.err
    assert (root / "a/user.yaml").read_bytes() == before


def test_rules_that_quarrel_come_to_an_end_and_write_nothing(repository, tool, planted, monkeypatch):
    root = repository(FILES)
    before = (root / "a/user.yaml").read_bytes()

    def other(node):
        return str(int(node.value) + 1) if node.value.isdigit() else "3", node.address

    counter = iter(range(1000))
    planted(other)
    module = rules.load("GT101")
    check = module.check

    def changing(facts):
        for finding in check(facts):
            yield finding._replace(message=f"planted {next(counter)}")

    monkeypatch.setattr(module, "check", changing)
    result = tool("fix", "--select", "GT101")
    assert result.code == 3
    assert "20 rounds" in result.err
    assert (root / "a/user.yaml").read_bytes() == before


def test_the_diff_hides_secrets(repository, tool):
    text = "apiVersion: v1\nkind: Secret\nstringData:\n  password: hunter2 # gitops-tls: ignore[GT101]\n"
    repository({"secret.yaml": text})
    result = tool("fix", "--diff", "--select", "GT101,GT901")
    assert "hunter2" not in result.out
    assert result.code == 1


def test_a_fix_after_which_a_rule_crashes_is_not_written(repository, tool, planted, monkeypatch):
    root = repository(FILES)
    before = (root / "a/user.yaml").read_bytes()
    planted(lambda node: ("2", node.address))

    def fragile(facts) -> Iterator:
        for claim in facts.claims.of("settings"):
            if claim.root.get("common", "security", "tlsMode").value == "2":
                raise ValueError
        return iter(())

    monkeypatch.setattr(rules.load("GT108"), "check", fragile)
    result = tool("fix", "--select", "GT101,GT108")
    assert result.code == 3
    assert "stopped with an error" in result.err
    assert (root / "a/user.yaml").read_bytes() == before
