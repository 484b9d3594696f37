"""Values of APISIX's chart that Helm merges: of several files, and for the chart as a dependency of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

RELEASE = "releases:\n  - {name: prod, values: [base.yaml, prod.yaml]}\n"
BASE = """apisix:
  ssl:
    enabled: false
    sslProtocols: TLSv1.2 TLSv1.3
  admin:
    credentials:
      admin: a-key-of-our-own-1234567890
service:
  type: ClusterIP
"""
TLS = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {name: api, namespace: shop}
spec:
  ingressClassName: apisix
  hosts: [api.example.com]
  secret: {name: pair, namespace: shop}
"""
CHART = "apiVersion: v2\nname: edge\nversion: 1.0.0\ndependencies:\n  - {name: apisix, version: 2.10.0%s}\n"


def found(tool: Any, *rules: str) -> list[tuple[str, str, int]]:
    result = tool("check", "--format", "json", "--select", ",".join(rules), "--fail-on", "never").json
    return [(one["rule"], one["path"], one["line"]) for one in result["findings"]]


def gateways(tool: Any) -> list[tuple[str, str, str]]:
    """Name, path and what the table says of each."""
    told = tool("status", "--format", "json").json["deployments"]
    assert {one["system"] for one in told} <= {"apisix"}
    lines = tool("status").out.splitlines()
    return [(one["name"], one["path"], line.split("   ")[-1]) for one, line in zip(told, lines, strict=True)]


SWITCHES = {
    "on in the last": (BASE, "apisix: {ssl: {enabled: true}}\n", "no hosts"),
    "off in the last": (
        BASE.replace("enabled: false", "enabled: true"),
        "apisix:\n  ssl:\n    enabled: false\n",
        "(prod.yaml:3)",
    ),
    "off in the first": (BASE, "apisix: {ssl: {sslProtocols: TLSv1.3}}\n", "(base.yaml:3)"),
    "taken away": (BASE.replace("enabled: false", "enabled: true"), "apisix: {ssl: {enabled: null}}\n", "(prod.yaml:1)"),
    "an empty last file": (BASE.replace("enabled: false", "enabled: true"), "# nothing\n", "no hosts"),
}


@pytest.mark.parametrize("title", SWITCHES)
def test_the_later_file_decides(title: str, repository: Any, tool: Any) -> None:
    base, prod, words = SWITCHES[title]
    repository({"base.yaml": base, "prod.yaml": prod, ".gitops-tls.yaml": RELEASE})
    [(name, path, told)] = gateways(tool)
    assert name == "prod"
    assert path in ("base.yaml", "prod.yaml")
    assert told.endswith(words)
    assert ("no TLS" in told) == words.startswith("(")


def test_findings_point_into_the_file_that_wins(repository: Any, tool: Any) -> None:
    base = BASE.replace("TLSv1.2 TLSv1.3", "TLSv1 TLSv1.2").replace(
        "    enabled: false\n", "    enabled: true\n    protocols: x\n"
    )
    files = {"base.yaml": base, ".gitops-tls.yaml": RELEASE}
    repository({**files, "prod.yaml": "apisix: {ssl: {sslProtocols: TLSv1.3}}\n"})
    assert found(tool, "GT516", "GT518") == [("GT516", "base.yaml", 4)]
    repository({**files, "prod.yaml": "apisix:\n  ssl:\n    sslProtocols: TLSv1.1 TLSv1.3\n    protocols: y\n"})
    assert found(tool, "GT516", "GT518") == [("GT518", "prod.yaml", 3), ("GT516", "prod.yaml", 4)]


def test_a_base_of_two_releases_is_told_once(repository: Any, tool: Any) -> None:
    both = RELEASE + "  - {name: stage, values: [base.yaml, stage.yaml]}\n"
    base = BASE.replace("enabled: false", "protocols: x")
    switch = "apisix: {ssl: {enabled: %s}}\n"
    repository({"base.yaml": base, "prod.yaml": switch % "true", "stage.yaml": switch % "false", ".gitops-tls.yaml": both})
    assert found(tool, "GT516") == [("GT516", "base.yaml", 3)]
    assert [(name, "no TLS" in told) for name, _, told in gateways(tool)] == [("prod", False), ("stage", True)]


def test_lists_are_replaced(repository: Any, tool: Any) -> None:
    ports = "apisix:\n  ssl:\n    enabled: true\n    additionalContainerPorts:\n      - %s\n"
    repository({"base.yaml": ports % "9444", "prod.yaml": ports % "port: 9445", ".gitops-tls.yaml": RELEASE})
    assert found(tool, "GT517") == []
    repository({"base.yaml": ports % "port: 9444", "prod.yaml": ports % "9445"})
    assert found(tool, "GT517") == [("GT517", "prod.yaml", 5)]


def test_the_fix_is_made_in_the_file_that_wins(repository: Any, tool: Any) -> None:
    base = BASE.replace("TLSv1.2 TLSv1.3", "[TLSv1.2, TLSv1.3]")
    prod = "apisix:\n  ssl:\n    enabled: true\n    sslProtocols: [TLSv1.3]\n    fallback_sni: a.example.com  # for checks\n"
    root: Path = repository({"base.yaml": base, "prod.yaml": prod, ".gitops-tls.yaml": RELEASE})
    assert tool("fix", "--unsafe").code == 0
    assert (root / "base.yaml").read_text() == base
    assert (root / "prod.yaml").read_text() == prod.replace("[TLSv1.3]", '"TLSv1.3"').replace("fallback_sni", "fallbackSNI")


