"""The inventory as a Markdown table, for pull requests and wikis."""

from __future__ import annotations

import re

from ..inventory import names
from ..inventory.model import Entry, Inventory
from . import View
from ._certs import closing, date, flat, named, users, where

_HEAD = ("ends", "days", "state", "name", "issuer", "used by", "where")
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~#]")


def certs(inventory: Inventory, view: View) -> str:
    """The table, what could not be read, and the closing line unless quiet."""
    lines: list[str] = []
    if inventory.entries:
        lines += [_row(_HEAD), "| --- | ---: | --- | --- | --- | --- | --- |"]
        lines += [_row(_cells(entry)) for entry in inventory.entries]
    if inventory.unread:
        lines += [""] if lines else []
        for each in inventory.unread:
            detail = f": {each.detail}" if each.detail else ""
            lines.append(f"- not read: {_escaped(where(each.place.path, each.place.line))}: {_escaped(each.reason + detail)}")
    if not view.quiet:
        lines += [""] if lines else []
        lines.append(_escaped(closing(inventory, view._replace(seconds=None))))
    return "".join(line + "\n" for line in lines)


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
        date(entry),
        str(entry.days_left),
        entry.state,
        _escaped(named(entry, 5)),
        _escaped(names.issuer(entry.certificate)),
        _escaped(users(entry.used_by)),
        _escaped(where(entry.place.path, entry.place.line)),
    )


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = flat(text).replace("&", "&amp;")
    return _SPECIAL.sub(lambda match: "\\" + match[0], text)
