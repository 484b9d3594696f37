"""Folders that describe different clusters do not mix: no host of staging is served by prod."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from gitops_tls.config import Config
from gitops_tls.pipeline import analyse
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.apisix.environments import environment_of, environments
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.parse import parse

TLS = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {{name: {name}, namespace: shop}}
spec:
  ingressClassName: apisix
  hosts: [shop.example.com]
  secret: {{name: {name}, namespace: shop}}
"""
CLASS = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: apisix}
spec: {controller: apisix.apache.org/apisix-ingress-controller}
---
"""


def judged(files):
    files = MemoryFiles({path: text.encode() for path, text in files.items()})
    report = analyse(Workspace(files), files.paths(), Config(), datetime(2026, 11, 23, tzinfo=timezone.utc))
    gateways = [(g.environment, len(g.held)) for g in report.facts.gateways]
    return gateways, [f.rule for f in report.findings if f.rule == "GT507"]


@pytest.mark.parametrize("head", ["", CLASS])
def test_the_same_names_in_two_folders_are_two_clusters(head):
    files = {f"{place}/tls.yaml": head + TLS.format(name="api") for place in ("prod", "staging")}
    assert judged(files) == ([("prod", 1), ("staging", 1)], [])


def test_two_names_for_one_host_in_one_cluster_are_told():
    files = {"a/tls.yaml": CLASS + TLS.format(name="api"), "b/tls.yaml": TLS.format(name="other")}
    gateways, told = judged(files)
    assert gateways == [("", 2)]
    assert told


def test_what_stands_beside_the_environments_joins_each():
    files = {f"{place}/tls.yaml": CLASS + TLS.format(name="api") for place in ("prod", "staging")}
    gateways, _ = judged({**files, "shared/tls.yaml": TLS.format(name="shared").replace("shop.example.com", "docs.example.com")})
    assert gateways == [("prod", 2), ("staging", 2)]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["prod/a.yaml", "staging/a.yaml"], {"prod", "staging"}),
        (["x/prod/c/a.yaml", "x/staging/a.yaml"], {"x/prod", "x/staging"}),
        (["a.yaml", "b.yaml"], set()),
        (["a.yaml", "overlay/a.yaml"], set()),
        (["x/a.yaml"], set()),
    ],
)
def test_environments(paths, expected):
    nodes = [parse(Source(path, TLS.format(name="api"))).documents[0].root for path in paths]
    found = environments(nodes)
    assert found == expected
    assert environment_of("prod/deep/b.yaml", frozenset({"prod", "staging"})) == "prod"
    assert environment_of("production/b.yaml", frozenset({"prod"})) == ""
