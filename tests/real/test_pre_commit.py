"""The hooks with the real pre-commit, as `pre-commit try-repo` runs them on a stranger's repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SNIPPET = (
    "tls:\n  serverPemPath: /milvus/tls/server.pem\n  serverKeyPath: /milvus/tls/server.key\ncommon:\n  security:\n    {key}: 1\n"
)

_HERMETIC = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.com",
}
_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
    **_HERMETIC,
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.com",
}


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=_ENVIRONMENT, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository as one commit: what stands in the working tree now."""
    if find_spec("pre_commit") is None or shutil.which("git") is None:
        pytest.skip("pre-commit and git are needed")
    clone = tmp_path_factory.mktemp("hooks") / "gitops-tls"
    wanted = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if wanted.returncode:
        pytest.skip("this is no git clone, and pre-commit installs hooks from one")
    for name in filter(None, wanted.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "examples/")):
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    _git(clone, "init", "-q")
    _git(clone, "add", "-A")
    _git(clone, "commit", "-q", "-m", "all")
    return clone


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environment it makes for the hooks: made once, used by all tests."""
    return tmp_path_factory.mktemp("pre-commit-home")


def _try(hooks: Path, home: Path, folder: Path, hook: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), hook, "--all-files", "--verbose", "--color=never"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**_ENVIRONMENT, "PRE_COMMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if (
        done.returncode == 3
        and "pip" in done.stdout
        and any(word in done.stdout for word in ("onnection", "No matching distribution"))
    ):
        pytest.skip("the package index cannot be reached")
    return done


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one misspelt setting, and names that trouble careless tools."""
    folder = tmp_path / "a project"
    folder.mkdir()
    _git(folder, "init", "-q")
    (folder / "milvus.yaml").write_text(SNIPPET.format(key="tls-mode"), encoding="utf-8")
    (folder / "näme with space.yaml").write_text("a: 1\n", encoding="utf-8")
    _git(folder, "add", "-A")
    return folder


def test_check_hook_fails_with_the_finding_and_changes_nothing(hooks: Path, home: Path, project: Path) -> None:
    done = _try(hooks, home, project, "gitops-tls-check")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "GT104" in done.stdout
    assert "milvus.yaml:6:5" in done.stdout
    assert done.stdout.count("Checked ") == 1, "pre-commit split the files over several runs"
    assert (project / "milvus.yaml").read_text(encoding="utf-8") == SNIPPET.format(key="tls-mode")


def test_fix_hook_repairs_and_says_so(hooks: Path, home: Path, project: Path) -> None:
    done = _try(hooks, home, project, "gitops-tls-fix")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    repaired = (project / "milvus.yaml").read_text(encoding="utf-8")
    assert "tlsMode: 1" in repaired
    assert "tls-mode" not in repaired
    _git(project, "add", "-A")
    again = _try(hooks, home, project, "gitops-tls-check")
    assert again.returncode == 0, again.stdout + again.stderr


def test_hooks_are_skipped_where_nothing_can_matter(hooks: Path, home: Path, project: Path) -> None:
    for path in project.glob("*.yaml"):
        path.unlink()
    (project / "README.md").write_text("nothing\n", encoding="utf-8")
    _git(project, "add", "-A")
    done = _try(hooks, home, project, "gitops-tls-check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(no files to check)Skipped" in done.stdout
