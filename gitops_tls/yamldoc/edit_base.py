"""What every edit builder shares: refusals, places in the text, and the way from a document into its file."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..text.edits import Address, CannotEdit, Edit, Patch
from ..text.source import Source
from .node import ALIAS, MAPPING, SCALAR, SEQUENCE, Document, Node, escape

NOTHING = Patch((), ())
"""The patch where all is as it should be already."""

_COLON = re.compile(r"[ \t]*:")
_REST = re.compile(r"[ \t]*(?:$|[ \t]#.*)|[ \t]+#.*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_BREAK = re.compile(r"[\r\n]")
_ODD = re.compile("\\{\\{|[\x85\u2028\u2029]")


def line_start(text: str, offset: int) -> int:
    """The offset of the first character of the line that holds ``offset``."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """The offset of the line break that ends the line of ``offset``, or of the end of the text."""
    found = _BREAK.search(text, offset)
    return found.start() if found else len(text)


def next_line(text: str, offset: int) -> int:
    """The offset of the line after the one of ``offset``; the end of the text where there is none."""
    end = line_end(text, offset)
    return end + (2 if text.startswith("\r\n", end) else 1) if end < len(text) else end


def column(text: str, offset: int) -> int:
    """How many characters stand before ``offset`` on its line."""
    return offset - line_start(text, offset)


def is_flow(node: Node) -> bool:
    """Whether the node stands in (or is) a flow collection."""
    at: Node | None = node
    while at is not None:
        if at.style == "flow":
            return True
        at = at.parent
    return False


def one_line(node: Node) -> bool:
    """Whether the node is written on one line."""
    return _BREAK.search(node.document.text, node.start, node.end) is None


def is_empty(node: Node) -> bool:
    """Whether nothing is written for a value: ``key:``, perhaps with an anchor or a tag."""
    return node.kind == SCALAR and node.style is None and node.content_start == node.end


def named(node: Node) -> str:
    """The node's key (or index) as messages quote it."""
    key = node.key
    return f"`{key.value}`" if isinstance(key, Node) else f"item {key + 1}" if isinstance(key, int) else "the document"


def child(node: Node, key: str | int) -> Address:
    """The address of a pair or item of a collection; ``-`` is the item after the last one."""
    *outer, last = node.address
    return (*outer, f"{last}/{escape(str(key))}")


def refuse(node: Node) -> None:
    """Raise :class:`CannotEdit` where the node has no place of its own in the file, or other places share it."""
    document = node.document
    if document.source.problem is not None:
        raise CannotEdit(f"the file is not valid {document.source.encoding} text")
    if not document.editable:
        raise CannotEdit("it is written inside a string that is not a literal block (`|`)")
    if node.kind == ALIAS:
        raise CannotEdit(f"`*{node.value}` is written in another place of the file")
    at: Node | None = node
    while at is not None:
        if at.anchor is not None and is_shared(at.anchor, at.document):
            raise CannotEdit(f"`&{at.anchor}` is used in other places of the file too")
        at = at.parent if at.parent is not None else at.document.host


def is_shared(anchor: str, document: Document) -> bool:
    """Whether an alias of the document names the anchor."""
    root = document.root
    return root is not None and any(node.kind == ALIAS and node.value == anchor for node in root.walk())


def refuse_torn(node: Node, *, moving: bool) -> None:
    """Refuse to take away what aliases elsewhere need; for a move also what needs anchors from elsewhere."""
    inside = {id(one) for one in node.walk()}
    anchors = {one.anchor for one in node.walk() if one.anchor is not None}
    for one in node.walk():
        if moving and one.kind == ALIAS:
            raise CannotEdit(f"`*{one.value}` must stay after its anchor")
    root = node.document.root
    if anchors and root is not None:
        for one in root.walk():
            if one.kind == ALIAS and one.value in anchors and id(one) not in inside:
                raise CannotEdit(f"`&{one.value}` is used in other places of the file too")


def colon_after(key: Node) -> int:
    """The offset right after the ``:`` of a key; keys written with ``?`` are refused."""
    text = key.document.text
    found = _COLON.match(text, key.end)
    if found is None or key.kind != SCALAR or not one_line(key):
        raise CannotEdit("the key is not written as `key:` on one line")
    return found.end()


def entry_column(node: Node) -> int:
    """The column at which the keys or dashes of a block collection stand."""
    text = node.document.text
    if node.kind == MAPPING and node.pairs:
        key = node.pairs[0][0]
        colon_after(key)
        start = key.start
    else:
        start = first_dash(node)
    prefix = text[line_start(text, start) : start]
    if prefix.strip(" -"):
        raise CannotEdit("it does not begin on a line of its own")
    return len(prefix)


