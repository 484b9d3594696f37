"""Certificates that Go takes although ``cryptography`` refuses them, and their neighbours that Go refuses too.

``says`` is what Go 1.25.5 says: see ``limbo_more``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from certs_limbo_bent import (
    EXTENSIONS,
    INNER_ALGORITHM,
    KEY,
    SUBJECT,
    VALIDITY,
    VERSION,
    Bent,
    bend,
    split,
    tlv,
)
from certs_limbo_cases import Make
from certs_limbo_more import Question
from certs_pki import NOW, Issued, rsa_key
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

NULL, FALSE = b"\x05\x00", b"\x01\x01\x00"
UNKNOWN = "x509: certificate signed by unknown authority"
NO_NAMES = "x509: certificate is not valid for any names, but wanted to match example.com"
UTC, GENERALIZED = 0x17, 0x18

Change = Callable[[list[bytes]], object]


def questions() -> Iterator[Question]:
    """Every question."""
    for group in (_more, _flags, _times, _versions, _places):
        yield from group(Make())


def leaf_with(make: Make, label: str, change: Change, says: str, asked: str | None = "example.com") -> Question:
    """What is said of a leaf with changed fields."""
    root = make.ca()
    return Question(label, [bend(make.leaf(root), root.private, change)], [root], says, asked)


def _anchor(make: Make, label: str, change: Change, says: str) -> Question:
    root = make.ca()
    return Question(label, [make.leaf(root)], [bend(root, root.private, change)], says)


def into(field: int, *more: bytes) -> Change:
    """Elements after those of a field."""
    return lambda fields: fields.__setitem__(field, tlv(fields[field][0], *split(fields[field]), *more))


def _more(make: Make) -> Iterator[Question]:
    """Elements after those that Go knows."""
    for field, word in ((VALIDITY, "the dates"), (KEY, "the key"), (EXTENSIONS, "the extensions")):
        yield leaf_with(make, f"more in {word}", into(field, NULL), "")
        yield _anchor(make, f"more in {word} of a root", into(field, NULL), "")
    yield leaf_with(make, "more in the version", into(VERSION, NULL), "x509: malformed version")
    yield leaf_with(make, "more in the body", lambda fields: fields.append(NULL), "")
    yield leaf_with(make, "more in an extension", _extension(lambda parts: parts.append(NULL)), "")
    yield leaf_with(make, "more in a name", _subject(lambda parts: parts.append(NULL)), "")
    yield leaf_with(make, "more in the algorithm of the key", _key_algorithm, "")
    root = make.ca()
    leaf = make.leaf(root)
    yield Question("more in the certificate", [Bent(tlv(0x30, *split(leaf.der), NULL))], [root], "")
    yield Question("more in both algorithms", [_algorithms(leaf, root, NULL, NULL)], [root], "")
    yield Question("parameters of ECDSA", [_algorithms(leaf, root, b"", b"")], [root], "")
    yield from _rsa_parameters(make)
    says = "x509: inner and outer signature algorithm identifiers don't match"
    yield Question("more in one algorithm", [_algorithms(leaf, root, NULL, b"")], [root], says)


def _rsa_parameters(make: Make) -> Iterator[Question]:
    """A signature with RSA whose algorithm has no parameters, or others than NULL."""
    root = make.ca(private=rsa_key())
    leaf = make.leaf(root)
    body, algorithm, _ = split(leaf.der)
    for label, parameters in (("none", b""), ("an empty list", tlv(0x30)), ("a number", tlv(2, b"\1"))):
        changed = tlv(0x30, split(algorithm)[0], parameters)
        odd = tlv(0x30, *split(body)[:INNER_ALGORITHM], changed, *split(body)[INNER_ALGORITHM + 1 :])
        signature = root.private.sign(odd, padding.PKCS1v15(), hashes.SHA256())
        yield Question(f"parameters of RSA: {label}", [Bent(tlv(0x30, odd, changed, tlv(3, b"\0", signature)))], [root], "")


def _key_algorithm(fields: list[bytes]) -> None:
    algorithm, *rest = split(fields[KEY])
    fields[KEY] = tlv(0x30, tlv(0x30, *split(algorithm), NULL), *rest)


def _algorithms(issued: Issued, signer: Issued, inner: bytes, outer: bytes) -> Bent:
    """Something more in the algorithm of the body, and in that of the certificate."""
    body, algorithm, _ = split(issued.der)
    fields = split(body)
    fields[INNER_ALGORITHM] = tlv(0x30, *split(algorithm), NULL, inner)
    body = tlv(0x30, *fields)
    signature = signer.private.sign(body, ec.ECDSA(hashes.SHA256()))
    return Bent(tlv(0x30, body, tlv(0x30, *split(algorithm), NULL, outer), tlv(3, b"\0", signature)))


def _extension(change: Change, which: int = 0) -> Change:
    """The parts of an extension changed."""

    def changed(fields: list[bytes]) -> None:
        every = split(split(fields[EXTENSIONS])[0])
        parts = split(every[which])
        change(parts)
        every[which] = tlv(0x30, *parts)
        fields[EXTENSIONS] = tlv(0xA3, tlv(0x30, *every))

    return changed


def _subject(change: Change, field: int = SUBJECT) -> Change:
    """The parts of the one attribute of a name changed."""

    def changed(fields: list[bytes]) -> None:
        parts = split(split(split(fields[field])[0])[0])
        change(parts)
        fields[field] = tlv(0x30, tlv(0x31, tlv(0x30, *parts)))

    return changed


def _flags(make: Make) -> Iterator[Question]:
    """A flag that is written although it says what is so without it."""
    for which in range(4):
        change = _extension(lambda parts: parts.insert(1, FALSE), which)
        yield leaf_with(make, f"extension {which} says that it is not critical", change, "")
    odd = _extension(lambda parts: parts.insert(1, b"\x01\x01\x01"))
    yield leaf_with(make, "a flag that is neither", odd, "x509: malformed extension")
    yield _anchor(make, "an extension of a root says that it is not critical", _extension(_not_critical), "")


def _not_critical(parts: list[bytes]) -> None:
    parts[1:-1] = [FALSE]


def _dates(begin: tuple[int, str], end: tuple[int, str]) -> Change:
    return lambda fields: fields.__setitem__(VALIDITY, tlv(0x30, *(tlv(tag, text.encode()) for tag, text in (begin, end))))


def _times(make: Make) -> Iterator[Question]:
    """Dates in forms that the standard does not want."""
    good = (UTC, "260101000000Z")
    later = NOW + timedelta(minutes=30)
    for label, end, says in (
        ("as it should be", (UTC, "491231235959Z"), ""),
        ("the year in full before 2050", (GENERALIZED, "20400101000000Z"), ""),
        ("the year in full from 2050 on", (GENERALIZED, "20500101000000Z"), ""),
        ("the year in full with an offset", (GENERALIZED, "20400101000000-0730"), ""),
        ("the year in full without seconds", (GENERALIZED, "204001010000Z"), "x509: malformed GeneralizedTime"),
        ("the year in full with tenths", (GENERALIZED, "20400101000000.5Z"), "x509: malformed GeneralizedTime"),
        ("an offset", (UTC, "400101000000+0100"), ""),
        ("an offset of nothing", (UTC, "400101000000+0000"), "x509: malformed UTCTime"),
        ("an offset of a day and an hour", (UTC, "400101000000+2500"), "x509: malformed UTCTime"),
        ("no seconds", (UTC, "4001010000Z"), ""),
        ("no zone", (UTC, "400101000000"), "x509: malformed UTCTime"),
        ("a day that is none", (UTC, "400230000000Z"), "x509: malformed UTCTime"),
        ("another kind", (0x0C, "400101000000Z"), "x509: unsupported time format"),
        ("an hour to the east", (UTC, f"{later:%y%m%d%H%M%S}+0100"), "has expired"),
        ("an hour to the west", (UTC, f"{later:%y%m%d%H%M%S}-0100"), ""),
    ):
        yield leaf_with(make, f"ends: {label}", _dates(good, end), says)
    yield leaf_with(make, "begins: the year in full", _dates((GENERALIZED, "20260101000000Z"), (UTC, "400101000000Z")), "")
    yield _anchor(make, "a root ends: the year in full", _dates(good, (GENERALIZED, "20400101000000Z")), "")


def _version(number: int) -> Change:
    return lambda fields: fields.__setitem__(VERSION, tlv(0xA0, tlv(2, bytes([number]))))


def _versions(make: Make) -> Iterator[Question]:
    """Versions: the extensions of the second do not count."""
    for number, says in ((0, NO_NAMES), (1, NO_NAMES), (2, ""), (3, "x509: invalid version"), (255, "x509: malformed version")):
        yield leaf_with(make, f"version {number + 1}", _version(number), says)
    yield leaf_with(make, "version 2 and no name asked", _version(1), "", None)
    yield _anchor(make, "a root of version 2", _version(1), "")
    root = make.ca()
    between = make.ca(root)
    chain = [make.leaf(between), bend(between, root.private, _version(1))]
    yield Question(
        "an intermediate of version 2", chain, [root], "x509: certificate is not authorized to sign other certificates"
    )


def _places(make: Make) -> Iterator[Question]:
    """Extensions count directly behind the key and the two identifiers that nobody uses."""
    for label, between, says in (
        ("one identifier", [b"\x81\x02\0\1"], ""),
        ("both identifiers", [b"\x81\x02\0\1", b"\x82\x02\0\1"], ""),
        ("the identifiers in disorder", [b"\x82\x02\0\1", b"\x81\x02\0\1"], NO_NAMES),
        ("an identifier in parts", [b"\xa1\x04\x03\x02\0\1"], NO_NAMES),
        ("something else", [NULL], NO_NAMES),
        ("other extensions", [tlv(0xA3, tlv(0x30))], NO_NAMES),
    ):
        yield leaf_with(make, f"before the extensions: {label}", _before(between), says)


def _before(between: list[bytes]) -> Change:
    return lambda fields: fields.__setitem__(slice(EXTENSIONS, EXTENSIONS), between)
