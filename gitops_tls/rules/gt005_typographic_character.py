"""GT005: characters that a web page or a word processor put in."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ALWAYS, ERROR, Example, Finding, Rule, span_label
from ..systems.milvus.settings import FILE_NAMES
from ..text.edits import Edit, Fix, Patch
from ..text.source import Source
from ..yamldoc.node import SCALAR, Node
from .shared import config_files

RULE = Rule(
    "GT005", "typographic-character", ERROR, "a full-width colon, a curly quote or a no-break space where YAML wants the plain one",
    why="Text pasted from a web page or a chat carries `：`, `“ ”` and no-break spaces. YAML takes them for letters: the line is "
    "then one long word, or a key with an invisible tail, and the setting is not there.",
    server="`tlsMode：1` is a plain text to yaml.v2, `\\u00a0tlsMode: 1` a key of another name, `“1”` a text that Milvus reads as 0.",
    sources=("yaml.v2 2.4.0", "pages pasted from the documentation in Chinese"),
    fixable=ALWAYS,
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
        "curly quotes",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": "common:\n  security:\n    tlsMode: \u201c0\u201d\n"},
        fixed={"user.yaml": 'common:\n  security:\n    tlsMode: "0"\n'},
        good={
            "docker-compose.yml": _COMPOSE,
            "user.yaml": "# \u201cquoted\u201d in a comment\ncommon:\n  security:\n    tlsMode: 0\n",
        },
    ),
    Example(
        "a no-break space before a key",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": "common:\n  security:\n    \u00a0tlsMode: 0\n"},
        fixed={"user.yaml": "common:\n  security:\n     tlsMode: 0\n"},
    ),
)

_QUOTES = {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'", "\uff02": '"', "\uff07": "'"}
_SPACES = "\u00a0\u2007\u202f\u3000\u200b\ufeff"
_NAMES = {
    "\uff1a": "full-width colon", "\u00a0": "no-break space", "\u2007": "figure space", "\u202f": "narrow no-break space",
    "\u3000": "ideographic space", "\u200b": "zero-width space", "\ufeff": "zero-width no-break space",
}  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the plain scalars of every settings file."""
    for _, _, file in config_files(facts):
        if file.root is None or file.name not in FILE_NAMES:
            continue
        for node in file.root.walk():
            if node.is_plain and node.document.editable and not node.value.isascii():
                yield from _scalar(node)


def _scalar(node: Node) -> Iterator[Finding]:
    assert node.kind == SCALAR
    edits = _replacements(node)
    if not edits:
        return
    source: Source = node.source
    changed = [(node.path, (node.parent or node).address)]
    offset, character, _ = edits[0]
    name = _NAMES.get(character, "curly quote")
    place = span_label(source, offset, offset + 1, f"a {name} (U+{ord(character):04X})", node.pointer)
    patch = Patch(tuple(Edit(node.path, at, at + 1, plain) for at, _, plain in edits), tuple(changed))
    fix = Fix("replace the typographic characters by plain ones", True, patch)
    yield RULE.at(place, _message(node, name), fix=fix)


def _message(node: Node, name: str) -> str:
    what = "key" if node.key is node else "value"
    return f"a {name} is part of this {what}: Milvus does not see the setting that is meant"


def _replacements(node: Node) -> list[tuple[int, str, str]]:
    raw, start = node.raw, node.start
    offset = node.document.to_file
    found: list[tuple[int, str, str]] = []
    if raw[0] in _QUOTES and raw[-1] in _QUOTES and len(raw) > 1:
        inner = raw[1:-1]
        quote = _QUOTES[raw[0]]
        if quote not in inner and "\\" not in inner:
            found += [(offset(start), raw[0], quote), (offset(node.end - 1), raw[-1], quote)]
    for index, character in enumerate(raw):
        if character in _SPACES and (index == 0 or index == len(raw) - 1 or raw[index - 1] in _SPACES):
            plain = "" if character in "\u200b\ufeff" else " "
            found.append((offset(start + index), character, plain))
        elif character == "\uff1a" and _is_key_text(raw[:index]):
            after = raw[index + 1 : index + 2]
            found.append((offset(start + index), character, ":" if after in (" ", "\u3000") else ": "))
            break
    return found


def _is_key_text(text: str) -> bool:
    return text.strip(_SPACES + " ").replace("_", "").replace(".", "").isalnum() and text.isascii()
