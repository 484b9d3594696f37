"""Certificates that can hardly be read, each with what Go 1.25.5 says of it (``says``: see ``limbo_more``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from certs_limbo_bent import (
    ISSUER,
    SUBJECT,
    Bent,
    alternative_names,
    bend,
    compressed,
    doubled,
    raw,
    replaced,
    split,
    tlv,
)
from certs_limbo_cases import Make
from certs_limbo_more import DNS, MAIL, OTHER, UNHANDLED, URI, Question, called, line
from certs_pki import ec_key, issue, rsa_key
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa


def questions() -> Iterator[Question]:
    """Every question."""
    for group in (_names, _parsed, _keys):
        yield from group(Make())


def _both(old: bytes, new: bytes) -> Callable[[list[bytes]], object]:
    """Subject and issuer changed."""

    def change(fields: list[bytes]) -> None:
        for field in (ISSUER, SUBJECT):
            replaced(field, old, new)(fields)

    return change


def _names(make: Make) -> Iterator[Question]:
    """Alternative names and subjects that can hardly be read."""

    def named(label: str, names: Any, says: str, *, critical: bool = False) -> Question:
        return Question(f"san: {label}", *line(make, {}, leaf={"names": (names, critical)}), says)

    yield named("malformed", raw("2.5.29.17", b"example.com"), "x509: invalid subject alternative name")
    uris = ("http://exa mple.com/", "http://example.com:x/", "http://a/%zz", "://x", "1a:b", "http://a..b/", "http://[::1/")
    for uri in uris:
        names = alternative_names((DNS, b"example.com"), (URI, uri.encode()))
        yield named(uri, names, f'x509: cannot parse URI "{uri}"')
    for uri in ("spiffe://a/b", "urn:x", "/x", "http://u:p@a/", "http://[::1]:8/", "http://a/%20", "mailto:me@a", "*", ""):
        yield named(uri, alternative_names((DNS, b"example.com"), (URI, uri.encode())), "")
    yield named("mail that is not ASCII", alternative_names((DNS, b"example.com"), (MAIL, b"\xe9@a")), "rfc822Name is malformed")
    yield named("other kinds, critical", alternative_names((OTHER, b"\x2a\x03")), UNHANDLED, critical=True)
    yield named("other kinds", alternative_names((OTHER, b"\x2a\x03")), "x509: certificate is not valid for any names")
    yield Question("webpki::san::san-wildcard-only-tld", *line(make, leaf=called("*")), "valid for *, not com", "com")
    root = make.ca()
    leaf = make.leaf(root, common_name="limbo")
    odd = bend(leaf, root.private, replaced(SUBJECT, b"\x0c\x05limbo", b"\x1a\x05limbo"))
    yield Question("a VisibleString", [odd], [root], "invalid RDNSequence: invalid attribute value: unsupported string type: 26")
    for label, written in (("an ampersand", b"\x13\x05a & b"), ("a star", b"\x13\x05*.a.b"), ("an umlaut", b"\x14\x05M\xfclle")):
        bent = bend(leaf, root.private, replaced(SUBJECT, b"\x0c\x05limbo", written))
        yield Question(f"{label} in a subject", [bent], [root], "")
        above = make.ca(common_name="limbo")
        change = replaced(ISSUER, b"\x0c\x05limbo", written)
        below = bend(make.leaf(above), above.private, change)
        anchor = bend(above, above.private, _both(b"\x0c\x05limbo", written))
        yield Question(f"{label} in an authority", [below], [anchor], "")
    for sign in (b"@", b"_"):
        bent = bend(leaf, root.private, replaced(SUBJECT, b"\x0c\x05limbo", b"\x13\x05lim" + sign + b"o"))
        yield Question(f"{sign.decode()} in a PrintableString", [bent], [root], "invalid PrintableString")
    wrong = bend(make.leaf(root, common_name="1imbo"), root.private, replaced(SUBJECT, b"\x0c\x051imbo", b"\x12\x051imbo"))
    yield Question("a number of letters", [wrong], [root], "invalid NumericString")
    other = bend(leaf, root.private, lambda fields: fields.__setitem__(ISSUER, tlv(0x30)))
    yield Question("rfc5280::ee-empty-issuer", [other], [root], "x509: certificate signed by unknown authority")


def _parsed(make: Make) -> Iterator[Question]:
    """Extensions that Go does not parse: one such intermediate ends the handshake, needed or not."""
    root = make.ca()
    leaf = make.leaf(root)

    def beside(label: str, says: str, **bent: Any) -> Question:
        return Question(f"beside: {label}", [leaf, make.ca(root, **bent)], [root], says)

    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.private.public_key())
    yield beside("critical-aki", "x509: authority key identifier incorrectly marked critical", aki=(key_id, True))
    ski = x509.SubjectKeyIdentifier.from_public_key(root.private.public_key())
    yield beside("critical-ski", "x509: subject key identifier incorrectly marked critical", ski=(ski, True))
    access = x509.AuthorityInformationAccess([x509.AccessDescription(x509.OID_CA_ISSUERS, x509.DNSName("a"))])
    yield beside("critical-aia", "x509: authority info access incorrectly marked critical", extra=(access, True))
    yield beside("malformed-aia", "x509: invalid authority info access", extra=raw("1.3.6.1.5.5.7.1.1", b"malformed"))
    yield beside("malformed points", "x509: invalid CRL distribution point", extra=raw("2.5.29.31", b"\x30\x01\x05"))
    yield beside("malformed policies", "x509: invalid certificate policies", extra=raw("2.5.29.32", b"\x30\x02\x05\x00"))
    yield beside("malformed mappings", "x509: invalid policy mappings extension", extra=raw("2.5.29.33", b"\x05\x00"))
    yield beside("malformed limits", "x509: invalid policy constraints extension", extra=raw("2.5.29.36", b"\x05\x00"))
    yield beside("malformed inhibition", "x509: invalid inhibit any policy extension", extra=raw("2.5.29.54", b"\x05\x00"))
    yield beside("malformed usages", "x509: invalid extended key usages", extra=raw("2.5.29.37", b"\x30\x02\x05\x00"))
    yield beside("malformed usage", "x509: invalid key usage", usage=raw("2.5.29.15", b"\x03\x02\x09\x00"))
    yield beside(
        "malformed basic constraints", "x509: invalid basic constraints", basic=raw("2.5.29.19", b"\x30\x03\x01\x01\x01")
    )
    yield beside("malformed key id", "x509: invalid subject key identifier", ski=raw("2.5.29.14", b"\x05\x00"))
    yield beside("malformed authority", "x509: invalid authority key identifier", aki=raw("2.5.29.35", b"\x05\x00"))
    yield beside("an unknown critical one", "", extra=(raw("1.3.6.1.4.1.55738.666.1", b""), True))
    yield beside("a length too long", "x509: invalid subject key identifier", ski=raw("2.5.29.14", b"\x04\x81\x01\x00"))
    twice = bend(leaf, root.private, doubled(b"\x06\x03\x55\x1d\x11"))
    yield Question("rfc5280::duplicate-extensions", [twice], [root], 'duplicate extension with OID "2.5.29.17"')
    body, algorithm, signature = split(leaf.der)
    mixed = Bent(tlv(0x30, body, algorithm.replace(b"\x04\x03\x02", b"\x04\x03\x03"), signature))
    says = "x509: inner and outer signature algorithm identifiers don't match"
    yield Question("rfc5280::mismatching-signature-algorithm", [mixed], [root], says)
    yield Question("bytes at the end", [Bent(leaf.der + b"\0")], [root], "x509: trailing data")


def _keys(make: Make) -> Iterator[Question]:
    """Keys and signatures that Go does not take."""
    root = make.ca()
    packed = bend(make.leaf(root), root.private, compressed)
    yield Question("a compressed point", [packed], [root], "x509: failed to unmarshal elliptic curve point")
    yield Question("webpki::forbidden-rsa-key-not-divisable-by-8-in-leaf", *line(make, leaf={"private": rsa_key(2047)}), "")
    yield Question("webpki::forbidden-rsa-not-divisable-by-8-in-root", *line(make, {"private": rsa_key(2047)}), "")
    old = dsa.generate_private_key(1024)
    yield Question("webpki::forbidden-dsa-leaf", *line(make, leaf={"private": old}), "tls: unsupported")
    unimplemented = "x509: cannot verify signature: algorithm unimplemented"
    yield Question("webpki::forbidden-dsa-root", *line(make, {"private": old}), unimplemented)
    plain = issue("Root", ec_key(80), ca=True)
    for name, says in (("SHA224", unimplemented), ("SHA384", ""), ("SHA512", "")):
        leaf = issue("x", ec_key(81), plain, dns=["example.com"], hash_name=name)
        yield Question(f"an ECDSA signature with {name}", [leaf], [plain], says)
    rsa = issue("Root", rsa_key(), ca=True)
    leaf = issue("x", ec_key(81), rsa, dns=["example.com"], hash_name="SHA224")
    yield Question("an RSA signature with SHA224", [leaf], [rsa], unimplemented)
