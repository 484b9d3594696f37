"""``gitops-tls cert new``: a CA, a server's and a client's certificate as Milvus and its clients need them."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import NamedTuple

from ..certs import keyfiles, wanted
from ..certs.authority import Authority, leaf_dates, open_authority
from ..certs.chain import CLIENT, SERVER
from ..certs.issue import CA_NAME, LARGEST_CHAIN, Issued, complaints, new_authority, new_leaf
from ..errors import UsageError
from ..generators import cert_manager, secret_manifest
from ..options import Values
from ..text.create import NewFile, refuse_existing, write_set
from . import _cert_words as words
from ._cert_wish import LEAF_DAYS, Wish, judge
from ._ignored_keys import Uncovered, add, uncovered
from ._output import talk, write

MANIFEST = "cert-manager.yaml"
_DEFAULT_SECRET = "milvus-tls"  # noqa: S105 - the name of an object


class Made(NamedTuple):
    """The certificates; ``authority_issued`` is None where the CA was there already."""

    authority: Authority
    authority_issued: Issued | None
    server: Issued
    client: Issued
    notes: list[str]


def run(values: Values) -> int:
    """Make the files, all of them or none. Returns 0. Raises UsageError with nothing written."""
    wish = judge(values)
    if values.get("cert_manager"):
        return _cert_manager(wish, dry_run=bool(values.get("dry_run")))
    names = _file_names(wish, values)
    _refuse_foreign_key(wish)
    refuse_existing(wish.folder, names, force=wish.force)
    for option in ("sops", "sealed"):
        if values.get(option):
            secret_manifest.find_program(f"--{option}")
    made = _make(wish)
    files = _files(wish, made, values)
    private = [file.name for file in files if file.private]
    found = uncovered(wish.folder, private)
    if not values.get("dry_run"):
        _write(wish, files, found if values.get("gitignore") else None)
    elsewhere = wish.ca if wish.ca is not None and "ca.pem" in {file.name for file in files} else None
    write(words.new_set(wish.folder, files, _descriptions(made, wish), elsewhere, dry_run=bool(values.get("dry_run"))))
    _warn(wish, made, (found, private), values)
    return 0


def _file_names(wish: Wish, values: Values) -> list[str]:
    names = ["server.pem", "server.key", "client.pem", "client.key"]
    if wish.ca is None:
        names = ["ca.pem", "ca.key", "ca.srl", *names]
    if wish.secret is not None:
        names.append(_secret_file(wish.secret, values))
    return names


def _secret_file(name: str, values: Values) -> str:
    return f"{name}{'.sops' if values.get('sops') else '.sealed' if values.get('sealed') else ''}.yaml"


def _refuse_foreign_key(wish: Wish) -> None:
    """A CA from elsewhere must not come to stand beside the key of another one."""
    there = os.path.join(wish.folder, "ca.key")
    if wish.ca is not None and os.path.lexists(there) and os.path.realpath(there) != os.path.realpath(wish.ca_key):
        raise UsageError(f"`{there}` is the key of another CA than `{wish.ca}`", "choose another folder")


def _make(wish: Wish) -> Made:
    start = wanted.starting(wish.at)
    notes: list[str] = []
    issued = None
    if wish.ca is None:
        authority, issued = new_authority(wish.key, start, wish.ca_days)
    else:
        bundle = keyfiles.read_file(wish.ca, "--ca")
        key = keyfiles.read_file(wish.ca_key, "--ca-key")
        authority = open_authority(bundle, key, (wish.ca, wish.ca_key))
    lifetime = timedelta(days=wish.days or LEAF_DAYS)
    dates, note = leaf_dates(authority, start, lifetime, asked=wish.days is not None)
    notes += [note] if note else []
    server = new_leaf(authority, wish.key, wish.names.common_name, wish.names, SERVER, dates)
    if len(server.facts.der) > LARGEST_CHAIN:
        raise UsageError(
            f"a certificate for {len(wish.names.all):,} names takes {len(server.facts.der):,} bytes: clients in Go refuse more than 64 KiB",
            "one for a wildcard serves them all, as in `--name '*.example.com'`",
        )
    client = new_leaf(authority, wish.key, wish.client_name, wanted.Names((), ()), CLIENT, dates)
    for each, what in ((server, "server"), (client, "client")):
        problems = complaints(each.facts, each.chain, authority.bundle, dates[0])
        if problems:
            raise UsageError(
                f"under the CA `{wish.ca or CA_NAME}` the {what}'s certificate would not be accepted: {problems[0]}",
                "leave --ca out: a new CA is made",
            )
    return Made(authority, issued, server, client, notes)


def _files(wish: Wish, made: Made, values: Values) -> list[NewFile]:
    files: list[NewFile] = []
    if made.authority_issued is not None:
        files.append(NewFile("ca.pem", made.authority.bundle))
        files.append(_key_file("ca.key", made.authority_issued))
        # OpenSSL counts on from here: the last serial number that this CA gave
        files.append(NewFile("ca.srl", f"{made.client.facts.serial}\n".encode("ascii")))
    elif wish.ca is not None and not _is_there(os.path.join(wish.folder, "ca.pem"), wish.ca, made.authority.bundle):
        refuse_existing(wish.folder, ["ca.pem"], force=wish.force)
        files.append(NewFile("ca.pem", made.authority.bundle))
    for name, issued in (("server", made.server), ("client", made.client)):
        files.append(NewFile(f"{name}.pem", issued.chain))
        files.append(_key_file(f"{name}.key", issued))
    if wish.secret is not None:
        files.append(_secret(wish, wish.secret, made, values))
    return files


def _key_file(name: str, issued: Issued) -> NewFile:
    assert issued.key is not None
    return NewFile(name, issued.key, private=True)


def _is_there(path: str, ca: str, data: bytes) -> bool:
    """Whether the CA's certificate stands there already: it is the CA's own file, or one of the same content."""
    if not os.path.isfile(path):
        return False
    return os.path.realpath(path) == os.path.realpath(ca) or keyfiles.read_file(path, "the CA's certificate") == data


def _secret(wish: Wish, name: str, made: Made, values: Values) -> NewFile:
    assert made.server.key is not None
    manifest = secret_manifest.render(name, wish.namespace, wish.keys, made.server.chain, made.server.key, made.authority.bundle)
    file = _secret_file(name, values)
    if values.get("sops"):
        full = os.path.join(os.path.abspath(wish.folder), file)
        return NewFile(file, secret_manifest.encrypted(manifest, full, os.getcwd()))
    if values.get("sealed"):
        return NewFile(file, secret_manifest.sealed(manifest, os.getcwd()))
    return NewFile(file, manifest, private=True)


def _write(wish: Wish, files: list[NewFile], ignore: Uncovered | None) -> None:
    undo = add(ignore) if ignore is not None else None
    try:
        write_set(wish.folder, files, force=wish.force)
    except BaseException:
        if undo is not None:
            undo()
        raise


def _descriptions(made: Made, wish: Wish) -> dict[str, str]:
    """What stands behind each file's name."""
    authority, kept = made.authority.facts, wish.ca is not None
    found = {
        "ca.pem": f"{words.certificate(authority)}{' (copied)' if kept else ''}",
        "ca.key": f"its key ({authority.key}): it makes new certificates, so keep it away from servers and out of Git",
        "ca.srl": "the last serial number, for OpenSSL",
        "server.pem": words.certificate(made.server.facts),
        "server.key": f"its key ({made.server.facts.key})",
        "client.pem": words.certificate(made.client.facts),
        "client.key": f"its key ({made.client.facts.key})",
    }
    if wish.secret is not None:
        keys = ", ".join(secret_manifest.KEYS[wish.keys][1])
        for end in ("", ".sops", ".sealed"):
            found[f"{wish.secret}{end}.yaml"] = f"Secret `{wish.secret}` with {keys}"
    return found


