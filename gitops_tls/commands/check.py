"""``gitops-tls check``: validate."""

from __future__ import annotations

from .. import formats
from ..errors import UsageError
from ..options import Values
from ._output import emit, fails, talk
from ._session import open_session


def run(values: Values) -> int:
    """Report the findings; 1 if one is at or above ``fail-on``, 3 if a part of the tool crashed."""
    session = open_session(values, formats.names())
    report = session.analyse()
    baseline = session.options.baseline
    if baseline is not None:
        from . import _baseline

        if session.options.write_baseline:
            _write(baseline, _baseline.text(report))
            talk(f"wrote {len(report.findings):,} findings to {baseline}")
            return 3 if report.failed else 0
        report = _baseline.without(report, _baseline.read(baseline))
    emit(session, report, "check")
    if report.failed:
        return 3
    return 1 if fails(report.findings, session.config) else 0


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"the baseline `{path}` cannot be written: {(error.strerror or 'write error').lower()}") from None
