"""Documents are claimed by their content."""

from __future__ import annotations

import codecs
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.claims import Claims
from gitops_tls.systems.milvus.signs import is_milvus_image
from gitops_tls.systems.recognise import recognise

TLS = "common:\n  security:\n    tlsMode: 1\ntls:\n  serverPemPath: /certs/a.pem\n"
CR = "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata:\n  name: prod\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\ndata:\n  x: eA==\n"
PEM_SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  tls.crt: LS0tLS1CRUdJTiBDRVJU\n"
COMPOSE = "services:\n  db:\n    image: milvusdb/milvus:v2.6.20\n"
VALUES = "extraConfigFiles:\n  user.yaml: |\n    common:\n      security:\n        tlsMode: 1\n"
SOPS = "sops:\n  mac: ENC[x]\n"


def read(files: dict[str, str | bytes]) -> tuple[Workspace, Claims]:
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    workspace = Workspace(MemoryFiles(contents))
    return workspace, recognise(workspace, workspace.files.paths())


def kinds(path: str, text: str | bytes) -> list[str]:
    return [claim.kind for claim in read({path: text})[1].all]


def skips(files: dict[str, str | bytes]) -> list[tuple[str, str]]:
    return [(skip.path, skip.reason) for skip in read(files)[0].skips]


