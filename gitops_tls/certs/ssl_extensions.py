"""The extensions of a certificate as OpenSSL 3.0 and BoringSSL read them when they build and check a chain.

A malformed or doubled extension that the library knows makes the certificate ``invalid``: it issues nothing then.
[measured: curl 7.88.1 with OpenSSL 3.0.19, grpcio 1.85.1, in some ten thousand handshakes]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ..records import NamedTuple
from . import ssl_names
from .go_der import BIT_STRING, INTEGER, OCTET_STRING, SEQUENCE, Cursor, Refused
from .ssl_certificate import SslCertificate

BASIC, KEY_USAGE, EXTENDED, NAMES, CONSTRAINTS = (bytes((0x55, 0x1D, each)) for each in (19, 15, 37, 17, 30))
SUBJECT_KEY, AUTHORITY_KEY, CRL_POINTS, POLICIES = (bytes((0x55, 0x1D, each)) for each in (14, 35, 31, 32))
MAPPINGS, POLICY_CONSTRAINTS, INHIBIT_ANY = (bytes((0x55, 0x1D, each)) for each in (33, 36, 54))
NETSCAPE = bytes.fromhex("6086480186f8420101")
PROXY, ADDRESSES, SYSTEMS = (bytes.fromhex("2b060105050701") + bytes((each,)) for each in (14, 7, 8))
_NO_CHECK = bytes.fromhex("2b0601050507300105")
_BOTH = frozenset(
    (BASIC, KEY_USAGE, EXTENDED, NAMES, CONSTRAINTS, POLICIES, MAPPINGS, POLICY_CONSTRAINTS, INHIBIT_ANY)
)  # fmt: skip
_CRITICAL_TO_OPENSSL = _BOTH | {CRL_POINTS, NETSCAPE, PROXY, ADDRESSES, SYSTEMS, _NO_CHECK}
DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_AGREEMENT, CERT_SIGN = 0x80, 0x20, 0x08, 0x04
SERVER_USE, CLIENT_USE = bytes.fromhex("2b06010505070301"), bytes.fromhex("2b06010505070302")
GATED_USES = frozenset((bytes.fromhex("2b0601040182370a0303"), bytes.fromhex("6086480186f8420401")))
"""Server gated cryptography of Microsoft and Netscape: OpenSSL takes either for serverAuth."""
DIRECTORY, OTHER, IP = 0xA4, 0xA0, 0x87
_LARGEST = 1 << 31


class Subtree(NamedTuple):
    """A subtree of name constraints: the kind and content of its base; whether it has a minimum that is not 0 or a maximum."""

    kind: int
    base: bytes
    minimum: bool
    limited: bool


class Authority(NamedTuple):
    """An authorityKeyIdentifier; ``issuer`` is the first directory name, made canonical."""

    key: bytes | None
    serial: bytes | None
    issuer: bytes | None


class SslExtensions(NamedTuple):
    """What decides. Fields are None where the extension is absent."""

    invalid: bool = False
    unhandled: bool = False
    basic: tuple[bool, int | None] | None = None
    key_usage: int | None = None
    uses: frozenset[bytes] | None = None
    netscape: int | None = None
    proxy: bool = False
    subject_key: bytes | None = None
    authority: Authority | None = None
    names: tuple[tuple[int, bytes], ...] | None = None
    permitted: tuple[Subtree, ...] = ()
    excluded: tuple[Subtree, ...] = ()
    constrained: bool = False
    """There are name constraints, be they empty."""


@lru_cache(maxsize=4096)
def extensions(certificate: SslCertificate, boringssl: bool) -> SslExtensions:
    """The extensions of a certificate. Never raises."""
    seen: dict[bytes, bytes] = {}
    doubled: set[bytes] = set()
    handled = _BOTH if boringssl else _CRITICAL_TO_OPENSSL
    unhandled = False
    for kind, critical, value in certificate.extensions:
        (doubled.add(kind) if kind in seen else seen.setdefault(kind, value))
        unhandled = unhandled or (critical and kind not in handled)
    found: dict[str, object] = {"unhandled": unhandled}
    for kind, reader in _READERS.items():
        if kind not in seen or (boringssl and kind in (NETSCAPE, PROXY)):
            continue
        try:
            if kind in doubled:
                raise Refused("doubled")
            cursor = Cursor(seen[kind], "malformed")
            found.update(reader(cursor, boringssl))
            if boringssl and not cursor.empty:
                raise Refused("bytes behind the extension")
        except Refused:
            found["invalid"] = True
    return SslExtensions(**found)  # type: ignore[arg-type]


def _basic(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    inside = cursor.inside()
    flag = inside.optional(0x01)
    length = inside.optional(INTEGER)
    if not inside.empty or (flag is not None and len(flag) != 1) or length == b"":
        raise Refused("malformed")
    authority = flag not in (None, b"\0")
    depth = int.from_bytes(length, "big", signed=True) if length is not None else None
    if depth is not None and (depth < 0 or (boringssl and not authority)):
        raise Refused("a path length where there is none")
    return {"basic": (authority, depth if depth is None or depth < _LARGEST else None)}


def _bits(cursor: Cursor, boringssl: bool) -> int:
    content = cursor.one(BIT_STRING)
    unused, octets = content[:1], content[1:3]
    if not unused or unused[0] > 7 or (boringssl and unused[0] and not octets):
        raise Refused("malformed")
    mask = 0xFF << unused[0] & 0xFF if len(content) - 1 == len(octets) else 0xFF
    if boringssl and octets and octets[-1] & ~mask & 0xFF:
        raise Refused("malformed")
    octets = octets[:-1] + bytes((octets[-1] & mask,)) if octets else b""
    return int.from_bytes(octets, "little")


def _key_usage(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    bits = _bits(cursor, boringssl)
    if not bits and not boringssl:
        raise Refused("empty key usage")
    return {"key_usage": bits}


def _extended(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    inside = cursor.inside()
    found = []
    while not inside.empty:
        found.append(inside.oid())
    return {"uses": frozenset(found)}


def _subject_key(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    return {"subject_key": cursor.one(OCTET_STRING)}


def _authority(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    inside = cursor.inside()
    key, names, serial = inside.optional(0x80), inside.optional(0xA1), inside.optional(0x82)
    if not inside.empty or serial == b"":
        raise Refused("malformed")
    directories = [content for kind, content in _general_names(Cursor(names or b"", "malformed")) if kind == DIRECTORY]
    issuer = _directory(directories[0]) if directories else None
    return {"authority": Authority(key, serial, issuer)}


def _names(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    return {"names": tuple(_general_names(cursor.inside()))}


def _general_names(cursor: Cursor) -> list[tuple[int, bytes]]:
    found = []
    while not cursor.empty:
        kind, content = cursor.any()
        _check_name(kind, content)
        found.append((kind, content))
    return found


def _check_name(kind: int, content: bytes) -> None:
    if kind == DIRECTORY:
        _directory(content)
    elif kind == OTHER:
        inside = Cursor(content, "malformed")
        inside.oid()
        inside.inside(0xA0).any()
    elif (kind == 0x88 and (not content or content[-1] >= 0x80)) or kind not in (0x81, 0x82, 0x86, IP, 0xA3, 0xA5, 0x88):
        raise Refused("malformed")


def _directory(content: bytes) -> bytes:
    """The canonical form of a directory name."""
    return ssl_names.canonical(Cursor(content, "malformed").one(SEQUENCE))


def _constraints(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    inside = cursor.inside()
    permitted, excluded = inside.optional(0xA0), inside.optional(0xA1)
    if not inside.empty:
        raise Refused("malformed")
    return {"permitted": _subtrees(permitted), "excluded": _subtrees(excluded), "constrained": True}


def _subtrees(content: bytes | None) -> tuple[Subtree, ...]:
    found = []
    for each in Cursor(content or b"", "malformed").each(SEQUENCE):
        kind, base = each.any()
        _check_name(kind, base)
        minimum, maximum = each.optional(0x80), each.optional(0x81)
        if not each.empty or b"" in (minimum, maximum):
            raise Refused("malformed")
        found.append(
            Subtree(kind, base, bool(minimum and any(minimum)) or maximum is not None, (minimum, maximum) != (None, None))
        )
    return tuple(found)


def _crl_points(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    for point in cursor.inside().each(SEQUENCE):
        name, reasons, issuer = point.optional(0xA0), point.optional(0xA1), point.optional(0xA2)
        if not point.empty or reasons == b"":
            raise Refused("malformed")
        if name:
            kind, content = Cursor(name, "malformed").any()
            if kind == 0xA0:
                _general_names(Cursor(content, "malformed"))
            elif kind != 0xA1:
                raise Refused("malformed")
        _general_names(Cursor(issuer or b"", "malformed"))
    return {}


def _proxy(cursor: Cursor, boringssl: bool) -> dict[str, object]:
    cursor.inside()
    return {"proxy": True}


_READERS: dict[bytes, Callable[[Cursor, bool], dict[str, object]]] = {
    BASIC: _basic,
    KEY_USAGE: _key_usage,
    EXTENDED: _extended,
    SUBJECT_KEY: _subject_key,
    AUTHORITY_KEY: _authority,
    NAMES: _names,
    CONSTRAINTS: _constraints,
    CRL_POINTS: _crl_points,
    NETSCAPE: lambda cursor, boringssl: {"netscape": _bits(cursor, boringssl)},
    PROXY: _proxy,
}


def key_ids_match(child: SslCertificate, parent: SslCertificate, boringssl: bool) -> bool:
    """Whether the child's authorityKeyIdentifier, as far as it says something, fits the parent."""
    wanted = extensions(child, boringssl).authority
    if wanted is None:
        return True
    there = extensions(parent, boringssl).subject_key
    if wanted.key is not None and there is not None and wanted.key != there:
        return False
    if wanted.serial is not None and _number(wanted.serial) != _number(parent.serial):
        return False
    return wanted.issuer is None or wanted.issuer == parent.canonical_issuer


def _number(content: bytes) -> int:
    return int.from_bytes(content, "big", signed=True)
