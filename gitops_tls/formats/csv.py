"""The inventory as CSV (RFC 4180): one line for each certificate at each place."""

from __future__ import annotations

import csv
import io

from ..inventory.model import Entry, Inventory
from . import View
from ._time import iso

COLUMNS = (
    "path", "line", "pointer", "subject", "issuer", "dns_names", "ip_addresses", "is_ca", "key", "serial", "sha256", "not_before",
    "not_after", "days_left", "state", "used_by",
)  # fmt: skip
"""The names are those of the JSON; lists are separated by blanks, users by semicolons."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def certs(inventory: Inventory, view: View) -> str:
    """The lines, with a head unless quiet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if not view.quiet:
        writer.writerow(COLUMNS)
    writer.writerows(_cells(entry) for entry in inventory.entries)
    return text.getvalue()


def _cells(entry: Entry) -> list[str | int]:
    certificate, place = entry.certificate, entry.place
    return [
        _safe(place.path),
        place.line,
        _safe(place.pointer),
        _safe(certificate.subject),
        _safe(certificate.issuer),
        _safe(" ".join(certificate.dns_names)),
        _safe(" ".join(certificate.ip_addresses)),
        "true" if certificate.is_ca else "false",
        _safe(certificate.key),
        certificate.serial,
        certificate.sha256,
        iso(certificate.not_before),
        iso(certificate.not_after),
        entry.days_left,
        entry.state,
        _safe("; ".join(f"{use.title} ({use.role})" for use in entry.used_by)),
    ]


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = text.replace("\0", "\ufffd")
    return f"'{text}" if text.startswith(_FORMULA) else text
