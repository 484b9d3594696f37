"""Chains of certificates written by hand, right but for a few changes.

A chain is a leaf for ``milvus.example.com``, an intermediate and a root. Every change bends one certificate or the files.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from certs_der_certificates import (
    AUTHORITY_KEY,
    BASIC,
    CLIENT,
    CONSTRAINTS,
    EXTENDED,
    INHIBIT_ANY,
    LIMITS,
    MAPPINGS,
    NAMES,
    NETSCAPE,
    NULL,
    POINTS,
    POLICIES,
    SERVER,
    SUBJECT_KEY,
    TRUE,
    USAGE,
    Made,
    attribute,
    basic,
    called,
    directory,
    dns,
    integer,
    key,
    key_id,
    limits,
    name,
    oid,
    seq,
    tlv,
    usage,
    uses,
)

HOST = "milvus.example.com"
_ANY_USE, _GATED = "2.5.29.37.0", "2.16.840.1.113730.4.1"


class World:
    """A leaf, its intermediate and its root, what is sent behind the leaf, and what the client trusts."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.root = self._authority("Root", 1, None)
        self.between = self._authority("Between", 2, self.root)
        self.leaf = Made(called("milvus"), key("P-256", 3), self.between, now)
        self.leaf.set(USAGE, usage("digitalSignature", "keyEncipherment"), True)
        self.leaf.set(EXTENDED, uses(SERVER))
        self.leaf.set(NAMES, seq(dns(HOST)))
        self._key_ids(self.leaf)
        self.sent: list[Made] = [self.between]
        self.trusted: list[Made] = [self.root]
        self.settings: bytes | None = None
        self.host = HOST

    def _authority(self, common_name: str, number: int, issuer: Made | None) -> Made:
        made = Made(called(common_name), key("P-256", number), issuer, self.now)
        made.set(BASIC, basic(True), True)
        made.set(USAGE, usage("keyCertSign", "crlSign"), True)
        self._key_ids(made)
        return made

    @staticmethod
    def _key_ids(made: Made) -> None:
        made.set(SUBJECT_KEY, tlv(4, key_id(made.private)))
        if made.issuer is not None:
            made.set(AUTHORITY_KEY, seq(tlv(0x80, key_id(made.issuer.private))))

    def with_key(self, made: Made, private: Any) -> None:
        """Another key, and key identifiers that fit."""
        made.private = private
        for each in (made, self.between, self.leaf):
            self._key_ids(each)

    def twin(self, made: Made, private: Any | None = None) -> Made:
        """Another certificate of the same name."""
        twin = Made(made.subject, private or made.private, made.issuer, self.now)
        twin.extensions = list(made.extensions)
        return twin

    def question(self) -> Question:
        label = b"CERTIFICATE" if self.settings is None else b"TRUSTED CERTIFICATE"
        roots = b"".join(
            b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, base64.encodebytes(each.der() + (self.settings or b"")), label)
            for each in self.trusted
        )
        return Question([each.der() for each in (self.leaf, *self.sent)], self.leaf.private, roots, self.host)


class Question(NamedTuple):
    """What a client is asked: the chain it gets, the key behind it, the file it trusts, the host it wants."""

    chain: list[bytes]
    private: Any
    roots: bytes
    host: str


Change = Callable[[World, Made], None]


def _set(kind: str, value: bytes, critical: bool = False) -> Change:
    return lambda world, made: made.set(kind, value, critical)


def _named(subject: bytes, issuer: bytes) -> Change:
    """The name of the root as it writes it itself, and as the certificate below it does."""

    def change(world: World, made: Made) -> None:
        world.root.subject = subject
        world.between.issuer_name = issuer

    return change


def _constrained(role: str, value: bytes) -> Change:
    return lambda world, made: getattr(world, role).set(CONSTRAINTS, value, True)


def _settings(value: bytes) -> Change:
    return lambda world, made: setattr(world, "settings", value)


