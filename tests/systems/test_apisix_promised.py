"""Certificates that cert-manager will make: what is known of them before they are there."""

from __future__ import annotations

import json
from typing import Any

import pytest

TLS = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {name: api, namespace: shop}
spec:
  ingressClassName: apisix
  hosts: [%s]
  secret: {name: pair, namespace: shop}
"""
CERTIFICATE = """apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: api, namespace: shop}
spec:
  secretName: pair
  issuerRef: {kind: ClusterIssuer, name: letsencrypt}
%s"""
INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {%s}
spec:
  ingressClassName: apisix
  tls:
    - {hosts: [%s], secretName: pair}
  rules: [{host: www.example.com}]
"""
GATEWAY = """apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: apisix}
spec: {controllerName: apisix.apache.org/apisix-ingress-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  namespace: shop
  annotations: {cert-manager.io/issuer: own}
spec:
  gatewayClassName: apisix
  listeners:
    - {name: a, protocol: HTTPS, port: 443, hostname: a.example.com, tls: {certificateRefs: [{name: pair}]}}
    - {name: b, protocol: HTTPS, port: 443, hostname: "*.b.example.com", tls: {certificateRefs: [{name: pair}]}}
    - {name: c, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: other}]}}
"""
ISSUER = "cert-manager.io/cluster-issuer: letsencrypt"


def asked(tool: Any, host: str) -> tuple[str, str]:
    """What the client sees, and the reasons in one text."""
    told = tool("status", "--host", host, "--format", "json").json["host"]
    return told["client_sees"], "; ".join(why["message"] for why in told["why"])


def found(tool: Any, *rules: str) -> list[tuple[str, str, str]]:
    result = tool("check", "--format", "json", "--select", ",".join(rules), "--fail-on", "never").json
    return [(one["rule"], one["severity"], one["message"]) for one in result["findings"]]


NAMES = {
    "its name": ("dnsNames: [api.example.com]", "api.example.com", "unknown", "asks for this name"),
    "a wildcard": ('dnsNames: ["*.example.com"]', "api.example.com", "unknown", "asks for this name"),
    "another name": ("dnsNames: [www.example.com]", "api.example.com", "name mismatch", "asks for www.example.com"),
    "a wildcard one label up": ('dnsNames: ["*.com"]', "api.example.com", "name mismatch", "asks for *.com"),
    "no dot after the star": ('dnsNames: ["*.api.example.com"]', '"*api.example.com"', "name mismatch", "asks for *.api.example.com"),
    "no dot after the star, covered": ('dnsNames: ["*.example.com"]', '"*api.example.com"', "unknown", "asks for this name"),
    "an address": ("ipAddresses: [10.0.0.1]", "api.example.com", "name mismatch", "asks for 10.0.0.1"),
    "the common name, which ACME adds": ("commonName: api.example.com", "api.example.com", "unknown", "trust ClusterIssuer letsencrypt"),
    "the common name of another": ("commonName: www.example.com", "api.example.com", "name mismatch", "asks for no name at all"),
    "filled in later": ("dnsNames: ['${DOMAIN}']", "api.example.com", "unknown", "trust ClusterIssuer letsencrypt"),
}  # fmt: skip


@pytest.mark.parametrize("title", NAMES)
def test_names_of_a_certificate(title: str, repository: Any, tool: Any) -> None:
    spec, host, sees, words = NAMES[title]
    repository({"tls.yaml": TLS % host, "certificate.yaml": CERTIFICATE % f"  {spec}\n"})
    told, why = asked(tool, host.strip('"'))
    assert (told, words in why) == (sees, True), why
    assert "is made by cert-manager in the cluster" in why
    assert [rule for rule, _, _ in found(tool, "GT506", "GT202")] == (
        ["GT506"] if sees == "name mismatch" and "*api" not in host else []
    )


def test_a_wildcard_host_with_some_of_its_names(repository: Any, tool: Any) -> None:
    repository(
        {"tls.yaml": TLS % '"*.example.com"', "certificate.yaml": CERTIFICATE % "  dnsNames: [a.example.com, b.example.com]\n"}
    )
    [(rule, severity, message)] = found(tool, "GT506")
    assert (rule, severity) == ("GT506", "warning")
    assert "has only some (`a.example.com`, `b.example.com`)" in message


def test_an_ingress_of_old_versions(repository: Any, tool: Any) -> None:
    repository({"ingress.yaml": (INGRESS % (ISSUER, "www.example.com")).replace("networking.k8s.io/v1", "extensions/v1beta1")})
    assert found(tool, "GT202") == []


@pytest.mark.parametrize("annotations", [ISSUER, "cert-manager.io/issuer: own", 'kubernetes.io/tls-acme: "true"'])
def test_the_annotation_of_an_ingress(annotations: str, repository: Any, tool: Any) -> None:
    """The Secret is there for everybody, the Ingress itself and an ApisixTls beside it."""
    repository({"ingress.yaml": INGRESS % (annotations, "www.example.com"), "tls.yaml": TLS % "api.example.com"})
    assert found(tool, "GT202") == []
    told, why = asked(tool, "www.example.com")
    assert told == "unknown"
    assert "the annotation of Ingress shop/web asks for this name" in why
    assert asked(tool, "api.example.com")[0] == "name mismatch"
    [(rule, _, message)] = found(tool, "GT506")
    assert (rule, "ApisixTls shop/api is not for `api.example.com`" in message) == ("GT506", True)


