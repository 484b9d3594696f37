"""The atomic writer: old or new, never a mixture, and nothing left behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitops_tls.errors import NotWritten
from gitops_tls.text import write
from gitops_tls.text.write import Change, write_all, write_atomic


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_content_changes_and_mode_stays(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomic(str(tmp_path), "f.yaml", b"new\r\n", b"old")
    assert path.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(tmp_path) == ["f.yaml"]


def test_works_without_unnamed_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    (tmp_path / "f").write_bytes(b"old")
    write_atomic(str(tmp_path), "f", b"new", b"old")
    assert (tmp_path / "f").read_bytes() == b"new"
    assert names(tmp_path) == ["f"]


def test_changed_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"theirs")
    with pytest.raises(NotWritten, match="changed"):
        write_atomic(str(tmp_path), "f", b"new", b"old")
    assert (tmp_path / "f").read_bytes() == b"theirs"
    assert names(tmp_path) == ["f"]


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (tmp_path / "outside").write_bytes(b"old")
    (root / "real").write_bytes(b"old")
    (root / "in").symlink_to("real")
    (root / "out").symlink_to("../outside")
    write_atomic(str(root), "in", b"new", b"old")
    assert (root / "real").read_bytes() == b"new"
    assert (root / "in").is_symlink()
    for path in ("out", "../outside", "."):
        with pytest.raises(NotWritten):
            write_atomic(str(root), path, b"new", b"old")
    assert (tmp_path / "outside").read_bytes() == b"old"


def test_many_files_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "_UNNAMED", 2)
    for number in range(5):
        (tmp_path / str(number)).write_bytes(b"old")
    write_all(str(tmp_path), {str(number): Change(b"new", b"old") for number in range(5)})
    assert names(tmp_path) == ["0", "1", "2", "3", "4"]
    assert all((tmp_path / str(number)).read_bytes() == b"new" for number in range(5))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="cannot be read"):
        write_atomic(str(tmp_path), "f", b"new", b"")
    assert names(tmp_path) == []


def test_all_or_none_where_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").write_bytes(b"theirs")
    with pytest.raises(NotWritten):
        write_all(str(tmp_path), {"a": Change(b"new", b"old"), "b": Change(b"new", b"old")})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"old")
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(NotWritten, match="permission denied"):
            write_atomic(str(tmp_path), "f", b"new", b"old")
    finally:
        tmp_path.chmod(0o755)
    assert names(tmp_path) == ["f"]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("step", ["fsync", "replace", "write", "link"])
def test_a_failing_step_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, named: bool) -> None:
    if named:
        if step == "link":
            pytest.skip("nothing is linked")
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    (tmp_path / "f").write_bytes(b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write.os, step, fail)
    with pytest.raises(NotWritten, match="no space left"):
        write_atomic(str(tmp_path), "f", b"new", b"old")
    assert (tmp_path / "f").read_bytes() == b"old"
    assert names(tmp_path) == ["f"]


KILLED = """
import sys
from gitops_tls.text.write import write_atomic
root, size = sys.argv[1], 300_000
old, new = b"a" * size, b"b" * size
print("ready", flush=True)
while True:
    write_atomic(root, "f", new, old)
    old, new = new, old
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_kill_leaves_old_or_new(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for pause in (0.005, 0.011, 0.023, 0.03):
        path.write_bytes(b"a" * 300_000)
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.kill()
        process.wait()
        process.stdout.close()
        assert path.read_bytes() in (b"a" * 300_000, b"b" * 300_000)
