"""``fix`` changes what it says and nothing else: over generated repositories on disk, with the command line and with Git."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitops_tls.__main__ import main

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def _projects() -> ModuleType:
    spec = importlib.util.spec_from_file_location("seed_projects_on_disk", Path(__file__).with_name("projects.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["seed_projects_on_disk"] = module
    spec.loader.exec_module(module)
    return module


projects = _projects()

SLIPS = [
    ("tlsMode: 1", 'tlsMode: "1.0"'),
    ("tlsMode: 1", "tlsMode: true"),
    ("tlsMode: 1", "tls-mode: 1"),
    ("port: 8080", "port: "),
    ("port: 8080", "port: 19530"),
    ("serverPemPath", "server-pem-path"),
    ("serverKeyPath", "serverKeypath"),
    ("internaltlsEnabled: true", 'internaltlsEnabled: "yes"'),
    ("tls:\n", "TLS:\n"),
    ("security:\n", "security:  # as the page says\n"),
    ("serverPemPath:", "serverPemPath：" + " "),
    ("/certs/", "/certificates/"),
    ("secretName: certs", "secretName: certs # made by hand"),
    ("http://localhost:9091/healthz", "https://localhost:9091/healthz"),
]
"""A word of the snippets, and what becomes of it: mistakes that are repaired, that are not, and no mistakes."""


@st.composite
def repositories(draw: st.DrawFn) -> dict[str, bytes]:
    """A project of snippets with slips in it, written in the manner of somebody."""
    shape = draw(st.sampled_from(["compose", "user", "operator", "helm", "bare"]))
    name = "compose" if shape in ("user", "bare") else shape
    parts = [
        projects.snippet(f"{name}-{one}")
        for one in draw(st.sampled_from([("external",), ("internal",), ("external", "internal")]))
    ]
    if name == "compose" and draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), projects.DEFAULTS)
    text = "".join(parts)
    for old, new in draw(st.lists(st.sampled_from(SLIPS), max_size=4, unique=True)):
        text = text.replace(old, new)
    if shape in ("compose", "user"):
        files = {path: data.decode() for path, data in projects.compose(text).items()}
        files["docker-compose.yml"] += "    healthcheck:\n      test: curl -f http://localhost:9091/healthz # management\n"
        if shape == "user":
            files = {path.replace("milvus.y", "user.y"): one.replace("milvus.yaml", "user.yaml") for path, one in files.items()}
    else:
        files = {"values.yaml" if shape == "helm" else "milvus.yaml": text}
    return {path: draw(_written(one)) for path, one in files.items()}


@st.composite
def _written(draw: st.DrawFn, text: str) -> bytes:
    if draw(st.booleans()):
        text = "# Übersicht: 測試 🔐\n\n" + text
    if draw(st.booleans()):
        text = text.rstrip("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + text.encode()


@contextlib.contextmanager
def on_disk(files: dict[str, bytes]) -> Iterator[Path]:
    """A folder with the files (and the page's certificates), which is the current one meanwhile."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, data in {**files, **projects.tls_folder()}.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_bytes(data)
        os.chdir(root)
        try:
            yield root
        finally:
            os.chdir(here)


def tool(*arguments: str) -> tuple[int, bytes, str]:
    """Run the command line: its exit code, standard output and standard error."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(arguments))
        finally:
            gc.enable()
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    return code, out.buffer.getvalue(), err.getvalue()


def content(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files as they are on disk now."""
    return {path: Path(path).read_bytes() for path in files}


def comments(data: bytes) -> list[str]:
    """The comments of a file, sorted."""
    lines = data.decode("utf-8-sig").splitlines()
    return sorted(line[line.index("#") :].strip() for line in lines if "#" in line)


@example({"milvus.yaml": b"\xef\xbb\xbftls:\n  server-pem-path: /x.pem\n"}, ())
@settings(max_examples=40, deadline=None)
@given(repositories(), st.sampled_from([(), ("--unsafe",)]))
def test_the_diff_is_what_fix_does_and_once_is_enough(files: dict[str, bytes], options: tuple[str, ...]) -> None:
    at = ("--at", "2026-11-22")
    with on_disk(files):
        code, diff, err = tool("fix", "--diff", *options, *at)
        assert "not fixed" not in err
        assert content(files) == files, "--diff writes nothing"
        assert code == (1 if diff else 0)
        tool("fix", *options, *at)
        fixed = content(files)
        assert bool(diff) == (fixed != files)
        assert tool("fix", "--diff", *options, *at)[:2] == (0, b""), "twice is once"
        tool("fix", *options, *at)
        assert content(files) == fixed
    for path, data in fixed.items():
        before = files[path]
        assert set(comments(before)) <= set(comments(data))
        assert data.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
        assert (data.count(b"\r\n") == data.count(b"\n")) == (before.count(b"\r\n") == before.count(b"\n"))
    if diff:
        with on_disk(files) as root:
            command = ["git", "apply", "--whitespace=nowarn", "-"]
            applied = subprocess.run(command, input=diff, cwd=root, capture_output=True, check=False)
            assert applied.returncode == 0, applied.stderr.decode() + diff.decode()
            assert content(files) == fixed


@settings(max_examples=15, deadline=None)
@given(repositories())
def test_without_fixable_findings_no_byte_changes(files: dict[str, bytes]) -> None:
    with on_disk(files):
        tool("fix", "--unsafe", "--at", "2026-11-22")
        done = content(files)
        stamps = {path: Path(path).stat().st_mtime_ns for path in files}
        tool("fix", "--unsafe", "--at", "2026-11-22")
        assert content(files) == done
        assert {path: Path(path).stat().st_mtime_ns for path in files} == stamps, "not even rewritten"
