"""The extensions of a certificate as Go's ``ParseCertificate`` reads them (1.25), straight from the DER."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from ..records import NamedTuple
from . import go_constraints
from .go_constraints import Constraints, Subtrees
from .go_der import BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, OID, SEQUENCE, Cursor, Refused, dotted, quoted
from .go_names import domain_valid, uri_authority
from .oids import EXTENDED_KEY_USAGES

KEY_USAGE, ALTERNATIVE_NAMES, BASIC, NAME_CONSTRAINTS = (bytes((0x55, 0x1D, each)) for each in (15, 17, 19, 30))
POLICIES, MAPPINGS, POLICY_CONSTRAINTS, EXTENDED = (bytes((0x55, 0x1D, each)) for each in (32, 33, 36, 37))
SUBJECT_KEY, AUTHORITY_KEY, CRL_POINTS, INHIBIT_ANY = (bytes((0x55, 0x1D, each)) for each in (14, 35, 31, 54))
AUTHORITY_INFORMATION = bytes.fromhex("2b06010505070101")
KEY_CERT_SIGN = 1 << 5
VERSION, EXTENSIONS = 0xA0, 0xA3
_UNIQUE_IDS = (0x81, 0x82)
_NEVER_CRITICAL = {
    SUBJECT_KEY: "subject key identifier",
    AUTHORITY_KEY: "authority key identifier",
    AUTHORITY_INFORMATION: "authority info access",
}


class Policies(NamedTuple):
    """What a certificate says of policies; the numbers are None where they are absent."""

    asserted: tuple[bytes, ...] = ()
    mappings: tuple[tuple[bytes, bytes], ...] = ()
    require_explicit: int | None = None
    inhibit_mapping: int | None = None
    inhibit_any: int | None = None


class Extensions(NamedTuple):
    """The extensions that decide a verification. ``unhandled``: a critical one that Go does not know."""

    unhandled: bool = False
    key_usage: int = 0
    """The bits, the first of RFC 5280 lowest; 0 also where the extension is absent."""
    basic: tuple[bool, int | None] | None = None
    names: Subtrees = ()
    """Tag and value of the alternative names."""
    names_value: bytes | None = None
    """The whole subjectAltName; None where it is absent."""
    constraints: Constraints | None = None
    usages: tuple[str, ...] = ()
    """extendedKeyUsage, in the words of ``oids`` or as dotted numbers."""
    subject_key: bytes = b""
    authority_key: bytes = b""
    policies: Policies = Policies()


@lru_cache(maxsize=2048)
def read(content: bytes) -> Extensions | str:
    """The extensions of a DER certificate, or Go's error where it refuses them. Never raises."""
    try:
        return _read(content)
    except Refused as error:
        return str(error)


def _read(content: bytes) -> Extensions:
    seen: dict[str, object] = {}
    unhandled = False
    known: set[bytes] = set()
    for oid, critical, value in each(content):
        if oid in known:
            raise Refused(f'x509: certificate contains duplicate extension with OID "{dotted(oid)}"')
        known.add(oid)
        if critical and oid in _NEVER_CRITICAL:
            raise Refused(f"x509: {_NEVER_CRITICAL[oid]} incorrectly marked critical")
        reader = _READERS.get(oid)
        if reader is None:
            unhandled = unhandled or critical
            continue
        facts = reader(value)
        if critical and (facts.get("names") == () or _unknown_subtrees(facts)):
            unhandled = True
        seen.update(facts)
    policies = Policies(**{name: seen.pop(name) for name in Policies._fields if name in seen})  # type: ignore[arg-type]
    return Extensions(unhandled=unhandled, policies=policies, **seen)  # type: ignore[arg-type]


def _unknown_subtrees(facts: dict[str, object]) -> bool:
    limits = facts.get("constraints")
    return isinstance(limits, Constraints) and limits.unhandled


def each(content: bytes) -> Iterator[tuple[bytes, bool, bytes]]:
    """Object identifier, critical flag and value of the extensions that stand where Go looks for them. Raises Refused.

    That is behind the key; none for certificates before version 3, whose extensions Go ignores.
    """
    body = Cursor(Cursor(content, "x509: malformed certificate").one(SEQUENCE), "x509: malformed tbs certificate").inside()
    if not body.peek(VERSION) or body.inside(VERSION).integer() != 2:
        return
    for _ in range(6):  # up to the key
        body.any()
    for tag in _UNIQUE_IDS:
        body.optional(tag)
    if body.peek(EXTENSIONS):
        for extension in Cursor(body.one(EXTENSIONS), "x509: malformed extension").inside().each():
            oid = extension.oid()
            critical = extension.boolean() if extension.peek(BOOLEAN) else False
            yield oid, critical, extension.one(OCTET_STRING)


