"""Annotations of a GitHub workflow run: one ``::error`` command a finding."""

from __future__ import annotations

from ..pipeline import Report
from . import View
from .mask import message as masked

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def check(report: Report, view: View) -> str:
    """One command for each finding; nothing else is printed."""
    del view
    lines: list[str] = []
    for finding in report.findings:
        where = finding.where
        fields = {
            "file": where.path,
            "line": str(where.line),
            "endLine": str(where.end_line),
            "title": f"{finding.rule} {finding.name}",
        }
        if where.line == where.end_line:
            fields |= {"col": str(where.column), "endColumn": str(max(where.column, where.end_column - 1))}
        joined = ",".join(f"{key}={_property(value)}" for key, value in fields.items())
        lines.append(f"::{_COMMANDS[finding.severity]} {joined}::{_data(masked(finding.message))}\n")
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
