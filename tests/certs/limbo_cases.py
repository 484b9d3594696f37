"""Chains by the descriptions of the public x509-limbo suite, made with builders of our own: each bends one thing.

The names are those of the suite (its modules ``rfc5280``, ``webpki``, ``pathlen``, ``pathological``, ``online`` left out:
that needs the network), so that a case can be looked up there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from certs_pki import EKU, KU, NOW, Issued, ec_key, ed25519_key, rsa_key
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID, ObjectIdentifier

YEARS = timedelta(days=3650)
UNKNOWN = ObjectIdentifier("1.3.6.1.4.1.55738.666.1")


class Case(NamedTuple):
    """One question. ``chain`` is leaf first; ``name`` what the client asks for."""

    chain: list[Issued]
    roots: list[Issued]
    name: str
    at: datetime = NOW


def subject(text: str | None) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def key_usage(*flags: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{flag: flag in flags for flag in KU})


def dns(*names: str) -> list[x509.GeneralName]:
    return [x509.DNSName._init_without_validation(each) for each in names]


def ip(*addresses: str) -> list[x509.GeneralName]:
    return [x509.IPAddress(ipaddress.ip_network(each) if "/" in each else ipaddress.ip_address(each)) for each in addresses]


def constraints(permitted: Sequence[x509.GeneralName] = (), excluded: Sequence[x509.GeneralName] = ()) -> Any:
    return x509.NameConstraints(list(permitted) or None, list(excluded) or None)


class Make:
    """Makes certificates that are right, apart from what the caller replaces: ``extension=None`` leaves one away."""

    def __init__(self) -> None:
        self._keys = 300

    def _certificate(
        self, common_name: str | None, issuer: Issued | None, extensions: dict[str, Any], options: dict[str, Any]
    ) -> Issued:
        self._keys += 1
        private = options.get("private") or ec_key(self._keys)
        signer = options.get("signer") or (issuer.private if issuer else private)
        name = subject(common_name) if isinstance(common_name, str | None) else common_name
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(options.get("issuer_name") or (issuer.certificate.subject if issuer else name))
            .public_key(private.public_key())
            .not_valid_before(options.get("begin", NOW - timedelta(days=30)))
            .not_valid_after(options.get("end", NOW + YEARS))
        )
        builder = builder.serial_number(options.get("serial", 1000 + self._keys))
        for value in extensions.values():
            if value is not None:
                extension, critical = value if isinstance(value, tuple) else (value, False)
                builder = builder.add_extension(extension, critical)
        digest = None if "Ed25519" in type(signer).__name__ else hashes.SHA256()
        return Issued(builder.sign(signer, digest), private)

    def ca(
        self, issuer: Issued | None = None, common_name: str | None = "", path_length: int | None = None, **bent: Any
    ) -> Issued:
        """A root, or an intermediate under ``issuer``."""
        options = {key: bent.pop(key) for key in ("private", "signer", "issuer_name", "begin", "end", "serial") if key in bent}
        self._keys += 1
        options.setdefault("private", ec_key(self._keys))
        extensions: dict[str, Any] = {
            "basic": (x509.BasicConstraints(True, path_length), True),
            "usage": key_usage("key_cert_sign", "crl_sign"),
            "ski": x509.SubjectKeyIdentifier.from_public_key(options["private"].public_key()),
            "aki": x509.AuthorityKeyIdentifier.from_issuer_public_key(
                (issuer.private if issuer else options["private"]).public_key()
            ),
            **bent,
        }
        name = common_name if common_name != "" else f"limbo {'intermediate ' + str(self._keys) if issuer else 'root'}"
        return self._certificate(name, issuer, extensions, options)

    def leaf(self, issuer: Issued, common_name: str | None = "limbo leaf", **bent: Any) -> Issued:
        """A server's certificate for example.com."""
        options = {key: bent.pop(key) for key in ("private", "signer", "issuer_name", "begin", "end", "serial") if key in bent}
        extensions: dict[str, Any] = {
            "aki": x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.private.public_key()),
            "usage": key_usage("digital_signature"),
            "extended": x509.ExtendedKeyUsage([EKU["server"]]),
            "names": x509.SubjectAlternativeName(dns("example.com")),
            **bent,
        }
        return self._certificate(common_name, issuer, extensions, options)


