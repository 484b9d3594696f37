"""What clients of APISIX meet, predicted from the objects of a repository."""

from __future__ import annotations

import base64
import importlib.util
import sys
from pathlib import Path

import pytest

from gitops_tls.config import Config
from gitops_tls.pipeline import analyse
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.hosts import ask

_PATH = Path(__file__).parents[1] / "rules" / "examples.py"
_spec = importlib.util.spec_from_file_location("rule_examples_for_apisix", _PATH)
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples_for_apisix"] = examples
_spec.loader.exec_module(examples)

HOST = "milvus.example.com"
TLS = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {name: api, namespace: default}
spec:
  ingressClassName: apisix
  hosts: [milvus.example.com]
  secret: {name: cert, namespace: default}
"""
MTLS = TLS + "  client:\n    caSecret: {name: ca, namespace: default}\n    depth: 1\n"
CLASS = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: apisix
spec:
  controller: apisix.apache.org/apisix-ingress-controller
"""
DEFAULT = CLASS.replace(
    "  name: apisix\n", '  name: apisix\n  annotations: {ingressclass.kubernetes.io/is-default-class: "true"}\n'
)
PARAMETERS = "  parameters: {apiGroup: apisix.apache.org, kind: GatewayProxy, name: proxy, namespace: edge, scope: Namespace}\n"
EXTERNAL = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: cert, namespace: default}
spec: {dataFrom: [{extract: {key: a}}]}
"""
PROXY = "apiVersion: apisix.apache.org/v1alpha1\nkind: GatewayProxy\nmetadata: {name: proxy, namespace: edge}\nspec: {}\n"


def keys(name: str, **values: str) -> str:
    """A Secret with PEM placeholders under keys; ``__`` stands for a dot."""
    data = "".join(f"  {key.replace('__', '.')}: |\n    {value}\n" for key, value in values.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: default}}\nstringData:\n{data}"


SECRET = keys("cert", tls__crt="{cert:server}", tls__key="{key:server}")
CA = keys("ca", ca__crt="{ca}")
NO_CLASS = TLS.replace("  ingressClassName: apisix\n", "")


def facts(*documents: str, **versions: str):
    """The facts of one file of documents; versions as in the configuration, ``_`` for ``-``."""
    config = Config(versions=tuple((name.replace("_", "-"), version) for name, version in versions.items()))
    files = MemoryFiles(examples.contents({"all.yaml": "---\n".join(documents)}))
    report = analyse(Workspace(files), files.paths(), config, examples.pki().NOW, judge=False)
    assert not report.failed, [finding.message for finding in report.findings]
    return report.facts


def seen(*documents: str, host: str = HOST, **versions: str):
    """``(served by, tls, client sees)`` and the last reason for a host."""
    answer = ask(facts(*documents, **versions), host)
    return answer.served_by, answer.tls, answer.client_sees, answer.why[-1].message


SERVED = "ApisixTls default/api"
CASES = {
    "served": ((TLS, SECRET), {}, SERVED, "one-way", "ok"),
    "version 1 takes it without a class": ((NO_CLASS, SECRET), {"apisix_ingress_controller": "1.8"}, SERVED, "one-way", "ok"),
    "nobody knows the version": ((NO_CLASS, SECRET), {}, SERVED, "one-way", "unknown"),
    "version 2, a class that is not the default": (
        (NO_CLASS, SECRET, CLASS + PARAMETERS, PROXY), {"apisix_ingress_controller": "2.1"}, None, "none", "internal error",
    ),
    "version 2, the class is not in the repository": (
        (NO_CLASS, SECRET), {"apisix_ingress_controller": "2.1"}, SERVED, "one-way", "unknown",
    ),
    "version 2, the default class": ((NO_CLASS, SECRET, DEFAULT + PARAMETERS, PROXY), {}, SERVED, "one-way", "ok"),
    "version 2, a class without parameters": (
        (TLS, SECRET, CLASS), {"apisix_ingress_controller": "2.0"}, None, "none", "internal error",
    ),
    "version 1, a class without parameters": ((TLS, SECRET, CLASS), {"apisix_ingress_controller": "1.8"}, SERVED, "one-way", "ok"),
    "the GatewayProxy is elsewhere": ((TLS, SECRET, CLASS + PARAMETERS), {}, SERVED, "one-way", "unknown"),
    "no Secret": ((TLS,), {}, SERVED, "one-way", "unknown"),
    "a Secret made elsewhere": (
        (TLS, EXTERNAL), {}, SERVED, "one-way", "unknown",
    ),
    "APISIX's own key names": ((TLS, keys("cert", cert="{cert:server}", key="{key:server}")), {}, SERVED, "one-way", "ok"),
    "cert without key, tls.* is not tried": (
        (TLS, keys("cert", cert="{cert:server}", tls__crt="{cert:server}", tls__key="{key:server}")), {}, None, "none", "internal error",
    ),
    "unknown key names": ((TLS, keys("cert", crt="{cert:server}", pem="{key:server}")), {}, None, "none", "internal error"),
    "tls.crt before 1.3": ((TLS, SECRET), {"apisix_ingress_controller": "1.2"}, None, "none", "internal error"),
    "another key": ((TLS, SECRET.replace("{key:server}", "{key:client}")), {}, SERVED, "one-way", "internal error"),
    "an encrypted key": ((TLS, SECRET.replace("{key:server}", "{key:encrypted}")), {}, SERVED, "one-way", "internal error"),
    "text before the key": ((TLS, SECRET.replace("{key:server}", "Bag\n    {key:server}")), {}, SERVED, "one-way", "internal error"),
    "the intermediate first": (
        (TLS, keys("cert", tls__crt="{cert:between}\n    {cert:below}", tls__key="{key:below}")), {}, SERVED, "one-way", "internal error",
    ),
    "no certificate": ((TLS, SECRET.replace("{cert:server}", "nothing")), {}, SERVED, "one-way", "internal error"),
    "expired": ((TLS, SECRET.replace(":server}", ":expired}")), {}, SERVED, "one-way", "expired"),
    "not yet": ((TLS, SECRET.replace(":server}", ":future}")), {}, SERVED, "one-way", "expired"),
    "another name": ((TLS, SECRET.replace(":server}", ":one-name}")), {}, SERVED, "one-way", "name mismatch"),
    "a CommonName alone": ((TLS, SECRET.replace(":server}", ":no-san}")), {}, SERVED, "one-way", "name mismatch"),
    "mTLS": ((MTLS, SECRET, CA), {}, SERVED, "mutual", "certificate required"),
    "mTLS with exempt paths": ((MTLS + "    skip_mtls_uri_regex: [^/health$]\n", SECRET, CA), {}, SERVED, "mutual", "ok"),
    "mTLS with every path exempt": ((MTLS + '    skip_mtls_uri_regex: [".*"]\n', SECRET, CA), {}, SERVED, "one-way", "ok"),
    "exempt paths before 1.8": (
        (MTLS + "    skip_mtls_uri_regex: [^/health$]\n", SECRET, CA), {"apisix_ingress_controller": "1.7"},
        SERVED, "mutual", "certificate required",
    ),
    "exempt paths before APISIX 3.4": (
        (MTLS + "    skip_mtls_uri_regex: [^/health$]\n", SECRET, CA), {"apisix": "3.3"}, SERVED, "mutual", "certificate required",
    ),
    "the leaf as the CA": (
        (MTLS, SECRET, keys("ca", tls__crt="{cert:server}", tls__key="{key:server}", ca__crt="{ca}")), {}, SERVED, "mutual", "unknown ca",
    ),
    "an intermediate as the CA": ((MTLS, SECRET, keys("ca", ca__crt="{cert:between}")), {}, SERVED, "mutual", "unknown ca"),
    "intermediate and root": (
        (MTLS, SECRET, keys("ca", cert="{cert:between}\n    {ca}")), {}, SERVED, "mutual", "certificate required",
    ),
    "ca.crt before 1.6": ((MTLS, SECRET, CA), {"apisix_ingress_controller": "1.5"}, None, "none", "internal error"),
    "client without a CA": ((TLS + "  client: {depth: 1}\n", SECRET), {}, None, "none", "internal error"),
    "a version that never was": ((TLS.replace("/v2", "/v2alpha1"), SECRET), {}, None, "none", "internal error"),
    "a host that the API server refuses": ((TLS.replace("[milvus", "[a_b, milvus"), SECRET), {}, None, "none", "internal error"),
    "a depth in quotes": ((MTLS.replace("depth: 1", 'depth: "1"'), SECRET, CA), {}, None, "none", "internal error"),
    "a negative depth": ((MTLS.replace("depth: 1", "depth: -1"), SECRET, CA), {}, None, "none", "internal error"),
    "no namespace at the secret": ((TLS.replace("{name: cert, namespace: default}", "{name: cert}"), SECRET), {}, None, "none", "internal error"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_the_client_sees(case):
    documents, versions, *expected = CASES[case]
    assert list(seen(*documents, **versions))[:3] == expected


def test_a_chain_that_stops_at_the_intermediate_in_ca_crt():
    documents = (
        TLS.replace(HOST, "localhost"),
        keys("cert", tls__crt="{cert:below}", tls__key="{key:below}", ca__crt="{cert:between}\n    {ca}"),
    )
    assert seen(*documents, host="localhost")[2] == "untrusted issuer"
    whole = documents[1].replace("{cert:below}", "{cert:below}\n    {cert:between}")
    assert seen(documents[0], whole, host="localhost")[2] == "ok"


def test_a_class_of_another_controller():
    foreign = CLASS.replace("name: apisix", "name: nginx").replace(
        "apisix.apache.org/apisix-ingress-controller", "k8s.io/ingress-nginx"
    )
    found = facts(TLS.replace("ingressClassName: apisix", "ingressClassName: nginx"), foreign, SECRET)
    assert [one.title for one in found.apisix.ignored] == [SERVED]
    assert found.gateways == ()


INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: default}
spec:
  ingressClassName: apisix
  tls: [{secretName: cert}]
  rules: [{host: milvus.example.com}, {host: other.example.com}]
"""


