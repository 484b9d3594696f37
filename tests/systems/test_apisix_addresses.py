"""Bodies for the Admin API find their gateway by the address of the command that sends them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitops_tls.systems.apisix.addresses import Names, Target, target_of
from gitops_tls.systems.apisix.admin_script import FILLED, adc_runs, requests

ETCD = "deployment:\n  role: traditional\n  role_traditional: {config_provider: etcd}\n"
SSL = "apisix:\n  ssl:\n    enable: true\n"
COMPOSE = """services:
  {name}:
    image: apache/apisix:3.16.0
    container_name: edge-{name}
    volumes: ["./{name}.yaml:/usr/local/apisix/conf/config.yaml:ro"]
    ports: ["{port}:9180", "9443:9443"]
"""
BODY = '{"snis": ["%s"], "cert": "$env://CERT", "key": "$env://KEY"}'


@pytest.mark.parametrize(
    "address, host, port",
    [
        ("http://127.0.0.1:9180/apisix/admin/ssls/1", "127.0.0.1", 9180),
        ("https://Apisix-Admin.edge.svc:9180/apisix", "apisix-admin.edge.svc", 9180),
        ("http://apisix/apisix/admin/ssls", "apisix", None),
        ("http://user:secret@apisix:80", "apisix", 80),
        ("http://[::1]:9180/x", "::1", 9180),
        ("http://[::1]/x", "::1", None),
        ("apisix:9180/apisix/admin/ssls/1", "apisix", 9180),
    ],
)
def test_addresses(address: str, host: str, port: int | None) -> None:
    assert target_of(address) == Target(host, port)


@pytest.mark.parametrize(
    "address", ["", "/apisix/admin/ssls", f"http://{FILLED * 4}/apisix", f"http://{FILLED}:9180", "http://${HOST}:9180"]
)
def test_addresses_that_something_else_decides(address: str) -> None:
    assert target_of(address) is None


@pytest.mark.parametrize(
    "name, host, fits",
    [
        ("apisix-admin", "apisix-admin", True),
        ("apisix-admin", "apisix-admin.edge.svc.cluster.local", True),
        ("apisix-admin.edge", "apisix-admin", True),
        ("apisix-admin.edge", "apisix-admin.edge.svc", True),
        ("apisix-admin.edge", "apisix-admin.shop", False),
        ("apisix-admin", "apisix", False),
        ("apisix-admin", "127.0.0.1", False),
    ],
)
def test_services(name: str, host: str, fits: bool) -> None:
    assert Names(frozenset((name,))).answers(Target(host, 9180)) == fits


def test_ports_of_the_machine() -> None:
    names = Names(ports=frozenset((9181,)))
    assert [names.answers(Target(host, 9181)) for host in ("localhost", "127.0.0.1", "::1", "apisix")] == [
        True,
        True,
        True,
        False,
    ]
    assert not names.answers(Target("localhost", 9180))


def test_files_that_are_sent() -> None:
    script = 'curl -X PUT http://a:9180/apisix/admin/ssls/1 -d @a.json\ncurl --data-binary="@b.json" http://b/apisix/admin/ssls\ncurl http://c/apisix/admin/ssls -d @-\n'
    assert [(one.address.split("/")[2], one.files) for one in requests(script)] == [
        ("a:9180", ("a.json",)),
        ("b", ("b.json",)),
        ("c", ()),
    ]


@pytest.mark.parametrize(
    "script",
    [
        "adc sync -f adc.yaml --server http://a:9180\n",
        "adc sync --file=adc.yaml --server=http://a:9180\n",
        "ADC_SERVER=http://a:9180 adc sync -f adc.yaml\n",
        'export ADC_SERVER="http://a:9180"\nadc lint -f other.yaml\nadc sync -f "adc.yaml"\n',
        "export ADC_SERVER=http://old:9180\ndocker run --rm ghcr.io/api7/adc adc sync -f adc.yaml --server http://a:9180\n",
    ],
)
def test_runs_of_adc(script: str) -> None:
    assert adc_runs(script)[-1] == ("http://a:9180", ("adc.yaml",))


def hosts(tool: Any) -> dict[str, list[tuple[str, str]]]:
    """Of each gateway its path, and the hosts with what clients see."""
    told = tool("status", "--format", "json").json["deployments"]
    return {one["path"]: sorted((host["host"], host["client_sees"]) for host in one["hosts"]) for one in told}


def put(url: str, host: str) -> str:
    return f"curl -X PUT {url}/apisix/admin/ssls/1 -d '{BODY % host}'\n"


def two(repository: Any, **more: str) -> Path:
    """Two APISIX of one machine: a.yaml at 9180, b.yaml at 9280."""
    services = COMPOSE.format(name="a", port=9180) + COMPOSE.format(name="b", port=9280).partition("\n")[2]
    files = {"a.yaml": ETCD + SSL, "b.yaml": ETCD + SSL, "docker-compose.yml": services}
    path: Path = repository(files | {name.replace("_", ".").replace("-", "/"): text for name, text in more.items()})
    return path


@pytest.mark.parametrize(
    "url, owner",
    [
        ("http://b:9180", "b.yaml"),
        ("http://edge-b:9180", "b.yaml"),
        ("http://127.0.0.1:9280", "b.yaml"),
        ("http://localhost:9180", "a.yaml"),
        ("http://127.0.0.1:9443", None),
        ("http://another:9180", None),
        ('"$ADMIN"', None),
    ],
)
def test_a_script_of_one_of_two(url: str, owner: str | None, repository: Any, tool: Any) -> None:
    two(repository, put_sh=put(url, "api.example.com"))
    expected = {"a.yaml": [], "b.yaml": []} | ({owner: [("api.example.com", "unknown")]} if owner else {})
    assert hosts(tool) == expected


def test_a_body_in_a_file(repository: Any, tool: Any) -> None:
    script = "curl -X PUT http://b:9180/apisix/admin/ssls/1 -d @ssl.json\n"
    two(repository, ssl_json=BODY % "api.example.com", put_sh=script)
    assert hosts(tool) == {"a.yaml": [], "b.yaml": [("api.example.com", "unknown")]}
    two(repository, put_sh=script + script.replace("//b:", "//a:"))
    assert hosts(tool) == {"a.yaml": [], "b.yaml": []}


def test_a_file_for_adc(repository: Any, tool: Any) -> None:
    adc = "ssls:\n  - snis: [api.example.com]\n    certificates: [{certificate: $env://CERT, key: $env://KEY}]\n"
    two(repository, adc_yaml=adc, sync_sh="adc sync -f adc.yaml --server http://a:9180\n")
    assert hosts(tool) == {"a.yaml": [("api.example.com", "unknown")], "b.yaml": []}


def test_ports_that_config_yaml_names(repository: Any, tool: Any) -> None:
    admin = "deployment:\n  role: traditional\n  role_traditional: {config_provider: etcd}\n  admin: {admin_listen: {ip: 0.0.0.0, port: %d}}\n"
    repository(
        {"a.yaml": admin % 9180 + SSL, "b.yaml": admin % 9280 + SSL, "put.sh": put("http://127.0.0.1:9280", "api.example.com")}
    )
    assert hosts(tool) == {"a.yaml": [], "b.yaml": [("api.example.com", "unknown")]}
    repository({"a.yaml": admin % 9280 + SSL})
    assert hosts(tool) == {"a.yaml": [], "b.yaml": []}


def test_the_service_of_a_release(repository: Any, tool: Any) -> None:
    values = "apisix:\n  ssl:\n    enabled: true\n  admin: {credentials: {admin: own}}\nservice: {type: NodePort}\n"
    releases = "releases:\n  - {name: prod, values: [prod.yaml]}\n  - {name: apisix-stage, values: [stage.yaml]}\n"
    files = {"prod.yaml": values, "stage.yaml": values, ".gitops-tls.yaml": releases}
    repository({**files, "put.sh": put("http://prod-apisix-admin.edge:9180", "api.example.com")})
    assert hosts(tool) == {"prod.yaml": [("api.example.com", "unknown")], "stage.yaml": []}
    repository({"put.sh": put("http://apisix-stage-admin:9180", "api.example.com")})
    assert hosts(tool) == {"prod.yaml": [], "stage.yaml": [("api.example.com", "unknown")]}


PROXY = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: apisix}
spec:
  controller: apisix.apache.org/apisix-ingress-controller
  parameters: {apiGroup: apisix.apache.org, kind: GatewayProxy, name: proxy, namespace: edge, scope: Namespace}
---
apiVersion: apisix.apache.org/v1alpha1
kind: GatewayProxy
metadata: {name: proxy, namespace: edge}
spec: {provider: {type: ControlPlane, controlPlane: %s}}
"""


