"""Every certificate of a repository: where it stands, who uses it, and when it ends."""

from __future__ import annotations

from collections.abc import Iterable

from ..config import Within
from ..facts import Facts
from .model import Entry, Inventory, Place, Unread, state_of

__all__ = ["Inventory", "Place", "take"]


def take(
    facts: Facts,
    paths: Iterable[str],
    within: Within,
    passwords: Iterable[bytes] = (),
    *,
    everything: bool = True,
    named: frozenset[str] = frozenset(),
) -> Inventory:
    """Take stock of the files ``paths``; what a deployment anywhere in the repository uses is told.

    ``within`` decides what counts as expiring. ``passwords`` are tried on PKCS#12 containers. Files that deployments name
    and that are missing count if the file that names them is in ``paths`` or with ``everything``. ``named`` are the paths that
    the user wrote. Never raises on content.
    """
    from .collect import collect
    from .readers import Reader
    from .used import Users

    paths = list(paths)
    users = Users(facts.deployments, facts.gateways)
    collected = collect(facts.workspace, paths, Reader(passwords), named)
    entries = [
        Entry(
            certificate,
            place,
            users.of(place),
            state_of(certificate, facts.now, within),
            (certificate.not_after - facts.now).days,
        )
        for place, certificate in collected.certificates
    ]
    listed = set(paths)
    missing = [each for each in users.missing() if everything or each.place.path in listed]
    unread = [each._replace(used_by=users.of(each.place)) for each in collected.unread] + missing
    return Inventory(
        sorted(entries, key=_entry_order),
        sorted(dict.fromkeys(unread), key=_unread_order),
        sorted(collected.notes, key=lambda note: (note.place[:3], note.message)),
        facts.now,
        collected.files,
    )


def _place_order(place: Place) -> tuple[str, int, str]:
    return place.path, place.line, place.pointer


def _entry_order(entry: Entry) -> tuple[object, ...]:
    return (entry.certificate.not_after, *_place_order(entry.place), entry.certificate.sha256)


def _unread_order(each: Unread) -> tuple[object, ...]:
    return (*_place_order(each.place), each.reason, each.detail)
