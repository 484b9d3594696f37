"""``gitops-tls init``: the pre-commit entry and the CI jobs, into the files that are there or into new ones."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

from .. import __version__
from ..errors import UsageError
from ..generators import ci_systems, pre_commit
from ..generators.plan import Planned, Repository

DEFAULT_CI = "github"


class InitOptions(Protocol):
    """What ``init`` needs to know. ``root`` is the repository's folder; ``ci`` may be empty: it is then found out."""

    @property
    def ci(self) -> Iterable[str]:
        """Names of CI systems."""

    @property
    def dry_run(self) -> bool:
        """Only show what would be written."""

    @property
    def root(self) -> str:
        """The folder of the repository."""


def run(options: InitOptions) -> int:
    """Plan every file, then write them; what exists is only added to. Returns 0. Raises UsageError, with nothing written."""
    repository = Repository(options.root)
    planned = plan(repository, options.ci, __version__)
    if options.dry_run:
        for file in planned:
            print(f"would keep {file.path}: {file.note}" if file.kept else _diff(file), end="\n" if file.kept else "")
        return 0
    for file in planned:
        if not file.kept:
            _write(repository, file)
    for file in planned:
        print(f"{_verb(file)} {file.path}: {file.note}")
    return 0


def plan(repository: Repository, ci: Iterable[str], version: str) -> list[Planned]:
    """What would be written: the pre-commit entry and one file a CI system. Raises UsageError."""
    systems = ci_systems()
    wanted = list(dict.fromkeys(name.strip().lower() for one in ci for name in one.split(",") if name.strip()))
    for name in wanted:
        if name not in systems:
            raise UsageError(f"no CI system is called `{name}`", _nearest(name, systems))
    if not wanted:
        wanted = [name for name, module in systems.items() if module.detect(repository)] or [DEFAULT_CI]
    return [pre_commit.plan(repository, version), *(systems[name].plan(repository, version) for name in wanted)]


def _nearest(name: str, systems: Iterable[str]) -> str:
    from difflib import get_close_matches

    listed = ", ".join(f"`{system}`" for system in systems)
    close = get_close_matches(name, list(systems), 1, 0.5)
    return f"did you mean `{close[0]}`? right are {listed}" if close else f"right are {listed}"


def _verb(file: Planned) -> str:
    if file.kept:
        return "kept"
    return "wrote" if file.before is None else "changed"


def _diff(file: Planned) -> str:
    from ..text.diff import unified
    from ..text.source import Source

    before = Source.from_bytes(file.path, file.before).text if file.before is not None else ""
    return unified(file.path, before, Source.from_bytes(file.path, file.after).text)


def _write(repository: Repository, file: Planned) -> None:
    """Write a file whole or not at all; a link is written through, and permission bits stay."""
    import tempfile

    target = os.path.realpath(repository.full(file.path))
    folder = os.path.dirname(target)
    try:
        os.makedirs(folder, exist_ok=True)
        mode = os.stat(target).st_mode & 0o7777 if file.before is not None else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(prefix=".gitops-tls-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(file.after)
            os.chmod(temporary, mode)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"{file.path} cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
