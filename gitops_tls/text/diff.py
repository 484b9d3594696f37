"""Changes as Git shows them."""

from __future__ import annotations

import re

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
    old, new = _lines(mark + before), _lines(mark + after)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    # the differ takes quadratic time: give it only what lies between the equal ends
    skip = max(0, head - _CONTEXT)
    keep = max(0, tail - _CONTEXT)
    hunks = _hunks(old[skip : len(old) - keep], new[skip : len(new) - keep], skip)
    return f"--- {_name('a/' + path)}\n+++ {_name('b/' + path)}\n" + "".join(hunks)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _common(one: list[str], other: list[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _hunks(old: list[str], new: list[str], skip: int) -> list[str]:
    from difflib import SequenceMatcher

    parts: list[str] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        parts.append(f"@@ -{_range(first[1] + skip, last[2] + skip)} +{_range(first[3] + skip, last[4] + skip)} @@\n")
        for tag, i, j, k, m in group:
            if tag == "equal":
                parts += (_line(" ", line) for line in old[i:j])
                continue
            parts += (_line("-", line) for line in old[i:j])
            parts += (_line("+", line) for line in new[k:m])
    return parts


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