CLAIMED = [
    ("a.yml", COMPOSE, "compose"),
    ("a.yml", "services:\n  x:\n    image: registry.example.com:5000/m/milvus@sha256:00\n", "compose"),
    ("a.yml", "services:\n  x:\n    image: ${REG:-docker.io}/milvusdb/milvus:${TAG:-v2.6.1}\n", "compose"),
    ("a.yml", "services:\n  x:\n    build: .\n    command: [milvus, run, proxy]\n", "compose"),
    ("a.yml", "services:\n  x:\n    image: other\n    entrypoint: /bin/sh -c 'milvus run standalone'\n", "compose"),
    ("a.yml", "x-m: &m\n  image: milvusdb/milvus\nservices:\n  db:\n    <<: *m\n", "compose"),
    ("a.yml", CR, "milvus-cr"),
    ("a.yml", CR.replace("v1beta1", "v1alpha1").replace("kind: Milvus", "kind: MilvusCluster"), "milvus-cr"),
    ("a.json", '{"apiVersion": "milvus.io/v1beta1", "kind": "Milvus"}', "milvus-cr"),
    ("a.yml", "apiVersion: v1\nkind: List\nitems:\n- " + CR.replace("\n", "\n  ").rstrip() + "\n", "milvus-cr"),
    ("a.yml", VALUES, "helm-values"),
    ("a.yml", "extraConfigFiles:\n  user.yaml:\n    common: {}\n", "helm-values"),
    ("a.yml", "image:\n  all:\n    repository: milvusdb/milvus\n", "helm-values"),
    ("a.yml", "cluster:\n  enabled: false\netcd:\n  enabled: false\nminio:\n  enabled: false\n", "helm-values"),
    ("a.yml", "mixCoordinator:\n  replicas: 2\nqueryNode:\n  replicas: 3\n", "helm-values"),
    ("values.yaml", "cluster:\n  enabled: false\n" + TLS, "helm-values"),
    ("values-prod.yaml", TLS, "helm-values"),
    ("milvus/values.yaml", "cluster:\n  enabled: false\n", "helm-values"),
    ("milvus/values.yaml", "volumes: []\nvolumeMounts: []\n", "helm-values"),
    ("charts/app/values.yaml", "milvus:\n  image:\n    all:\n      repository: milvusdb/milvus\n", "helm-values"),
    ("values.yaml", "image:\n  all:\n    tag: v2.6.1\n", "helm-values"),
    ("prod-values.yaml", "cluster:\n  enabled: false\nstandalone:\n  persistence:\n    enabled: true\n", "helm-values"),
    ("milvus/prod-values.yaml", "proxy:\n  replicas: 2\n", "helm-values"),
    ("values.yaml", "cluster:\n  enabled: true\nconfig:\n" + textwrap.indent(TLS, "  "), "helm-values"),
    (
        "my-values.yaml",
        "cluster:\n  enabled: true\nproxy:\n  tls: {enabled: true, secretName: x, crt: a, key: b}\n",
        "helm-values",
    ),
    ("a.yml", TLS, "settings"),
    ("a.yml", "internaltls:\n  caPemPath: x\n", "settings"),
    ("a.yml", "common:\n  security:\n    internaltlsEnabled: true\n", "settings"),
    ("a.yml", "common:\n  security:\n    tls-mode: 1\n", "settings"),
    ("a.yml", "common:\n  tlsMode: 1\n", "settings"),
    ("a.yml", "common.security.tlsMode: 1\n", "settings"),
    ("a.yml", "COMMON_SECURITY_TLSMODE: 1\n", "settings"),
    ("a.yml", "tlsMode: 1\nproxy:\n  port: 19530\n", "settings"),
    ("a.yml", "common:\nsecurity:\ntlsMode: 1\n", "settings"),
    ("a.yml", "tls:\n  tlsMode: 1\nproxy:\n  port: 1\n", "settings"),
    ("a.yml", "common:\n  tls:\n    serverPemPath: x\n", "settings"),
    ("a.yml", "etcd: {}\nminio: {}\nrootCoord: {}\nproxy: {}\n", "settings"),
    ("x/milvus.yaml", "proxy:\n  port: 1\nlog:\n  level: info\nquotaAndLimits: {}\nmilvusX: 1\n", None),
    ("x/milvus.yaml", "proxy:\n  port: 1\nquotaAndLimits: {}\nqueryNode: {}\n", "settings"),
    ("a.yml", "---\n---\n" + TLS, "settings"),
]
NOT_CLAIMED = [
    ("a.yml", "services:\n  x:\n    image: zilliz/attu:v2\n"),
    ("a.yml", "services:\n  x:\n    image: milvusdb/milvus-backup:v1\n  y:\n    image: milvusdb/milvus-cdc\n"),
    ("a.yml", "services:\n  - milvus\n"),
    ("a.yml", "services: milvus\n"),
    ("a.yml", CR.replace("milvus.io/v1beta1", "kubedb.com/v1alpha2")),
    ("a.yml", CR.replace("kind: Milvus", "kind: MilvusUpgrade")),
    ("milvus/values.yaml", "milvus:\n  existingConfigMap: x\ncluster:\n  enabled: true\nattu: {}\nproxy: {}\n"),
    ("milvus/values.yaml", "initJob: {}\ndataCoord:\n  replicaCount: 1\nattu: {}\nproxy: {}\netcd:\n  enabled: true\n"),
    ("values.yaml", "attu:\n  image:\n    repository: bitnamilegacy/attu\nstandalone: {}\ncluster:\n  enabled: true\n"),
    ("a.yml", "dataCoord:\n  replicaCount: 2\nrootCoord: {}\nqueryNode: {}\nproxy: {}\netcd: {}\n"),
    ("values.yaml", "cluster:\n  enabled: true\ntls:\n  enabled: true\n"),
    ("a.yml", "cluster:\n  enabled: true\nproxy:\n  tls: {enabled: true, secretName: x, crt: a, key: b}\n"),
    ("values.yaml", "cluster:\n  enabled: true\nproxy:\n  tls: {enabled: true, containerPort: 8443, servicePort: 443}\n"),
    ("values.yaml", "cluster:\n  enabled: true\nproxy:\n  tls: {enabled: true, secretName: x}\n"),
    ("values.yaml", "cluster:\n  enabled: true\nenv: {}\nproxy:\n  tls: {enabled: true, secretName: x, crt: a, key: b}\n"),
    ("values.yaml", "cluster:\n  enabled: true\nconfig:\n  log:\n    level: info\n"),
    ("values.yaml", "cluster:\n  instances: 3\nminio:\n  enabled: true\netcd: {}\n"),
    ("values.yaml", "cluster:\n  enabled: true\nminio: {}\npersistence: {}\n"),
    ("milvus/attu/values.yaml", "image:\n  repository: zilliz/attu\nservice: {}\ningress: {}\nvolumes: []\n"),
    ("milvus/values.yaml", "image:\n  repository: zilliz/attu\nservice: {}\nvolumes: []\n"),
    ("milvus/values.yaml", "service: {}\ningress: {}\n"),
    ("milvus/operator-values.yaml", "volumes: []\nvolumeMounts: []\n"),
    ("values.yaml", "extraConfigFiles:\n  app.conf: |\n    x=1\n"),
    ("backup.yaml", "milvus:\n  address: x\n  tlsMode: 1\nminio:\n  address: x\netcd: {}\nlog: {}\nrootCoord: {}\n"),
    ("milvus-backup.yaml", "milvus:\n  grpc:\n    tlsMode: mutual\n"),
    ("milvus.yaml", "connection:\n  host: x\n  tls:\n    enabled: false\ncollection:\n  name: x\n"),
    ("application.yml", "spring:\n  x: 1\nmilvus:\n  host: x\n  tls:\n    serverPemPath: x\n"),
    ("cdc.yaml", "maxTaskNum: 100\nmetaStoreConfig:\n  etcd: {}\nsourceConfig:\n  etcdAddress: x\nmilvus: {}\n"),
    ("istio.yaml", "tls:\n  mode: SIMPLE\n  caCertificates: x\n  tlsMode: x\n"),
    ("loki.yaml", "common:\n  path_prefix: /loki\ntls:\n  cert_file: x\n"),
    ("a.yml", "- milvus\n"),
    ("a.yml", "milvus\n"),
    ("a.yml", "# milvus\n"),
    ("a.txt", CR),
]


