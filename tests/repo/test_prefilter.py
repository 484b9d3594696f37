"""Cheap decisions: which files to parse, and which are templates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.repo.prefilter import (
    APISIX,
    BRACES,
    CERTIFICATES,
    MENTIONS,
    MILVUS,
    OBJECT,
    ROUTES,
    is_certificate_file,
    is_yaml,
    marks,
    named_values,
)
from gitops_tls.repo.templates import is_template

MARKS = [
    ("a.yaml", b"common:\n  security:\n    tlsMode: 1\n", MILVUS),
    ("a.yaml", b"COMMON.SECURITY.TLS_MODE: 1\n", MILVUS),
    ("a.yaml", b"tls:\n  server-pem-path: x\n", MILVUS),
    ("a.yaml", b"services:\n  db:\n    image: MilvusDB/milvus\n", MILVUS),
    ("a.yaml", b"etcd:\n  a: 1\nminio:\n  b: 2\n", MILVUS),
    ("a.yaml", b"etcd:\n  a: 1\n", 0),
    ("values.yaml", b"cluster:\n  enabled: false\n", MILVUS),
    ("a.yaml", b"cluster:\n  enabled: false\n", 0),
    ("milvus/values-prod.yaml", b"volumes: []\n", MILVUS),
    ("a.yaml", b"apiVersion: v1\nkind: Secret\n", OBJECT),
    ("a.yaml", b"apiVersion: v1\r\nkind: Secret\r\n", OBJECT),
    ("a.json", b'{"apiVersion": "v1", "kind": "Secret"}', OBJECT),
    ("a.yaml", b"apiVersion: v1\nkind:   'Secret' # it\n", OBJECT),
    ("a.yaml", b"apiVersion: v1\nkind: SecretStore\n", 0),
    ("a.yaml", b"apiVersion: v1\nkind: Deployment\nimage: milvusdb/milvus\n", 0),
    ("a.yaml", b"apiVersion: milvus.io/v1beta1\nkind: Milvus\n", MILVUS),
    ("a.yaml", b"apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: x\n", OBJECT | CERTIFICATES),
    ("a.yaml", b"apiVersion: v1\nkind: Secret\nstringData:\n  a: |\n    -----BEGIN CERTIFICATE-----\n", OBJECT | CERTIFICATES),
    ("a.yaml", b"kind: Secret\ndata: {a: {{ .x }} }\n", OBJECT | BRACES),
    ("a.yaml", b"secretGenerator:\n- name: a\n", OBJECT),
    ("a.yaml", b"apiVersion: apisix.apache.org/v2\nkind: ApisixTls\n", APISIX | MENTIONS),
    ("a.yaml", b"apiVersion: %s\nkind: ApisixTls\n", APISIX | MENTIONS),
    ("a.yaml", "apiVersion：apisix.apache.org/v2\nkind：ApisixTls\n".encode(), APISIX | MENTIONS),
    ("a.yaml", b"kind: Ingress\nspec:\n  ingressClassName: apisix\n", OBJECT | ROUTES | APISIX | MENTIONS),
    ("a.yaml", b"kind: Gateway\nspec: {}\n", ROUTES),
    ("a.yaml", b"kind: HTTPRoute\n", ROUTES),
    ("crd.yaml", b"spec:\n  group: apisix.apache.org\n  names:\n    kind: ApisixTls\n", MENTIONS),
    ("values.yaml", b"image:\n  repository: apache/apisix\n", MENTIONS),
    ("a.yaml", b"hello: world\n", 0),
    ("a.yaml", b"milvus\0", 0),
    ("a.yaml", b"", 0),
]


@pytest.mark.parametrize("path, data, expected", MARKS)
def test_marks(path: str, data: bytes, expected: int) -> None:
    assert marks(path, data) == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_in_other_encodings(encoding: str) -> None:
    text = "apiVersion: milvus.io/v1beta1\nkind: Milvus\n"
    assert marks("a.yaml", text.encode(encoding)) == MILVUS


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]))
def test_any_bytes(data: bytes, mark: bytes) -> None:
    assert marks("values.yaml", mark + data) in range(128)


def test_names() -> None:
    assert is_yaml("a/B.YML")
    assert not is_yaml("values")
    assert is_certificate_file("tls/server.PEM")
    assert not is_certificate_file("pem")
    assert named_values("x/prod.values.yml")
    assert not named_values("values/x.yml")


TEMPLATES = [
    "a: {{ .Values.a }}",
    "{{- if .Values.a }}\na: 1\n{{- end }}",
    "image: milvusdb/milvus:{{ .Values.tag }}",
    "a: 'x'\nb: {{ 1 }}",
    "a: |\n  {{ fine }}\nb: {{ .not }}",
    "a: it's {{ .x }}",
    "- key: |\n    text\n  other: {{ .x }}",
    "- |\n  text\n- {{ .x }}",
    'a: "x\\"" # "\nb: {{ .x }}',
    "a: 'multi\n  line'\nb: {{ .x }}",
    'a: ["b", {{ .x }}]',
]
NO_TEMPLATES = [
    "a: 1",
    "a: '{{ .x }}'",
    'a: "\\"{{ .x }}"',
    "a: 'it''s {{ .x }}'",
    "a: 1 # {{ .x }}",
    "# {{ .x }}\na: 1",
    "a: |\n  {{ .x }}\n\n  {{ .y }}\nb: 1",
    "a: |2-  # words\n    {{ .x }}",
    "a: !tag &anchor >-\n  {{ .x }}",
    "- key: |\n    {{ .x }}\n  other: 1",
    "- |\n  {{ .x }}\n- b",
    "- - |\n    {{ .x }}",
    "--- |\n{{ .x }}",
    "a: 'multi\n  {{ line }}'\nb: 1",
    "run: echo ${{ github.ref }}",
    '{"a": "{{ .x }}", "b": [1, "{{ .y }}"]}',
]


@pytest.mark.parametrize("text", TEMPLATES)
def test_templates(text: str) -> None:
    assert is_template("a.yaml", text, lambda path: False)
    assert is_template("a.yaml", text.replace("\n", "\r\n"), lambda path: False)


@pytest.mark.parametrize("text", NO_TEMPLATES)
def test_braces_in_strings_are_no_template(text: str) -> None:
    assert not is_template("a.yaml", text, lambda path: False)
    assert not is_template("a.yaml", text.replace("\n", "\r\n"), lambda path: False)


def test_values_may_hold_braces_inside_a_plain_string() -> None:
    assert not is_template("prod-values.yaml", "host: db-{{ .Release.Name }}", lambda path: False)
    assert is_template("prod-values.yaml", "host: {{ .Release.Name }}", lambda path: False)


def test_the_templates_folder_of_a_chart() -> None:
    text = "a: '{{ .x }}'"
    assert is_template("x/chart/templates/sub/a.yaml", text, {"x/chart/Chart.yaml"}.__contains__)
    assert not is_template("x/chart/templates/a.yaml", "a: 1", {"x/chart/Chart.yaml"}.__contains__)
    assert not is_template("x/templates/a.yaml", text, {"Chart.yaml"}.__contains__)


@given(st.text(alphabet="{}|>-'\"#: \\\na[,", max_size=80))
def test_any_text(text: str) -> None:
    assert is_template("a.yaml", text, lambda path: False) in (True, False)


def test_long_lines_cost_little() -> None:
    is_template("a.yaml", "a: '" + "{{ x }}' '" * 20_000 + "&" * 100_000, lambda path: False)