def cases() -> Iterator[tuple[str, Case]]:
    """Every case with its name."""
    for group in (_rfc5280, _extensions, _validity, _constraints, _names, _webpki, _path_lengths, _pathological):
        yield from group(Make())


def _one(make: Make, name: str = "example.com", root: dict[str, Any] | None = None, **leaf: Any) -> Case:
    ca = make.ca(**(root or {}))
    return Case([make.leaf(ca, **leaf)], [ca], name)


def _two(make: Make, root: dict[str, Any] | None = None, between: dict[str, Any] | None = None, **leaf: Any) -> Case:
    ca = make.ca(**(root or {}))
    middle = make.ca(ca, **(between or {}))
    return Case([make.leaf(middle, **leaf), middle], [ca], "example.com")


def _rfc5280(make: Make) -> Iterator[tuple[str, Case]]:
    unknown = {"extra": (x509.UnrecognizedExtension(UNKNOWN, b""), True)}
    yield "rfc5280::ee-empty-issuer", _one(make, issuer_name=subject(None), common_name="empty-issuer")
    yield "rfc5280::ca-empty-subject", _one(make, root={"common_name": None})
    yield "rfc5280::unknown-critical-extension-ee", _one(make, **unknown)
    yield "rfc5280::unknown-critical-extension-root", _one(make, root=unknown)
    yield "rfc5280::unknown-critical-extension-intermediate", _two(make, between={"path_length": 0, **unknown})
    root = make.ca()
    between = make.ca(root, path_length=0)
    yield (
        "rfc5280::chain-untrusted-root",
        Case([make.leaf(between), between, root], [make.ca(common_name="unrelated")], "example.com"),
    )
    not_ca = {"basic": (x509.BasicConstraints(False, None), True)}
    yield "rfc5280::intermediate-ca-without-ca-bit", _two(make, between=not_ca)
    yield "rfc5280::intermediate-ca-missing-basic-constraints", _two(make, between={"basic": None})
    yield "rfc5280::root-missing-basic-constraints", _one(make, root={"basic": None})
    yield "rfc5280::root-non-critical-basic-constraints", _one(make, root={"basic": x509.BasicConstraints(True, None)})
    yield "rfc5280::root-inconsistent-ca-extensions", _one(make, root={"usage": key_usage("crl_sign")})
    yield "rfc5280::ica-ku-keycertsign", _two(make, between={"path_length": 0, "usage": key_usage("crl_sign")})
    signing = key_usage("digital_signature", "key_cert_sign")
    yield "rfc5280::leaf-ku-keycertsign", _one(make, basic=(x509.BasicConstraints(False, None), True), usage=signing)
    aia = x509.AuthorityInformationAccess([x509.AccessDescription(x509.OID_CA_ISSUERS, x509.DNSName("example.com"))])
    yield "rfc5280::ee-aia", _one(make, extra=aia)
    yield "rfc5280::ee-critical-aia-invalid", _one(make, extra=(aia, True))
    yield "rfc5280::no-keyusage", _one(make, usage=None)
    yield "rfc5280::no-basicconstraints", _one(make, basic=None)
    yield "rfc5280::eku::ee-eku-empty", _one(make, extended=x509.UnrecognizedExtension(x509.OID_EXTENDED_KEY_USAGE, b"\x30\x00"))
    yield "rfc5280::pc::ica-noncritical-pc", _two(make, between={"extra": x509.PolicyConstraints(0, None)})
    yield "rfc5280::serial::too-long", _one(make, serial=(1 << 159) - 1)
    yield "wrong signature, right names", _one(make, signer=ec_key(7))
    yield "wrong kind of signature", _one(make, signer=ed25519_key(7))
    yield "an RSA root", _one(make, root={"private": rsa_key(2048)})
    yield "an Ed25519 root", _one(make, root={"private": ed25519_key(9)})


