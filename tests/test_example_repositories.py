"""The shipped example repositories: the broken one shows what it is for in all shapes, the good one is clean."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gitops_tls.__main__ import main

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

SHOWN = {
    "compose": {"GT003", "GT101"},
    "operator": {"GT102", "GT103", "GT211"},
    "helm": {"GT102", "GT104", "GT111", "GT201"},
    "apisix": {
        "GT301", "GT501", "GT502", "GT503", "GT504", "GT505", "GT508", "GT510", "GT511", "GT512", "GT513", "GT516", "GT517",
        "GT518", "GT519",
    },
}  # fmt: skip
"""What each folder of ``broken`` must show at least."""


def _run(folder: Path, *arguments: str) -> tuple[int, str]:
    before = os.getcwd()
    out = io.StringIO()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            return main(list(arguments)), out.getvalue()
    finally:
        os.chdir(before)
        gc.enable()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The examples outside of any Git repository."""
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    return tmp_path / "examples"


def _findings(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_run(folder, "check", "--format", "json", "--at", "2026-11-23")[1])["findings"]
    return found


def test_no_private_key_is_shipped() -> None:
    for path in EXAMPLES.rglob("*"):
        assert not path.is_file() or b"PRIVATE KEY" not in path.read_bytes(), path


def test_good_repository_is_clean(copy: Path) -> None:
    code, text = _run(copy / "good", "check", "--fail-on", "info", "--at", "2026-11-23")
    assert code == 0, text
    assert _findings(copy / "good") == []


@pytest.mark.parametrize("shape", SHOWN)
def test_broken_repository_shows_findings(shape: str, copy: Path) -> None:
    found = {finding["rule"] for finding in _findings(copy / "broken") if finding["path"].startswith(f"{shape}/")}
    assert found >= SHOWN[shape]


def test_status_lists_the_deployments(copy: Path) -> None:
    deployments = json.loads(_run(copy / "broken", "status", "--format", "json")[1])["deployments"]
    [gateway] = [d for d in deployments if d["system"] == "apisix"]
    seen = {host["host"]: host["client_sees"] for host in gateway["hosts"]}
    assert seen.pop("docs.example.org") == "expired"
    # it is served, with what cert-manager makes for others: `*.partners.example.org`
    assert seen.pop("*partners.example.org") == "name mismatch"
    assert set(seen.values()) == {"internal error"}
    deployments = [d for d in deployments if d["system"] == "milvus"]
    assert {d["shape"] for d in deployments} == {"compose", "operator", "helm"}
    assert {d["shape"]: d["grpc"]["tls"] for d in deployments} == {"compose": "plaintext", "operator": "fails", "helm": "fails"}


@pytest.mark.parametrize(
    "repository, host, sees, tls",
    [
        ("broken", "docs.example.org", "expired", "one-way"),
        ("broken", "acme.partners.example.org", "internal error", "none"),
        ("broken", "api.example.org", "internal error", "none"),
        ("good", "docs.example.com", "ok", "one-way"),
        ("good", "acme.partners.example.com", "unknown", "mutual"),
        ("good", "example.com", "unknown", "mutual"),
        ("good", "a.b.example.com", "internal error", "none"),
    ],
)
def test_one_host_is_followed(repository: str, host: str, sees: str, tls: str, copy: Path) -> None:
    code, text = _run(copy / repository, "status", "--host", host, "--format", "json", "--at", "2026-11-23")
    answer = json.loads(text)["host"]
    assert (code, answer["client_sees"], answer["tls"]) == (0, sees, tls)


def test_the_good_hosts_are_all_reached(copy: Path) -> None:
    """No host of a good route ends in an alert, also where the certificate itself is not in the repository."""
    deployments = json.loads(_run(copy / "good", "status", "--format", "json")[1])["deployments"]
    [gateway] = [d for d in deployments if d["system"] == "apisix"]
    assert len(gateway["hosts"]) == 7
    assert all(host["served_by"] and host["client_sees"] in ("ok", "unknown") for host in gateway["hosts"])


def test_fix_repairs_the_broken_one_and_leaves_the_good_one(copy: Path) -> None:
    good = {path: path.read_bytes() for path in (copy / "good").rglob("*") if path.is_file()}
    _run(copy / "good", "fix", "--unsafe")
    assert {path: path.read_bytes() for path in (copy / "good").rglob("*") if path.is_file()} == good
    before = len(_findings(copy / "broken"))
    _run(copy / "broken", "fix", "--unsafe")
    left = _findings(copy / "broken")
    assert len(left) < before
    assert not [finding for finding in left if "fix" in finding]
