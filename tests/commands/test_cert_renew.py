"""``cert renew`` from end to end: files and Secret manifests, in place, and nothing else touched."""

from __future__ import annotations

import os
import re
import stat
import textwrap
from base64 import b64decode, b64encode
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gitops_tls.certs import read
from gitops_tls.certs.facts import Certificate
from gitops_tls.certs.pair import load_pair

OLD = ["--at", "2026-01-01", "--days", "100", "--name", "a.example", "--ip", "10.0.0.5"]
NEW = ["--at", "2026-03-01"]


@pytest.fixture
def made(repository, tool):
    """A repository with a set in ``tls``, and the tool, whose output never shows a line of a key."""
    root = repository({".gitignore": "*.key\n"})
    assert tool("cert", "new", *OLD).code == 0

    def run(*words: str):
        secret = set(_key_lines(root))
        result = tool("cert", "renew", *words)
        for line in secret | set(_key_lines(root)):
            assert line not in result.out + result.err
        return result

    return root, run


def _key_lines(root: Path) -> list[str]:
    text = "".join(path.read_text() for path in root.rglob("*.key"))
    return [line for line in text.split() if len(line) > 30]


def content(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git/" not in f"{path}"
    }


def changed(before: dict[str, bytes], root: Path) -> list[str]:
    after = content(root)
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def first(data: bytes) -> Certificate:
    return read.certificates(data)[0]


def test_a_pair_is_renewed(made):
    root, renew = made
    before = content(root)
    (root / "tls/server.key").chmod(0o640)
    result = renew("tls/server.pem", *NEW)
    assert result.code == 0, result
    assert changed(before, root) == ["tls/server.key", "tls/server.pem"]
    assert stat.S_IMODE((root / "tls/server.key").stat().st_mode) == 0o640
    old, new = first(before["tls/server.pem"]), first((root / "tls/server.pem").read_bytes())
    assert (new.subject, new.dns_names, new.ip_addresses, new.extended_key_usage) == (
        old.subject,
        old.dns_names,
        old.ip_addresses,
        old.extended_key_usage,
    )
    assert new.not_before == datetime(2026, 3, 1, tzinfo=timezone.utc)
    assert new.not_after - new.not_before == timedelta(days=100)
    assert load_pair((root / "tls/server.pem").read_bytes(), (root / "tls/server.key").read_bytes()).ok
    assert (
        "renewed tls/server.pem: CN=a.example for a.example, 10.0.0.5, ends 2026-06-09 (100 days); was 2026-04-11" in result.out
    )
    assert "restart Milvus" in result.out


def test_the_key_may_stay(made):
    root, renew = made
    before = content(root)
    assert renew("tls/client.pem", "--keep-key", "--days", "9", *NEW).code == 0
    assert changed(before, root) == ["tls/client.pem"]
    assert load_pair((root / "tls/client.pem").read_bytes(), before["tls/client.key"]).ok
    os.unlink(root / "tls/client.key")
    assert renew("tls/client.pem", "--keep-key").code == 0
    assert renew("tls/client.pem").code == 2


def test_several_at_once_and_one_named_twice(made):
    root, renew = made
    before = content(root)
    (root / "link.pem").symlink_to("tls/server.pem")
    assert renew("tls/server.pem", "tls/client.pem", "./tls/../tls/server.pem", *NEW).code == 0
    assert changed({**before, "link.pem": (root / "link.pem").read_bytes()}, root) == [
        "tls/client.key", "tls/client.pem", "tls/server.key", "tls/server.pem",
    ]  # fmt: skip


def test_one_that_cannot_be_renewed_stops_all(made):
    root, renew = made
    before = content(root)
    assert renew("tls/server.pem", "tls/ca.pem").code == 2
    assert changed(before, root) == []


def test_dry_run(made):
    root, renew = made
    before = content(root)
    assert renew("tls/server.pem", "--dry-run").out.startswith("would renew tls/server.pem: ")
    assert changed(before, root) == []