def _extensions(make: Make) -> Iterator[tuple[str, Case]]:
    root = make.ca()
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.private.public_key())
    ski = x509.SubjectKeyIdentifier.from_public_key(root.private.public_key())
    yield "rfc5280::aki::critical-aki", Case([make.leaf(root, aki=(key_id, True))], [root], "example.com")
    yield "rfc5280::aki::self-signed-root-missing-aki", _one(make, root={"aki": None})
    yield "rfc5280::aki::intermediate-missing-aki", _two(make, between={"aki": None})
    yield "rfc5280::aki::leaf-missing-aki", _one(make, aki=None)
    other = x509.AuthorityKeyIdentifier.from_issuer_public_key(ec_key(5).public_key())
    yield "aki of another key", _one(make, aki=other)
    yield "rfc5280::ski::critical-ski", _one(make, root={"ski": (ski, True)})
    yield "rfc5280::ski::root-missing-ski", _one(make, root={"ski": None})
    yield "rfc5280::ski::intermediate-missing-ski", _two(make, between={"ski": None})
    again = make.ca(common_name="limbo root", private=ec_key(50))
    crossed = make.ca(root, common_name="limbo crossed", aki=None)
    yield "rfc5280::aki::cross-signed-root-missing-aki", Case([make.leaf(crossed), crossed], [root], "example.com")
    yield "two roots of one name", Case([make.leaf(again)], [root, again], "example.com")
    yield "two roots of one name, the wrong one trusted", Case([make.leaf(again)], [root], "example.com")


def _validity(make: Make) -> Iterator[tuple[str, Case]]:
    past = {"begin": NOW - YEARS, "end": NOW - timedelta(days=1)}
    future = {"begin": NOW + timedelta(days=1)}
    yield "rfc5280::validity::expired-root", _one(make, root=past)
    yield "rfc5280::validity::expired-intermediate", _two(make, between=past)
    yield "rfc5280::validity::expired-leaf", _one(make, **past)
    yield "rfc5280::validity::notyet-root", _one(make, root=future)
    yield "rfc5280::validity::notyet-leaf", _one(make, **future)
    yield "the last second", _one(make, end=NOW)
    yield "the first second", _one(make, begin=NOW)
    yield "a second late", _one(make, end=NOW - timedelta(seconds=1))


