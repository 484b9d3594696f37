"""Path patterns as ``.gitignore`` writes them: for ``exclude``, ``ignore`` and suppressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from ..records import NamedTuple

_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9", "graph": "!-~",
    "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\s", "upper": "A-Z", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


class _Pattern(NamedTuple):
    negated: bool
    folders_only: bool
    regex: str


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test whether a file's path (from the repository root, with ``/``) is covered by the patterns, as Git decides it.

    ``*`` and ``?`` stop at ``/``, ``**`` does not; a pattern without a slash matches at any depth; one that matches a
    folder covers all below it; a trailing ``/`` matches folders only; ``!`` takes back, unless a folder above is covered.
    A pattern that Git cannot read (an open bracket, a lone backslash at its end) matches nothing.
    """
    return _matcher(tuple(patterns))


@lru_cache(maxsize=256)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    read = [pattern for text in patterns if (pattern := _read(text)) is not None]
    if not read:
        return lambda path: False
    if any(pattern.negated for pattern in read):
        return _ordered(read)
    whole = "|".join(p.regex + ("/.*" if p.folders_only else "(?:/.*)?") for p in read)
    test = re.compile(rf"(?s:{whole})\Z").match
    return lambda path: test(path) is not None


def _ordered(patterns: list[_Pattern]) -> Callable[[str], bool]:
    tests = [(p.negated, p.folders_only, re.compile(rf"(?s:{p.regex})\Z").match) for p in reversed(patterns)]

    def covered(path: str, folder: bool) -> bool:
        for negated, folders_only, test in tests:
            if (folder or not folders_only) and test(path):
                return not negated
        return False

    def matches(path: str) -> bool:
        slash = path.find("/")
        while slash >= 0:
            if covered(path[:slash], True):
                return True
            slash = path.find("/", slash + 1)
        return covered(path, False)

    return matches


def _read(text: str) -> _Pattern | None:
    text = _without_trailing_spaces(text)
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    if negated:
        text = text[1:]
    folders_only = text.endswith("/")
    if folders_only:
        text = text[:-1]
    if not text:
        return None
    anchored = "/" in text
    body = _translate(text.removeprefix("/"))
    if body is None:
        return None
    return _Pattern(negated, folders_only, body if anchored else f"(?:.*/)?{body}")


def _without_trailing_spaces(text: str) -> str:
    text = text.rstrip("\r\n")
    stripped = text.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return stripped + " " if backslashes % 2 and len(stripped) < len(text) else stripped


def _translate(text: str) -> str | None:
    """The regular expression of one pattern; None where it can match nothing."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        one = text[at]
        if one == "*":
            end = at
            while end < len(text) and text[end] == "*":
                end += 1
            part, at = _stars(text, at, end)
        elif one == "?":
            part, at = "[^/]", at + 1
        elif one == "[":
            found = _bracket(text, at)
            if found is None:
                return None
            part, at = found
        elif one == "\\":
            if at + 1 == len(text):
                return None
            part, at = re.escape(text[at + 1]), at + 2
        else:
            part, at = re.escape(one), at + 1
        parts.append(part)
    return "".join(parts)


def _stars(text: str, at: int, end: int) -> tuple[str, int]:
    """A run of stars from ``at`` to ``end``: two that stand alone between slashes cross folders, any other run does not."""
    opened = at == 0 or text[at - 1] == "/"
    if end - at == 2 and opened and end < len(text) and text[end] == "/":
        return "(?:.*/)?", end + 1
    if end - at == 2 and opened and end == len(text):
        return ".+" if at else ".*", end
    return "[^/]*", end


def _bracket(text: str, at: int) -> tuple[str, int] | None:
    """A bracket expression that opens at ``at``; None where it is not closed or names an unknown class."""
    end = at + 1
    inverted = end < len(text) and text[end] in "!^"
    end += inverted
    inside: list[str] = []
    first = True
    while end < len(text) and (text[end] != "]" or first):
        first = False
        if text.startswith("[:", end):
            close = text.find(":]", end)
            name = _CLASSES.get(text[end + 2 : close]) if close > 0 else None
            if name is None:
                return None
            inside.append(name)
            end = close + 2
            continue
        low, end = _member(text, end)
        if end + 1 < len(text) and text[end] == "-" and text[end + 1] != "]":
            high, end = _member(text, end + 1)
            if low and high and low <= high:
                inside.append(f"{re.escape(low)}-{re.escape(high)}")
            continue
        inside.append(re.escape(low))
    if end >= len(text):
        return None
    members = "".join(inside)
    if inverted:
        return f"[^/{members}]", end + 1
    return (f"(?!/)[{members}]" if members else "(?!)"), end + 1


def _member(text: str, at: int) -> tuple[str, int]:
    if text[at] == "\\" and at + 1 < len(text):
        return text[at + 1], at + 2
    return text[at], at + 1
