"""Changes as Git shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .lines import Step, steps

_CONTEXT = 3
_NO_NEWLINE = "\\ No newline at end of file\n"
_QUOTED = re.compile(r'["\\\x00-\x1f\x7f]')


def unified(path: str, before: str, after: str, *, bom: bool = False) -> str:
    """A unified diff that ``git apply`` takes; empty where nothing changed.

    Lines end at LF, as for Git, so CR LF stays. ``bom`` says that the file begins with a byte order mark, which
    ``before`` and ``after`` (texts of a ``Source``) leave out.
    """
    if before == after:
        return ""
    mark = "\ufeff" if bom else ""
    hunks = _hunks(_lines(mark + before), _lines(mark + after))
    return f"--- {_name('a/' + path)}\n+++ {_name('b/' + path)}\n" + "".join(hunks)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _hunks(old: list[str], new: list[str]) -> list[str]:
    parts: list[str] = []
    for group in _groups(old, new):
        (i, _, k, _), (_, j, _, m) = group[0].span, group[-1].span
        parts.append(f"@@ -{_range(i, j)} +{_range(k, m)} @@\n")
        for one in group:
            i, j, k, m = one.span
            if one.equal:
                parts += (_line(" ", line) for line in old[i:j])
                continue
            parts += (_line("-", line) for line in old[i:j])
            parts += (_line("+", line) for line in new[k:m])
    return parts


def _groups(old: list[str], new: list[str]) -> Iterator[list[Step]]:
    """The changes, those near each other together, with the context around them."""
    group: list[Step] = []
    for step in steps(old, new):
        i, j, k, m = step.span
        if not step.equal:
            group.append(step)
            continue
        if group and j - i > 2 * _CONTEXT:
            yield [*group, Step(True, (i, i + _CONTEXT, k, k + _CONTEXT))]
            group = []
        if not group:
            i, k = max(i, j - _CONTEXT), max(k, m - _CONTEXT)
        group.append(Step(True, (i, j, k, m)))
    if any(not step.equal for step in group):
        i, j, k, m = group[-1].span
        if group[-1].equal:
            group[-1] = Step(True, (i, min(j, i + _CONTEXT), k, min(m, k + _CONTEXT)))
        yield group


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n{_NO_NEWLINE}"


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _name(name: str) -> str:
    """A file name as Git quotes it; one with spaces ends with a tab, which readers cut off."""
    if _QUOTED.search(name):
        return '"' + _QUOTED.sub(lambda one: "\\" + one[0] if one[0] in '"\\' else f"\\{ord(one[0]):03o}", name) + '"'
    return name + "\t" if " " in name else name
