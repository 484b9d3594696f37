"""Renewing a certificate: the same subject, names, usages and kind of key under the same CA, with new dates and a new key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ..errors import UsageError
from . import keyfiles
from .authority import Authority, leaf_dates, signed_under
from .content import describe
from .facts import Certificate
from .issue import Issued, sign
from .keys import is_encrypted, is_key_block, parse_key
from .pem import Block, blocks
from .public import public_name
from .read import load, parse, reraise
from .wanted import MOST_DAYS

_OURS = ("2.5.29.14", "2.5.29.35", "1.3.6.1.4.1.11129.2.4.2", "1.3.6.1.4.1.11129.2.4.3")
"""Extensions that belong to one certificate or one key: key identifiers, and what certificate transparency added."""


class Leaf:
    """A certificate to renew, where it stands in PEM bytes."""

    __slots__ = ("block", "facts")

    def __init__(self, block: Block, facts: Certificate) -> None:
        self.block = block
        self.facts = facts


def leaf_of(data: bytes, where: str) -> Leaf:
    """The certificate in a file that renewing is about: the first. Raises UsageError where there is none, or it is a CA."""
    found = blocks(data)
    block = next((each for each in found if each.type == "CERTIFICATE"), None)
    if block is None:
        key = any(is_key_block(each) for each in found)
        right = "name the certificate; its key is found beside it" if key else "a PEM file with `BEGIN CERTIFICATE` is needed"
        raise UsageError(f"{where} holds no certificate in PEM: it is {describe(data)}", right)
    facts = parse(block.der, block.line)
    if not isinstance(facts, Certificate):
        raise UsageError(f"{where}: {facts.message}, so that there is nothing to renew it from")
    if facts.is_ca:
        if any(isinstance(one := parse(each.der), Certificate) and not one.is_ca for each in found if each.type == "CERTIFICATE"):
            raise UsageError(
                f"{where} begins with a CA ({facts.subject}), and the certificate to renew stands behind it",
                "put the certificate first, as servers need it: `gitops-tls fix` does (GT305)",
            )
        raise UsageError(
            f"{where} is a CA ({facts.subject}): all that it signed and all clients that trust it depend on it",
            "make a new set with a new CA: `gitops-tls cert new`",
        )
    return Leaf(block, facts)


def refuse_other_authority(leaf: Leaf, authority: Authority, where: str, ca_path: str) -> None:
    """Raise UsageError where another CA signed the old certificate: its users would not trust the new one."""
    old = leaf.facts
    if signed_under(old, authority):
        return
    if old.subject == old.issuer:
        why = "signed itself, and no CA signed it"
    elif old.issuer != authority.facts.subject:
        why = f"comes from `{old.issuer}`, but `{ca_path}` is `{authority.facts.subject}`"
    else:
        why = f"comes from a CA with the name of `{ca_path}` (`{old.issuer}`) but another key"
    raise UsageError(f"{where} {why}", "name its CA with --ca and --ca-key, or make a new one: `gitops-tls cert new --ca …`")


def renew(
    leaf: Leaf, authority: Authority, start: datetime, days: int | None, *, keep_key: bool, where: str
) -> tuple[Issued, list[str]]:
    """The new certificate and notes about it. ``days`` None takes the old lifetime. Raises UsageError."""
    old = leaf.facts
    lifetime = timedelta(days=days) if days is not None else old.not_after - old.not_before
    if not timedelta(0) < lifetime <= timedelta(days=MOST_DAYS):
        raise UsageError(f"{where}: its lifetime is not one to repeat", "say how many days: --days 365")
    dates, note = leaf_dates(authority, start, lifetime, asked=days is not None)
    notes = [note] if note else []
    key = None if keep_key else _new_key(old, where, notes)
    parsed = load(old.der)
    assert parsed is not None
    public: Any = key.public_key() if key is not None else _public(parsed, where)
    published = public_name(old) if keep_key else None
    if published:
        raise UsageError(f"{where} has the key of {published}, which everybody has: it protects nothing", "leave --keep-key away")
    extensions = [(each.value, each.critical) for each in parsed.extensions if each.oid.dotted_string not in _OURS]
    if not old.dns_names and not old.ip_addresses and "serverAuth" in (old.extended_key_usage or ("serverAuth",)):
        notes.append("it has no names (subjectAltName), as the old one had none: Go clients refuse it as a server's")
    usages = old.extended_key_usage
    if "client" in where.lower() and usages is not None and not {"clientAuth", "any"} & set(usages):
        notes.append(
            f"it is for {' and '.join(usages)} only, as the old one: Milvus in tlsMode 2 refuses it as a client's; make one that fits: "
            "`gitops-tls cert new DIR --ca FILE`"
        )
    return sign(authority, public, parsed.subject, extensions, dates, key), notes


def _new_key(old: Certificate, where: str, notes: list[str]) -> Any:
    try:
        kind = keyfiles.kind_of(old.key)
    except UsageError as error:
        raise UsageError(f"{where}: {error}", error.help) from None
    if str(kind) != old.key:
        notes.append(f"the new key is {kind}, as curl refuses {old.key}")
    return keyfiles.make(kind)


def _public(parsed: Any, where: str) -> Any:
    try:
        return parsed.public_key()
    except BaseException as error:
        reraise(error)
        raise UsageError(f"{where} has a public key of an unknown kind", "leave --keep-key away") from None


def key_block(data: bytes, old: Certificate) -> Block | None:
    """The block of a certificate's private key in some bytes; None where it is not there."""
    for block in blocks(data):
        if is_key_block(block) and not is_encrypted(block):
            key = parse_key(block.der)
            if key is not None and key.spki_sha256 == old.spki_sha256:
                return block
    return None


def other_key(data: bytes) -> str:
    """What stands where a certificate's key should be, for a message; empty where there is no key at all."""
    found = [block for block in blocks(data) if is_key_block(block)]
    if not found:
        return ""
    return "an encrypted key" if is_encrypted(found[0]) else "another key"


def replaced(data: bytes, changes: Sequence[tuple[Block, bytes]]) -> bytes:
    """PEM bytes with some blocks replaced; all around them stays, and line breaks are written as they were."""
    for block, new in sorted(changes, key=lambda change: -change[0].start):
        old = data[block.start : block.end]
        if b"\r\n" in old:
            new = new.replace(b"\n", b"\r\n")
        if not old.endswith(b"\n"):
            new = new.rstrip(b"\r\n")
        data = data[: block.start] + new + data[block.end :]
    return data
