"""Go's crypto/x509 ``Verify`` and what crypto/tls asks of it: Milvus as a server, and Go clients.

The model is Go 1.25 (patched: 1.25.5) with the defaults of a module that says ``go 1.25``. One thing is as in 1.27: an excluded
name leaves wildcards beside it alone, where 1.25.5 goes too far (see ``go_constraints``). So 1.27's other changes are not here:
it takes ML-DSA keys and unknown kinds of strings in names, and refuses every URI that no constraint can be compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from . import go_constraints, go_policies
from .chain import ACCEPTED, CLIENT, Link, Verdict, date_error, go_link
from .go_constraints import Subtrees
from .go_signatures import extensions_of, hint, is_small, known_key, signature_problem, small_key
from .names import go_name_error
from .pair import CA_PANIC, go_refuses, load_ca
from .read import clean

UNKNOWN = "x509: certificate signed by unknown authority"
USAGE = "x509: certificate specifies an incompatible key usage"
DATES = "x509: certificate has expired or is not yet valid"
NOT_AUTHORIZED = "x509: a root or intermediate certificate is not authorized to sign for this name"
_NO_CHAINS = "x509: no valid chains built"
_MOST_SIGNATURES = 100
_LARGEST_RSA = 8192


def verify(chain: Sequence[bytes], roots: bytes, usage: str, name: str | None, at: datetime) -> Verdict:
    """Verify a chain (leaf first) against a PEM bundle. ``usage``: ``serverAuth`` or ``clientAuth``; ``at`` is UTC."""
    bundle = load_ca(roots)
    if not bundle.ok:
        return Verdict(False, CA_PANIC if usage == CLIENT else "credentials: failed to append certificates")
    if not chain:
        return Verdict(False, "tls: client didn't provide a certificate" if usage == CLIENT else "tls: no certificates")
    ours: list[Link] = []
    for content in chain:
        one = go_link(content)
        if one is None:
            what = "client certificate" if usage == CLIENT else "certificate from server"
            return Verdict(False, f"tls: failed to parse {what}: {go_refuses(content) or 'x509: malformed certificate'}")
        ours.append(one)
    problem = _key_problem(ours[0], usage)
    if problem:
        return Verdict(False, problem)
    anchors = (go_link(each.der) for each in bundle.certificates)
    verdict = _Search(ours, [each for each in anchors if each is not None], at).run(usage, name)
    if verdict.ok and is_small(ours[0]):
        side = "client" if usage == CLIENT else "server"
        return Verdict(False, f"tls: invalid signature by the {side} certificate: {small_key(ours[0])}")
    return verdict


def _key_problem(leaf: Link, usage: str) -> str:
    """What crypto/tls itself refuses of the leaf's key."""
    if leaf.algorithm == "RSA" and leaf.bits > _LARGEST_RSA:
        side = "client" if usage == CLIENT else "server"
        return f"tls: {side} sent certificate containing RSA key larger than 8192 bits"
    if leaf.algorithm == "DSA" or not known_key(leaf):
        return "tls: unsupported certificate: unknown public key algorithm"
    if leaf.facts.key == "EC P-224":
        return "tls: unsupported certificate curve (P-224)"
    return ""


