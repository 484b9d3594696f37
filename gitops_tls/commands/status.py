"""``gitops-tls status``: what each deployment will do."""

from __future__ import annotations

from .. import formats
from ..options import Values
from ._output import emit, talk
from ._session import open_session


def run(values: Values) -> int:
    """Say what the deployments will do; 0, or 3 if a part of the tool crashed."""
    session = open_session(values, formats.names())
    report = session.analyse(judge=False)
    kept = [deployment for deployment in report.facts.deployments if session.reported(deployment.path)]
    report = report._replace(facts=report.facts._replace(deployments=kept))
    emit(session, report, "status")
    for finding in report.findings:
        talk(f"error: {finding.message}")
    return 3 if report.failed else 0
