"""GT004: one setting spelt in two ways in one file."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.milvus.settings import Setting
from ..yamldoc.node import Node
from .samples import COMPOSE
from .shared import components, fix_or_none, related

RULE = Rule(
    "GT004", "ambiguous-spelling", ERROR, "one setting is spelt in two ways in one file; which one counts is random",
    why="Milvus compares keys without case, `_`, `.` and `/`, so `tlsMode` and `tls_mode` are one setting. With both in one "
    "file the order of a Go map decides, and that changes from start to start.",
    server="`tlsMode: 1` beside `tls_mode: 0` gave 1 on some starts and 0 on others (2.5 and newer). Until 2.4, among "
    "spellings that differ only in case, the one with capitals wins.",
    sources=("milvus pkg/config/config.go formatKey", "evidence: yaml.v2 with Milvus' flattening, repeated runs"),
    fixable=SOMETIMES,
)  # fmt: skip


EXAMPLES = (
    Example(
        "the same value twice",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    tlsMode: 0\n    tls_mode: 0\n"},
        fixed={"user.yaml": "common:\n  security:\n    tlsMode: 0\n"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    tls_mode: 0\n"},
    ),
    Example(
        "two values",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "common.security.tlsMode: 0\ncommon:\n  security:\n    TLSMode: 1\n"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Report every setting that has rivals in its own file."""
    seen: set[int] = set()
    for _, component in components(facts):
        for _, setting in component.settings.written():
            if not setting.rivals or setting.key_node is None or id(setting.key_node) in seen:
                continue
            spellings = sorted((setting, *setting.rivals), key=_offset)
            seen.update(id(s.key_node) for s in spellings)
            yield _finding(spellings, related(component.settings, setting))


def _offset(setting: Setting) -> int:
    return setting.key_node.file_span[0] if setting.key_node is not None else 0


def _finding(spellings: list[Setting], places: tuple[object, ...]) -> Finding:
    first, second = spellings[0], spellings[1]
    assert first.key_node is not None
    assert second.key_node is not None
    same = all(s.text == first.text for s in spellings)
    names = " and ".join(f"`{s.key}`" for s in spellings)
    effect = "they agree, for now" if same else "which value counts changes from start to start"
    others = tuple(label(s.key_node, "the same setting") for s in spellings if s is not second and s.key_node is not None)
    fix = None
    if same:
        fix = fix_or_none(f"remove `{second.key}`", True, lambda: _remove(second.key_node))
    return RULE.at(
        second.key_node,
        f"{names} are one setting to Milvus: {effect}",
        caret="spelt again here",
        related=others,
        severity=WARNING if same else ERROR,
        fix=fix,
    )


def _remove(key: Node | None) -> object:
    from ..yamldoc.edit import remove_pair

    assert key is not None
    assert key.parent is not None
    return remove_pair(key.parent, key)
