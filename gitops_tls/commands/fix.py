"""``gitops-tls fix``: repair in place what can be repaired."""

from __future__ import annotations

from .. import formats
from ..findings import Finding
from ..formats import mask
from ..formats._closing import plural
from ..formats._printable import columns, printable
from ..options import Values
from ..repair import Repaired, repair
from ..repo.workspace import Workspace
from ..text.source import Source
from ._output import emit, fails, reads_stdin, talk, write
from ._session import STDIN, STDIN_FILE, Session, open_session


def run(values: Values) -> int:
    """Fix; 0 if nothing is left to fix, 1 if findings remain (or, with ``--diff``, if there is something to change)."""
    session = open_session(values, formats.names())
    options = session.options
    allowed = session.reported
    if options.baseline is not None:
        from . import _baseline

        known = _baseline.read(options.baseline)
        outcome = repair(
            session.files, lambda files: _baseline.without(session.analyse(files), known), allowed, unsafe=options.unsafe
        )
    else:
        outcome = repair(session.files, session.analyse, allowed, unsafe=options.unsafe)
    for finding, reason in outcome.refused:
        talk(f"error: not fixed: {finding.rule} in {_path(finding)}:{finding.where.line}: {reason}")
    if options.diff:
        _show_diff(session, outcome)
    elif reads_stdin(session):
        _print_document(session, outcome)
    else:
        _write_files(session, outcome)
    if any(output.format != "text" or output.file is not None for output in options.outputs):
        emit(session, outcome.after, "check")
    elif not options.diff and not reads_stdin(session):
        _tell(session, outcome)
    if outcome.refused or outcome.after.failed or outcome.before.failed:
        return 3
    if options.diff:
        return 1 if outcome.changed else 0
    return 1 if fails(outcome.after.findings, session.config) else 0


def _path(finding: Finding) -> str:
    return STDIN if finding.where.path == STDIN_FILE else finding.where.path


def _write_files(session: Session, outcome: Repaired) -> None:
    if outcome.changed:
        from ..text.write import Change, write_all

        changes = {path: Change(data, session.files.read(path)) for path, data in outcome.changed.items()}
        write_all(session.root, changes)


def _print_document(session: Session, outcome: Repaired) -> None:
    """What came in on standard input goes out fixed: this one output holds the document as it is, secrets and all."""
    data = outcome.changed.get(STDIN_FILE)
    if data is None:
        data = session.files.read(STDIN_FILE)
    source = Source.from_bytes(STDIN_FILE, data)
    write(source.text)


def _show_diff(session: Session, outcome: Repaired) -> None:
    from ..text.diff import unified

    workspace = Workspace(session.files)
    for path in sorted(outcome.changed):
        source = workspace.source(path)
        before = mask.whole(source.text) if source is not None else ""
        after = Source.from_bytes(path, outcome.changed[path])
        shown = STDIN if path == STDIN_FILE else path
        write(unified(shown, before, mask.whole(after.text), bom=bool(after.bom) and after.encoding == "utf-8"))


def _tell(session: Session, outcome: Repaired) -> None:
    lines = _fixed_lines(outcome)
    if not session.options.quiet:
        lines.append(_closing(outcome))
    write("".join(line + "\n" for line in lines))


def _fixed_lines(outcome: Repaired) -> list[str]:
    """One line a file: what was done in it."""
    done: dict[str, list[str]] = {}
    for finding, fix in outcome.applied:
        words = f"{mask.message(printable(fix.title))} ({finding.rule})"
        path = fix.patch.edits[0].path
        if words not in done.setdefault(path, []):
            done[path].append(words)
    width = max((columns(printable(path)) for path in done), default=0)
    return [f"{printable(path)}{' ' * (width - columns(printable(path)))}   {', '.join(done[path])}" for path in sorted(done)]


def _closing(outcome: Repaired) -> str:
    fixed = len(outcome.applied)
    left = outcome.after.findings
    start = f"Fixed {plural(fixed, 'finding')} in {plural(len(outcome.changed), 'file')}." if fixed else "Nothing was changed."
    return f"{start} {_left(left)}" if left else f"{start} Nothing is left to fix."


def _left(left: list[Finding]) -> str:
    first = left[0]
    place = f"{printable(first.where.path)}:{first.where.line}"
    unsafe = sum(finding.fix is not None and not finding.fix.safe for finding in left)
    hint = f"; {unsafe:,} of them with --unsafe" if unsafe else ""
    first_words = f"{first.severity} {first.rule} {mask.message(printable(first.message))} ({place})"
    more = "" if len(left) == 1 else f", and {len(left) - 1:,} more: `gitops-tls check` shows them"
    return f"{len(left):,} left{hint}: {first_words}{more}."
