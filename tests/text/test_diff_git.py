"""Diffs: Git itself must take them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gitops_tls.text.diff import unified

LONG = "".join(f"line {number}\n" for number in range(60))
CASES = [
    ("a: 1\nb: 2\n", "a: 1\nb: 3\n"),
    ("a: 1\nb: 2", "a: 1\nb: 3"),
    ("a: 1\nb: 2", "a: 1\nb: 2\nc: 3"),
    ("a: 1", "a: 1\n"),
    ("a: 1\r\nb: 2\r\n", "a: 1\r\nb: 3\r\n"),
    ("a: 1\rb: 2\r", "a: 1\rb: 3\r"),
    ("", "a: 1\n"),
    ("a: 1\n", ""),
    (LONG, LONG.replace("line 3\n", "").replace("line 30\n", "line 30\nmore\n").replace("line 59\n", "end")),
    (LONG, "new\n" + LONG),
    (LONG, LONG + "new\n"),
    ("é: \u2028x\ny\n", "é: \u2028z\ny\n"),
]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("name", ["f.yaml", "a dir/ü f.yaml", 'q"t\t.yaml'])
@pytest.mark.parametrize(("before", "after"), CASES)
@pytest.mark.parametrize("bom", [False, True])
def test_git_applies_it(tmp_path: Path, name: str, before: str, after: str, bom: bool) -> None:
    mark = "\ufeff" if bom else ""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((mark + before).encode())
    diff = unified(name, before, after, bom=bom)
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    done = subprocess.run(command, input=diff.encode(), cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode() + diff
    assert path.read_bytes() == (mark + after).encode()


def test_shape() -> None:
    assert unified("x", "a\n", "a\n") == ""
    assert unified("x", "a\nb", "a\nc\n") == "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"
