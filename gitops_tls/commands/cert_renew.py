"""``gitops-tls cert renew``: new certificates in the place of old ones, under the same CA."""

from __future__ import annotations

import os
from datetime import datetime
from typing import NamedTuple

from ..certs import keyfiles, renew, wanted
from ..certs.authority import Authority, open_authority
from ..certs.facts import Certificate
from ..certs.issue import complaints
from ..errors import NotWritten, UsageError
from ..options import Values, parse_date
from ..repo.disk import DiskFiles, find_root
from ..repo.files import Unreadable
from ..text.write import Change, write_all
from . import _cert_words as words
from ._output import talk, write


class Wish(NamedTuple):
    """The options, judged. ``days`` None repeats the old lifetime."""

    start: datetime
    days: int | None
    keep_key: bool
    ca: str | None
    ca_key: str | None


class Done(NamedTuple):
    """One certificate renewed. ``where`` names its place, ``key_where`` that of its new key (empty where it is kept)."""

    where: str
    key_where: str
    old: Certificate
    new: Certificate
    notes: list[str]


class Target:
    """A file that is named: ``root`` and ``path`` below it, its content, and how the user wrote it."""

    __slots__ = ("data", "path", "root", "shown")

    def __init__(self, root: str, path: str, data: bytes, shown: str) -> None:
        self.root = root
        self.path = path
        self.data = data
        self.shown = shown


Changes = dict[str, dict[str, Change]]
"""New contents by repository, then by path."""


def run(values: Values) -> int:
    """Renew everything that is named, or nothing. Returns 0. Raises UsageError with nothing written."""
    at, days = values.get("at"), values.get("days")
    ca, ca_key = values.get("ca"), values.get("ca_key")
    if isinstance(ca_key, str) and not isinstance(ca, str):
        raise UsageError("--ca-key means something only beside --ca", "add --ca, or leave it away")
    wish = Wish(
        wanted.starting(parse_date(at) if isinstance(at, str) else None),
        wanted.day_count(days, "--days", 365) if isinstance(days, str) else None,
        bool(values.get("keep_key")),
        ca if isinstance(ca, str) else None,
        ca_key if isinstance(ca_key, str) else None,
    )
    paths = values.get("paths")
    changes: Changes = {}
    done: list[Done] = []
    seen: set[str] = set()
    for shown in paths if isinstance(paths, tuple) else ():
        target = open_target(shown)
        real = os.path.realpath(os.path.join(target.root, target.path))
        if real not in seen:
            seen.add(real)
            done += _renew(target, wish, changes)
    dry_run = bool(values.get("dry_run"))
    if not dry_run:
        _write(changes)
    _tell(done, wish, dry_run=dry_run)
    return 0


def open_target(shown: str) -> Target:
    """Read a file that is named. Raises UsageError where it is none, or leads out of its repository."""
    if not shown or "\0" in shown or not os.path.lexists(shown):
        raise UsageError(f"there is no file `{shown}`", "paths are relative to the current folder")
    if os.path.isdir(shown):
        raise UsageError(f"`{shown}` is a folder", "name the certificates in it, as in `cert renew tls/server.pem`")
    root = find_root(shown)
    path = os.path.relpath(os.path.abspath(shown), root).replace(os.sep, "/")
    return Target(root, path, _read(root, path, shown), shown)


def _read(root: str, path: str, shown: str) -> bytes:
    try:
        return DiskFiles(root).read(path)
    except FileNotFoundError:
        raise UsageError(f"there is no file `{shown}`") from None
    except Unreadable as why:
        raise UsageError(f"`{shown}` cannot be read: {why}") from None


def authority_for(target: Target, wish: Wish) -> tuple[Authority, str]:
    """The CA of a file and where it stands: ``--ca``, else ca.pem beside the file. Raises UsageError."""
    path = wish.ca or os.path.join(os.path.dirname(target.shown), "ca.pem")
    if wish.ca is None and not os.path.lexists(path):
        raise UsageError(f"there is no `{path}`, the CA to sign `{target.shown}` with", "name the CA: --ca FILE --ca-key FILE")
    key_path = wish.ca_key or words.key_beside(path)
    bundle = keyfiles.read_file(path, "the CA's certificate")
    elsewhere = f"name it where it is: --ca {path} --ca-key FILE"
    return open_authority(bundle, keyfiles.read_file(key_path, "the CA's key", elsewhere), (path, key_path)), path


