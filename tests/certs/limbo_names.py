"""Names as Go reads, compares and quotes them: see ``limbo_more`` for ``says``."""

from __future__ import annotations

from collections.abc import Iterator

from certs_limbo_bent import ISSUER, SUBJECT, VALIDITY, alternative_names, bend, name_constraints, tlv
from certs_limbo_cases import Make
from certs_limbo_more import DNS, IP, MAIL, URI, Question, line
from certs_limbo_odd import NO_NAMES, into, leaf_with
from certs_pki import ec_key

from gitops_tls.certs.chain import CLIENT

UNKNOWN = "x509: certificate signed by unknown authority"


def questions() -> Iterator[Question]:
    """Every question."""
    for group in (_names, _comparisons, _readings, _quotes):
        yield from group(Make())


def _names(make: Make) -> Iterator[Question]:
    """Sets of a name that are empty, in disorder, or say a thing twice."""
    yield leaf_with(make, "an empty set in a subject", into(SUBJECT, tlv(0x31)), "")
    yield leaf_with(
        make, "nothing but empty sets", lambda fields: fields.__setitem__(SUBJECT, tlv(0x30, tlv(0x31), tlv(0x31))), ""
    )
    part = tlv(0x30, b"\x06\x03\x55\x04\x0a", b"\x0c\x01x")
    for label, parts in (("in disorder", [part, _called("limbo leaf")]), ("twice", [part, part])):
        name = tlv(0x30, tlv(0x31, *parts))
        yield leaf_with(make, f"a set: {label}", lambda fields, name=name: fields.__setitem__(SUBJECT, name), "")  # type: ignore[misc]
    root = make.ca(common_name="limbo")
    both = tlv(0x30, tlv(0x31, _called("limbo")), tlv(0x31))
    above = bend(
        root, root.private, lambda fields: fields.__setitem__(slice(ISSUER, SUBJECT + 1), [both, fields[VALIDITY], both])
    )
    below = bend(make.leaf(root), root.private, lambda fields: fields.__setitem__(ISSUER, both))
    yield Question("an empty set in the name of a root", [below], [above], "")
    yield Question("an empty set in the name of a root alone", [make.leaf(root)], [above], UNKNOWN)


def _called(name: str, tag: int = 0x0C) -> bytes:
    return tlv(0x30, b"\x06\x03\x55\x04\x03", tlv(tag, name.encode()))


def _comparisons(make: Make) -> Iterator[Question]:
    """The name of an issuer is compared byte by byte."""
    for label, written, says in (
        ("the same", _called("limbo"), ""),
        ("another kind of string", _called("limbo", 0x13), UNKNOWN),
        ("another case", _called("Limbo"), UNKNOWN),
        ("a blank more", _called("limbo "), UNKNOWN),
    ):
        root = make.ca(common_name="limbo")
        name = tlv(0x30, tlv(0x31, written))
        below = bend(make.leaf(root), root.private, lambda fields, name=name: fields.__setitem__(ISSUER, name))  # type: ignore[misc]
        yield Question(f"issuer: {label}", [below], [root], says)
    root = make.ca(common_name="limbo")
    name = tlv(0x30, tlv(0x31, _called("limbo", 0x13)))
    above = bend(
        root, root.private, lambda fields: fields.__setitem__(slice(ISSUER, SUBJECT + 1), [name, fields[VALIDITY], name])
    )
    below = bend(make.leaf(root), root.private, lambda fields: fields.__setitem__(ISSUER, name))
    yield Question("issuer: another kind of string in both", [below], [above], "")


def _readings(make: Make) -> Iterator[Question]:
    """Names as Go lists them where none fits."""

    def named(label: str, says: str, *names: tuple[int, bytes], asked: str = "example.com") -> Question:
        return Question(f"names: {label}", *line(make, leaf={"names": alternative_names(*names)}), says, asked)

    yield named("an empty one", NO_NAMES, (DNS, b""))
    yield named("two empty ones", "x509: certificate is valid for , , not example.com", (DNS, b""), (DNS, b""))
    many = [(DNS, f"{number}.example.org".encode()) for number in range(100)]
    yield named("a hundred", "x509: certificate is valid for 100 names, but none matched example.com", *many)
    yield named("ninety-nine", "98.example.org, not example.com", *many[:99])
    address = [(IP, bytes((10, 0, 0, number))) for number in range(100)]
    yield named("a hundred addresses", "is valid for 100 IP SANs, but none matched 10.1.1.1", *address, asked="10.1.1.1")
    yield named("addresses", "is valid for 10.0.0.0, 10.0.0.1, not 10.1.1.1", *address[:2], asked="10.1.1.1")
    yield named(
        "an address in six",
        "is valid for 2001:db8::1, not 10.1.1.1",
        (IP, b"\x20\1\x0d\xb8" + bytes(11) + b"\1"),
        asked="10.1.1.1",
    )
    yield named("no address", "for 10.1.1.1 because it doesn't contain any IP SANs", (DNS, b"10.1.1.1"), asked="10.1.1.1")


def _quotes(make: Make) -> Iterator[Question]:
    """What a certificate says stands quoted in errors."""
    limit = {"constraints": name_constraints([(kind, b"example.com") for kind in (DNS, MAIL, URI)])}
    for kind, word, name, written in (
        (DNS, "DNS name", b"a\x1b[31m", None),
        (DNS, "DNS name", b'a"b\\', 'DNS name "a\\"b\\\\" is not permitted'),
        (MAIL, "email address", b'"\x07\x1b"@a', 'email address "\\"\\a\\x1b\\"@a" is not permitted'),
        (URI, "URI", b"http://a/\x7f", 'x509: cannot parse URI "http://a/\\x7f"'),
    ):
        says = written or 'x509: cannot parse dnsName "a\\x1b[31m"'
        chain, roots = line(make, limit, leaf={"names": alternative_names((DNS, b"example.com"), (kind, name))})
        yield Question(f"quoted: {word} {name!r}", chain, roots, says)
    for label, name, quoted in (
        ("an escape sequence", "\x1b[31mred", '"\\x1b[31mred"'),
        ("a line break", "a\nb", '"a\\nb"'),
        ("turned around", "a\u202eb\u2066c", '"a\\u202eb\\u2066c"'),
        ("a control character of Latin-1", "a\u009bb", '"a\\u009bb"'),
        ("no character", "a\U000e0001", '"a\\U000e0001"'),
        ("letters", "caf\u00e9 \u4e2d \U0001f600", '"caf\u00e9 \u4e2d \U0001f600"'),
        ("no-break space", "a\u00a0b", '"a\\u00a0b"'),
        ("quotes", 'a"b\\c', '"a\\"b\\\\c"'),
    ):
        root = make.ca(common_name=name)
        other = make.ca(common_name=name, private=ec_key(7))
        says = f' (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate {quoted})'
        yield Question(f"quoted: a root called {label}", [make.leaf(other)], [root], UNKNOWN + says)
        yield Question(f"quoted: a client's root called {label}", [make.leaf(other)], [root], UNKNOWN + says, None, CLIENT)