def _constraints(make: Make) -> Iterator[tuple[str, Case]]:
    def nc(
        label: str,
        permitted: Any = (),
        excluded: Any = (),
        names: Any = None,
        asked: str = "example.com",
        critical: bool = True,
        **leaf: Any,
    ) -> Any:
        held = {"constraints": (constraints(permitted, excluded), critical)}
        wanted = dns("example.com") if names is None else names
        return f"rfc5280::nc::{label}", _one(make, asked, held, names=x509.SubjectAlternativeName(wanted), **leaf)

    yield nc("permitted-dns-mismatch", dns("example.com"), names=dns("not-example.com"), asked="not-example.com")
    yield nc("permitted-dns-match", dns("example.com"))
    yield nc("permitted-dns-match-noncritical", dns("example.com"), critical=False)
    yield nc("permitted-dns-match-more", dns("example.com"), names=dns("foo.bar.example.com"), asked="foo.bar.example.com")
    yield nc("excluded-dns-match", excluded=dns("example.com"))
    yield nc("excluded-dns-match-second", excluded=dns("no.example.com"), names=dns("example.com", "no.example.com"))
    yield nc("excluded-dns-match-subtree", excluded=dns("example.com"), names=dns("a.example.com"), asked="a.example.com")
    yield nc("permitted-ip-mismatch", ip("192.0.2.0/24"), names=ip("192.0.3.1"), asked="192.0.3.1")
    yield nc("permitted-ipv4-match", ip("192.0.2.0/24"), names=ip("192.0.2.1"), asked="192.0.2.1")
    yield nc("excluded-ipv4-match", excluded=ip("192.0.2.0/24"), names=ip("192.0.2.1"), asked="192.0.2.1")
    yield nc("permitted-ipv6-match", ip("::1/128"), names=ip("::1"), asked="::1")
    yield nc("excluded-ipv6-match", excluded=ip("::1/128"), names=ip("::1"), asked="::1")
    foo: list[x509.GeneralName] = [x509.DirectoryName(subject("foo"))]
    directory = {"names": [*dns("example.com"), x509.DirectoryName(subject("foo"))], "common_name": "foo"}
    yield nc("permitted-dn-match", foo, **directory)
    yield nc("excluded-dn-match", excluded=foo, **directory)
    yield nc("permitted-dn-noncritical", foo, critical=False, **directory)
    yield nc("permitted-different-constraint-type", dns("example.com"), names=ip("192.0.2.1"), asked="192.0.2.1")
    yield nc("excluded-different-constraint-type", excluded=ip("192.0.2.0/24"))
    yield nc(
        "not-allowed-in-ee-noncritical",
        names=dns("example.com"),
        permitted=dns("example.com"),
        nc=constraints(dns("example.com")),
    )
    yield nc("leading-dot, the name itself", dns(".example.com"))
    yield nc("leading-dot, below", dns(".example.com"), names=dns("a.example.com"), asked="a.example.com")
    yield nc("wildcard under a leading dot", dns(".example.com"), names=dns("*.example.com"), asked="a.example.com")
    yield nc("wildcard over an excluded name", excluded=dns("no.example.com"), names=dns("*.example.com"), asked="a.example.com")
    yield nc(
        "wildcard beside an excluded name", excluded=dns("no.b.example.com"), names=dns("*.example.com"), asked="a.example.com"
    )
    yield nc("wildcard above what is permitted", dns("a.example.com"), names=dns("*.example.com"), asked="a.example.com")
    yield nc("permitted-dns, upper case", dns("EXAMPLE.com"))
    yield nc("an empty dns permits all", dns(""))
    yield nc("an empty dns excludes all", excluded=dns(""))
    yield nc("permitted and excluded", dns("com"), dns("example.com"))
    yield nc("two permitted", dns("a.org", "example.com"))
    yield nc("no alternative names", dns("example.com"), names=dns("example.com"), extended=None)
    mail: list[x509.GeneralName] = [x509.RFC822Name("example.com")]
    user: list[x509.GeneralName] = [*dns("example.com"), x509.RFC822Name("me@example.org")]
    yield nc("mail of another host", mail, names=user)
    yield nc("mail of the host", mail, names=[*dns("example.com"), x509.RFC822Name("me@example.com")])
    site: list[x509.GeneralName] = [x509.UniformResourceIdentifier("example.org")]
    yield nc(
        "address of another host", site, names=[*dns("example.com"), x509.UniformResourceIdentifier("https://example.com/x")]
    )
    yield nc("address of the host", site, names=[*dns("example.com"), x509.UniformResourceIdentifier("https://example.org/x")])
    root = make.ca(constraints=(constraints(dns("example.com")), True))
    between = make.ca(root, constraints=(constraints(dns("example.org")), True))
    both = make.leaf(between, names=x509.SubjectAlternativeName(dns("example.com")))
    yield "rfc5280::nc::two levels that agree on nothing", Case([both, between], [root], "example.com")
    own = make.ca(constraints=(constraints(dns("example.org")), True))
    issued = make.ca(own, common_name="limbo root", private=own.private, constraints=(constraints(dns("example.org")), True))
    yield "rfc5280::nc::permitted-self-issued", Case([make.leaf(issued), issued], [own], "example.com")


