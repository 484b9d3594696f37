"""`gitops-tls init`: what it writes, what it keeps, and what it refuses to touch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_tls import __version__
from gitops_tls.commands import init
from gitops_tls.errors import NotWritten, UsageError
from gitops_tls.generators import ci_systems, gitlab, pre_commit
from gitops_tls.generators.plan import Planned, Repository
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.parse import parse

PRE_COMMIT, GITHUB, GITLAB = ".pre-commit-config.yaml", ".github/workflows/gitops-tls.yml", ".gitlab-ci.yml"
ENTRY = f"- repo: https://github.com/gitops-tls/gitops-tls\n  rev: v{__version__}\n  hooks:\n"


def repository(folder: Path, files: Mapping[str, str | bytes]) -> Repository:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return Repository(str(folder))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, *ci: str, dry_run: bool = False) -> int:
    monkeypatch.chdir(folder)
    return init.run({"ci": ci, "dry_run": dry_run})


def tool(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", ""))))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_registry() -> None:
    assert {"github", "gitlab"} <= set(ci_systems())
    for name, module in ci_systems().items():
        assert name == module.CI
        assert callable(module.detect)
        assert callable(module.plan)


def test_new_files_in_an_empty_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository(tmp_path, {"deploy/x.txt": ""})
    assert run(tmp_path / "deploy", monkeypatch) == 0
    assert capsys.readouterr().out == f"wrote {PRE_COMMIT}: new\nwrote {GITHUB}: new\n"
    written = snapshot(tmp_path)
    assert f"rev: v{__version__}".encode() in written[PRE_COMMIT]
    assert f"gitops-tls=={__version__}".encode() in written[GITHUB]
    assert run(tmp_path, monkeypatch) == 0
    assert capsys.readouterr().out == f"kept {PRE_COMMIT}: the hook is there already\nkept {GITHUB}: it is there already\n"
    assert snapshot(tmp_path) == written


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ["github"]),
        ({".github/CODEOWNERS": ""}, ["github"]),
        ({".gitlab-ci.yml": "a: {script: x}\n"}, ["gitlab"]),
        ({".git/config": '[remote "origin"]\n\turl = git@gitlab.com:a/b.git\n'}, ["gitlab"]),
        ({".git/config": '[remote "origin"]\n\turl = https://gitlab.example.com/a/b\n'}, ["gitlab"]),
        ({".git/config": '[remote "origin"]\n\turl = https://user@github.com/a/b\n'}, ["github"]),
        ({".git/config": '[remote "origin"]\n\turl = https://git.example.com/github.io\n'}, ["github"]),
        ({".github/a": "", ".gitlab-ci.yml": ""}, ["github", "gitlab"]),
    ],
)
def test_detection(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    planned = init.plan(repository(tmp_path, files), (), "1.2.3")
    wanted = {"github": GITHUB, "gitlab": GITLAB}
    assert [one.path for one in planned] == [PRE_COMMIT, *(wanted[name] for name in expected)]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("ref: refs/remotes/origin/trunk\n", "[trunk]"),
        ("ref: refs/remotes/origin/a: b\n", "[main, master]"),
        (None, "[main, master]"),
    ],
)
def test_the_default_branch_is_pushed_to(tmp_path: Path, head: str | None, expected: str) -> None:
    files = {".git/refs/remotes/origin/HEAD": head} if head is not None else {}
    planned = init.plan(repository(tmp_path, files), ("github",), "1.2.3")[1]
    assert f"branches: {expected}\n" in planned.after.decode()


def test_nothing_is_written_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside").mkdir()
    repository(tmp_path / "inside", {})
    (tmp_path / "inside" / ".github").symlink_to(tmp_path / "outside")
    with pytest.raises(NotWritten):
        run(tmp_path / "inside", monkeypatch, "github")
    assert list((tmp_path / "outside").iterdir()) == []
    assert not (tmp_path / "inside" / PRE_COMMIT).exists()


def test_ci_names(tmp_path: Path) -> None:
    planned = init.plan(repository(tmp_path, {}), ("gitlab,GitHub", "gitlab"), "1.2.3")
    assert [one.path for one in planned] == [PRE_COMMIT, GITLAB, GITHUB]
    with pytest.raises(UsageError) as error:
        init.plan(repository(tmp_path, {}), ("gitlub",), "1.2.3")
    assert "did you mean `gitlab`" in error.value.help


def test_dry_run_shows_a_diff_that_git_applies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository(tmp_path, {PRE_COMMIT: "repos:\n- repo: local\n  hooks: []\n"})
    before = snapshot(tmp_path)
    assert run(tmp_path, monkeypatch, "github", "gitlab", dry_run=True) == 0
    shown = capsys.readouterr().out
    assert snapshot(tmp_path) == before
    done = subprocess.run(
        ["git", "apply", "-"],
        cwd=tmp_path,
        input=shown,
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "GIT_DIR": str(tmp_path / "none")},
    )
    assert done.returncode == 0, done.stderr
    applied = snapshot(tmp_path)
    for path in (GITHUB, GITLAB):
        (tmp_path / path).unlink()
    (tmp_path / PRE_COMMIT).write_bytes(before[PRE_COMMIT])
    assert run(tmp_path, monkeypatch, "github", "gitlab") == 0
    assert snapshot(tmp_path) == applied


ITEM = "- repo: https://github.com/gitops-tls/gitops-tls\n  rev: v1.2.3\n  hooks:\n  - id: gitops-tls-check\n"
WIDE = """# a

