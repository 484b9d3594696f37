"""Telling a Helm template from YAML that only holds braces in its strings."""

from __future__ import annotations

import re
from collections.abc import Callable

_BLOCK_HEADER = r"(?:[:\-?]|[!&]\S+)[ \t]+[|>](?:[1-9][+-]?|[+-][1-9]?)?[ \t]*(?:#.*)?$"
_LONGEST_HEADER = 200
_INDENT = r" *(?:[-?] +)*"
_COMMENT = r"(?:^|(?<=[ \t]))#.*"
_LINES = r"\r\n|\n|\r"


def is_template(path: str, text: str, exists: Callable[[str], bool]) -> bool:
    """Whether a file is rendered by Helm before anything reads it as YAML.

    So it is when it stands in the ``templates`` folder beside a Chart.yaml and holds ``{{``, or when ``{{`` occurs outside
    of quotes, comments and block scalars. In a file of values it must also begin a value: Helm's ``tpl`` allows it inside.
    ``exists`` tells whether a path is in the repository.
    """
    if "{{" not in text:
        return False
    return _in_chart(path, exists) or _braces_outside_strings(text, inside_plain="values" not in path.rpartition("/")[2].lower())


def _in_chart(path: str, exists: Callable[[str], bool]) -> bool:
    parts = path.split("/")
    folders = (index for index, part in enumerate(parts[:-1]) if part == "templates")
    return any(exists("/".join([*parts[:index], "Chart.yaml"])) for index in folders)


def _braces_outside_strings(text: str, *, inside_plain: bool) -> bool:
    quote = ""
    block: int | None = None
    for line in re.split(_LINES, text):
        content = line.lstrip(" ")
        indent = len(line) - len(content)
        if block is not None:
            if not content or indent > block:
                continue
            block = None
        if not quote and line.startswith("---") and re.search(_BLOCK_HEADER, line[2:]):
            block = -1
            continue
        found, quote, code = _scan(line, quote, inside_plain)
        if found:
            return True
        if not quote and re.search(_BLOCK_HEADER, code[-_LONGEST_HEADER:]):
            match = re.match(_INDENT, code)
            prefix = match[0] if match else ""
            # in `- |` the content is indented more than the dash; in `- key: |` more than the key
            block = len(prefix) if ":" in code[len(prefix) :] else indent
    return False


def _scan(line: str, quote: str, inside_plain: bool) -> tuple[bool, str, str]:
    """One line: whether ``{{`` stands outside of strings, the quote left open, and the line without its comment."""
    if not quote and "{{" not in line and '"' not in line and "'" not in line:
        return False, "", re.sub(_COMMENT, "", line).rstrip()
    at = 0
    fresh = not quote
    while at < len(line):
        one = line[at]
        if quote:
            if one == "\\" and quote == '"':
                at += 1
            elif one == quote:
                if quote == "'" and line[at + 1 : at + 2] == "'":
                    at += 1
                else:
                    quote, fresh = "", False
        elif one in "'\"" and fresh:
            quote = one
        elif one == "#" and (at == 0 or line[at - 1] in " \t"):
            return False, quote, line[:at].rstrip()
        elif line.startswith("{{", at) and _counts(line, at, fresh, inside_plain):
            return True, quote, line
        elif one in " \t":
            fresh = fresh or line[at - 1 : at] in (":", "-", "?", ",")
        else:
            fresh = one in "[{,"
        at += 1
    return False, quote, line


def _counts(line: str, at: int, fresh: bool, inside_plain: bool) -> bool:
    """``${{ … }}`` is an expression of a CI system, inside a plain string."""
    if at and line[at - 1] == "$":
        return False
    return fresh or inside_plain