def _warn(wish: Wish, made: Made, keys: tuple[Uncovered | None, list[str]], values: Values) -> None:
    found, private = keys
    for note in made.notes:
        talk(f"note: {note}")
    if wish.secret is not None and not values.get("sops") and not values.get("sealed"):
        talk(
            f"warning: `{wish.secret}.yaml` holds the private key in clear (base64 hides nothing): apply it, but do not commit it; "
            "--sops and --sealed write it encrypted"
        )
    if found is not None:
        dry_run, added = bool(values.get("dry_run")), bool(values.get("gitignore"))
        talk(words.ignore_lines(found, added=added, dry_run=dry_run))
        left = uncovered(wish.folder, private) if added and not dry_run else None
        if left is not None:
            talk(words.still_not_ignored(left))


def _cert_manager(wish: Wish, *, dry_run: bool) -> int:
    secret = wish.secret or _DEFAULT_SECRET
    algorithm = ("RSA", int(wish.key.size)) if wish.key.kind == "RSA" else ("ECDSA", int(wish.key.size[2:]))
    plan = cert_manager.Wanted(
        wish.namespace, secret, wish.names.dns, wish.names.ips, wish.names.common_name, CA_NAME, wish.client_name,
        algorithm, wish.days or LEAF_DAYS, wish.ca_days,
    )  # fmt: skip
    secret_manifest.object_name(f"{plan.base}-selfsigned", "--secret")
    file = NewFile(MANIFEST, cert_manager.render(plan))
    if dry_run:
        refuse_existing(wish.folder, [MANIFEST], force=wish.force)
    else:
        write_set(wish.folder, [file], force=wish.force)
    write(words.manifests(os.path.join(wish.folder, MANIFEST), plan, dry_run=dry_run))
    return 0
