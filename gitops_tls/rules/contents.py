"""Edits of what a container's file holds, wherever the repository keeps it: a file, a block of text, base64."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..facts import Facts
from ..systems.files import FileView
from ..text.edits import CannotEdit, Edit, Patch
from ..yamldoc.node import SCALAR, Node

if TYPE_CHECKING:
    from ..certs.order import Move


def change_content(facts: Facts, view: FileView, moves: list[Move]) -> Patch:
    """Edits that replace parts of the content behind ``view``. Raises CannotEdit where it is kept in no form that can be edited."""
    content = view.content or b""
    node = view.node.resolved() if view.node is not None else None
    if node is not None and node.kind == SCALAR:
        if _is_text(node, content):
            return _in_text(node, _changed(content, moves).decode())
        if _is_base64(node, content):
            return _in_base64(node, _changed(content, moves))
    if view.path is None or facts.workspace.read(view.path) != content:
        raise CannotEdit("the content is not kept in a form that can be edited")
    return _in_file(facts, view.path, content, moves)


def _changed(content: bytes, moves: list[Move]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for move in moves:
        parts += [content[at : move.start], move.content]
        at = move.end
    return b"".join([*parts, content[at:]])


def _is_text(node: Node, content: bytes) -> bool:
    return node.value.encode("utf-8", "surrogatepass") == content


def _is_base64(node: Node, content: bytes) -> bool:
    from base64 import b64decode

    try:
        return b64decode(node.value.translate({10: None, 13: None}), validate=True) == content
    except ValueError:
        return False


def _in_text(node: Node, text: str) -> Patch:
    from ..yamldoc.edit import block_scalar, replace_scalar

    return block_scalar(node, text) if node.style == "|" else replace_scalar(node, text)


def _in_base64(node: Node, content: bytes) -> Patch:
    from base64 import b64encode

    from ..yamldoc.edit import replace_scalar

    if "\n" in node.value.strip():
        raise CannotEdit("the base64 stands on several lines")
    return replace_scalar(node, b64encode(content).decode())


def _in_file(facts: Facts, path: str, content: bytes, moves: list[Move]) -> Patch:
    source = facts.workspace.source(path)
    if source is None or source.problem is not None or source.encoding != "utf-8":
        raise CannotEdit(f"{path} is not UTF-8 text")
    start = len(source.bom)

    def characters(offset: int) -> int:
        return len(content[start:offset].decode("utf-8"))

    edits = (Edit(path, characters(move.start), characters(move.end), move.content.decode("utf-8")) for move in moves)
    return Patch(tuple(edits), ())
