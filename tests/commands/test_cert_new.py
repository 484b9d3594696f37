"""``cert new`` from end to end: the files, what is said of them, and what is left alone."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gitops_tls.certs import read
from gitops_tls.certs.pair import load_pair

SEVEN = ["ca.key", "ca.pem", "ca.srl", "client.key", "client.pem", "server.key", "server.pem"]
NAMES = ["--name", "milvus.example.com", "--name", "*.milvus.example.com", "--ip", "10.0.0.5"]


def listed(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and ".git/" not in f"{path}"
    )


def bodies(content: bytes) -> list[bytes]:
    """What must never be seen: the lines of private keys."""
    keys = re.findall(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", content, re.DOTALL)
    return [line for key in keys for line in key.split() if len(line) > 20]


@pytest.fixture
def quiet(tool):
    """The tool; no line of a private key that then stands on disk may have been printed."""

    def run(*words: str, **more):
        result = tool(*words, **more)
        for path in Path().rglob("*"):
            for line in bodies(path.read_bytes()) if path.is_file() else ():
                assert line.decode() not in result.out + result.err
        return result

    return run


@pytest.mark.parametrize("kind", ["rsa:2048", "ec:p256", "EC:P-384"])
def test_the_seven_files_of_the_documentation(repository, quiet, kind):
    root = repository({})
    result = quiet("cert", "new", "deploy/tls", "--key", kind, *NAMES, "--days", "90", "--ca-days", "400")
    assert result.code == 0, result
    folder = root / "deploy/tls"
    assert listed(folder) == SEVEN
    for name in SEVEN:
        mode = stat.S_IMODE((folder / name).stat().st_mode)
        assert mode == (0o600 if name.endswith(".key") else mode)
        assert name in result.out
    for role in ("ca", "server", "client"):
        assert load_pair((folder / f"{role}.pem").read_bytes(), (folder / f"{role}.key").read_bytes()).ok
        assert (folder / f"{role}.key").read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    server = read.certificates((folder / "server.pem").read_bytes())[0]
    assert server.dns_names == ("milvus.example.com", "*.milvus.example.com")
    assert server.ip_addresses == ("10.0.0.5",)
    assert (server.not_after - server.not_before).days == 90
    assert server.key.replace(" ", "").replace("-", "").lower() == kind.replace(":", "").replace("-", "").lower()
    client = read.certificates((folder / "client.pem").read_bytes())[0]
    assert (folder / "ca.srl").read_text() == client.serial + "\n"
    assert "CN=milvus.example.com for milvus.example.com, *.milvus.example.com, 10.0.0.5, ends 20" in result.out
    assert "gitops-tls cert renew deploy/tls/server.pem deploy/tls/client.pem" in result.out


def test_the_start_is_chosen(repository, quiet):
    root = repository({})
    assert quiet("cert", "new", "--at", "2026-11-22").code == 0
    for name in ("ca", "server", "client"):
        assert read.certificates((root / f"tls/{name}.pem").read_bytes())[0].not_before.isoformat() == "2026-11-22T00:00:00+00:00"


def test_nothing_is_overwritten(repository, quiet):
    root = repository({"tls/server.key": "mine"})
    result = quiet("cert", "new")
    assert result.code == 2
    assert "`server.key` is there already in `tls`; nothing was written" in result.err
    assert listed(root) == ["tls/server.key"]
    assert quiet("cert", "new", "--force").code == 0
    assert listed(root / "tls") == SEVEN
    assert (root / "tls/server.key").read_text() != "mine"


def test_dry_run_writes_nothing(repository, quiet):
    root = repository({})
    result = quiet("cert", "new", "--dry-run", "--gitignore", "--secret", "certs")
    assert (result.code, listed(root)) == (0, [])
    assert "would write 8 files into tls" in result.out
    assert "would add to .gitignore: `/tls/*.key`, `/tls/certs.yaml`" in result.err
    assert quiet("cert", "new", "--dry-run", "--cert-manager").out.startswith("would write tls/cert-manager.yaml")
    assert listed(root) == []


# ---- Git -----------------------------------------------------------------------------------------------------------------


def tracked_by_add(root: Path) -> list[str]:
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    return subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True).stdout.split("\n")[:-1]


def test_keys_that_git_would_take_are_told(repository, quiet):
    root = repository({})
    assert "warning: Git does not ignore tls/ca.key, tls/server.key, tls/client.key" in quiet("cert", "new").err
    (root / ".gitignore").write_text("*.key\n")
    assert quiet("cert", "new", "other").err == ""


def test_outside_of_git_nothing_is_said(repository, quiet):
    repository({}, git=False)
    assert quiet("cert", "new").err == ""


@pytest.mark.parametrize("before", [None, "", "*.log\n", "*.log", "*.log\r\n"])
@pytest.mark.parametrize("folder", ["tls", ".", "a b/[x]*", "!odd/#1"])
def test_gitignore_is_extended_so_that_git_obeys(repository, quiet, before, folder):
    root = repository({} if before is None else {".gitignore": before})
    result = quiet("cert", "new", folder, "--gitignore")
    assert result.code == 0, result
    assert not [path for path in tracked_by_add(root) if path.endswith(".key")]
    text = (root / ".gitignore").read_bytes().decode()
    assert text.startswith(before or "")
    assert ("\r\n" in text) is (before is not None and "\r\n" in before)
    (root / ".gitignore").write_bytes(text.encode())
    assert quiet("cert", "new", folder, "--gitignore", "--force").err == ""
    assert (root / ".gitignore").read_bytes().decode() == text


@pytest.mark.parametrize("before", [None, "*.log\n"])
def test_gitignore_is_taken_back_where_the_files_cannot_be_written(repository, quiet, monkeypatch, before):
    from gitops_tls.errors import UsageError

    root = repository({} if before is None else {".gitignore": before})
    module = __import__("gitops_tls.commands.cert_new", fromlist=["x"])

    def full(*_, **__):
        raise UsageError("no space left")

    monkeypatch.setattr(module, "write_set", full)
    assert quiet("cert", "new", "--gitignore").code == 2
    assert listed(root) == ([] if before is None else [".gitignore"])
    if before is not None:
        assert (root / ".gitignore").read_text() == before


# ---- a CA that is there already ------------------------------------------------------------------------------------------


def test_leaves_under_a_ca_that_is_there(repository, quiet):
    root = repository({".gitignore": "*.key\n"})
    assert quiet("cert", "new", "ca", "--key", "rsa:2048").code == 0
    result = quiet("cert", "new", "team a", "--ca", "ca/ca.pem", "--client-name", "search team", "--name", "a.example")
    assert result.code == 0, result
    assert listed(root / "team a") == ["ca.pem", "client.key", "client.pem", "server.key", "server.pem"]
    assert (root / "team a/ca.pem").read_bytes() == (root / "ca/ca.pem").read_bytes()
    assert "cert renew 'team a/server.pem' 'team a/client.pem' --ca ca/ca.pem" in result.out
    os.unlink(root / "ca/server.pem")
    os.unlink(root / "ca/server.key")
    os.unlink(root / "ca/client.pem")
    os.unlink(root / "ca/client.key")
    before = (root / "ca/ca.key").read_bytes()
    assert quiet("cert", "new", "ca", "--ca", "ca/ca.pem", "--ca-key", "ca/ca.key").code == 0
    assert (root / "ca/ca.key").read_bytes() == before
    assert listed(root / "ca") == SEVEN


def test_another_cas_key_is_not_left_beside(repository, quiet):
    repository({".gitignore": "*.key\n"})
    assert quiet("cert", "new", "one").code == 0
    assert quiet("cert", "new", "two").code == 0
    result = quiet("cert", "new", "two", "--ca", "one/ca.pem", "--force")
    assert result.code == 2
    assert "`two/ca.key` is the key of another CA" in result.err


def test_a_ca_that_ends_too_early(repository, quiet):
    root = repository({".gitignore": "*.key\n"})
    assert quiet("cert", "new", "old", "--days", "10", "--ca-days", "20").code == 0
    result = quiet("cert", "new", "a", "--ca", "old/ca.pem")
    assert result.code == 0
    assert "note: it ends with its CA on" in result.err
    assert quiet("cert", "new", "b", "--ca", "old/ca.pem", "--days", "21").code == 2
    assert quiet("cert", "new", "c", "--ca", "old/ca.pem", "--at", "2099-01-01").code == 2
    assert not (root / "b").exists()
    assert not (root / "c").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--name", "10.0.0.5"], "--ip 10.0.0.5"),
        (["--name", "bücher.example"], "xn--bcher-kva.example"),
        (["--ip", "localhost"], "no IP address"),
        (["--days", "0"], "--days is `0`"),
        (["--days", "-3"], "--days is `-3`"),
        (["--days", "4000"], "after their CA"),
        (["--days", "100", "--ca-days", "50"], "after their CA"),
        (["--ca-days", "abc"], "no number of days"),
        (["--key", "rsa:1024"], "rsa:2048"),
        (["--key", "ed25519"], "gRPC"),
        (["--key", "dsa"], "no key that is made here"),
        (["--at", "tomorrow"], "no date"),
        (["--at", "1900-01-01"], "1950"),
        (["--at", "9999-06-01"], "9999"),
        (["--client-name", ""], "empty"),
        (["--client-name", "x" * 65], "at most 64"),
        (["--client-name", "milvus ca"], "the name of the CA"),
        (["--client-name", "a\x1b[31m"], "not printable"),
        (["--ca", "no.pem"], "there is no file `no.pem`"),
        (["--ca", "tls"], "is a directory"),
        (["--ca", "text"], "there is no file `text.key`"),
        (["--ca", "text", "--ca-key", "text"], "holds no certificate in PEM: it is text without a PEM block"),
        (["--ca-key", "text"], "--ca-key means something only beside --ca"),
        (["--ca", "text", "--ca-days", "9"], "exclude each other"),
        (["--namespace", "x"], "only beside --secret"),
        (["--keys", "tls"], "only beside --secret"),
        (["--secret", "x", "--keys", "both"], "neither `milvus` nor `tls`"),
        (["--secret", "Not_A_Name"], "Kubernetes does not accept"),
        (["--secret", "a", "--namespace", "a.b"], "Kubernetes does not accept"),
        (["--secret", "a", "--sops", "--sealed", "--namespace", "b"], "exclude each other"),
        (["--secret", "a", "--sealed"], "one namespace only"),
        (["--sops"], "only beside --secret"),
        (["--cert-manager", "--ca", "text"], "exclude each other"),
        (["text"], "cannot be made"),
        (["text/below"], "cannot be made"),
        ([""], "empty"),
        (["a\0b"], "empty"),
    ],
)
def test_bad_input_is_refused_with_nothing_written(repository, quiet, words, says):
    root = repository({"text": "no pem", "tls/.keep": ""})
    result = quiet("cert", "new", *words)
    assert result.code == 2, result
    assert says in result.err
    assert "Traceback" not in result.err
    assert "\x1b" not in result.err
    assert listed(root) == ["text", "tls/.keep"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(repository, quiet):
    root = repository({"ro/x": ""})
    (root / "ro").chmod(0o555)
    for folder in ("ro", "ro/tls"):
        result = quiet("cert", "new", folder)
        assert result.code == 2
        assert "permission denied" in result.err
    (root / "ro").chmod(0o755)
    assert listed(root) == ["ro/x"]


# ---- Kubernetes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "kind", "names"),
    [
        ("milvus", "Opaque", ["server.pem", "server.key", "ca.pem"]),
        ("tls", "kubernetes.io/tls", ["tls.crt", "tls.key", "ca.crt"]),
    ],
)
@pytest.mark.parametrize("name", ["milvus-certs", "1e3", "true"])
def test_a_secret_of_the_same_files(repository, quiet, keys, kind, names, name):
    root = repository({})
    result = quiet("cert", "new", "--secret", name, "--namespace", "db", "--keys", keys)
    assert result.code == 0, result
    assert "in clear" in result.err
    path = root / f"tls/{name}.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = YAML(typ="safe").load(path.read_text())
    assert (secret["kind"], secret["type"], secret["metadata"]) == ("Secret", kind, {"name": name, "namespace": "db"})
    assert list(secret["data"]) == names
    for key, file in zip(names, ("server.pem", "server.key", "ca.pem"), strict=True):
        assert b64decode(secret["data"][key]) == (root / "tls" / file).read_bytes()
    assert secret["data"][names[1]] not in result.out + result.err
    assert "Git does not ignore" in result.err
    assert f"tls/{name}.yaml" in result.err


def test_a_secret_that_the_tool_itself_finds_right(repository, quiet, tool):
    repository({})
    quiet("cert", "new", "--secret", "milvus-certs")
    assert tool("check").code == 0, tool("check")


CERTIFICATE_KEYS = {
    "isCA",
    "commonName",
    "secretName",
    "duration",
    "renewBefore",
    "privateKey",
    "usages",
    "issuerRef",
    "dnsNames",
    "ipAddresses",
}


@pytest.mark.parametrize(("days", "ca_days"), [("1", "1"), ("90", "3650"), ("365", "365")])
@pytest.mark.parametrize(("key", "algorithm"), [("rsa:3072", ("RSA", 3072)), ("ec:p384", ("ECDSA", 384))])
def test_manifests_for_cert_manager(repository, quiet, days, ca_days, key, algorithm):
    root = repository({})
    words = ["--key", key, "--days", days, "--ca-days", ca_days, "--secret", "prod-tls", "--namespace", "db", *NAMES]
    result = quiet("cert", "new", "k8s", "--cert-manager", *words)
    assert result.code == 0, result
    assert listed(root) == ["k8s/cert-manager.yaml"]
    documents = list(YAML(typ="safe").load_all((root / "k8s/cert-manager.yaml").read_text()))
    assert all(one["apiVersion"] == "cert-manager.io/v1" and one["metadata"]["namespace"] == "db" for one in documents)
    issuers = {one["metadata"]["name"]: one["spec"] for one in documents if one["kind"] == "Issuer"}
    made = {one["metadata"]["name"]: one["spec"] for one in documents if one["kind"] == "Certificate"}
    assert len(issuers) == 2
    for spec in made.values():
        assert set(spec) <= CERTIFICATE_KEYS
        assert spec["issuerRef"]["name"] in issuers
        assert (spec["privateKey"]["algorithm"], spec["privateKey"]["size"]) == algorithm
        duration, before = (int(spec[word].removesuffix("h")) for word in ("duration", "renewBefore"))
        assert 1 <= before < duration
    assert issuers["prod-selfsigned"] == {"selfSigned": {}}
    assert issuers["prod-ca"] == {"ca": {"secretName": made["prod-ca"]["secretName"]}}
    assert made["prod-ca"]["isCA"] is True
    assert made["prod-ca"]["issuerRef"]["name"] == "prod-selfsigned"
    server, client = made["prod-server"], made["prod-client"]
    assert server["secretName"] == "prod-tls"
    assert (server["dnsNames"], server["ipAddresses"]) == (["milvus.example.com", "*.milvus.example.com"], ["10.0.0.5"])
    assert "server auth" in server["usages"]
    assert "client auth" not in server["usages"]
    assert client["usages"] == ["digital signature", "client auth"]
    assert len({spec["secretName"] for spec in made.values()}) == 3
    assert quiet("cert", "new", "k8s", "--cert-manager", *words).code == 2


SOPS = """#!/bin/sh
cat > clear.txt
case "$*" in *--filename-override*certs.sops.yaml*) ;; *) exit 9 ;; esac
printf 'apiVersion: v1\\nkind: Secret\\ndata:\\n    server.key: ENC[AES256_GCM,data:x]\\nsops:\\n    mac: y\\n'
"""
SEALED = """#!/bin/sh
cat > clear.txt
printf 'apiVersion: bitnami.com/v1alpha1\\nkind: SealedSecret\\nspec:\\n  encryptedData:\\n    server.key: AgB\\n'
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A function that puts a program on PATH (alone, with Git and the shell's own)."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "cat", "sh"):
        (folder / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, text: str) -> None:
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)

    return put


