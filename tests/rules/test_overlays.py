"""GT213 and the rules that leave its cases to it: one cause, one finding."""

from __future__ import annotations

import importlib.util
import sys
import textwrap
from pathlib import Path

import pytest

from gitops_tls.config import Config, Release
from gitops_tls.findings import Finding
from gitops_tls.repo.files import MemoryFiles

_spec = importlib.util.spec_from_file_location("rule_examples", Path(__file__).with_name("examples.py"))
assert _spec is not None
assert _spec.loader is not None
examples = sys.modules.get("rule_examples") or importlib.util.module_from_spec(_spec)
if "rule_examples" not in sys.modules:
    sys.modules["rule_examples"] = examples
    _spec.loader.exec_module(examples)

TLS = """\
extraConfigFiles:
  user.yaml: |
    proxy:
      http:
        port: 8080
    tls:
      serverPemPath: /certs/server.pem
      serverKeyPath: /certs/server.key
      caPemPath: /certs/ca.pem
    common:
      security:
        tlsMode: 2
"""
INTERNAL = TLS.replace("tlsMode: 2", "internaltlsEnabled: true").replace("    tls:", "    internaltls:\n      sni: localhost")
STANDALONE = "cluster:\n  enabled: false\n"
CERTS = "- {name: certs, secret: {secretName: milvus-certs}}"
MOUNT = "- {name: certs, mountPath: /certs}"
LISTS = f"volumes:\n{CERTS}\nvolumeMounts:\n{MOUNT}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: milvus-certs}\nstringData:\n  server.pem: |\n    {cert:server}\n  server.key: |\n    {key:server}\n  ca.pem: |\n    {ca}\n"
TOLD = {"GT201", "GT203", "GT204", "GT205", "GT209", "GT213"}


def release(*values: str, config: Config | None = None) -> list[Finding]:
    names = [f"{index}.yaml" for index in range(len(values))]
    files = {"secret.yaml": SECRET, **{name: textwrap.dedent(text) for name, text in zip(names, values, strict=True)}}
    config = config or Config(releases=(Release("r", tuple(names)),))
    report = examples.judge(MemoryFiles(examples.contents(files)), config)
    assert not report.failed
    return [finding for finding in report.findings if finding.rule in TOLD]


def told(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(finding.rule, finding.where.path, finding.where.line) for finding in findings]


def test_both_lists_replaced_is_one_finding() -> None:
    (finding,) = release(
        STANDALONE + TLS + LISTS, "volumes:\n- {name: x, emptyDir: {}}\nvolumeMounts:\n- {name: x, mountPath: /x}\n"
    )
    assert (finding.rule, finding.where.path, finding.where.line, finding.severity) == ("GT213", "1.yaml", 3, "error")
    assert [(label.path, label.line) for label in finding.related] == [("0.yaml", 18), ("0.yaml", 16)]
    assert "mount `certs` of /certs and its volume" in finding.message
    assert "`open /certs/server.pem: no such file or directory`" in finding.message


@pytest.mark.parametrize(
    "later", ["volumeMounts: []", "volumeMounts:", "volumeMounts: null", "volumeMounts: [{name: certs, mountPath: /tls}]"]
)
def test_mounts_alone(later: str) -> None:
    (finding,) = release(STANDALONE + TLS + LISTS, later + "\n")
    assert told([finding]) == [("GT213", "1.yaml", 1)]
    assert ("this list replaces" in finding.message) == ("certs" in later)
    assert "its volume" not in finding.message


@pytest.mark.parametrize("later", ["volumes: []", "volumes: null", "volumes: [{name: x, emptyDir: {}}]"])
def test_volumes_alone(later: str) -> None:
    (finding,) = release(STANDALONE + TLS + LISTS, later + "\n")
    assert told([finding]) == [("GT213", "1.yaml", 1)]
    assert "drops the volume `certs`, which standalone mounts: Kubernetes refuses the pod" in finding.message


def test_of_three_files_the_last_list_is_told() -> None:
    third = "volumeMounts: [{name: x, mountPath: /y}]\n"
    assert told(release(STANDALONE + TLS + LISTS, "volumeMounts: [{name: x, mountPath: /x}]\n", third))[0] == (
        "GT213",
        "2.yaml",
        1,
    )


@pytest.mark.parametrize(
    "later",
    [
        "",
        "image: {all: {tag: v2.6.20}}",
        f"volumeMounts:\n{MOUNT}\n- {{name: certs, mountPath: /x}}",
        "volumeMounts: [{name: certs, mountPath: /certs, readOnly: true}]",
        "volumeMounts: [{name: certs, mountPath: /}]",
        "volumes: [{name: certs, secret: {secretName: milvus-certs, optional: true}}]",
    ],
)
def test_what_keeps_the_certificates_is_right(later: str) -> None:
    assert [finding for finding in release(STANDALONE + TLS + LISTS, later + "\n") if finding.rule == "GT213"] == []


def test_no_certificates_no_finding() -> None:
    lists = "volumes: [{name: c, emptyDir: {}}]\nvolumeMounts: [{name: c, mountPath: /c}]\n"
    assert release(STANDALONE + lists, "volumes: []\nvolumeMounts: []\n") == []


def test_the_proxys_own_lists() -> None:
    proxy = "proxy:\n" + textwrap.indent(LISTS, "  ")
    found = release(TLS + proxy, "proxy:\n  volumeMounts: [{name: certs, mountPath: /x}]\n")
    assert told(found) == [("GT213", "1.yaml", 2)]
    assert told(release(TLS + proxy, "proxy:\n")) == [("GT213", "1.yaml", 1)]


