"""Go's crypto/x509 ``Verify`` and what crypto/tls asks of it: Milvus as a server, and Go clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from . import constraints
from .chain import ACCEPTED, CLIENT, Link, Verdict, algorithm_fits, date_error, links, signed_by
from .names import go_name_error
from .pair import CA_PANIC, go_certificate, load_ca
from .strict import is_pss_key

UNKNOWN = "x509: certificate signed by unknown authority"
USAGE = "x509: certificate specifies an incompatible key usage"
DATES = "x509: certificate has expired or is not yet valid"
NOT_AUTHORIZED = "x509: a root or intermediate certificate is not authorized to sign for this name"
_CANNOT_SIGN = "x509: invalid signature: parent certificate cannot sign this kind of certificate"
_INSECURE = ("MD5-RSA", "SHA1-RSA", "SHA1-ECDSA")
_NAME_CONSTRAINTS = "2.5.29.30"
_MOST_SIGNATURES = 100
_LARGEST_RSA = 8192


def verify(chain: Sequence[bytes], roots: bytes, usage: str, name: str | None, at: datetime) -> Verdict:
    """Verify a chain (leaf first) against a PEM bundle. ``usage``: ``serverAuth`` or ``clientAuth``; ``at`` is UTC."""
    bundle = load_ca(roots)
    if not bundle.ok:
        return Verdict(False, CA_PANIC if usage == CLIENT else "credentials: failed to append certificates")
    if not chain:
        return Verdict(False, "tls: client didn't provide a certificate" if usage == CLIENT else "tls: no certificates")
    if any(go_certificate(content) is None for content in chain):
        return Verdict(False, "tls: failed to parse certificate: x509: malformed certificate")
    ours = links(chain)
    if len(ours) != len(chain):
        return Verdict(False, "tls: failed to parse certificate: x509: malformed certificate")
    problem = _key_problem(ours[0], usage)
    if problem:
        return Verdict(False, problem)
    return _Search(ours, links(each.der for each in bundle.certificates), at).run(usage, name)


def _key_problem(leaf: Link, usage: str) -> str:
    """What crypto/tls itself refuses of the leaf's key."""
    if leaf.algorithm == "RSA" and leaf.bits > _LARGEST_RSA:
        side = "client" if usage == CLIENT else "server"
        return f"tls: {side} sent certificate containing RSA key larger than 8192 bits"
    if leaf.algorithm not in ("RSA", "EC", "Ed25519") or is_pss_key(leaf.der):
        return "tls: unsupported certificate: unknown public key algorithm"
    if leaf.facts.key == "EC P-224":
        return "tls: unsupported certificate curve (P-224)"
    return ""


class _Search:
    """One call of ``Verify``: tries every path, as Go does, and keeps the error Go would report."""

    def __init__(self, chain: Sequence[Link], roots: Sequence[Link], at: datetime) -> None:
        self._leaf, self._others, self._roots, self._at = chain[0], list(chain[1:]), list(roots), at
        self._signatures = 0
        self._error = ""

    def run(self, usage: str, name: str | None) -> Verdict:
        """The verdict. The order of the checks is Go's: leaf, name, chain, usages."""
        problem = self._invalid(self._leaf, (), "leaf") or (name is not None and go_name_error(self._leaf.facts, name)) or ""
        if problem:
            return Verdict(False, problem)
        trusted = any(root.der == self._leaf.der for root in self._roots)
        chains: Iterable[tuple[Link, ...]] = [(self._leaf,)] if trusted else self._chains((self._leaf,))
        any_chain = False
        for found in chains:
            any_chain = True
            if all(each.has_usage(usage, any_counts=True) for each in found):
                return ACCEPTED
        if any_chain:
            return Verdict(False, USAGE)
        return Verdict(False, self._error)

    def _chains(self, path: tuple[Link, ...]) -> Iterator[tuple[Link, ...]]:
        """The chains up to a root. The last error of a level counts; a signature that failed is only its hint."""
        child, error, hint, found = path[-1], "", "", False
        for kind, pool in (("root", self._roots), ("intermediate", self._others)):
            for parent in _by_likelihood(child, pool):
                if any(_same(parent, each) for each in path):
                    continue
                self._signatures += 1
                if self._signatures > _MOST_SIGNATURES:
                    error = "x509: signature check attempts limit reached while verifying certificate chain"
                    continue
                problem = _signature_problem(child, parent)
                if problem:
                    hint = hint or _hint(problem, parent)
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
        self._error = error if found else error or UNKNOWN + hint

    def _invalid(self, one: Link, path: tuple[Link, ...], kind: str) -> str:
        if one.unknown_critical or _unhandled_constraints(one):
            return "x509: unhandled critical extension"
        late = date_error(
            one,
            self._at,
            early=f"{DATES}: current time {_time(self._at)} is before {_time(one.facts.not_before)}",
            late=f"{DATES}: current time {_time(self._at)} is after {_time(one.facts.not_after)}",
        )
        if late or kind == "leaf":
            return late
        forbidden = constraints.violation(self._leaf, [one], as_go=True) or constraints.other_names(self._leaf, [one])
        if forbidden and forbidden.how == constraints.UNREADABLE:
            return f'x509: cannot parse {"dnsName" if forbidden.kind == "DNS name" else forbidden.kind} "{forbidden.name}"'
        if forbidden:
            how = "is not permitted by any constraint"
            if forbidden.how == constraints.EXCLUDED:
                how = f'is excluded by constraint "{forbidden.constraint}"'
            return f'{NOT_AUTHORIZED}: {forbidden.kind} "{forbidden.name}" {how}'
        basic = one.facts.basic_constraints
        if kind == "intermediate" and not (basic and basic[0]):
            return "x509: certificate is not authorized to sign other certificates"
        if basic and basic[1] is not None and len(path) - 1 > basic[1]:
            return "x509: too many intermediates for path length constraint"
        return ""


