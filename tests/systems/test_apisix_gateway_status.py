"""``status`` for gateways that a config.yaml or values of the chart describe, without a controller."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

_PATH = Path(__file__).parents[1] / "certs" / "pki.py"


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gateway_status_pki", _PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["gateway_status_pki"] = module
    spec.loader.exec_module(module)
    return module


MAKER = _maker()
CA = MAKER.root()
SERVER = MAKER.issue("a", MAKER.ec_key(410), CA, dns=("a.com", "*.b.com"), eku=("server",))
PEM, KEY, ROOT = SERVER.pem.decode(), SERVER.key.decode(), CA.pem.decode()
OTHER = MAKER.issue("o", MAKER.ec_key(411), CA, dns=("a.com",), eku=("server",)).key.decode()

AT = ("--at", MAKER.NOW.strftime("%Y-%m-%d"))
STANDALONE = "deployment:\n  role: data_plane\n  role_data_plane:\n    config_provider: yaml\n"
ETCD = "deployment:\n  role: traditional\n"
VALUES = "image:\n  repository: apache/apisix\n  tag: 3.13.0-debian\napisix:\n  ssl:\n    enabled: {}\n"
TLS = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {name: api, namespace: default}
spec:
  ingressClassName: apisix
  hosts: [k.com]
  secret: {name: cert, namespace: default}
"""


def config(ssl: str = "enable: true", head: str = STANDALONE) -> str:
    return f"{head}apisix:\n  ssl:\n    {ssl}\n"


def body(**more: object) -> dict[str, object]:
    value = {"cert": PEM, "key": KEY, "snis": ["a.com"], **more}
    return {key: one for key, one in value.items() if one is not None}


def ssls(*objects: dict[str, object]) -> str:
    return f"ssls: {json.dumps(objects)}\n#END\n"


CONF, OBJECTS, ADMIN = "edge/config.yaml", "edge/apisix.yaml", "admin/ssl.json"
ONE = "ssl 1 (edge/apisix.yaml)"

# files, and of each host: who serves it, its TLS, what the client sees
CASES = [
    ("one-way", {CONF: config(), OBJECTS: ssls(body())}, {"a.com": (ONE, "one-way", "ok")}),
    ("by its id", {CONF: config(), OBJECTS: ssls(body(id="web"))}, {"a.com": ("ssl web (edge/apisix.yaml)", "one-way", "ok")}),
    ("mutual", {CONF: config(), OBJECTS: ssls(body(client={"ca": ROOT}))}, {"a.com": (ONE, "mutual", "certificate required")}),
    ("mutual, some paths exempt", {CONF: config(), OBJECTS: ssls(body(client={"ca": ROOT, "skip_mtls_uri_regex": ["^/health$"]}))},
     {"a.com": (ONE, "mutual", "ok")}),
    ("a leaf as CA", {CONF: config(), OBJECTS: ssls(body(client={"ca": PEM}))}, {"a.com": (ONE, "mutual", "unknown ca")}),
    ("another name", {CONF: config(), OBJECTS: ssls(body(snis=["x.com", "y.b.com"]))},
     {"x.com": (ONE, "one-way", "name mismatch"), "y.b.com": (ONE, "one-way", "ok")}),
    ("another key", {CONF: config(), OBJECTS: ssls(body(key=OTHER))}, {"a.com": (ONE, "one-way", "internal error")}),
    ("a key that is none", {CONF: config(), OBJECTS: ssls(body(key=" " + KEY))}, {"a.com": (None, "none", "internal error")}),
    ("switched off", {CONF: config(), OBJECTS: ssls(body(status=0))}, {"a.com": (None, "none", "internal error")}),
    ("for upstreams", {CONF: config(), OBJECTS: ssls(body(type="client", snis=None))}, {}),
    ("catches all", {CONF: config(), OBJECTS: ssls(body(snis=None, sni="*"))},
     {"a.com": (ONE, "one-way", "ok"), "*.b.com": (ONE, "one-way", "ok")}),
    ("from the environment", {CONF: config(), OBJECTS: ssls(body(cert="$env://C", key="$env://K"))},
     {"a.com": (ONE, "one-way", "unknown")}),
    ("the second of two", {CONF: config(), OBJECTS: ssls(body(), body(snis=["z.b.com"]))},
     {"a.com": (ONE, "one-way", "ok"), "z.b.com": ("ssl 2 (edge/apisix.yaml)", "one-way", "ok")}),
    ("ssl is off", {CONF: config("enable: false"), OBJECTS: ssls(body())}, {"a.com": (None, "none", "unknown")}),
    ("does not start", {CONF: config("listen: 9443"), OBJECTS: ssls(body())}, {"a.com": (None, "none", "unknown")}),
    ("perhaps off", {CONF: config("enable: ${{SSL}}"), OBJECTS: ssls(body())}, {"a.com": (ONE, "one-way", "unknown")}),
    ("a fallback that nothing serves", {CONF: config("fallback_sni: f.com"), OBJECTS: ssls(body())},
     {"a.com": (ONE, "one-way", "ok"), "f.com": (None, "none", "internal error")}),
    ("a fallback that is served", {CONF: config("fallback_sni: q.b.com"), OBJECTS: ssls(body(snis=["*.b.com"]))},
     {"*.b.com": (ONE, "one-way", "ok"), "q.b.com": (ONE, "one-way", "ok")}),
    ("no objects", {CONF: config()}, {}),
    ("objects of another folder", {CONF: config(), "other/apisix.yaml": ssls(body())}, {}),
    ("etcd reads no apisix.yaml", {CONF: config(head=ETCD), OBJECTS: ssls(body())}, {"a.com": (ONE, "one-way", "unknown")}),
    ("a body for the Admin API", {CONF: config(head=ETCD), ADMIN: json.dumps(body())},
     {"a.com": ("ssl 1 (admin/ssl.json)", "one-way", "ok")}),
    ("standalone has no Admin API", {CONF: config(), ADMIN: json.dumps(body())}, {}),
    ("values of the chart", {"edge/values.yaml": VALUES.format("true"), ADMIN: json.dumps(body())},
     {"a.com": ("ssl 1 (admin/ssl.json)", "one-way", "ok")}),
    ("values with ssl off", {"edge/values.yaml": VALUES.format("false"), ADMIN: json.dumps(body())},
     {"a.com": (None, "none", "unknown")}),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [pytest.param(*row[1:], id=row[0]) for row in CASES])