class _Search:
    """One call of ``Verify``: tries every path, as Go does, and keeps the error Go would report."""

    def __init__(self, chain: Sequence[Link], roots: Sequence[Link], at: datetime) -> None:
        self._leaf, self._at = chain[0], at
        self._others, self._roots = _unique(chain[1:]), _unique(roots)
        self._signatures = 0
        self._error = ""

    def run(self, usage: str, name: str | None) -> Verdict:
        """The verdict. The order of the checks is Go's: leaf, name, chain, policies, usages."""
        problem = self._invalid(self._leaf, (), "leaf") or (name is not None and _name_error(self._leaf, name)) or ""
        if problem:
            return Verdict(False, problem)
        trusted = any(root.der == self._leaf.der for root in self._roots)
        chains: Iterable[tuple[Link, ...]] = [(self._leaf,)] if trusted else self._chains((self._leaf,))
        policies, usages = 0, 0
        for found in chains:
            if not go_policies.valid([(extensions_of(each).policies, each.subject == each.issuer) for each in found]):
                policies += 1
            elif all(_has_usage(each, usage) for each in found):
                return ACCEPTED
            else:
                usages += 1
        if usages and not policies:
            return Verdict(False, USAGE)
        if usages:
            counts = f"{usages} chains with incompatible key usage, {policies} chains with invalid policies"
            return Verdict(False, f"{_NO_CHAINS}: {counts}")
        return Verdict(False, f"{_NO_CHAINS}: all candidate chains have invalid policies" if policies else self._error)

    def _chains(self, path: tuple[Link, ...]) -> Iterator[tuple[Link, ...]]:
        """The chains up to a root. The last error of a level counts; a signature that failed is only its hint."""
        child, error, seen, found = path[-1], "", "", False
        for kind, pool in (("root", self._roots), ("intermediate", self._others)):
            for parent in _by_likelihood(child, pool):
                if not known_key(parent) or _in_path(parent, path):
                    continue
                self._signatures += 1
                if self._signatures > _MOST_SIGNATURES:
                    error = "x509: signature check attempts limit reached while verifying certificate chain"
                    continue
                problem = signature_problem(child, parent)
                if problem:
                    seen = seen or hint(problem, parent)
                    continue
                error = self._invalid(parent, path, kind)
                if error:
                    continue
                if kind == "root":
                    found = True
                    yield (*path, parent)
                    continue
                for chain in self._chains((*path, parent)):
                    found = True
                    yield chain
                error = self._error
        self._error = error if found else error or UNKNOWN + seen

    def _invalid(self, one: Link, path: tuple[Link, ...], kind: str) -> str:
        extensions = extensions_of(one)
        if extensions.unhandled:
            return "x509: unhandled critical extension"
        late = date_error(
            one,
            self._at,
            early=f"{DATES}: current time {_time(self._at)} is before {_time(one.facts.not_before)}",
            late=f"{DATES}: current time {_time(self._at)} is after {_time(one.facts.not_after)}",
        )
        if late or kind == "leaf":
            return late
        if extensions.constraints is not None:
            names: Subtrees = tuple(name for each in path for name in extensions_of(each).names)
            forbidden = go_constraints.violation(extensions.constraints, names)
            if forbidden:
                return forbidden if forbidden.startswith("x509: ") else f"{NOT_AUTHORIZED}: {forbidden}"
        if kind == "intermediate" and not (extensions.basic and extensions.basic[0]):
            return "x509: certificate is not authorized to sign other certificates"
        longest = extensions.basic[1] if extensions.basic else None
        if longest is not None and len(path) - 1 > longest:
            return "x509: too many intermediates for path length constraint"
        return ""


def _unique(found: Sequence[Link]) -> list[Link]:
    return list({each.der: each for each in found}.values())


def _name_error(leaf: Link, name: str) -> str:
    """Go's error for a name that the leaf does not cover. The names are those that Go reads: none before version 3."""
    from ipaddress import ip_address

    extensions = extensions_of(leaf)
    dns = tuple(clean(value.decode("ascii")) for kind, value in extensions.names if kind == go_constraints.DNS)
    addresses = tuple(str(ip_address(value)) for kind, value in extensions.names if kind == go_constraints.IP)
    has_names = extensions.names_value is not None
    return go_name_error(leaf.facts._replace(dns_names=dns, ip_addresses=addresses, has_names=has_names), name)


def _has_usage(one: Link, usage: str) -> bool:
    usages = extensions_of(one).usages
    return not usages or usage in usages or "any" in usages


def _by_likelihood(child: Link, pool: Sequence[Link]) -> list[Link]:
    """The certificates with the right subject, those whose key id fits first."""
    wanted = extensions_of(child).authority_key

    def rank(parent: Link) -> int:
        there = extensions_of(parent).subject_key
        return 0 if there == wanted else 2 if there and wanted else 1

    return sorted((each for each in pool if each.subject == child.issuer), key=rank)


def _in_path(one: Link, path: Sequence[Link]) -> bool:
    """Go's ``alreadyInChain``: the same subject, key and alternative names."""
    names = extensions_of(one).names_value
    for each in path:
        if one.subject == each.subject and one.facts.spki_sha256 == each.facts.spki_sha256:
            others = extensions_of(each).names_value
            if names is None or others is None or names == others:
                return names == others
    return False


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
