"""``skip_mtls_uri_regex``: which paths need no client certificate.

APISIX asks PCRE (``ngx.re.match``, option ``jo``) whether the pattern occurs anywhere in the decoded, normalised path without its
query; a pattern that does not compile never matches.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

_LONGEST = 1000
_PCRE_ONLY = re.compile(
    r"\\[QEhHKRXpPzGgNCvV]|\(\?(?:>|R|[0-9]|\||<[A-Za-z_]|'|&|[imsxJU-]+[:)])|[*+?}]\+|\[\[:|\(\*|\\x\{|\\o\{|\{,|\(\?#"
)
_ELSEWHERE = ("/", "/a", "/admin/users/7", "/zz.html", "/Q_q/~x", "/\u4f8b")


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern as Python reads it; None where it cannot or PCRE might read it otherwise."""
    if len(pattern) > _LONGEST or _PCRE_ONLY.search(pattern):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern.replace("\\Z", "$"))
    except (re.error, RecursionError, OverflowError):
        return None


def problem(pattern: str) -> str:
    """Why a pattern cannot be compiled, in words; empty where it can or PCRE might know better."""
    if len(pattern) > _LONGEST or _PCRE_ONLY.search(pattern) or compiled(pattern) is not None:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        return error.msg
    except (RecursionError, OverflowError):
        return ""
    return ""


def path_of(target: str) -> str:
    """The path as nginx compares it: without query, decoded, with ``.``, ``..`` and double slashes resolved."""
    path = unquote(target.partition("?")[0].partition("#")[0])
    kept: list[str] = []
    parts = path.split("/")
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    end = "/" if parts[-1] in ("", ".", "..") and kept else ""
    return "/" + "/".join(kept) + end


def exempt(patterns: Iterable[str], target: str) -> bool | None:
    """Whether a request needs no client certificate; None where a pattern could not be judged and no other one matches."""
    path, unsure = path_of(target), False
    for pattern in patterns:
        found = compiled(pattern)
        if found is None:
            unsure = unsure or not problem(pattern)
        elif found.search(path):
            return True
    return None if unsure else False


def exempts_everything(patterns: Iterable[str]) -> bool:
    """Whether every path is exempt: an empty pattern, ``.*``, ``/`` and the like."""
    return any(
        (found := compiled(pattern)) is not None and _simple(pattern) and all(found.search(path) for path in _ELSEWHERE)
        for pattern in patterns
    )


def _simple(pattern: str) -> bool:
    """Whether trying it on some paths cannot take long: no quantifier around another."""
    return len(pattern) <= 100 and re.search(r"[*+}][^|]*\)[*+{]", pattern) is None


def starts_anchored(pattern: str) -> bool:
    """Whether each alternative begins at the start of the path."""
    return all(_begins(one) for one in _alternatives(pattern))


def ends_anchored(pattern: str) -> bool:
    """Whether each alternative says where the path ends, or that everything below is meant."""
    return all(_ends(one) for one in _alternatives(pattern))


def _begins(alternative: str) -> bool:
    if alternative.startswith(("^", "\\A")):
        return True
    inner = _whole_group(alternative)
    return inner is not None and starts_anchored(inner)


def _ends(alternative: str) -> bool:
    if alternative.endswith(("$", "\\z", "\\Z", ".*", ".+", "/")):
        return True
    inner = _whole_group(alternative)
    return inner is not None and ends_anchored(inner)


def _whole_group(text: str) -> str | None:
    """What is inside parentheses that enclose everything."""
    if not text.startswith("(") or not text.endswith(")") or next(_depths(text, 1), None) != len(text) - 1:
        return None
    inner = text[1:-1]
    return inner[2:] if inner.startswith("?:") else None if inner.startswith("?") else inner


def _depths(text: str, level: int) -> Iterator[int]:
    """The offsets at which the group of a level closes."""
    depth = 0
    for offset, one in _plain(text):
        if one == "(":
            depth += 1
        elif one == ")":
            if depth == level:
                yield offset
            depth -= 1


def _alternatives(pattern: str) -> list[str]:
    parts, start, depth = [], 0, 0
    for offset, one in _plain(pattern):
        depth += (one == "(") - (one == ")")
        if one == "|" and depth == 0:
            parts.append(pattern[start:offset])
            start = offset + 1
    return [*parts, pattern[start:]]


def _plain(text: str) -> Iterator[tuple[int, str]]:
    """The characters outside of escapes and character classes."""
    at, inside = 0, False
    while at < len(text):
        one = text[at]
        if one == "\\":
            at += 2
            continue
        if inside:
            inside = one != "]"
        elif one == "[":
            inside = True
            at += 1 if text[at + 1 : at + 2] == "]" else 2 if text[at + 1 : at + 3] == "^]" else 0
        else:
            yield at, one
        at += 1


def asks_for_query(pattern: str) -> bool:
    """Whether a pattern wants a literal question mark, which no path has."""
    return re.search(r"(?<!\\)(?:\\\\)*\\\?", pattern) is not None


def anchored(pattern: str) -> str | None:
    """The pattern with ``^`` and, where it names one path, ``$``; None where that is not clear."""
    if len(_alternatives(pattern)) > 1 or compiled(pattern) is None:
        return None
    start = pattern if starts_anchored(pattern) else f"^{pattern}" if pattern.startswith("/") else None
    if start is None:
        return None
    return start if ends_anchored(start) or start.endswith("\\") else f"{start}$"
