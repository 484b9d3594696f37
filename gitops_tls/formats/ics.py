"""The inventory as a calendar (RFC 5545): one event for each certificate at its end, with alarms before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from .. import __version__
from ..inventory import names
from ..inventory.model import Entry, Inventory
from . import View
from ._certs import users, where

ALARMS = (30, 7, 1)
"""Days before the end at which an alarm goes off."""

_WIDEST = 75


def certs(inventory: Inventory, view: View) -> str:
    """The calendar. A certificate that stands in several places is one event that tells them all."""
    del view
    events: dict[str, list[Entry]] = {}
    for entry in inventory.entries:
        events.setdefault(entry.certificate.sha256, []).append(entry)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//gitops-tls//gitops-tls {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Certificates",
    ]
    for entries in events.values():
        lines += _event(entries, inventory.now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(entries: list[Entry], now: datetime) -> Iterator[str]:
    certificate = entries[0].certificate
    title = ", ".join(names.short(certificate)[:3])
    yield "BEGIN:VEVENT"
    # the fingerprint never changes, so a calendar that reads the file again finds its own events
    yield f"UID:{certificate.sha256}@gitops-tls"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(certificate.not_after)}"
    yield f"SUMMARY:{_text(f'certificate ends: {title}')}"
    yield f"DESCRIPTION:{_text(_description(entries))}"
    yield "CATEGORIES:CERTIFICATE"
    yield "TRANSP:TRANSPARENT"
    for days in ALARMS:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"TRIGGER:-P{days}D"
        words = "in a day" if days == 1 else f"in {days} days"
        yield f"DESCRIPTION:{_text(f'certificate ends {words}: {title}')}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _description(entries: list[Entry]) -> str:
    certificate = entries[0].certificate
    lines = [f"subject: {certificate.subject}", f"issuer: {certificate.issuer}", f"serial: {certificate.serial}"]
    for entry in entries:
        used = users(entry.used_by)
        lines.append(f"{where(entry.place.path, entry.place.line)}{f', used by {used}' if used else ''}")
    return "\n".join(lines)


def _utc(moment: datetime) -> str:
    moment = moment.astimezone(timezone.utc) if moment.tzinfo is not None else moment
    return f"{moment.year:04d}{moment.month:02d}{moment.day:02d}T{moment.hour:02d}{moment.minute:02d}{moment.second:02d}Z"


def _text(value: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line break are escaped, other control characters replaced."""
    value = value.encode("utf-8", "backslashreplace").decode("utf-8")
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(one if one >= " " and one != "\x7f" else "\ufffd" for one in value)


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, cut between characters; each after the first begins with a blank."""
    start, size = 0, 0
    prefix = ""
    for index, one in enumerate(line):
        octets = len(one.encode("utf-8"))
        if size + octets > _WIDEST:
            yield prefix + line[start:index]
            start, size, prefix = index, 1, " "
        size += octets
    yield prefix + line[start:]
