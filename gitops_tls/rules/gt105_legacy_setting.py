"""GT105: tlsEnabled, which Milvus no longer reads."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.milvus.settings import format_key
from ..systems.milvus.values import parse_bool, setting_text
from ..text.edits import CannotEdit, Patch
from ..yamldoc.node import MAPPING, Node
from .shared import config_files, fix_or_none, mounted_here, tls_mode, walk_settings

RULE = Rule(
    "GT105", "legacy-setting", ERROR, "tlsEnabled is ignored; tlsMode took its place in 2.1",
    why="Old pages and old files switch TLS on with `tlsEnabled: true`. Since 2.1 the key is `tlsMode`, and the old one is ignored.",
    server="Milvus starts in plaintext.",
    sources=("milvus 0986c29d7f (2022-06)",),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - certs:/certs
"""
_REST = "proxy:\n  http:\n    port: 8080\ntls:\n  serverPemPath: /certs/server.pem\n  serverKeyPath: /certs/server.key\n"

EXAMPLES = (
    Example(
        "the switch of 2.0",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": _REST + "common:\n  security:\n    tlsEnabled: true\n"},
        fixed={"user.yaml": _REST + "common:\n  security:\n    tlsMode: 1\n"},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": _REST + "common:\n  security:\n    tlsMode: 1\n"},
        unsafe=True,
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look for tlsEnabled below `common`, `security`, `tls` or at the top of every settings file."""
    for _, component, file in config_files(facts):
        if file.root is None or file.root.kind != MAPPING or tls_mode(component) != 0:
            continue
        for path, mapping, key, value in walk_settings(file.root):
            if format_key(path[-1]) != "tlsenabled" or not parse_bool(setting_text(value) or ""):
                continue
            if format_key(path[0]) not in ("common", "security", "tls", "proxy", "tlsenabled", "commonsecurity"):
                continue
            fix = fix_or_none("write tlsMode: 1 instead", False, lambda m=mapping, k=key, v=value: _replace(m, k, v))
            message = "`tlsEnabled` is ignored since Milvus 2.1, so Milvus starts in plaintext"
            yield RULE.at(key, message, caret="write `tlsMode: 1` or `tlsMode: 2`", related=mounted_here(file), fix=fix)


def _replace(mapping: Node, key: Node, value: Node) -> Patch:
    from ..yamldoc.edit import rename_key, replace_scalar

    if any(format_key(other.value) == "tlsmode" for other, _ in mapping.effective()):
        raise CannotEdit("tlsMode is already there")
    return rename_key(key, "tlsMode") + replace_scalar(value, 1)