@pytest.mark.parametrize("path, text, expected", CLAIMED)
def test_claimed(path: str, text: str, expected: str | None) -> None:
    assert kinds(path, text) == ([expected] if expected else [])


@pytest.mark.parametrize("path, text", NOT_CLAIMED)
def test_not_claimed(path: str, text: str) -> None:
    workspace, claims = read({path: text})
    assert claims.all == []
    assert workspace.skips == []


@pytest.mark.parametrize(
    "image, expected",
    [
        ("milvusdb/milvus", True), ("milvus", True), ("MilvusDB/Milvus:v2", True), ("zilliz/milvus-gpu:1", True), ("h:5000/milvus:x", True),
        ("${A}/milvus:${B}", True), ("${IMAGE:-milvusdb/milvus:v2.6.1}", True), ("${A:-x/${B:-milvus}}", True), ("${MILVUS_IMAGE}", True),
        ("$MILVUS_IMAGE", True), ("milvusdb/milvus-operator:v1", False), ("milvus/attu", False), ("milvusdb/etcd", False),
        ("milvus-proxy", False), ("${MILVUS_IMAGE:-zilliz/attu}", False), ("${IMAGE}", False), ("", False), ("x/milvus/", False),
    ],
)  # fmt: skip
def test_images(image: str, expected: bool) -> None:
    assert is_milvus_image(image) is expected


def test_one_claim_for_each_document() -> None:
    _, claims = read({"a.yaml": CR + "---\n" + SECRET.format(name="s") + "---\n" + CR + "---\nkind: Other\napiVersion: v1\n"})
    found = [(claim.kind, claim.root.document.index if claim.root else None) for claim in claims.all]
    assert sorted(found) == [("kubernetes", 1), ("milvus-cr", 0), ("milvus-cr", 2)]


def test_the_roots_are_the_values_themselves() -> None:
    _, claims = read({"values.yaml": "milvus:\n  " + VALUES.replace("\n", "\n  ").rstrip() + "\nother: 1\n"})
    assert [claim.root.pointer for claim in claims.all if claim.root] == ["/milvus"]


PROBLEMS = [
    ("milvus.yaml", TLS + "  bad\n", "settings"),
    ("conf/milvus-prod.yml", "tls:\n serverPemPath: [\n", "settings"),
    ("user.yaml", "tlsMode: [", "settings"),
    ("compose.yaml", COMPOSE + "   broken: [\n", "compose"),
    ("docker-compose.prod.yml", COMPOSE + "\tx: 1\n", "compose"),
    ("cr.yaml", CR + " broken: [\n", "milvus-cr"),
    ("v.yaml", VALUES + " broken: [\n", "helm-values"),
    ("values.yaml", "image:\n  all:\n    repository: milvusdb/milvus\n   tag: x\n", "helm-values"),
]


@pytest.mark.parametrize("path, text, kind", PROBLEMS)
def test_a_file_that_cannot_be_parsed_and_names_its_reader(path: str, text: str, kind: str) -> None:
    workspace, claims = read({path: text})
    assert [(claim.kind, claim.root, claim.problem is not None) for claim in claims.all] == [(kind, None, True)]
    assert workspace.skips == []


