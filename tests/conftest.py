"""Fixtures for all tests: throw-away repositories, and the tool run inside them."""

from __future__ import annotations

import gc
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Result(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rules(self) -> list[str]:
        return [finding["rule"] for finding in self.json["findings"]]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str | bytes]], Path]:
    """A function that makes a Git repository of the given files and steps into it."""

    def make(files: Mapping[str, str | bytes], *, git: bool = True) -> Path:
        root = tmp_path / "repository"
        root.mkdir(exist_ok=True)
        for path, content in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        if git and not (root / ".git").exists():
            subprocess.run(["git", "init", "-q", str(root)], check=True, env={**os.environ, **_GIT})
        monkeypatch.chdir(root)
        return root

    return make


@pytest.fixture
def tool(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """A function that runs the command line in this process."""
    from gitops_tls.__main__ import main

    monkeypatch.delenv("GITOPS_TLS_TRACEBACK", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str, stdin: bytes = b"") -> Result:
        capfd.readouterr()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = main(list(arguments))
        finally:
            gc.enable()
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return run


@pytest.fixture(scope="session")
def pki() -> ModuleType:
    """The maker of throw-away certificates: tests/certs/pki.py."""
    if "certs_pki" not in sys.modules:
        spec = importlib.util.spec_from_file_location("certs_pki", Path(__file__).with_name("certs") / "pki.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules["certs_pki"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["certs_pki"])
    return sys.modules["certs_pki"]
