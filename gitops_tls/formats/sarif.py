"""SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from .. import __version__, rules
from ..findings import Finding, Label
from ..pipeline import Report
from . import View
from .mask import message as masked

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def check(report: Report, view: View) -> str:
    """The SARIF log of one run."""
    del view
    ids = sorted({finding.rule for finding in report.findings})
    counted: dict[tuple[str, str, str], int] = {}
    run = {
        "tool": {"driver": {"name": "gitops-tls", "semanticVersion": __version__, "rules": [_rule(rule_id) for rule_id in ids]}},
        "originalUriBaseIds": {"ROOT": {"description": {"text": "the root of the repository"}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, ids, counted) for finding in report.findings],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    text = json.dumps(log, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _rule(rule_id: str) -> dict[str, Any]:
    rule = rules.load(rule_id).RULE
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, ids: list[str], counted: dict[tuple[str, str, str], int]) -> dict[str, Any]:
    # an alert keeps its identity when lines move: the place in the document counts, not the line
    key = (finding.rule, finding.where.path, finding.where.pointer)
    counted[key] = counted.get(key, 0) + 1
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": masked(finding.message)},
        "locations": [_location(finding.where)],
        "partialFingerprints": {"gitopsTlsPlace/v1": "|".join((*key, str(counted[key])))},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": index, **_location(label), "message": {"text": masked(label.message)}}
            for index, label in enumerate(finding.related, 1)
        ]
    return result


def _location(label: Label) -> dict[str, Any]:
    region = {"startLine": label.line, "startColumn": label.column, "endLine": label.end_line, "endColumn": label.end_column}
    if (label.end_line, label.end_column) < (label.line, label.column):
        region = {"startLine": label.line, "startColumn": label.column}
    path = quote(label.path.encode("utf-8", "surrogateescape"))
    return {"physicalLocation": {"artifactLocation": {"uri": path, "uriBaseId": "ROOT"}, "region": region}}