@pytest.mark.parametrize(
    "path, text",
    [
        ("other.yaml", TLS + "  bad\n"), ("milvus-backup.yaml", "milvus:\n  tlsMode: [\n"), ("compose.yaml", "services: [attu, milvus-backup\n"),
        ("ci.yaml", "image: milvus\n\tx: 1\n"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_parsed_and_names_nobody(path: str, text: str) -> None:
    workspace, claims = read({path: text})
    assert claims.all == []
    assert [(skip.path, skip.reason) for skip in workspace.skips] == [(path, "not YAML")]
    assert workspace.skips[0].detail
    assert workspace.skips[0].line > 1 or "[" in text


def test_what_comes_before_a_problem_is_claimed() -> None:
    _, claims = read({"a.yaml": CR + "---\n" + CR + " bad: [\n"})
    assert [(claim.kind, claim.root is None) for claim in claims.all] == [("milvus-cr", False)]


def test_a_settings_file_whose_second_document_is_broken_is_read_by_the_server() -> None:
    workspace, claims = read({"milvus.yaml": TLS + "---\na: [\n"})
    assert [(claim.kind, claim.problem) for claim in claims.all] == [("settings", None)]
    assert workspace.skips == []


def test_objects_are_claimed_beside_a_milvus_that_names_them() -> None:
    cr = CR + "spec:\n  components:\n    volumes:\n    - secret:\n        secretName: certs\n"
    far = {f"apps/{name}/secret.yaml": SECRET.format(name=name) for name in ("certs", "other", "prod")}
    _, claims = read({"db/milvus/cr.yaml": cr, "db/secret.yaml": SECRET.format(name="near"), **far})
    assert [claim.path for claim in claims.of("kubernetes")] == [
        "apps/certs/secret.yaml",
        "apps/prod/secret.yaml",
        "db/secret.yaml",
    ]


def test_objects_without_a_milvus_only_if_they_hold_certificates() -> None:
    workspace, claims = read({"a.yaml": SECRET.format(name="a") + "---\n" + PEM_SECRET, "b.yaml": SECRET.format(name="b")})
    assert [(claim.path, claim.root.document.index if claim.root else None) for claim in claims.all] == [("a.yaml", 1)]
    assert workspace.skips == []


@pytest.mark.parametrize(
    "version, kind",
    [
        ("v1", "ConfigMap"), ("bitnami.com/v1alpha1", "SealedSecret"), ("external-secrets.io/v1", "ExternalSecret"),
        ("external-secrets.io/v1beta1", "ClusterExternalSecret"), ("cert-manager.io/v1", "Certificate"), ("v1", "Service"),
        ("trust.cert-manager.io/v1alpha1", "Bundle"), ("networking.k8s.io/v1", "Ingress"), ("monitoring.coreos.com/v1", "ServiceMonitor"),
        ("monitoring.coreos.com/v1", "PodMonitor"), ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
    ],
)  # fmt: skip
def test_kinds_of_objects(version: str, kind: str) -> None:
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: x\n"
    foreign = text.replace(version, "example.com/v1")
    _, claims = read({"m/cr.yaml": CR, "m/x.yaml": text, "m/y.yaml": foreign})
    assert [claim.path for claim in claims.of("kubernetes")] == ["m/x.yaml"]


def test_a_kustomization_may_leave_its_kind_out() -> None:
    _, claims = read({"m/cr.yaml": CR, "m/kustomization.yaml": "secretGenerator:\n- name: certs\n"})
    assert [claim.path for claim in claims.of("kubernetes")] == ["m/kustomization.yaml"]


def test_templates_are_skipped_if_they_could_matter() -> None:
    chart = {"c/Chart.yaml": "name: c\n", "c/templates/web.yaml": "apiVersion: v1\nkind: Service\nname: {{ .x }}\n"}
    assert skips(chart) == []
    milvus = {**chart, "c/templates/m.yaml": CR + "spec: '{{ .x }}'\n"}
    assert skips(milvus) == [("c/templates/m.yaml", "Helm template")]
    assert skips({**milvus, "c/cr.yaml": CR}) == [
        ("c/templates/m.yaml", "Helm template"),
        ("c/templates/web.yaml", "Helm template"),
    ]
    assert kinds("values.yaml", VALUES + "name: '{{ .Release.Name }}'\nother: |\n  {{ x }}\n") == ["helm-values"]


def test_encrypted_files() -> None:
    workspace, claims = read({"m/cr.yaml": CR, "m/secret.yaml": SECRET.format(name="certs") + SOPS, "m/milvus.yaml": TLS + SOPS})
    assert [(claim.kind, claim.path) for claim in claims.all] == [("milvus-cr", "m/cr.yaml"), ("kubernetes", "m/secret.yaml")]
    assert [(skip.path, skip.reason) for skip in workspace.skips] == [
        ("m/milvus.yaml", "encrypted"),
        ("m/secret.yaml", "encrypted"),
    ]


@pytest.mark.parametrize(
    "mark, encoding", [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8")]
)
def test_encodings(mark: bytes, encoding: str) -> None:
    assert kinds("a.yaml", mark + TLS.encode(encoding)) == ["settings"]
    assert kinds("a.yaml", mark + CR.replace("\n", "\r\n").encode(encoding)) == ["milvus-cr"]


def test_each_file_is_parsed_at_most_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from gitops_tls.repo import workspace as module

    parsed: list[str] = []
    real = module.parse
    monkeypatch.setattr(module, "parse", lambda source: parsed.append(source.path) or real(source))
    read({"cr.yaml": CR, "s.yaml": PEM_SECRET, "unrelated.yaml": "a: 1\n", "c.yml": COMPOSE})
    assert sorted(parsed) == ["c.yml", "cr.yaml", "s.yaml"]


def test_claims_stand_in_the_order_of_the_paths() -> None:
    _, claims = read({"b.yaml": CR, "a.yaml": PEM_SECRET, "c.yml": COMPOSE})
    assert [claim.path for claim in claims.all] == ["a.yaml", "b.yaml", "c.yml"]


HOSTILE = {
    "deep flow": "milvus: " + "[" * 5_000,
    "deep flow closed": "tlsMode: " + "[" * 900 + "]" * 900,
    "deep block": "".join(" " * depth + "common:\n" for depth in range(900)),
    "alias bomb": "a0: &a0 [milvus]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(9)),
    "merge bomb": "a0: &a0 {tlsMode: 1}\n"
    + "".join(f"a{n + 1}: &a{n + 1} {{<<: [*a{n}, *a{n}]}}\n" for n in range(40))
    + "tls: *a40\n",
    "merge chain": "a0: &a0 {tlsMode: 1}\n"
    + "".join(f"a{n + 1}: &a{n + 1} {{<<: *a{n}}}\n" for n in range(3_000))
    + "tls: *a3000\n",
    "own anchor": "common: &c\n  security: *c\n  tlsMode: 1\nservices: *c\n",
    "root anchor": "&r\nservices: *r\nmilvus: *r\n",
    "merge itself": "common: &c\n  <<: *c\n  tlsMode: 1\n",
    "keys": "? [tlsMode, milvus]\n: 1\n? {a: b}\n: 2\n",
    "list of nulls": "apiVersion: v1\nkind: List\nitems:\n-\n- milvus\n- [1]\n",
    "odd services": "services:\n  a:\n  b: milvus run\n  c: [milvus]\n  d:\n    command: [[milvus], {run: 1}]\n    image: [milvus]\n",
    "odd values": "extraConfigFiles:\n  user.yaml: [a]\nimage: milvus\ncluster: []\nmilvus: [x]\nattu: x\n",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", ["values.yaml", "milvus.yaml", "compose.yaml", "kustomization.yaml"])
def test_hostile_files(name: str, path: str) -> None:
    read({path: HOSTILE[name], "m.yaml": CR})


WORDS = st.sampled_from([
    "common", "security", "tlsMode", "tls", "serverPemPath", "services", "image", "milvusdb/milvus", "command", "apiVersion", "kind",
    "milvus.io/v1beta1", "Milvus", "List", "items", "Secret", "v1", "sops", "mac", "extraConfigFiles", "user.yaml", "cluster", "enabled",
    "etcd", "minio", "milvus", "proxy", "&a", "*a", "<<",
])  # fmt: skip
TREES = st.recursive(
    st.one_of(WORDS, st.none(), st.integers(0, 2)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(tree=TREES, path=st.sampled_from(["values.yaml", "milvus.yaml", "compose.yml", "x.json", "kustomization.yaml"]))
def test_any_tree(tree: object, path: str) -> None:
    _, claims = read({path: str(tree).replace("'&a'", "&a x").replace("'*a'", "*a").replace("'", '"').replace("None", "null")})
    for claim in claims.all:
        assert claim.root is not None or claim.problem is not None


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from(["milvus.yaml", "values.yaml", "compose.yaml"]),
    st.sampled_from([b"", TLS.encode(), CR.encode()]),
)
def test_any_bytes(data: bytes, path: str, before: bytes) -> None:
    read({path: before + data})
