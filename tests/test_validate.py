"""Validation: right nodes, right words, and a quick reader that never says yes where jsonschema says no."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gitops_tls import schema_files, validate
from gitops_tls.quick_schema import accepts
from gitops_tls.rules import gt001_schema_violation as gt001
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.node import Node
from gitops_tls.yamldoc.parse import parse


def root_of(text: str) -> Node:
    parsed = parse(Source("f.yaml", text))
    assert parsed.problem is None, parsed.problem
    root = parsed.documents[0].root
    assert root is not None
    return root


def found(name: str, text: str) -> list[tuple[str, str]]:
    return [(":".join(map(str, one.node.position())), one.message) for one in validate.violations(root_of(text), name)]


CASES = [
    ("milvus", "tls: {serverPemPath: {a: b}}", [("1:22", "`serverPemPath` is a mapping, not text")]),
    ("milvus", "tls: true", [("1:6", "`tls` is `true`, not a mapping")]),
    ("milvus", "proxy: {port: 99999}", [("1:15", "`port` is `99999`, above 65535")]),
    ("milvus", "proxy: {PORT: 0}", [("1:15", "`PORT` is `0`, below 1")]),
    (
        "milvus",
        "etcd: {ssl: {tlsMinVersion: 1.0}}",
        [("1:29", "`tlsMinVersion` is `1.0`, read as `1`, which is none of `1.0`, `1.1`, `1.2` and `1.3`")],
    ),
    ("milvus", "kafka: {securityProtocol: TLS}", [("1:27", "`securityProtocol` is `TLS`, which has not the right form")]),
    ("milvus", "common: {tls: {serverPemPath: /a}}", [("1:10", "`tls` does not belong here")]),
    ("milvus", "common: {security: {tlsMode: 0x1, internaltlsEnabled: on}}", []),
    ("milvus", "tls: {serverKeyPath: 5}", [("1:22", "`serverKeyPath` is `5`, not text")]),
    ("helm-values", "volumes: {a: b}", [("1:10", "`volumes` is a mapping, not a list")]),
    ("helm-values", "volumeMounts:\n- name: a\n  mountPath: /a\n- name: b\n", [("4:3", "`volumeMounts[1]` has no `mountPath`")]),
    (
        "helm-values",
        "volumeMounts:\n- name: a\n  mountpath: /a\n",
        [("3:3", "`mountpath` is no key of `volumeMounts[0]`, `mountPath` is")],
    ),
    ("helm-values", "volumes:\n- name: a\n  secret: {name: b}\n", [("3:12", "`name` is no key of `secret`, `secretName` is")]),
    ("helm-values", "cluster: {enabled: 'false'}", [("1:20", '`enabled` is `"false"`, not true or false')]),
    ("helm-values", "cluster: {enabled: no}", []),
    ("helm-values", "volumes:\n- name: a\n  secret: {secretName: b, defaultMode: 0400}\n", []),
    ("helm-values", "volumes:\n- name: a\n  secret: {secretName: ''}\n", [("3:24", "`secretName` is empty")]),
    ("milvus-cr", "apiVersion: milvus.io/v1beta1\nkind: Milvus\nspec: {conf: {}}", [("3:8", "`conf` does not belong here")]),
    ("milvus-cr", "kind: Milvus", [("1:1", "the document has no `apiVersion`")]),
    (
        "milvus-cr",
        "apiVersion: milvus.io/v1beta1\nkind: Milvus\nspec:\n  mode: single\n",
        [("4:9", "`mode` is `single`, which is none of `standalone` and `cluster`")],
    ),
    ("compose", "services: {a: {ports: [99999]}}", [("1:24", "`ports[0]` is `99999`, above 65535")]),
    ("compose", "services: {a: {volumes: {b: c}}}", [("1:25", "`volumes` is a mapping, not a list")]),
    ("compose", "services: {a: {environment: {b: yes, c: on}, image: no}}", []),
    ("compose", "services: {a: {secrets: [{target: /x}]}}", [("1:26", "`secrets[0]` has no `source`")]),
    ("gitops-tls-config", "fail_on: error", [("1:1", "`fail_on` is no key of the document, `fail-on` is")]),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES)
def test_places_and_words(name: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(name, text) == expected


def test_order_and_aliases() -> None:
    text = "volumeMounts: &m\n- name: a\nproxy:\n  volumeMounts: *m\nvolumes: 5\n"
    assert found("helm-values", text) == [
        ("2:3", "`volumeMounts[0]` has no `mountPath`"),
        ("5:10", "`volumes` is `5`, not a list"),
    ]


def test_merged_and_duplicate_keys_count_as_the_reader_sees_them() -> None:
    assert found("milvus", "a: &a {port: 99999}\nproxy: {<<: *a, port: 1}\n") == []
    assert found("milvus", "a: &a {port: 99999}\nproxy: {<<: *a}\n") == [("1:14", "`port` is `99999`, above 65535")]
    assert found("milvus", "proxy: {port: 99999}\nproxy: {port: 1}\n") == []


@pytest.mark.parametrize(
    "text",
    ["tls: &a {serverPemPath: *a}", "tls: &a\n  clusters: *a\n", "a: &a [*a]", "tls: " + "{a: " * 900 + "1" + "}" * 900, ""],
)
def test_odd_documents_end(text: str) -> None:
    parsed = parse(Source("f.yaml", text))
    for document in parsed.documents:
        if document.root is not None:
            for name in schema_files.names():
                validate.violations(document.root, name)


def test_many_aliases_end_soon() -> None:
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 30))
    assert found("milvus", f"l0: &l0 x\n{levels}proxy: {{port: 0, x: *l29}}\n") != []


@pytest.mark.parametrize(
    "text",
    [
        "proxy: {tls: {key: 1234567}}",
        "proxy: {extraEnv: [{name: A_PASSWORD, value: 1234567}]}",
        "proxy: {tls: {crt: [1234567]}}",
        "cluster: {enabled: '-----BEGIN PRIVATE KEY----- 1234567'}",
    ],
)
def test_secrets_are_not_quoted(text: str) -> None:
    messages = found("helm-values", text)
    assert messages
    assert "1234567" not in repr(messages)


def test_unknown_schema() -> None:
    with pytest.raises(KeyError):
        validate.violations(root_of("a: 1"), "nothing")


KEYS = st.sampled_from([
    "common", "security", "tlsMode", "tls_mode", "TLSMODE", "internaltlsEnabled", "tls", "serverPemPath", "caPemPath", "clusters", "proxy",
    "http", "port", "enabled", "etcd", "ssl", "tlsMinVersion", "minio", "useSSL", "kafka", "securityProtocol", "volumes", "volumeMounts",
    "name", "mountPath", "secret", "secretName", "items", "key", "path", "defaultMode", "extraConfigFiles", "user.yaml", "image", "all", "tag",
    "services", "ports", "environment", "target", "source", "apiVersion", "kind", "spec", "mode", "config", "components", "service", "x-a", "a",
    "exclude", "rules", "ignore", "versions", "milvus", "GT101", "findings", "version", "tool",
])  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 70000), st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.sampled_from([
        "", "1", "2", " 1", "on", "yes", "true", "True", "1.0", "1.2", "SSL", "sasl_ssl", "/a", "milvus.io/v1beta1", "milvus.io/v1", "Milvus",
        "cluster", "error", "off", "30d", "8080", "65536", "GT101", "default",
    ]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)), max_leaves=14
)
WRAPS: dict[str, list[tuple[str, ...]]] = {
    "milvus": [(), ("common",), ("common", "security"), ("tls",), ("etcd", "ssl"), ("minio",), ("proxy", "http")],
    "helm-values": [(), ("volumes", "0"), ("volumeMounts", "0"), ("proxy",), ("extraConfigFiles",), ("service",)],
    "milvus-cr": [(), ("spec",), ("spec", "components"), ("spec", "config", "common", "security")],
    "compose": [(), ("services",), ("services", "a"), ("services", "a", "ports", "0"), ("secrets", "a")],
    "gitops-tls-config": [(), ("rules",), ("ignore", "0"), ("versions",)],
    "check-output": [()],
}


def wrapped(path: tuple[str, ...], value: object) -> object:
    for part in reversed(path):
        value = [value] if part == "0" else {part: value}
    return value


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_quick_yes_is_jsonschemas_yes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(WRAPS)))
    value = wrapped(data.draw(st.sampled_from(WRAPS[name])), data.draw(VALUES))
    if name == "milvus-cr" and isinstance(value, dict):
        value = {"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", **value}
    root = root_of(json.dumps(value))
    schema: Any = validate._schema(name)
    read = validate._reader(name)
    plain = validate._plain(root, read)
    assert accepts(schema, root, read) == Draft202012Validator(schema).is_valid(plain), value
    assert bool(validate.violations(root, name)) == (not accepts(schema, root, read))


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet="tlsMode: {}[]-&*a\n1'\"|,!", max_size=40))
def test_any_yaml_is_judged_without_a_crash(text: str) -> None:
    for document in parse(Source("f.yaml", text)).documents:
        if document.root is not None:
            for name in ("milvus", "compose"):
                for one in validate.violations(document.root, name):
                    assert one.message
                    assert "`" in one.message or "document" in one.message or "entry" in one.message


def test_valid_files_do_not_cost_jsonschema() -> None:
    code = (
        "import sys\nfrom gitops_tls.text.source import Source\nfrom gitops_tls.yamldoc.parse import parse\n"
        "from gitops_tls.validate import violations\n"
        "root = parse(Source('a', 'common: {security: {tls_mode: \"1\"}}\\netcd: {ssl: {tlsMinVersion: 1.2}}')).documents[0].root\n"
        "assert violations(root, 'milvus') == []\nassert 'jsonschema' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


class Everything:
    """The only parts of Facts that the rule reads."""

    def __init__(self, kind: str, text: str) -> None:
        from gitops_tls.repo.files import MemoryFiles
        from gitops_tls.repo.workspace import Workspace
        from gitops_tls.systems.claims import Claim, Claims

        self.workspace = Workspace(MemoryFiles({"f.yaml": text.encode()}))
        self.claims = Claims()
        parsed = self.workspace.parsed("f.yaml")
        assert parsed is not None
        for document in parsed.documents:
            self.claims.add(Claim(kind, "f.yaml", document.root, parsed))


def messages(kind: str, text: str) -> list[str]:
    return [finding.message for finding in gt001.check(Everything(kind, text))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("settings", "common: {security: {tlsMode: true, internaltlsEnabled: 'yes', tlsEnabled: true}}", []),
        ("settings", "proxy: {http: {port: 8080/tcp}}", []),
        ("settings", "Proxy: {HTTP: {enabled: 'on'}}", []),
        ("settings", "common: {tls: {}}\ntlsMode: 1", []),
        ("settings", "minio: {ssl: {enabled: true}}", []),
        ("settings", "etcd: {ssl: {enabled: true, tlsMinVersion: 1.0}}", []),
        (
            "settings",
            "minio: {useSSL: true, ssl: {tlsMinVersion: 12}}",
            ["`tlsMinVersion` is `12`, which is none of `default`, `1.0`, `1.1`, `1.2` and `1.3`: Milvus cannot connect with TLS"],
        ),
        ("settings", "tls: {serverPemPath: [/a]}", []),
        ("settings", "common: {security: {tlsMode: [1, 2]}}", []),
        ("settings", "tls: {serverPemPath: [/a, /b]}", ["`serverPemPath` is a list, not text: Milvus cannot use it"]),
        ("settings", "tls: [on]", ["`tls` is a list, not a mapping: Milvus ignores it"]),
        ("settings", "proxy: {port: '${PORT}'}", []),
        ("settings", "- a", []),
        ("settings", "a: 1\n---\nproxy: {port: 0}\n", []),
        (
            "settings",
            "common: {security: {tlsMode: {a: 1}}}",
            ["`tlsMode` is a mapping, not a whole number or text: Milvus goes on as if it were not set"],
        ),
        ("settings", "tls: true", ["`tls` is `true`, not a mapping: Milvus ignores it"]),
        ("settings", "kafka: {securityProtocol: TLS}", ["`securityProtocol` is `TLS`, which has not the right form: the Kafka client refuses it"]),
        ("helm-values", "extraConfigFiles: {user.yaml: {a: b}}", []),
        ("helm-values", "common: {security: {tlsMode: 1}}", []),
        ("helm-values", "extraConfigFiles:\n  user.yaml: |\n    proxy:\n      port: 0\n", ["`port` is `0`, below 1: Milvus cannot listen on it"]),
        (
            "milvus-cr",
            "apiVersion: milvus.io/v1beta1\nkind: Milvus\nspec: {conf: {}, config: {common: {security: {tlsMode: yes}}}}",
            ["`conf` does not belong here: the Kubernetes API server drops it"],
        ),
        ("compose", "services: {a: {ports: !reset null, image: '${I}'}}", []),
    ],
)  # fmt: skip
def test_gt001_leaves_to_others_what_is_theirs(kind: str, text: str, expected: list[str]) -> None:
    assert messages(kind, text) == expected


def test_gt001_points_into_the_nested_settings() -> None:
    text = "extraConfigFiles:\n  user.yaml: |\n    minio:\n      ssl:\n        tlsMinVersion: 1.0\n"
    finding = next(iter(gt001.check(Everything("helm-values", text))))  # type: ignore[arg-type]
    assert (finding.where.line, finding.where.column) == (5, 24)
    assert finding.fix is not None
    assert finding.fix.safe
    (edit,) = finding.fix.patch.edits
    assert text[: edit.start] + edit.text + text[edit.end :] == text.replace("1.0", '"1.0"')


def test_gt001_owned_values_are_in_the_schemas() -> None:
    """Each entry of the table names a value that the schema really refuses when it is wrong."""
    for kind, end, _ in gt001.OWNED:
        names = {"useryaml": "user.yaml", "extraconfigfiles": "extraConfigFiles"}
        text = json.dumps(wrapped(tuple(names.get(part, part) for part in end), {"a": 1}))
        assert validate.violations(root_of(text), {"settings": "milvus"}.get(kind, kind)), end
