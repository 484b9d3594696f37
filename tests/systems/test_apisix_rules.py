"""The rules about APISIX's objects beyond their documented examples: versions, severities, and what must stay silent."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from gitops_tls.config import Config
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.rules import tls_objects

_PATH = Path(__file__).parents[1] / "rules" / "examples.py"
_spec = importlib.util.spec_from_file_location("rule_examples_for_apisix_rules", _PATH)
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples_for_apisix_rules"] = examples
_spec.loader.exec_module(examples)

TLS, MUTUAL, PAIR, AUTHORITY, ROUTE = (
    tls_objects.TLS_OBJECT, tls_objects.MUTUAL, tls_objects.PAIR, tls_objects.AUTHORITY, tls_objects.ROUTE,
)  # fmt: skip
NO_CLASS = TLS.replace("  ingressClassName: apisix\n", "")
CLASS = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: apisix
spec:
  controller: apisix.apache.org/apisix-ingress-controller
"""
WITH_PROXY = CLASS + "  parameters: {kind: GatewayProxy, name: proxy, namespace: edge}\n"
INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, annotations: {cert-manager.io/cluster-issuer: le}}
spec: {ingressClassName: apisix, tls: [{secretName: made, hosts: [a.b]}], rules: [{host: a.b}]}
"""
PROXY = "apiVersion: apisix.apache.org/v1alpha1\nkind: GatewayProxy\nmetadata: {name: proxy, namespace: edge}\nspec: {}\n"


def findings(*documents: str, **versions: str):
    """``(rule, severity)`` of every finding in some documents; versions as in the configuration, ``_`` for ``-``."""
    config = Config(versions=tuple((name.replace("_", "-"), version) for name, version in versions.items()))
    report = examples.judge(MemoryFiles(examples.contents({"all.yaml": "---\n".join(documents)})), config)
    assert not report.failed, [finding.message for finding in report.findings]
    return [(finding.rule, finding.severity) for finding in report.findings if finding.rule != "GT210"]


def with_hosts(*hosts: str) -> str:
    return TLS.replace("    - milvus.example.com\n", "".join(f"    - {host}\n" for host in hosts))


V1, V2 = {"apisix_ingress_controller": "1.8.4"}, {"apisix_ingress_controller": "2.1"}
JUDGED = {
    # GT501
    "v2beta3 under 1.7": ((TLS.replace("/v2", "/v2beta3"), PAIR), {"apisix_ingress_controller": "1.7"}, []),
    "v2beta3 under 1.8": ((TLS.replace("/v2", "/v2beta3"), PAIR), V1, [("GT501", "error")]),
    "v2beta3 under anything": ((TLS.replace("/v2", "/v2beta3"), PAIR), {}, [("GT501", "warning")]),
    "v2 under 1.4": ((TLS, PAIR), {"apisix_ingress_controller": "1.4"}, [("GT501", "error")]),
    "a version that never was": ((TLS.replace("/v2", "/v2alpha1"), PAIR), V1, [("GT501", "error")]),
    # GT503, GT504
    "upper case": ((with_hosts("Milvus.example.com"), PAIR), {}, [("GT503", "info")]),
    "upper case before 2.10": ((with_hosts("Milvus.example.com"), PAIR), {"apisix": "2.9"}, [("GT503", "error")]),
    "upper case since 2.10": ((with_hosts("Milvus.example.com"), PAIR), {"apisix": "3.13"}, []),
    "a last dot since 3.10": ((with_hosts("milvus.example.com."), PAIR), {"apisix": "3.10"}, []),
    "a last dot before 3.10": ((with_hosts("milvus.example.com."), PAIR), {"apisix": "3.9"}, [("GT503", "error")]),
    "an address": ((with_hosts("10.0.0.1"), PAIR), {}, [("GT503", "warning")]),
    "a placeholder": ((with_hosts("${HOST}"), PAIR), {}, []),
    "a wildcard that somebody uses": (
        (with_hosts('"*milvus.example.com"'), PAIR, ROUTE), {}, [("GT504", "warning")],
    ),
    "upper case in a route under 2.1": (
        (TLS, PAIR, ROUTE.replace("milvus.ex", "Milvus.ex")), V2, [("GT503", "error")],
    ),
    "upper case in a route under 2.2": ((TLS, PAIR, ROUTE.replace("milvus.ex", "Milvus.ex")), {"apisix_ingress_controller": "2.2"}, []),
    "upper case in a route under 1.8": ((TLS, PAIR, ROUTE.replace("milvus.ex", "Milvus.ex")), V1, []),
    # GT505
    "a route that redirects": ((TLS, PAIR, ROUTE.replace("milvus.ex", "other.ex")), {}, [("GT505", "error")]),
    "a route on plain HTTP": ((TLS, PAIR, ROUTE.replace("milvus.ex", "other.ex").replace("http_to_https: true", "a: b")), {}, [("GT505", "warning")]),
    "two labels below a wildcard that another host of the list makes long": (
        (with_hosts("https://milvus.example.com/", '"*.example.com"'), PAIR, ROUTE.replace("milvus.ex", "a.b.ex")), {},
        [("GT503", "error"), ("GT505", "error"), ("GT506", "warning")],
    ),
    "routes without any certificate": ((ROUTE.replace("http_to_https: true", "a: b"),), {}, []),
    # GT315
    "Ed25519 before 3.17": ((TLS, PAIR.replace("server", "ed25519")), {"apisix": "3.16"}, [("GT315", "error"), ("GT506", "error")]),
    # GT506
    "a wildcard for some names of the certificate": ((with_hosts('"*.example.com"'), PAIR), {}, [("GT506", "warning")]),
    "a wildcard for none of them": ((with_hosts('"*.example.org"'), PAIR), {}, [("GT506", "error")]),
    # GT507
    "one host, one Secret": ((TLS, TLS.replace("name: api\n", "name: two\n"), PAIR), {}, []),
    # GT508, GT509
    "a Certificate of cert-manager as the CA": (
        (MUTUAL, PAIR, "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: ca, namespace: default}\nspec: {secretName: api-ca}\n"),
        {}, [("GT508", "error")],
    ),
    "a CA of cert-manager as the CA": (
        (MUTUAL, PAIR, "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: ca, namespace: default}\nspec: {secretName: api-ca, isCA: true}\n"),
        {}, [],
    ),
    # GT510
    "client is null": ((TLS + "  client:\n", PAIR), {}, [("GT510", "error")]),
    "a field of another object": ((MUTUAL + "    mode: strict\n", PAIR, AUTHORITY), {}, [("GT510", "error")]),
    "exempt paths one level too high": (
        (TLS + "  skip_mtls_uri_regex: [^/a$]\n", PAIR), {}, [("GT510", "error")],
    ),
    # GT511
    "no depth under 1.8": ((MUTUAL.replace("    depth: 1\n", ""), PAIR, AUTHORITY), V1, []),
    "no depth under anything": ((MUTUAL.replace("    depth: 1\n", ""), PAIR, AUTHORITY), {}, [("GT511", "info")]),
    "no depth under 2.1": ((MUTUAL.replace("    depth: 1\n", ""), PAIR, AUTHORITY), V2, [("GT511", "warning")]),
    "no depth under 2.1, with an intermediate": (
        (MUTUAL.replace("    depth: 1\n", ""), PAIR, AUTHORITY.replace("{ca}", "{cert:between}\n    {ca}")), V2, [("GT511", "error")],
    ),
    "a depth that is too small": (
        (MUTUAL.replace("depth: 1", "depth: 0"), PAIR, AUTHORITY.replace("{ca}", "{cert:between}\n    {ca}")), {}, [("GT511", "warning")],
    ),
    "a depth of 0 for clients of the root": ((MUTUAL.replace("depth: 1", "depth: 0"), PAIR, AUTHORITY), {}, []),
    "a large depth": ((MUTUAL.replace("depth: 1", "depth: 10"), PAIR, AUTHORITY), {}, []),
    # GT512
    "anchored patterns": ((MUTUAL + "    skip_mtls_uri_regex: [^/a$, ^/b/, ^/c/.*]\n", PAIR, AUTHORITY), {}, []),
    "an end that is open": ((MUTUAL + "    skip_mtls_uri_regex: [^/a]\n", PAIR, AUTHORITY), {}, [("GT512", "info")]),
    "a question mark": ((MUTUAL + "    skip_mtls_uri_regex: ['^/a\\?b$']\n", PAIR, AUTHORITY), {}, [("GT512", "error")]),
    "APISIX before 3.4": ((MUTUAL + "    skip_mtls_uri_regex: [^/a$]\n", PAIR, AUTHORITY), {"apisix": "3.3"}, [("GT512", "error")]),
    # GT513, GT514
    "no class under 1.8": ((NO_CLASS, PAIR), V1, []),
    "no class under anything": ((NO_CLASS, PAIR), {}, [("GT513", "warning")]),
    "no class, and none in the repository": ((NO_CLASS, PAIR), V2, [("GT513", "warning")]),
    "no class, and one that is not the default": ((NO_CLASS, PAIR, WITH_PROXY, PROXY), V2, [("GT513", "error")]),
    "a class of another controller": (
        (TLS.replace("ingressClassName: apisix", "ingressClassName: nginx"), PAIR, CLASS.replace("name: apisix", "name: nginx").replace("apisix.apache.org/apisix-ingress-controller", "k8s.io/nginx")),  # noqa: E501
        {}, [("GT513", "error")],
    ),
    "a class of version 1": ((TLS, PAIR, CLASS), V1, []),
    "a class that may be of version 1": ((TLS, PAIR, CLASS), {}, []),
    "a class without parameters": ((TLS, PAIR, CLASS), V2, [("GT514", "error")]),
    "a GatewayProxy made elsewhere": ((TLS, PAIR, WITH_PROXY), V2, [("GT514", "warning")]),
    "all in place": ((TLS, PAIR, WITH_PROXY, PROXY, ROUTE), V2, []),
    # GT515
    "mTLS behind a redirect": ((MUTUAL, PAIR, AUTHORITY, ROUTE), {}, []),
    "mTLS and plain HTTP": ((MUTUAL, PAIR, AUTHORITY, ROUTE.replace("http_to_https: true", "a: b")), {}, [("GT515", "warning")]),
    "mTLS and an ApisixPluginConfig that may redirect": (
        (MUTUAL, PAIR, AUTHORITY, ROUTE.replace("      plugins:", "      plugin_config_name: p\n      plugins:").replace("http_to_https: true", "a: b")),
        {}, [],
    ),
    "mTLS and a gateway that redirects": (
        (MUTUAL, PAIR, AUTHORITY, ROUTE.replace("http_to_https: true", "a: b"), WITH_PROXY,
         PROXY.replace("spec: {}", "spec: {plugins: [{name: redirect, enabled: true, config: {http_to_https: true}}]}")), {}, [],
    ),
    # Secrets
    "a Secret of an Ingress that cert-manager makes": ((INGRESS,), {}, []),
    "a Secret that nobody makes": ((TLS,), {}, [("GT202", "warning")]),
    "Ed25519 since 3.17": ((TLS, PAIR.replace("server", "ed25519").replace("milvus", "localhost")), {"apisix": "3.17"}, [("GT506", "error")]),
}  # fmt: skip


@pytest.mark.parametrize("case", JUDGED)
def test_judged_by_version(case):
    documents, versions, expected = JUDGED[case]
    assert sorted(findings(*documents, **versions)) == expected


def test_known_secrets_are_not_missed():
    config = Config(known_secrets=frozenset({"default/api-cert"}))
    report = examples.judge(MemoryFiles(examples.contents({"tls.yaml": TLS})), config)
    assert [finding.rule for finding in report.findings] == []


def test_a_private_key_for_a_gateway_is_told():
    report = examples.report({"tls.yaml": TLS, "secret.yaml": PAIR})
    assert [finding.rule for finding in report.findings] == ["GT210"]


SEED = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata:
  name: my-tls
spec:
  hosts:
    - example.com
  secret:
    name: app-secret
    namespace: default
  client:
    caSecret:
      name: app-ca-secret
      namespace: default
    depth: 10
"""