def _unhandled_constraints(one: Link) -> bool:
    if not constraints.constrained([one]) or not constraints.has_other_kinds(one):
        return False
    return any(each.critical for each in one.parsed.extensions if each.oid.dotted_string == _NAME_CONSTRAINTS)


def _hint(problem: str, parent: Link) -> str:
    """What Go adds to an unknown authority where a certificate with the right name was there but did not do."""
    organisations = [part[2:] for part in parent.facts.subject.split(",") if part.startswith("O=")]
    called = parent.facts.common_name or (organisations or [f"serial:{parent.parsed.serial_number}"])[-1]
    return f' (possibly because of "{problem}" while trying to verify candidate authority certificate "{called}")'


def _by_likelihood(child: Link, pool: Sequence[Link]) -> list[Link]:
    """The certificates with the right subject, those whose key id fits first."""
    named = [each for each in pool if each.subject == child.issuer]
    wanted = child.facts.authority_key_id

    def rank(parent: Link) -> int:
        there = parent.facts.subject_key_id
        return 0 if wanted is not None and wanted == there else 2 if wanted and there else 1

    return sorted(named, key=rank)


def _same(one: Link, other: Link) -> bool:
    """Go's ``alreadyInChain``: the same subject, key and alternative names."""
    return one.der == other.der or (
        one.subject == other.subject
        and one.facts.spki_sha256 == other.facts.spki_sha256
        and one.facts.dns_names == other.facts.dns_names
        and one.facts.ip_addresses == other.facts.ip_addresses
    )


def _signature_problem(child: Link, parent: Link) -> str:
    basic = parent.facts.basic_constraints
    if (basic is None and parent.facts.version == 3) or (basic is not None and not basic[0]) or not parent.allows_signing():
        return _CANNOT_SIGN
    if child.facts.signature_algorithm in _INSECURE:
        return f"x509: cannot verify signature: insecure algorithm {child.facts.signature_algorithm}"
    if not algorithm_fits(child, parent):
        return _other_kind(child, parent)
    if signed_by(child, parent):
        return ""
    return {"RSA": "crypto/rsa: verification error", "EC": "x509: ECDSA verification failure"}.get(
        parent.algorithm, "x509: Ed25519 verification failure"
    )


def _other_kind(child: Link, parent: Link) -> str:
    signature = child.facts.signature_algorithm
    expected = "RSA" if "RSA" in signature else "ECDSA" if signature.endswith("-ECDSA") else signature
    actual = {"RSA": "*rsa.PublicKey", "EC": "*ecdsa.PublicKey", "Ed25519": "ed25519.PublicKey"}.get(parent.algorithm, "<nil>")
    return f"x509: signature algorithm specifies an {expected} public key, but have public key of type {actual}"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