@pytest.mark.parametrize("key_first", [True, False])
def test_a_key_in_the_file_of_the_ca_is_given_to_nobody(repository, quiet, key_first):
    root = repository({})
    assert quiet("cert", "new", "a").code == 0
    pem, key = (root / "a/ca.pem").read_bytes(), (root / "a/ca.key").read_bytes()
    (root / "both.pem").write_bytes(key + pem if key_first else pem.rstrip() + b"\n" + key)
    result = quiet("cert", "new", "b", "--ca", "both.pem", "--ca-key", "both.pem", "--secret", "certs")
    assert result.code == 0, result
    assert (root / "b/ca.pem").read_bytes() == pem
    values = YAML(typ="safe").load((root / "b/certs.yaml").read_text())["data"]
    assert b64decode(values["ca.pem"]) == pem
    # in the folder of the CA its file stays what it is
    (root / "b/ca.pem").write_bytes(key + pem)
    result = quiet("cert", "new", "b", "--ca", "b/ca.pem", "--ca-key", "b/ca.pem", "--force")
    assert result.code == 0, result
    assert (root / "b/ca.pem").read_bytes() == key + pem


def test_a_line_that_git_does_not_obey_is_told(repository, quiet):
    repository({"sub/.gitignore": "!*.key\n"})
    result = quiet("cert", "new", "sub/tls", "--gitignore")
    assert result.code == 0
    assert "added to .gitignore" in result.err
    assert "Git takes sub/tls/ca.key" in result.err
    assert "all the same" not in quiet("cert", "new", "tls", "--gitignore").err