def test_a_combined_file(made):
    root, renew = made
    folder = root / "tls"
    text = (
        b"# the server\n"
        + (folder / "server.pem").read_bytes()
        + b"# its key\n"
        + (folder / "server.key").read_bytes()
        + b"# end"
    )
    (folder / "both.pem").write_bytes(text)
    result = renew("tls/both.pem", *NEW)
    assert result.code == 0, result
    new = (folder / "both.pem").read_bytes()
    assert load_pair(new, new).ok
    assert re.sub(rb"-----BEGIN.*?-----END [A-Z ]+-----\n", b"@", new, flags=re.DOTALL) == b"# the server\n@# its key\n@# end"


def test_a_ca_elsewhere(made, tool):
    root, renew = made
    assert tool("cert", "new", "leaves", "--ca", "tls/ca.pem", *OLD).code == 0
    assert renew("leaves/server.pem").code == 2
    assert renew("leaves/server.pem", "--ca", "tls/ca.pem", *NEW).code == 0
    os.rename(root / "tls/ca.key", root / "tls/other")
    assert renew("leaves/server.pem", "--ca", "tls/ca.pem").code == 2
    assert renew("leaves/server.pem", "--ca", "tls/ca.pem", "--ca-key", "tls/other").code == 0


def test_another_ca_is_refused(made, tool):
    root, renew = made
    assert tool("cert", "new", "other", *OLD).code == 0
    before = content(root)
    result = renew("tls/server.pem", "--ca", "other/ca.pem")
    assert result.code == 2
    assert "a CA with the name of `other/ca.pem` (`CN=Milvus CA`) but another key" in result.err
    assert changed(before, root) == []


def test_a_link_out_of_the_repository_is_refused(made, tmp_path):
    root, renew = made
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("server.pem", "server.key"):
        os.rename(root / "tls" / name, outside / name)
    (root / "tls/server.key").symlink_to(outside / "server.key")
    (root / "tls/server.pem").write_bytes((outside / "server.pem").read_bytes())
    before = content(outside)
    result = renew("tls/server.pem")
    assert result.code == 2
    assert "symlink out of the repository" in result.err
    os.unlink(root / "tls/server.pem")
    (root / "tls/server.pem").symlink_to(outside / "server.pem")
    assert renew("tls/server.pem", "--keep-key").code == 2
    assert changed(before, outside) == []


def test_a_link_inside_is_followed_and_stays(made):
    root, renew = made
    os.rename(root / "tls/server.pem", root / "real.pem")
    (root / "tls/server.pem").symlink_to("../real.pem")
    before = (root / "real.pem").read_bytes()
    assert renew("tls/server.pem", *NEW).code == 0
    assert (root / "tls/server.pem").is_symlink()
    assert (root / "real.pem").read_bytes() != before


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_two_certificates_with_one_key_behind_a_link(made, link):
    root, renew = made
    folder = root / "tls"
    (folder / "copy.pem").write_bytes((folder / "server.pem").read_bytes())
    link(folder / "server.key", folder / "copy.key")
    before = content(root)
    result = renew("tls/server.pem", "tls/copy.pem", *NEW)
    if link is os.symlink:
        assert result.code == 2
        assert "would be renewed twice" in result.err
        assert changed(before, root) == []
    else:  # writing makes two files of them
        assert result.code == 0
    for name in ("server", "copy"):
        assert load_pair((folder / f"{name}.pem").read_bytes(), (folder / f"{name}.key").read_bytes()).ok


def test_keys_that_are_not_its_own(made):
    root, renew = made
    folder = root / "tls"
    good = (folder / "server.key").read_bytes()
    (folder / "server.key").write_bytes((folder / "client.key").read_bytes())
    assert "another key" in renew("tls/server.pem").err
    key = serialization.load_pem_private_key(good, None)
    hidden = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"hunter2")
    )
    (folder / "server.key").write_bytes(hidden)
    assert "is encrypted" in renew("tls/server.pem").err
    assert renew("tls/server.pem", "--keep-key").code == 0
    (folder / "server.key").write_bytes(b"nothing")
    assert "no private key" in renew("tls/server.pem").err
    (folder / "ca.key").write_bytes(hidden)
    (folder / "server.key").write_bytes(good)
    assert "is encrypted" in renew("tls/server.pem").err


