"""``status`` and ``status --host`` for APISIX, from end to end; and objects as pages show them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

_PATH = Path(__file__).parents[1] / "rules" / "examples.py"
_spec = importlib.util.spec_from_file_location("rule_examples_for_status", _PATH)
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples_for_status"] = examples
_spec.loader.exec_module(examples)

TLS = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata:
  name: api
  namespace: default
spec:
  ingressClassName: gateway
  hosts:
    - milvus.example.com
  secret:
    name: cert
    namespace: default
"""
SECRET = """apiVersion: v1
kind: Secret
metadata:
  name: cert
  namespace: default
stringData:
  tls.crt: |
    {cert:server}
  tls.key: |
    {key:server}
"""
ROUTE = """apiVersion: apisix.apache.org/v2
kind: ApisixRoute
metadata:
  name: shop
  namespace: default
spec:
  ingressClassName: gateway
  http:
    - name: shop
      match:
        hosts: [milvus.example.com, shop.example.com]
        paths: ["/*"]
"""
FILES = {
    "edge/tls.yaml": TLS,
    "edge/secret.yaml": SECRET,
    "edge/route.yaml": ROUTE,
    ".gitops-tls.yaml": "versions: {apisix: '3.13'}\n",
}
AT = ("--at", "2026-11-23")


@pytest.fixture
def gateway(repository):
    repository({path: examples.fill(text) for path, text in FILES.items()})


def test_the_table_counts_hosts(gateway, tool):
    expected = "edge/gateway   apisix   3.13   1 host served, 1 not: shop.example.com has no certificate (edge/route.yaml:11)\n"
    assert tool("status", *AT).out == expected
    assert tool("status", *AT, "other").code == 2


def test_the_table_counts_unknown_hosts_before_it_tells_of_one(repository, tool):
    other = (
        TLS.replace("name: api", "name: two").replace("milvus.example.com", "later.example.com").replace("name: cert", "name: no")
    )
    repository({**{path: examples.fill(text) for path, text in FILES.items()}, "edge/two.yaml": other})
    row = tool("status", *AT).out
    assert "1 host served, 1 not, 1 unknown: shop.example.com has no certificate (edge/route.yaml:11)\n" in row


def test_the_version_of_the_controller_stands_in_where_no_other_is_known(repository, tool):
    files = {**FILES, ".gitops-tls.yaml": "versions: {apisix-ingress-controller: '2.1'}\n"}
    repository({path: examples.fill(text) for path, text in files.items()})
    assert tool("status", *AT).out.startswith("edge/gateway   apisix   controller 2.1   ")


def test_json_as_in_the_contract(gateway, tool):
    document = tool("status", *AT, "--format", "json").json
    [deployment] = document["deployments"]
    assert (deployment["system"], deployment["name"], deployment["path"], deployment["apisix_version"]) == (
        "apisix", "gateway", "edge/tls.yaml", "3.13.0",
    )  # fmt: skip
    first, second = deployment["hosts"]
    assert {key: first[key] for key in ("host", "served_by", "tls", "client_sees", "path", "line")} == {
        "host": "milvus.example.com", "served_by": "ApisixTls default/api", "tls": "one-way", "client_sees": "ok",
        "path": "edge/tls.yaml", "line": 9,
    }  # fmt: skip
    assert (second["served_by"], second["tls"], second["client_sees"]) == (None, "none", "internal error")


@pytest.mark.parametrize("arguments", [(), ("--host", "milvus.example.com"), ("--host", "nowhere.test")])
def test_json_fits_its_schema(gateway, tool, arguments):
    import jsonschema

    schema = tool("schema", "status-output").json
    jsonschema.validate(tool("status", *AT, "--format", "json", *arguments).json, schema)


def test_one_host(gateway, tool):
    host = tool("status", *AT, "--host", "milvus.example.com", "--format", "json").json["host"]
    assert list(host) == ["name", "system", "served_by", "matched", "tls", "client_sees", "why"]
    assert (host["served_by"], host["matched"], host["client_sees"]) == ("ApisixTls default/api", "milvus.example.com", "ok")
    assert [reason["path"] for reason in host["why"]] == ["edge/route.yaml", "edge/tls.yaml", "edge/secret.yaml"]
    lines = tool("status", *AT, "--host=milvus.example.com").out.splitlines()
    assert lines[0] == "milvus.example.com   edge/gateway   one-way: the client connects"
    assert "(edge/secret.yaml:4)" in lines[3]
    assert "tlsv1 alert internal error" in tool("status", *AT, "--host", "shop.example.com").out


@pytest.mark.parametrize("host", ["", "https://a.b/", "a.b:443", "a b"])
def test_what_is_no_host(gateway, tool, host):
    result = tool("status", "--host", host)
    assert result.code == 2
    assert "--host" in result.err


def test_an_address_is_a_host(gateway, tool):
    assert tool("status", "--host", "::1").code == 0


def test_certificates_of_gateways_end_too(gateway, tool):
    found = tool("check", "--format", "json", "--at", "2036-11-10").json["findings"]
    assert "GT302" in {finding["rule"] for finding in found}


def test_certs_tells_which_gateway_uses_one(gateway, tool):
    [certificate] = tool("certs", *AT, "--format", "json").json["certificates"]
    assert certificate["used_by"] == [{"deployment": "gateway", "role": "server", "path": "edge/tls.yaml", "line": 1}]


def _report(text: str):
    return examples.report({"tls.yaml": text})


LINES = TLS.splitlines()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.sampled_from(["colon", "strip", "quotes", "percent", "space", "tab", "twice", "drop", "null"]),
        ),
        max_size=5,
    )
)
def test_pages_never_stop_the_tool(changes):
    lines = list(LINES)
    for index, change in changes:
        line = lines[index]
        lines[index] = {
            "colon": line.replace(":", "\uff1a", 1),
            "strip": line.lstrip(),
            "quotes": line.replace(": ", ": \u201c") + "\u201d",
            "percent": line.partition(":")[0] + ": %s",
            "space": "\u00a0" + line,
            "tab": "\t" + line,
            "twice": line + "\n" + line,
            "drop": "",
            "null": line.partition(":")[0] + ":",
        }[change]
    report = _report("\n".join(lines) + "\n")
    assert not report.failed, [finding.message for finding in report.findings]
    json.dumps([finding.message for finding in report.findings])


def test_a_page_without_indentation():
    findings = _report("".join(line.lstrip() + "\n" for line in LINES)).findings
    assert [finding.message for finding in findings if finding.rule == "GT523" and "`hosts`" in finding.message]
    twice = [finding for finding in findings if finding.rule == "GT003"]
    assert "`name`" in twice[0].message
    assert [finding.fix for finding in twice] == [None, None]


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        (TLS.replace(":", "\uff1a"), "GT005", "full-width colon"),
        (TLS.replace("hosts:", "hosts\uff1a"), "GT005", "full-width colon"),
        (TLS.replace("name: cert", "name: \u201ccert\u201d"), "GT005", "curly quote"),
        (TLS.replace("apisix.apache.org/v2", "%s"), "GT501", "`%s`"),
        (TLS.replace("ApisixTls", "ApisixTlses"), "GT501", "`ApisixTlses`"),
        (TLS.replace("apiVersion: apisix.apache.org/v2\n", ""), "GT501", "apiVersion"),
    ],
)
def test_what_pages_do_to_an_object(text, rule, words):
    found = [finding for finding in _report(text).findings if finding.rule == rule]
    assert found
    assert words in found[0].message
    repaired = examples.fixed({"tls.yaml": text}, unsafe=False, rule=rule)
    assert repaired.refused == []
