"""The inventory as a table for people; words that the other outputs share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ..inventory import names
from ..inventory.model import EXPIRED, EXPIRING, NOT_YET_VALID, OK, STATES, Entry, Inventory, Unread, UsedBy
from . import View
from ._closing import plural
from ._color import Paint
from ._printable import columns, printable

HEAD = ("ends", "days", "", "state", "name", "issuer", "used by", "where")
_STYLES = {EXPIRED: "red", EXPIRING: "yellow", NOT_YET_VALID: "yellow", OK: "green"}
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_WIDEST_NAME = 44
_WIDEST_ISSUER = 28
_MOST_SHOWN = 10
_CUT = "…"


def flat(text: str) -> str:
    """``text`` on one line, without characters that a terminal obeys."""
    return printable(text).replace("\n", " ").replace("\t", " ")


def where(path: str, line: int) -> str:
    """``prod/milvus/secret.yaml:8``; without control characters."""
    return f"{flat(path)}:{line}"


def users(used_by: Iterable[UsedBy]) -> str:
    """``prod/milvus (server)``; ``2 deployments (CA)`` where several use it the same way."""
    roles: dict[str, dict[str, None]] = {}
    for use in used_by:
        roles.setdefault(use.role, {})[use.title] = None
    same: dict[tuple[str, ...], list[str]] = {}
    for role, deployments in roles.items():
        same.setdefault(tuple(deployments), []).append(role)
    words = (
        f"{deployments[0] if len(deployments) == 1 else f'{len(deployments)} deployments'} ({', '.join(said)})"
        for deployments, said in same.items()
    )
    return flat("; ".join(words))


def table(inventory: Inventory, view: View) -> str:
    """One aligned line for each certificate, then what could not be read, notes, and a closing line."""
    paint = Paint(view.color)
    lines = list(_rows(inventory, paint, view))
    if inventory.unread:
        lines += ([""] if lines else []) + list(_unread(inventory.unread, verbose=view.verbose))
    if inventory.notes and not view.quiet:
        lines += [""] if lines else []
        shown = inventory.notes if view.verbose else inventory.notes[:_MOST_SHOWN]
        lines += [f"note: {flat(note.message)} ({where(note.place.path, note.place.line)})" for note in shown]
        if len(inventory.notes) > len(shown):
            lines.append(f"note: {len(inventory.notes) - len(shown):,} more: --verbose lists them")
    if not view.quiet:
        lines += [""] if lines else []
        lines.append(closing(inventory, view))
    return "".join(line + "\n" for line in lines)


def _rows(inventory: Inventory, paint: Paint, view: View) -> Iterator[str]:
    rows = [_cells(entry, whole=view.verbose) for entry in inventory.entries]
    if not rows:
        return
    widths = [max(columns(row[index]) for row in (HEAD, *rows)) for index in range(len(HEAD))]
    yield paint("bold", _line(HEAD, widths))
    for row, entry in zip(rows, inventory.entries, strict=True):
        style = _STYLES[entry.state]
        yield _line(row, widths, lambda index, cell, style=style: paint(style, cell) if index in (1, 2, 3) else cell)


def _line(row: tuple[str, ...], widths: list[int], styled: object = None) -> str:
    cells: list[str] = []
    for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
        blanks = " " * (width - columns(cell))
        padded = blanks + cell if index == 1 else cell + blanks
        cells.append(styled(index, padded) if callable(styled) else padded)
    return f" {cells[0]}  {cells[1]} {cells[2]} {'  '.join(cells[3:])}".rstrip()


def _cells(entry: Entry, *, whole: bool) -> tuple[str, ...]:
    certificate = entry.certificate
    names_shown = named(entry, 100 if whole else 3)
    return (
        date(entry),
        f"{entry.days_left:,}",
        bar(entry),
        entry.state,
        flat(names_shown) if whole else _shortened(flat(names_shown), _WIDEST_NAME),
        _shortened(flat(names.issuer(certificate)), _WIDEST_ISSUER),
        users(entry.used_by) or "-",
        where(entry.place.path, entry.place.line),
    )


def date(entry: Entry) -> str:
    """The last day, ``2026-12-04``."""
    return entry.certificate.not_after.date().isoformat()


def named(entry: Entry, most: int) -> str:
    """The certificate's first names, and how many more it has."""
    every = names.short(entry.certificate)
    return ", ".join(every[:most]) + (f" +{len(every) - most}" if len(every) > most else "")


def bar(entry: Entry) -> str:
    """How much of the lifetime is left, in eighths of a block; blank where nothing is."""
    certificate = entry.certificate
    whole = (certificate.not_after - certificate.not_before).total_seconds()
    if entry.state == EXPIRED or whole <= 0:
        return " "
    left = (entry.days_left + 1) * 86_400
    return _EIGHTHS[max(1, min(8, round(8 * left / whole)))]


def _shortened(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 1:
        text = text[:-1]
    return text + _CUT


def _unread(unread: list[Unread], *, verbose: bool) -> Iterator[str]:
    shown = unread if verbose else unread[:_MOST_SHOWN]
    for each in shown:
        used = f", used by {users(each.used_by)}" if each.used_by else ""
        detail = f": {flat(each.detail)}" if each.detail else ""
        yield f"not read: {where(each.place.path, each.place.line)}: {each.reason}{detail}{used}"
    if len(unread) > len(shown):
        yield f"not read: {len(unread) - len(shown):,} more: --verbose lists them"


def closing(inventory: Inventory, view: View) -> str:
    """``5 certificates in 3 files: 1 expired, 4 ok. Not read: 1 (1 encrypted).``"""
    entries = inventory.entries
    took = f" in {view.seconds:.1f} s" if view.seconds is not None else ""
    if entries:
        files = len({entry.place.path for entry in entries})
        once = len({entry.certificate.sha256 for entry in entries})
        counted = ", ".join(f"{inventory.count(state):,} {state}" for state in STATES if inventory.count(state))
        copies = f" ({once:,} different)" if once < len(entries) else ""
        text = f"{plural(len(entries), 'certificate')}{copies} in {plural(files, 'file')}: {counted}"
    else:
        text = "No certificate found"
    text += f"; looked at {plural(inventory.files, 'file')}{took}."
    if inventory.unread:
        text += f" Not read: {len(inventory.unread):,} ({reasons(inventory.unread)})."
    return text


def reasons(unread: Iterable[Unread]) -> str:
    """``2 encrypted, 1 missing file``."""
    counted = Counter(each.reason for each in unread)
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(counted.items(), key=lambda item: (-item[1], item[0])))
