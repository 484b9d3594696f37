"""Whether an edited text says what it said before, except where it was meant to change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..text.edits import Address
from ..text.source import Source
from .edit_base import line_end, line_start, next_line
from .nested import parse_nested
from .node import ALIAS, MAPPING, SCALAR, Document, Node, escape
from .parse import Parsed, parse
from .render import plain_is_string

_COMMENT = re.compile(r"(?:^|(?<=[\s]))#[^\r\n]*", re.MULTILINE)


class Allowed:
    """The addresses that may change, as a tree: below a part the next parts, below a scalar its inner documents."""

    __slots__ = ("all", "children", "nested")

    def __init__(self) -> None:
        self.all = False
        self.children: dict[str, Allowed] = {}
        self.nested: dict[str, Allowed] = {}

    def add(self, address: Address) -> None:
        """Allow one address."""
        node = self
        for part in address:
            index, _, pointer = part.partition("/")
            node = node.nested.setdefault(index, Allowed())
            for key in pointer.split("/") if "/" in part else ():
                node = node.children.setdefault(key, Allowed())
        node.all = True

    @property
    def removable(self) -> frozenset[str]:
        """The children that may appear, change or go as a whole."""
        return frozenset(key for key, below in self.children.items() if below.all)


def verify(before: Source, after_text: str, allowed: Iterable[Address]) -> str | None:
    """Compare a file's text before and after an edit, value by value; None, or why the edit is wrong.

    Outside ``allowed`` (addresses of this file) kinds, values, the types that YAML 1.1 and 1.2 readers see, tags,
    anchors, key order and comments must be as before.
    """
    tree = Allowed()
    for address in allowed:
        tree.add(address)
    after = Source(before.path, after_text, before.encoding, before.bom)
    old, new = parse(before), parse(after)
    if new.problem is not None and old.problem is None:
        return f"the result is not valid YAML: {new.problem.message} on line {after.position(new.problem.offset)[0]}"
    state = _State(tree)
    reason = _documents(old, new, state)
    if reason is not None:
        return reason
    lines = [(line_start(before.text, start), next_line(before.text, end)) for start, end in state.freed]
    reason = _comments_lost(old, new, before.text, after_text, lines)
    for inner_old, inner_new in state.inner if reason is None else ():
        if inner_old.documents and inner_new.documents and reason is None:
            texts = inner_old.documents[0].text, inner_new.documents[0].text
            reason = _comments_lost(inner_old, inner_new, *texts, lines)
    return reason


class _State:
    """The comparison under way: pairs still to compare, spans that were free to change, inner texts compared."""

    __slots__ = ("freed", "inner", "tree", "work")

    def __init__(self, tree: Allowed) -> None:
        self.tree = tree
        self.work: list[tuple[Node, Node, Allowed | None]] = []
        self.freed: list[tuple[int, int]] = []
        self.inner: list[tuple[Parsed, Parsed]] = []


def _documents(old: Parsed, new: Parsed, state: _State) -> str | None:
    reason = _pair_documents(old, new, state.tree, state.work)
    while state.work and reason is None:
        one, other, below = state.work.pop()
        if below is not None and below.all:
            state.freed.append(one.file_span)
        else:
            reason = _compare(one, other, below, state)
            if reason is not None:
                return f"{one.pointer or '/'}: {reason}"
    return reason


def _pair_documents(old: Parsed, new: Parsed, tree: Allowed, work: list[tuple[Node, Node, Allowed | None]]) -> str | None:
    if len(new.documents) != len(old.documents):
        first = tree.nested.get("#0")
        if not old.documents and len(new.documents) == 1 and first is not None and first.all:
            return None
        if old.problem is None or len(new.documents) < len(old.documents):
            return f"{len(old.documents)} YAML documents became {len(new.documents)}"
    for one, other in zip(old.documents, new.documents, strict=False):
        if one.root is None or other.root is None:
            if one.root is not other.root:
                return "a document became empty"
            continue
        work.append((one.root, other.root, tree.nested.get(f"#{one.index}")))
    return None


def _compare(one: Node, other: Node, below: Allowed | None, state: _State) -> str | None:
    if one.kind != other.kind:
        return f"a {one.kind} became a {other.kind}"
    if one.anchor != other.anchor or one.tag != other.tag:
        return "the anchor or tag changed"
    if one.kind == ALIAS:
        if one.value != other.value:
            return f"*{one.value} became *{other.value}"
        return f"*{one.value} would change too" if _touches(one.resolved(), state.tree) else None
    if one.kind == SCALAR:
        if below is not None and below.nested:
            old, new = parse_nested(one), parse_nested(other)
            if new.problem is not None and old.problem is None:
                return f"the text in it is not valid YAML: {new.problem.message}"
            state.inner.append((old, new))
            return _pair_documents(old, new, below, state.work)
        return _compare_scalars(one, other)
    if one.kind == MAPPING:
        return _compare_mappings(one, other, below, state)
    return _compare_sequences(one, other, below, state)


def _compare_scalars(one: Node, other: Node) -> str | None:
    if one.value != other.value:
        return "its value changed"
    if (one.style is None) != (other.style is None) and one.tag is None and not plain_is_string(one.value):
        return "its type changed"
    return None


def _compare_mappings(one: Node, other: Node, below: Allowed | None, state: _State) -> str | None:
    free = below.removable if below is not None else frozenset()
    old = [pair for pair in one.pairs if escape(pair[0].value) not in free]
    new = [pair for pair in other.pairs if escape(pair[0].value) not in free]
    if free:
        spans = (pair for pair in one.pairs if escape(pair[0].value) in free)
        state.freed += [(key.file_span[0], value.file_span[1]) for key, value in spans]
        twice = _more_copies(one, other, free)
        if twice is not None:
            return f"`{twice}` would stand there twice"
    if len(old) != len(new):
        return f"{len(old)} other keys became {len(new)}"
    for (key, value), (new_key, new_value) in zip(old, new, strict=True):
        deeper = below.children.get(escape(key.value)) if below is not None else None
        state.work.append((value, new_value, deeper))
        state.work.append((key, new_key, None))
    return None


def _more_copies(one: Node, other: Node, names: frozenset[str]) -> str | None:
    """A key that the edit made a duplicate."""
    before = [key.value for key, _ in one.pairs]
    after = [key.value for key, _ in other.pairs if escape(key.value) in names]
    return next((name for name in after if after.count(name) > max(1, before.count(name))), None)


def _compare_sequences(one: Node, other: Node, below: Allowed | None, state: _State) -> str | None:
    free = below.removable if below is not None else frozenset()
    kept = list(range(len(one.items)))
    room = "-" in free
    if len(other.items) < len(one.items):
        kept = [index for index in kept if str(index) not in free]
        state.freed += [one.items[index].file_span for index in range(len(one.items)) if str(index) in free]
    if len(kept) > len(other.items) or (len(kept) < len(other.items) and not room):
        return f"{len(one.items)} items became {len(other.items)}"
    for at, index in enumerate(kept):
        deeper = below.children.get(str(index)) if below is not None else None
        state.work.append((one.items[index], other.items[at], deeper))
    return None


def _touches(node: Node, tree: Allowed) -> bool:
    """Whether something allowed to change lies in the node, or around it."""
    at: Allowed | None = tree
    for part in node.address:
        index, _, pointer = part.partition("/")
        at = at.nested.get(index) if at is not None else None
        if at is None or at.all:
            return at is not None
        for key in pointer.split("/") if "/" in part else ():
            at = at.children.get(key)
            if at is None or at.all:
                return at is not None
    return True


def _comments_lost(old: Parsed, new: Parsed, text: str, after: str, freed: list[tuple[int, int]]) -> str | None:
    left: dict[str, int] = {}
    for _, comment in _comments(after, new):
        left[comment] = left.get(comment, 0) + 1
    for offset, comment in _comments(text, old):
        place = old.documents[0].to_file(offset) if old.documents else offset
        if any(start <= place < end for start, end in freed):
            continue
        # comments may have become lines of a text that was free to change
        if left.get(comment, 0) < 1 and after.count(comment) < text.count(comment):
            return f"the comment `{comment[:60]}` would be lost"
        left[comment] = left.get(comment, 0) - 1
    return None


def _comments(text: str, parsed: Parsed) -> Iterator[tuple[int, str]]:
    """``(offset, text)`` of the comments outside scalars; a block scalar's first line is not inside it."""
    if "#" not in text:
        return
    scalars = sorted(_scalars(parsed.documents))
    number = 0
    found = _COMMENT.search(text)
    while found is not None:
        at = found.start()
        while number < len(scalars) and scalars[number][1] <= at:
            number += 1
        if number < len(scalars) and scalars[number][0] <= at:
            found = _COMMENT.search(text, scalars[number][1])
            continue
        yield at, found[0].rstrip()
        found = _COMMENT.search(text, found.end())


def _scalars(documents: list[Document]) -> Iterator[tuple[int, int]]:
    for document in documents:
        for node in document.root.walk() if document.root is not None else ():
            if node.kind == SCALAR and node.start < node.end:
                start = node.content_start
                yield (line_end(document.text, start) if node.style in ("|", ">") else start), node.end