def test_a_list_of_the_proxy_says_nothing_in_standalone_mode() -> None:
    found = release(STANDALONE + TLS + "proxy:\n" + textwrap.indent(LISTS, "  "), "proxy:\n  volumeMounts: []\n")
    assert {finding.rule for finding in found} == {"GT201"}


def test_internal_tls_is_told_once() -> None:
    (finding,) = release(INTERNAL + LISTS, "volumes: []\nvolumeMounts: []\n")
    assert told([finding]) == [("GT213", "1.yaml", 2)]
    assert "listens in plaintext, and the others refuse it" in finding.message


def test_files_that_are_no_release_are_not_merged() -> None:
    assert told(release(STANDALONE + TLS + LISTS, "volumeMounts: []\n", config=Config())) == []


CR = """\
apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  mode: cluster
  components:
    image: milvusdb/milvus:v2.6.20
    volumes:
      - name: certs
        secret: {secretName: milvus-certs}
    volumeMounts:
      - {name: certs, mountPath: /certs}
    proxy:
      serviceRestfulPort: 8080
  config:
    proxy: {http: {port: 8080}}
    tls: {serverPemPath: /certs/server.pem, serverKeyPath: /certs/server.key}
    common: {security: {tlsMode: 1}}
"""
HEAD = "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata: {name: demo}\nspec:\n  components:\n"


def build(patch: str, *, base: str = CR, second: str = "") -> list[Finding]:
    files = {
        "base/kustomization.yaml": "resources: [milvus.yaml, secret.yaml]\n", "base/milvus.yaml": base, "base/secret.yaml": SECRET,
        "prod/kustomization.yaml": "resources: [../base]\npatches:\n- {path: p.yaml, target: {kind: Milvus}}\n", "prod/p.yaml": patch,
    }  # fmt: skip
    if second:
        files["prod/kustomization.yaml"] += "- {path: q.yaml, target: {kind: Milvus}}\n"
        files["prod/q.yaml"] = second
    report = examples.judge(MemoryFiles(examples.contents(files)))
    assert not report.failed
    assert [deployment.shape for deployment in report.facts.deployments] == ["kustomize"]
    return [finding for finding in report.findings if finding.rule in TOLD]


@pytest.mark.parametrize(
    ("patch", "line"),
    [
        (HEAD + "    volumeMounts: [{name: x, mountPath: /x}]\n", 6),
        (HEAD + "    volumes: [{name: x, emptyDir: {}}]\n", 6),
        (HEAD + "    volumes: [{name: x, emptyDir: {}}]\n    volumeMounts: [{name: x, mountPath: /x}]\n", 7),
        (HEAD + "    volumeMounts: null\n", 6),
        (HEAD + "    $patch: replace\n    image: milvusdb/milvus:v2.6.20\n", 5),
        ("- op: remove\n  path: /spec/components/volumeMounts/0\n", 2),
        ("- op: replace\n  path: /spec/components/volumes\n  value:\n  - {name: x, emptyDir: {}}\n", 3),
        ("- op: add\n  path: /spec/components/volumeMounts\n  value: []\n", 3),
        ("- op: replace\n  path: /spec/components/volumeMounts/0\n  value: {name: x, mountPath: /x}\n", 3),
        ("- op: remove\n  path: /spec/components/volumes\n", 2),
    ],
)
def test_patches_that_drop_the_certificates(patch: str, line: int) -> None:
    found = [finding for finding in build(patch) if not (finding.rule == "GT204" and "`x`" in finding.message)]
    assert told(found) == [("GT213", "prod/p.yaml", line)]
    assert found[0].related[0].path == "base/milvus.yaml"


@pytest.mark.parametrize(
    "patch",
    [
        "- {op: add, path: /spec/components/volumes/-, value: {name: x, emptyDir: {}}}\n- {op: add, path: /spec/components/volumeMounts/0, value: {name: x, mountPath: /x}}\n",
        HEAD + "    volumeMounts: [{name: certs, mountPath: /certs}]\n",
        HEAD + "    proxy: {replicas: 2}\n",
        "- {op: move, from: /spec/components/volumeMounts, path: /spec/components/volumeMounts}\n",
    ],
)
def test_patches_that_keep_them(patch: str) -> None:
    assert build(patch) == []


def test_a_later_patch_can_bring_them_back_or_be_the_one_to_blame() -> None:
    drop = HEAD + "    volumeMounts: [{name: certs, mountPath: /x}]\n"
    assert build(drop, second=HEAD + "    volumeMounts: [{name: certs, mountPath: /certs}]\n") == []
    assert told(build(drop, second=HEAD + "    volumeMounts: [{name: certs, mountPath: /y}]\n")) == [("GT213", "prod/q.yaml", 6)]


def test_a_components_own_lists() -> None:
    base = CR.replace("    volumes:", "    unused:", 1).replace("    volumeMounts:", "    alsoUnused:").replace(
        "      serviceRestfulPort: 8080\n",
        "      serviceRestfulPort: 8080\n      volumes:\n        - {name: certs, secret: {secretName: milvus-certs}}\n      volumeMounts:\n        - {name: certs, mountPath: /certs}\n",
    )  # fmt: skip
    assert told(build(HEAD + "    proxy:\n      volumeMounts: []\n", base=base)) == [("GT213", "prod/p.yaml", 7)]
    assert {f.rule for f in build(HEAD + "    dataNode:\n      volumeMounts: []\n", base=base)} == set()


def test_without_any_volume_the_deployment_may_have_it_already() -> None:
    (finding,) = build(HEAD + "    volumes: []\n")
    assert (finding.rule, finding.severity) == ("GT213", "warning")
    assert "unless the Deployment has it already" in finding.message
