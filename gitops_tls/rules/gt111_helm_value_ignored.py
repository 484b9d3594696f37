"""GT111: a Helm value that no template reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.milvus.model import Deployment
from ..systems.milvus.specs import helm_spec
from ..text.edits import CannotEdit, Patch
from ..yamldoc.node import MAPPING, Node
from .shared import fix_or_none, same_key, tls_on

if TYPE_CHECKING:
    from ..systems.milvus.helm_values import HelmSpec, Ignored

USER_YAML = "user.yaml"

RULE = Rule(
    "GT111", "helm-value-ignored", ERROR, "a value that no template of the Milvus chart reads",
    why="Helm takes any value and says nothing about those that no template uses. The settings of Milvus belong, as a text, "
    'into `extraConfigFiles."user.yaml"`; volumes belong to the top level.',
    server="Top-level `common:`, `tls:` and the like, other keys under `extraConfigFiles` and volumes of single components never "
    "reach a pod: plaintext, or a server that finds no certificate.",
    sources=("milvus-helm templates 4.1.10 to 5.0.19, rendered", "milvus-helm issue 31"),
    fixable=SOMETIMES,
)  # fmt: skip

_VALUES = """cluster:
  enabled: false
extraConfigFiles:
  user.yaml: |
    log: {level: info}
standalone:
  replicas: 1
"""

EXAMPLES = (
    Example(
        "settings at the top level",
        bad={"values.yaml": "cluster:\n  enabled: false\ncommon:\n  security:\n    tlsMode: 0 # off for now\n"},
        fixed={"values.yaml": "cluster:\n  enabled: false\nextraConfigFiles:\n  user.yaml: |\n    common:\n      security:\n        tlsMode: 0 # off for now\n"},
        good={"values.yaml": "cluster:\n  enabled: false\nextraConfigFiles:\n  user.yaml: |\n    common:\n      security:\n        tlsMode: 0\n"},
    ),
    Example(
        "a file of another name",
        bad={"values.yaml": "cluster:\n  enabled: false\nextraConfigFiles:\n  milvus.yaml: |\n    common:\n      security:\n        tlsMode: 0\n"},
        fixed={"values.yaml": "cluster:\n  enabled: false\nextraConfigFiles:\n  user.yaml: |\n    common:\n      security:\n        tlsMode: 0\n"},
    ),
    Example(
        "volumes of one component",
        bad={"values.yaml": _VALUES + "  volumes:\n    - name: certs\n      secret:\n        secretName: certs\n"},
        fixed={"values.yaml": _VALUES + "volumes:\n  - name: certs\n    secret:\n      secretName: certs\n"},
    ),
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Report the ignored values of every Helm release."""
    for deployment in facts.deployments:
        spec = helm_spec(deployment)
        if spec is not None:
            for ignored in spec.ignored:
                yield _finding(spec, ignored)
            yield from _tls_secret(deployment, spec)


def _finding(spec: HelmSpec, ignored: Ignored) -> Finding:
    anchor = ignored.value.key_node or ignored.value.node
    fix = fix_or_none(_title(ignored), True, lambda: _mend(spec, ignored))
    return RULE.at(anchor, f"no template of the chart reads `{ignored.path}`: {ignored.why}", caret="ignored", fix=fix)


def _tls_secret(deployment: Deployment, spec: HelmSpec) -> Iterator[Finding]:
    """``proxy.tls.enabled`` makes a Secret and switches nothing on."""
    front = deployment.front
    switch = spec.proxy_tls.get("enabled") if spec.proxy_tls is not None else None
    if front is None or switch is None or switch.text() != "true" or tls_on(front) or front.settings.unknown:
        return
    message = "`proxy.tls` only makes a Secret: it mounts nothing and sets no tlsMode, so Milvus stays in plaintext"
    yield RULE.at(
        label(switch.node), message, caret='set tlsMode and the paths in `extraConfigFiles."user.yaml"`', severity=WARNING
    )


def _title(ignored: Ignored) -> str:
    if ignored.path.startswith("extraConfigFiles."):
        return f"rename it to `{USER_YAML}`"
    if ignored.path.endswith((".volumes", ".volumeMounts")):
        return "move it to the top level"
    return 'move it into `extraConfigFiles."user.yaml"`'


def _mend(spec: HelmSpec, ignored: Ignored) -> Patch:
    from ..yamldoc.edit import move_pair, rename_key

    key = ignored.value.key_node
    root = spec.roots[-1]
    if key is None or key.parent is None or len(spec.roots) > 1:
        raise CannotEdit("it is merged from several files")
    if spec.custom_config_map is not None:
        raise CannotEdit("customConfigMap replaces it")
    if ignored.path.startswith("extraConfigFiles."):
        if spec.user_yaml is not None:
            raise CannotEdit("user.yaml is already there")
        return rename_key(key, USER_YAML)
    if ignored.path.endswith((".volumes", ".volumeMounts")) and "." in ignored.path:
        return move_pair(key.parent, key, root, ())
    if ignored.path.startswith("proxy.http."):
        return _to_user_yaml(spec, key, ("proxy", "http"))
    return _to_user_yaml(spec, key, ())


def _to_user_yaml(spec: HelmSpec, key: Node, path: tuple[str, ...]) -> Patch:
    from ..yamldoc.edit import move_pair

    if spec.user_root is not None and spec.user_root.kind == MAPPING:
        assert key.parent is not None
        return move_pair(key.parent, key, spec.user_root, path, same=same_key)
    if spec.user_yaml is not None or path:
        raise CannotEdit('`extraConfigFiles."user.yaml"` cannot take it')
    return _new_user_yaml(spec, key)


def _new_user_yaml(spec: HelmSpec, key: Node) -> Patch:
    """Put the settings, where they stand, into a new ``extraConfigFiles."user.yaml"``."""
    from ..yamldoc.edit import remove_pair, set_value
    from ..yamldoc.edit_base import child, column, line_start, pair_end, patch, refuse
    from ..yamldoc.edit_move import pair_text

    mapping = key.parent
    assert mapping is not None
    value = next(value for own, value in mapping.pairs if own is key)
    lines = pair_text(key, value)
    if spec.values.get("extraConfigFiles") is not None:
        return remove_pair(mapping, key) + set_value(spec.roots[-1], ("extraConfigFiles", USER_YAML), "\n".join(lines) + "\n")
    refuse(value)
    text = key.document.text
    if column(text, key.start) or mapping is not spec.roots[-1] or mapping.style != "block":
        raise CannotEdit("it does not stand at the top level")
    end = key.source.line_end(pair_end(key, value))
    block = ["extraConfigFiles:", f"  {USER_YAML}: |", *(f"    {line}" if line.strip() else "" for line in lines)]
    changes = (child(mapping, key.value), child(mapping, "extraConfigFiles"))
    return patch(key.document, [(line_start(text, key.start), end, "\n".join(block))], changes)
