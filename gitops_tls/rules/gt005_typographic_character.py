"""GT005: characters that a web page or a word processor put in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ALWAYS, ERROR, Example, Finding, Rule, span_label
from ..systems.claims import APISIX, APISIX_CONFIG, APISIX_SSL
from ..systems.milvus.settings import FILE_NAMES
from ..text.edits import Edit, Fix, Patch
from ..text.source import Source
from ..yamldoc.node import MAPPING, SCALAR, Node
from .samples import COMPOSE
from .shared import config_files
from .tls_objects import TLS_OBJECT, broken_texts

RULE = Rule(
    "GT005", "typographic-character", ERROR, "a full-width colon, a curly quote or a no-break space where YAML wants the plain one",
    why="Text pasted from a web page or a chat carries `：`, `“ ”` and no-break spaces. YAML takes them for letters: the line is "
    "then one long word, or a key with an invisible tail, and the setting is not there.",
    server="`tlsMode：1` is a plain text to yaml.v2, `\\u00a0tlsMode: 1` a key of another name, `“1”` a text that Milvus reads as 0.",
    sources=("yaml.v2 2.4.0", "pages pasted from the documentation in Chinese"),
    fixable=ALWAYS,
)  # fmt: skip


EXAMPLES = (
    Example(
        "curly quotes",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    tlsMode: \u201c0\u201d\n"},
        fixed={"user.yaml": 'common:\n  security:\n    tlsMode: "0"\n'},
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": "# \u201cquoted\u201d in a comment\ncommon:\n  security:\n    tlsMode: 0\n",
        },
    ),
    Example(
        "a no-break space before a key",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    \u00a0tlsMode: 0\n"},
        fixed={"user.yaml": "common:\n  security:\n     tlsMode: 0\n"},
    ),
    Example(
        "a Kubernetes object from a Chinese page",
        bad={"tls.yaml": TLS_OBJECT.replace("kind:", "kind\uff1a").replace("name: api-cert", "name\uff1a\u201capi-cert\u201d")},
        fixed={"tls.yaml": TLS_OBJECT.replace("name: api-cert", 'name: "api-cert"')},
        good={"tls.yaml": TLS_OBJECT},
    ),
)

_LINE = re.compile(r"[^\r\n]+")
_PAIR = re.compile(r"([ \t]*(?:- )*[\"']?[A-Za-z_][\w./-]*[\"']?[ \t]*)([:\uff1a])[ \t\u3000]*([^\r\n]*?)[ \t]*$")
_LONGEST_LINE = 2000
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
                yield from _scalar(node, "Milvus")
    for node in _of_apisix(facts):
        if node.is_plain and not node.value.isascii():
            yield from _scalar(node, "the API server")
    for claim in (*facts.claims.of(APISIX_CONFIG), *facts.claims.of(APISIX_SSL)):
        for node in claim.root.walk() if claim.root is not None and claim.root.document.editable else ():
            if node.is_plain and not node.value.isascii():
                yield from _scalar(node, "APISIX")
        source = facts.workspace.source(claim.path)
        if claim.root is None and source is not None and source.problem is None:
            yield from _broken(source, 0, len(source.text))
    for claim, start, end in broken_texts(facts):
        source = facts.workspace.source(claim.path)
        if source is not None and source.problem is None:
            yield from _broken(source, start, end)


def _of_apisix(facts: Facts) -> Iterator[Node]:
    """The scalars that APISIX's objects are made of; annotations are anybody's text."""
    for claim in facts.claims.of(APISIX):
        root = claim.root
        for key, value in root.effective() if root is not None and root.kind == MAPPING else ():
            yield key
            if key.value != "metadata":
                yield from value.walk()


def _broken(source: Source, start: int, end: int) -> Iterator[Finding]:
    """A text that is no YAML because of such characters: one finding, at the first of them, that replaces them all."""
    from ..yamldoc.parse import parse

    found = [(at, one, plain) for line in _LINE.finditer(source.text, start, end) for at, one, plain in _in_line(line)]
    if not found:
        return
    text = source.text
    for at, _, plain in reversed(found):
        text = text[:at] + plain + text[at + 1 :]
    fix = None
    if parse(Source(source.path, text)).problem is None:
        edits = tuple(Edit(source.path, at, at + 1, plain) for at, _, plain in found)
        documents = len(parse(source).documents)
        fix = Fix("replace the typographic characters by plain ones", True, Patch(edits, _everything(source.path, documents)))
    at, one, _ = found[0]
    name = _NAMES.get(one, "curly quote")
    place = span_label(source, at, at + 1, f"a {name} (U+{ord(one):04X})")
    yield RULE.at(place, f"a {name} stands where YAML wants a plain character: the object cannot be read", fix=fix)


def _everything(path: str, documents: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The document that these characters made a text of, and those that were not reached."""
    return tuple((path, (f"#{index}",)) for index in range(max(documents - 1, 0), documents + 1))


def _in_line(line: re.Match[str]) -> Iterator[tuple[int, str, str]]:
    """The characters of one line that YAML does not take for punctuation, as ``(offset, character, what it should be)``."""
    offset, text = line.start(), line[0]
    for index, one in enumerate(text):
        if one not in _SPACES or not _is_indent(text[:index]):
            break
        if one in _SPACES:
            yield offset + index, one, "" if one in "\u200b\ufeff" else " "
    pair = _PAIR.match(text) if len(text) < _LONGEST_LINE else None
    if pair is not None:
        if pair[2] == "\uff1a":
            after = text[pair.end(2) : pair.end(2) + 1]
            yield offset + pair.start(2), pair[2], ":" if after in ("", " ", "\u3000") else ": "
        for start, quote in ((pair.start(3), pair[3][:1]), (pair.end(3) - 1, pair[3][-1:])):
            if quote in _QUOTES and pair[3][:1] in _QUOTES and pair[3][-1:] in _QUOTES and len(pair[3]) > 1:
                yield offset + start, quote, _QUOTES[quote]


def _is_indent(text: str) -> bool:
    return not text.strip(" " + _SPACES)


def _scalar(node: Node, reader: str) -> Iterator[Finding]:
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
    yield RULE.at(place, _message(node, name, reader), fix=fix)


def _message(node: Node, name: str, reader: str) -> str:
    what = "key" if node.key is node else "value"
    return f"a {name} is part of this {what}: {reader} does not see the setting that is meant"


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
