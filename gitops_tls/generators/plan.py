"""What a generator reads and what it wants to write."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..errors import UsageError
from ..records import NamedTuple
from ..text.edits import Address
from ..text.source import Source
from ..yamldoc.parse import Parsed, parse

PROJECT = "https://github.com/gitops-tls/gitops-tls"
COMMAND = "gitops-tls check"


class Planned(NamedTuple):
    """One file. ``before`` is None where it does not exist; ``after`` equals it where nothing is to do. ``note`` says why."""

    path: str
    before: bytes | None
    after: bytes
    note: str

    @property
    def kept(self) -> bool:
        """Whether nothing is to be written."""
        return self.before == self.after


class Repository:
    """The folder that is generated into. Paths are relative to it, with ``/``."""

    def __init__(self, root: str) -> None:
        self.root = root

    def full(self, path: str) -> str:
        """The path on disk."""
        return os.path.join(self.root, *path.split("/"))

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none. Raises UsageError where it cannot be read."""
        try:
            with open(self.full(path), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}", "nothing was written") from None

    def is_dir(self, path: str) -> bool:
        """Whether a folder is there."""
        return os.path.isdir(self.full(path))

    def files(self, folder: str) -> list[str]:
        """The paths of the files right in a folder, sorted; none where there is no such folder."""
        try:
            names = sorted(os.listdir(self.full(folder)))
        except OSError:
            return []
        return [f"{folder}/{name}" for name in names if os.path.isfile(self.full(f"{folder}/{name}"))]

    def remotes(self) -> str:
        """The text of ``.git/config``, where the remotes are; empty without one."""
        try:
            return (self.read(".git/config") or b"").decode("utf-8", "replace")
        except UsageError:
            return ""


def parsed_or_refuse(path: str, data: bytes) -> tuple[Source, Parsed]:
    """A file that is to be extended. Raises UsageError where it is no YAML."""
    source = Source.from_bytes(path, data)
    parsed = parse(source)
    if parsed.problem is not None:
        line, column = source.position(parsed.problem.offset)
        raise UsageError(
            f"{path}:{line}:{column}: this is not YAML: {parsed.problem.message}", "nothing was written; repair the file first"
        )
    return source, parsed


def refuse(path: str, why: str, text: str) -> UsageError:
    """The error of a file that cannot be extended with certainty: ``text`` is what to add by hand."""
    return UsageError(f"{path} was left as it is: {why}", f"nothing was written; add this by hand:\n{text}")


def extended(source: Source, after: str, changes: Iterable[Address]) -> bytes | None:
    """The bytes of a file whose text became ``after``; None where more than ``changes`` (addresses) became different."""
    from ..yamldoc.verify import verify

    return source.to_bytes(after) if verify(source, after, changes) is None else None
