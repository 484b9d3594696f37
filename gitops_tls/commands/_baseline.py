"""Findings that are known and accepted for now: matched by rule, path and content, so that lines may move."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter

from ..errors import UsageError
from ..findings import Finding
from ..formats.mask import Masked
from ..pipeline import Report
from ..records import NamedTuple
from ..repo.workspace import Workspace

_INDEX = re.compile(r"/\d+(?=/|\Z)")


class Entry(NamedTuple):
    """One known finding. ``content`` is a digest of the marked line and of its place in the document, without indices."""

    rule: str
    path: str
    content: str


def _entry(finding: Finding, workspace: Workspace, masked: dict[str, Masked]) -> Entry:
    where = finding.where
    source = workspace.source(where.path) if where.path not in ("", ".") else None
    line = ""
    if source is not None and where.line <= len(source.starts):
        if where.path not in masked:
            masked[where.path] = Masked(source.text)
        # a digest of a short secret could be guessed: secrets are hidden before
        line = masked[where.path].line(source.starts[where.line - 1], source.line(where.line))[0]
    content = _INDEX.sub("/*", where.pointer) + "\n" + " ".join(line.split())
    return Entry(finding.rule, where.path, hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()[:16])


def _entries(report: Report) -> list[Entry]:
    masked: dict[str, Masked] = {}
    return [_entry(finding, report.facts.workspace, masked) for finding in report.findings]


def text(report: Report) -> str:
    """The baseline that holds all findings of a report."""
    entries = sorted(_entries(report))
    return json.dumps({"version": 1, "findings": [entry._asdict() for entry in entries]}, indent=2, ensure_ascii=True) + "\n"


def read(path: str) -> Counter[Entry]:
    """The entries of a baseline file. Raises UsageError."""
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        if data["version"] != 1:
            raise UsageError(f"the baseline `{path}` has version {data['version']}, which this gitops-tls does not read")
        return Counter(Entry(str(item["rule"]), str(item["path"]), str(item["content"])) for item in data["findings"])
    except FileNotFoundError:
        raise UsageError(f"there is no baseline `{path}`", "`--write-baseline` makes it") from None
    except OSError as error:
        raise UsageError(f"the baseline `{path}` cannot be read: {(error.strerror or 'read error').lower()}") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"`{path}` is no baseline of gitops-tls", "`--write-baseline` makes it anew") from None


def without(report: Report, known: Counter[Entry]) -> Report:
    """The report without the findings that are known; they count as suppressed. A crash of the tool is never known."""
    left = Counter(known)
    kept: list[Finding] = []
    for finding, entry in zip(report.findings, _entries(report), strict=True):
        if left[entry] > 0 and finding.rule != "GT904":
            left[entry] -= 1
        else:
            kept.append(finding)
    hidden = len(report.findings) - len(kept)
    levels = Counter(finding.severity for finding in kept)
    summary = report.summary._replace(
        errors=levels["error"],
        warnings=levels["warning"],
        infos=levels["info"],
        fixable=sum(finding.fix is not None for finding in kept),
        suppressed=report.summary.suppressed + hidden,
    )
    return report._replace(findings=kept, suppressed=report.suppressed + hidden, summary=summary)
