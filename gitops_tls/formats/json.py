"""The contract's JSON, version 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..findings import Finding, Label
from ..pipeline import Report
from . import View
from ._time import iso
from .mask import message as masked

if TYPE_CHECKING:
    from ..inventory.model import Entry, Inventory


def check(report: Report, view: View) -> str:
    """The document of ``check --format json``."""
    del view
    document = {
        "version": 1,
        "tool": {"name": "gitops-tls", "version": __version__},
        "at": iso(report.facts.now),
        "findings": [_finding(finding) for finding in report.findings],
        "skipped": [{"path": skip.path, "reason": skip.reason} for skip in report.skips],
        "summary": report.summary._asdict(),
    }
    return _dump(document)


def status(report: Report, view: View) -> str:
    """The document of ``status --format json``."""
    del view
    from ._status import deployments

    document: dict[str, Any] = {"version": 1, "deployments": deployments(report)}
    if report.host is not None:
        from ._gateways import asked

        document["host"] = asked(report.host)
    return _dump(document)


def certs(inventory: Inventory, view: View) -> str:
    """The document of ``certs --format json``."""
    del view
    return _dump({"version": 1, "certificates": [_certificate(entry) for entry in inventory.entries]})


def _certificate(entry: Entry) -> dict[str, Any]:
    certificate, place = entry.certificate, entry.place
    return {
        "path": place.path,
        "line": place.line,
        "pointer": place.pointer,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "dns_names": list(certificate.dns_names),
        "ip_addresses": list(certificate.ip_addresses),
        "is_ca": certificate.is_ca,
        "key": certificate.key,
        "serial": certificate.serial,
        "sha256": certificate.sha256,
        "not_before": iso(certificate.not_before),
        "not_after": iso(certificate.not_after),
        "days_left": entry.days_left,
        "state": entry.state,
        "used_by": [use._asdict() for use in entry.used_by],
    }


def _dump(document: dict[str, Any]) -> str:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    # a file name may hold bytes that are no UTF-8
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    where = finding.where
    found: dict[str, Any] = {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "message": masked(finding.message),
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "end_line": where.end_line,
        "end_column": where.end_column,
        "pointer": where.pointer,
        "related": [_related(label) for label in finding.related],
    }
    if finding.fix is not None:
        found["fix"] = {"title": masked(finding.fix.title), "safe": finding.fix.safe}
    return found


def _related(label: Label) -> dict[str, Any]:
    return {"path": label.path, "line": label.line, "column": label.column, "message": masked(label.message)}