def test_published_keys_that_a_later_file_replaces(repository: Any, tool: Any) -> None:
    base = BASE.replace("a-key-of-our-own-1234567890", "edd1c9f034335f136f87ad84b625c8f1")
    files = {"base.yaml": base, "prod.yaml": "apisix: {ssl: {enabled: true}}\n", ".gitops-tls.yaml": RELEASE}
    repository(files)
    assert found(tool, "GT519") == [("GT519", "base.yaml", 7)]
    repository({**files, "prod.yaml": "apisix: {admin: {credentials: {admin: another-key-of-our-own}}}\n"})
    assert found(tool, "GT519") == []


def test_ssl_off_in_a_release(repository: Any, tool: Any) -> None:
    files = {"tls.yaml": TLS, ".gitops-tls.yaml": RELEASE + "known-secrets: [shop/pair]\n", "base.yaml": BASE}
    repository({**files, "prod.yaml": "apisix: {ssl: {enabled: true}}\n"})
    assert found(tool, "GT522") == []
    root: Path = repository({**files, "prod.yaml": "apisix:\n  ssl:\n    sslProtocols: TLSv1.3\n"})
    assert found(tool, "GT522") == [("GT522", "base.yaml", 3)]
    repository({"base.yaml": BASE.replace("    enabled: false\n", "")})
    [(_, path, _)] = found(tool, "GT522")
    assert path in ("base.yaml", "prod.yaml")
    tool("fix", "--unsafe", "--select", "GT522")
    assert "enabled: true" in (root / "prod.yaml").read_text()
    assert found(tool, "GT522") == []


def test_other_files_stand_alone(repository: Any, tool: Any) -> None:
    repository(
        {"base.yaml": BASE, "prod.yaml": "apisix: {ssl: {enabled: true}}\n", "lab.yaml": BASE, ".gitops-tls.yaml": RELEASE}
    )
    assert [path for _, path, _ in gateways(tool)] == ["lab.yaml", "prod.yaml"]


def test_a_release_of_milvus_is_no_gateway(repository: Any, tool: Any) -> None:
    values = "image:\n  all:\n    repository: milvusdb/milvus\n    tag: v2.6.20\ncluster:\n  enabled: false\n"
    more = "releases:\n  - {name: db, values: [db.yaml, more.yaml]}\n  - {name: edge, values: [edge.yaml]}\n"
    repository({"db.yaml": values, "more.yaml": "service: {type: LoadBalancer}\n", "edge.yaml": BASE, ".gitops-tls.yaml": more})
    told = tool("status", "--format", "json").json["deployments"]
    assert sorted((one["system"], one["name"]) for one in told) == [("apisix", "edge"), ("milvus", "db")]


BELOW = "apisix:\n  ssl:\n    enabled: true\n    sslProtocols: %s\n"


def indented(key: str, text: str) -> str:
    return f"{key}:\n" + "".join(f"  {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("key, alias", [("apisix", ""), ("gateway", ", alias: gateway")])
def test_the_chart_as_a_dependency(key: str, alias: str, repository: Any, tool: Any) -> None:
    files = {"edge/Chart.yaml": CHART % alias, "edge/values.yaml": "replicas: 2\n" + indented(key, BELOW % "TLSv1")}
    repository(files)
    assert found(tool, "GT518") == [("GT518", "edge/values.yaml", 6)]
    [(_, path, told)] = gateways(tool)
    assert (path, told) == ("edge/values.yaml", "no hosts")
    over = indented(key, "apisix:\n  ssl:\n    enabled: false\n    sslProtocols: TLSv1.3\n")
    release = "releases:\n  - {name: prod, values: [edge/values.yaml, edge/values-prod.yaml]}\n"
    repository({"edge/values-prod.yaml": over, ".gitops-tls.yaml": release})
    assert found(tool, "GT518") == []
    [(name, path, told)] = gateways(tool)
    assert (name, path) == ("prod", "edge/values-prod.yaml")
    assert told.endswith("(edge/values-prod.yaml:4)")


def test_values_of_a_dependency_that_stand_too_high(repository: Any, tool: Any) -> None:
    """`apisix.ssl` of a parent chart is `ssl` to the dependency, which no template of it reads."""
    repository({"edge/Chart.yaml": CHART % "", "edge/values.yaml": BELOW % "TLSv1.3"})
    assert found(tool, "GT516") == [("GT516", "edge/values.yaml", 2)]
    [(_, _, told)] = gateways(tool)
    assert "no TLS" in told
    # the chart's own values beside another chart are not its dependency's
    repository({"edge/values.yaml": BASE})
    assert found(tool, "GT516") == []


def test_a_key_like_the_alias_without_the_chart(repository: Any, tool: Any) -> None:
    repository({"edge/values.yaml": indented("gateway", BELOW % "TLSv1")})
    assert found(tool, "GT518") == []
