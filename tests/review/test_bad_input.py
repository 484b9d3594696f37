"""Input that no tool likes, through every command: a finding, a skip or an error, and the rest is still judged."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gitops_tls.repo import disk

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes: ["./user.yaml:/milvus/configs/user.yaml"]
"""
USER = "common:\n  security:\n    tlsMode: true\n"
GOOD = {"ok/docker-compose.yml": COMPOSE, "ok/user.yaml": USER}
COMMANDS = (
    ("check", "--verbose"),
    ("check", "--format", "json"),
    ("check", "--format", "sarif"),
    ("check", "--format", "github"),
    ("status",),
    ("certs", "--format", "json"),
    ("fix", "--diff", "--unsafe"),
    ("fix", "--unsafe", "--select", "GT9"),
)
HEAD = "extraConfigFiles:\n  user.yaml: |\n    tls:\n      serverPemPath: "
CR = "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata: {name: my}\nspec: {config: {common: {security: {tlsMode: true}}}}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata:\n  server.pem: "
CONTENTS: dict[str, bytes] = {
    "empty": b"",
    "only-a-mark": b"\xef\xbb\xbf",
    "blank": b" \n\t\n",
    "binary": bytes(range(256)) * 8 + CR.encode(),
    "latin-1": CR.replace("my", "h\xe9llo").encode("latin-1"),
    "utf-16": CR.encode("utf-16"),
    "utf-16-be-cut": CR.encode("utf-16-be")[:-1],
    "utf-16-surrogate": b"\xff\xfe" + CR.encode("utf-16-le") + b"\x00\xd8",
    "utf-32": CR.encode("utf-32"),
    "nul": CR.replace("my", "m\x00y").encode(),
    "control": CR.replace("my", "m\x07\x1b[31my").encode(),
    "next-line": CR.replace("my", "m\x85y\u2028z").encode(),
    "surrogate": CR.encode() + b"x: \xed\xa0\x80\n",
    "carriage-returns": CR.replace("\n", "\r").encode(),
    "tabs": CR.replace("spec: ", "spec:\n\t").encode(),
    "deep-flow": CR.encode() + b"a: " + b"[" * 10_000 + b"]" * 10_000,
    "deep-flow-open": CR.encode() + b"a: " + b"{a: " * 10_000,
    "deep-block": CR.encode() + b"".join(b" " * n + b"a:\n" for n in range(1200)),
    "deep-dashes": CR.encode() + b"a:\n" + b"- " * 10_000 + b"x\n",
    "deep-in-a-string": HEAD.encode() + b"[" * 10_000 + b"]" * 10_000 + b"\n",
    "bomb": CR.encode() + b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n" % (n, n, *[n - 1] * 5) for n in range(1, 40)),
    "bomb-of-merges": CR.encode() + b"a0: &a0 {x: 1}\n" + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d, *a%d]}\n" % (n, n, *[n - 1] * 3) for n in range(1, 40)),
    "bomb-of-settings": b"etcd: &a0 {x: 1}\nminio: {}\ncommon: {security: {tlsMode: 1}}\n"
    + b"".join(b"a%d: &a%d {a: *a%d, b: *a%d, c: *a%d}\n" % (n, n, *[n - 1] * 3) for n in range(1, 30)),
    "itself": b"common: &a {security: {tlsMode: true}, again: *a}\n",
    "merges-itself": b"common: &a\n  security: {tlsMode: true}\n  <<: *a\n",
    "tags": b"!!python/object/apply:os.system [exit]\n",
    "tag-of-a-setting": b"common: {security: {tlsMode: !!int yes, internaltlsEnabled: !!binary x}}\n",
    "odd-keys": b"? {a: b}\n: c\n? [x]\n: d\n1: x\nnull: y\ntrue: z\n? |\n  tls\n: {serverPemPath: x}\ncommon: {security: {tlsMode: true}}\n",
    "long-line": b"common: {security: {tlsMode: true}} #" + b"x" * 200_000 + b"\n",
    "many-documents": CR.encode() + b"---\n" * 500 + CR.encode(),
    "directives": b"%YAML 9.9\n%TAG ! x\n---\n" + CR.encode(),
    "many-keys": b"common: {security: {tlsMode: true}}\n" + b"".join(b"k%d: x\n" % n for n in range(3_000)),
    "huge-number": b"proxy: {port: " + b"9" * 10_000 + b", http: {port: 0x" + b"f" * 5_000 + b"}}\ncommon: {security: {tlsMode: 1e999}}\n",
    "secret-not-text": (SECRET + "{a: [b]}\n").encode() + CR.encode(),
    "secret-huge": (SECRET + "A" * 1_000_001 + "\n").encode(),
    "secret-of-mebibytes-of-pem": b"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: |\n" + b"    -----BEGIN CERTIFICATE-----\n" * 20_000,
    "half-a-template": b"{{- if .Values.x }}\n" + CR.encode() + b"{{- end\n",
}  # fmt: skip


