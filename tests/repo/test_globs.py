"""Path patterns mean what they mean in .gitignore."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_tls.repo.globs import matcher

CASES = [
    ("vendor/**", ["vendor/a", "vendor/a/b.yaml"], ["vendor", "x/vendor/a"]),
    ("*.yaml", ["a.yaml", "b/c.yaml", "x.yaml/inner"], ["a.yml", "yaml"]),
    ("legacy/", ["legacy/a", "x/legacy/b/c"], ["legacy", "legacy2/a"]),
    ("/top.yaml", ["top.yaml"], ["a/top.yaml"]),
    ("a/b", ["a/b", "a/b/c"], ["x/a/b"]),
    ("**/b", ["b", "a/b", "a/x/b/c"], ["ab"]),
    ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
    ("a*b", ["ab", "axxb", "d/a.b"], ["a/b"]),
    ("a/*", ["a/b", "a/b/c"], ["a", "b/a/c"]),
    ("?.yaml", ["a.yaml"], ["ab.yaml", ".yaml"]),
    ("[a-c]x", ["ax", "d/cx"], ["dx"]),
    ("[!a]x", ["bx"], ["ax"]),
    ("[[:digit:]]", ["7"], ["x"]),
    ("a[", [], ["a[", "a"]),
    ("a\\", [], ["a\\", "a"]),
    ("\\!a", ["!a"], ["a"]),
    ("\\#a", ["#a"], []),
    ("# comment", [], ["# comment"]),
    ("", [], ["a"]),
    ("/", [], ["a"]),
    ("a  ", ["a"], ["a  "]),
    ("a\\ ", ["a "], ["a"]),
    ("**", ["a", "a/b"], []),
    ("a.b", ["a.b"], ["axb"]),
]


@pytest.mark.parametrize("pattern, inside, outside", CASES)
def test_patterns(pattern: str, inside: list[str], outside: list[str]) -> None:
    matches = matcher([pattern])
    assert [path for path in inside if not matches(path)] == []
    assert [path for path in outside if matches(path)] == []


def test_the_last_pattern_decides_unless_a_folder_above_is_covered() -> None:
    matches = matcher(["*.yaml", "!keep.yaml", "dir/", "!dir/keep.yaml"])
    assert not matches("keep.yaml")
    assert matches("other.yaml")
    assert matches("dir/keep.yaml")


def test_no_pattern_matches_nothing() -> None:
    assert not matcher([])("a")


PATTERN = st.text(alphabet="ab/*?[]!-^\\. #", max_size=8).filter(lambda text: "\n" not in text)
PATH = st.lists(st.text(alphabet="ab.!#[]-", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ignore")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True, env={"PATH": os.environ["PATH"]})
    return root


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(patterns=st.lists(PATTERN, min_size=1, max_size=4), paths=st.lists(PATH, min_size=1, max_size=12, unique=True))
def test_as_git_decides(repository: Path, patterns: list[str], paths: list[str]) -> None:
    paths = [path for path in paths if not any(part in (".", "..", ".git") for part in path.split("/"))]
    (repository / ".gitignore").write_text("".join(pattern + "\n" for pattern in patterns))
    asked = "\0".join(paths).encode()
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=repository,
        input=asked,
        capture_output=True,
        check=False,
        env=environment,
    )
    assert done.returncode in (0, 1), done.stderr
    ignored = {path for path in done.stdout.decode().split("\0") if path}
    matches = matcher(patterns)
    assert {path for path in paths if matches(path)} == ignored
