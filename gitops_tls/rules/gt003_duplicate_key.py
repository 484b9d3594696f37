"""GT003: a key written twice; the last one wins."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.apisix.signs import flattened
from ..systems.claims import APISIX, CONSUMERS, KUBERNETES, MILVUS_CR, SETTINGS
from ..systems.milvus.settings import is_shipped_value
from ..text.edits import CannotEdit, Fix
from ..yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .samples import COMPOSE
from .shared import config_files, fix_or_none

RULE = Rule(
    "GT003", "duplicate-key", ERROR, "a key stands twice in one mapping; the earlier one is ignored",
    why="Pasting the documentation's two snippets below each other gives two `common:` blocks. YAML readers of Go keep the "
    "last and forget the first, with everything in it.",
    server="yaml.v2 replaces the whole earlier mapping: `tlsMode: 1` in the first `common:` is lost, and Milvus is plaintext.",
    sources=("yaml.v2 2.4.0", "runs of Milvus 2.3.5: yaml/dup_section_common, yaml/dup_key_tlsMode_1then0"),
    fixable=SOMETIMES,
)  # fmt: skip


EXAMPLES = (
    Example(
        "two `common:` blocks",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": "common:\n  gracefulTime: 5000\n# second snippet\ncommon:\n  security:\n    tlsMode: 0\n",
        },
        fixed={"user.yaml": "common:\n  gracefulTime: 5000\n  security:\n    tlsMode: 0\n# second snippet\n"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  gracefulTime: 5000\n  security:\n    tlsMode: 0\n"},
    ),
    Example(
        "the documentation's snippet behind a complete file",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": "proxy:\n  port: 19530\n  http:\n    port:\nproxy:\n  http:\n    port: 8080\n",
        },
        fixed={"user.yaml": "proxy:\n  port: 19530\n  http:\n    port: 8080\n"},
        unsafe=True,
    ),
    Example(
        "a list for the chart, behind the empty one of its values.yaml",
        bad={"values.yaml": "extraConfigFiles:\n  user.yaml: |\n    log:\n      level: info\nvolumes: []\nvolumeMounts: []\nvolumes:\n  - name: x\n    emptyDir: {}\n"},
        fixed={"values.yaml": "extraConfigFiles:\n  user.yaml: |\n    log:\n      level: info\nvolumeMounts: []\nvolumes:\n  - name: x\n    emptyDir: {}\n"},
    ),
    Example(
        "one setting twice, with different values",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    tlsMode: 1\n    tlsMode: 0\n"},
    ),
)  # fmt: skip


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


_MANY = 20
"""So many times nobody writes a key by mistake: the work of merging them grows with the square."""


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
        harmless = _harmless(mapping, value, winner)
        yield RULE.at(
            key,
            f"`{key.value}` is written again on line {line}: {reader} keeps only the last one, {harmless or _loss(value, winner)}",
            caret="ignored",
            related=(label(winner, "this one counts"),),
            # a page without indentation: which of the two belongs where, nobody can tell
            fix=None if count[key.value] > _MANY or (kind == APISIX and flattened(mapping)) else _fix(mapping, key, value, kind),
            severity=WARNING if harmless else ERROR,
        )


def _harmless(mapping: Node, value: Node, winner: Node) -> str:
    """Why nothing is lost with the earlier value; empty where something is."""
    from ..yamldoc.edit_move import alike

    other = next(v for k, v in mapping.pairs if k is winner)
    if alike(value.resolved(), other.resolved()):
        return "which says the same"
    return "and the earlier one is empty" if _says_nothing(value) else ""


def _says_nothing(value: Node) -> bool:
    """Whether a value is empty; texts of comments alone (the chart's ``user.yaml``) and mappings of such values are."""
    value = value.resolved()
    if value.kind == SCALAR:
        return value.is_null or not any(line.strip() and not line.lstrip().startswith("#") for line in value.value.splitlines())
    if value.kind == MAPPING:
        return all(_says_nothing(one) for _, one in value.pairs)
    return value.kind == SEQUENCE and not value.items


def _loss(value: Node, winner: Node) -> str:
    """What is gone with the earlier value."""
    value = value.resolved()
    if value.kind == MAPPING:
        return "everything in it is lost"
    if value.kind == SEQUENCE:
        return "this list is lost"
    if winner.value in _PUBLIC and value.kind == SCALAR and value.value:
        return f"`{value.value}` is lost"
    return "this value is lost"


def _fix(mapping: Node, key_node: Node, value: Node, kind: str) -> Fix | None:
    key = key_node.value
    title = f"merge the `{key}` blocks into one" if value.resolved().kind == MAPPING else f"keep `{key}` once"
    fix = fix_or_none(title, True, lambda: _merge(mapping, key))
    if fix is None and (value.is_null or (value.kind in (SEQUENCE, MAPPING) and not value.items and not value.pairs)):
        fix = fix_or_none(f"remove the empty `{key}`", True, lambda: _remove(mapping, key_node))
    if fix is None and kind == SETTINGS and value.kind == MAPPING:
        title += ", where they differ with the value that is not the shipped default"
        fix = fix_or_none(title, False, lambda: _merge_pasted(mapping, key))
    return fix


def _merge(mapping: Node, key: str) -> object:
    from ..yamldoc.edit import merge_duplicates

    return merge_duplicates(mapping, key)


def _remove(mapping: Node, key: Node) -> object:
    from ..yamldoc.edit import remove_pair

    return remove_pair(mapping, key)


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
