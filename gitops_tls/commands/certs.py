"""``gitops-tls certs``: every certificate of the repository, who uses it, and when it ends."""

from __future__ import annotations

from .. import formats, inventory
from ..config import Config
from ..errors import UsageError
from ..findings import ERROR, SEVERITIES, WARNING
from ..formats._certs import flat
from ..inventory.model import EXPIRED, EXPIRING, MALFORMED, MISSING, NOT_YET_VALID, Inventory
from ..options import Values
from ..pipeline import ALL_RULES, Report, Selection
from ._output import emit_inventory, reads_stdin, talk
from ._session import STDIN, STDIN_FILE, Session, open_session

RULES = {EXPIRED: ("GT301", ERROR), EXPIRING: ("GT302", WARNING), NOT_YET_VALID: ("GT303", ERROR)}
"""The rule of each state, whose severity in the configuration counts here too, and its own severity."""


def run(values: Values) -> int:
    """List the certificates; 1 if one is in a state at or above ``fail-on``, 3 if a part of the tool crashed."""
    session = open_session(values, formats.names())
    passwords = _passwords(values.get("pkcs12_password_file"))
    report = session.analyse(judge=False)
    paths = _paths(session)
    within, everything = session.config.expires_within, session.scope is None
    found = inventory.take(report.facts, paths, within, passwords, everything=everything, named=session.scope or frozenset())
    if reads_stdin(session):
        found = _renamed(found)
    emit_inventory(session, found)
    _tell_unread(session, found)
    return _code(report, found, session.config, session.selection)


def _tell_unread(session: Session, found: Inventory) -> None:
    """Say on standard error what formats for programs have no place for."""
    told = {"text", "markdown", "prometheus"}
    if not found.unread or session.options.quiet or told.intersection(output.format for output in session.options.outputs):
        return
    for each in found.unread if session.options.verbose else found.unread[:10]:
        detail = f": {each.detail}" if each.detail else ""
        talk(flat(f"not read: {each.place.path}:{each.place.line}: {each.reason}{detail}"))
    if len(found.unread) > 10 and not session.options.verbose:
        talk(f"not read: {len(found.unread) - 10:,} more: --verbose lists them")


def _code(report: Report, found: Inventory, config: Config, selection: Selection) -> int:
    for finding in report.findings:
        talk(f"error: {finding.message}")
    if report.failed:
        return 3
    return 1 if fails(found, config, selection) else 0


def fails(found: Inventory, config: Config, selection: Selection = ALL_RULES) -> bool:
    """Whether a certificate's state is at or above ``fail-on``.

    A state counts if its rule is selected. What is malformed or missing counts as a warning, unless rules are picked.
    """
    if config.fail_on == "never":
        return False
    severities = {rule: severity for rule, severity in config.severities if severity != "off"}
    chosen = selection.ids(config)
    states = {RULES[entry.state] for entry in found.entries if entry.state in RULES}
    levels = {severities.get(rule, own) for rule, own in states if rule in chosen}
    if selection.select is None and any(each.reason in (MALFORMED, MISSING) for each in found.unread):
        levels.add(WARNING)
    limit = SEVERITIES.index(config.fail_on)
    return any(SEVERITIES.index(level) >= limit for level in levels)


def _passwords(path: object) -> list[bytes]:
    """The password in a file: its content without the line break at its end."""
    if not isinstance(path, str):
        return []
    try:
        with open(path, "rb") as file:
            data = file.read(4097)
    except OSError as error:
        reason = (error.strerror or "read error").lower()
        raise UsageError(f"the password file `{path}` cannot be read: {reason}") from None
    if len(data) > 4096:
        raise UsageError(f"the password file `{path}` is larger than 4 KiB, which is no password")
    data = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    return [data.removesuffix(b"\n").removesuffix(b"\r")]


def _paths(session: Session) -> list[str]:
    """The files to look into: those of the repository that were asked for, and files named although Git ignores them."""
    listed = [path for path in session.files.paths() if session.reported(path)]
    if session.scope is not None:
        known = set(listed)
        listed += [p for p in session.scope if p not in known and session.files.exists(p) and not session.files.is_dir(p)]
    return sorted(listed)


def _renamed(found: Inventory) -> Inventory:
    """The inventory with the document on standard input called by what the user wrote, ``-``."""

    def name(place: inventory.Place) -> inventory.Place:
        return place._replace(path=STDIN) if place.path == STDIN_FILE else place

    return found._replace(
        entries=[entry._replace(place=name(entry.place)) for entry in found.entries],
        unread=[each._replace(place=name(each.place)) for each in found.unread],
        notes=[note._replace(place=name(note.place)) for note in found.notes],
    )
