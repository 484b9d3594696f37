"""GT003: a key written twice; the last one wins."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..systems.claims import CONSUMERS, KUBERNETES, MILVUS_CR, SETTINGS
from ..systems.milvus.settings import is_shipped_value
from ..text.edits import CannotEdit, Fix
from ..yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .shared import config_files, fix_or_none

RULE = Rule(
    "GT003", "duplicate-key", ERROR, "a key stands twice in one mapping; the earlier one is ignored",
    why="Pasting the documentation's two snippets below each other gives two `common:` blocks. YAML readers of Go keep the "
    "last and forget the first, with everything in it.",
    server="yaml.v2 replaces the whole earlier mapping: `tlsMode: 1` in the first `common:` is lost, and Milvus is plaintext.",
    sources=("yaml.v2 2.4.0", "runs of Milvus 2.3.5: yaml/dup_section_common, yaml/dup_key_tlsMode_1then0"),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
"""

EXAMPLES = (
    Example(
        "two `common:` blocks",
        bad={
            "docker-compose.yml": _COMPOSE,
            "user.yaml": "common:\n  gracefulTime: 5000\n# second snippet\ncommon:\n  security:\n    tlsMode: 0\n",
        },
        fixed={"user.yaml": "common:\n  gracefulTime: 5000\n  security:\n    tlsMode: 0\n# second snippet\n"},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": "common:\n  gracefulTime: 5000\n  security:\n    tlsMode: 0\n"},
    ),
    Example(
        "the documentation's snippet behind a complete file",
        bad={
            "docker-compose.yml": _COMPOSE,
            "user.yaml": "proxy:\n  port: 19530\n  http:\n    port:\nproxy:\n  http:\n    port: 8080\n",
        },
        fixed={"user.yaml": "proxy:\n  port: 19530\n  http:\n    port: 8080\n"},
        unsafe=True,
    ),
    Example(
        "one setting twice, with different values",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": "common:\n  security:\n    tlsMode: 1\n    tlsMode: 0\n"},
    ),
)


_PUBLIC = frozenset(("tlsMode", "internaltlsEnabled", "port", "apiVersion", "kind", "name", "image"))
"""Keys whose values a message may quote; any other may be a password."""


def check(facts: Facts) -> Iterator[Finding]:
    """Look for duplicate keys in every document that a system reads."""
    done: set[int] = set()
    roots: list[tuple[Node, str]] = [(f.root, SETTINGS) for _, _, f in config_files(facts) if f.root is not None]
    roots += [(claim.root, claim.kind) for claim in facts.claims.all if claim.root is not None]
    for root, kind in roots:
        for node in root.walk():
            if node.kind == MAPPING and len(node.pairs) > 1 and id(node) not in done:
                done.add(id(node))
                yield from _mapping(node, kind)


def _mapping(mapping: Node, kind: str) -> Iterator[Finding]:
    last: dict[str, Node] = {}
    count: dict[str, int] = {}
    for key, _ in mapping.pairs:
        if key.kind == SCALAR and key.value != "<<":
            last[key.value] = key
            count[key.value] = count.get(key.value, 0) + 1
    if len(last) == len(mapping.pairs):
        return
    for key, value in mapping.pairs:
        if count.get(key.value, 0) < 2 or last[key.value] is key:
            continue
        winner = last[key.value]
        reader = {KUBERNETES: "kubectl", MILVUS_CR: "the API server"}.get(kind, CONSUMERS[kind])
        line = winner.position()[0]
        yield RULE.at(
            key,
            f"`{key.value}` is written again on line {line}: {reader} keeps only the last one, {_loss(value, winner)}",
            caret="ignored",
            related=(label(winner, "this one counts"),),
            fix=_fix(mapping, key.value, value, kind),
        )


def _loss(value: Node, winner: Node) -> str:
    """What is gone with the earlier value."""
    from ..yamldoc.edit_move import alike

    value = value.resolved()
    other = next((v for k, v in winner.parent.pairs if k is winner), None) if winner.parent is not None else None
    if other is not None and alike(value, other):
        return "which says the same"
    if value.kind == MAPPING:
        return "everything in it is lost"
    if value.kind == SEQUENCE:
        return "this list is lost"
    if winner.value in _PUBLIC and value.kind == SCALAR and value.value:
        return f"`{value.value}` is lost"
    return "this value is lost"


def _fix(mapping: Node, key: str, value: Node, kind: str) -> Fix | None:
    title = f"merge the `{key}` blocks into one" if value.resolved().kind == MAPPING else f"keep `{key}` once"
    fix = fix_or_none(title, True, lambda: _merge(mapping, key))
    if fix is None and kind == SETTINGS and value.kind == MAPPING:
        title += ", where they differ with the value that is not the shipped default"
        fix = fix_or_none(title, False, lambda: _merge_pasted(mapping, key))
    return fix


def _merge(mapping: Node, key: str) -> object:
    from ..yamldoc.edit import merge_duplicates

    return merge_duplicates(mapping, key)


def _merge_pasted(mapping: Node, key: str) -> object:
    """Join a complete file with a snippet before or behind it: the default value gives way."""
    from ..yamldoc.edit import merge_duplicates

    return merge_duplicates(mapping, key, choose=_chosen)


def _chosen(earlier: Node, later: Node) -> Node:
    if is_shipped_value(_dotted(earlier), earlier):
        return later
    if is_shipped_value(_dotted(later), later):
        return earlier
    raise CannotEdit(f"{_dotted(later)} has two values, and neither is the default")


def _dotted(node: Node) -> str:
    return node.pointer.lstrip("/").replace("/", ".")
