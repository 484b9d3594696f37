"""``gitops-tls status``: what each deployment will do."""

from __future__ import annotations

from .. import formats
from ..errors import UsageError
from ..options import Values
from ..pipeline import Report
from ._output import emit, talk
from ._session import open_session


def run(values: Values) -> int:
    """Say what the deployments will do, or what a client of one host meets; 0, or 3 if a part of the tool crashed."""
    host = _host(values)
    session = open_session(values, formats.names())
    report = _with_files(session.analyse(judge=False))
    report = _with_host(report, host) if host is not None else report
    facts = report.facts
    facts = facts._replace(deployments=[one for one in facts.deployments if session.reported(one.path)])
    if facts.apisix is not None:
        kept = tuple(gateway for gateway in facts.gateways if session.reported(gateway.path))
        facts = facts._replace(apisix=facts.apisix._replace(gateways=kept))
    report = report._replace(facts=facts)
    emit(session, report, "status")
    for finding in report.findings:
        talk(f"error: {finding.message}")
    return 3 if report.failed else 0


def _host(values: Values) -> str | None:
    """The host that was asked for: a DNS name or an address, alone."""
    host = values.get("host")
    if not isinstance(host, str):
        return None
    host = host.strip()
    from ..certs.names import as_ip

    if not host or any(one in "/ @?#" for one in host) or (":" in host and as_ip(host) is None):
        raise UsageError(f"--host is `{host}`, which is no host", "write the name alone, as in `--host api.example.com`")
    return host


def _with_files(report: Report) -> Report:
    """The report with the gateways that a config.yaml or values of APISIX's chart describe."""
    from ..systems.claims import APISIX_CONFIG, APISIX_SSL, APISIX_VALUES

    facts = report.facts
    if not any(facts.claims.of(kind) for kind in (APISIX_CONFIG, APISIX_VALUES, APISIX_SSL)):
        return report
    from ..systems.apisix.files import with_files

    found = with_files(facts.apisix, facts.workspace, facts.claims, facts.config, facts.now)
    return report._replace(facts=facts._replace(apisix=found))


def _with_host(report: Report, host: str) -> Report:
    from ..systems.hosts import ask

    return report._replace(host=ask(report.facts, host))
