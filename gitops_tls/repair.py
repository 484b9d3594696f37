"""Fixing: apply in memory, verify, judge again, until nothing changes; only then is anything written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from .errors import FixNotVerified
from .findings import ERROR, Finding
from .pipeline import Report
from .records import NamedTuple
from .repo.files import Files
from .repo.prefilter import is_yaml
from .repo.workspace import Workspace
from .suppress import blank
from .text.edits import Fix
from .text.source import Source

MAX_ROUNDS = 20
"""A fix may make room for another; more rounds than this would be a quarrel between two rules."""

Analyse = Callable[[Files], Report]


class Overlay:
    """Files with some of them changed in memory. See :class:`gitops_tls.repo.files.Files`."""

    def __init__(self, below: Files, changed: dict[str, bytes]) -> None:
        self.below = below
        self.changed = changed

    def paths(self) -> list[str]:
        """See Files."""
        return sorted({*self.below.paths(), *self.changed})

    def read(self, path: str) -> bytes:
        """See Files."""
        return self.changed[path] if path in self.changed else self.below.read(path)

    def exists(self, path: str) -> bool:
        """See Files."""
        return path in self.changed or self.below.exists(path)

    def is_dir(self, path: str) -> bool:
        """See Files."""
        return self.below.is_dir(path)

    def mode(self, path: str) -> int | None:
        """See Files."""
        return self.below.mode(path)

    def ignored(self, path: str) -> bool:
        """See Files."""
        return self.below.ignored(path)


class Applied(NamedTuple):
    """A fix that was made, and the finding it answers."""

    finding: Finding
    fix: Fix


class Refused(NamedTuple):
    """A fix that was not made because it would not have done what it says."""

    finding: Finding
    reason: str


class Repaired(NamedTuple):
    """The outcome. ``changed`` maps paths to their new bytes; ``before`` and ``after`` are the reports around it."""

    before: Report
    after: Report
    changed: dict[str, bytes]
    applied: list[Applied]
    refused: list[Refused]


class _Key(NamedTuple):
    rule: str
    path: str
    pointer: str
    message: str


def _key(finding: Finding) -> _Key:
    return _Key(finding.rule, finding.where.path, finding.where.pointer, finding.message)


def repair(files: Files, analyse: Analyse, allowed: Callable[[str], bool], *, unsafe: bool) -> Repaired:
    """Make all fixes that are allowed, in memory.

    ``analyse`` judges files; ``allowed`` says which paths may change. Raises FixNotVerified where it comes to no end.
    """
    before = report = analyse(files)
    changed: dict[str, bytes] = {}
    applied: list[Applied] = []
    refused: dict[_Key, Refused] = {}
    for _ in range(MAX_ROUNDS):
        wanted = _wanted(report, allowed, unsafe, refused)
        if not wanted:
            return Repaired(before, report, changed, applied, list(refused.values()))
        result = _round(files, changed, report, wanted, analyse, refused)
        if result is not None:
            made, changed, report = result
            applied += made
    rule = wanted[0].rule if wanted else "?"
    raise FixNotVerified(
        f"fixing did not come to an end after {MAX_ROUNDS} rounds (last: {rule} in {wanted[0].where.path}); nothing was written"
    )


def _wanted(report: Report, allowed: Callable[[str], bool], unsafe: bool, refused: dict[_Key, Refused]) -> list[Finding]:
    return [
        finding
        for finding in report.findings
        if finding.fix is not None
        and finding.fix.patch.edits
        and (finding.fix.safe or unsafe)
        and all(allowed(edit.path) for edit in finding.fix.patch.edits)
        and _key(finding) not in refused
    ]


def _round(
    files: Files, changed: dict[str, bytes], report: Report, wanted: list[Finding], analyse: Analyse, refused: dict[_Key, Refused]
) -> tuple[list[Applied], dict[str, bytes], Report] | None:
    """One round: what was made, the files and the report after it; None where a fix was refused and nothing made."""
    from .text.apply import plan

    workspace = Workspace(Overlay(files, changed))
    fixes: dict[Fix, list[Finding]] = {}
    for finding in wanted:
        if finding.fix is not None:
            fixes.setdefault(finding.fix, []).append(finding)
    accepted = list(plan(list(fixes))[0]) or [next(iter(fixes))]
    texts, problem = _apply(workspace, accepted)
    if problem:
        accepted = _single_out(workspace, accepted, fixes, refused)
        if not accepted:
            return None
        texts, problem = _apply(workspace, accepted)
        if problem:
            return None
    after_files = {**changed, **texts}
    after = analyse(Overlay(files, after_files))
    guilty = _guilty(report, after, accepted, fixes, texts)
    if guilty:
        refused.update(guilty)
        return None
    return [Applied(finding, fix) for fix in accepted for finding in fixes[fix]], after_files, after


def _apply(workspace: Workspace, fixes: Iterable[Fix]) -> tuple[dict[str, bytes], str]:
    """The changed files, and why they are not as intended (empty where they are)."""
    from .text.apply import apply_edits
    from .yamldoc.verify import verify

    fixes = list(fixes)
    texts: dict[str, bytes] = {}
    for path in sorted({edit.path for fix in fixes for edit in fix.patch.edits}):
        source = workspace.source(path)
        if source is None:
            return {}, f"{path} cannot be read"
        if source.problem is not None:
            return {}, f"{path} is not {source.encoding}"
        # two fixes may want the very same edit
        edits = sorted({edit for fix in fixes for edit in fix.patch.edits if edit.path == path})
        allowed = [address for fix in fixes for changed_path, address in fix.patch.changes if changed_path == path]
        text = apply_edits(source.text, edits)
        original = Source(path, blank(source.text, edits), source.encoding, source.bom)
        problem = verify(original, text, allowed) if is_yaml(path) else None
        if problem is not None:
            return {}, problem
        texts[path] = source.to_bytes(text)
    return texts, ""


def _single_out(
    workspace: Workspace, accepted: list[Fix], fixes: dict[Fix, list[Finding]], refused: dict[_Key, Refused]
) -> list[Fix]:
    """The fixes that verify alone; the others are refused. One only, where they verify alone but not together."""
    good: list[Fix] = []
    for fix in accepted:
        _, problem = _apply(workspace, [fix])
        if problem:
            for finding in fixes[fix]:
                refused[_key(finding)] = Refused(finding, problem)
        else:
            good.append(fix)
    return good if len(good) < len(accepted) and not _apply(workspace, good)[1] else good[:1]


def _guilty(
    before: Report, after: Report, accepted: list[Fix], fixes: dict[Fix, list[Finding]], texts: dict[str, bytes]
) -> dict[_Key, Refused]:
    """Fixes whose finding is still there, or after which a file can no longer be read as before."""
    had, has = Counter(map(_key, before.findings)), Counter(map(_key, after.findings))
    guilty: dict[_Key, Refused] = {}
    for fix in accepted:
        for finding in fixes[fix]:
            if has[_key(finding)] >= had[_key(finding)]:
                guilty[_key(finding)] = Refused(finding, "the finding is still there after it")
    if after.failed and not before.failed:
        for fix in accepted:
            for finding in fixes[fix]:
                guilty.setdefault(_key(finding), Refused(finding, "a rule stopped with an error after it"))
    worse = _broken_files(after) - _broken_files(before)
    for (rule, path), _ in worse.items():
        for fix in accepted:
            if path in texts and any(edit.path == path for edit in fix.patch.edits):
                for finding in fixes[fix]:
                    guilty.setdefault(_key(finding), Refused(finding, f"{path} would have a new {rule}"))
    return guilty


def _broken_files(report: Report) -> Counter[tuple[str, str]]:
    """Errors of the file itself (GT0). Errors of other rules may come to light by a fix: they are reported, not caused."""
    return Counter((f.rule, f.where.path) for f in report.findings if f.severity == ERROR and f.rule.startswith("GT0"))