def first_dash(node: Node) -> int:
    """The offset of the first ``-`` of a block sequence."""
    text = node.document.text
    found = _GAP.match(text, node.content_start)
    at = found.end() if found else node.content_start
    if node.kind != SEQUENCE or not text.startswith("-", at):
        raise CannotEdit("the list is not written one item a line")
    return at


def pair_end(key: Node, value: Node) -> int:
    """Where a pair's text ends: comments and blank lines after it are not part of it."""
    return max(colon_after(key), value.end) if not is_flow(key) else max(key.end, value.end)


def rest_is_free(text: str, offset: int) -> bool:
    """Whether nothing but a comment follows ``offset`` on its line."""
    return _REST.fullmatch(text, offset, line_end(text, offset)) is not None


def header(node: Node) -> str:
    """The first line of a block scalar from its ``|`` or ``>`` on: indicators, perhaps a comment."""
    text = node.document.text
    return text[node.content_start : line_end(text, node.content_start)]


def chomping(node: Node) -> str:
    """``+``, ``-`` or nothing: what a block scalar does with its last line breaks."""
    indicators = header(node).split("#", 1)[0]
    return "+" if "+" in indicators else "-" if "-" in indicators else ""


def last_leaf(node: Node) -> Node:
    """The last value written in a node."""
    while node.kind in (MAPPING, SEQUENCE) and node.style == "block" and (node.pairs or node.items):
        node = node.pairs[-1][1] if node.kind == MAPPING else node.items[-1]
    return node


def place_after(node: Node, leaf: Node | None = None) -> int:
    """The end of the line after which a new line continues the collection that ends with ``node``."""
    text = node.document.text
    leaf = leaf or last_leaf(node)
    end = max(node.end, leaf.end)
    at = line_end(text, end)
    if leaf.style not in ("|", ">"):
        if not rest_is_free(text, end):
            raise CannotEdit("something else stands on the same line")
        return at
    body = leaf.value.rstrip("\r\n")
    if leaf.value and not body.rsplit("\n", 1)[-1].strip():
        raise CannotEdit(f"{named(leaf)} ends with lines of spaces, which belong to it")
    if at == len(text) and leaf.value and chomping(leaf) != "-":
        raise CannotEdit(f"{named(leaf)} ends without a line break, which a new line would add to it")
    if chomping(leaf) == "+":
        at = _after_kept(leaf, at)
    return at


def _after_kept(leaf: Node, at: int) -> int:
    text = leaf.document.text
    while (start := next_line(text, at)) < len(text) and not text[start : line_end(text, start)].strip():
        at = line_end(text, start)
    if next_line(text, at) == len(text) and (leaf.document.host is not None or at == len(text)):
        raise CannotEdit(f"{named(leaf)} keeps the blank lines after it (`+`)")
    return at


def patch(document: Document, edits: Iterable[tuple[int, int, str]], changes: Iterable[Address]) -> Patch:
    """Edits of a document's text (``start, end, text`` with LF line breaks) as edits of its file."""
    done = [_edit(document, *edit) for edit in edits]
    return file_patch(document.source, done, changes)


def file_patch(source: Source, edits: Iterable[Edit], changes: Iterable[Address]) -> Patch:
    """A patch from edits of the file's text; templates on their lines are refused."""
    done = _joined(edits)
    text = source.text
    for edit in done:
        found = _ODD.search(text, line_start(text, edit.start), line_end(text, edit.end))
        if found:
            what = "a template (`{{`)" if found[0] == "{{" else "an unusual line break"
            raise CannotEdit(f"{what} stands on line {source.position(found.start())[0]}")
    return Patch(done, tuple(dict.fromkeys((source.path, change) for change in changes)))


def _joined(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Inserts at one offset become one edit: their order is then no longer anybody's choice."""
    done: dict[object, Edit] = {}
    for edit in edits:
        if edit.start < edit.end:
            done[edit] = edit
            continue
        at = (edit.path, edit.start)
        known = done.get(at)
        done[at] = edit if known is None else edit._replace(text=known.text + edit.text)
    return tuple(done.values())


def _edit(document: Document, start: int, end: int, text: str) -> Edit:
    written = in_file(document, text)
    if text.endswith("\n") and document.text[end : end + 1] not in ("", "\r", "\n"):
        written += document.file_indent  # what follows now begins a line
    return Edit(document.source.path, document.to_file(start), document.to_file(end), written)


def in_file(document: Document, text: str, indent: str | None = None) -> str:
    """Text as it stands in the file: its line breaks, and the indentation of the scalars around the document."""
    if "\n" not in text:
        return text
    newline = document.source.newline
    pad = document.file_indent if indent is None else indent
    first, *lines = text.split("\n")
    return first + "".join(newline + (pad + line if line else "") for line in lines)
