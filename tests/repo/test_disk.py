"""Reading a repository from disk: nothing in it may block, crash or leave the repository."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from gitops_tls.repo.disk import MAX_BYTES, DiskFiles, find_root
from gitops_tls.repo.files import Unreadable
from gitops_tls.repo.workspace import Workspace


def git(folder: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q")
    return root


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("a: 1\n")


def test_lists_tracked_and_untracked_but_not_ignored_files(repository: Path) -> None:
    write(repository, "tracked.yaml", "untracked.yaml", "ignored/secret.yaml", "deep/er/ünïcode file.yaml")
    (repository / ".gitignore").write_text("ignored/\n")
    git(repository, "add", "tracked.yaml")
    files = DiskFiles(str(repository))
    assert files.paths() == [".gitignore", "deep/er/ünïcode file.yaml", "tracked.yaml", "untracked.yaml"]
    assert files.read("ignored/secret.yaml") == b"a: 1\n"
    assert files.ignored("ignored/secret.yaml")
    assert not files.ignored("tracked.yaml")
    assert not files.ignored("../elsewhere")


def test_below_the_top_folder_only_that_folder_is_listed(repository: Path) -> None:
    write(repository, "a.yaml", "prod/b.yaml")
    assert DiskFiles(str(repository / "prod")).paths() == ["b.yaml"]


def test_exclude(repository: Path) -> None:
    write(repository, "a.yaml", "vendor/x/b.yaml", "legacy/c.yaml", "old.yml")
    assert DiskFiles(str(repository), ("vendor/**", "legacy/", "*.yml")).paths() == ["a.yaml"]


def test_a_callers_git_variables_do_not_lead_elsewhere(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    write(other, "wrong.yaml")
    write(repository, "right.yaml")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert DiskFiles(str(repository)).paths() == ["right.yaml"]


def test_deleted_conflicted_and_submodule_entries(repository: Path, tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    git(module, "init", "-q")
    write(module, "inner.yaml")
    git(module, "add", ".")
    git(module, "commit", "-qm", "one")
    write(repository, "gone.yaml", "both.yaml")
    git(repository, "submodule", "add", "-q", str(module), "sub.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "one")
    git(repository, "checkout", "-qb", "other")
    (repository / "both.yaml").write_text("a: 2\n")
    git(repository, "commit", "-qam", "two")
    git(repository, "checkout", "-q", "-")
    (repository / "both.yaml").write_text("a: 3\n")
    git(repository, "commit", "-qam", "three")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "-q", "other")
    (repository / "gone.yaml").unlink()
    files = DiskFiles(str(repository))
    paths = files.paths()
    assert paths == [".gitmodules", "both.yaml", "gone.yaml", "sub.yaml"]
    workspace = Workspace(files)
    assert workspace.read("gone.yaml") is None
    assert workspace.read("sub.yaml") is None
    assert [(skip.path, skip.reason) for skip in workspace.skips] == [("sub.yaml", "folder")]


def test_an_untracked_repository_inside_is_left_out(repository: Path) -> None:
    write(repository, "a.yaml", "nested/b.yaml")
    git(repository / "nested", "init", "-q")
    assert DiskFiles(str(repository)).paths() == ["a.yaml"]


@pytest.mark.parametrize("broken", ["no git", "corrupt"])
def test_walks_where_git_cannot_answer(repository: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    write(repository, "a.yaml", "node_modules/x.yaml", ".venv/y.yaml", "deep/b.yaml", ".github/c.yaml")
    if broken == "no git":
        monkeypatch.setenv("PATH", str(repository))
    else:
        (repository / ".git" / "index").write_bytes(b"no index")
    files = DiskFiles(str(repository))
    assert files.paths() == [".github/c.yaml", "a.yaml", "deep/b.yaml"]
    assert not files.ignored("x.yaml") or broken == "corrupt"


def test_walk_follows_no_symlink(tmp_path: Path) -> None:
    write(tmp_path, "in/a.yaml")
    (tmp_path / "in" / "loop").symlink_to("..")
    (tmp_path / "values.yaml").mkdir()
    assert DiskFiles(str(tmp_path)).paths() == ["in/a.yaml", "in/loop"]


def refusal(files: DiskFiles, path: str) -> str:
    with pytest.raises(Unreadable) as caught:
        files.read(path)
    return str(caught.value)


def test_read_refuses_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.yaml")
    (tmp_path / "link-to-fifo.yaml").symlink_to("fifo.yaml")
    (tmp_path / "values.yaml").mkdir()
    files = DiskFiles(str(tmp_path))
    assert refusal(files, "fifo.yaml") == "named pipe"
    assert refusal(files, "link-to-fifo.yaml") == "named pipe"
    assert refusal(files, "values.yaml") == "folder"
    with socket.socket(socket.AF_UNIX) as server:
        before = os.getcwd()
        os.chdir(tmp_path)
        try:
            server.bind("s.yaml")
        finally:
            os.chdir(before)
        assert refusal(files, "s.yaml") == "socket"
    (tmp_path / "null.yaml").symlink_to(os.devnull)
    assert refusal(files, "null.yaml") == "symlink out of the repository"


def test_read_stays_in_the_repository(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, "outside/secret.yaml", "root/inside/a.yaml")
    (root / "file.yaml").symlink_to("../outside/secret.yaml")
    (root / "folder").symlink_to("../outside")
    (root / "chain.yaml").symlink_to("file.yaml")
    (root / "broken-out.yaml").symlink_to("../outside/none.yaml")
    (root / "inner.yaml").symlink_to("inside/a.yaml")
    (root / "inner").symlink_to("inside")
    (root / "broken.yaml").symlink_to("none.yaml")
    files = DiskFiles(str(root))
    for path in ("file.yaml", "folder/secret.yaml", "chain.yaml", "broken-out.yaml"):
        assert refusal(files, path) == "symlink out of the repository", path
    for path in ("../outside/secret.yaml", str(tmp_path / "outside/secret.yaml"), ".."):
        assert refusal(files, path) == "outside of the repository"
    assert files.read("inner.yaml") == files.read("inner/a.yaml") == files.read("inside/../inner/a.yaml") == b"a: 1\n"
    for path in ("broken.yaml", "none/x.yaml", "inside/a.yaml/b", "x" * 300, "nul\0.yaml"):
        with pytest.raises(FileNotFoundError):
            files.read(path)


def test_symlink_loops(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("b.yaml")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    (tmp_path / "d").symlink_to("d")
    files = DiskFiles(str(tmp_path))
    assert refusal(files, "a.yaml") == "symlink loop"
    assert refusal(files, "d/x.yaml") == "symlink loop"
    assert not files.exists("a.yaml")


def test_a_root_that_is_reached_through_a_symlink(tmp_path: Path) -> None:
    write(tmp_path, "real/a.yaml")
    (tmp_path / "alias").symlink_to("real")
    assert DiskFiles(str(tmp_path / "alias")).read("a.yaml") == b"a: 1\n"


def test_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("huge.yaml", 50_000_000), ("limit.yaml", MAX_BYTES), ("over.yaml", MAX_BYTES + 1)):
        with open(tmp_path / name, "wb") as file:
            file.truncate(size)
    files = DiskFiles(str(tmp_path))
    assert len(files.read("limit.yaml")) == MAX_BYTES
    monkeypatch.setattr("gitops_tls.repo.disk.os.read", lambda *_: pytest.fail("read"))
    assert refusal(files, "huge.yaml") == refusal(files, "over.yaml") == "larger than 5 MB"


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.yaml")
    monkeypatch.setattr("gitops_tls.repo.disk.os.read", lambda descriptor, length: b"x" * 1_000_000)
    assert refusal(DiskFiles(str(tmp_path)), "a.yaml") == "larger than 5 MB"


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_errors_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    write(tmp_path, "a.yaml")

    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr("gitops_tls.repo.disk.os.open", fail)
    assert refusal(DiskFiles(str(tmp_path)), "a.yaml") == str(error.strerror).lower()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    (tmp_path / "a.yaml").chmod(0)
    assert refusal(DiskFiles(str(tmp_path)), "a.yaml") == "permission denied"


def test_a_file_that_vanishes_after_the_listing(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "b.yaml")
    files = DiskFiles(str(tmp_path))
    paths = files.paths()
    (tmp_path / "b.yaml").unlink()
    workspace = Workspace(files)
    assert [workspace.read(path) for path in paths] == [b"a: 1\n", None]
    assert workspace.skips == []


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    os.mkfifo(tmp_path / "f")
    files = DiskFiles(str(tmp_path))
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(3):
        files.read("a.yaml")
        refusal(files, "f")
        files.paths()
    assert before == (len(os.listdir("/proc/self/fd")) if before else 0)


def test_exists_and_mode(tmp_path: Path) -> None:
    write(tmp_path, "a/b.yaml")
    (tmp_path / "a/b.yaml").chmod(0o640)
    files = DiskFiles(str(tmp_path))
    assert files.exists("a/b.yaml")
    assert files.exists("a")
    assert files.exists(".")
    assert files.is_dir("a")
    assert not files.is_dir("a/b.yaml")
    assert files.mode("a/b.yaml") == 0o640
    assert files.mode("none") is None
    for path in ("none", "../x", "/etc/passwd", "nul\0"):
        assert not files.exists(path)
        assert not files.is_dir(path)


def test_find_root(repository: Path, tmp_path: Path) -> None:
    write(repository, "a/b/c.yaml")
    assert find_root(str(repository / "a" / "b")) == str(repository)
    assert find_root(str(repository / "a" / "b" / "c.yaml")) == str(repository)
    (repository / "a" / ".git").write_text("gitdir: elsewhere\n")
    assert find_root(str(repository / "a" / "b")) == str(repository / "a")
    plain = tmp_path / "plain"
    (plain / ".git").mkdir(parents=True)
    assert find_root(str(plain)) == str(plain)
