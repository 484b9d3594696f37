"""What the clients of APISIX gateways meet: the contract's JSON, and one line a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import View
from ._color import Paint
from ._printable import columns, printable
from ._time import iso

if TYPE_CHECKING:
    from ..findings import Label
    from ..systems.apisix.model import Gateway, HostResult, Reason
    from ..systems.hosts import HostAnswer
    from ..systems.versions import Version


def gateway(one: Gateway) -> dict[str, Any]:
    """An APISIX deployment of the contract."""
    line = one.node.position()[0]
    return {
        "system": one.system,
        "shape": one.shape,
        "name": one.name,
        "path": one.path,
        "line": line,
        "apisix_version": str(one.versions.apisix) if one.versions.apisix is not None else None,
        "controller_version": str(one.versions.controller) if one.versions.controller is not None else None,
        "hosts": [_host(host, one.path, line) for host in one.hosts],
    }


def _host(result: HostResult, path: str, line: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "host": result.host,
        "served_by": result.served_by,
        "tls": result.tls,
        "client_sees": result.client_sees,
        "path": result.place.path if result.place is not None else path,
        "line": result.place.line if result.place is not None else line,
        "matched": result.matched,
        "certificate": None,
        "exempt": [],
        "why": [reason(each) for each in result.why],
    }
    if result.held is not None:
        told["exempt"] = list(result.held.exempt)
        if result.held.chain:
            leaf = result.held.chain[0]
            told["certificate"] = {"subject": leaf.subject, "dns_names": list(leaf.dns_names), "not_after": iso(leaf.not_after)}
    return told


def reason(one: Reason) -> dict[str, Any]:
    """A reason of the contract's ``why``."""
    told: dict[str, Any] = {"message": one.message}
    if one.place is not None:
        told |= {"path": one.place.path, "line": one.place.line}
    return told


def asked(answer: HostAnswer) -> dict[str, Any]:
    """The contract's ``host``."""
    return {
        "name": answer.name,
        "system": answer.system,
        "served_by": answer.served_by,
        "matched": answer.matched,
        "tls": answer.tls,
        "client_sees": answer.client_sees,
        "why": [reason(each) for each in answer.why],
    }


def row(one: Gateway) -> list[str]:
    """Name, system, version and words of a gateway."""
    return [
        printable(one.title),
        "apisix",
        _version(one),
        printable(words(one)),
    ]


def _version(one: Gateway) -> str:
    """APISIX's version, else its controller's."""
    if one.versions.apisix is not None:
        return _short(one.versions.apisix)
    return f"controller {_short(one.versions.controller)}" if one.versions.controller is not None else "version?"


def _short(version: Version) -> str:
    return str(version).removesuffix(".0") if version.patch == 0 else str(version)


def words(one: Gateway) -> str:
    """How many hosts are served, and why the first of the others is not."""
    if one.off is not None:
        return f"no TLS: {one.off.message}{at(one.off.place)}"
    if not one.hosts:
        return "no hosts"
    unknown = [host for host in one.hosts if host.client_sees == "unknown"]
    dead = [host for host in one.hosts if host.client_sees == "internal error"]
    served = len(one.hosts) - len(unknown) - len(dead)
    parts = [f"{served} {'host' if served == 1 else 'hosts'} served"]
    beside = f", {len(unknown)} unknown" if unknown else ""
    poor = [host for host in one.hosts if host.client_sees in ("name mismatch", "expired", "untrusted issuer", "unknown ca")]
    if dead:
        parts.append(f"{len(dead)} not{beside}: {dead[0].host} {_lacks(dead[0])}{at(dead[0].place)}")
    elif poor:
        parts.append(f"{len(poor)} with trouble{beside}: {poor[0].host}: {poor[0].client_sees}{at(poor[0].place)}")
    elif unknown:
        last = unknown[0].why[-1].message if unknown[0].why else "its certificate is not in the repository"
        parts.append(f"{len(unknown)} unknown: {last}{at(unknown[0].place)}")
    return ", ".join(parts)


def _lacks(host: HostResult) -> str:
    if host.held is not None and host.held.broken is not None:
        return f"cannot be served: {host.held.broken.message}"
    refused = next((each.message for each in host.why if " names it, but " in each.message), None)
    return "has no certificate" if refused is None else f"has no certificate: {refused.replace(' names it, but', ':')}"


def style(one: Gateway) -> str:
    """The colour of a gateway's line."""
    seen = {host.client_sees for host in one.hosts}
    if seen - {"ok", "certificate required", "unknown"}:
        return "red"
    return "yellow" if "unknown" in seen or not seen else "green"


def at(place: Label | None) -> str:
    """A place in parentheses."""
    return f" ({place.path}:{place.line})" if place is not None else ""


def explained(answer: HostAnswer, view: View) -> str:
    """One host in words: what the client meets first, then how it comes to that."""
    paint = Paint(view.color)
    colour = (
        "green"
        if answer.client_sees in ("ok", "certificate required")
        else "yellow"
        if answer.client_sees == "unknown"
        else "red"
    )
    meets = _meets(answer)
    head = f"{answer.name}   {answer.where or 'nowhere'}   {paint(colour, meets)}"
    lines = [head, *(f"    {each.message}{at(each.place)}" for each in answer.why)]
    return "".join(printable(line) + "\n" if index else line + "\n" for index, line in enumerate(lines))


def _meets(answer: HostAnswer) -> str:
    tls = "no TLS" if answer.tls == "none" else answer.tls
    return {
        "ok": f"{tls}: the client connects",
        "certificate required": f"{tls}: the client must present a certificate",
        "internal error": f"the client sees `{answer.alert}`",
        "unknown ca": f"{tls}: every client certificate is refused (`tlsv1 alert unknown ca`)",
        "name mismatch": f"{tls}: the client refuses the certificate, which has another name",
        "expired": f"{tls}: the client refuses the certificate, which is outside of its dates",
        "untrusted issuer": f"{tls}: the client cannot build the chain to its CA",
    }.get(answer.client_sees, f"{tls}: what the client sees is not known")


def table_lines(gateways: list[Gateway], widths: list[int], view: View) -> list[tuple[tuple[str, int], list[str]]]:
    """The lines of each gateway under the key to sort them by; ``widths`` are those of the first three columns."""
    paint = Paint(view.color)
    found: list[tuple[tuple[str, int], list[str]]] = []
    for one in gateways:
        cells = row(one)
        padded = [cell + " " * (width - columns(cell)) for cell, width in zip(cells[:3], widths, strict=False)]
        lines = ["   ".join([*padded, paint(style(one), cells[3])]).rstrip()]
        if view.verbose:
            for host in one.hosts:
                lines.append(f"    {printable(host.host)}: {host.client_sees}, {host.tls}{at(host.place)}")
                lines += [f"        {printable(each.message)}{at(each.place)}" for each in host.why]
        found.append(((one.path, one.node.position()[0]), lines))
    return found