@pytest.mark.parametrize(
    "plane", ["{endpoints: ['http://apisix-admin.edge:9180']}", "{service: {name: apisix-admin, port: 9180}}"]
)
def test_the_apisix_of_an_ingress_controller(plane: str, repository: Any, tool: Any) -> None:
    """The controller deletes what it did not send itself: what clients see is not sure."""
    repository({"class.yaml": PROXY % plane, "put.sh": put("http://apisix-admin.edge.svc:9180", "api.example.com")})
    assert hosts(tool) == {"class.yaml": [("api.example.com", "unknown")]}
    told = tool("status", "--host", "api.example.com", "--format", "json").json["host"]
    assert "deletes what it did not send itself" in json.dumps(told["why"])
    repository({"put.sh": put("http://apisix-admin.shop.svc:9180", "api.example.com")})
    assert hosts(tool) == {"class.yaml": []}


def test_one_gateway_takes_what_nothing_names(repository: Any, tool: Any) -> None:
    repository({"a.yaml": ETCD + SSL, "put.sh": put("http://somewhere:9180", "api.example.com")})
    assert hosts(tool) == {"a.yaml": [("api.example.com", "unknown")]}
    # but not what another one is the address of
    repository({"class.yaml": PROXY % "{endpoints: ['http://somewhere:9180']}"})
    assert hosts(tool) == {"a.yaml": [], "class.yaml": [("api.example.com", "unknown")]}


def test_bodies_without_a_gateway(repository: Any, tool: Any) -> None:
    repository({"ssl.json": BODY % "api.example.com"})
    assert hosts(tool) == {}
