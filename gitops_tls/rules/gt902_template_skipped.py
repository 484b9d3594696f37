"""GT902: a Helm template that was not judged."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import INFO, NEVER, Example, Finding, Rule
from .skipped import first_mark, skips_of

RULE = Rule(
    id="GT902",
    name="template-skipped",
    severity=INFO,
    summary="a Helm template is not judged (told on request only)",
    why=(
        "A template is no YAML before Helm has filled it in, and what comes out depends on values that may stand elsewhere. It "
        "is counted in the closing line, listed by --verbose, and stands under `skipped` in JSON. Where a repository is meant to "
        "hold none, `rules: {GT902: warning}` in .gitops-tls.yaml (or --select GT902) makes a finding of each; by itself the "
        "rule says nothing, since a chart has dozens."
    ),
    server="nothing is known about what the template makes; `helm template` shows it, and its output can be judged",
    sources=("the section on skipped files in the documentation of gitops-tls",),
    fixable=NEVER,
)

_TEMPLATE = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: {{ .Release.Name }}
spec:
  config:
    common:
      security:
        tlsMode: {{ .Values.mode }}
"""
_CHART = "apiVersion: v2\nname: milvus-team\nversion: 1.0.0\n"

EXAMPLES = (
    Example(
        title="asked for in the configuration",
        bad={
            ".gitops-tls.yaml": "rules: {GT902: warning}\n",
            "chart/Chart.yaml": _CHART,
            "chart/templates/milvus.yaml": _TEMPLATE,
        },
        good={"chart/Chart.yaml": _CHART, "chart/templates/milvus.yaml": _TEMPLATE},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Tell of every template that was skipped."""
    for skip in skips_of(facts, "Helm template"):
        place = first_mark(facts, skip.path, "{{")
        message = "this Helm template is not judged: what it makes depends on values that Helm fills in"
        yield RULE.at(place, message, caret="filled in by Helm")
