"""Edits of random files: the target changes, every other line keeps its bytes, and doing it again changes nothing."""

from __future__ import annotations

import difflib
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.text.apply import apply_edits
from gitops_tls.text.edits import CannotEdit, Patch
from gitops_tls.text.source import Source
from gitops_tls.yamldoc import edit
from gitops_tls.yamldoc.nested import parse_nested
from gitops_tls.yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from gitops_tls.yamldoc.parse import parse
from gitops_tls.yamldoc.verify import verify

EXAMPLES = int(os.environ.get("EDIT_EXAMPLES", "120"))

KEYS = st.sampled_from(["tls", "common", "mode", "user.yaml", "a b", "proxy", "Key_1", "http", "port", "x/y"])
PLAIN = st.sampled_from(["1", "true", "x", "a b", "/milvus/tls/ca.pem", "'it''s'", '"q # q"', '"\\n"', "~", "", "2.6.20", "é"])
COMMENTS = st.sampled_from(["", "", "", " # c", "   # why: 'x'"])
ABOVE = st.sampled_from([[], [], [], [""], ["# above"], ["", "# one", "# two"]])
TEXTS = st.sampled_from([["x"], ["x: 1", "", "  y"], ["# not a comment", "z"], ["a:", "  b: 1 # c", "c: d"]])


@st.composite
def entries(draw: st.DrawFn, depth: int) -> list[str]:
    """The lines of a block mapping, at column 0."""
    lines: list[str] = []
    for key in draw(st.lists(KEYS, min_size=1, max_size=4, unique=True)):
        lines += draw(ABOVE)
        lines += draw(pair(key, depth))
    return lines


@st.composite
def pair(draw: st.DrawFn, key: str, depth: int) -> list[str]:
    kind = draw(
        st.sampled_from(
            ["plain", "plain", "flow", "block", "mapping", "sequence", "wrapped"] if depth else ["plain", "flow", "block"]
        )
    )
    comment = draw(COMMENTS)
    anchor = draw(st.sampled_from(["", "", "", "&n1 "]))
    if kind == "plain":
        return [f"{key}: {anchor}{draw(PLAIN)}".rstrip() + comment]
    if kind == "flow":
        return [f"{key}: {draw(st.sampled_from(['{}', '[]', '{a: 1, b: x}', '[ x, 2 ]', '{a: }', '[{a: b}]']))}{comment}"]
    if kind == "wrapped":
        return [f"{key}: one", "  two" + comment]
    step = draw(st.sampled_from([2, 2, 4]))
    if kind == "block":
        header = draw(st.sampled_from(["|", "|-", ">", "|+"]))
        return [f"{key}: {header}", *(" " * step + line if line else "" for line in draw(TEXTS))]
    inner: list[str] = []
    if kind == "mapping":
        inner = draw(entries(depth - 1))
    else:
        step = draw(st.sampled_from([0, 2]))
        for _ in range(draw(st.integers(1, 3))):
            item = draw(st.one_of(PLAIN.map(lambda one: [one]), entries(depth - 1)))
            while item and (not item[0] or item[0].startswith("#")):
                item = item[1:]
            item = item or [""]
            inner += [("- " + item[0]).rstrip(), *("  " + line if line else "" for line in item[1:])]
    return [f"{key}:{' ' + anchor.strip() if anchor else ''}{comment}", *(" " * step + line if line else "" for line in inner)]


@st.composite
def sources(draw: st.DrawFn) -> Source:
    lines = draw(entries(3))
    if any("&n1 " in line for line in lines):
        lines += draw(st.sampled_from([[], ["ref: *n1"], ["refs: [*n1, x]  # r", "own: 1"], ["refs:", "  - *n1"]]))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        header = draw(st.sampled_from(["user.yaml: |", "values: |-"]))
        lines = [
            "kind: X",
            header,
            *("    " + line if line else "" for line in lines),
            *draw(st.sampled_from([[], ["after: 1"]])),
        ]
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = newline.join(lines) + draw(st.sampled_from([newline, newline, "", newline * 2]))
    bom = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return Source.from_bytes("f.yaml", bom + text.encode())


def nodes(source: Source) -> list[Node]:
    """Every value of a file, also in documents nested in block scalars."""
    parsed = parse(source)
    found: list[Node] = []
    work = [document.root for document in parsed.documents]
    while work:
        root = work.pop()
        for node in root.walk() if root is not None else ():
            if isinstance(node.key, Node) and node.key is node:
                continue
            found.append(node)
            if node.style == "|":
                work += [document.root for document in parse_nested(node).documents]
    return found


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    lines = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [line[2:] for line in lines if line[0] == "-"], [line[2:] for line in lines if line[0] == "+"]


