"""Text to documents, with the C parser and no recursion."""

from __future__ import annotations

import re
from typing import Any

from _ruamel_yaml import CParser

from ..records import NamedTuple
from ..text.source import Source
from .node import ALIAS, MAPPING, SCALAR, SEQUENCE, Document, Node

_GAP = re.compile(r"(?:[ \t]+(?:#[^\r\n]*)?|[\r\n]+(?:#[^\r\n]*)?)*")

_EXPLICIT = re.compile(r"(?:^|[ \t])[|>][+-]?[1-9]")
_FIRST_LINE = re.compile(r"(?:[ \t]*[\r\n]+)*( *)")

MAX_DEPTH = 1_000
"""Levels of nesting that are read; deeper files are refused before they cost quadratic time."""

MAX_ALIASES = 100_000


class SyntaxProblem(NamedTuple):
    """Why a text is no YAML: what is wrong, and the offset in the text where the reader stopped."""

    message: str
    offset: int
    context: str = ""


class Parsed(NamedTuple):
    """The documents that could be read, and the problem that ended the reading."""

    documents: list[Document]
    problem: SyntaxProblem | None


def parse(source: Source, text: str | None = None) -> Parsed:
    """Parse a file's text (or ``text``, a part of it) into documents. Never raises.

    The parser is libyaml, of which Go's yaml.v2 (Milvus, Helm) is a port: what it refuses, they refuse.
    """
    text = source.text if text is None else text
    documents: list[Document] = []
    if source.problem is not None:
        return Parsed(documents, SyntaxProblem(source.problem.reason, source.offset(source.problem.line)))
    try:
        return Parsed(documents, _compose(source, text, documents))
    except Exception as error:
        problem = _problem(error, text)
    return _with_colons(source, text, problem) if problem.message == _UNEXPECTED_COLON else Parsed(documents, problem)


_UNEXPECTED_COLON = "found unexpected ':'"
_MAX_COLONS = 200


def _with_colons(source: Source, text: str, problem: SyntaxProblem) -> Parsed:
    """Parse a text with plain scalars such as ``http://host`` in flow style (``{url: http://host}``).

    yaml.v2 takes them (measured on Milvus 2.3.5), the libyaml at hand does not: another character stands for the colon.
    """
    stand_in = next((one for one in map(chr, range(0xE000, 0xF8FF)) if one not in text), "")
    masked = text
    documents: list[Document] = []
    for _ in range(_MAX_COLONS):
        if not stand_in or problem.message != _UNEXPECTED_COLON or masked[problem.offset : problem.offset + 1] != ":":
            break
        masked = f"{masked[: problem.offset]}{stand_in}{masked[problem.offset + 1 :]}"
        documents = []
        try:
            return Parsed(documents, _compose(source, text, documents, masked, stand_in))
        except Exception as error:
            problem = _problem(error, masked)
    return Parsed(documents, problem)


def _problem(error: Exception, text: str) -> SyntaxProblem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        problem = str(getattr(error, "problem", None) or "cannot be parsed")
        return SyntaxProblem(problem, min(mark.index, len(text)), str(getattr(error, "context", None) or ""))
    character = getattr(error, "character", None)
    if character is not None or type(error).__name__ == "ReaderError":
        # the reader counts UTF-8 bytes, and reads ahead: look the character up instead
        for offset, one in enumerate(text):
            if not (one in "\t\n\r\x85" or " " <= one <= "~" or "\xa0" <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one > "\uffff"):  # fmt: skip
                return SyntaxProblem(f"control character U+{ord(one):04X} is not allowed", offset)
    if isinstance(error, UnicodeEncodeError):
        return SyntaxProblem(f"character U+{ord(text[error.start]):04X} is not allowed", error.start)
    return SyntaxProblem(str(error).splitlines()[0] if str(error) else type(error).__name__, 0)


