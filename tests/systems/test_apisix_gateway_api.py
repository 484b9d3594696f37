"""Gateways of the Gateway API: who may use a Secret of another namespace, and what a Gateway asks of its clients."""

from __future__ import annotations

import json
from typing import Any

import pytest

CLASS = """apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: apisix}
spec: {controllerName: apisix.apache.org/apisix-ingress-controller}
"""
HOST = "api.example.com"
PORTS = "frontend: {default: {validation: %s}, perPort: [{port: 8443, tls: {validation: %s}}]}"


def gateway(*, frontend: str = "", tls: str = "", namespace: str = "certs", protocol: str = "HTTPS") -> str:
    spec = {"gatewayClassName": "apisix"}
    text = f"apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: edge}}\nspec: {json.dumps(spec)[:-1]},\n"
    text += f"  tls: {{{frontend}}},\n" if frontend else ""
    listener = f"{{name: a, protocol: {protocol}, port: 443, hostname: {HOST}, tls: {{certificateRefs: [{{name: pair, namespace: {namespace}}}]{tls}}}}}"
    return CLASS + "---\n" + text + f"  listeners: [{listener}]}}\n"


def grant(namespace: str = "certs", kind: str = "Secret", source: str = "edge", more: str = "", version: str = "v1beta1") -> str:
    return (
        f"apiVersion: gateway.networking.k8s.io/{version}\nkind: ReferenceGrant\nmetadata: {{name: g, namespace: {namespace}}}\n"
        f"spec:\n  from: [{{group: gateway.networking.k8s.io, kind: Gateway, namespace: {source}}}]\n"
        f"  to: [{{group: '', kind: {kind}{more}}}]\n"
    )


def secret(pki: Any, namespace: str = "certs") -> str:
    leaf = pki.server(pki.root(), dns=[HOST])
    values = f"  tls.crt: {json.dumps(leaf.pem.decode())}\n  tls.key: {json.dumps(leaf.key.decode())}\n"
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: pair, namespace: {namespace}}}\nstringData:\n{values}"


def authority(
    content: bytes, kind: str = "ConfigMap", key: str = "ca.crt", name: str = "clients", namespace: str = "edge"
) -> str:
    field = "data" if kind == "ConfigMap" else "stringData"
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n{field}:\n  {key}: {json.dumps(content.decode())}\n"


def version(text: str) -> str:
    return f'versions: {{apisix-ingress-controller: "{text}", apisix: "3.16"}}\n' if text else "{}\n"


def asked(tool: Any) -> tuple[str, str, str]:
    told = tool("status", "--host", HOST, "--format", "json").json["host"]
    return told["tls"], told["client_sees"], "; ".join(why["message"] for why in told["why"])


def found(tool: Any, *rules: str) -> list[tuple[str, str]]:
    result = tool("check", "--format", "json", "--select", ",".join(rules), "--fail-on", "never").json
    return [(one["rule"], one["severity"]) for one in result["findings"]]


GRANTS = {
    "none": ("", "2.2", "unknown", 1),
    "none, and the version is not known": ("", "", "unknown", 1),
    "none, before 2.2": ("", "2.1", "ok", 0),
    "the right one": (grant(), "2.2", "ok", 0),
    "of the newest version": (grant(version="v1"), "2.2", "ok", 0),
    "for this name": (grant(more=", name: pair"), "2.2", "ok", 0),
    "for another name": (grant(more=", name: other"), "2.2", "unknown", 1),
    "for another kind": (grant(kind="ConfigMap"), "2.2", "unknown", 1),
    "from another namespace": (grant(source="other"), "2.2", "unknown", 1),
    "beside the Gateway": (grant(namespace="edge"), "2.2", "unknown", 1),
}


@pytest.mark.parametrize("title", GRANTS)
def test_reference_grants(title: str, pki: Any, repository: Any, tool: Any) -> None:
    text, controller, sees, findings = GRANTS[title]
    repository(
        {"gateway.yaml": gateway(), "grants/g.yaml": text, "pair.yaml": secret(pki), ".gitops-tls.yaml": version(controller)}
    )
    assert asked(tool)[:2] == ("one-way", sees)
    assert found(tool, "GT524", "GT202") == [("GT524", "warning")] * findings