def made(source: Source, patch: Patch) -> str:
    after = apply_edits(source.text, patch.edits)
    reason = verify(source, after, [address for _, address in patch.changes])
    assert reason is None, f"{reason}\n--- before\n{source.text}\n--- after\n{after}\n{patch}"
    assert source.to_bytes(after).startswith(source.bom)
    if "\r\n" in source.text:
        assert "\n" not in after.replace("\r\n", "")
    return after


def same_place(source: Source, after: str, index: int) -> Node:
    return nodes(Source(source.path, after, source.encoding, source.bom))[index]


VALUES = st.sampled_from([1, 0, True, "x", "yes", "1", "a: b", "it's", "#x", "/milvus/tls", "ü", "", "two words", "0x1F", "-"])


@settings(max_examples=EXAMPLES, deadline=None)
@given(sources(), st.data())
def test_replacing_a_scalar_touches_its_line_only(source: Source, data: st.DataObject) -> None:
    every = nodes(source)
    scalars = [index for index, node in enumerate(every) if node.kind == SCALAR]
    if not scalars:
        return
    index = data.draw(st.sampled_from(scalars))
    value = data.draw(VALUES)
    node = every[index]
    try:
        patch = edit.replace_scalar(node, value)
    except CannotEdit as error:
        shared = "used in other places" in str(error) and "*n1" in source.text
        assert (
            shared or node.style in ("|", ">") or node.parent is None or not node.document.editable or node.parent.style == "flow"
        )
        return
    after = made(source, patch)
    start, end = node.file_span
    assert after.startswith(source.text[:start].rstrip(" "))
    assert after.endswith(source.text[end:])
    again = same_place(source, after, index)
    if node.style != "|":
        assert again.value == (value if isinstance(value, str) else str(value).lower())
        assert (again.style is None) or isinstance(value, str)
        assert edit.replace_scalar(again, value).edits == ()


ADDED = st.sampled_from([1, "x", {"k": "v"}, {"k": {"l": [1, "no"]}}, ["p", {"q": 1, "r": "s"}], True])


@settings(max_examples=EXAMPLES, deadline=None)
@given(sources(), st.data())
def test_setting_a_new_path_only_adds_lines(source: Source, data: st.DataObject) -> None:
    every = nodes(source)
    index = data.draw(st.sampled_from([index for index, node in enumerate(every) if node.kind == MAPPING]))
    path = tuple(data.draw(st.lists(st.sampled_from(["new", "tls", "common", "mode"]), min_size=1, max_size=3)))
    value = data.draw(ADDED)
    node = every[index]
    try:
        patch = edit.set_value(node, path, value)
    except CannotEdit:
        return
    after = made(source, patch)
    if node.style == "block" and node.get(path[0]) is None:
        gone, come = changed_lines(source.text, after)
        assert not gone or (len(gone) == 1 and not gone[0].endswith(("\n", "\r")))
        assert come
        assert after.endswith("\n") == source.text.endswith("\n")
    again = same_place(source, after, index)
    assert edit.set_value(again, path, value).edits == ()


@settings(max_examples=EXAMPLES, deadline=None)
@given(sources(), st.data())
def test_removing_only_takes_lines_away(source: Source, data: st.DataObject) -> None:
    every = [node for node in nodes(source) if node.style == "block" and node.kind in (MAPPING, SEQUENCE)]
    node = data.draw(st.sampled_from(every))
    count = len(node.pairs) + len(node.items)
    index = data.draw(st.integers(0, count - 1))
    try:
        patch = edit.remove_pair(node, node.pairs[index][0]) if node.pairs else edit.remove_item(node, index)
    except CannotEdit:
        return
    after = made(source, patch)
    assert len(after) < len(source.text) or after.strip().endswith("{}")
    left = [line for line in after.splitlines() if line.strip()]
    old = source.text.splitlines()
    old += [line[width:] for line in old for width in range(1, 20) if line.startswith(" " * width + "#")]
    old += [" " * width + line.lstrip(" ") for line in old for width in range(20) if line.lstrip(" ").startswith("#")]
    assert all(line in old or line.lstrip(" ").startswith(("- ", "{}")) for line in left)


