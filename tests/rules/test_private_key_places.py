"""GT210: which texts count as a private key in Git, where the caret stands, and that no output shows the key."""

from __future__ import annotations

import base64
import importlib.util
import sys
from pathlib import Path

import pytest

from gitops_tls.findings import Finding
from gitops_tls.formats import mask
from gitops_tls.repo.files import MemoryFiles

_spec = importlib.util.spec_from_file_location("rule_examples", Path(__file__).with_name("examples.py"))
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples"] = examples
_spec.loader.exec_module(examples)

KEY = "{key:server}"


def found(path: str, text: str) -> list[Finding]:
    return [finding for finding in examples.report({path: text}).findings if finding.rule == "GT210"]


def key_text() -> str:
    return str(examples.fill(KEY))


@pytest.mark.parametrize(
    ("path", "text", "places"),
    [
        ("a.key", f"{KEY}\n", [(1, 1)]),
        ("a.pem", f"{{cert:server}}\n{KEY}\n", None),
        ("id_rsa", f"{KEY}\n", [(1, 1)]),
        ("notes.txt", f"{KEY}\n", []),
        ("values.yaml", f"proxy:\n  tls:\n    enabled: true\n    key: |-\n      {KEY}\n", [(5, 7)]),
        ("config.yaml", "kind: Config\nusers:\n- user:\n    client-key-data: {keyb64:server}\n", [(4, 5)]),
        ("folded.yaml", "a:\n  {{ .Values.x }}\nb:\n  tls.key: {keyb64:server}\n", [(4, 3)]),
        ("encrypted.key", "{key:encrypted}\n", []),
        ("cert.yaml", "tls.crt: {certb64:server}\n", []),
    ],
)
def test_places(path: str, text: str, places: list[tuple[int, int]] | None) -> None:
    findings = found(path, text)
    if places is None:
        assert len(findings) == 1
    else:
        assert [(finding.where.line, finding.where.column) for finding in findings] == places


def test_one_value_with_certificate_and_key_in_wrapped_base64() -> None:
    both = base64.encodebytes(examples.fill("{cert:server}\n{key:server}\n").encode()).decode()
    text = "data:\n  tls.pem: |\n" + "".join(f"    {line}\n" for line in both.splitlines()) + "  other: eA==\n"
    assert [(f.where.line, f.where.column, f.where.pointer) for f in found("s.yaml", text)] == [(2, 3, "/data/tls.pem")]


def test_in_a_secret_the_caret_stands_at_the_key() -> None:
    findings = found("s.yaml", f"kind: Secret\nstringData:\n  tls.key: |\n    {KEY}\n")
    assert [(f.where.line, f.where.column, f.where.pointer) for f in findings] == [(3, 3, "/stringData/tls.key")]


def test_json_escapes_folded_lines_and_comments_hide_no_key() -> None:
    lines = key_text().splitlines()
    escaped = "\\n".join(lines)
    assert len(found("a.json", f'{{"kind": "Secret", "stringData": {{"k": "{escaped}"}}}}\n')) == 1
    assert len(found("a.yaml", "k: " + " ".join(lines) + "\n")) == 1
    assert len(found("a.yaml", "".join(f"# {line}\n" for line in lines))) == 1


@pytest.mark.parametrize("body", ["change to your own private key", "MIIEvQIBADANBg...", "", "bm90IGEga2V5IGF0IGFsbCwgcmVhbGx5"])
def test_placeholders_are_no_keys(body: str) -> None:
    assert found("a.yaml", f"k: |\n  -----BEGIN PRIVATE KEY-----\n  {body}\n  -----END PRIVATE KEY-----\n") == []


@pytest.mark.parametrize("form", [f"stringData:\n  k: |\n    {KEY}\n", "data:\n  k: {keyb64:server}\n", f"x:\n  k: {KEY}\n"])
def test_nothing_secret_is_said_or_marked(form: str) -> None:
    text = examples.fill("kind: Secret\n" + form)
    secret = [line for line in key_text().splitlines() if "-----" not in line]
    for finding in found("s.yaml", text):
        where = finding.where
        marked = text.splitlines()[where.line - 1][where.column - 1 : where.end_column - 1]
        assert marked == "k" or marked.endswith("PRIVATE KEY-----")
        for line in secret:
            assert line not in finding.message
            assert line not in mask.whole(text)


def _rules(path: str, data: bytes) -> list[str]:
    return [finding.rule for finding in examples.judge(MemoryFiles({path: data})).findings if finding.rule == "GT210"]


def test_a_key_in_another_encoding_or_container() -> None:
    assert _rules("a.key", key_text().encode("utf-16")) == ["GT210"]
    assert _rules("a.key", examples.issued("server").pem.decode().encode("utf-16")) == []
    server = examples.issued("server")
    assert _rules("a.p12", examples.pki().pkcs12(server)) == ["GT210"]
    assert _rules("a.p12", examples.pki().pkcs12(server, b"not a secret")) == []
    assert _rules("a.p12", examples.pki().pkcs12(server)[:-9]) == []
