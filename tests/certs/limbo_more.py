"""More chains by the descriptions of the public x509-limbo suite, each with what Go 1.25.5 says of it.

``says`` is a part of Go's error, empty where it accepts [asked of Go itself, outside of this repository].
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from certs_limbo_bent import Bent, alternative_names, bend, first_version, name_constraints, raw, serial
from certs_limbo_cases import Make, constraints, dns, ip, key_usage
from certs_pki import EKU, NOW, Issued, ec_key
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from gitops_tls.certs.chain import CLIENT, SERVER

MAIL, DNS, URI, IP, OTHER = 1, 2, 6, 7, 8
USAGE = "x509: certificate specifies an incompatible key usage"
UNHANDLED = "x509: unhandled critical extension"
MILLISECOND = timedelta(milliseconds=1)


class Question(NamedTuple):
    """A chain, leaf first, what is asked of it, and Go's answer."""

    name: str
    chain: list[Issued | Bent]
    roots: list[Issued | Bent]
    says: str
    asked: str | None = "example.com"
    usage: str = SERVER
    at: datetime = NOW


def questions() -> Iterator[Question]:
    """Every question."""
    for group in (_authorities, _limits, _profile, _usages, _searches):
        yield from group(Make())


def line(make: Make, *levels: dict[str, Any], leaf: dict[str, Any] | None = None) -> tuple[list[Any], list[Any]]:
    """A chain of authorities from the root down, and the leaf below them: ``(chain, roots)``."""
    path = [make.ca(**(levels[0] if levels else {}))]
    for level in levels[1:]:
        path.append(make.ca(path[-1], **level))
    return [make.leaf(path[-1], **(leaf or {})), *reversed(path[1:])], path[:1]


def limited(permitted: Any = (), excluded: Any = ()) -> dict[str, Any]:
    """nameConstraints."""
    return {"constraints": (constraints(permitted, excluded), True)}


def called(*names: str) -> dict[str, Any]:
    """subjectAltName."""
    return {"names": x509.SubjectAlternativeName(dns(*names))}


def _authorities(make: Make) -> Iterator[Question]:
    """The names of authorities are limited like those of the leaf, also of an authority that issued itself."""
    forbid, says = limited(excluded=dns("forbidden.example.com")), 'DNS name "forbidden.example.com" is excluded by constraint'
    named = called("forbidden.example.com")
    yield Question("rfc5280::nc::intermediate-with-san-rejected-by-root-nc", *line(make, forbid, named), says)
    yield Question("rfc5280::nc::intermediate-with-san-rejected-by-intermediate-nc", *line(make, {}, forbid, named), says)
    same = {"common_name": "not-example.com", **called("not-example.com")}
    permit = limited(dns("example.com"))
    says = 'DNS name "not-example.com" is not permitted by any constraint'
    yield Question("rfc5280::nc::permitted-self-issued", *line(make, {**same, **permit}, same), says)
    yield Question("a root's own names are not limited", *line(make, {**same, **permit}), "")
    foo, both = limited(dns("foo.example.com")), limited(dns("foo.example.com", "bar.example.com"))
    leaf = called("foo.example.com")
    says = 'DNS name "foo.example.com" is not permitted'
    bar = limited(dns("bar.example.com"))
    for label, one, two, answer in (("narrows", both, bar, says), ("widens", bar, both, says), ("agrees", both, foo, "")):
        label = f"rfc5280::nc::restrictive-permits-in-intermediates-{label}"
        yield Question(label, *line(make, {}, one, two, leaf=leaf), answer, "foo.example.com")
    discarded, root = make.ca(), make.ca()
    limit = make.ca(root, **forbid)
    shared = ec_key(70)
    bad = make.ca(discarded, "limbo shared", private=shared, **named)
    good = make.ca(limit, "limbo shared", private=shared)
    below = make.leaf(bad)
    yield Question("rfc5280::nc::nc-forbids-alternate-chain-ica", [below, limit, bad, good], [root], "")
    worse = make.ca(limit, "limbo shared", private=shared, **named)
    yield Question("rfc5280::nc::nc-forbids-same-chain-ica", [below, limit, worse], [root], "is excluded by constraint")