@pytest.mark.parametrize(
    "annotations, hosts",
    [
        ("x: y", "www.example.com"),
        ('kubernetes.io/tls-acme: "false"', "www.example.com"),
        (ISSUER, ""),  # cert-manager: `Skipped a TLS block: hosts required`
        (
            ISSUER,
            "www.example.com], secretName: pair}\n    - {hosts: [api.example.com",
        ),  # both entries name one Secret: BadConfig
    ],
)
def test_annotations_that_make_nothing(annotations: str, hosts: str, repository: Any, tool: Any) -> None:
    repository({"ingress.yaml": INGRESS % (annotations, hosts)})
    told = found(tool, "GT202")
    assert told
    assert all(("cert-manager passes over" in message) == (annotations == ISSUER) for _, _, message in told)


def test_more_names_by_annotation(repository: Any, tool: Any) -> None:
    more = f'{ISSUER}, cert-manager.io/alt-names: "api.example.com, b.example.com", cert-manager.io/ip-sans: 10.0.0.1'
    repository({"ingress.yaml": INGRESS % (more, "www.example.com"), "tls.yaml": TLS % "api.example.com"})
    assert found(tool, "GT506", "GT202") == []
    assert asked(tool, "api.example.com")[0] == "unknown"


def test_a_written_certificate_comes_first(repository: Any, tool: Any) -> None:
    """cert-manager refuses to touch a Certificate that it does not own."""
    repository(
        {
            "apps/ingress.yaml": INGRESS % (ISSUER, "www.example.com"),
            "certs/api.yaml": CERTIFICATE % "  dnsNames: [api.example.com]\n",
        }
    )
    assert asked(tool, "www.example.com")[0] == "name mismatch"
    assert [rule for rule, _, _ in found(tool, "GT506")] == ["GT506"]


def test_the_annotation_of_a_gateway(repository: Any, tool: Any) -> None:
    """One Certificate has the hostnames of all its listeners; one without hostname is passed over."""
    repository({"gateway.yaml": GATEWAY})
    for host in ("a.example.com", "x.b.example.com"):
        told, why = asked(tool, host)
        assert (told, "the annotation of Gateway shop/edge asks for this name" in why) == ("unknown", True)
    [(_, _, message)] = found(tool, "GT202")
    assert "Secret shop/other" in message
    assert "cert-manager passes over a listener without hostname" in message


def test_hosts_out_of_a_certificate_to_come(repository: Any, tool: Any) -> None:
    """Without hosts the controller takes the names of the certificate, and so those that are promised."""
    files = {
        "ingress.yaml": INGRESS % ("x: y", ""),
        "certificate.yaml": CERTIFICATE % "  dnsNames: [www.example.com, api.example.com]\n",
    }
    repository(files)
    told = tool("status", "--format", "json").json["deployments"][0]["hosts"]
    assert {(one["host"], one["served_by"], one["client_sees"]) for one in told} == {
        ("www.example.com", "Ingress shop/web", "unknown"),
        ("api.example.com", "Ingress shop/web", "unknown"),
    }
    assert asked(tool, "other.example.com")[0] == "internal error"


def test_ed25519_before_3_17(repository: Any, tool: Any) -> None:
    spec = "  dnsNames: [api.example.com]\n  privateKey: {algorithm: Ed25519}\n"
    for version, sees, severity in (("3.16", "internal error", ["error"]), ("3.17", "unknown", [])):
        repository(
            {
                "tls.yaml": TLS % "api.example.com",
                "certificate.yaml": CERTIFICATE % spec,
                ".gitops-tls.yaml": f'versions: {{apisix: "{version}"}}\n',
            }
        )
        assert asked(tool, "api.example.com")[0] == sees
        assert [one[1] for one in found(tool, "GT315")] == severity


@pytest.mark.parametrize(
    "spec, words",
    [
        ("usages: [server auth]", None),
        ("usages: [digital signature]", None),
        ("usages: [client auth]", "not server auth: every client refuses the server"),
        ("duration: 90d", "is no duration to Go"),
    ],
)
def test_what_the_gateway_needs(spec: str, words: str | None, repository: Any, tool: Any) -> None:
    repository(
        {"tls.yaml": TLS % "api.example.com", "certificate.yaml": CERTIFICATE % f"  dnsNames: [api.example.com]\n  {spec}\n"}
    )
    told = found(tool, "GT316")
    assert len(told) == (words is not None)
    assert all(words is not None and words in message for _, _, message in told)


def test_the_ca_of_clients_is_never_one_by_annotation(repository: Any, tool: Any) -> None:
    mutual = (TLS % "www.example.com").replace(
        "name: api,", "name: own,"
    ) + "  client: {caSecret: {name: pair, namespace: shop}, depth: 1}\n"
    repository({"ingress.yaml": INGRESS % (ISSUER, "www.example.com"), "tls.yaml": mutual})
    assert [severity for _, severity, _ in found(tool, "GT508")] == ["error"]


def test_hosts_of_status_are_json(repository: Any, tool: Any) -> None:
    repository({"tls.yaml": TLS % "api.example.com", "certificate.yaml": CERTIFICATE % "  dnsNames: [www.example.com]\n"})
    told = json.loads(tool("status", "--format", "json").out)["deployments"][0]["hosts"][0]
    assert (told["client_sees"], told["tls"], told["certificate"]) == ("name mismatch", "one-way", None)
