"""Variables in Compose files: ``$VAR``, ``${VAR:-default}`` and the rest, as Compose substitutes them.

Source: the template package of compose-go v2, the library of Docker Compose.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...records import NamedTuple

MARK = "\x00"
"""Stands in a marked text for a value that is not known here; no YAML text can hold it."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = frozenset(("-", "?", "+", ":-", ":?", ":+"))
_MAX_DEPTH = 50


class Interpolated(NamedTuple):
    """A text after substitution.

    ``text`` has the empty string in place of variables that nothing sets, as Compose does it; it is None where Compose
    refuses the text or where a required variable (``${VAR:?}``) is left to the shell. ``unknown`` names the variables
    that no file sets and that have no default: the shell of whoever deploys may set them. ``problem`` says why Compose
    refuses the text.
    """

    text: str | None
    unknown: tuple[str, ...] = ()
    problem: str = ""

    @property
    def known(self) -> str | None:
        """The text where the repository tells all of it, else None."""
        return None if self.unknown else self.text


Lookup = Callable[[str], "Interpolated | None"]
"""The value of a variable; None where nothing sets it."""


class _Refused(Exception):
    pass


def interpolate(template: str, lookup: Lookup, *, mark: str = "") -> Interpolated:
    """Substitute the variables of ``template``. Never raises.

    ``mark`` is put in place of each unknown value (``MARK``, to see afterwards which part of a text is unknown); a
    required variable that nothing sets is then marked too.
    """
    if "$" not in template:
        return Interpolated(template)
    expansion = _Expansion(lookup, mark)
    try:
        text = expansion.expand(template, 0)
    except _Refused as refusal:
        return Interpolated(None, tuple(dict.fromkeys(expansion.unknown)), str(refusal))
    unknown = tuple(dict.fromkeys(expansion.unknown))
    return Interpolated(None if expansion.required and not mark else text, unknown)


class _Expansion:
    def __init__(self, lookup: Lookup, mark: str) -> None:
        self.lookup = lookup
        self.mark = mark
        self.unknown: list[str] = []
        self.required = False

    def expand(self, template: str, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise _Refused(f"variables are nested more than {_MAX_DEPTH} deep")
        parts: list[str] = []
        at = 0
        while True:
            dollar = template.find("$", at)
            if dollar < 0 or dollar + 1 >= len(template):
                parts.append(template[at:])
                return "".join(parts)
            parts.append(template[at:dollar])
            follows = template[dollar + 1]
            if follows == "$":
                parts.append("$")
                at = dollar + 2
            elif follows == "{":
                at = _closing(template, dollar)
                if at < 0:
                    raise _Refused(f"`{template[dollar : dollar + 40]}` has no closing brace")
                parts.append(self.braced(template[dollar + 2 : at - 1], depth))
            else:
                name = _NAME.match(template, dollar + 1)
                parts.append(self.value(name[0]) if name else "$")
                at = name.end() if name else dollar + 1

    def braced(self, inner: str, depth: int) -> str:
        name = _NAME.match(inner)
        rest = inner[name.end() :] if name else ""
        operator = rest[:2] if rest.startswith(":") else rest[:1]
        if name is None or (rest and operator not in _OPERATORS):
            raise _Refused(f"`${{{inner[:40]}}}` is no variable")
        if not rest:
            return self.value(name[0])
        found = self.lookup(name[0])
        counts = found is not None and (operator[0] != ":" or found.text != "" or bool(found.unknown))
        argument = rest[len(operator) :]
        kind = operator[-1]
        if kind == "+":
            if found is None:
                return self.missing(name[0])
            return self.expand(argument, depth + 1) if counts else ""
        if counts:
            return self.value(name[0])
        if kind == "-":
            return self.expand(argument, depth + 1)
        if found is not None:
            raise _Refused(f"the required variable {name[0]} is set to nothing")
        self.required = True
        return self.missing(name[0])

    def value(self, name: str) -> str:
        found = self.lookup(name)
        if found is None:
            return self.missing(name)
        self.unknown += found.unknown
        if found.text is None or found.unknown:
            return self.mark or found.text or ""
        return found.text

    def missing(self, name: str) -> str:
        self.unknown.append(name)
        return self.mark


def _closing(text: str, start: int) -> int:
    """The offset after the brace that closes the ``${`` at ``start``; -1 where there is none."""
    depth = 0
    at = start
    while at < len(text):
        if text.startswith("${", at):
            depth += 1
            at += 2
            continue
        if text[at] == "}":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return -1