def test_no_grant_for_the_own_namespace(pki: Any, repository: Any, tool: Any) -> None:
    repository({"gateway.yaml": gateway(namespace="edge"), "pair.yaml": secret(pki, "edge"), ".gitops-tls.yaml": version("2.2")})
    assert asked(tool)[1] == "ok"
    assert found(tool, "GT524") == []


def test_each_reference_of_a_listener_counts(pki: Any, repository: Any, tool: Any) -> None:
    two = gateway().replace("[{name: pair, namespace: certs}]", "[{name: own}, {name: pair, namespace: certs}]")
    repository({"gateway.yaml": two, "pair.yaml": secret(pki), ".gitops-tls.yaml": version("2.2")})
    assert found(tool, "GT524", "GT202") == [("GT202", "warning"), ("GT524", "warning")]


def asks(*refs: str, mode: str = "") -> str:
    return f"{{caCertificateRefs: [{', '.join(refs)}]{mode}}}"


OWN = "{group: '', kind: ConfigMap, name: clients}"


def mutual(*refs: str, mode: str = "") -> str:
    return gateway(namespace="edge", frontend=f"frontend: {{default: {{validation: {asks(*refs, mode=mode)}}}}}")


@pytest.mark.parametrize(
    "controller, tls, sees, rules",
    [
        ("2.2", "mutual", "certificate required", []),
        ("2.1", "one-way", "ok", [("GT510", "error")]),
        ("", "mutual", "unknown", []),
    ],
)
def test_the_frontend_of_a_gateway(
    controller: str, tls: str, sees: str, rules: Any, pki: Any, repository: Any, tool: Any
) -> None:
    files = {"pair.yaml": secret(pki, "edge"), "ca.yaml": authority(pki.root().pem), ".gitops-tls.yaml": version(controller)}
    repository({**files, "gateway.yaml": mutual(OWN)})
    assert asked(tool)[:2] == (tls, sees)
    assert found(tool, "GT508,GT509,GT510,GT511,GT524,GT202,GT203") == rules


def test_frontends_by_port(pki: Any, repository: Any, tool: Any) -> None:
    files = {"pair.yaml": secret(pki, "edge"), "ca.yaml": authority(pki.root().pem), ".gitops-tls.yaml": version("2.2")}
    by_port = gateway(namespace="edge", frontend=PORTS % (asks(OWN), asks()))
    for text, tls in (
        (by_port, "mutual"),
        (by_port.replace("port: 443", "port: 8443"), "one-way"),
        (gateway(namespace="edge", frontend=PORTS % (asks(), asks(OWN))), "one-way"),
        (gateway(namespace="edge", frontend=PORTS % (asks(), asks(OWN))).replace("port: 443", "port: 8443"), "mutual"),
        (by_port.replace("HTTPS", "TLS"), "one-way"),
    ):
        repository({**files, "gateway.yaml": text})
        assert asked(tool)[0] == tls


def test_the_cas_of_clients(pki: Any, repository: Any, tool: Any) -> None:
    root = pki.root()
    middle = pki.intermediate(root)
    second = "{group: '', kind: Secret, name: more}"
    cases = {
        "a root": ([authority(root.pem)], (OWN,), "certificate required", []),
        "of a Secret": ([authority(root.pem, "Secret")], (OWN.replace("ConfigMap", "Secret"),), "certificate required", []),
        "an intermediate": ([authority(middle.pem)], (OWN,), "unknown ca", ["GT509"]),
        "put together": ([authority(middle.pem), authority(root.pem, "Secret", name="more")], (OWN, second), "certificate required", []),
        "one of them is broken": (
            [authority(root.pem), authority(middle.pem[:-60], "Secret", name="more")], (OWN, second), "internal error", ["GT509"],
        ),
        "another key": ([authority(root.pem, key="ca.pem")], (OWN,), "internal error", ["GT203"]),
        "not there": ([], (OWN,), "certificate required", ["GT202"]),
        "of another kind": ([authority(root.pem, "Secret")], (OWN,), "certificate required", ["GT202"]),
    }  # fmt: skip
    for title, (objects, refs, sees, rules) in cases.items():
        files = {"pair.yaml": secret(pki, "edge"), ".gitops-tls.yaml": version("2.2"), "gateway.yaml": mutual(*refs)}
        repository({**files, "ca.yaml": "---\n".join(objects)})
        assert (title, asked(tool)[1]) == (title, sees)
        assert (title, [rule for rule, _ in found(tool, "GT508,GT509,GT510,GT511,GT524,GT202,GT203")]) == (title, rules)


