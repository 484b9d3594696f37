"""Made-up files for APISIX: nothing crashes, fixes verify and settle, scripts stay as they are."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gitops_tls.config import Config
from gitops_tls.pipeline import Report, analyse
from gitops_tls.repair import Repaired, repair
from gitops_tls.repo.files import Files, MemoryFiles
from gitops_tls.repo.workspace import Workspace

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
SCALARS = st.sampled_from(
    ["true", '"true"', "9443", '"9443"', "70000", "TLSv1.2 TLSv1.3", '"TLSv1.2,TLSv1.3"', "tlsv1.2", "TLSv1 TLSv1.2", "a.com", "1234567890abcdef",
     "", "null", "${{X}}", "[]", "{}", "[9443]", "[TLSv1.2, TLSv1.3]", "{port: 9443}", "[{port: 9443, enable_http2: true}]", '[{port: "9443"}]', "!!str true"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["enable", "listen", "ssl_protocols", "ssl_ciphers", "ssl_trusted_certificate", "fallback_sni", "key_encrypt_salt", "skip_mtls_uri_regex",
     "listen_port", "enable_http2", "ssl_session_tickets", "foo", "sslProtocols", "client"]
)  # fmt: skip
NOTES = st.sampled_from(["", "", " # note"])
BLOCKS = st.sampled_from(
    ["listen:\n  - 9443 # a\n  - port: 9444", "listen: # b\n- port: 9443\n  enable_http2: true\n- port: 9444\n  enable_http2: true", "listen:\n  ip: 127.0.0.1\n\n  # c\n  port: 9443",
     "ssl_protocols:\n  - TLSv1.2\n  - TLSv1.3", "ssl_ciphers:\n- A\n- B"]
)  # fmt: skip
LINES = st.builds(lambda key, value, note: f"{key}: {value}{note}", KEYS, SCALARS, NOTES) | BLOCKS
KEYRINGS = st.sampled_from(
    ["", "  data_encryption:\n    keyring:\n      - qeddd145sfvddff3\n", "  data_encryption: {keyring: [abcdefghabcdefgh]}\n"]
)
DEPLOYMENTS = st.sampled_from(["", "deployment:\n  role: traditional\n  admin:\n    https_admin: 'true'\n    allow_admin: []\n"])


@st.composite
def configs(draw: st.DrawFn) -> str:
    lines = draw(st.lists(LINES, max_size=4, unique_by=lambda line: line.split(":")[0]))
    body = "".join(f"    {line}\n" for block in lines for line in block.split("\n"))
    text = draw(KEYRINGS) + "  node_listen: 9080\n" + f"  ssl:{draw(NOTES)}\n" + body
    text = draw(DEPLOYMENTS) + "apisix:\n" + text + draw(st.sampled_from(["", "ssl:\n  enable: true\n"]))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


VALUES = st.sampled_from(
    ["a.com", ["a.com"], ["*"], ["a.com", "a.com:443"], "*", "*a.com", [], None, 1, ["https://x"], {"a": 1}, ["TLSv1.2"], "TLSv1.2 TLSv1.3", "1",
     1700000000, "x" * 200, "$env://A", ["^/a$", "^/a$"], {"ca": "$env://A", "skipMtlsUriRegex": ["a"]}, {"ca": 1, "depth": "10"}, {"CA": "x"}]
)  # fmt: skip
OBJECTS = st.dictionaries(
    st.sampled_from(["sni", "snis", "ssl_protocols", "validity_end", "client", "status", "type", "certs", "keys", "labels", "foo", "key", "cert"]),
    VALUES,
    max_size=5,
).map(lambda more: {"cert": "$env://C", "key": "$env://K", **more})  # fmt: skip


def judge(files: Files) -> Report:
    report = analyse(Workspace(files), files.paths(), Config(), NOW)
    assert not report.failed, [finding.message for finding in report.findings if finding.rule == "GT904"]
    return report


def settled(path: str, text: str) -> Repaired:
    """Fix everything; a second run then finds nothing that it could fix and did not."""
    repaired = repair(MemoryFiles({path: text.encode()}), judge, lambda _: True, unsafe=True)
    assert [refused.reason for refused in repaired.refused] == []
    after = repaired.changed.get(path, text.encode())
    again = repair(MemoryFiles({path: after}), judge, lambda _: True, unsafe=True)
    assert again.changed == {}
    return repaired


SLOWLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


TWO_SALTS = (
    "apisix:\n  data_encryption:\n    keyring:\n      - abcdefghabcdefgh\n  ssl:\n    listen:\n      - 9443 # a\n"
    "    key_encrypt_salt: 1234567890abcdef\n"
)


@SLOWLY
@example(TWO_SALTS, True)
@given(configs(), st.booleans())
def test_config_yaml(text: str, inside: bool) -> None:
    if inside:
        newline = "\r\n" if "\r\n" in text else "\n"
        head = newline.join(["apiVersion: v1", "kind: ConfigMap", "metadata:", "  name: a", "data:", "  config.yaml: |", ""])
        settled("cm.yaml", head + "".join(f"    {line}{newline}" if line else newline for line in text.split(newline)[:-1]))
    else:
        settled("config.yaml", text)


@SLOWLY
@given(st.lists(OBJECTS, min_size=1, max_size=2), st.sampled_from([None, 2]))
def test_ssl_objects(objects: list[dict[str, object]], indent: int | None) -> None:
    settled("apisix-ssl.json", json.dumps(objects[0], indent=indent) + "\n")
    settled("apisix.yaml", "ssls:\n" + "".join(f"  - {json.dumps(one)}\n" for one in objects))
    script = "curl http://a:9180/apisix/admin/ssl/1 -d '" + json.dumps(objects[0], indent=indent) + "'\n"
    assert settled("put.sh", script).changed == {}


@pytest.mark.parametrize(
    "text",
    [
        "apisix:\n  ssl: &a\n    enable: true\n    b: *a\n",
        "apisix: &a\n  ssl: *a\n",
        "apisix: {ssl: {listen: [[[9443]]], enable: {a: b}}, node_listen: 1}\n",
        "apisix:\n  ssl:\n    ? [a]\n    : b\n  node_listen: 1\n",
        "apisix:\n  ssl:\n    <<: [{enable: 'true'}, {foo: 1}]\n  node_listen: 1\n",
        "apisix:\n  ssl: !!set {a, b}\n  node_listen: 1\n",
        "\ufeffapisix:\n  ssl:\n    enable: 'true'\n  node_listen: 1\n",
        "apisix:\n  node_listen: 1\n---\napisix:\n  ssl:\n    foo: 1\n  node_listen: 1\n",
        "%YAML 1.2\n---\napisix:\n  node_listen: 1\n  ssl: {}\n",
    ],
)
def test_odd_files(text: str) -> None:
    settled("config.yaml", text)