def _compose(source: Source, text: str, documents: list[Document], masked: str = "", stand_in: str = "") -> SyntaxProblem | None:
    parser = CParser(masked or text)
    next_event = parser.get_event
    document: Document | None = None
    stack: list[Node] = []
    keys: list[Node | None] = []
    aliases = 0
    while True:
        event: Any = next_event()
        kind = event.__class__.__name__
        if kind == "ScalarEvent":
            node = Node(document, SCALAR, event.start_mark.index, event.end_mark.index)  # type: ignore[arg-type]
            node.value = event.value.replace(stand_in, ":") if stand_in else event.value
            node.style = event.style or None
            if node.style in ("|", ">"):
                node.end = _block_end(text, node)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(stack) >= MAX_DEPTH:
                return SyntaxProblem(f"nested more than {MAX_DEPTH:,} levels deep", event.start_mark.index)
            node = Node(
                document,  # type: ignore[arg-type]
                MAPPING if kind == "MappingStartEvent" else SEQUENCE,
                event.start_mark.index,
                event.end_mark.index,
            )
            node.style = "flow" if event.flow_style else "block"
        elif kind == "AliasEvent":
            aliases += 1
            node = Node(document, ALIAS, event.start_mark.index, event.end_mark.index)  # type: ignore[arg-type]
            node.value = event.anchor
            if document is None or event.anchor not in document.anchors:
                # the name may be a secret that begins with `*`
                return SyntaxProblem("an alias (`*`) of an anchor that is not there", event.start_mark.index)
            if aliases > MAX_ALIASES:
                return SyntaxProblem(f"more than {MAX_ALIASES:,} aliases", event.start_mark.index)
            node.target = document.anchors[event.anchor]
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            _close(text, stack.pop(), event)
            keys.pop()
            continue
        elif kind == "DocumentStartEvent":
            document = Document(source, text, len(documents))
            document.explicit_start = bool(event.explicit)
            continue
        elif kind == "DocumentEndEvent":
            assert document is not None
            documents.append(document)
            continue
        elif kind == "StreamEndEvent":
            return None
        else:
            continue
        assert document is not None
        if kind != "AliasEvent":
            if event.tag is not None or event.anchor is not None:
                node.tag = None if event.tag is None or event.tag == "!" else str(event.tag)
                node.anchor = event.anchor
                node.content_start = _content_start(text, node)
                if event.anchor is not None:
                    document.anchors[event.anchor] = node
        _attach(document, stack, keys, node)
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            stack.append(node)
            keys.append(None)


def _attach(document: Document, stack: list[Node], keys: list[Node | None], node: Node) -> None:
    if not stack:
        document.root = node
        return
    parent = stack[-1]
    node.parent = parent
    if parent.kind == SEQUENCE:
        node.key = len(parent.items)
        parent.items.append(node)
        return
    key = keys[-1]
    if key is None:
        keys[-1] = node
        node.key = node
    else:
        node.key = key
        parent.pairs.append((key, node))
        keys[-1] = None


def _close(text: str, node: Node, event: Any) -> None:
    """Set the end of a collection: a block collection's own mark stands at the next token, past comments."""
    if node.style == "flow":
        node.end = event.end_mark.index
        return
    last: Node | None = None
    if node.kind == MAPPING and node.pairs:
        key, value = node.pairs[-1]
        last = value if value.end > key.end else key
        node.end = last.end
        if last is key or value.start == value.end:
            colon = text.find(":", key.end, event.end_mark.index)
            node.end = max(value.end, colon + 1 if colon >= 0 else key.end)
    elif node.items:
        node.end = max(node.items[-1].end, node.start)


def _content_start(text: str, node: Node) -> int:
    """Where the value begins after ``&anchor`` and ``!tag``."""
    at = node.start
    while at < node.end and text[at] in "&!":
        while at < node.end and not text[at].isspace():
            at += 1
        # a scalar may stand on a later line, after comments
        found = _GAP.match(text, at, node.end)
        at = found.end() if found else at
    return at


def _block_end(text: str, node: Node) -> int:
    """The end of a block scalar's last content line: its own mark stands after blank and comment lines."""
    header_end = text.find("\n", node.start)
    if header_end < 0 or header_end >= node.end:
        cr = text.find("\r", node.start)
        header_end = cr if 0 <= cr < node.end else len(text)
    elif text[header_end - 1] == "\r":
        header_end -= 1
    end = node.end
    while end > header_end and text[end - 1] in " \t\r\n":
        end -= 1
    if not node.value.strip(" \t\r\n"):
        return min(header_end, node.end)
    # comment lines after the content are indented less than it
    while True:
        line_start = max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1
        line = text[line_start:end]
        if line_start <= header_end or not line.lstrip(" ").startswith("#"):
            return end
        if _is_content(text, node, header_end, line):
            return end
        end = line_start
        while end > header_end and text[end - 1] in " \t\r\n":
            end -= 1


def _is_content(text: str, node: Node, header_end: int, line: str) -> bool:
    """Whether a line that begins with ``#`` belongs to a block scalar: it is indented like the scalar's first line."""
    if _EXPLICIT.search(text, node.start, header_end):
        return node.value.rstrip("\r\n").endswith(line.strip(" ").rstrip())
    found = _FIRST_LINE.match(text, header_end)
    return found is None or len(line) - len(line.lstrip(" ")) >= len(found[1])