def _put(**fields: Any) -> Change:
    def change(world: World, made: Made) -> None:
        for field, value in fields.items():
            setattr(made, field, value)

    return change


def _version_1(world: World, made: Made) -> None:
    made.version, made.extensions = 0, []


def _dates(begin: int, end: int) -> Change:
    return lambda world, made: _put(begin=world.now + timedelta(begin), end=world.now + timedelta(end))(world, made)


def _rename_leaf(subject: bytes, *alternatives: bytes) -> Change:
    def change(world: World, made: Made) -> None:
        world.leaf.subject = subject
        world.leaf.drop(NAMES)
        if alternatives:
            world.leaf.set(NAMES, seq(*alternatives))

    return change


def _twin_first(world: World, made: Made) -> None:
    """Another authority of the same name, which is trusted and comes first."""
    world.trusted.insert(0, world.twin(world.root, key("P-256", 40)))


def _twins_without_ids(world: World, made: Made) -> None:
    _twin_first(world, made)
    for each in (world.root, world.between, world.leaf, world.trusted[0]):
        each.drop(SUBJECT_KEY, AUTHORITY_KEY)


def _expired_twin(world: World, made: Made) -> None:
    twin = world.twin(world.root)
    twin.begin, twin.end = world.now - timedelta(90), world.now - timedelta(9)
    world.trusted.insert(0, twin)


def _sends(*which: str) -> Change:
    return lambda world, made: setattr(world, "sent", [getattr(world, each) for each in which])


def _trusts(*which: str) -> Change:
    return lambda world, made: setattr(world, "trusted", [getattr(world, each) for each in which])


def _self_signed(world: World, made: Made) -> None:
    made.issuer = None
    made.drop(AUTHORITY_KEY)


def _authority_names(issuer: bytes, serial: int) -> Change:
    return _set(AUTHORITY_KEY, seq(tlv(0xA1, directory(issuer)), tlv(0x82, integer(serial)[2:])))