def test_an_ingress_without_hosts_takes_those_of_its_certificate():
    found = facts(INGRESS, SECRET)
    assert [(host.host, host.client_sees) for host in found.gateways[0].hosts] == [
        ("localhost", "ok"), (HOST, "ok"), ("other.example.com", "internal error"),
    ]  # fmt: skip
    assert seen(INGRESS, host="a.b")[2] == "unknown"


GATEWAY = """apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: edge}
spec: {controllerName: apisix.apache.org/apisix-ingress-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, namespace: default}
spec:
  gatewayClassName: edge
  listeners:
    - {name: https, port: 443, protocol: HTTPS, hostname: "*.example.com", tls: {certificateRefs: [{name: cert}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: default}
spec:
  parentRefs: [{name: gw}]
  hostnames: [milvus.example.com, example.com]
"""


def test_a_listener_of_the_gateway_api():
    found = facts(GATEWAY, SECRET)
    [gateway] = found.gateways
    assert gateway.name == "gw"
    assert {host.host: host.client_sees for host in gateway.hosts} == {
        "*.example.com": "name mismatch", HOST: "ok", "example.com": "internal error",
    }  # fmt: skip


def test_a_listener_takes_cert_and_key_too():
    """Its status says `Missing tls.crt`, and the translator sends the pair all the same (see test_apisix_gateway_api.py)."""
    assert seen(GATEWAY, keys("cert", cert="{cert:server}", key="{key:server}"))[2] == "ok"
    assert seen(TLS, keys("cert", cert="{cert:server}", key="{key:server}"))[2] == "ok"


