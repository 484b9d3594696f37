"""``gitops-tls init``: the pre-commit entry and the CI jobs, into the files that are there or into new ones."""

from __future__ import annotations

import os
from collections.abc import Iterable

from .. import __version__
from ..errors import NotWritten, UsageError
from ..generators import ci_systems, pre_commit
from ..generators.plan import Planned, Repository
from ..options import Values
from ._output import write

DEFAULT_CI = "github"


def run(values: Values) -> int:
    """Plan every file, then write them into the repository around the current folder; what exists is only added to.

    Returns 0. Raises UsageError where a file cannot be extended, with nothing written.
    """
    from ..repo.disk import find_root

    given = values.get("ci")
    repository = Repository(str(find_root(os.getcwd())))
    planned = plan(repository, given if isinstance(given, tuple) else (), __version__)
    if values.get("dry_run"):
        write("".join(f"would keep {file.path}: {file.note}\n" if file.kept else diff(file) for file in planned))
        return 0
    write_files(repository, planned)
    write("".join(f"{_verb(file)} {file.path}: {file.note}\n" for file in planned))
    return 0


def plan(repository: Repository, ci: Iterable[str], version: str) -> list[Planned]:
    """What would be written: the pre-commit entry and one file a CI system (found out where ``ci`` is empty)."""
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


def diff(file: Planned) -> str:
    """The change of one file as Git shows it."""
    from ..text.diff import unified
    from ..text.source import Source

    after = Source.from_bytes(file.path, file.after)
    if file.before is not None:
        return unified(file.path, Source.from_bytes(file.path, file.before).text, after.text, bom=bool(after.bom))
    return unified(file.path, "", after.text).replace(f"--- a/{file.path}", "--- /dev/null", 1)


def write_files(repository: Repository, planned: Iterable[Planned]) -> None:
    """Write what is not kept. New files are made first, never over one that is there, and taken back if the rest fails."""
    from ..text.write import Change, write_all

    made: list[str] = []
    try:
        for file in planned:
            if file.before is None:
                _create(repository, file)
                made.append(repository.full(file.path))
        changes = {file.path: Change(file.after, file.before) for file in planned if file.before is not None and not file.kept}
        write_all(repository.root, changes)
    except BaseException:
        for path in made:
            os.unlink(path)
        raise


def _create(repository: Repository, file: Planned) -> None:
    full = repository.full(file.path)
    top = os.path.realpath(repository.root)
    if os.path.commonpath([top, os.path.realpath(full)]) != top:
        raise NotWritten(f"`{file.path}` leads outside of the repository")
    try:
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "xb") as out:
            out.write(file.after)
    except FileExistsError:
        raise NotWritten(f"`{file.path}` is in the way") from None
    except OSError as error:
        raise NotWritten(f"`{file.path}` cannot be written: {(error.strerror or '').lower()}") from None
