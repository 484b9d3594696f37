"""GT112: user.yaml given as a mapping."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ALWAYS, ERROR, Example, Finding, Rule
from ..systems.milvus.specs import helm_spec
from ..yamldoc.node import SCALAR
from .shared import fix_or_none

RULE = Rule(
    "GT112", "config-not-a-string", ERROR, 'extraConfigFiles."user.yaml" is a mapping, not a text',
    why="The chart puts each of `extraConfigFiles` into a ConfigMap as it stands, so it must be one text: a block scalar, "
    "`user.yaml: |`.",
    server="Helm cannot render the chart: `wrong type for value; expected string; got map[string]interface {}`.",
    sources=("milvus-helm templates/configmap.tpl, rendered with Helm 3.17 and 4.3",),
    fixable=ALWAYS,
)  # fmt: skip

EXAMPLES = (
    Example(
        "the bar is missing",
        bad={"values.yaml": "cluster:\n  enabled: false\nextraConfigFiles:\n  user.yaml:\n    # no TLS yet\n    common:\n      security:\n        tlsMode: 0\n"},
        fixed={"values.yaml": "cluster:\n  enabled: false\nextraConfigFiles:\n  user.yaml: |\n    # no TLS yet\n    common:\n      security:\n        tlsMode: 0\n"},
        good={"values.yaml": "cluster:\n  enabled: false\nextraConfigFiles:\n  user.yaml: |+\n    common:\n      security:\n        tlsMode: 0\n"},
    ),
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Look at user.yaml of every Helm release."""
    for deployment in facts.deployments:
        spec = helm_spec(deployment)
        if spec is None or spec.user_yaml is None or spec.custom_config_map is not None:
            continue
        value = spec.user_yaml
        if value.kind == SCALAR:
            continue
        from ..yamldoc.edit import mapping_to_block_scalar

        fix = fix_or_none("write it as a block scalar", True, lambda node=value.node: mapping_to_block_scalar(node))
        message = "user.yaml is a mapping where the chart wants a text: Helm cannot render the release"
        yield RULE.at(value.key_node or value.node, message, caret="write `user.yaml: |`", fix=fix)