def test_two_objects_with_one_host_are_told():
    other = TLS.replace("name: api", "name: second").replace("name: cert", "name: cert2")
    answer = ask(facts(TLS, SECRET, other, SECRET.replace("name: cert", "name: cert2").replace(":server}", ":expiring}")), HOST)
    assert any("whichever APISIX loads first" in reason.message for reason in answer.why)


VERSIONS = [
    ("image: apache/apisix-ingress-controller:2.1.0", "2.1.0", None, 2),
    ("image: docker.io/bitnami/apisix:3.10.0-debian-12-r0", None, "3.10.0", 0),
    ("image: apache/apisix-dashboard:3.0.0", None, None, 0),
    ("image: registry:5000/apache/apisix-ingress-controller:v1.8.4", "1.8.4", None, 1),
    ("image:\n  repository: apache/apisix-ingress-controller\n  pullPolicy: Always\n  tag: \"1.7.1\"", "1.7.1", None, 1),
    ("image:\n  repository: apache/apisix\n  tag: 3.13.0-debian", None, "3.13.0", 0),
    ("source:\n  chart: apisix-ingress-controller\n  targetRevision: 1.1.2", None, None, 2),
    ("dependencies:\n- name: apisix-ingress-controller\n  version: 0.14.0", None, None, 1),
    ("name: apisix-ingress-controller\nversion: 1.1.2\nappVersion: 2.0.1", "2.0.1", None, 2),
    ("image: apache/apisix-ingress-controller:latest", None, None, 0),
]  # fmt: skip


@pytest.mark.parametrize("text, controller, apisix, major", VERSIONS)
def test_versions_from_the_repository(text, controller, apisix, major):
    known = facts(TLS, "# apisix\n" + text + "\n").apisix.versions
    assert (known.controller and str(known.controller), known.apisix and str(known.apisix), known.major) == (
        controller,
        apisix,
        major,
    )