def _names(make: Make) -> Iterator[tuple[str, Case]]:
    def san(label: str, names: Any, asked: str = "example.com", **leaf: Any) -> tuple[str, Case]:
        held = None if names is None else x509.SubjectAlternativeName(names)
        return f"webpki::san::{label}", _one(make, asked, names=held, **leaf)

    yield san("exact-dns-san", dns("example.com"))
    yield san("exact-localhost-ip-san", ip("127.0.0.1"), "127.0.0.1")
    yield san("mismatch-domain-san", dns("example.com"), "example2.com")
    yield san("mismatch-subdomain-san", dns("abc.example.com"), "def.example.com")
    yield san("mismatch-subdomain-apex-san", dns("example.com"), "abc.example.com")
    yield san("mismatch-apex-subdomain-san", dns("abc.example.com"))
    yield san("public-suffix-wildcard-san", dns("*.com"))
    yield san("leftmost-wildcard-san", dns("*.example.com"), "foo.example.com")
    yield san("wildcard-embedded-leftmost-san", dns("ba*.example.com"), "baz.example.com")
    yield san("wildcard-not-in-leftmost-san", dns("foo.*.example.com"), "foo.bar.example.com")
    yield san("wildcard-match-across-labels-san", dns("*.example.com"), "foo.bar.example.com")
    yield san("wildcard-embedded-ulabel-san", dns("xn--*-1b3c148a.example.com"), "xn--bliss-1b3c148a.example.com")
    yield san("unicode-emoji-san", dns("\U0001f61c.example.com"), "xn--628h.example.com")
    yield san("no-san", None, common_name="example.com")
    yield (
        "webpki::san::san-critical-with-nonempty-subject",
        _one(make, names=(x509.SubjectAlternativeName(dns("example.com")), True)),
    )
    yield "rfc5280::san::noncritical-with-empty-subject", _one(make, common_name=None)
    yield (
        "rfc5280::san::critical-with-empty-subject",
        _one(make, common_name=None, names=(x509.SubjectAlternativeName(dns("example.com")), True)),
    )
    yield san("underscore-dns", dns("abc_def.example.com"), "abc_def.example.com")
    yield san("an address as a name", dns("127.0.0.1"), "127.0.0.1")
    yield san("a name where an address is", ip("127.0.0.1"), "localhost")
    yield san("a mapped address", ip("::ffff:10.0.0.1"), "10.0.0.1")
    yield san("a dot at the end of the name", dns("example.com"), "example.com.")
    yield san("a dot at the end of the certificate's", dns("example.com."))
    yield san("a space at the end", dns("example.com "))
    yield san("a NUL inside", dns("example.com\0.org"))
    yield san("a star alone", dns("*"), "localhost")
    yield san("an empty name", dns(""))
    yield san("other kinds alone", [x509.RFC822Name("me@example.com")])


def _webpki(make: Make) -> Iterator[tuple[str, Case]]:
    def eku(*kinds: str) -> x509.ExtendedKeyUsage:
        return x509.ExtendedKeyUsage([EKU[kind] for kind in kinds])

    yield "webpki::eku::ee-anyeku", _one(make, extended=eku("any", "server"))
    yield "webpki::eku::ee-critical-eku", _one(make, extended=(eku("server"), True))
    yield "webpki::eku::ee-without-eku", _one(make, extended=None)
    yield "webpki::eku::ee-eku-client", _one(make, extended=eku("client"))
    yield "webpki::eku::root-has-eku", _one(make, root={"extended": eku("server")})
    yield "webpki::eku::root-has-another-eku", _one(make, root={"extended": eku("client")})
    yield "webpki::eku::intermediate-has-another-eku", _two(make, between={"extended": eku("code")})
    yield "webpki::eku::intermediate-has-any", _two(make, between={"extended": eku("any")})
    yield (
        "webpki::ee-basicconstraints-ca",
        _one(make, basic=(x509.BasicConstraints(True, None), True), usage=key_usage("key_cert_sign")),
    )
    for label, names in (("", x509.SubjectAlternativeName(dns("example.com"))), (" without names", None)):
        root = make.ca(names=names)
        yield f"webpki::ca-as-leaf{label}", Case([root], [root], "example.com")
    leaf = _one(make).chain[0]
    yield "the leaf itself is trusted", Case([leaf], [leaf], "example.com")
    late = make.leaf(make.ca(), end=NOW - timedelta(days=1))
    yield "the leaf itself is trusted and late", Case([late], [late], "example.com")
    yield "webpki::forbidden-p521-leaf", _one(make, private=ec_key(3, "P-521"))
    yield "webpki::forbidden-p224-leaf", _one(make, private=ec_key(3, "P-224"))
    yield "webpki::forbidden-weak-rsa-key-in-root", _one(make, root={"private": rsa_key(1024)})
    yield "webpki::forbidden-weak-rsa-in-leaf", _one(make, private=rsa_key(1024))
    yield "webpki::cn::case-mismatch", _one(make, common_name="EXAMPLE.com")
    yield "webpki::cn::not-in-san", _one(make, common_name="other.example.com")
    yield "webpki::ku::leaf-without-digital-signature", _one(make, usage=key_usage("key_encipherment"))


