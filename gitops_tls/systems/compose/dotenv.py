"""Files of variables: ``.env`` beside a Compose file, and ``env_file`` of a service.

Source: the dotenv package of compose-go v2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ...records import NamedTuple
from ...repo.encrypted import is_sops_value
from .interpolate import Interpolated, interpolate

_KEY = r"[ \t]*(?:export[ \t]+)?([\w.\-\[\]]+)[ \t]*([=:])?[ \t]*"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a", "b": "\b"}


class DotenvEntry(NamedTuple):
    """One variable of a file: its value, and the offsets of the value as written (quotes included) in the file's text."""

    name: str
    value: Interpolated
    start: int
    end: int


class Dotenv(NamedTuple):
    """What a file of variables says. ``problem`` is what Compose refuses (it then refuses the project), else empty."""

    entries: tuple[DotenvEntry, ...]
    problem: str = ""


def parse_dotenv(text: str, outer: Callable[[str], Interpolated | None], *, raw: bool = False) -> Dotenv:
    """The variables of a file, in order; never raises.

    ``outer`` looks up variables used in values that the file itself does not set before. ``raw`` takes everything after
    the ``=`` as it stands (``format: raw``). A value that SOPS encrypted is not known: it is decrypted before Compose
    reads the file, or set in the shell.
    """
    entries: list[DotenvEntry] = []
    values: dict[str, Interpolated] = {}

    def lookup(name: str) -> Interpolated | None:
        return values[name] if name in values else outer(name)

    key_pattern = re.compile(_KEY)
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if not line.strip() or line.lstrip().startswith("#"):
            at = end + 1
            continue
        key = key_pattern.match(text, at, end)
        if key is None or (key[2] is None and text[key.end() : end].strip()):
            return Dotenv(tuple(entries), f"`{line.split('=')[0].strip()[:40]}` is no variable name")
        name, start = key[1], key.end()
        if key[2] is None:
            inherited = outer(name)
            value: Interpolated | None = inherited if inherited is not None else Interpolated(None, (name,))
        elif raw:
            value = Interpolated(text[start:end].rstrip("\r"))
        else:
            value, start, end = _value(text, start, end, lookup)
            if value is None:
                return Dotenv(tuple(entries), f"the quotes of {name} are not closed")
        assert value is not None
        if value.text is not None and is_sops_value(value.text):
            value = Interpolated(None, (name,))
        values[name] = value
        entries.append(DotenvEntry(name, value, start, max(start, min(end, len(text)))))
        at = text.find("\n", end) + 1 or len(text)
    return Dotenv(tuple(entries))


def _value(text: str, start: int, end: int, lookup: Callable[[str], Interpolated | None]) -> tuple[Interpolated | None, int, int]:
    quote = text[start : start + 1] if start < end else ""
    if quote and quote in "'\"":
        close = start + 1
        while (close := text.find(quote, close)) >= 0 and text[close - 1] == "\\":
            close += 1
        if close < 0:
            return None, start, end
        body = text[start + 1 : close]
        if quote == "'":
            return Interpolated(body), start, close + 1
        return interpolate(re.sub(r"\\(.)", _unescape, body, flags=re.DOTALL), lookup), start, close + 1
    written = text[start:end]
    if written.startswith("#"):
        written = ""
    written = written.split(" #", 1)[0].rstrip()
    return interpolate(written, lookup), start, start + len(written)


def _unescape(match: re.Match[str]) -> str:
    if match[1] == "$":
        return "$$"
    return _ESCAPES.get(match[1], match[1])


class Environment:
    """The variables that Compose substitutes in a project: those of its ``.env`` files; the shell's are not known here.

    Values of ``parent`` (the project that includes this one) win.
    """

    def __init__(self, values: Iterable[DotenvEntry] = (), parent: Environment | None = None) -> None:
        self._values = {entry.name: entry.value for entry in values}
        self._parent = parent

    def lookup(self, name: str) -> Interpolated | None:
        """The value of a variable; None where no file sets it."""
        found = self._parent.lookup(name) if self._parent is not None else None
        return found if found is not None else self._values.get(name)