def test_more_names_than_a_client_reads_are_refused_at_once(repository, quiet):
    root = repository({})
    names = [word for i in range(5000) for word in ("--name", f"host-{i}.example.com")]
    result = quiet("cert", "new", *names)
    assert result.code == 2
    assert "5,000 names" in result.err
    assert "wildcard" in result.err
    assert listed(root) == []
    assert quiet("cert", "new", *names[:1000]).code == 0


def test_the_secrets_of_cert_manager_stand_in_columns(repository, quiet):
    repository({})
    out = quiet("cert", "new", "--cert-manager", "--dry-run").out
    assert len({line.index("Secret for") for line in out.splitlines() if "Secret for" in line}) == 1


@pytest.mark.skipif(os.name == "nt", reason="shell scripts")
@pytest.mark.parametrize(
    ("option", "name", "text", "end"), [("--sops", "sops", SOPS, "sops"), ("--sealed", "kubeseal", SEALED, "sealed")]
)
class TestEncryption:
    words = ("cert", "new", "--secret", "certs", "--namespace", "db")

    def test_without_the_program_it_is_refused(self, repository, quiet, program, option, name, text, end):
        root = repository({})
        result = quiet(*self.words, option)
        assert result.code == 2
        assert f"{option} needs the program `{name}`" in result.err
        assert listed(root) == []

    def test_what_it_makes_is_written(self, repository, quiet, program, option, name, text, end):
        root = repository({})
        program(name, text)
        result = quiet(*self.words, option)
        assert result.code == 0, result
        assert "in clear" not in result.err
        assert f"certs.{end}.yaml" not in result.err
        assert b"kind: Secret" in (root / "clear.txt").read_bytes()
        assert listed(root / "tls") == sorted([*SEVEN, f"certs.{end}.yaml"])
        assert (root / f"tls/certs.{end}.yaml").read_text() == subprocess.run(
            ["sh", "-c", text.split("\n")[-2]], capture_output=True, text=True, check=True
        ).stdout

    @pytest.mark.parametrize("body", ["cat", "exit 0", "echo 'no key found' >&2; exit 3", "echo 'kind: Secret'"])
    def test_what_it_does_not_encrypt_is_not_written(self, repository, quiet, program, option, name, text, end, body):
        root = repository({})
        program(name, f"#!/bin/sh\n{body}\n")
        result = quiet(*self.words, option)
        assert result.code == 2
        assert ("no key found" in result.err) is ("exit 3" in body)
        assert "nothing was written" in result.err
        assert listed(root) == []


@pytest.mark.skipif(os.name == "nt", reason="shell scripts")
def test_an_old_sops_is_told_by_its_own_words(repository, quiet, program):
    root = repository({})
    program("sops", "#!/bin/sh\necho 'FATA[0000] flag provided but not defined: -filename-override' >&2\nexit 1\n")
    result = quiet("cert", "new", "--secret", "certs", "--sops")
    assert result.code == 2
    assert "help: sops 3.9 or newer is needed" in result.err
    assert listed(root) == []


def test_the_help_says_what_was_not_tried_with_the_real_programs(quiet):
    text = " ".join(quiet("cert", "new", "--help").out.replace("\u2502", " ").split())
    assert "stand-in for sops only" in text
    assert "stand-in for kubeseal only" in text
