"""Bodies for the Admin API inside shell scripts: what ``curl`` sends, read where it stands.

A script is reported on and never edited. What the shell fills in (``$KEY``, ``$(cat server.crt)``) is unknown here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ...records import NamedTuple
from ...repo.workspace import Workspace
from ...text.source import DecodeProblem, Source
from ...yamldoc.node import MAPPING
from ...yamldoc.parse import parse
from ..claims import APISIX_SSL, Claim

FILLED = "\ue000"
"""Stands in the place of every character that the shell replaces."""

ENDPOINT = re.compile(r"/apisix/admin/(ssls?)(?![a-z_])(/[^\s\"'\\?;|&]*)?")
MAX_LENGTH = 1_000_000

_DATA = re.compile(r"(?:-[a-zA-Z]*d|--data(?:-raw|-binary|-ascii)?|--json)(=)?\Z")
_HEREDOC = re.compile(r"<<(-?)[ \t]*(?:\\?(\w+)|'(\w+)'|\"(\w+)\")")


class Word(NamedTuple):
    """One word of a command: ``text`` has as many characters as the script from ``start`` on, with FILLED where unknown."""

    start: int
    text: str


class Request(NamedTuple):
    """One command that speaks to ``/apisix/admin/ssl``. ``url`` is where the path stands; ``body`` what is sent, ``files``
    what it is sent from."""

    url: tuple[int, int]
    resource: str
    address: str
    body: Word | None
    files: tuple[str, ...] = ()


def requests(text: str) -> list[Request]:
    """The commands of a script that speak to the ssl objects of the Admin API, in order."""
    found: list[Request] = []
    for words, heredoc in _commands(text[:MAX_LENGTH]):
        for word in words:
            match = ENDPOINT.search(word.text)
            if match:
                url = (word.start + match.start(), word.start + match.end())
                found.append(Request(url, match[1], _plain(word), _body(words, heredoc), tuple(_sent_files(words))))
                break
    return found


def adc_runs(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The runs of ADC in a script: the server that each speaks to, and the files that it sends."""
    found: list[tuple[str, tuple[str, ...]]] = []
    server = ""
    for words, _ in _commands(text[:MAX_LENGTH]):
        plain = [_plain(word) for word in words]
        own = server
        for index, word in enumerate(plain):
            before = plain[index - 1] if index else ""
            name, equals, value = word.partition("=")
            if equals and name in ("ADC_SERVER", "--server"):
                own = _unquoted(value)
            elif before == "--server":
                own = word
        if all("=" in word or word in ("export", "set") for word in plain):
            server = own  # for the commands behind it
        elif any(word.rpartition("/")[2] == "adc" for word in plain):
            files = [word for before, word in pairwise(plain) if before in ("-f", "--file")]
            files += [_unquoted(word.partition("=")[2]) for word in plain if word.startswith("--file=")]
            found.append((own, tuple(file for file in files if file and FILLED not in file)))
    return found


def _plain(word: Word) -> str:
    """A word without the marks of its quotes, and the blanks that stand in their place."""
    return word.text.strip(FILLED + " ")


def _unquoted(value: str) -> str:
    """What stands behind ``=``, without the mark of a quote: more marks than one stand for a variable."""
    return value.removeprefix(FILLED).removesuffix(FILLED)


def _sent_files(words: list[Word]) -> Iterator[str]:
    """The files behind ``-d @file``."""
    for index, word in enumerate(words):
        text = _plain(word)
        if _DATA.match(text) and index + 1 < len(words):
            text = _plain(words[index + 1])
        else:
            joined = re.match(r"--(?:data(?:-raw|-binary|-ascii)?|json)=|-d(?=@)", text)
            text = _unquoted(text[joined.end() :]) if joined else ""
        if text.startswith("@") and text != "@-" and FILLED not in text:
            yield text[1:]


def script_claims(workspace: Workspace, path: str) -> Iterator[Claim]:
    """A claim for each body of a script. Its documents have a source of their own that refuses every edit."""
    original = workspace.source(path)
    if original is None or original.problem is not None:
        return
    text = original.text
    for request in requests(text):
        if request.body is None:
            continue
        source = Source(path, text, original.encoding, original.bom)
        blank = re.sub(r"[^\r\n]", " ", text[: request.body.start])
        parsed = parse(source, blank + request.body.text.replace("\t", " "))
        source.problem = DecodeProblem(0, 1, "a script is not edited")
        root = parsed.documents[0].root if parsed.documents and parsed.problem is None else None
        if root is not None and root.kind == MAPPING:
            yield Claim(APISIX_SSL, path, root, parsed)
        else:
            workspace.skip(
                path, "not JSON", "the body for the Admin API cannot be read", original.position(request.body.start)[0]
            )


