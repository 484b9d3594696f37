"""One line a finding: ``path:line:column: severity ID message``."""

from __future__ import annotations

from ..pipeline import Report
from . import View
from ._closing import closing
from ._color import Paint
from ._printable import one_line, printable
from .mask import message as masked


def check(report: Report, view: View) -> str:
    """All findings, and the closing line unless quiet."""
    paint = Paint(view.color)
    lines = [
        f"{one_line(f.where.path)}:{f.where.line}:{f.where.column}: {paint(f.severity, f.severity)} {f.rule} "
        f"{masked(printable(f.message.replace(chr(10), ' ')))}"
        for f in report.findings
    ]
    if view.verbose:
        lines += [f"{one_line(skip.path)}:{skip.line}:1: skipped {skip.reason}" for skip in report.skips]
    if not view.quiet:
        lines.append(closing(report, view.seconds, verbose=view.verbose))
    return "".join(line + "\n" for line in lines)
