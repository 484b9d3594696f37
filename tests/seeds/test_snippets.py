"""The documentation's snippets, as readers paste them: exactly the findings that the measurements promise, and no others.

Source of the snippets: Milvus documentation, "Encryption in Transit" (tls.md, text of 2.5 to 3.0). What a server does with
them was measured with Milvus 2.3.5 or read in the source of the versions named.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest


def _projects() -> ModuleType:
    spec = importlib.util.spec_from_file_location("seed_projects", Path(__file__).with_name("projects.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["seed_projects"] = module
    spec.loader.exec_module(module)
    return module


projects = _projects()
snippet, compose, tls_folder, DEFAULTS = projects.snippet, projects.compose, projects.tls_folder, projects.DEFAULTS

EXTERNAL, INTERNAL = snippet("compose-external"), snippet("compose-internal")
EVERY = ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")


CHART = """cluster:
  enabled: true
volumes: []
volumeMounts: []
extraConfigFiles:
  user.yaml: |+
    #    For example enable rest http for milvus proxy
    #    proxy:
    #      http:
    #        enabled: true
"""
"""The part of the chart's values.yaml that the snippet repeats."""


def edited() -> str:
    """The complete milvus.yaml with the values of the external snippet written into it, as the page means it."""
    head, tls = DEFAULTS.split("\ntls:\n")
    tls = tls.replace("configs/cert/", "/milvus/tls/", 3).replace("tlsMode: 0", "tlsMode: 1")
    return f"{head}\ntls:\n{tls}".replace("    port:\n", "    port: 8080\n")