def _path_lengths(make: Make) -> Iterator[tuple[str, Case]]:
    def line(label: str, *lengths: int | None, leaf_is_ca: bool = False, same: bool = False) -> tuple[str, Case]:
        root = make.ca(path_length=lengths[0])
        path = [root]
        for length in lengths[1:]:
            path.append(make.ca(path[-1], "limbo root" if same else "", length))
        basic = {"basic": (x509.BasicConstraints(True, 0), True)} if leaf_is_ca else {}
        return f"pathlen::{label}", Case([make.leaf(path[-1], **basic), *reversed(path[1:])], [root], "example.com")

    yield line("ee-with-intermediate-pathlen-0", None, 0)
    yield line("ee-with-intermediate-pathlen-1", None, 1)
    yield line("ee-with-intermediate-pathlen-2", None, 2)
    yield line("validation-ignores-pathlen-in-leaf", None, 0, leaf_is_ca=True)
    yield line("intermediate-violates-pathlen-0", None, 0, 0)
    yield line("intermediate-pathlen-may-increase", None, 1, 2)
    yield line("intermediate-pathlen-too-long", None, 1, 2, 3)
    yield line("root-pathlen-0", 0)
    yield line("root-pathlen-0-with-intermediate", 0, None)
    yield line("root-pathlen-1-with-two", 1, None, None)
    yield line("self-issued-certs-pathlen", 0, None, same=True)
    yield line("max-chain-depth-exhausted", None, *[None] * 9)


def _pathological(make: Make) -> Iterator[tuple[str, Case]]:
    root = make.ca()
    good = make.ca(root, "limbo shared", private=ec_key(60))
    late = make.ca(root, "limbo shared", private=ec_key(60), end=NOW - timedelta(days=1))
    leaf = make.leaf(good)
    yield "pathological::multiple-chains-expired-intermediate", Case([leaf, late, good], [root], "example.com")
    yield "pathological::the other order", Case([leaf, good, late], [root], "example.com")
    yield "pathological::only the late one", Case([leaf, late], [root], "example.com")
    one = make.ca(root, "limbo one", private=ec_key(61))
    two = make.ca(one, "limbo two", private=ec_key(62))
    back = make.ca(two, "limbo one", private=ec_key(61))
    yield "pathological::intermediate-cycle-distinct-cas", Case([make.leaf(two), two, back], [root], "example.com")
    yield "pathological::a cycle with a way out", Case([make.leaf(two), two, back, one], [root], "example.com")
    yield "pathological::trust in the middle", Case([make.leaf(two), two], [one], "example.com")
    yield (
        "pathological::unrelated certificates in between",
        Case([make.leaf(two), make.leaf(one), make.ca(), one, two], [root], "example.com"),
    )
    many = [*dns(*(f"h{i}.example.org" for i in range(600))), *dns("example.com")]
    held = {"constraints": (constraints(dns(*(f"p{i}.example.org" for i in range(600)), "example.org", "example.com")), True)}
    yield "pathological::nc-dos", _one(make, root=held, names=x509.SubjectAlternativeName(many))