def _renew(target: Target, wish: Wish, changes: Changes) -> list[Done]:
    if _is_manifest(target):
        from ._renew_secret import renew_manifest

        return renew_manifest(target, wish, changes)
    return [_renew_file(target, wish, changes)]


def _is_manifest(target: Target) -> bool:
    return target.path.lower().endswith((".yaml", ".yml", ".json"))


def _renew_file(target: Target, wish: Wish, changes: Changes) -> Done:
    where = f"`{target.shown}`"
    leaf = renew.leaf_of(target.data, where)
    key = _key_of(target, leaf.facts, keep=wish.keep_key)
    authority, ca_path = authority_for(target, wish)
    renew.refuse_other_authority(leaf, authority, where, ca_path)
    issued, notes = renew.renew(leaf, authority, wish.start, wish.days, keep_key=wish.keep_key, where=where)
    edits = [(leaf.block, issued.pem)]
    mine = changes.setdefault(target.root, {})
    key_where = ""
    if key is not None and issued.key is not None:
        block = renew.key_block(key.data, leaf.facts)
        assert block is not None
        key_where = key.shown
        if key.path == target.path:
            edits.append((block, issued.key))
        else:
            _refuse_twice(mine, key)
            mine[key.path] = Change(renew.replaced(key.data, [(block, issued.key)]), key.data)
    after = renew.replaced(target.data, edits)
    _refuse_twice(mine, target)
    mine[target.path] = Change(after, target.data)
    notes += complaints(issued.facts, after, authority.bundle, issued.facts.not_before)
    return Done(target.shown, key_where, leaf.facts, issued.facts, notes)


def _refuse_twice(changes: dict[str, Change], target: Target) -> None:
    real = os.path.realpath(os.path.join(target.root, target.path))
    if any(os.path.realpath(os.path.join(target.root, path)) == real for path in changes):
        raise UsageError(
            f"`{target.shown}` would be renewed twice: two certificates share this key",
            "renew them one after the other, with --keep-key",
        )


def _key_of(target: Target, old: Certificate, *, keep: bool) -> Target | None:
    """The file with the private key: the certificate's own, or the one beside it. Raises UsageError where it is another's."""
    if renew.key_block(target.data, old) is not None:
        return target
    beside = words.key_beside(target.shown)
    if not os.path.lexists(beside):
        if keep:
            return None
        raise UsageError(
            f"`{beside}`, the key of `{target.shown}`, is not there, so a new key has no place to go to",
            "put the key there, or add --keep-key to renew the certificate alone",
        )
    key = open_target(beside)
    if renew.key_block(key.data, old) is not None:
        return key
    found = renew.other_key(key.data)
    if found == "an encrypted key":
        if keep:
            return None
        raise UsageError(
            f"the key in `{beside}` is encrypted, which Milvus cannot read", "add --keep-key, or make a new set: cert new"
        )
    raise UsageError(
        f"`{beside}` holds {found or 'no private key'}, not the key of `{target.shown}`", "put the right key there first"
    )


def _write(changes: Changes) -> None:
    """Replace the files of each repository; where one cannot be, those before it get their old content back."""
    for root, files in changes.items():
        try:
            write_all(root, files)
        except NotWritten:
            for path, change in files.items():
                if _holds(root, path, change.data):
                    write_all(root, {path: Change(change.expected, change.data)})
            raise


def _holds(root: str, path: str, data: bytes) -> bool:
    try:
        return DiskFiles(root).read(path) == data
    except (OSError, Unreadable):
        return False


def _tell(done: list[Done], wish: Wish, *, dry_run: bool) -> None:
    write(words.renewed([(one.where, one.key_where, one.old, one.new) for one in done], dry_run=dry_run))
    for one in done:
        for note in one.notes:
            talk(f"warning: {one.where}: {note}")
