"""GT520: TLS settings of APISIX that stop it, or break every handshake."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.apisix.config_defects import BLOCK, Defect
from ..text.edits import Fix
from .gateway import finding, gateway_defects, joined, removed, unquoted
from .shared import fix_or_none

RULE = Rule(
    "GT520", "ssl-block-broken", ERROR, "an empty ssl block, a switch in quotes, https_admin without its files",
    why="The loader merges config.yaml over the defaults. A value must keep the type of its default: `\"true\"` is a text, not a "
    "switch. A null or an empty mapping replaces all defaults below it. What needs a second setting is checked at start.",
    server="`failed to merge, path[apisix->ssl->enable] expect: boolean, but got: string`, `bad argument #1 to 'ipairs'` or "
    "`missing ssl cert for https admin`: APISIX does not start.",
    sources=("apisix/cli/file.lua, cli/schema.lua and cli/ops.lua, run",),
    fixable=SOMETIMES,
)  # fmt: skip

_HEAD = "deployment:\n  role: traditional\n  role_traditional:\n    config_provider: etcd\n"

EXAMPLES = (
    Example(
        "a block in which everything is a comment",
        bad={"config.yaml": _HEAD + "apisix:\n  node_listen: 9080\n  ssl:\n    # enable: true\n"},
        fixed={"config.yaml": _HEAD + "apisix:\n  node_listen: 9080\n    # enable: true\n"},
        good={"config.yaml": _HEAD + "apisix:\n  node_listen: 9080\n"},
    ),
    Example(
        "a switch in quotes",
        bad={"config.yaml": _HEAD + 'apisix:\n  ssl:\n    enable: "true"\n'},
        fixed={"config.yaml": _HEAD + "apisix:\n  ssl:\n    enable: true\n"},
        good={"config.yaml": _HEAD + "apisix:\n  ssl:\n    enable: ${{TLS:=true}}\n"},
    ),
    Example(
        "HTTPS for the Admin API, without a certificate",
        bad={"config.yaml": _HEAD + "  admin:\n    https_admin: true\n"},
        good={
            "config.yaml": _HEAD
            + "  admin:\n    https_admin: true\n    admin_api_mtls:\n      admin_ssl_cert: /ssl/admin.crt\n      admin_ssl_cert_key: /ssl/admin.key\n"
        },
    ),
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Report what the loader refuses in every config.yaml and values file."""
    for _, defect in gateway_defects(facts, BLOCK):
        yield finding(RULE, defect, _fix(defect))


def _fix(defect: Defect) -> Fix | None:
    node = defect.node
    if defect.kind in ("empty", "helm", "listen") and defect.owner is not None:
        return fix_or_none(f"delete `{node.value}:`, so that the defaults count", True, lambda: removed(defect))
    if defect.kind == "quoted":
        return fix_or_none("take the quotes away", True, lambda: unquoted(node))
    if defect.kind == "list":
        return fix_or_none("write one text with colons", True, lambda: joined(node, ":"))
    return None