def test_a_failed_write_is_taken_back(made, monkeypatch):
    from gitops_tls.text import write

    root, renew = made
    before = content(root)
    real, calls = os.replace, []

    def replace(*words):
        calls.append(words)
        if len(calls) == 2:
            raise OSError(16, "Device or resource busy")
        real(*words)

    monkeypatch.setattr(write.os, "replace", replace)
    result = renew("tls/server.pem")
    monkeypatch.undo()
    assert result.code == 3
    assert "busy" in result.err
    assert changed(before, root) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no.pem"], "there is no file"),
        (["tls"], "is a folder"),
        (["tls/server.key"], "holds no certificate in PEM: it is a private key"),
        (["tls/ca.pem"], "is a CA"),
        ([".gitignore"], "text without a PEM block"),
        (["tls/server.pem", "--days", "0"], "--days"),
        (["tls/server.pem", "--days", "36000"], "after its CA"),
        (["tls/server.pem", "--at", "2040-01-01"], "ended on"),
        (["tls/server.pem", "--at", "2020-01-01"], "not valid before"),
        (["tls/server.pem", "--ca-key", "tls/ca.key"], "beside --ca"),
        (["tls/server.pem", "--ca", "tls/client.pem"], "is no CA"),
        (["tls/server.pem", "--ca", "tls/ca.pem", "--ca-key", "tls/server.key"], "is not the key of"),
        (["list.yaml"], "no Secret with a certificate"),
        (["broken.yaml"], "is no YAML"),
        (["sealed.yaml"], "is sealed"),
        (["sops.yaml"], "encrypted with SOPS"),
        ([], "missing argument"),
        (["a\0b"], "there is no file"),
    ],
)
def test_bad_input_changes_nothing(made, words, says):
    root, renew = made
    (root / "list.yaml").write_text("- a\n- b\n")
    (root / "broken.yaml").write_text("a: [\n")
    (root / "sealed.yaml").write_text("kind: SealedSecret\nspec: {encryptedData: {server.pem: AgB}}\n")
    (root / "sops.yaml").write_text("kind: Secret\ndata: {server.pem: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}\n")
    before = content(root)
    result = renew(*words)
    assert result.code == 2, result
    assert says in result.err
    assert changed(before, root) == []


# ---- Secret manifests ----------------------------------------------------------------------------------------------------


def indented(data: bytes, width: int = 4) -> str:
    return textwrap.indent(data.decode(), " " * width)


def packed(data: bytes) -> str:
    return b64encode(data).decode()


def wrapped(text: str, width: int) -> str:
    return "\n".join("    " + text[at : at + 76] for at in range(0, len(text), 76)) if width else text


def manifests(pem: bytes, key: bytes, ca: bytes) -> dict[str, str]:
    quoted = pem.decode().replace("\n", "\\n")
    return {
        "data": f"""# before
apiVersion: v1
kind: Secret
metadata:
    name: certs   # the server's
type: kubernetes.io/tls
data:
    ca.crt: {packed(ca)}
    # renewed by hand
    tls.crt: {packed(pem)} # certificate
    tls.key: "{packed(key)}"
    note: 'aGVsbG8='""",
        "wrapped data": f"""apiVersion: v1
kind: Secret
metadata: {{name: certs}}
data:
  server.key: |
{wrapped(packed(key), 76)}
  server.pem: |-
{wrapped(packed(pem), 76)}
---
kind: ConfigMap
data: {{a: b}}
""",
        "stringData": f"""kind: Secret
stringData:
  server.pem: |  # one
{indented(pem)}
  server.key: |-
{indented(key).rstrip()}
  # the rest
  password: hunter2
""",
        "quoted": f"""kind: Secret
stringData: {{"server.pem": "{quoted}", 'server.key': "{key.decode().replace(chr(10), chr(92) + "n")}"}} # all
""",
        "json": f"""{{"kind": "Secret", "data": {{"a": "{packed(pem)}", "b": "{packed(key)}"}}}}\n""",
        "one value": f"kind: Secret\ndata: {{both.pem: {packed(pem + key)}}}\n",
        "in a list": f"""kind: List
items:
  - kind: Secret
    data:
      tls.crt: {packed(pem)}
      tls.key: {packed(key)}
""",
    }


