"""Each builder: the text before, the edit, the text after; and everything else verified unchanged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gitops_tls.text.apply import apply_edits
from gitops_tls.text.edits import CannotEdit, Patch
from gitops_tls.text.source import Source
from gitops_tls.yamldoc import edit
from gitops_tls.yamldoc.nested import parse_nested
from gitops_tls.yamldoc.node import Node
from gitops_tls.yamldoc.parse import parse
from gitops_tls.yamldoc.verify import verify


def root_of(text: str) -> Node:
    parsed = parse(Source("f.yaml", text))
    assert parsed.problem is None, parsed.problem
    root = parsed.documents[0].root
    assert root is not None
    return root


def inner_of(node: Node | None) -> Node:
    assert node is not None
    parsed = parse_nested(node)
    assert parsed.problem is None
    root = parsed.documents[0].root
    assert root is not None
    return root


def at(root: Node, *keys: str | int) -> Node:
    """The node written at a path, without following aliases; a tuple of the path may lead into nested documents by ``|``."""
    node = root
    for key in keys:
        if key == "|":
            node = inner_of(node)
        elif isinstance(key, int):
            node = node.items[key]
        else:
            node = next(value for name, value in node.pairs if name.value == key)
    return node


def name(mapping: Node, key: str, nth: int = 0) -> Node:
    return [one for one, _ in mapping.pairs if one.value == key][nth]


def applied(text: str, patch: Patch) -> str:
    source = Source("f.yaml", text)
    after = apply_edits(text, patch.edits)
    reason = verify(source, after, [address for _, address in patch.changes])
    assert reason is None, f"{reason}\n{after}"
    return after


def drop(mapping: Node, key: str) -> Patch:
    return edit.remove_pair(mapping, name(mapping, key))


Builder = Callable[[Node], Patch]


REPLACE = [
    ("a: 1\n", ("a",), 2, "a: 2\n"),
    ("a: 1 # c\n", ("a",), 2, "a: 2 # c\n"),
    ("a: true\n", ("a",), 1, "a: 1\n"),
    ('a: "true"\n', ("a",), 1, "a: 1\n"),
    ('a: "x" # c\n', ("a",), "y", 'a: "y" # c\n'),
    ("a: 'x'\n", ("a",), "it's", "a: 'it''s'\n"),
    ("a: x\n", ("a",), "yes", 'a: "yes"\n'),
    ("a: x\n", ("a",), "1", 'a: "1"\n'),
    ("a: x\n", ("a",), "a: b", 'a: "a: b"\n'),
    ("a: x\n", ("a",), "/milvus/tls/ca.pem", "a: /milvus/tls/ca.pem\n"),
    ("a:\n", ("a",), 1, "a: 1\n"),
    ("a:", ("a",), 1, "a: 1"),
    ("a:   # c\nb: 1\n", ("a",), "x", "a: x   # c\nb: 1\n"),
    ("a: &x 1\n", ("a",), 2, "a: &x 2\n"),
    ("a: &x # c\n", ("a",), 2, "a: &x 2 # c\n"),
    ("a: !!str x\n", ("a",), "z", "a: !!str z\n"),
    ("a: &x\n  # c\n  old\n", ("a",), "new", "a: &x\n  # c\n  new\n"),
    ("{a: 1, b: [x, y]}\n", ("b", 1), "z,", '{a: 1, b: [x, "z,"]}\n'),
    ('{"a": [1, 2], "b":3}\n', ("a", 1), "x", '{"a": [1, "x"], "b":3}\n'),
    ('{"a": 1, "b":"3"}\n', ("b",), 1, '{"a": 1, "b":1}\n'),
    ("{a: }\n", ("a",), 1, "{a: 1}\n"),
    ("{a}\n", ("a",), 1, "{a: 1}\n"),
    ("{a: , b: 2}\n", ("a",), 1, "{a: 1, b: 2}\n"),
    ("- a\n-\n- c\n", (1,), "b", "- a\n- b\n- c\n"),
    ("a: x\n  y\nb: 1\n", ("a",), "z", "a: z\nb: 1\n"),
    ("a: |\n  x\n# c\nb: 1\n", ("a",), 1, "a: 1\n# c\nb: 1\n"),
    ("a: |\n  x\nb: 1\n", ("a",), "y\nz\n", "a: |\n  y\n  z\nb: 1\n"),
    ("a: 1\r\nb:\r\n", ("b",), 2, "a: 1\r\nb: 2\r\n"),
    ("v: |\n  a:\n    b: 1 # c\n", ("v", "|", "a", "b"), 2, "v: |\n  a:\n    b: 2 # c\n"),
    ("v: |\n  u: |-\n    a:\n    b: x", ("v", "|", "u", "|", "a"), 2, "v: |\n  u: |-\n    a: 2\n    b: x"),
]


@pytest.mark.parametrize(("before", "path", "value", "after"), REPLACE)
def test_replace_scalar(before: str, path: tuple[str | int, ...], value: str | int, after: str) -> None:
    assert applied(before, edit.replace_scalar(at(root_of(before), *path), value)) == after
    again = at(root_of(after), *path)
    assert edit.replace_scalar(again, value).edits == ()


SET = [
    ("a: 1\n", ("b",), 2, "a: 1\nb: 2\n"),
    ("a: 1", ("b",), 2, "a: 1\nb: 2"),
    ("a: 1\r\n", ("b", "c"), 2, "a: 1\r\nb:\r\n  c: 2\r\n"),
    ("a:\n    b: 1 # c\n\n# next\nd: 1\n", ("a", "x", "z"), 2, "a:\n    b: 1 # c\n    x:\n        z: 2\n\n# next\nd: 1\n"),
    ("a:\n", ("a", "b"), 1, "a:\n  b: 1\n"),
    ("a: # c\nb: 1\n", ("a", "b"), 1, "a: # c\n  b: 1\nb: 1\n"),
    ("a: null # c\n", ("a", "b"), 1, "a: # c\n  b: 1\n"),
    ("a: ~", ("a", "b"), 1, "a:\n  b: 1"),
    ("a: {}\n", ("a", "b"), 1, "a: {b: 1}\n"),
    ("a: { }\n", ("a", "b"), 1, "a: {b: 1}\n"),
    ("a: {c: 1}\n", ("a", "b"), 1, "a: {c: 1, b: 1}\n"),
    ("a: { c: 1 } # c\n", ("a", "b", "d"), 1, "a: { c: 1, b: {d: 1} } # c\n"),
    ("a: {c: 1,}\n", ("a", "b"), 1, "a: {c: 1, b: 1}\n"),
    ("a: {c}\n", ("a", "b"), 1, "a: {c, b: 1}\n"),
    ("a: {c: }\n", ("a", "b"), 1, "a: {c: , b: 1}\n"),
    ('{"a": 1}\n', ("b",), "x", '{"a": 1, "b": "x"}\n'),
    ("a: {b: }\n", ("a", "b", "c"), 1, "a: {b: {c: 1}}\n"),
    ("- a: 1\n- b\n", (0, "c"), [1, "x"], "- a: 1\n  c:\n    - 1\n    - x\n- b\n"),
    ("a:\n- x\n", ("b",), ["z"], "a:\n- x\nb:\n- z\n"),
    ("a: |\n  x\n\nb: 1\n", ("c",), 1, "a: |\n  x\n\nb: 1\nc: 1\n"),
    ("b: 1\na: |\n  x\n\n# c\n", ("c",), 1, "b: 1\na: |\n  x\nc: 1\n\n# c\n"),
    ("a: |+\n  x\n\n\n", ("c",), 1, "a: |+\n  x\n\n\nc: 1\n"),
    ("z:\n  a: |+\n    x\n\nb: 1\n", ("z", "c"), 1, "z:\n  a: |+\n    x\n\n  c: 1\nb: 1\n"),
    ("a: |-\n  x", ("c",), 1, "a: |-\n  x\nc: 1"),
    ("v: |\n  a: 1\n\n  # c\nw: 1\n", ("v", "|", "b", "c"), True, "v: |\n  a: 1\n  b:\n    c: true\n\n  # c\nw: 1\n"),
    ("v: |\r\n  u: |\r\n    a: 1\r\n", ("v", "|", "u", "|", "b"), "x\ny\n", "v: |\r\n  u: |\r\n    a: 1\r\n    b: |\r\n      x\r\n      y\r\n"),
    ("a:\n  b: 1\n", ("a",), {"b": 2, "c": {"d": 1}}, "a:\n  b: 2\n  c:\n    d: 1\n"),
    ("a:\n  b:\n    c: 1\n", (), {"a": {"b": {"d": 1}, "e": 1}, "f": 1}, "a:\n  b:\n    c: 1\n    d: 1\n  e: 1\nf: 1\n"),
    ("---\n", (), {"a": 1}, "---\na: 1\n"),
    ("# c\n---\n# d\n\n", (), {"a": {"b": 1}}, "# c\n---\n# d\na:\n  b: 1\n\n"),
    ("--- # c\n", (), {"a": 1}, "--- # c\na: 1\n"),
    ("a: []\n", ("a",), ["x"], "a: [x]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "path", "value", "after"), SET)
def test_set_value(before: str, path: tuple[str | int, ...], value: object, after: str) -> None:
    steps = (
        len(path)
        if not path
        else max(index + 1 if part == "|" or isinstance(part, int) else 0 for index, part in enumerate(path))
    )
    keys = tuple(str(part) for part in path[steps:])
    assert applied(before, edit.set_value(at(root_of(before), *path[:steps]), keys, value)) == after  # type: ignore[arg-type]
    again = edit.set_value(at(root_of(after), *path[:steps]), keys, value)  # type: ignore[arg-type]
    assert again.edits == ()


EMPTY = [
    ("", "tls:\n  mode: 1\n"),
    ("# c\n", "# c\ntls:\n  mode: 1\n"),
    ("# c", "# c\ntls:\n  mode: 1"),
    ("# c\r\n\r\n", "# c\r\n\r\ntls:\r\n  mode: 1\r\n"),
]


@pytest.mark.parametrize(("before", "after"), EMPTY)
def test_set_in_empty_file(before: str, after: str) -> None:
    assert applied(before, edit.set_in_empty(Source("f.yaml", before), ("tls", "mode"), 1)) == after


EMPTY_SCALARS = [
    ("u:\nv: 1\n", "u: |\n  a: 1\nv: 1\n"),
    ("u: # c\n", "u: | # c\n  a: 1\n"),
    ('u: "" # c\n', "u: | # c\n  a: 1\n"),
    ("u: |\nv: 1\n", "u: |\n  a: 1\nv: 1\n"),
    ("u: |\n  # c\nv: 1\n", "u: |\n  # c\n  a: 1\nv: 1\n"),
    ("u: |-", "u: |-\n  a: 1"),
]


@pytest.mark.parametrize(("before", "after"), EMPTY_SCALARS)
def test_set_in_empty_scalar(before: str, after: str) -> None:
    assert applied(before, edit.set_in_empty(at(root_of(before), "u"), ("a",), 1)) == after


ITEM = {"name": "certs", "secret": {"secretName": "certs"}}
APPEND = [
    ("v:\n  - a # c\nw: 1\n", ("v",), "b", "v:\n  - a # c\n  - b\nw: 1\n"),
    ("v:\n- a\nw: 1\n", ("v",), ITEM, "v:\n- a\n- name: certs\n  secret:\n    secretName: certs\nw: 1\n"),
    ("v:\n", ("v",), ITEM, "v:\n  - name: certs\n    secret:\n      secretName: certs\n"),
    ("x:\n- 1\nv: # c\n", ("v",), "b", "x:\n- 1\nv: # c\n- b\n"),
    ("v: []\n", ("v",), "b", "v: [b]\n"),
    ("v: [a] # c", ("v",), "8080:8080", 'v: [a, "8080:8080"] # c'),
    ('v: ["a"]\n', ("v",), "b", 'v: ["a", "b"]\n'),
    ("v: &x\n  # c\n  - a\n", ("v",), "b", "v: &x\n  # c\n  - a\n  - b\n"),
    ("- - a\n- b\n", (0,), "c", "- - a\n  - c\n- b\n"),
    ("v:\n  - a:\n      b: |\n        x\n\nw: 1\n", ("v",), 1, "v:\n  - a:\n      b: |\n        x\n  - 1\n\nw: 1\n"),
]


@pytest.mark.parametrize(("before", "path", "value", "after"), APPEND)
def test_append_item(before: str, path: tuple[str | int, ...], value: object, after: str) -> None:
    assert applied(before, edit.append_item(at(root_of(before), *path), value)) == after  # type: ignore[arg-type]


REMOVE = [
    ("a: 1\nb: 2 # c\nd: 3\n", ("b",), "a: 1\nd: 3\n"),
    ("# top\na: 1\n\n# above\nb: 2\n", ("b",), "# top\na: 1\n\n# above\n"),
    ("a: 1\nb: 2", ("b",), "a: 1"),
    ("a: 1\r\nb: 2", ("b",), "a: 1"),
    ("a: |\n  x\nb: 2", ("b",), "a: |\n  x\n"),
    ("a: 1 # c\n", ("a",), "{} # c\n"),
    ("x: 1\na:\n  # why\n  b: 2\n# end\n", ("a", "b"), "x: 1\n# why\n# end\n"),
    ("x: 1\na:\n  b:\n    c: |\n      t\n  # end\ny: 1\n", ("a", "b", "c"), "x: 1\n  # end\ny: 1\n"),
    ("- a: 1\n  b: 2\n", (0, "a"), "- b: 2\n"),
    ("- a: 1\n- b\n", (0, "a"), "- b\n"),
    ("x:\n  - a\ny: 1\n", ("x", 0), "y: 1\n"),
    ("x:\n- a\n- b # c\n- c\n", ("x", 1), "x:\n- a\n- c\n"),
    ("x: {a: 1, b: 2, c: 3}\n", ("x", "a"), "x: {b: 2, c: 3}\n"),
    ("x: {a: 1, b: 2, c: 3}\n", ("x", "b"), "x: {a: 1, c: 3}\n"),
    ("x: {a: 1, b: 2, c: }\n", ("x", "c"), "x: {a: 1, b: 2}\n"),
    ("x: {a: 1}\n", ("x", "a"), "x: {}\n"),
    ("x: [a, b]\n", ("x", 1), "x: [a]\n"),
    ("x: [a]\n", ("x", 0), "x: []\n"),
    ("v: |\n  a: 1\n  b:\n    c: 1\n\n  d: 1\n", ("v", "|", "b"), "v: |\n  a: 1\n\n  d: 1\n"),
    ("v: |\n  a: 1\n", ("v", "|", "a"), "v: |\n  {}\n"),
    ("v: |\n  a:\n    # d\n    b:\n      # e\n      c: 1\n  d: 1\n", ("v", "|", "a", "b", "c"), "v: |\n  # d\n  # e\n  d: 1\n"),
]


@pytest.mark.parametrize(("before", "path", "after"), REMOVE)
def test_remove(before: str, path: tuple[str | int, ...], after: str) -> None:
    parent, last = at(root_of(before), *path[:-1]), path[-1]
    patch = edit.remove_item(parent, last) if isinstance(last, int) else edit.remove_pair(parent, name(parent, last))
    assert applied(before, patch) == after


MOVE = [
    # before, mapping, key, target path, after
    ("common:\n  a: 1\n  # inner\n  tls: # c\n    # in\n    x: 1\n  b: 2\n", ("common",), "tls", (),
     "common:\n  a: 1\n  # inner\n  b: 2\ntls: # c\n  # in\n  x: 1\n"),
    ("common:\n  a: 1\n  tls:\n    x: 1\n", ("common",), "tls", (), "common:\n  a: 1\ntls:\n  x: 1\n"),
    ("common:\n  a: 1\n  tls:\n    x: 1", ("common",), "tls", (), "common:\n  a: 1\ntls:\n  x: 1"),
    ("common:\n  tls:\n    x: 1\n", ("common",), "tls", (), "tls:\n  x: 1\n"),
    ("common:\n  tls:\n    x: 1\ntls:\n  y: 2\n", ("common",), "tls", (), "tls:\n  y: 2\n  x: 1\n"),
    ("common:\n  tls:\n    x: 1\ntls:\n  x: 1\n", ("common",), "tls", (), "tls:\n  x: 1\n"),
    ("tlsMode: 1 # c\na: 1\n", (), "tlsMode", ("common", "security"), "a: 1\ncommon:\n  security:\n    tlsMode: 1 # c\n"),
    ("a: 1\ntlsMode: 1\ncommon:\n  security:\n", (), "tlsMode", ("common", "security"),
     "a: 1\ncommon:\n  security:\n    tlsMode: 1\n"),
    ("tls:\n  p: |\n    x\n      y\n\n    z\n  tlsMode: 1\ncommon:\n    security:\n        a: 1\n", ("tls",), "tlsMode",
     ("common", "security"), "tls:\n  p: |\n    x\n      y\n\n    z\ncommon:\n    security:\n        a: 1\n        tlsMode: 1\n"),
    ('c: {"t":"$x", "b":2}\n', ("c",), "t", (), 'c: {"b":2}\n"t": "$x"\n'),
    ("c: {tlsMode: 1, b: 2}\n", ("c",), "tlsMode", (), "c: {b: 2}\ntlsMode: 1\n"),
    ("v: |\r\n  c:\r\n    t:\r\n      p: |-\r\n        x\r\n\r\n        y\r\n    d: 1\r\n", ("v", "|", "c"), "t", (),
     "v: |\r\n  c:\r\n    d: 1\r\n  t:\r\n    p: |-\r\n      x\r\n\r\n      y\r\n"),
    ("a:\n  b:\n    t: 1\n", ("a", "b"), "t", ("a",), "a:\n  t: 1\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "path", "key", "target", "after"), MOVE)
def test_move_pair(before: str, path: tuple[str, ...], key: str, target: tuple[str, ...], after: str) -> None:
    root = root_of(before)
    mapping = at(root, *path)
    top = at(root, *path[: path.index("|") + 1]) if "|" in path else root
    assert applied(before, edit.move_pair(mapping, name(mapping, key), top, target)) == after


MERGE = [
    ("a:\n  x: 1\nb: 1\na:\n  y: 2\n", "a", "a:\n  x: 1\n  y: 2\nb: 1\n"),
    ("a:\n  x: 1\na:\n  # why\n  y: 2 # c\n  # end\n", "a", "a:\n  x: 1\n  # why\n  y: 2 # c\n  # end\n"),
    ("a: 1\nb: 2\na: 1\n", "a", "a: 1\nb: 2\n"),
    ("a:\n  x:\n    p: 1\n  z: 1\nb: 1\na:\n  x:\n    q: 2\n  z: 1\n  w: 1\n", "a",
     "a:\n  x:\n    p: 1\n    q: 2\n  z: 1\n  w: 1\nb: 1\n"),
    ("a:\n  x:\n    p: 1\na:\n  x:\n    q: 2\n  w: 1\na:\n    v: 1", "a",
     "a:\n  x:\n    p: 1\n    q: 2\n  w: 1\n  v: 1"),
    ("a:\n  x: 1\n  y: {k: 1}\nb: 1\na:\n  # above\n  x: 1 # c\n  y: {k: 1}\n", "a",
     "a:\n  x: 1\n  y: {k: 1}\n  # above\n  # c\nb: 1\n"),
    ("a:\n  - 1\nb: 1\na:\n  - 1\n", "a", "a:\n  - 1\nb: 1\n"),
    ("a:\nb: 1\na:\n  x: 1\n", "a", "a:\n  x: 1\nb: 1\n"),
    ("a: # one\n  x: 1\nb: 1\na: # two\n  y: 1\n", "a", "a: # one\n  x: 1\n  # two\n  y: 1\nb: 1\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "key", "after"), MERGE)
def test_merge_duplicates(before: str, key: str, after: str) -> None:
    assert applied(before, edit.merge_duplicates(root_of(before), key)) == after


def test_three_blocks_with_a_choice() -> None:
    """The value to change may stand in a block that goes."""
    before = "a:\n  x: 1\na:\n  y: 1\na:\n  y: 2\n"
    with pytest.raises(CannotEdit, match="`y` changes in a later block too"):
        edit.merge_duplicates(root_of(before), "a", choose=lambda earlier, later: later)
    kept = edit.merge_duplicates(root_of(before), "a", choose=lambda earlier, later: earlier)
    assert applied(before, kept) == "a:\n  x: 1\n  y: 1\n"
    two = "a:\n  x: 1\na:\n  x: 2\n"
    assert applied(two, edit.merge_duplicates(root_of(two), "a", choose=lambda earlier, later: later)) == "a:\n  x: 2\n"


PEM = "-----BEGIN X-----\nabc\n-----END X-----\n"
BLOCK = [
    (
        "a: >\n  -----BEGIN X-----\n  abc\n  -----END X-----\nb: 1\n",
        "a: |\n  -----BEGIN X-----\n  abc\n  -----END X-----\nb: 1\n",
    ),
    ('a: "x" # c\nb: 1\n', "a: | # c\n  -----BEGIN X-----\n  abc\n  -----END X-----\nb: 1\n"),
    ("a: -----BEGIN\n   X\n\nb: 1\n", "a: |\n  -----BEGIN X-----\n  abc\n  -----END X-----\n\nb: 1\n"),
    ("b: 1\na:", "b: 1\na: |\n  -----BEGIN X-----\n  abc\n  -----END X-----\n"),
    ("b: 1\r\na: x\r\n", "b: 1\r\na: |\r\n  -----BEGIN X-----\r\n  abc\r\n  -----END X-----\r\n"),
]


@pytest.mark.parametrize(("before", "after"), BLOCK)
def test_block_scalar(before: str, after: str) -> None:
    assert applied(before, edit.block_scalar(at(root_of(before), "a"), PEM)) == after
    assert at(root_of(after), "a").value == PEM


TO_BLOCK = [
    ("u:\n  a: 1 # c\n  # d\n  b:\n    - x\nw: 1\n", "u: |\n  a: 1 # c\n  # d\n  b:\n    - x\nw: 1\n"),
    ("u: # why\n\n  # d\n  a: 1", "u: | # why\n\n  # d\n  a: 1"),
    ("u:\n    # deep\n  a: 1\n# shallow\n  b: 1\n", "u: |2\n    # deep\n  a: 1\n  # shallow\n  b: 1\n"),
    ("u:\n  a: 1\n  # tail\n# end\n", "u: |\n  a: 1\n  # tail\n# end\n"),
    ("u: {a: 1} # c\n", "u: | # c\n  {a: 1}\n"),
]


@pytest.mark.parametrize(("before", "after"), TO_BLOCK)
def test_mapping_to_block_scalar(before: str, after: str) -> None:
    root = root_of(before)
    assert applied(before, edit.mapping_to_block_scalar(at(root, "u"))) == after
    assert [key.value for key, _ in at(root_of(after), "u", "|").pairs] == [key.value for key, _ in at(root, "u").pairs]


def test_rename_key_keeps_quotes_and_refuses_a_neighbour() -> None:
    root = root_of("'tls-mode': 1 # c\nb: 2\n")
    assert applied(root.document.text, edit.rename_key(name(root, "tls-mode"), "tlsMode")) == "'tlsMode': 1 # c\nb: 2\n"
    root = root_of("{tls: 1, b: 2}\n")
    assert applied(root.document.text, edit.rename_key(name(root, "tls"), "y")) == '{"y": 1, b: 2}\n'
    with pytest.raises(CannotEdit, match="stands beside"):
        edit.rename_key(name(root, "tls"), "b")


def test_a_loose_comparer_finds_the_key() -> None:
    root = root_of("Common:\n  TLS_MODE: 0\n")
    loose = lambda one, other: one.lower().replace("_", "") == other.lower().replace("_", "")
    patch = edit.set_value(root, ("common", "tlsMode"), 1, same=loose)
    assert applied(root.document.text, patch) == "Common:\n  TLS_MODE: 1\n"


REFUSED: list[tuple[str, Builder, str]] = [
    ("a: &x 1\nb: *x\n", lambda r: edit.replace_scalar(at(r, "a"), 2), "used in other places"),
    ("a: &x 1\nb: *x\n", lambda r: edit.replace_scalar(at(r, "b"), 2), "not a single value"),
    ("a: &x {k: 1}\nb: *x\n", lambda r: edit.set_value(r, ("a", "k"), 2), "used in other places"),
    ("a: &x {k: 1}\nb: *x\n", lambda r: edit.set_value(r, ("b", "k"), 2), "is an alias"),
    ("a: &x {k: 1}\nb: *x\n", lambda r: edit.remove_pair(r, name(r, "a")), "used in other places"),
    ("a: &x {k: 1}\nb:\n  <<: *x\n", lambda r: edit.set_value(r, ("b", "k"), 2), "merge"),
    ("a: {{ .Values.x }}\n", lambda r: edit.set_value(r, ("b",), 2), "template"),
    ("a: '{{ x }}'\n", lambda r: edit.replace_scalar(at(r, "a"), 2), "template"),
    ("a: {b: 1,\n  c: 2}\n", lambda r: edit.set_value(r, ("a", "d"), 2), "several lines"),
    ("a: {b: 1,\n  c: 2}\n", lambda r: edit.remove_pair(at(r, "a"), name(at(r, "a"), "b")), "several lines"),
    ("a: >\n  b: 1\n", lambda r: edit.replace_scalar(at(r, "a", "|", "b"), 2), "literal block"),
    ("a: |\n  x", lambda r: edit.set_value(r, ("b",), 2), "without a line break"),
    ("a: |+\n  x", lambda r: edit.set_value(r, ("b",), 2), "without a line break"),
    ("a: |+\n  x\nb: 1\n\nc: 1\n", lambda r: edit.remove_pair(r, name(r, "b")), "become part"),
    ("v: |+\n  a: |+\n    x\n\n", lambda r: edit.set_value(at(r, "v", "|"), ("b",), 2), "keeps the blank"),
    ("a: 1\n", lambda r: edit.set_value(r, ("a", "b"), 2), "not a mapping"),
    ("v: |\n  a: 1\n    # c\n  b: 1\n", lambda r: drop(at(r, "v", "|"), "a"), "another column"),
    ("? a\n: 1\n", lambda r: edit.remove_pair(r, name(r, "a")), "`key:`"),
    ("a:\n  x: 1\na:\n  x: 2\n", lambda r: edit.merge_duplicates(r, "a"), "two different"),
    ("c:\n  t: 1\nt: 2\n", lambda r: edit.move_pair(at(r, "c"), name(at(r, "c"), "t"), r, ()), "another value"),
    ("c:\n  t: *x\nz: 1\n".replace("*x", "&x 1") + "y: *x\n",
     lambda r: edit.move_pair(at(r, "c"), name(at(r, "c"), "t"), r, ()), "used in other places"),
    ("a: !!int '1'\n", lambda r: edit.replace_scalar(at(r, "a"), 2), "tag"),
    ("a: x\n  # c\n", lambda r: edit.block_scalar(at(r, "a"), "t\n"), "become part"),
    ("a: x\n", lambda r: edit.block_scalar(at(r, "a"), " t\n"), "cannot hold"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "build", "reason"), REFUSED)
def test_refused(text: str, build: Builder, reason: str) -> None:
    with pytest.raises(CannotEdit, match=reason):
        build(root_of(text))