def test_a_ca_of_another_namespace(pki: Any, repository: Any, tool: Any) -> None:
    text = mutual("{group: '', kind: ConfigMap, name: clients, namespace: certs}")
    files = {
        "pair.yaml": secret(pki, "edge"),
        "ca.yaml": authority(pki.root().pem, namespace="certs"),
        ".gitops-tls.yaml": version("2.2"),
    }
    repository({**files, "gateway.yaml": text})
    assert asked(tool)[1] == "unknown"
    assert found(tool, "GT524") == [("GT524", "warning")]
    repository({"grant.yaml": grant(kind="ConfigMap")})
    assert asked(tool)[1] == "certificate required"
    assert found(tool, "GT524") == []


@pytest.mark.parametrize("controller, sees, severity", [("2.2", "internal error", "error"), ("", "unknown", "warning")])
def test_a_mode_that_apisix_has_not(controller: str, sees: str, severity: str, pki: Any, repository: Any, tool: Any) -> None:
    files = {"pair.yaml": secret(pki, "edge"), "ca.yaml": authority(pki.root().pem), ".gitops-tls.yaml": version(controller)}
    repository({**files, "gateway.yaml": mutual(OWN, mode=", mode: AllowInsecureFallback")})
    assert asked(tool)[1] == sees
    assert found(tool, "GT510") == [("GT510", severity)]


@pytest.mark.parametrize("controller", ["2.0", "2.2", ""])
def test_a_place_that_no_release_reads(controller: str, pki: Any, repository: Any, tool: Any) -> None:
    text = gateway(namespace="edge", tls=f", frontendValidation: {asks(OWN)}")
    repository({"gateway.yaml": text, "pair.yaml": secret(pki, "edge"), ".gitops-tls.yaml": version(controller)})
    assert asked(tool)[:2] == ("one-way", "ok")
    assert found(tool, "GT510") == [("GT510", "error")]


def test_gateways_of_others_are_left_alone(pki: Any, repository: Any, tool: Any) -> None:
    text = gateway(tls=f", frontendValidation: {asks(OWN)}").replace("apisix", "nginx")
    tls = "apiVersion: apisix.apache.org/v2\nkind: ApisixTls\nmetadata: {name: a, namespace: certs}\n"
    tls += "spec: {ingressClassName: x, hosts: [b.example.com], secret: {name: pair, namespace: certs}}\n"
    repository({"gateway.yaml": text, "tls.yaml": tls, "pair.yaml": secret(pki), ".gitops-tls.yaml": version("2.2")})
    assert found(tool, "GT510", "GT524") == []


def test_a_route_of_a_mutual_gateway_is_no_bypass(pki: Any, repository: Any, tool: Any) -> None:
    route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: edge}\n"
    route += f"spec: {{parentRefs: [{{name: edge, sectionName: a}}], hostnames: [{HOST}]}}\n"
    files = {"pair.yaml": secret(pki, "edge"), "ca.yaml": authority(pki.root().pem), ".gitops-tls.yaml": version("2.2")}
    repository({**files, "gateway.yaml": mutual(OWN), "route.yaml": route})
    assert asked(tool)[1] == "certificate required"
    assert found(tool, "GT515") == []


@pytest.mark.parametrize(
    "names, severity", [(("tls.crt", "tls.key"), None), (("cert", "key"), "warning"), (("crt", "pem"), "error")]
)
def test_the_keys_of_a_listener(names: Any, severity: str | None, pki: Any, repository: Any, tool: Any) -> None:
    text = secret(pki, "edge").replace("tls.crt", names[0]).replace("tls.key", names[1])
    root = repository({"gateway.yaml": gateway(namespace="edge"), "pair.yaml": text, ".gitops-tls.yaml": version("2.2")})
    assert asked(tool)[1] == ("internal error" if severity == "error" else "ok")
    assert found(tool, "GT203") == ([("GT203", severity)] if severity else [])
    tool("fix")
    assert (root / "pair.yaml").read_text() == secret(pki, "edge")
    assert found(tool, "GT203") == []
