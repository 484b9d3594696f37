"""The schema files: sound, standing alone, explained, and right about what the documentation shows."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gitops_tls import schema_files

APISIX = [name for name in schema_files.names() if name.startswith("apisix-")]  # see test_apisix_schemas.py
NAMES = [
    *APISIX,
    "certs-output",
    "check-output",
    "compose",
    "gitops-tls-config",
    "helm-values",
    "milvus",
    "milvus-cr",
    "status-output",
]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def accepts(name: str, value: object) -> bool:
    return bool(Draft202012Validator(schema_files.load(name)).is_valid(value))


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from subschemas(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from subschemas(value)


def test_names() -> None:
    assert schema_files.names() == NAMES


@pytest.mark.parametrize("name", ["nothing", "../milvus", "", "milvus.schema", "a/milvus"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(KeyError):
        schema_files.text(name)


@pytest.mark.parametrize("name", NAMES)
def test_is_a_schema_that_stands_alone(name: str) -> None:
    schema = schema_files.load(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for part in subschemas(schema):
        target = part.get("$ref")
        if isinstance(target, str):
            assert target.startswith("#/$defs/")
            assert target.removeprefix("#/$defs/") in schema["$defs"]


@pytest.mark.parametrize("name", ["milvus", "milvus-cr", "helm-values", "compose", "gitops-tls-config"])
def test_every_title_comes_with_a_description(name: str) -> None:
    for part in subschemas(schema_files.load(name)):
        if isinstance(part.get("title"), str):
            assert isinstance(part.get("description"), str), part["title"]
            assert len(part["description"]) > 3


@pytest.mark.parametrize("name", ["milvus", "milvus-cr", "helm-values", "compose", "gitops-tls-config"])
def test_examples_and_defaults_are_accepted_by_their_own_schema(name: str) -> None:
    whole = schema_files.load(name)
    for part in subschemas(whole):
        examples = part.get("examples")
        values = [
            *(examples if isinstance(examples, list) else []),
            *([part["default"]] if "title" in part and "default" in part else []),
        ]
        validator = Draft202012Validator({"$defs": whole.get("$defs", {}), **part})
        for value in values:
            assert validator.is_valid(value), (part.get("title"), value)


@pytest.mark.parametrize("name", NAMES)
def test_loose_patterns_are_those_of_the_properties(name: str) -> None:
    """quick_schema.py takes a loose pattern for the property of the same letters."""
    for part in subschemas(schema_files.load(name)):
        properties, patterns = part.get("properties"), part.get("patternProperties")
        if not isinstance(patterns, dict) or not any(one.startswith("^(?!") for one in patterns):
            continue
        assert isinstance(properties, dict)
        assert list(properties.values()) == list(patterns.values())
        for known, pattern in zip(properties, patterns, strict=True):
            assert not re.search(pattern, known)
            assert re.search(pattern, known.upper() if known != known.upper() else known.lower())
            assert re.search(pattern, "_".join(known))
            assert re.search(pattern, known + "_")
            assert not re.search(pattern, known[:1] + "-" + known[1:])
            assert not re.search(pattern, known + "x")


def test_the_files_are_what_their_sources_make() -> None:
    script = os.path.join(ROOT, "scripts", "build_schemas.py")
    if not os.path.isfile(script):
        pytest.skip("the sources of the schemas are not here")
    sys.path.insert(0, os.path.dirname(script))
    try:
        spec = importlib.util.spec_from_file_location("build_schemas", script)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for file, text in module.build().items():
            assert schema_files.text(file.removesuffix(".schema.json")) == text, f"run scripts/build_schemas.py: {file}"
    finally:
        sys.path.remove(os.path.dirname(script))


def test_check_jsonschema_takes_them() -> None:
    tool = shutil.which("check-jsonschema", path=os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", ""))))
    if tool is None:
        pytest.skip("check-jsonschema is not installed")
    folder = schema_files._folder()
    files = [os.path.join(folder, f"{name}.schema.json") for name in NAMES]
    done = subprocess.run([tool, "--check-metaschema", *files], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def security(**values: object) -> dict[str, object]:
    return {"common": {"security": values}}


MILVUS = [
    (security(tlsMode=1), True),
    (security(tlsMode=0), True),
    (security(tlsMode="2"), True),
    (security(tlsMode=1.0), True),
    (security(tlsMode="+1"), True),
    (security(tls_mode=2), True),
    (security(TLSMODE="1"), True),
    (security(tlsMode=True), False),
    (security(tlsMode="on"), False),
    (security(tlsMode=" 1"), False),
    (security(tlsMode="1.0"), False),
    (security(tlsMode=3), False),
    (security(tlsMode=-1), False),
    (security(tlsMode=1.5), False),
    (security(tlsMode=None), False),
    (security(tlsMode={"a": 1}), False),
    (security(tls_mode="one"), False),
    ({"Common": {"SECURITY": {"TlsMode": "yes"}}}, False),
    (security(**{"tls-mode": "any"}), True),
    (security(internaltlsEnabled=True), True),
    (security(internaltlsEnabled="True"), True),
    (security(internaltlsEnabled=1), True),
    (security(internaltlsEnabled="yes"), False),
    (security(internaltlsEnabled=2), False),
    (security(tlsEnabled=True), False),
    (security(tlsEnabled=False), True),
    ({"tls": {"serverPemPath": "/a", "serverKeyPath": None}}, True),
    ({"tls": {"serverPemPath": {"a": "b"}}}, False),
    ({"tls": {"clusters": {"c1": {"caPemPath": "/ca"}}}}, True),
    ({"tls": {"clusters": {"c1": {"caPemPath": ["a"]}}}}, False),
    ({"tls": "on"}, False),
    ({"tls": None}, True),
    ({"common": {"tls": {"serverPemPath": "/a"}}}, False),
    ({"common": {"internaltls": {}}}, False),
    ({"tlsMode": 1}, False),
    ({"proxy": {"http": {"port": 8080, "enabled": True}}}, True),
    ({"proxy": {"http": {"port": None}}}, True),
    ({"proxy": {"http": {"port": ""}}}, True),
    ({"proxy": {"http": {"port": "8080/tcp"}}}, False),
    ({"proxy": {"port": 65536}}, False),
    ({"proxy": {"port": "65536"}}, False),
    ({"proxy": {"port": "65535"}}, True),
    ({"etcd": {"ssl": {"tlsMinVersion": "1.0"}}}, True),
    ({"etcd": {"ssl": {"tlsMinVersion": 1.3}}}, True),
    ({"etcd": {"ssl": {"tlsMinVersion": 1.0}}}, False),
    ({"etcd": {"ssl": {"enabled": True, "tlsMinVersion": "TLS1.2"}}}, False),
    ({"etcd": {"ssl": {"enabled": False, "tlsMinVersion": 1}}}, True),
    ({"minio": {"useSSL": True, "ssl": {"tlsMinVersion": "default"}}}, True),
    ({"minio": {"useSSL": True, "ssl": {"tlsMinVersion": 12}}}, False),
    ({"minio": {"ssl": {"enabled": True}}}, False),
    ({"minio": {"ssl": {"enabled": False}}}, True),
    ({"kafka": {"securityProtocol": "SASL_SSL", "ssl": {"tlsCACert": "/ca"}}}, True),
    ({"kafka": {"securityProtocol": "ssl"}}, True),
    ({"kafka": {"securityProtocol": "TLS"}}, False),
    ({"anything": {"else": [1, {"x": None}]}}, True),
    (None, True),
    ([], False),
]  # fmt: skip


@pytest.mark.parametrize(("value", "right"), MILVUS)
def test_milvus(value: object, right: bool) -> None:
    assert accepts("milvus", value) is right
    if isinstance(value, dict):
        assert accepts("milvus-cr", {"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "spec": {"config": value}}) is right


MOUNT = {"name": "certs", "mountPath": "/certs"}
HELM = [
    ({"extraConfigFiles": {"user.yaml": "common:\n  security:\n    tlsMode: 1\n"}}, True),
    ({"extraConfigFiles": {"user.yaml": {"common": {}}}}, False),
    ({"extraConfigFiles": {"user.yaml": None}}, True),
    ({"extraConfigFiles": {"other": 5}}, False),
    ({"volumes": [{"name": "certs", "secret": {"secretName": "tls"}}], "volumeMounts": [MOUNT]}, True),
    ({"volumes": [{"name": "certs", "secret": {"name": "tls"}}]}, False),
    ({"volumes": [{"name": "c", "secret": {"secretName": "t", "defaultMode": 256, "items": [{"key": "a", "path": "b"}]}}]}, True),
    ({"volumes": [{"name": "c", "secret": {"secretName": "t", "defaultMode": "0400"}}]}, False),
    ({"volumes": [{"name": "c", "secret": {"secretName": "t", "items": [{"key": "a"}]}}]}, False),
    ({"volumes": [{"name": "c", "ephemeral": {}}]}, True),
    ({"volumes": {}}, True),
    ({"volumes": {"certs": {}}}, False),
    ({"volumeMounts": [{"name": "certs"}]}, False),
    ({"volumeMounts": [{**MOUNT, "readonly": True}]}, False),
    ({"proxy": {"volumeMounts": [{"mountPath": "/certs"}]}}, False),
    ({"cluster": {"enabled": False}}, True),
    ({"cluster": {"enabled": "false"}}, False),
    ({"image": {"all": {"tag": "v2.6.20"}}}, True),
    ({"image": {"all": {"tag": ["v2.6.20"]}}}, False),
    ({"ingress": {"annotations": {"nginx.ingress.kubernetes.io/ssl-redirect": True}}}, False),
    ({"common": {"security": {"tlsMode": 1}}}, False),
    ({"tls": {"serverPemPath": "/a"}}, False),
    ({"service": {"port": 70000}}, False),
    ({"proxy": {"extraEnv": [{"name": "A", "value": 1}]}}, False),
    ({"etcd": {"replicaCount": 3}}, True),
]  # fmt: skip


@pytest.mark.parametrize(("value", "right"), HELM)
def test_helm_values(value: object, right: bool) -> None:
    assert accepts("helm-values", value) is right


def milvus(spec: object, version: str = "v1beta1", kind: str = "Milvus") -> dict[str, object]:
    return {"apiVersion": f"milvus.io/{version}", "kind": kind, "metadata": {"name": "x"}, "spec": spec}


CR = [
    (milvus({"mode": "cluster", "components": {"volumes": [{"name": "c"}], "volumeMounts": [MOUNT]}}), True),
    (milvus({"mode": "Cluster"}), False),
    (milvus({"components": {"proxy": {"serviceRestfulPort": 8080}}}), True),
    (milvus({"components": {"proxy": {"serviceRestfulPort": "8080"}}}), False),
    (milvus({"components": {"queryNode": {"volumeMounts": [{"name": "x"}]}}}), False),
    (milvus({"components": {"version": 2.6}}), False),
    (milvus({"conf": {}}), False),
    (milvus({"volumes": []}), False),
    (milvus({"volumes": [{"name": "c"}]}, "v1alpha1"), True),
    (milvus({"volumes": [{}]}, "v1alpha1"), False),
    (milvus({"volumes": []}, "v1alpha1", "MilvusCluster"), False),
    (milvus({"dependencies": {"etcd": {"endpoints": "a:2379"}}}), False),
    (milvus({"whatever": 1}), True),
    (milvus(None), True),
    (milvus({"anything": 1}, kind="MilvusUpgrade"), True),
    (milvus({}, kind="Milvsu"), False),
    (milvus({}, "v1"), False),
    ({"apiVersion": "kubedb.com/v1alpha2", "kind": "Milvus", "spec": {"volumes": 5}}, True),
    ({"apiVersion": "v1", "kind": "Secret"}, True),
    ({"kind": "Milvus"}, False),
]


@pytest.mark.parametrize(("value", "right"), CR)
def test_milvus_cr(value: object, right: bool) -> None:
    assert accepts("milvus-cr", value) is right


def service(**keys: object) -> dict[str, object]:
    return {"services": {"standalone": keys}}


COMPOSE = [
    (service(image="milvusdb/milvus:v2.6.20", volumes=["./tls:/tls:ro", {"type": "bind", "source": "a", "target": "/b"}]), True),
    (service(volumes={"./tls": "/tls"}), False),
    (service(volumes=[{"source": "a", "target": "/b"}]), False),
    (service(ports=["19530:19530", 9091, {"target": 8080, "published": "8080"}]), True),
    (service(ports=[{"published": 8080}]), False),
    (service(ports=[99999]), False),
    (service(environment={"A": "b", "C": 1, "D": None, "E": True}), True),
    (service(environment=["A=b"]), True),
    (service(environment=[{"A": "b"}]), False),
    (service(environment={"A": {"b": "c"}}), False),
    (service(secrets=["cert", {"source": "key", "target": "/x"}]), True),
    (service(secrets=[{"target": "/x"}]), False),
    (service(command=["milvus", "run"]), True),
    (service(command={"a": 1}), False),
    (service(image=["a"]), False),
    ({"services": {"x-extra": 5, "a": {"image": "b"}}}, True),
    ({"services": []}, False),
    ({"secrets": {"cert": {"file": "./a"}}, "configs": {"c": {"content": "x"}}, "volumes": {"v": None}, "x-any": 1}, True),
    ({"secrets": {"cert": "./a"}}, False),
    ({"volumes": ["v"]}, False),
]


@pytest.mark.parametrize(("value", "right"), COMPOSE)
def test_compose(value: object, right: bool) -> None:
    assert accepts("compose", value) is right


CONFIG = [
    ({}, True),
    (None, True),
    ({"exclude": ["vendor/**"], "expires-within": "30d", "fail-on": "error", "versions": {"milvus": "2.6"}}, True),
    ({"known-secrets": ["milvus/certs"], "releases": [{"name": "prod", "values": ["base.yaml", "prod.yaml"]}]}, True),
    ({"rules": {"GT210": "off", "cert-expiring": "error"}, "ignore": [{"path": "legacy/**", "rules": ["GT302"]}]}, True),
    ({"expires-within": 14}, True),
    ({"expires-within": "soon"}, False),
    *(({"expires-within": given}, True) for given in ("20%", "27.5 %", "0%", "100%", "100.0%", "12h")),
    *(({"expires-within": given}, False) for given in ("101%", "100.1%", "-5%", "%", "20%d")),
    ({"fail_on": "error"}, False),
    ({"fail-on": "errors"}, False),
    ({"versions": {"milvus": 2.6}}, False),
    ({"versions": {"helm": "3"}}, False),
    ({"known-secrets": ["certs"]}, False),
    ({"releases": [{"name": "prod"}]}, False),
    ({"rules": {"GT210": "warn"}}, False),
    ({"ignore": [{"path": "a"}]}, False),
    ({"exclude": "a"}, False),
]


@pytest.mark.parametrize(("value", "right"), CONFIG)
def test_config(value: object, right: bool) -> None:
    assert accepts("gitops-tls-config", value) is right


CHECK = {
    "version": 1, "tool": {"name": "gitops-tls", "version": "1"}, "at": "2026-11-22T00:00:00Z",
    "findings": [{
        "rule": "GT101", "name": "tls-mode-invalid", "severity": "error", "message": "m", "path": "a.yaml",
        "line": 9, "column": 14, "end_line": 9, "end_column": 18, "pointer": "/common/security/tlsMode",
        "related": [{"path": "b", "line": 1, "column": 1, "message": "mounted here"}], "fix": {"title": "t", "safe": False},
    }],
    "skipped": [{"path": "chart/templates/x.yaml", "reason": "Helm template"}],
    "summary": {"files": 12, "documents": 31, "deployments": 2, "certificates": 3, "errors": 1, "warnings": 0, "infos": 0, "fixable": 1, "suppressed": 0},
}  # fmt: skip
STATUS = {
    "version": 1,
    "deployments": [
        {
            "system": "milvus", "shape": "compose", "name": "standalone", "path": "docker-compose.yml", "line": 21, "milvus_version": "2.6.20",
            "server": "starts", "grpc": {"port": 19530, "tls": "one-way"}, "rest": {"port": 8080, "tls": "one-way"}, "internal": {"tls": "off"},
            "management": {"port": 9091, "tls": "plaintext", "published": True},
            "certificate": {"subject": "CN=localhost", "dns_names": ["localhost"], "not_after": "2036-11-19T00:00:00Z"},
            "clients": {"pymilvus": "ok", "curl": "ok", "go": "ok"}, "why": [{"message": "tlsMode is 1", "path": "milvus.yaml", "line": 9}],
        },
        {
            "system": "apisix", "name": "gw", "path": "a.yaml", "line": 1,
            "hosts": [{"host": "a", "served_by": None, "tls": "none", "client_sees": "unknown", "path": "a", "line": 1}],
        },
    ],
}  # fmt: skip
CERTS = {
    "version": 1,
    "certificates": [{
        "path": "tls/server.pem", "line": 1, "pointer": "", "subject": "CN=localhost", "issuer": "CN=CA", "dns_names": ["localhost"],
        "ip_addresses": [], "is_ca": False, "key": "RSA 2048", "serial": "1", "sha256": "ab", "not_before": "2026-11-19T00:00:00Z",
        "not_after": "2036-11-19T00:00:00Z", "days_left": 3649, "state": "ok",
        "used_by": [{"deployment": "standalone", "role": "server", "path": "docker-compose.yml", "line": 21}],
    }],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [("check-output", CHECK), ("status-output", STATUS), ("certs-output", CERTS)])
def test_outputs_of_the_contract(name: str, value: dict[str, Any]) -> None:
    assert accepts(name, value)
    for key in value:
        assert not accepts(name, {other: item for other, item in value.items() if other != key}), key
    text = json.dumps(value)
    for old, new in (
        ('"error"', '"fatal"'),
        ('"one-way"', '"tls"'),
        ('"state": "ok"', '"state": "fine"'),
        ('"line": 1', '"line": 0'),
    ):
        if old in text:
            assert not accepts(name, json.loads(text.replace(old, new))), old
