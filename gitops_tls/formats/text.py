"""Findings for people: the message, the place with the very characters marked, the other places that matter, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..findings import Finding, Label
from ..pipeline import Report
from . import View
from ._closing import closing
from ._color import Paint
from ._printable import printable

if TYPE_CHECKING:
    from ..inventory.model import Inventory
    from ._snippet import Snippets


def check(report: Report, view: View) -> str:
    """All findings, and the closing line unless quiet."""
    paint = Paint(view.color)
    blocks: list[str] = []
    if report.findings:
        from ._snippet import Snippets

        snippets = Snippets(report.facts.workspace)
        blocks += ["\n".join(_block(finding, snippets, paint)) + "\n" for finding in report.findings]
    if view.verbose:
        listed = [
            f"skipped {printable(skip.path)}: {skip.reason}{f' ({printable(skip.detail)})' if skip.detail else ''}"
            for skip in report.skips
        ]
        blocks += ["\n".join(listed) + "\n"] if listed else []
    if not view.quiet:
        blocks.append(closing(report, view.seconds, verbose=view.verbose) + "\n")
    return "\n".join(blocks)


def status(report: Report, view: View) -> str:
    """One line for each deployment: see formats/_status.py."""
    if report.host is not None:
        from ._gateways import explained

        return explained(report.host, view)
    from ._status import table

    return table(report, view)


def certs(inventory: Inventory, view: View) -> str:
    """One line for each certificate: see formats/_certs.py."""
    from ._certs import table

    return table(inventory, view)


def _words(text: str) -> str:
    from .mask import message

    return message(printable(text.replace("\n", " ")))


def _block(finding: Finding, snippets: Snippets, paint: Paint) -> Iterator[str]:
    """The lines about one finding."""
    places = [finding.where, *finding.related]
    gutter = max(len(str(place.line)) for place in places)
    bar = paint("blue", "|")
    yield f"{paint(finding.severity, f'{finding.severity}[{finding.rule}]')} {paint('bold', f'{finding.name}: {_words(finding.message)}')}"
    for index, place in enumerate(places):
        if index:
            yield " " * gutter + " " + bar
        yield f"{' ' * gutter}{paint('blue', ':::' if index else '-->')} {printable(place.path)}:{place.line}:{place.column}"
        yield from _quote(place, snippets, gutter, paint, finding.severity if index == 0 else "")
    if finding.fix is not None:
        how = "`gitops-tls fix`" if finding.fix.safe else "unsafe: `gitops-tls fix --unsafe`"
        yield f"{' ' * gutter} {paint('blue', '=')} fix: {_words(finding.fix.title)} ({how})"
    yield f"{' ' * gutter} {paint('blue', '=')} help: gitops-tls explain {finding.rule}"


def _quote(place: Label, snippets: Snippets, gutter: int, paint: Paint, severity: str) -> Iterator[str]:
    bar = paint("blue", "|")
    line = snippets.line(place)
    if line is None:
        if place.message:
            yield f"{' ' * gutter} {bar} {_words(place.message)}"
        return
    yield f"{' ' * gutter} {bar}"
    yield f"{paint('blue', str(line.number).rjust(gutter))} {bar} {line.text}"
    mark = ("^" if severity else "-") * line.marked
    words = f" {_words(place.message)}" if place.message else ""
    yield f"{' ' * gutter} {bar} {' ' * line.before}{paint(severity or 'blue', mark + words)}"