def _limits(make: Make) -> Iterator[Question]:
    """What stands in a name constraint."""

    def under(label: str, limits: Any, says: str, leaf: dict[str, Any] | None = None, *, critical: bool = True) -> Question:
        return Question(f"rfc5280::nc::{label}", *line(make, {}, {"constraints": (limits, critical)}, leaf=leaf), says)

    net = b"\xc0\x00\x02\x00"
    yield under("invalid-ipv4-address", name_constraints([(IP, net)]), "x509: IP constraint contained value of length 4")
    yield under("a mask with a hole", name_constraints([(IP, net + b"\xff\x00\xff\x00")]), "invalid mask ff00ff00")
    yield under("invalid-dnsname-wildcard", name_constraints([(DNS, b"*.example.com")]), "is not permitted by any constraint")
    yield under("invalid-dnsname-leading-period", name_constraints([(DNS, b".example.com")]), "is not permitted by any")
    yield under(
        "a dot at the end", name_constraints([(DNS, b"example.com.")]), 'failed to parse dnsName constraint "example.com."'
    )
    yield under("not ASCII", name_constraints([(DNS, b"\xc3\xa9.com")]), "x509: invalid constraint value")
    yield under("an address as a URI", name_constraints([(URI, b"10.0.0.1")]), "cannot be IP address")
    yield under("invalid-email-address", name_constraints([(MAIL, b"@example.com")]), "failed to parse rfc822Name constraint")
    yield under("both null", name_constraints(None), "x509: empty name constraints extension")
    yield under("both empty", name_constraints([], []), "x509: empty name constraints extension")
    yield under("nc-forbids-othername", name_constraints([(DNS, b"example.com")], [(OTHER, b"\x2a\x03")]), UNHANDLED)
    other = name_constraints([(DNS, b"example.com")], [(OTHER, b"\x2a\x03")])
    yield under("nc-forbids-othername, not critical", other, "", critical=False)
    network = name_constraints([(IP, net + b"\xff\xff\xff\x00")])
    for address, says in ((b"\xc0\x00\x02\x01", ""), (net + b"\xff\xff\xff\x00", "x509: cannot parse IP address of length 8")):
        leaf = {"names": alternative_names((DNS, b"example.com"), (IP, address))}
        yield under(f"nc-permits-ip-san of {len(address)}", network, says, leaf)

    def named(label: str, limits: list[tuple[int, bytes]], kind: int, value: bytes, says: str) -> Question:
        leaf = {"names": alternative_names((DNS, b"example.com"), (kind, value))}
        return under(label, name_constraints(limits), says, leaf)

    permit = [(DNS, b"example.com"), (MAIL, b"me@example.com"), (MAIL, b".example.org"), (URI, b"example.com")]
    yield named("nc-permits-invalid-dns-san", permit, DNS, b".example.com", 'x509: cannot parse dnsName ".example.com"')
    yield named("nc-permits-email-exact", permit, MAIL, b"me@EXAMPLE.com", "")
    yield named("another user", permit, MAIL, b"Me@example.com", 'email address "Me@example.com" is not permitted')
    yield named("nc-permits-email-domain", permit, MAIL, b"me@a.example.org", "")
    yield named("the domain itself", permit, MAIL, b"me@example.org", "is not permitted by any constraint")
    yield named("nc-permits-invalid-email-san", permit, MAIL, b"a@b@example.com", "is not permitted by any constraint")
    yield named("no mail at all", permit, MAIL, b"me", "x509: cannot parse rfc822Name")
    yield named("a quoted user", [(MAIL, b"example.com")], MAIL, b'"a\\ b"@example.com', "")
    yield named("two dots", [(MAIL, b"example.com")], MAIL, b"a..b@example.com", "x509: cannot parse rfc822Name")
    yield named("a SPIFFE id", permit, URI, b"spiffe://example.com/ns/milvus", "")
    yield named("a SPIFFE id of others", permit, URI, b"spiffe://cluster.local/ns/a", "is not permitted by any constraint")
    yield named("with a port", permit, URI, b"https://example.com:443/", "")
    for uri in (b"https://10.0.0.1/", b"https://[::1]:80/", b"urn:a:b"):
        yield named(f"no host to compare: {uri.decode()}", permit, URI, uri, "cannot be matched against constraints")
        yield named(f"nothing to compare with: {uri.decode()}", permit[:1], URI, uri, "")