def _key_usage(value: bytes) -> dict[str, object]:
    bits = Cursor(value, "x509: invalid key usage").one(BIT_STRING)
    padding, octets = bits[:1], bits[1:]
    unused = padding[0] if padding else 8
    if unused > 7 or (unused and not octets) or (octets and octets[-1] & ((1 << unused) - 1)):
        raise Refused("x509: invalid key usage")
    flags = [octets[i // 8] >> (7 - i % 8) & 1 for i in range(min(9, 8 * len(octets)))]
    return {"key_usage": sum(flag << i for i, flag in enumerate(flags))}


def _basic(value: bytes) -> dict[str, object]:
    inside = Cursor(value, "x509: invalid basic constraints").inside()
    authority = inside.boolean() if inside.peek(1) else False
    length = inside.integer() if inside.peek(INTEGER) else None
    if length is not None and length < 0:
        raise Refused("x509: invalid basic constraints")
    return {"basic": (authority, length)}


def _names(value: bytes) -> dict[str, object]:
    found: list[tuple[int, bytes]] = []
    inside = Cursor(value, "x509: invalid subject alternative names").inside()
    while not inside.empty:
        kind, name = inside.any()
        if kind in go_constraints.KINDS:
            _check_name(kind, name)
            found.append((kind, name))
    return {"names": tuple(found), "names_value": value}


def _check_name(kind: int, name: bytes) -> None:
    if kind == go_constraints.IP:
        if len(name) not in (4, 16):
            raise Refused(f"x509: cannot parse IP address of length {len(name)}")
        return
    if not name.isascii():
        word = {go_constraints.MAIL: "rfc822Name", go_constraints.DNS: "dNSName"}.get(kind, "uniformResourceIdentifier")
        raise Refused(f"x509: SAN {word} is malformed")
    if kind == go_constraints.URI:
        host = uri_authority(name.decode("ascii"))
        if host is None or not domain_valid(host):
            raise Refused(f"x509: cannot parse URI {quoted(name.decode('ascii'))}")


def _extended(value: bytes) -> dict[str, object]:
    inside = Cursor(value, "x509: invalid extended key usages").inside()
    found: list[str] = []
    while not inside.empty:
        oid = dotted(inside.oid())
        found.append(EXTENDED_KEY_USAGES.get(oid, oid))
    return {"usages": tuple(found)}


def _policies(value: bytes) -> dict[str, object]:
    found = [each.oid() for each in Cursor(value, "x509: invalid certificate policies").inside().each()]
    if len(set(found)) != len(found):
        raise Refused("x509: invalid certificate policies")
    return {"asserted": tuple(found)}


def _mappings(value: bytes) -> dict[str, object]:
    pairs = Cursor(value, "x509: invalid policy mappings extension").inside().each()
    return {"mappings": tuple((pair.one(OID), pair.one(OID)) for pair in pairs)}


def _policy_constraints(value: bytes) -> dict[str, object]:
    inside = Cursor(value, "x509: invalid policy constraints extension").inside()
    explicit = inside.integer(0x80) if inside.peek(0x80) else None
    return {"require_explicit": explicit, "inhibit_mapping": inside.integer(0x81) if inside.peek(0x81) else None}


def _inhibit_any(value: bytes) -> dict[str, object]:
    return {"inhibit_any": Cursor(value, "x509: invalid inhibit any policy extension").integer()}


def _subject_key(value: bytes) -> dict[str, object]:
    return {"subject_key": Cursor(value, "x509: invalid subject key identifier").one(OCTET_STRING)}


def _authority_key(value: bytes) -> dict[str, object]:
    return {"authority_key": Cursor(value, "x509: invalid authority key identifier").inside().optional(0x80) or b""}


def _crl_points(value: bytes) -> dict[str, object]:
    for point in Cursor(value, "x509: invalid CRL distribution point").inside().each(SEQUENCE):
        if point.peek(0xA0):
            name = point.inside(0xA0).inside(0xA0)
            while name.peek(0x86):
                name.one(0x86)
    return {}


def _authority_information(value: bytes) -> dict[str, object]:
    for access in Cursor(value, "x509: invalid authority info access").inside().each(SEQUENCE):
        access.oid()
        access.optional(0x86)
    return {}


_READERS: dict[bytes, Callable[[bytes], dict[str, object]]] = {
    KEY_USAGE: _key_usage,
    ALTERNATIVE_NAMES: _names,
    BASIC: _basic,
    NAME_CONSTRAINTS: lambda value: {"constraints": go_constraints.parse(value)},
    POLICIES: _policies,
    MAPPINGS: _mappings,
    POLICY_CONSTRAINTS: _policy_constraints,
    EXTENDED: _extended,
    SUBJECT_KEY: _subject_key,
    AUTHORITY_KEY: _authority_key,
    CRL_POINTS: _crl_points,
    INHIBIT_ANY: _inhibit_any,
    AUTHORITY_INFORMATION: _authority_information,
}
