"""Objects of APISIX in every wrong shape: a list for a mapping, a number for a text, aliases to themselves. Nothing may crash."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

_PATH = Path(__file__).parents[1] / "rules" / "examples.py"
_spec = importlib.util.spec_from_file_location("rule_examples_for_apisix_shapes", _PATH)
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples_for_apisix_shapes"] = examples
_spec.loader.exec_module(examples)

META = {"name": "a", "namespace": "n"}
REF = {"name": "s", "namespace": "n"}
OBJECTS: list[dict[str, Any]] = [
    {
        "apiVersion": "apisix.apache.org/v2", "kind": "ApisixTls", "metadata": META,
        "spec": {
            "ingressClassName": "apisix", "hosts": ["*.a.b", "a.b"], "secret": REF,
            "client": {"caSecret": REF, "depth": 1, "skip_mtls_uri_regex": ["/h", "^/x$"]},
        },
    },
    {
        "apiVersion": "apisix.apache.org/v2", "kind": "ApisixRoute", "metadata": META,
        "spec": {
            "ingressClassName": "apisix",
            "http": [{"match": {"hosts": ["a.b", "c.a.b"]}, "plugins": [{"name": "redirect", "config": {"http_to_https": True}}]}],
        },
    },
    {"apiVersion": "apisix.apache.org/v2", "kind": "ApisixUpstream", "metadata": META, "spec": {"tlsSecret": REF}},
    {
        "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "apisix"},
        "spec": {"controller": "apisix.apache.org/apisix-ingress-controller", "parameters": {"name": "p", "namespace": "n"}},
    },
    {"apiVersion": "apisix.apache.org/v1alpha1", "kind": "GatewayProxy", "metadata": META, "spec": {"plugins": [{"name": "redirect"}]}},
    {
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": META,
        "spec": {"ingressClassName": "apisix", "tls": [{"hosts": ["i.b"], "secretName": "s"}], "rules": [{"host": "i.b"}]},
    },
    {
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": META,
        "spec": {"gatewayClassName": "apisix", "listeners": [{"hostname": "g.b", "tls": {"certificateRefs": [{"name": "s"}]}}]},
    },
    {
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": META,
        "spec": {"parentRefs": [{"name": "a"}], "hostnames": ["g.b"], "rules": [{"filters": [{"type": "RequestRedirect"}]}]},
    },
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": {"tls.crt": "eA==", "tls.key": "eA=="}},
]  # fmt: skip
"""Each kind that is read, in its right shape."""


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += _places(inner, (*path, key))
    return found


_PLACES = [(index, place) for index, one in enumerate(OBJECTS) for place in _places(one)]
_ODD = st.sampled_from(
    [None, True, 7, -1, 1.5, "", "*", "%s", [], {}, [[]], [None], {"name": None}, {"name": []}, ["a", {}], {"": ""}, "x" * 300]
)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_PLACES), _ODD), min_size=1, max_size=4))
def test_no_shape_stops_the_tool(changes):
    objects = json.loads(json.dumps(OBJECTS))
    for (index, place), odd in changes:
        at = objects[index]
        try:
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = json.loads(json.dumps(odd))  # a copy: a later change may reach into it
        except (TypeError, IndexError, KeyError):
            continue  # an earlier change took it away
    report = examples.report({"all.yaml": "\n---\n".join(map(json.dumps, objects))})
    assert not report.failed, [finding.message for finding in report.findings if finding.rule == "GT904"]


def test_aliases_and_merges_are_followed():
    text = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {name: a, namespace: n}
spec: &spec
  ingressClassName: apisix
  hosts: &hosts [a.b]
  secret: &ref {name: s, namespace: n}
  client: {caSecret: *ref, depth: 1}
---
apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {name: b, namespace: n}
spec: &self
  <<: *self
  ingressClassName: apisix
  hosts: [c.d]
  secret: {name: s, namespace: n}
"""
    report = examples.report({"tls.yaml": text})
    assert not report.failed
    assert [host.host for host in report.facts.gateways[0].hosts] == ["a.b", "c.d"]