SHAPES = list(manifests(b"", b"", b""))


def values(text: str) -> list[dict[str, bytes]]:
    """The Secrets' content, read by another YAML library's rules."""
    found = []
    for document in YAML(typ="safe").load_all(text):
        for one in document.get("items", [document]):
            if one["kind"] == "Secret":
                plain = {key: value.encode() for key, value in one.get("stringData", {}).items()}
                found.append({**{key: b64decode(value) for key, value in one.get("data", {}).items()}, **plain})
    return found


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_renewed_in_place(made, shape, newline):
    root, renew = made
    folder = root / "tls"
    pem, key, ca = ((folder / name).read_bytes() for name in ("server.pem", "server.key", "ca.pem"))
    path = folder / ("secret.json" if shape == "json" else "secret.yaml")
    before = manifests(pem, key, ca)[shape].replace("\n", newline)
    path.write_bytes(before.encode())
    path.chmod(0o640)
    rest = content(root)
    result = renew(path.relative_to(root).as_posix(), *NEW)
    assert result.code == 0, result
    assert changed(rest, root) == [path.relative_to(root).as_posix()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    after = path.read_bytes().decode()
    (old,), (new,) = values(before), values(after)
    assert list(old) == list(new)
    renewed = [name for name in old if old[name] != new[name]]
    assert [name for name in renewed if name not in ("password", "note", "ca.crt")] == renewed
    certificate = next(value for value in new.values() if b"BEGIN CERT" in value and not first(value).is_ca)
    private = next(value for value in new.values() if b"PRIVATE KEY" in value)
    assert load_pair(certificate, private).ok
    assert first(certificate).not_before == datetime(2026, 3, 1, tzinfo=timezone.utc)
    # what is left when the values are taken out is the same, byte for byte
    assert skeleton(after) == skeleton(before)
    assert ("\r\n" in after) is ("\r\n" in before)
    assert "hunter2" not in result.out


def skeleton(text: str) -> str:
    text = re.sub(r"-----BEGIN.*?-----END [A-Z ]+-----", "@", text, flags=re.DOTALL)
    return re.sub(r"[A-Za-z0-9+/=]{40,}(\s+[A-Za-z0-9+/=]{4,}(?=\s*$))*", "#", text, flags=re.MULTILINE)


def test_only_the_certificate_of_a_secret(made):
    root, renew = made
    folder = root / "tls"
    text = f"kind: Secret\ndata:\n  a: {packed((folder / 'server.pem').read_bytes())}\n"
    (folder / "s.yaml").write_text(text)
    assert "not in the same Secret" in renew("tls/s.yaml").err
    assert (folder / "s.yaml").read_text() == text
    assert renew("tls/s.yaml", "--keep-key").code == 0
    assert (folder / "s.yaml").read_text() != text


def test_a_secret_that_cert_new_wrote(repository, tool):
    root = repository({})
    assert tool("cert", "new", *OLD, "--secret", "certs", "--keys", "tls").code == 0
    before = (root / "tls/certs.yaml").read_text()
    assert tool("cert", "renew", "tls/certs.yaml", "--days", "50", *NEW).code == 0
    (old,), (new,) = values(before), values((root / "tls/certs.yaml").read_text())
    assert old["ca.crt"] == new["ca.crt"]
    assert load_pair(new["tls.crt"], new["tls.key"]).ok
    assert stat.S_IMODE((root / "tls/certs.yaml").stat().st_mode) == 0o600


def test_copies_in_one_secret_stay_copies(made):
    root, renew = made
    folder = root / "tls"
    pem, key = packed((folder / "server.pem").read_bytes()), packed((folder / "server.key").read_bytes())
    text = f"kind: Secret\ndata:\n  server.pem: {pem}\n  tls.crt: {pem}\n  server.key: {key}\n  tls.key: {key}\n"
    text += f"stringData:\n  server.pem: |\n{indented((folder / 'server.pem').read_bytes())}\n"
    (folder / "s.yaml").write_text(text)
    result = renew("tls/s.yaml", *NEW)
    assert result.code == 0, result
    assert "renewed tls/s.yaml (server.pem, tls.crt): " in result.out
    assert "tls/s.yaml (server.key, tls.key): a new key" in result.out
    (document,) = YAML(typ="safe").load_all((folder / "s.yaml").read_text())
    data = {name: b64decode(value) for name, value in document["data"].items()}
    assert data["server.pem"] == data["tls.crt"]
    assert data["server.pem"].decode().strip() == document["stringData"]["server.pem"].strip()
    assert data["server.key"] == data["tls.key"]
    assert load_pair(data["tls.crt"], data["tls.key"]).ok
    assert data["tls.key"] != (folder / "server.key").read_bytes()


def test_two_certificates_with_one_key_are_refused(made, tool):
    root, renew = made
    folder = root / "tls"
    key, first_pem = packed((folder / "server.key").read_bytes()), packed((folder / "server.pem").read_bytes())
    assert renew("tls/server.pem", "--keep-key", *NEW).code == 0
    second = packed((folder / "server.pem").read_bytes())
    (folder / "s.yaml").write_text(f"kind: Secret\ndata:\n  a.pem: {first_pem}\n  b.pem: {second}\n  k: {key}\n")
    result = renew("tls/s.yaml", *NEW)
    assert result.code == 2
    assert "share the key `k`" in result.err


def test_values_that_are_written_wrongly_get_their_own_words(made):
    root, renew = made
    folder = root / "tls"
    pem = packed((folder / "server.pem").read_bytes())
    for value, says in (
        (f">\n{indented(wrapped(pem, 64).encode())}", "has blanks in it, as folded lines get them"),
        (packed(pem.encode()), "is base64 twice"),
    ):
        (folder / "s.yaml").write_text(f"kind: Secret\ndata:\n  a.pem: {value}\n")
        result = renew("tls/s.yaml")
        assert result.code == 2
        assert "`a.pem` in `tls/s.yaml` " in result.err
        assert says in result.err


def test_the_key_of_the_ca_may_be_elsewhere(made):
    root, renew = made
    (root / "tls/ca.key").rename(root / "away.key")
    result = renew("tls/server.pem", *NEW)
    assert result.code == 2
    assert "--ca tls/ca.pem --ca-key FILE" in result.err
    assert renew("tls/server.pem", "--ca", "tls/ca.pem", "--ca-key", "away.key", *NEW).code == 0


def test_a_chain_the_wrong_way_round(made):
    root, renew = made
    folder = root / "tls"
    (folder / "server.pem").write_bytes((folder / "ca.pem").read_bytes() + (folder / "server.pem").read_bytes())
    result = renew("tls/server.pem", *NEW)
    assert result.code == 2
    assert "begins with a CA" in result.err
    assert "GT305" in result.err


def test_anchors_and_templates_are_refused(made):
    root, renew = made
    folder = root / "tls"
    pem, key = packed((folder / "server.pem").read_bytes()), packed((folder / "server.key").read_bytes())
    for text in (
        f"kind: Secret\ndata:\n  a: &one {pem}\n  b: {key}\nother: *one\n",
        f"kind: Secret\nx: &k {key}\ndata:\n  a: {pem}\n  b: *k\n",
    ):
        (folder / "s.yaml").write_text(text)
        result = renew("tls/s.yaml")
        assert result.code == 2
        assert "cannot be edited with certainty" in result.err
        assert (folder / "s.yaml").read_text() == text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_refused_or_renewed_whole(made, data):
    """A manifest with a part cut out or overwritten: an error with nothing written, or a pair that fits."""
    root, renew = made
    folder = root / "tls"
    shape = data.draw(st.sampled_from(SHAPES))
    text = manifests(*((folder / name).read_bytes() for name in ("server.pem", "server.key", "ca.pem")))[shape]
    at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 40))
    damaged = text[:at] + data.draw(st.text(alphabet="\n :{}[]'\"&*|>#-aZ=\t", max_size=6)) + text[at + length :]
    (folder / "s.yaml").write_text(damaged)
    result = renew("tls/s.yaml", *NEW)
    assert result.code in (0, 2), result
    after = (folder / "s.yaml").read_text()
    if result.code == 2:
        assert after == damaged
    else:
        assert after != damaged
