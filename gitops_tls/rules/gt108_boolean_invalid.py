"""GT108: a switch with a word that Milvus reads as false."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.milvus.values import parse_bool
from .samples import COMPOSE
from .shared import components, fix_or_none, related

RULE = Rule(
    "GT108", "boolean-invalid", ERROR, "a switch has a value that Milvus reads as false",
    why="Milvus reads switches with Go's ParseBool: 1, t, T, true, True, TRUE are true, everything it does not know is false. "
    'A bare `yes` or `on` becomes true on the way; a quoted `"yes"` does not.',
    server="The switch is off, without a word in the log: with `internaltlsEnabled: \"yes\"` the links between the components "
    "are plaintext.",
    sources=("milvus pkg/util/paramtable/param_item.go GetAsBool", "evidence: yaml.v2, cast and strconv"),
    fixable=SOMETIMES,
)  # fmt: skip


EXAMPLES = (
    Example(
        "a quoted word",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": 'minio:\n  useSSL: "yes"\n  ssl:\n    tlsCACert: ""\n'},
        fixed={"user.yaml": 'minio:\n  useSSL: true\n  ssl:\n    tlsCACert: ""\n'},
        good={"docker-compose.yml": COMPOSE, "user.yaml": 'minio:\n  useSSL: yes\n  ssl:\n    tlsCACert: ""\n'},
    ),
    Example(
        "a number",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    internaltlsEnabled: 2\n"},
    ),
)

_EFFECTS = {
    "common.security.internaltlsEnabled": "the components talk in plaintext",
    "proxy.http.enabled": "REST is not served",
    "etcd.ssl.enabled": "etcd is dialled in plaintext",
    "minio.useSSL": "object storage is dialled in plaintext",
    "kafka.ssl.enabled": "the certificates below it are not used",
    "tikv.ssl.enabled": "TiKV is dialled in plaintext",
}
"""The switches, and what it means that one is off."""

_YES = frozenset(("yes", "y", "on", "enable", "enabled", "true"))
_NO = frozenset(("", "no", "n", "off", "disable", "disabled", "none", "false"))


def check(facts: Facts) -> Iterator[Finding]:
    """Judge the switches that have to do with TLS."""
    seen: set[int] = set()
    for _, component in components(facts):
        for key, effect in _EFFECTS.items():
            setting = component.settings.get(key)
            node = setting.node
            if node is None or id(node) in seen or parse_bool(setting.text) is not None or setting.text.strip().lower() in _NO:
                continue
            seen.add(id(node))
            fix = None
            if setting.text.strip().lower() in _YES and setting.origin == "file":
                fix = fix_or_none(f"set {key} to true", True, lambda n=node: _set_true(n))
            message = f"{key} `{setting.text}` is read as false: {effect}"
            yield RULE.at(node, message, caret="write true or false", related=related(component.settings, setting), fix=fix)


def _set_true(node: object) -> object:
    from ..yamldoc.edit import replace_scalar
    from ..yamldoc.node import Node

    assert isinstance(node, Node)
    return replace_scalar(node, True)
