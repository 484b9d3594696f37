"""The text for people: marks under the very characters, whatever the line holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.findings import Finding, Label, Skip
from gitops_tls.formats import View, names
from gitops_tls.formats._closing import reasons
from gitops_tls.formats._printable import columns
from gitops_tls.formats._snippet import WIDTH, Snippets
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace


def shown(text: str, low: int, high: int, path: str = "a.yaml") -> tuple[str, str]:
    line = Snippets(Workspace(MemoryFiles({path: text.encode()}))).line(Label(path, 1, low + 1, 1, high + 1))
    assert line is not None
    return line.text, " " * line.before + "^" * line.marked


@pytest.mark.parametrize(
    ("text", "mark", "expected", "carets"),
    [
        ("tlsMode: true # x", "true", "tlsMode: true # x", "         ^^^^"),
        ("\ttlsMode: true", "true", "    tlsMode: true", "             ^^^^"),
        ("名前: true", "true", "名前: true", "      ^^^^"),
        ("a: 値段", "値段", "a: 値段", "   ^^^^"),
        ("e\u0301: true", "true", "e\u0301: true", "   ^^^^"),
        ("a: \x1b[31mred", "red", "a: \ufffd[31mred", "        ^^^"),
        ("password: hunter2", "hunter2", "password: …", "          ^"),
        ("a: ", "", "a:", "   ^"),
    ],
)
def test_marks(text, mark, expected, carets):
    low = text.rindex(mark) if mark else len(text)
    assert shown(text, low, low + len(mark)) == (expected, carets)


@given(st.text(alphabet="ab 値\t", max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_long_lines_are_cut_around_the_mark(text, one, other):
    line = "x" + text + "MARK" + text[::-1] + "y"
    low = 1 + len(text)
    quoted, carets = shown(line, low, low + 4)
    assert columns(quoted) <= WIDTH
    before = columns(quoted.partition("MARK")[0])
    assert "MARK" in quoted
    assert carets == " " * before + "^^^^"


def test_skips_are_counted_by_reason():
    skips = [Skip("a", "Helm template"), Skip("b", "Helm template"), Skip("c", "encrypted"), Skip("d", "larger than 5 MB")]
    assert reasons(skips) == "2 Helm templates, 1 encrypted, 1 larger than 5 MB"


def test_the_formats_are_known_by_their_files():
    assert {"text", "concise", "json", "sarif", "github"} <= names()
    assert "mask" not in names()


USER = "common:\n  security:\n    tlsMode: true   # mutual\n"
COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
"""

TEXT = """error[GT101] tls-mode-invalid: tlsMode `true` is read as 0, so Milvus starts in plaintext
 --> user.yaml:3:14
  |
3 |     tlsMode: true   # mutual
  |              ^^^^ write 1 (one-way) or 2 (mutual)
"""


def test_a_finding_as_text(repository, tool):
    repository({"user.yaml": USER, "docker-compose.yml": COMPOSE})
    result = tool("check", "--select", "GT101")
    assert result.out.startswith(TEXT)
    assert "\n ::: docker-compose.yml:6:9\n" in result.out
    assert "\n  = help: gitops-tls explain GT101\n" in result.out
    assert "Checked 2 files, 1 deployment in " in result.out.splitlines()[-1]
    assert tool("check", "--select", "GT101", "--quiet").out.endswith("explain GT101\n")


def test_colour_carries_no_more_than_the_words(repository, tool):
    repository({"user.yaml": USER})
    import re

    from gitops_tls.commands._session import open_session
    from gitops_tls.formats import text

    session = open_session({}, names())
    report = session.analyse()
    plain = text.check(report, View())
    assert re.sub(r"\x1b\[[0-9;]*m", "", text.check(report, View(color=True))) == plain
    assert "\x1b" not in plain


def test_a_finding_without_a_file_has_a_place_all_the_same():
    finding = Finding("GT904", "internal-error", "error", "m", Label(".", 1, 1, 1, 1, "please report it"))
    assert Snippets(Workspace(MemoryFiles({}))).line(finding.where) is None
