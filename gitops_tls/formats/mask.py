"""Hides what is secret in quoted source lines: private keys, the values of Secrets, passwords."""

from __future__ import annotations

import re
from bisect import bisect_right

HIDDEN = "\u2026"

Span = tuple[int, int]


class _Pattern:
    """A regular expression that is compiled when it is first used: most runs quote no line."""

    __slots__ = ("_compiled", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._compiled: re.Pattern[str] | None = None

    @property
    def regex(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self._text)
        return self._compiled


_PRIVATE_KEY = _Pattern(r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)")
_HEADER = _Pattern(r"-----(?:BEGIN|END) [A-Z0-9 ]*PRIVATE KEY-----")
_BASE64 = _Pattern(r"[A-Za-z0-9+/_=-]{40,}")
_UPPER, _LOWER, _DIGIT = _Pattern("[A-Z]"), _Pattern("[a-z]"), _Pattern("[0-9]")
_PASSWORD = _Pattern(
    r"(?i)[\"']?\b[\w.-]{0,64}(?:pass(?:word|wd|phrase)|secret_?(?:access_?)?key(?!_?ref|_?path)(?:_?id)?|access_?key(?:_?id)?|token|api[-_]?key|"
    r"(?:root|minio)_?user|sasl_?username|encryption_?key)[\"']?[ \t]*[:=][ \t]*(?P<value>[^\s#,}][^\r\n]*?)(?=[ \t]*(?:[\"']?[ \t]*[,\]}]|[ \t]#|[\r\n]|\Z))"
)
_GATEWAY = _Pattern(
    r"\b(?:keyring|key_encrypt_salt)[\"']?[ \t]*:[ \t]*(?P<value>[^\s#][^\r\n]*)?(?P<items>(?:(?:\r\n|\n|\r)[ \t]*(?:-[^\r\n]*|#[^\r\n]*)?)*)"
    r"|(?m:^[ \t{-]*)[\"']?key[\"']?[ \t]*:[ \t]*(?P<key>[^\s#,}]+)|\b(?:admin|viewer)[\"']?[ \t]*:[ \t]*[\"']?(?P<token>[\w+/=.-]{12,})"
)
"""What APISIX encrypts keys with, and the keys of its Admin API."""
_ITEM = _Pattern(r"(?m)^[ \t]*-[ \t]*(?P<value>[^\s#][^\r\n]*)")
_URL_PASSWORD = _Pattern(r"://[^/\s:@]*:(?P<value>[^@\s/]+)@|[\w.-]:(?P<dsn>[^@\s]{1,200})@(?:tcp|unix)\(")
_DOCUMENT = _Pattern(r"(?m)^---(?:[ \t].*)?$")
_SECRET = _Pattern(r"(?m)(?:^|[{,])[ \t{,\"'-]*kind[\"']?[ \t]*:[ \t]*[\"']?Secret\b")
_SECRET_BLOCK = _Pattern(r"(?m)(?:^|[{,])(?P<indent>[ \t]*(?:- )?)[\"']?(?:data|stringData)[\"']?[ \t]*:(?P<same>[^\r\n]*)")
_KEY = _Pattern(r"[ \t]*(?:[\"']?[\w./-]+[\"']?)[ \t]*:[ \t]*")
_LINE = _Pattern(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


def secret_spans(text: str) -> list[Span]:
    """Spans of a file's text that must not be shown, sorted and without overlap. They never cross the end of a line."""
    found: list[Span] = []
    if "PRIVATE KEY-----" in text:
        for match in _PRIVATE_KEY.regex.finditer(text):
            found += _inside_key(text, match.start(), match.end())
    for match in _BASE64.regex.finditer(text):
        if _looks_encoded(match[0]):
            found.append(match.span())
    lower = text.lower()
    if any(word in lower for word in ("pass", "key", "token", "user")):
        found += [match.span("value") for match in _PASSWORD.regex.finditer(text) if not _harmless(match["value"])]
    if "keyring" in text or "key_encrypt_salt" in text or "admin_key" in text or "credentials" in text:
        found += _gateway_keys(text)
    if "@" in text:
        found += [match.span(match.lastgroup or 0) for match in _URL_PASSWORD.regex.finditer(text)]
    if "Secret" in text:
        found += _secret_values(text)
    return _merged(text, found)


def _inside_key(text: str, start: int, end: int) -> list[Span]:
    """Everything of a PEM block but its first and last line."""
    spans: list[Span] = []
    at = start
    for header in (*_HEADER.regex.finditer(text, start, end),):
        if header.start() > at:
            spans.append((at, header.start()))
        at = header.end()
    if at < end:
        spans.append((at, end))
    return spans


def _gateway_keys(text: str) -> list[Span]:
    spans: list[Span] = []
    for match in _GATEWAY.regex.finditer(text):
        names = [name for name in ("value", "key", "token") if match[name] and not _harmless(match[name])]
        if "admin_key" not in text:
            names = [name for name in names if name != "key"]
        spans += [match.span(name) for name in names]
        if match["items"]:
            spans += [one.span("value") for one in _ITEM.regex.finditer(text, match.start("items"), match.end("items"))]
    return spans


def _looks_encoded(token: str) -> bool:
    """Base64 rather than a path, a host name or a row of dashes."""
    if token.count("-") + token.count("_") > 6 or (token.count("/") > 3 and token.islower()):
        return False
    return token.startswith("LS0tLS1") or _mixed(token)


def _mixed(token: str) -> bool:
    """Whether letters of both cases stand in it, or a letter after a digit. Takes time in proportion to the length."""
    upper, lower = _UPPER.regex.search(token), _LOWER.regex.search(token)
    if upper and lower:
        return True
    digit, letters = _DIGIT.regex.search(token), _UPPER if upper else _LOWER
    return digit is not None and letters.regex.search(token, digit.end()) is not None


def _harmless(value: str) -> bool:
    """An empty value, a switch or a reference to a variable says nothing secret."""
    value = value.strip().strip("\"'")
    return (
        value in ("", "true", "false", "null", "~", "|", ">", "{", "[", "{}", "[]", "''", '""')
        or re.match(r"\$\{?\w+\}?\Z|\{\{.*\}\}\Z", value) is not None
    )


def _secret_values(text: str) -> list[Span]:
    starts = [0, *(match.end() for match in _DOCUMENT.regex.finditer(text))]
    spans: list[Span] = []
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(text)
        if _SECRET.regex.search(text, start, end):
            for block in _SECRET_BLOCK.regex.finditer(text, start, end):
                spans += _block_values(text, block, end)
    return spans


def _block_values(text: str, block: re.Match[str], end: int) -> list[Span]:
    same = block["same"].strip()
    if same and not same.startswith("#"):  # a flow mapping: on this line, or to the end of the document
        return [(block.start("same"), end if same.startswith("{") and "}" not in same else block.end("same"))]
    indent = len(block["indent"])
    spans: list[Span] = []
    at = block.end()
    at += 2 if text.startswith("\r\n", at) else 1
    entry: int | None = None
    while at < end:
        match = _LINE.regex.match(text, at)
        assert match is not None
        line = match[0].rstrip("\r\n")
        if line.strip():
            width = len(line) - len(line.lstrip(" \t"))
            if width <= indent:
                break
            key = _KEY.regex.match(line) if entry is None or width <= entry else None
            if key is not None:
                entry = width
                if line[key.end() :].strip() not in ("", "|", "|-", "|+", ">", ">-", ">+"):
                    spans.append((at + key.end(), at + len(line)))
            elif not line.lstrip().startswith("#") or (entry is not None and width > entry):
                spans.append((at + width, at + len(line)))
        if match.end() == at:
            break
        at = match.end()
    return spans


def _merged(text: str, spans: list[Span]) -> list[Span]:
    pieces: list[Span] = []
    for start, end in spans:
        at = start
        while at < end:
            match = _LINE.regex.match(text, at)
            assert match is not None
            stop = min(end, at + len(match[0].rstrip("\r\n")))
            first = at + len(text[at:stop]) - len(text[at:stop].lstrip(" \t"))
            if first < stop:
                pieces.append((first, stop))
            if match.end() == at:
                break
            at = match.end()
    merged: list[Span] = []
    for start, end in sorted(pieces):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class Masked:
    """A file's text with its secrets, to be quoted line by line."""

    def __init__(self, text: str) -> None:
        self._spans = secret_spans(text)
        self._starts = [start for start, _ in self._spans]

    def line(self, start: int, line: str, low: int = 0, high: int = 0) -> tuple[str, int, int]:
        """``line`` (which begins at ``start`` of the text) with its secrets hidden.

        Also where the span ``low`` to ``high`` of the line comes to be: one end inside a secret moves to its edge.
        """
        end = start + len(line)
        parts: list[str] = []
        at = start
        new_low, new_high = low, high
        removed = 0
        for first, last in self._spans[max(bisect_right(self._starts, start) - 1, 0) :]:
            first, last = max(first, at), min(last, end)
            if first >= end or first >= last:
                if first >= end:
                    break
                continue
            parts += (line[at - start : first - start], HIDDEN)
            new_low = _moved(low, first - start, last - start, removed, new_low, 0)
            new_high = _moved(high, first - start, last - start, removed, new_high, 1)
            removed += last - first - len(HIDDEN)
            at = last
        parts.append(line[at - start :])
        return "".join(parts), new_low, new_high


def _moved(offset: int, first: int, last: int, removed: int, moved: int, edge: int) -> int:
    """Where ``offset`` comes to be when ``first`` to ``last`` shrinks to one character, ``removed`` of them being gone already."""
    if offset >= last:
        return offset - removed - (last - first - len(HIDDEN))
    return first - removed + edge if offset > first else moved


def whole(text: str) -> str:
    """The text with all secrets hidden, line for line."""
    parts: list[str] = []
    at = 0
    for start, end in secret_spans(text):
        parts += (text[at:start], HIDDEN)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def message(text: str) -> str:
    """Words about a finding, with any encoded content hidden: a last line of defence, rules quote no secret."""
    if "PRIVATE KEY-----" not in text and len(text) < 60:
        return text
    return _BASE64.regex.sub(lambda match: HIDDEN if _looks_encoded(match[0]) and len(match[0]) > 64 else match[0], text)