@settings(max_examples=EXAMPLES, deadline=None)
@given(sources(), st.data(), ADDED)
def test_appending_only_adds_lines(source: Source, data: st.DataObject, value: object) -> None:
    lists = [node for node in nodes(source) if node.kind == SEQUENCE]
    if not lists:
        return
    node = data.draw(st.sampled_from(lists))
    try:
        patch = edit.append_item(node, value)  # type: ignore[arg-type]
    except CannotEdit:
        return
    after = made(source, patch)
    if node.style == "block":
        gone, _ = changed_lines(source.text, after)
        assert not gone or (len(gone) == 1 and not gone[0].endswith(("\n", "\r")))


@settings(max_examples=EXAMPLES, deadline=None)
@given(sources(), st.data())
def test_moving_keeps_the_value(source: Source, data: st.DataObject) -> None:
    every = [node for node in nodes(source) if node.kind == MAPPING and node.style == "block" and node.pairs]
    node = data.draw(st.sampled_from(every))
    key, value = data.draw(st.sampled_from(node.pairs))
    root = node
    while root.parent is not None:
        root = root.parent
    if root.kind != MAPPING:
        return
    target = tuple(data.draw(st.lists(st.sampled_from(["tls", "common", "fresh"]), max_size=2)))
    existed = root.get(*target, key.value)
    try:
        patch = edit.move_pair(node, key, root, target)
    except CannotEdit:
        return
    if not patch.edits:
        return
    after = made(source, patch)
    host = root.document.host
    parsed = parse(Source("f.yaml", after))
    top = parsed.documents[0].root
    if host is None and existed is None:
        assert top is not None
        there = top.get(*target, key.value)
        assert there is not None
        assert plain(there) == plain(value)


def plain(node: Node) -> object:
    if node.kind == MAPPING:
        return {key.value: plain(value) for key, value in node.pairs}
    if node.kind == SEQUENCE:
        return [plain(item) for item in node.items]
    # the last line break of a block at the end of a file that has none
    return (node.style is None, node.value.rstrip("\n"))


@settings(max_examples=EXAMPLES, deadline=None)
@given(entries(2), entries(2), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_merging_duplicates_keeps_every_leaf(one: list[str], two: list[str], newline: str, end: bool) -> None:
    lines = ["first: 1", "dup:", *("  " + line if line else "" for line in one), "mid: 2 # m", "dup:"]
    lines += ["    " + line if line else "" for line in two]
    source = Source("f.yaml", newline.join(lines) + (newline if end else ""))
    root = parse(source).documents[0].root
    assert root is not None
    try:
        patch = edit.merge_duplicates(root, "dup")
    except CannotEdit:
        return
    after = made(source, patch)
    merged = parse(Source("f.yaml", after)).documents[0].root
    assert merged is not None
    assert [key.value for key, _ in merged.pairs] == ["first", "dup", "mid"]
    assert leaves(merged.pairs[1][1]) == leaves(root.pairs[1][1]) | leaves(root.pairs[3][1])
    for comment in {line.strip() for line in lines if line.lstrip().startswith(("# above", "# one", "# two"))}:
        assert comment in after


def leaves(node: Node, path: tuple[str, ...] = ()) -> set[tuple[tuple[str, ...], str]]:
    if node.kind == MAPPING:
        return {leaf for key, value in node.pairs for leaf in leaves(value, (*path, key.value))}
    # a null beside a mapping counts as an empty one
    return set() if node.kind == SCALAR and node.is_null else {(path, repr(plain(node)))}


@settings(max_examples=EXAMPLES, deadline=None)
@given(sources(), st.data())
def test_a_mapping_becomes_its_own_text(source: Source, data: st.DataObject) -> None:
    every = [node for node in nodes(source) if node.kind == MAPPING and isinstance(node.key, Node)]
    if not every:
        return
    node = data.draw(st.sampled_from(every))
    try:
        patch = edit.mapping_to_block_scalar(node)
    except CannotEdit:
        return
    after = made(source, patch)
    if node.document.host is None:
        path: list[str | int] = []
        at = node
        while at.parent is not None:
            path.insert(0, at.key.value if isinstance(at.key, Node) else at.key or 0)
            at = at.parent
        root = parse(Source("f.yaml", after)).documents[0].root
        assert root is not None
        text = root.get(*path)
        assert text is not None
        inner = parse_nested(text).documents[0].root
        assert inner is not None
        assert plain(inner) == plain(node)
