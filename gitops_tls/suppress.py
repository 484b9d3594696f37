"""What is silenced: comments in the files, and the configuration's ``ignore``."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from . import rules
from .config import Config
from .errors import UsageError
from .findings import Finding
from .records import NamedTuple
from .repo.globs import matcher
from .repo.prefilter import is_yaml
from .repo.workspace import Workspace
from .text.edits import Edit
from .text.source import Source
from .yamldoc.node import SCALAR, Node
from .yamldoc.parse import Parsed

_MARK = b"gitops-tls"
_COMMENT = re.compile(r"#[ \t]*gitops-tls[ \t]*:[ \t]*ignore[ \t]*\[([^\]\r\n]*)\][^\r\n]*")
_COMMENT_ONLY = re.compile(r"[ \t]*#")
_WORD = re.compile(r"[^,\s]+")


class Word(NamedTuple):
    """One selector of an ignore. ``ids`` is None where no rule is called so, and ``help`` then says what comes near."""

    text: str
    ids: frozenset[str] | None
    help: str = ""


class Ignore(NamedTuple):
    """One comment that silences rules on ``line``.

    ``start`` and ``end`` span the comment, ``list_start`` and ``list_end`` what stands between its brackets, as offsets
    into the file's text. ``alone`` tells that nothing else stands on its line. ``host`` is the block scalar around it.
    """

    source: Source
    line: int
    start: int
    end: int
    list_start: int
    list_end: int
    words: tuple[Word, ...]
    alone: bool
    host: Node | None = None


class Unused(NamedTuple):
    """Words of an ignore that silence nothing."""

    ignore: Ignore
    words: tuple[Word, ...]


class Outcome(NamedTuple):
    """``kept`` findings, how many were silenced, and the ignores that silenced nothing."""

    kept: list[Finding]
    suppressed: int
    unused: list[Unused]


def apply(
    findings: Iterable[Finding], workspace: Workspace, paths: Iterable[str], config: Config, ran: Container[str]
) -> Outcome:
    """Silence findings. ``paths`` are the files whose ignores are looked at; ``ran`` are the ids of the rules that ran."""
    by_line: dict[tuple[str, int], list[tuple[int, int, Word]]] = {}
    ignores: list[Ignore] = []
    findings = list(findings)
    for path in sorted(set(paths)):
        for ignore in inline(workspace, path):
            for position, word in enumerate(ignore.words):
                by_line.setdefault((path, ignore.line), []).append((len(ignores), position, word))
            ignores.append(ignore)
    used: set[tuple[int, int]] = set()
    kept: list[Finding] = []
    configured = [(matcher((entry.path,)), frozenset(entry.rules)) for entry in config.ignore]
    suppressed = 0
    for finding in findings:
        silencing = [
            (index, position)
            for index, position, word in by_line.get((finding.where.path, finding.where.line), ())
            if word.ids is not None and finding.rule in word.ids
        ]
        used.update(silencing)
        if silencing or any(finding.rule in ids and covers(finding.where.path) for covers, ids in configured):
            suppressed += 1
        else:
            kept.append(finding)
    return Outcome(kept, suppressed, list(_unused(ignores, used, ran)))


def _unused(ignores: list[Ignore], used: set[tuple[int, int]], ran: Container[str]) -> Iterator[Unused]:
    for index, ignore in enumerate(ignores):
        words = tuple(
            word
            for position, word in enumerate(ignore.words)
            if (index, position) not in used and (word.ids is None or any(rule_id in ran for rule_id in word.ids))
        )
        if words or not ignore.words:
            yield Unused(ignore, words)


def inline(workspace: Workspace, path: str) -> list[Ignore]:
    """The ignores in the comments of a YAML file, in order. Text that only looks like one, inside a string, is none."""
    if not is_yaml(path):
        return []
    data = workspace.read(path)
    # UTF-16 hides the mark from a search of bytes
    if data is None or (_MARK not in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        return []
    source = workspace.source(path)
    if source is None:
        return []
    found: list[Ignore] = []
    scalars: list[tuple[int, int, Node]] | None = None
    for match in _COMMENT.finditer(source.text):
        start = match.start()
        if start and source.text[start - 1] not in " \t\r\n\ufeff":
            continue
        if scalars is None:
            scalars = _scalars(workspace.parsed(path))
        is_comment, host = _in_comment(workspace, scalars, start)
        if is_comment:
            found.append(_ignore(source, match, host))
    return found


def blank(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with spaces in the place of the ignore comments that ``edits`` are about: they may be lost, others not."""
    for comment in _COMMENT.finditer(text) if "gitops-tls" in text else ():
        for edit in edits:
            inside = comment.start() < edit.start and edit.end <= comment.end()
            removed = edit.start <= comment.start() and edit.end >= comment.end() and not edit.text
            if inside or (removed and text[edit.start : edit.end].strip() == comment[0].strip()):
                text = text[: comment.start()] + " " * len(comment[0]) + text[comment.end() :]
    return text


def _scalars(parsed: Parsed | None) -> list[tuple[int, int, Node]]:
    spans: list[tuple[int, int, Node]] = []
    for document in parsed.documents if parsed is not None else ():
        if document.root is not None:
            spans += [(*node.file_span, node) for node in document.root.walk() if node.kind == SCALAR and node.start < node.end]
    return spans


def _in_comment(workspace: Workspace, scalars: list[tuple[int, int, Node]], offset: int) -> tuple[bool, Node | None]:
    """Whether the ``#`` at ``offset`` begins a comment, and the block scalar of YAML that it stands in."""
    host: Node | None = None
    while True:
        inside = next((node for start, end, node in scalars if start <= offset < end), None)
        if inside is None:
            return True, host
        if inside.style in ("|", ">") and offset < inside.source.line_end(inside.file_span[0]):
            return True, host  # after the block scalar's own header
        nested = workspace.nested(inside) if inside.style == "|" else None
        roots = [document.root for document in nested.documents if document.root is not None] if nested is not None else []
        if not roots or any(root.kind == SCALAR for root in roots):
            return False, None
        host, scalars = inside, _scalars(nested)


def _ignore(source: Source, match: re.Match[str], host: Node | None) -> Ignore:
    line, column = source.position(match.start())
    alone = not source.line(line)[: column - 1].strip()
    target = line
    if alone:
        target = line + 1
        while target <= len(source.starts) and _COMMENT_ONLY.match(source.line(target)):
            target += 1
    words = tuple(_word(text) for text in _WORD.findall(match[1]))
    end = match.start() + len(match[0].rstrip())
    return Ignore(source, target, match.start(), end, match.start(1), match.end(1), words, alone, host)


def _word(text: str) -> Word:
    try:
        return Word(text, rules.resolve(text))
    except UsageError as error:
        return Word(text, None, error.help)