def runs(tool, expected: tuple[int, ...] = (0, 1), commands: tuple[tuple[str, ...], ...] = COMMANDS) -> None:
    """Run all commands: no crash, no traceback, no long wait, and the good project beside is still judged."""
    for arguments in commands:
        result = tool(*arguments)
        assert result.code in expected, (arguments, result.code, result.err[-2000:])
        for word in ("Traceback", "GT904", "internal error"):
            assert word not in result.out + result.err, (arguments, result.out[-2000:])
        if "json" in arguments and arguments[0] == "check":
            assert any(f["rule"] == "GT101" and f["path"] == "ok/user.yaml" for f in result.json["findings"])


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("path", ["milvus.yaml", "values.yaml"])
def test_contents(repository, tool, content: str, path: str) -> None:
    root: Path = repository({**GOOD, path: CONTENTS[content]})
    runs(tool)
    assert (root / path).read_bytes() == CONTENTS[content]


@pytest.mark.parametrize(
    "content", ["empty", "binary", "utf-16", "deep-flow", "bomb", "bomb-of-settings", "itself", "nul", "odd-keys"]
)
def test_contents_where_a_deployment_needs_them(repository, tool, content: str) -> None:
    data = CONTENTS[content]
    mounts = "".join(f'      - "./{name}:/milvus/{name}"\n' for name in ("configs/user.yaml", "tls"))
    compose = COMPOSE.replace(
        '    volumes: ["./user.yaml:/milvus/configs/user.yaml"]\n', f"    env_file: x.env\n    volumes:\n{mounts}"
    )
    repository(
        {**GOOD, "docker-compose.yml": compose, "configs/user.yaml": data, "tls/server.pem": data, "x.env": data, ".env": data}
    )
    runs(tool)
    for arguments in (("check", "-"), ("fix", "-", "--unsafe"), ("status", "-")):
        result = tool(*arguments, stdin=data)
        assert result.code in (0, 1), (arguments, result)
        assert "Traceback" not in result.err


def test_files_that_are_none(repository, tool) -> None:
    root: Path = repository(GOOD)
    (root / "values.yaml").mkdir()
    (root / "values.yaml/milvus.yaml").mkdir()
    os.mkfifo(root / "user.yaml")
    os.symlink("loop.yaml", root / "loop.yaml")
    os.symlink(".", root / "again")
    os.symlink("/etc/passwd", root / "outside.yaml")
    os.symlink("nowhere", root / "docker-compose.yml")
    os.symlink("ok/user.yaml", root / "milvus.yaml")
    (root / ".gitops-tls.yaml").symlink_to("nowhere")
    runs(tool)


def test_unreadable_files(repository, tool) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    root: Path = repository({**GOOD, "milvus.yaml": CR, "closed/values.yaml": CR})
    (root / "milvus.yaml").chmod(0)
    (root / "closed").chmod(0)
    try:
        runs(tool)
    finally:
        (root / "closed").chmod(0o755)


NAMES = [
    "a file.yaml", "new\nline.yaml", "tab\t.yaml", "-rf.yaml", "--help.yaml", "quote\".yaml", "back\\slash.yaml", "\u00fc\u6e2c.yaml",
    "\u202egnp.yaml", "a:b.yaml", "%s.yaml", "[x].yaml", "{{ x }}.yaml", "\x1b[31m.yaml", "x" * 240 + ".yaml",
]  # fmt: skip


