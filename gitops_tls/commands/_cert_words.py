"""What ``cert new`` and ``cert renew`` say; never a key."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ..certs.facts import Certificate
from ..formats._closing import plural
from ..formats._printable import columns, printable
from ..generators.cert_manager import Wanted
from ..text.create import NewFile
from ._ignored_keys import Uncovered

_MOST_NAMES = 6


def key_beside(certificate: str) -> str:
    """Where the key of a certificate file stands by custom: ``ca.key`` beside ``ca.pem``."""
    return os.path.splitext(certificate)[0] + ".key"


def certificate(facts: Certificate) -> str:
    """``CN=localhost for localhost, 10.0.0.5, ends 2027-11-23 (365 days)``."""
    names = (*facts.dns_names, *facts.ip_addresses)
    listed = ", ".join(names[:_MOST_NAMES]) + (f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else "")
    role = f" for {listed}" if names else ", the CA" if facts.is_ca else ", a client" if _only_client(facts) else ""
    days = (facts.not_after - facts.not_before).days
    return printable(f"{facts.subject}{role}, ends {facts.not_after:%Y-%m-%d} ({plural(days, 'day')})")


def _only_client(facts: Certificate) -> bool:
    return facts.extended_key_usage == ("clientAuth",)


def new_set(folder: str, files: Sequence[NewFile], descriptions: Mapping[str, str], ca: str | None, *, dry_run: bool) -> str:
    """The files of a new set, and what to do with each. ``ca`` is the CA's file where that is not in the folder."""
    from shlex import quote

    later = [os.path.join(folder, "server.pem"), os.path.join(folder, "client.pem"), *(["--ca", ca] if ca else [])]
    names = [file.name for file in files]
    shown = printable(folder)
    lines = [f"{'would write' if dry_run else 'wrote'} {plural(len(files), 'file')} into {shown}", *_table(names, descriptions)]
    lines += [
        "next:",
        "  server   server.pem, server.key and ca.pem: tls.serverPemPath, tls.serverKeyPath and tls.caPemPath in milvus.yaml,",
        "           and common.security.tlsMode 1 (one-way) or 2 (mutual)",
        "  clients  tlsMode 1: ca.pem (server_pem_path in pymilvus, --cacert in curl)",
        "           tlsMode 2: ca.pem, client.pem and client.key (ca_pem_path, client_pem_path and client_key_path in pymilvus)",
        f"  later    gitops-tls cert renew {printable(' '.join(map(quote, later)))}",
    ]
    return "\n".join(lines) + "\n"


def _table(names: Sequence[str], descriptions: Mapping[str, str]) -> list[str]:
    width = max(columns(name) for name in names)
    return [f"  {name}{' ' * (width - columns(name))}  {descriptions[name]}" for name in names]


def manifests(path: str, plan: Wanted, *, dry_run: bool) -> str:
    """What stands in the manifests for cert-manager, and what to do with them."""
    names = ", ".join((*plan.dns_names, *plan.ip_addresses))
    described = {
        plan.secret: f"Secret for the server ({names}): tls.crt, tls.key and ca.crt, renewed by cert-manager",
        plan.client_secret: "Secret for clients in tlsMode 2: the same three, with a key of its own",
    }
    lines = [
        f"{'would write' if dry_run else 'wrote'} {printable(path)}: no key in it, so commit it",
        *_table(list(described), described),
        "next:",
        f"  server   mount Secret `{plan.secret}`; tls.serverPemPath …/tls.crt, tls.serverKeyPath …/tls.key, tls.caPemPath …/ca.crt,",
        "           and common.security.tlsMode 1 (one-way) or 2 (mutual)",
        "  later    restart Milvus after each renewal: it does not read a certificate again",
    ]
    return "\n".join(lines) + "\n"


def ignore_lines(found: Uncovered, *, added: bool, dry_run: bool) -> str:
    """That Git would take private keys, and how to prevent it."""
    lines = ", ".join(f"`{printable(line)}`" for line in found.lines)
    if added:
        return f"{'would add' if dry_run else 'added'} to .gitignore: {lines}"
    paths = ", ".join(printable(path) for path in found.paths)
    return f"warning: Git does not ignore {paths}; add to .gitignore (--gitignore does it): {lines}"


def renewed(done: Sequence[tuple[str, str, Certificate, Certificate]], *, dry_run: bool) -> str:
    """What was renewed: ``(where, where its new key is, old, new)``, and what to do now."""
    lines: list[str] = []
    for where, key_where, old, new in done:
        lines.append(
            f"{'would renew' if dry_run else 'renewed'} {printable(where)}: {certificate(new)}; was {old.not_after:%Y-%m-%d}"
        )
        lines.append(f"  {printable(key_where)}: a new key ({new.key})" if key_where else "  its key is the old one")
    lines.append(
        "next: restart Milvus, which does not read a certificate again, and give clients that pin server.pem the new one"
    )
    return "\n".join(lines) + "\n"


def still_not_ignored(left: Uncovered) -> str:
    """That the lines which were added change nothing."""
    paths = ", ".join(printable(path) for path in left.paths)
    return f"warning: Git takes {paths} all the same: a line with `!` in another .gitignore lets it"