def _body(words: list[Word], heredoc: Word | None) -> Word | None:
    if any(word.text.strip(FILLED + " ") in ("PATCH", "-XPATCH") for word in words):
        return None  # a part of an object
    for index, word in enumerate(words):
        found = None
        if _DATA.match(word.text) and index + 1 < len(words):
            found = words[index + 1]
        else:
            joined = re.match(r"--(?:data(?:-raw|-binary|-ascii)?|json)=|-d(?=\{)", word.text)
            found = Word(word.start + joined.end(), word.text[joined.end() :]) if joined else None
        if found is None:
            continue
        body = found.text.strip(FILLED + " \t\r\n")
        if body == "@-":
            return heredoc
        start = found.start + found.text.find(body)
        return Word(start, body) if body.startswith("{") else None
    return heredoc if heredoc is not None and heredoc.text.strip().startswith("{") else None


def _commands(text: str) -> Iterator[tuple[list[Word], Word | None]]:
    """Each command with the text of its here-document."""
    words: list[Word] = []
    pending: list[tuple[bool, bool, str]] = []
    at, size = 0, len(text)
    while at < size:
        one = text[at]
        if one == "\\" and at + 1 < size and text[at + 1] in "\r\n":
            at += 3 if text[at + 1 : at + 3] == "\r\n" else 2
        elif one in " \t\r":
            at += 1
        elif one == "\n":
            at, heredoc = _heredocs(text, at + 1, pending)
            pending = []
            yield words, heredoc
            words = []
        elif one == "#":
            end = text.find("\n", at)
            at = size if end < 0 else end
        elif one == "<" and (match := _HEREDOC.match(text, at)):
            pending.append((match[1] == "-", match[2] is not None and "\\" not in match[0], match[2] or match[3] or match[4]))
            at = match.end()
        elif one in ";|&()<>":
            if one in ";|&" and not pending:
                yield words, None
                words = []
            at += 1
        else:
            word, at = _word(text, at)
            words.append(word)
    yield words, None


def _heredocs(text: str, at: int, pending: list[tuple[bool, bool, str]]) -> tuple[int, Word | None]:
    """The position after the here-documents that begin at ``at``, and the last one."""
    found = None
    for tabs, expands, end in pending:
        match = re.compile(rf"(?m)^{chr(92) + 't*' if tabs else ''}{re.escape(end)}[ \t]*\r?$").search(text, at)
        stop = match.start() if match else len(text)
        body = text[at:stop]
        found = Word(at, re.sub(r"\$\([^)\n]*\)|\$\{[^}\n]*\}|\$\w+|`[^`\n]*`", _fill, body) if expands else body)
        at = match.end() if match else len(text)
    return at, found


def _fill(match: re.Match[str]) -> str:
    return FILLED * len(match[0])


def _word(text: str, at: int) -> tuple[Word, int]:
    """The word at a position, and the position after it."""
    start, size = at, len(text)
    parts: list[str] = []
    while at < size and text[at] not in " \t\r\n;|&()<>":
        one = text[at]
        if one == "'":
            end = text.find("'", at + 1)
            end = size if end < 0 else end
            parts += (FILLED, text[at + 1 : end], FILLED)
            at = end + 1
        elif one == '"':
            inner, at = _double(text, at + 1)
            parts += (FILLED, inner, FILLED)
        elif one == "\\":
            parts.append(FILLED + text[at + 1 : at + 2])
            at += 2
        elif one in "$`":
            end = _substitution(text, at)
            parts.append(FILLED * (end - at))
            at = end
        else:
            parts.append(one)
            at += 1
    word = "".join(parts)[: size - start]
    # quotes at the ends are no part of what is sent
    return Word(start, word if FILLED not in word else _trimmed(word)), at


def _trimmed(word: str) -> str:
    head = len(word) - len(word.lstrip(FILLED))
    tail = len(word) - len(word.rstrip(FILLED))
    if head + tail >= len(word):
        return word
    return " " * head + word[head : len(word) - tail] + " " * tail


def _double(text: str, at: int) -> tuple[str, int]:
    """The inside of a double-quoted string, and the position after its end. ``\\"`` becomes a quote and a blank."""
    parts: list[str] = []
    opened = False
    size = len(text)
    while at < size and text[at] != '"':
        one = text[at]
        if one == "\\" and text[at + 1 : at + 2] == '"':
            parts.append('" ' if opened else ' "')
            opened = not opened
            at += 2
        elif one == "\\" and text[at + 1 : at + 2] in ("\\", "$", "`"):
            parts.append(text[at : at + 2])
            at += 2
        elif one in "$`":
            end = _substitution(text, at)
            parts.append(FILLED * (end - at))
            at = end
        else:
            parts.append(one)
            at += 1
    return "".join(parts), at + 1


def _substitution(text: str, at: int) -> int:
    """The end of ``$name``, ``${…}``, ``$(…)`` or backquotes; a lone ``$`` is one character."""
    if text[at] == "`":
        end = text.find("`", at + 1)
        return len(text) if end < 0 else end + 1
    if text.startswith("$(", at):
        depth, quote, here = 0, "", at + 1
        while here < len(text):
            one = text[here]
            if quote:
                quote = "" if one == quote else quote
            elif one in "'\"":
                quote = one
            elif one in "()":
                depth += 1 if one == "(" else -1
                if depth == 0:
                    return here + 1
            here += 1
        return len(text)
    match = re.compile(r"\$(?:\{[^}\n]*\}|\w+|[@*#?$!-])?").match(text, at)
    return match.end() if match else at + 1