def test_names_of_files(repository, tool) -> None:
    root: Path = repository({**GOOD, **dict.fromkeys(NAMES, CR)})
    (root / os.fsdecode(b"\xff\xfe.yaml")).write_text(CR)
    (root / os.fsdecode(b"dir\xe9")).mkdir()
    (root / os.fsdecode(b"dir\xe9/milvus.yaml")).write_text(CR)
    runs(tool)
    result = tool("check", "--format", "json", "--select", "GT101")
    assert len(result.json["findings"]) == len(NAMES) + 3
    assert tool("fix", "--unsafe", "--select", "GT101").code == 0
    assert all("tlsMode: 1" in (root / name).read_text() for name in NAMES)
    for arguments in (
        ("check", "--", "-rf.yaml"),
        ("check", "./--help.yaml"),
        ("check", "new\nline.yaml"),
        ("check", os.fsdecode(b"\xff\xfe.yaml")),
    ):
        result = (
            tool(*arguments, "--select", "GT101") if arguments[1] != "--" else tool("check", "--select", "GT101", *arguments[1:])
        )
        assert (result.code, result.err) == (0, ""), arguments
    shown = tool("check", "--verbose").out
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_arguments(repository, tool) -> None:
    repository(GOOD)
    wrong = ("\x00", "x" * 5000, os.fsdecode(b"\xff"), "", "--at=\x00", "--config=ok", "--baseline=ok", "--format=json=ok")
    for argument in wrong:
        arguments = ("check", argument)
        result = tool(*arguments)
        assert result.code == 2, (arguments, result)
        assert result.err.startswith("error: ")
        assert "Traceback" not in result.err


def test_a_file_that_vanishes_while_it_is_read(repository, tool, monkeypatch: pytest.MonkeyPatch) -> None:
    root: Path = repository({**GOOD, "milvus.yaml": CR, "values.yaml": CR})
    listed = disk.DiskFiles.paths

    def vanishing(self: disk.DiskFiles) -> list[str]:
        paths = listed(self)
        for name in ("milvus.yaml", "values.yaml"):
            (root / name).unlink(missing_ok=True)
        return paths

    monkeypatch.setattr(disk.DiskFiles, "paths", vanishing)
    runs(tool)


def git(folder: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=environment, check=True, capture_output=True)


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@needs_git
def test_kinds_of_repositories(repository, tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root: Path = repository(GOOD)
    runs(tool)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    git(root, "worktree", "add", "-q", "../tree")
    monkeypatch.chdir(tmp_path / "tree")
    runs(tool)
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    git(other, "submodule", "add", "-q", str(root), "sub")
    monkeypatch.chdir(other / "sub")
    runs(tool)
    monkeypatch.chdir(other)
    assert tool("check", "--format", "json").code in (0, 1)
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
    monkeypatch.chdir(tmp_path / "bare.git")
    result = tool("check")
    assert result.code in (0, 2)
    assert "Traceback" not in result.err
    monkeypatch.chdir(root)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    runs(tool)
    monkeypatch.delenv("GIT_TEST_ASSUME_DIFFERENT_OWNER")
    (root / ".git/index").write_bytes(b"broken")
    runs(tool)
    (root / ".git/HEAD").write_bytes(b"broken")
    runs(tool)
    monkeypatch.setenv("PATH", "/nowhere")
    runs(tool)


def test_a_huge_file_is_skipped_and_the_rest_judged(repository, tool) -> None:
    root: Path = repository(GOOD)
    with (root / "values.yaml").open("wb") as file:
        file.write(HEAD.encode())
        file.truncate(50_000_000)
    with (root / "dump.sql").open("wb") as file:
        file.truncate(50_000_000)
    runs(tool, commands=COMMANDS[:2])
    assert "values.yaml" in tool("check", "--verbose").out


def test_many_small_files(repository, tool) -> None:
    repository({**GOOD, **{f"d{n % 20}/f{n}.yaml": "a: 1\n" for n in range(3_000)}})
    runs(tool, commands=COMMANDS[:2])


def test_a_key_that_is_written_many_times(repository, tool) -> None:
    repository({**GOOD, "milvus.yaml": b"common: {security: {tlsMode: true}}\n" * 1_000})
    runs(tool, commands=COMMANDS[:1])
