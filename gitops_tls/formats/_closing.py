"""The closing line: what was read, what was found, what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..findings import Skip
from ..pipeline import Report


def plural(count: int, word: str, many: str = "") -> str:
    """``1 file``, ``2 files``; large numbers are grouped."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def closing(report: Report, seconds: float | None, *, verbose: bool) -> str:
    """``Checked 214 files, 3 deployments … in 0.2 s: 1 error, 1 warning; 1 can be fixed. Skipped …``."""
    counts = report.summary
    read = [plural(counts.files, "file")]
    if counts.deployments:
        read.append(plural(counts.deployments, "deployment"))
    if counts.certificates:
        read.append(plural(counts.certificates, "certificate"))
    took = f" in {seconds:.1f} s" if seconds is not None else ""
    parts = [f"Checked {', '.join(read)}{took}: {_found(report)}"]
    if counts.suppressed:
        parts[0] += f"; {counts.suppressed:,} silenced"
    if report.skips:
        hint = "" if verbose else ": --verbose lists them"
        parts.append(f"Skipped {len(report.skips):,} ({reasons(report.skips)}){hint}")
    return ". ".join(parts) + "."


def _found(report: Report) -> str:
    counts = report.summary
    found = [plural(counts.errors, "error")] if counts.errors else []
    if counts.warnings:
        found.append(plural(counts.warnings, "warning"))
    if counts.infos:
        found.append(f"{counts.infos:,} info")
    if not found:
        return "nothing to report" if counts.deployments else "nothing to report, and no Milvus deployment found"
    text = ", ".join(found)
    return f"{text}; {counts.fixable:,} can be fixed" if counts.fixable else text


def reasons(skips: Iterable[Skip]) -> str:
    """``11 Helm templates, 1 encrypted``."""
    counted = Counter(skip.reason for skip in skips)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(plural(count, reason, _many(reason)) for reason, count in ordered)


def _many(reason: str) -> str:
    countable = ("template", "file", "folder", "pipe", "socket", "device", "document", "symlink", "chart", "value", "part")
    return reason + "s" if reason.endswith(countable) else reason
