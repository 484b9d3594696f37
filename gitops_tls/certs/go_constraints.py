"""Name constraints as Go reads and applies them (crypto/x509 1.25): on DNS names, addresses, mail addresses and URIs.

Where Go 1.25.5 goes too far (it lets ``b.org`` exclude ``*.a.org``), this is what Go 1.27 does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..records import NamedTuple
from .go_der import SEQUENCE, Cursor, Refused, quoted
from .go_names import domain_valid, mailbox, uri_host
from .names import as_ip

MAIL, DNS, URI, IP = 0x81, 0x82, 0x86, 0x87
KINDS = {MAIL: "email address", DNS: "DNS name", URI: "URI", IP: "IP address"}
_BAD = "x509: invalid NameConstraints extension"
_MOST_COMPARISONS = 250_000
_TOO_MANY = "x509: unknown error"

Subtrees = tuple[tuple[int, bytes], ...]
"""Kind and value of each subtree of a kind that Go knows."""


class Constraints(NamedTuple):
    """The nameConstraints of one authority."""

    permitted: Subtrees
    excluded: Subtrees
    unhandled: bool
    """There are subtrees of kinds that Go does not know (directory names)."""


def parse(value: bytes) -> Constraints:
    """The extension's value. Raises Refused with Go's error."""
    outer = Cursor(value, _BAD)
    inner = outer.inside()
    permitted, excluded = inner.optional(0xA0), inner.optional(0xA1)
    if not outer.empty or not inner.empty:
        raise Refused(_BAD)
    if not permitted and not excluded:
        raise Refused("x509: empty name constraints extension")
    trees = [tuple(_subtrees(each or b"")) for each in (permitted, excluded)]
    known = [tuple(tree for tree in each if tree[0] in KINDS) for each in trees]
    return Constraints(known[0], known[1], known != trees)


def _subtrees(content: bytes) -> Iterator[tuple[int, bytes]]:
    for subtree in Cursor(content, _BAD).each(SEQUENCE):
        kind, value = subtree.any()
        _check(kind, value)
        yield kind, value


def _check(kind: int, value: bytes) -> None:
    if kind == IP:
        if len(value) not in (8, 32):
            raise Refused(f"x509: IP constraint contained value of length {len(value)}")
        mask = value[len(value) // 2 :]
        if "01" in "".join(f"{byte:08b}" for byte in mask):
            raise Refused(f"x509: IP constraint contained invalid mask {mask.hex()}")
    elif kind in KINDS:
        word = {MAIL: "rfc822Name", DNS: "dnsName", URI: "URI"}[kind]
        if not value.isascii():
            raise Refused("x509: invalid constraint value: x509: cannot encode value as an IA5String")
        text = value.decode("ascii")
        if kind == URI and not text.startswith("[") and as_ip(text) is not None:
            raise Refused(f"x509: failed to parse URI constraint {quoted(text)}: cannot be IP address")
        good = mailbox(text) is not None if kind == MAIL and "@" in text else domain_valid(text, constraint=True)
        if not good:
            raise Refused(f"x509: failed to parse {word} constraint {quoted(text)}")


def violation(constraints: Constraints, names: Subtrees) -> str:
    """Go's complaint about the first of some alternative names that these constraints forbid; empty where all may be."""
    count = 0
    for kind, value in names:
        if kind not in KINDS:
            continue
        name, inside, problem = _subject(kind, value)
        if problem:
            return problem
        excluded = [tree for of, tree in constraints.excluded if of == kind]
        permitted = [tree for of, tree in constraints.permitted if of == kind]
        count += len(excluded) + len(permitted)
        if count > _MOST_COMPARISONS:
            return _TOO_MANY
        if inside is None and (excluded or permitted):
            return f"URI with IP or without host ({quoted(name)}) cannot be matched against constraints"
        if inside is None:
            continue
        for tree in excluded:
            if inside(tree, True):
                return f"{KINDS[kind]} {quoted(name)} is excluded by constraint {quoted(_written(kind, tree))}"
        if permitted and not any(inside(tree, False) for tree in permitted):
            return f"{KINDS[kind]} {quoted(name)} is not permitted by any constraint"
    return ""


_Inside = Callable[[bytes, bool], bool]


def _subject(kind: int, value: bytes) -> tuple[str, _Inside | None, str]:
    """The name as text, how to tell whether it lies inside a subtree, and what is wrong with it."""
    if kind == IP:
        return _written(kind, value), lambda tree, _: _address_inside(value, tree), ""
    name = value.decode("latin-1")
    if kind == DNS:
        problem = "" if domain_valid(name) else f"x509: cannot parse dnsName {quoted(name)}"
        labels = _labels(name)
        return name, lambda tree, excluded: _domain_inside(labels, tree.decode(), excluded), problem
    if kind == MAIL:
        box = mailbox(name)
        if box is None:
            return name, None, f"x509: cannot parse rfc822Name {quoted(name)}"
        return name, _mail_in(box), ""
    host = uri_host(name)
    if host is None:
        return name, None, ""
    labels = _labels(host)
    return name, lambda tree, excluded: _domain_inside(labels, tree.decode(), excluded), ""


def _labels(domain: str) -> list[str]:
    return domain.lower().split(".") if domain else []


def _address_inside(address: bytes, tree: bytes) -> bool:
    size = len(tree) // 2
    if len(address) != size:
        return False
    wanted, mask = int.from_bytes(tree[:size], "big"), int.from_bytes(tree[size:], "big")
    return int.from_bytes(address, "big") & mask == wanted & mask


def _mail_in(box: tuple[str, str]) -> _Inside:
    labels = _labels(box[1])

    def inside(tree: bytes, excluded: bool) -> bool:
        wanted = mailbox(tree.decode()) if b"@" in tree else None
        if wanted is not None:
            return box[0] == wanted[0] and box[1].lower() == wanted[1].lower()
        return _domain_inside(labels, tree.decode(), excluded)

    return inside


def _domain_inside(labels: list[str], tree: str, excluded: bool) -> bool:
    """Whether a domain lies in a subtree; a wildcard is also excluded by a subtree for a host that it stands for."""
    if not tree:
        return True
    below = tree.startswith(".")
    wanted = _labels(tree[1:] if below else tree)
    if excluded and labels[:1] == ["*"] and len(wanted) > 1 and labels[1:] == wanted[1:] and not below:
        return True
    return len(labels) >= len(wanted) + below and labels[len(labels) - len(wanted) :] == wanted


def _written(kind: int, value: bytes) -> str:
    if kind != IP:
        return value.decode("latin-1")
    from ipaddress import ip_address

    size = len(value) if len(value) in (4, 16) else len(value) // 2
    text = str(ip_address(value[:size]))
    return text if size == len(value) else f"{text}/{int.from_bytes(value[size:], 'big').bit_count()}"