repos:
    -   repo: local
        hooks:
        -   id: z
            entry: 'q'
NEW
ci: {skip: [z]}
"""
WIDE_ITEM = """    -   repo: https://github.com/gitops-tls/gitops-tls
        rev: v1.2.3
        hooks:
        -   id: gitops-tls-check
"""
INSERTED = [
    (
        "repos:\n- repo: https://github.com/x/y # c\n  rev: v1\n  hooks:\n  - id: z\n# end\n",
        f"repos:\n- repo: https://github.com/x/y # c\n  rev: v1\n  hooks:\n  - id: z\n{ITEM}# end\n",
    ),
    (WIDE.replace("NEW\n", "\n"), WIDE.replace("NEW\n", WIDE_ITEM + "\n")),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), INSERTED)
def test_inserted_in_place(tmp_path: Path, before: str, after: str) -> None:
    planned = pre_commit.plan(repository(tmp_path, {PRE_COMMIT: before}), "1.2.3")
    assert planned.after.decode() == after
    crlf = pre_commit.plan(repository(tmp_path, {PRE_COMMIT: before.replace("\n", "\r\n")}), "1.2.3")
    assert crlf.after.decode() == after.replace("\n", "\r\n")
    bom = pre_commit.plan(repository(tmp_path, {PRE_COMMIT: b"\xef\xbb\xbf" + before.encode()}), "1.2.3")
    assert bom.after == b"\xef\xbb\xbf" + after.encode()


ODD = [
    "repos: []\n",
    "repos:\n",
    "repos: # none yet\n",
    "",
    "# only a comment\n",
    "---\n# only a comment",
    "fail_fast: true\n",
    "default_stages: [manual]\nexclude: |\n  (?x)^(\n    a\n  )$\n",
    "repos: [{repo: local, hooks: [{id: a, name: a, entry: a, language: system}]}]\n",
    "repos:\n- repo: meta\n  hooks: [{id: identity}]",
    "repos:\n- repo: meta\n  hooks:\n  - id: check-hooks-apply\n\n\n# tail\n",
]


@pytest.mark.parametrize("before", ODD)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_odd_files_get_the_hook_and_keep_the_rest(tmp_path: Path, before: str, newline: str) -> None:
    text = before.replace("\n", newline)
    planned = pre_commit.plan(repository(tmp_path, {PRE_COMMIT: text}), "1.2.3")
    after = planned.after.decode()
    root = parse(Source("a", after)).documents[0].root
    assert root is not None
    repos = root.get("repos")
    assert repos is not None
    assert repos.items[-1].text("repo") == "https://github.com/gitops-tls/gitops-tls"
    assert repos.items[-1].text("hooks", 0, "id") == "gitops-tls-check"
    for line in text.splitlines():
        if line.strip() and not line.startswith("repos:"):
            assert line in after.splitlines()
    again = pre_commit.plan(repository(tmp_path, {PRE_COMMIT: after}), "1.2.3")
    assert again.kept


@pytest.mark.parametrize(
    "text",
    [
        "repos:\n- repo: https://github.com/gitops-tls/gitops-tls\n  rev: v0.0.1\n  hooks: []\n",
        "repos:\n- repo: git@github.com:someone/gitops-tls.git\n",
        "repos:\n- repo: local\n  hooks:\n  - id: gitops-tls-check\n",
        "- repo: https://github.com/gitops-tls/gitops-tls\n",
    ],
)
def test_a_hook_that_is_there_is_kept(tmp_path: Path, text: str) -> None:
    assert pre_commit.plan(repository(tmp_path, {PRE_COMMIT: text}), "1.2.3").kept


BROKEN = [
    (PRE_COMMIT, "repos: [\n", "is not YAML"),
    (PRE_COMMIT, "repos:\n\t- a\n", "is not YAML"),
    (PRE_COMMIT, b"repos: \xff\n", "is not YAML"),
    (PRE_COMMIT, "- repo: https://github.com/x/y\n  sha: a\n", "migrate-config"),
    (PRE_COMMIT, "just text\n", "no mapping"),
    (PRE_COMMIT, "repos: {a: b}\n", "no list"),
    (PRE_COMMIT, "repos: text\n", "no list"),
    (PRE_COMMIT, "repos: []\n---\na: b\n", "more than one"),
    (GITLAB, "a: [\n", "is not YAML"),
    (GITLAB, "{a: {script: b}}\n", "no mapping"),
    (GITLAB, "- a\n", "no mapping"),
    (GITLAB, "a: {script: b}\n...\n", "certainty"),
]


@pytest.mark.parametrize(("path", "text", "expected"), BROKEN)
def test_what_cannot_be_extended_stops_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, text: str | bytes, expected: str
) -> None:
    repository(tmp_path, {path: text})
    before = snapshot(tmp_path)
    for dry_run in (True, False):
        with pytest.raises(UsageError) as error:
            run(tmp_path, monkeypatch, "github", "gitlab", dry_run=dry_run)
        assert expected in str(error.value)
        assert "nothing was written" in error.value.help
        assert snapshot(tmp_path) == before


def test_an_unreadable_file_stops_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path, {})
    (tmp_path / PRE_COMMIT).mkdir()
    with pytest.raises(UsageError):
        run(tmp_path, monkeypatch)
    assert not (tmp_path / ".github").exists()


def test_nothing_is_half_written(tmp_path: Path) -> None:
    repo = repository(tmp_path, {PRE_COMMIT: "repos: []\n", ".github": "a file where a folder belongs"})
    before = snapshot(tmp_path)
    with pytest.raises(UsageError):
        init.plan(repo, ("github",), "1.2.3")
    planned = [Planned(".gitops-new", None, b"x", ""), pre_commit.plan(repo, "1.2.3"), Planned(GITHUB, None, b"y", "")]
    with pytest.raises(NotWritten):
        init.write_files(repo, planned)
    assert snapshot(tmp_path) == before
    stale = [Planned(".gitops-new", None, b"x", ""), Planned(PRE_COMMIT, b"other", b"y", "")]
    with pytest.raises(NotWritten):
        init.write_files(repo, stale)
    assert snapshot(tmp_path) == before


def test_a_workflow_that_runs_the_tool_is_kept(tmp_path: Path) -> None:
    files = {".github/workflows/lint.yml": "jobs: {a: {steps: [{run: gitops-tls check}]}}\n"}
    planned = init.plan(repository(tmp_path, files), ("github",), "1.2.3")[1]
    assert planned.kept
    assert planned.path == ".github/workflows/lint.yml"


GITLAB_FILES = [
    ("build: {script: make}\n", ""),
    ("build:\n  script: make", ""),
    ("build:\n  script: make\n\n\n# end\n", ""),
    ("stages: [build, test]\nbuild: {stage: build, script: make}\n", ""),
    ("stages:\n- build\n- lint\nbuild: {stage: build, script: make}\n", "lint"),
    ("stages: [build, deploy]\nbuild: {stage: build, script: make}\n", ".pre"),
    ("build:\n  script:\n  - |\n    make\n", ""),
    ("build:\n  script:\n  - |+\n    make\n\n\n", ""),
    ("build:\n  script:\n  - |\n    make", ""),
    ("build:\n  script: >+\n    make\n\n", ""),
    ("spec:\n  inputs: {a: {default: b}}\n---\nbuild: {script: make}\n", ""),
    ("build:\n  script: !reference [.a, script]\n", ""),
    (".a: &a {image: b}\nbuild:\n  <<: *a\n  script: make\n", ""),
    ("", ""),
    ("# nothing yet\n", ""),
]


@pytest.mark.parametrize(("before", "stage"), GITLAB_FILES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_gitlab_job_at_the_end(tmp_path: Path, before: str, stage: str, newline: str) -> None:
    text = before.replace("\n", newline)
    planned = gitlab.plan(repository(tmp_path, {GITLAB: text}), "1.2.3")
    after = planned.after.decode()
    assert after.startswith(text)
    parsed = parse(Source("a", after))
    assert parsed.problem is None
    root = parsed.documents[-1].root
    assert root is not None
    assert root.pairs[-1][0].value == "gitops-tls"
    assert (root.text("gitops-tls", "stage") or "") == stage
    assert root.text("gitops-tls", "script", 0) == "python -m pip install --disable-pip-version-check gitops-tls==1.2.3"
    assert ("\r\n" in after) == ("\r\n" in text)
    assert "\n\n\n\n" not in after or "\n\n\n" in before
    assert gitlab.plan(repository(tmp_path, {GITLAB: after}), "1.2.3").kept


LINES = st.lists(
    st.sampled_from(["repos:", "- repo: a", "  - repo: b", "  rev: v1", "    rev: v1", "  hooks:", "  - id: c", "    - id: d", "x: |", "  text", "# c", "", "y: [1]", "stages: [a]", "---"]),
    max_size=9,
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, newline=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_whatever_is_there_stays(tmp_path: Path, lines: list[str], newline: str, last: bool) -> None:
    text = newline.join(lines) + (newline if last else "")
    for path, plan in ((PRE_COMMIT, pre_commit.plan), (GITLAB, gitlab.plan)):
        try:
            planned = plan(repository(tmp_path, {path: text}), "1.2.3")
        except UsageError:
            continue
        after = planned.after.decode()
        rest = iter(after.split(newline))
        # every line of the file is still there, in its order (a key without a value may have got one)
        for line in text.split(newline):
            assert any(line == one or one.startswith(line) for one in rest), (text, after)
        assert plan(repository(tmp_path, {path: after}), "1.2.3").kept


def test_generated_files_satisfy_the_real_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = tool("check-jsonschema")
    repository(tmp_path, {GITLAB: "stages: [build]\nbuild: {stage: build, script: make}\n"})
    assert run(tmp_path, monkeypatch, "github", "gitlab") == 0
    for schema, path in (("vendor.github-workflows", GITHUB), ("vendor.gitlab-ci", GITLAB)):
        done = subprocess.run(
            [check, "--builtin-schema", schema, path], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zizmor = tool("zizmor")
    repository(tmp_path, {})
    assert run(tmp_path, monkeypatch, "github") == 0
    command = [zizmor, "--offline", "--no-progress", "--persona", "auditor", GITHUB]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("what", ["manifest", "config"])
def test_pre_commit_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    program = tool("pre-commit")
    if what == "manifest":
        file = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
        if not file.is_file():
            pytest.skip("the hooks file is not here")
    else:
        repository(tmp_path, {PRE_COMMIT: "repos: []\n"})
        assert run(tmp_path, monkeypatch) == 0
        file = tmp_path / PRE_COMMIT
    done = subprocess.run([program, f"validate-{what}", str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
