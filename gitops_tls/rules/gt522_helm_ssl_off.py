"""GT522: certificates for a gateway whose chart does not open the TLS port."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.apisix.chart_files import chart_values
from ..systems.apisix.values import ChartValues
from ..systems.claims import APISIX_VALUES
from ..systems.milvus.values import parse_bool
from ..text.edits import Fix
from ..yamldoc.node import Node
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT, custom

RULE = Rule(
    "GT522", "helm-ssl-off", WARNING, "the repository has an ApisixTls, and the chart's values leave the TLS port closed",
    why="The chart of APISIX starts without TLS: `apisix.ssl.enabled` is false until it is set (`gateway.tls.enabled` before chart "
    "2.0). The controller sends certificates all the same, and nobody can ask for them.",
    server="Nothing listens on 9443: `connection refused`. The objects are accepted and synced.",
    sources=("apache/apisix-helm-chart charts/apisix/values.yaml 1.3.1 to 2.14.0",),
    fixable=SOMETIMES,
)  # fmt: skip

_VALUES = """image:
  repository: apache/apisix
apisix:
  ssl:
    enabled: %s
    containerPort: 9443
"""

EXAMPLES = (
    Example(
        "the chart's default written out",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR, "values.yaml": _VALUES % "false"},
        fixed={"values.yaml": _VALUES % "true"},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR, "values.yaml": _VALUES % "true"},
        unsafe=True,
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the values of the chart where the repository has an ApisixTls."""
    first = next(custom(facts), None)
    if first is None or not facts.claims.of(APISIX_VALUES):
        return
    known = facts.apisix.versions.apisix if facts.apisix is not None else None
    every = list(chart_values(facts.workspace, facts.claims, facts.config, known))
    # a file of its own may switch it on; which files Helm merges is not written anywhere
    if any(values.custom is not None or _enabled(values) for values in every):
        return
    related = (label(first.node.get("metadata", "name") or first.node, "a certificate for this gateway"),)
    written = [values for values in every if _switch(values) is not None]
    for values in written or every[:1]:
        name = "apisix.ssl.enabled" if values.second else "gateway.tls.enabled"
        switch = _switch(values)
        what = f"{name} is `{switch.value}`" if switch is not None else f"{name} is not set, which is false"
        message = f"{what}: nothing listens for TLS, and {first.title} is served to nobody"
        yield RULE.at(switch or values.root, message, caret=f"set {name} to true", related=related, fix=_fix(values, name))


def _switch(values: ChartValues) -> Node | None:
    return values.tls.get("enabled") if values.tls is not None else None


def _enabled(values: ChartValues) -> bool:
    switch = _switch(values)
    return switch is not None and (parse_bool(switch.value) is True or "{{" in switch.value or "${" in switch.value)


def _fix(values: ChartValues, name: str) -> Fix | None:
    from ..yamldoc.edit import replace_scalar, set_value

    switch = _switch(values)
    title = f"set {name} to true"
    if switch is not None:
        return fix_or_none(title, False, lambda: replace_scalar(switch, True))
    home = values.home
    return None if home is None else fix_or_none(title, False, lambda: set_value(home, tuple(name.split(".")), True))