def as_user_yaml(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The project with its settings in user.yaml, over the complete milvus.yaml of the image."""
    moved = {path: data.replace(b"milvus.yaml", b"user.yaml") for path, data in files.items()}
    return {("user.yaml" if path == "milvus.yaml" else path): data for path, data in moved.items()}


def mutual(text: str) -> str:
    """The snippet in tlsMode 2, as its comment says."""
    assert text.count("tlsMode: 1") == 1
    return text.replace("tlsMode: 1", "tlsMode: 2")


def settings(text: str) -> list[str]:
    """The lines of a file without comments and blank ones."""
    lines = (line.split("#")[0].rstrip() for line in text.splitlines())
    return [line for line in lines if line]


class Case(NamedTuple):
    """A project; its findings; which of them are left after ``fix`` and after ``fix --unsafe``, and how gRPC then is."""

    title: str
    files: dict[str, bytes]
    found: str
    safe: str
    unsafe: str
    before: str
    after: str


PUBLISHED = "GT113 GT116"
"""The page publishes 19530 and, as the stock project, 9091: warnings once clients are served with TLS."""

CASES = [
    # the snippet alone in milvus.yaml, as "add to milvus.yaml" and the mount over the image's file are often taken:
    # measured: `listen tcp :19530: bind: address already in use`
    Case("compose external", {**compose(EXTERNAL), **tls_folder()},
         f"{PUBLISHED} GT121", f"{PUBLISHED} GT121", "", "fails", "one-way"),
    Case("compose external, nothing published", {**compose(EXTERNAL, ports=False), **tls_folder()},
         "GT121", "GT121", "", "fails", "one-way"),
    Case("compose external, 2.3.5", {**compose(EXTERNAL, image="milvusdb/milvus:v2.3.5", ports=False), **tls_folder()},
         "GT121", "GT121", "GT121", "fails", "fails"),
    # the page's internal snippet for compose has no sni
    Case("compose internal", {**compose(INTERNAL), **tls_folder()},
         "GT120 GT121", "GT121", "", "fails", "plaintext"),
    # pasted below each other: two `common:`, of which the second counts
    Case("compose both", {**compose(EXTERNAL + INTERNAL), **tls_folder()},
         "GT003 GT120 GT121", f"{PUBLISHED} GT121", "", "fails", "one-way"),
    # the same in user.yaml, where the image's milvus.yaml lies below it
    Case("user.yaml external", {**as_user_yaml(compose(EXTERNAL)), **tls_folder()},
         PUBLISHED, PUBLISHED, "", "one-way", "one-way"),
    Case("user.yaml external, nothing published", {**as_user_yaml(compose(EXTERNAL, ports=False)), **tls_folder()},
         "", "", "", "one-way", "one-way"),
    Case("user.yaml internal", {**as_user_yaml(compose(INTERNAL)), **tls_folder()},
         "", "", "", "plaintext", "plaintext"),
    Case("user.yaml both", {**as_user_yaml(compose(EXTERNAL + INTERNAL, ports=False)), **tls_folder()},
         "GT003", "", "", "plaintext", "one-way"),
    # added to the complete file: each section stands twice, the last one counts
    Case("compose external appended", {**compose(DEFAULTS + EXTERNAL, ports=False), **tls_folder()},
         "GT003 GT003 GT003", "GT003 GT003 GT003", "", "one-way", "one-way"),
    Case("compose external prepended", {**compose(EXTERNAL + DEFAULTS, ports=False), **tls_folder()},
         "GT003 GT003 GT003", "GT003 GT003 GT003", "", "plaintext", "one-way"),
    Case("compose internal appended", {**compose(DEFAULTS + INTERNAL, ports=False), **tls_folder()},
         "GT003 GT003 GT120", "GT003 GT003", "", "plaintext", "plaintext"),
    Case("compose internal prepended", {**compose(INTERNAL + DEFAULTS, ports=False), **tls_folder()},
         "GT003 GT003", "GT003 GT003", "", "plaintext", "plaintext"),
    Case("compose external written into the complete file", {**compose(edited(), ports=False), **tls_folder()},
         "", "", "", "one-way", "one-way"),
    # gen.sh as it is meant to work: one section, that of a server, for server.pem and client.pem
    Case("gen.sh, tlsMode 1", {**as_user_yaml(compose(EXTERNAL, ports=False)), **tls_folder(*EVERY)},
         "", "", "", "one-way", "one-way"),
    Case("gen.sh, tlsMode 2", {**as_user_yaml(compose(mutual(EXTERNAL), ports=False)), **tls_folder(*EVERY)},
         "GT311", "GT311", "GT311", "mutual", "mutual"),
    # the script of 2.4 and before: no extendedKeyUsage at all
    Case("the older script, tlsMode 2",
         {**as_user_yaml(compose(mutual(EXTERNAL), ports=False)), **tls_folder(*EVERY, client_usage=None, server_usage=None)},
         "", "", "", "mutual", "mutual"),
    # the Secret of the operator's and the chart's page is made by hand: a warning, no fix
    Case("operator external", {"milvus.yaml": snippet("operator-external").encode()},
         "GT116 GT118 GT202", "GT118 GT202", "GT118 GT202", "unknown", "unknown"),
    Case("operator internal", {"milvus.yaml": snippet("operator-internal").encode()},
         "GT118 GT202", "GT118 GT202", "GT118 GT202", "plaintext", "plaintext"),
    Case("operator both in one document", {"milvus.yaml": (snippet("operator-external") + snippet("operator-internal")).encode()},
         "GT003 GT003 GT003 GT003 GT118 GT202", "GT118 GT202", "GT118 GT202", "plaintext", "unknown"),
    Case("helm external", {"values.yaml": snippet("helm-external").encode()},
         "GT110 GT202", "GT110 GT202", "GT110 GT202", "unknown", "unknown"),
    Case("helm internal", {"values.yaml": snippet("helm-internal").encode()},
         "GT202", "GT202", "GT202", "plaintext", "plaintext"),
    # two user.yaml texts: nobody can join them for sure, the lists are the same
    Case("helm both in one document", {"values.yaml": (snippet("helm-external") + snippet("helm-internal")).encode()},
         "GT003 GT003 GT003 GT202", "GT003 GT202", "GT003 GT202", "plaintext", "plaintext"),
    Case("helm both in two documents", {"values.yaml": f"{snippet('helm-external')}---\n{snippet('helm-internal')}".encode()},
         "GT006 GT110 GT202", "GT006 GT110 GT202", "GT006 GT110 GT202", "unknown", "unknown"),
    # behind the chart's own values.yaml: what is lost is empty, so these are warnings
    Case("helm external behind the chart's values", {"values.yaml": (CHART + snippet("helm-external")).encode()},
         "GT003 GT003 GT003 GT110 GT202", "GT003 GT110 GT202", "GT003 GT110 GT202", "unknown", "unknown"),
    # a milvus.yaml that nothing mounts says only what is wrong wherever it goes
    Case("bare external", {"milvus.yaml": EXTERNAL.encode()}, "", "", "", "fails", "fails"),
    Case("bare internal", {"milvus.yaml": INTERNAL.encode()}, "GT120", "GT120", "GT120", "fails", "fails"),
    Case("bare both", {"milvus.yaml": (EXTERNAL + INTERNAL).encode()}, "GT003 GT120", "GT120", "GT120", "fails", "fails"),
    Case("bare user.yaml", {"user.yaml": (EXTERNAL + INTERNAL).encode()}, "GT003", "", "", "plaintext", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_snippet(case: Case) -> None:
    before = projects.report(case.files)
    assert " ".join(sorted(finding.rule for finding in before.findings)) == case.found
    assert before.facts.deployments[0].prediction.grpc.tls == case.before
    for unsafe, left in ((False, case.safe), (True, case.unsafe)):
        repaired = projects.fixed(case.files, unsafe=unsafe)
        assert [refused.reason for refused in repaired.refused] == []
        assert " ".join(sorted(finding.rule for finding in repaired.after.findings)) == left
        fixable = [f for f in repaired.after.findings if f.fix is not None and (f.fix.safe or unsafe)]
        assert fixable == []
        assert bool(repaired.changed) == (Counter(case.found.split()) != Counter(left.split()))
    assert repaired.after.facts.deployments[0].prediction.grpc.tls == case.after


def test_the_page_s_client_certificate_is_the_one_that_is_named() -> None:
    files = {**as_user_yaml(compose(mutual(EXTERNAL), ports=False)), **tls_folder(*EVERY)}
    (finding,) = projects.report(files).findings
    assert (finding.rule, finding.severity, finding.where.path) == ("GT311", "error", "tls/client.pem")
    assert "serverAuth" in finding.message
    prediction = projects.report(files).facts.deployments[0].prediction
    assert set(prediction.clients.values()) == {"fails"}


def test_nothing_is_lost_behind_the_chart_s_values() -> None:
    found = projects.report({"values.yaml": (CHART + snippet("helm-external")).encode()}).findings
    assert {finding.severity for finding in found if finding.rule == "GT003"} == {"warning"}


def test_appended_to_a_complete_file_the_fix_writes_the_values_where_they_belong() -> None:
    """The result is the file that the page means."""
    appended = {**compose(DEFAULTS + EXTERNAL), **tls_folder()}
    assert settings(projects.fixed(appended, unsafe=True).changed["milvus.yaml"].decode()) == settings(edited())