CERTIFICATE_CHANGES: dict[str, Change] = {
    "no key usage": lambda world, made: made.drop(USAGE),
    "empty key usage": _set(USAGE, usage(), True),
    "key usage NULL": _set(USAGE, NULL),
    "key usage crlSign": _set(USAGE, usage("crlSign"), True),
    "key usage keyCertSign": _set(USAGE, usage("keyCertSign"), True),
    "key usage keyAgreement": _set(USAGE, usage("keyAgreement"), True),
    "key usage keyEncipherment": _set(USAGE, usage("keyEncipherment"), True),
    "key usage with bytes behind": _set(USAGE, usage("digitalSignature", "keyCertSign") + b"\0"),
    "key usage twice": lambda world, made: made.extensions.append((USAGE, True, usage("digitalSignature", "keyCertSign"))),
    "no extended usage": lambda world, made: made.drop(EXTENDED),
    "extended usage empty": _set(EXTENDED, seq()),
    "extended usage client": _set(EXTENDED, uses(CLIENT)),
    "extended usage any": _set(EXTENDED, uses(_ANY_USE)),
    "extended usage gated": _set(EXTENDED, uses(_GATED)),
    "extended usage with bytes behind": _set(EXTENDED, uses(SERVER) + b"\0"),
    "extended usage broken": _set(EXTENDED, seq(tlv(4, b"x"))),
    "no basic constraints": lambda world, made: made.drop(BASIC),
    "no CA": _set(BASIC, basic(False), True),
    "a CA": _set(BASIC, basic(True), True),
    "CA written as 1": _set(BASIC, seq(b"\x01\x01\x01"), True),
    "no CA written out": _set(BASIC, seq(b"\x01\x01\x00"), True),
    "path length 0": _set(BASIC, basic(True, 0), True),
    "path length -1": _set(BASIC, basic(True, -1), True),
    "path length of no CA": _set(BASIC, basic(False, 0)),
    "path length huge": _set(BASIC, seq(TRUE, integer(1 << 70)), True),
    "basic constraints NULL": _set(BASIC, NULL),
    "no key ids": lambda world, made: made.drop(SUBJECT_KEY, AUTHORITY_KEY),
    "another subject key id": _set(SUBJECT_KEY, tlv(4, b"other")),
    "another authority key id": _set(AUTHORITY_KEY, seq(tlv(0x80, b"other"))),
    "empty authority key id": _set(AUTHORITY_KEY, seq(tlv(0x80))),
    "authority by serial number": _authority_names(called("Root"), 4711),
    "authority by a wrong serial number": _authority_names(called("Root"), 4712),
    "authority by a wrong name": _authority_names(called("Zilch"), 4711),
    "authority key id NULL": _set(AUTHORITY_KEY, NULL),
    "authority key id critical": _set(AUTHORITY_KEY, seq(), True),
    "unknown": _set("1.2.3.4", NULL),
    "unknown critical": _set("1.2.3.4", NULL, True),
    "CRL points critical": _set(POINTS, seq(seq(tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://x/"))))), True),
    "Netscape server critical": _set(NETSCAPE, tlv(3, b"\x06\x40"), True),
    "Netscape client": _set(NETSCAPE, tlv(3, b"\x07\x80")),
    "Netscape NULL": _set(NETSCAPE, NULL),
    "proxy certificate": _set("1.3.6.1.5.5.7.1.14", seq(seq(oid("1.3.6.1.5.5.7.21.1"))), True),
    "policies": _set(POLICIES, seq(seq(oid("1.2.3.4")))),
    "policies empty": _set(POLICIES, seq()),
    "policies twice the same": _set(POLICIES, seq(seq(oid("1.2.3.4")), seq(oid("1.2.3.4")))),
    "policies NULL": _set(POLICIES, NULL),
    "explicit policy": _set(LIMITS, seq(tlv(0x80, b"\0")), True),
    "explicit policy later": _set(LIMITS, seq(tlv(0x80, b"\1"))),
    "mapping of any policy": _set(MAPPINGS, seq(seq(oid("2.5.29.32.0"), oid("1.2.3")))),
    "inhibit any policy": _set(INHIBIT_ANY, integer(0)),
    "mapping from nothing": _set(MAPPINGS, seq()),
    "names NULL": _set(NAMES, NULL),
    "dates over": _dates(-9, -1),
    "dates to come": _dates(1, 9),
    "date without seconds": _put(validity=seq(tlv(0x17, b"2601010000Z"), tlv(0x18, b"20490101000000Z"))),
    "date with a zone": _put(validity=seq(tlv(0x17, b"260101000000Z"), tlv(0x17, b"490101000000+0100"))),
    "date in the year 0": _put(validity=seq(tlv(0x18, b"00000101000000Z"), tlv(0x18, b"20490101000000Z"))),
    "date in the year 9999": _put(validity=seq(tlv(0x17, b"200101000000Z"), tlv(0x18, b"99991231235959Z"))),
    "version 1": _version_1,
    "version 1 with extensions": _put(version=0),
    "version 4": _put(version=3),
    "serial number 0": _put(serial=integer(0)),
    "serial number below 0": _put(serial=integer(-5)),
    "serial number padded": _put(serial=tlv(2, b"\0\0\1")),
    "serial number empty": _put(serial=tlv(2)),
    "SHA-1": _put(digest="SHA1"),
    "SHA-224": _put(digest="SHA224"),
    "another algorithm outside": _put(outer="RSA SHA256"),
    "damaged signature": _put(damaged=True),
    "a byte behind": _put(behind=b"\0"),
    "key P-384": lambda world, made: world.with_key(made, key("P-384", 1)),
    "key P-521": lambda world, made: world.with_key(made, key("P-521", 1)),
    "key P-224": lambda world, made: world.with_key(made, key("P-224", 1)),
    "key Ed25519": lambda world, made: world.with_key(made, key("Ed25519", 1)),
    "key RSA 2048": lambda world, made: world.with_key(made, key("RSA 2048")),
    "key RSA 1024": lambda world, made: world.with_key(made, key("RSA 1024")),
    "key RSA 1963": lambda world, made: world.with_key(made, key("RSA 1963")),
    "key RSA 1962": lambda world, made: world.with_key(made, key("RSA 1962")),
    "issued by itself": _self_signed,
}
"""Changes of one certificate: each is tried on the leaf, the intermediate and the root."""


def _other(kind: str) -> bytes:
    return tlv(0xA0, oid(kind), tlv(0xA0, tlv(0x0C, b"x")))


_OTHER_NAMES = {
    "case": (called("Root"), name(attribute("O", "ZILLIZ"), attribute("CN", "rOOT"))),
    "kind of string": (called("Root"), name(attribute("O", "zilliz", 0x13), attribute("CN", "Root", 0x1E))),
    "blanks": (name(attribute("CN", " Root  CA ")), name(attribute("CN", "root ca"))),
    "no-break space": (name(attribute("CN", "Ro\u00a0ot")), name(attribute("CN", "Ro ot"))),
    "umlauts": (name(attribute("CN", "R\u00d6T")), name(attribute("CN", "r\u00f6t"))),
    "Latin-1 umlaut": (name(attribute("CN", b"R\xf6t", 0x14)), name(attribute("CN", "R\u00f6t"))),
    "order": (called("Root"), name(attribute("CN", "Root"), attribute("O", "zilliz"))),
    "order in a set": (
        name([attribute("CN", "Root"), attribute("O", "zilliz")]), name([attribute("O", "zilliz"), attribute("CN", "Root")])
    ),
    "broken UTF-8": (name(attribute("CN", b"\xff\xfe")), name(attribute("CN", b"\xff\xfe"))),
    "nothing": (name(), name()),
}  # fmt: skip
_TREES: dict[str, tuple[bytes, bytes]] = {
    "the domain": (limits([dns("example.com")]), limits((), [dns("example.com")])),
    "a dot and the domain": (limits([dns(".example.com")]), limits((), [dns(".example.com")])),
    "the domain and a dot": (limits([dns("example.com.")]), limits((), [dns("example.com.")])),
    "a part of a label": (limits([dns("ample.com")]), limits((), [dns("ample.com")])),
    "a dot": (limits([dns(".")]), limits((), [dns(".")])),
    "nothing": (limits([dns("")]), limits((), [dns("")])),
    "another kind of other names": (limits([_other("1.2.3.4")]), limits((), [_other("1.2.3.4")])),
    "other names": (limits([_other("1.2.3.5")]), limits((), [_other("1.2.3.5")])),
    "an address": (limits([tlv(0x87, bytes(8))]), limits((), [tlv(0x87, bytes(8))])),
    "a directory": (limits([directory(name(attribute("O", "ZILLIZ")))]), limits((), [directory(name(attribute("O", "zilliz")))])),
    "another directory": (limits([directory(called("x"))]), limits((), [directory(called("x"))])),
    "the empty directory": (limits([directory(name())]), limits((), [directory(name())])),
    "a mail address": (limits([tlv(0x81, b"example.com")]), limits((), [tlv(0x81, b"example.com")])),
    "a minimum of 0": (limits([dns("com")], (), tlv(0x80, b"\0")), limits((), [dns("org")], tlv(0x80, b"\0"))),
    "a maximum": (limits([dns("com")], (), tlv(0x81, b"\5")), limits((), [dns("org")], tlv(0x81, b"\5"))),
    "empty lists": (seq(), seq()),
}
_SETTINGS = {
    "nothing": seq(),
    "server": seq(uses(SERVER)),
    "client": seq(uses(CLIENT)),
    "server refused": seq(tlv(0xA0, oid(SERVER))),
    "client refused": seq(tlv(0xA0, oid(CLIENT))),
    "any": seq(uses(_ANY_USE)),
    "any refused": seq(tlv(0xA0, oid(_ANY_USE))),
    "alias": seq(tlv(0x0C, b"x")),
    "broken": seq(NULL),
}
_ADDRESS = tlv(0x87, bytes((10, 0, 0, 1)))
WORLD_CHANGES: dict[str, Change] = {
    **{f"issuer's name, {word}": _named(*pair)
       for word, pair in _OTHER_NAMES.items()},
    **{f"only {word}": _constrained("root", pair[0])
       for word, pair in _TREES.items()},
    **{f"not {word}": _constrained("between", pair[1])
       for word, pair in _TREES.items()},
    **{f"trust settings, {word}": _settings(settings)
       for word, settings in _SETTINGS.items()},
    "no intermediate": _sends(),
    "the root is sent too": _sends("between", "root"),
    "sent in disorder": _sends("root", "between"),
    "the leaf is sent twice": _sends("leaf", "between"),
    "trusts the intermediate": _trusts("between"),
    "trusts the leaf": _trusts("leaf"),
    "trusts all three": _trusts("leaf", "between", "root"),
    "a namesake is trusted first": _twin_first,
    "a namesake without ids is trusted first": _twins_without_ids,
    "the expired root is trusted too": _expired_twin,
    "the intermediate is called like the root": lambda world, made: _put(subject=called("Root"))(world, world.between),
    "the leaf is called like its issuer": lambda world, made: _put(subject=called("Between"))(world, world.leaf),
    "names: only the common name": _rename_leaf(called(HOST)),
    "names: the first of two common names": _rename_leaf(name(attribute("CN", HOST), attribute("CN", "x"))),
    "names: the last of two common names": _rename_leaf(name(attribute("CN", "x"), attribute("CN", HOST))),
    "names: common name in UTF-16": _rename_leaf(name(attribute("CN", HOST, 0x1E))),
    "names: common name beside an address": _rename_leaf(called(HOST), _ADDRESS),
    "names: common name beside a mail address": _rename_leaf(called(HOST), tlv(0x81, b"a@example.com")),
    "names: none": _rename_leaf(name(attribute("O", "zilliz"))),
    "names: empty subject": _rename_leaf(name(), dns(HOST)),
    "names: wildcard": _rename_leaf(called("x"), dns("*.example.com")),
    "names: wide wildcard": _rename_leaf(called("x"), dns("*.com")),
    "names: wildcard in a label": _rename_leaf(called("x"), dns("m*.example.com")),
    "names: upper case and a dot": _rename_leaf(called("x"), dns("MILVUS.example.COM.")),
    "names: a NUL": _rename_leaf(called("x"), dns(HOST.encode() + b"\0.example.org")),
    "names: a short address": _rename_leaf(called("x"), dns(HOST), tlv(0x87, b"\x0a\0\0")),
    "names: an unknown kind": _rename_leaf(called("x"), dns(HOST), tlv(0x8F, b"x")),
    "names: one of another kind": _rename_leaf(called("x"), dns(HOST), _other("1.2.3.5")),
    "names: a mail address in the subject": _rename_leaf(name(attribute("mail", "a@example.com", 0x16)), dns(HOST)),
}  # fmt: skip
"""Changes of more than one certificate, or of the files."""

ROLES = ("leaf", "between", "root")
ALL_CHANGES = [*((role, what) for what in CERTIFICATE_CHANGES for role in ROLES), *(("", what) for what in WORLD_CHANGES)]


def bent(changes: Iterable[tuple[str, str]], now: datetime) -> Question:
    """The question after some changes, each a role (empty for those of the whole) and its name."""
    world = World(now)
    for role, what in changes:
        if role:
            CERTIFICATE_CHANGES[what](world, getattr(world, role))
        else:
            WORLD_CHANGES[what](world, world.leaf)
    return world.question()
