"""What each deployment will do: as the contract's JSON, and as a table."""

from __future__ import annotations

from typing import Any

from ..findings import Label
from ..pipeline import Report
from ..systems.milvus.model import BROKEN, FAILS, OFF, PLAINTEXT, UNKNOWN, Deployment, Listener, Prediction, Reason
from . import View, _gateways
from ._color import Paint
from ._printable import columns, printable
from ._time import iso

_LEGEND = "?: so it is if the files that are not in the repository are there and fit"


def listed(report: Report) -> list[tuple[Deployment, Prediction]]:
    """The deployments that status tells of; a bare settings file is none."""
    return [(d, d.prediction) for d in report.facts.deployments if d.prediction is not None and d.shape != "file"]


def deployments(report: Report) -> list[dict[str, Any]]:
    """The contract's ``deployments``, those of Milvus and the gateways of APISIX, in the order of their files."""
    told = [_deployment(deployment, prediction) for deployment, prediction in listed(report)]
    told += [_gateways.gateway(gateway) for gateway in report.facts.gateways]
    return sorted(told, key=lambda one: (one["path"], one["line"]))


def _deployment(deployment: Deployment, prediction: Prediction) -> dict[str, Any]:
    certificate = prediction.certificate
    management: dict[str, Any] = {**_listener(prediction.management), "published": prediction.management_published}
    return {
        "system": deployment.system,
        "shape": deployment.shape,
        "name": deployment.name,
        "path": deployment.path,
        "line": deployment.node.position()[0],
        "milvus_version": str(deployment.version) if deployment.version is not None else None,
        "server": prediction.server,
        "grpc": _listener(prediction.grpc),
        "rest": _listener(prediction.rest),
        "internal": _listened(prediction.internal, prediction.internal_expected),
        "management": management,
        "certificate": None
        if certificate is None
        else {"subject": certificate.subject, "dns_names": list(certificate.dns_names), "not_after": iso(certificate.not_after)},
        "clients": {name: prediction.clients.get(name, UNKNOWN) for name in ("pymilvus", "curl", "go")},
        "why": [_reason(reason) for reason in prediction.why],
    }


def _listener(listener: Listener) -> dict[str, Any]:
    return {"port": listener.port, **_listened(listener.tls, listener.expected)}


def _listened(tls: str, expected: str | None) -> dict[str, Any]:
    return {"tls": tls} if expected is None else {"tls": tls, "expected": expected}


def _reason(reason: Reason) -> dict[str, Any]:
    told: dict[str, Any] = {"message": reason.message}
    if reason.place is not None:
        told |= {"path": reason.place.path, "line": reason.place.line}
    return told


def table(report: Report, view: View) -> str:
    """One aligned line for each deployment, with the first reason; all reasons with ``--verbose``."""
    paint = Paint(view.color)
    gateways = list(report.facts.gateways)
    rows = [_row(deployment, prediction, report) for deployment, prediction in listed(report)]
    first = [*rows, *map(_gateways.row, gateways)]
    widths = [max((columns(row[column]) for row in (first if column < 3 else rows)), default=0) for column in range(6)]
    entries: list[tuple[tuple[str, int], list[str]]] = []
    for row, (deployment, prediction) in zip(rows, listed(report), strict=True):
        cells = [cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=False)]
        style = _style(prediction)
        cells[3] = paint(style, cells[3]) if style else cells[3]
        lines = ["   ".join([*cells, row[6]]).rstrip()]
        if view.verbose:
            lines += [f"    {printable(reason.message)}{_at(reason.place)}" for reason in prediction.why]
        entries.append(((deployment.path, deployment.node.position()[0]), lines))
    if gateways:
        # Milvus alone keeps the order in which it was found
        entries = sorted([*entries, *_gateways.table_lines(gateways, widths, view)], key=lambda entry: entry[0])
    if not entries and not view.quiet:
        entries.append((("", 0), ["No Milvus deployment found."]))
    if any(prediction.grpc.expected or prediction.internal_expected for _, prediction in listed(report)) and not view.quiet:
        entries.append((("", 0), ["", _LEGEND]))
    return "".join(line + "\n" for _, lines in entries for line in lines)


def _row(deployment: Deployment, prediction: Prediction, report: Report) -> list[str]:
    folder = deployment.path.rpartition("/")[0]
    return [
        printable(f"{folder}/{deployment.name}" if folder else deployment.name),
        deployment.shape,
        f"v{deployment.version}" if deployment.version is not None else "version?",
        _port("gRPC", prediction.grpc, prediction.server),
        _port("REST", prediction.rest, prediction.server),
        f"internal {_if_right(prediction.internal, prediction.internal_expected)}",
        printable(_words(prediction, report)),
    ]


def _port(name: str, listener: Listener, server: str) -> str:
    tls = listener.tls.upper() if name == "gRPC" and listener.tls in (PLAINTEXT, FAILS) else listener.tls
    if server == FAILS and listener.tls == FAILS:
        tls = "CANNOT START" if name == "gRPC" else "-"
    tls = _if_right(tls, listener.expected)
    return f"{name} {listener.port} {tls}" if listener.port is not None else f"{name} {tls}"


def _if_right(tls: str, expected: str | None) -> str:
    return tls if expected is None else f"{expected}?"


def _words(prediction: Prediction, report: Report) -> str:
    healthy = prediction.grpc.tls not in (PLAINTEXT, FAILS, UNKNOWN, OFF) and prediction.internal != BROKEN
    certificate = prediction.certificate
    if healthy and certificate is not None and prediction.server == "starts":
        name = certificate.dns_names[0] if certificate.dns_names else certificate.common_name or certificate.subject
        left = (certificate.not_after - report.facts.now).days
        if left < 0:
            return f"certificate {name}, ended {-left:,} days ago"
        within = report.facts.config.expires_within
        near = within.holds(certificate.not_before, certificate.not_after, report.facts.now)
        return f"certificate {name}, {left:,} days left{f', {within.words}' if near else ''}"
    if not prediction.why:
        return ""
    return prediction.why[0].message + _at(prediction.why[0].place)


def _at(place: Label | None) -> str:
    return f" ({place.path}:{place.line})" if place is not None else ""


def _style(prediction: Prediction) -> str:
    if prediction.server == FAILS or prediction.grpc.tls in (PLAINTEXT, FAILS):
        return "red"
    return "green" if prediction.grpc.tls in ("one-way", "mutual") else "yellow"
