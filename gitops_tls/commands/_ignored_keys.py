"""Keys in a Git repository: does Git ignore them, and the lines of ``.gitignore`` that would make it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..errors import NotWritten, UsageError

_SPECIAL = re.compile(r"([\\*?\[])")
_FILE = ".gitignore"


class Uncovered(NamedTuple):
    """Files that Git would take (``paths``), and the lines that belong into ``.gitignore`` at ``root``."""

    root: str
    paths: tuple[str, ...]
    lines: tuple[str, ...]


def uncovered(folder: str, names: Sequence[str]) -> Uncovered | None:
    """Those of the files in ``folder`` (which need not exist yet) that Git does not ignore; None where there are none."""
    from ..repo.disk import find_root
    from ..repo.git import git

    real = os.path.realpath(folder)
    root = find_root(os.path.join(real, "any"))
    if not os.path.lexists(os.path.join(root, ".git")):
        return None
    inside = os.path.relpath(real, root).replace(os.sep, "/")
    prefix = "" if inside == "." else inside + "/"
    left = [name for name in names if git(root, "check-ignore", "-q", "--", prefix + name)[0] != 0]
    if not left:
        return None
    return Uncovered(root, tuple(prefix + name for name in left), tuple(dict.fromkeys(_line(prefix, name) for name in left)))


def _line(prefix: str, name: str) -> str:
    pattern = "*.key" if name.endswith(".key") else _escaped(name)
    return f"/{_escaped(prefix)}{pattern}"


def _escaped(path: str) -> str:
    return _SPECIAL.sub(r"\\\1", path)


def add(found: Uncovered) -> Callable[[], None]:
    """Add the lines; gives back what takes them away again. Raises UsageError or NotWritten where that cannot be done."""
    from ..text.create import NewFile, write_set
    from ..text.write import write_atomic

    if any("\n" in line or "\r" in line for line in found.lines):
        raise UsageError("the name of the folder has a line break, which .gitignore cannot hold", "leave --gitignore away")
    path = os.path.join(found.root, _FILE)
    before = _read(path)
    if before is None:
        write_set(found.root, [NewFile(_FILE, _text(b"", found.lines))])
        return lambda: os.unlink(path)
    after = _text(before, found.lines)
    if after == before:
        return lambda: None
    write_atomic(found.root, _FILE, after, before)

    def undo() -> None:
        write_atomic(found.root, _FILE, before, after)

    return undo


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotWritten(f"`{_FILE}` cannot be read: {(error.strerror or 'read error').lower()}") from None


def _text(before: bytes, lines: Sequence[str]) -> bytes:
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    have = {line.strip() for line in before.splitlines()}
    new = [line for line in (os.fsencode(line) for line in lines) if line not in have]
    if not new:
        return before
    gap = newline if before and not before.endswith(b"\n") else b""
    return before + gap + b"".join(line + newline for line in new)