def test_what_a_client_meets(repository, tool, files, expected):
    repository({".gitops-tls.yaml": "versions: {apisix: '3.18'}\n"} | files)
    document = tool("status", *AT, "--format", "json").json
    [deployment] = document["deployments"]
    path = next(iter(files))
    line = next(number for number, text in enumerate(files[path].splitlines(), 1) if text == "apisix:")
    assert (deployment["system"], deployment["shape"], deployment["name"], deployment["path"], deployment["line"]) == (
        "apisix", "file" if path == CONF else "helm", "edge", path, line,
    )  # fmt: skip
    found = {one["host"]: (one["served_by"], one["tls"], one["client_sees"]) for one in deployment["hosts"]}
    assert found == expected
    assert not any("PRIVATE" in one["message"] for host in deployment["hosts"] for one in host["why"])
    import jsonschema

    jsonschema.validate(document, tool("schema", "status-output").json)
    for host, (served_by, tls, sees) in expected.items():
        asked = tool("status", *AT, "--format", "json", "--host", host).json["host"]
        assert (asked["system"], asked["served_by"], asked["tls"], asked["client_sees"]) == ("apisix", served_by, tls, sees)


def test_the_table(repository, tool):
    repository({CONF: config(), OBJECTS: ssls(body()), "old/config.yaml": config("enable: false"), ".gitops-tls.yaml": "versions: {apisix: '3.18'}\n"})  # fmt: skip
    assert tool("status", *AT).out.splitlines() == [
        "edge/config.yaml   apisix   3.18   1 host served",
        "old/config.yaml    apisix   3.18   no TLS: `enable` of ssl is false: APISIX has no TLS listener (old/config.yaml:7)",
    ]
    answer = tool("status", *AT, "--host", "a.com").out
    assert answer.startswith("a.com   edge/config.yaml   one-way: the client connects\n")
    assert "from `cert` of ssl 1 (edge/apisix.yaml)" in answer


def test_bodies_belong_to_no_one_of_two_gateways(repository, tool):
    repository({CONF: config(head=ETCD), "old/config.yaml": config(head=ETCD), ADMIN: json.dumps(body())})
    deployments = tool("status", *AT, "--format", "json").json["deployments"]
    assert [one["hosts"] for one in deployments] == [[], []]


def test_values_beside_objects_of_the_controller_tell_its_version(repository, tool):
    repository({"edge/tls.yaml": TLS, "edge/values.yaml": VALUES.format("true")})
    [deployment] = tool("status", *AT, "--format", "json").json["deployments"]
    assert (deployment["shape"], deployment["apisix_version"], len(deployment["hosts"])) == ("operator", "3.13.0", 1)


@pytest.mark.parametrize(
    ("first", "expected"), [("apisix:\n  ssl: {}\n", False), ("apisix:\n  ssl:\n    enabled: false\n", True)]
)
def test_values_that_another_file_may_switch_on(repository, tool, first, expected):
    head = VALUES.partition("apisix:\n  ssl")[0]
    repository({"edge/values.yaml": head + first, "edge/values-prod.yaml": VALUES.format("true")})
    told = {line.split()[0]: "no TLS" in line for line in tool("status", *AT).out.splitlines()}
    assert told == {"edge/values.yaml": expected, "edge/values-prod.yaml": False}


def test_check_judges_each_object_once(repository, tool):
    repository({CONF: config(), OBJECTS: ssls(body(snis=["x.com"])), ".gitops-tls.yaml": "versions: {apisix: '3.18'}\n"})
    told = tool("check", *AT, "--format", "json").json["findings"]
    assert len([one for one in told if "x.com" in one["message"]]) == 1