def test_the_sample_of_a_widely_read_article():
    found = findings(SEED, apisix_ingress_controller="2.1")
    assert found == [("GT513", "warning"), ("GT202", "warning"), ("GT202", "warning")]
    assert findings(SEED, apisix_ingress_controller="1.8") == [("GT202", "warning"), ("GT202", "warning")]


def test_fixes_of_security_are_never_safe():
    documents = {
        "tls.yaml": MUTUAL.replace("    depth: 1\n", "    skip_mtls_uri_regex: [/health]\n").replace("milvus", '"*milvus').replace(".com", '.com"'),
        "ca.yaml": AUTHORITY, "secret.yaml": PAIR, "class.yaml": CLASS,
    }  # fmt: skip
    repaired = examples.repair(
        MemoryFiles(examples.contents(documents)), lambda files: examples.judge(files, Config(versions=(("apisix-ingress-controller", "2.1"),))),
        lambda path: True, unsafe=False,
    )  # fmt: skip
    assert repaired.changed == {}
    assert {finding.rule for finding in repaired.before.findings if finding.fix is not None} >= {"GT504", "GT511", "GT512"}


def test_the_missing_class_is_shown_where_it_belongs():
    report = examples.report({"all.yaml": NO_CLASS + "---\n" + PAIR})
    [found] = [finding for finding in report.findings if finding.rule == "GT513"]
    assert NO_CLASS.splitlines()[found.where.line - 1] == "spec:"
    assert (found.where.column, found.where.end_column) == (1, 5)