def _profile(make: Make) -> Iterator[Question]:
    """Authorities that are not, serial numbers, dates to the millisecond."""
    yield Question("rfc5280::root-inconsistent-ca-extensions", *line(make, {"usage": key_usage()}), "")
    encipher = {"usage": key_usage("key_agreement", "encipher_only")}
    yield Question("an authority that may only encipher", *line(make, encipher), "cannot sign this kind of certificate")
    root = make.ca()
    between = make.ca(root)
    leaf = make.leaf(between)
    yield Question("rfc5280::root-and-intermediate-swapped", [leaf, root], [between], "")
    authority = make.ca(root, **called("ca.example.com"))
    yield Question("rfc5280::ca-as-leaf", [authority], [root], "", "ca.example.com")
    yield Question("rfc5280::ca-as-leaf-wrong-san", [authority], [root], "valid for ca.example.com, not example.com")
    one = make.leaf(root)
    for label, number, says in (
        ("zero", b"\0", ""),
        ("of 22 octets", b"\x01" * 22, ""),
        ("negative", b"\x9f\x01", "x509: negative serial number"),
    ):
        yield Question(f"rfc5280::serial: {label}", [bend(one, root.private, serial(number))], [root], says)
    limit = {"nc": (constraints(dns("example.org")), True)}
    yield Question("rfc5280::nc::not-allowed-in-ee-critical", *line(make, leaf=limit), "")
    for label, at, says in (
        ("notbefore-exact", NOW, ""),
        ("notbefore-fractional", NOW - MILLISECOND, "is before"),
        ("notafter-exact", NOW + timedelta(days=1), ""),
        ("notafter-fractional", NOW + timedelta(days=1) + MILLISECOND, "is after"),
    ):
        dates = {"begin": NOW, "end": NOW + timedelta(days=1)}
        chain, roots = line(make, {}, {}, leaf=dates)
        yield Question(f"rfc5280::validity::{label}", chain, roots, says, at=at)
    v1 = bend(make.leaf(root), root.private, first_version(extensions=False))
    yield Question("webpki::v1-cert", [v1], [root], "x509: certificate is not valid for any names")
    marked = bend(make.leaf(root), root.private, first_version(extensions=True))
    yield Question("version 1 with extensions", [marked], [root], "x509: certificate is not valid for any names")
    old = bend(root, root.private, first_version(extensions=False))
    yield Question("a root of version 1", [one], [old], "")


def _usages(make: Make) -> Iterator[Question]:
    """Extended key usages: of each certificate of the chain, an empty list and an unknown one."""
    unknown = x509.ExtendedKeyUsage([ObjectIdentifier("1.3.6.1.4.1.11129.2.4.4")])
    empty = raw("2.5.29.37", b"\x30\x00")
    for label, extended, server, client in (
        ("serverauth", x509.ExtendedKeyUsage([EKU["server"]]), "", USAGE),
        ("clientauth", x509.ExtendedKeyUsage([EKU["client"]]), USAGE, ""),
        ("both", x509.ExtendedKeyUsage([EKU["server"], EKU["client"]]), "", ""),
        ("anyeku", x509.ExtendedKeyUsage([EKU["any"]]), "", ""),
        ("any beside another", x509.ExtendedKeyUsage([EKU["code"], EKU["any"]]), "", ""),
        ("codesigning", x509.ExtendedKeyUsage([EKU["code"]]), USAGE, USAGE),
        ("precertificate", unknown, USAGE, USAGE),
        ("empty", empty, "", ""),
    ):
        for usage, says in ((SERVER, server), (CLIENT, client)):
            asked = "example.com" if usage == SERVER else None
            held = {"extended": extended}
            yield Question(f"eku: {label} in the leaf, {usage}", *line(make, leaf=held), says, asked, usage)
            free = {"extended": None}
            yield Question(f"eku: {label} in an authority, {usage}", *line(make, {}, held, leaf=free), says, asked, usage)
            yield Question(f"eku: {label} in the root, {usage}", *line(make, held, leaf=free), says, asked, usage)


def _searches(make: Make) -> Iterator[Question]:
    """Which way through several authorities is found."""
    root = make.ca(common_name="limbo A", private=ec_key(90))
    a, b, c = ec_key(90), ec_key(91), ec_key(92)
    own_b, own_c = make.ca(common_name="limbo B", private=b), make.ca(common_name="limbo C", private=c)
    crossed = [
        make.ca(own_b, "limbo A", private=a),
        make.ca(own_c, "limbo A", private=a),
        make.ca(root, "limbo B", private=b),
        make.ca(own_c, "limbo B", private=b),
        make.ca(root, "limbo C", private=c),
        make.ca(own_b, "limbo C", private=c),
    ]
    below = make.ca(root, "limbo A1")
    yield Question("cve::cve-2024-0567", [make.leaf(below), below, *crossed], [root], "")
    far = make.ca(own_c, "limbo C1")
    yield Question("three that signed one another", [make.leaf(far), far, *crossed], [root], "")
    stranger = make.ca()
    says = "x509: certificate signed by unknown authority"
    yield Question("three without a root", [make.leaf(far), far, *crossed], [stranger], says)
    many = [make.ca(stranger, "limbo shared", private=ec_key(200 + i)) for i in range(101)]
    last = make.ca(stranger, "limbo shared", private=ec_key(400))
    chain = [make.leaf(last, aki=None), *many]
    yield Question("too many of one name", [*chain, last], [stranger], "x509: signature check attempts limit reached")
    yield Question("one of many", [chain[0], last, *many[:50]], [stranger], "")
    address = {"names": x509.SubjectAlternativeName(ip("::1"))}
    yield Question("an address is asked for", *line(make, leaf=address), "", "[::1]")