def test_versions_of_the_configuration_stand_in():
    known = facts(TLS, apisix="3.13", apisix_ingress_controller="2.1").apisix.versions
    assert (str(known.controller), str(known.apisix), known.major) == ("2.1.0", "3.13.0", 2)


MILVUS = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata: {name: demo, namespace: vectors}
spec:
  config:
    proxy: {http: {port: 8080}}
    common: {security: {tlsMode: 1}}
    tls: {serverPemPath: /certs/tls.crt, serverKeyPath: /certs/tls.key}
  components:
    volumes: [{name: certs, secret: {secretName: cert}}]
    volumeMounts: [{name: certs, mountPath: /certs}]
"""


def test_a_host_of_milvus():
    documents = MILVUS, SECRET.replace("namespace: default", "namespace: vectors")
    answer = ask(facts(*documents), HOST)
    assert (answer.system, answer.served_by, answer.matched, answer.tls, answer.client_sees) == (
        "milvus", "Milvus demo", HOST, "one-way", "ok",
    )  # fmt: skip
    answer = ask(facts(*documents), "demo-milvus.vectors")
    assert (answer.system, answer.matched, answer.client_sees) == ("milvus", None, "name mismatch")
    answer = ask(facts(*documents), "example.org")
    assert (answer.system, answer.served_by, answer.client_sees) == ("unknown", None, "unknown")


def test_apisix_before_milvus_where_it_serves_the_host():
    answer = ask(facts(MILVUS, SECRET.replace("namespace: default", "namespace: vectors"), TLS, SECRET), HOST)
    assert answer.system == "apisix"


def test_a_refused_object_names_what_its_wildcard_covers_and_no_more():
    refused = TLS.replace("[milvus.example.com]", '[https://shop.example.org/, "*.example.org"]')
    reasons = [each.message for each in ask(facts(refused, SECRET), "a.b.example.org").why]
    assert not any("names it, but" in each for each in reasons)
    named = [each.message for each in ask(facts(refused, SECRET), "A.example.org").why]
    assert any("names it, but" in each for each in named)


def pem(what: str) -> str:
    return str(examples.fill(what)).strip() + "\n"


def with_pem(certificate: str, key: str) -> str:
    """A Secret with just these texts."""
    data = {"tls.crt": certificate, "tls.key": key}
    encoded = "".join(f"  {name}: {base64.b64encode(text.encode()).decode()}\n" for name, text in data.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: cert, namespace: default}}\ndata:\n{encoded}"


def spaced(text: str) -> str:
    return text.replace("\n", "\n\n")


OPENSSL = {
    "as it is": (lambda c, k, o: (c, k), "ok"),
    "a blank line in the key": (lambda c, k, o: (c, spaced(k)), "internal error"),
    "a blank line in the certificate": (lambda c, k, o: (spaced(c), k), "internal error"),
    "a later block is cut": (lambda c, k, o: (c + c[:-60], k), "internal error"),
    "a later block of another kind is damaged": (lambda c, k, o: (c + spaced(k), k), "internal error"),
    "a key before the certificate": (lambda c, k, o: (k + c, k), "ok"),
    "a damaged key before the good one": (lambda c, k, o: (c, spaced(o) + k), "ok"),
    "another key before the good one": (lambda c, k, o: (c, o + k), "internal error"),
    "a cut key before the good one": (lambda c, k, o: (c, o[:-60] + k), "internal error"),
    "a damaged key behind the good one": (lambda c, k, o: (c, k + spaced(o)), "ok"),
}
"""All measured with OpenSSL 3.0.19: certificate, its key and another key to what a Secret holds, and what the client sees."""


@pytest.mark.parametrize("name", OPENSSL)
def test_a_pair_is_read_as_openssl_reads_it(name):
    spoil, expected = OPENSSL[name]
    pair = spoil(pem("{cert:server}"), pem("{key:server}"), pem("{key:ed25519}"))
    assert seen(TLS, with_pem(*pair))[2] == expected


@pytest.mark.parametrize("apisix, expected", [("3.16", "internal error"), ("3.17", "name mismatch")])
def test_an_ed25519_key_is_too_short_before_3_17(apisix, expected):
    secret = with_pem(pem("{cert:ed25519}"), pem("{key:ed25519}"))
    answer = ask(facts(TLS, secret, apisix=apisix), HOST)
    assert answer.client_sees == expected
    assert any("string too short" in each.message for each in answer.why) == (apisix == "3.16")
