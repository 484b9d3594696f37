"""Sending reports where the user wants them, and what they mean for the exit code."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from .. import formats
from ..config import Config
from ..errors import UsageError
from ..findings import SEVERITIES, Finding, Label
from ..formats import View
from ..formats._printable import printable
from ..pipeline import Report
from ..repo.files import MemoryFiles
from ..repo.workspace import Workspace
from ._session import STDIN, STDIN_FILE, Session

if TYPE_CHECKING:
    from ..inventory.model import Inventory


def emit(session: Session, report: Report, what: str) -> None:
    """Write the report in every format that was asked for. ``what`` is ``check`` or ``status``."""
    _render(session, _renamed(report) if reads_stdin(session) else report, what)


def emit_inventory(session: Session, inventory: Inventory) -> None:
    """Write the inventory of certificates in every format that was asked for."""
    _render(session, inventory, "certs")


def _render(session: Session, subject: Report | Inventory, what: str) -> None:
    for output in session.options.outputs:
        renderer = getattr(formats.load(output.format), what, None)
        if renderer is None:
            right = ", ".join(f"`{name}`" for name in sorted(formats.names()) if hasattr(formats.load(name), what))
            raise UsageError(f"{what} has no format `{output.format}`", f"right are {right}")
        seconds = time.perf_counter() - session.started
        color = output.file is None and use_color(session.options.color)
        view = View(color, session.options.quiet, session.options.verbose, seconds)
        text = renderer(subject, view)
        if output.file is None:
            write(text if output.format == "text" or not sys.stdout.isatty() else printable(text.replace("\r\n", "\n")))
        else:
            _to_file(output.file, text)


def write(text: str) -> None:
    """Write to standard output, in UTF-8 where it is no terminal."""
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None or sys.stdout.isatty():
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    stream.write(text.encode("utf-8", "backslashreplace"))
    stream.flush()


def talk(text: str) -> None:
    """Write a line to standard error."""
    print(text, file=sys.stderr)


def use_color(wanted: bool | None) -> bool:
    """Whether standard output gets colour: a terminal, and neither ``--no-color`` nor NO_COLOR."""
    if wanted is not None:
        return wanted
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()


def _to_file(path: str, text: str) -> None:
    try:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {(error.strerror or 'write error').lower()}") from None


def fails(findings: list[Finding], config: Config) -> bool:
    """Whether a finding is at or above ``fail-on``."""
    if config.fail_on == "never":
        return False
    limit = SEVERITIES.index(config.fail_on)
    return any(SEVERITIES.index(finding.severity) >= limit for finding in findings)


def reads_stdin(session: Session) -> bool:
    """Whether standard input is what was read."""
    return STDIN in session.options.paths


def _renamed(report: Report) -> Report:
    """The report with the document on standard input called by what the user wrote, ``-``."""
    workspace = report.facts.workspace
    data = workspace.read(STDIN_FILE) or b""
    source = workspace.source(STDIN_FILE)
    if source is not None:
        source.path = STDIN
    for deployment in report.facts.deployments:
        if deployment.prediction is not None:
            why = tuple(r._replace(place=_label(r.place)) if r.place is not None else r for r in deployment.prediction.why)
            deployment.prediction = deployment.prediction._replace(why=why)
    findings = [f._replace(where=_label(f.where), related=tuple(map(_label, f.related))) for f in report.findings]
    facts = report.facts._replace(workspace=Workspace(MemoryFiles({STDIN: data})))
    return report._replace(facts=facts, findings=findings, skips=[s._replace(path=_name(s.path)) for s in report.skips])


def _name(path: str) -> str:
    return STDIN if path == STDIN_FILE else path


def _label(label: Label) -> Label:
    return label._replace(path=_name(label.path))
