"""Reading extensions and names as Go does: whatever the bytes are, there is an answer."""

from __future__ import annotations

import pytest
from certs_limbo_bent import alternative_names, name_constraints, tlv
from certs_limbo_cases import Make
from certs_pki import root, server
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs import der, go_constraints, go_extensions, name_strings
from gitops_tls.certs.go_constraints import DNS, IP, MAIL, URI
from gitops_tls.certs.go_der import Cursor, Refused, dotted
from gitops_tls.certs.go_extensions import Extensions
from gitops_tls.certs.go_names import domain_valid, mailbox, uri_authority, uri_host
from gitops_tls.certs.pair import go_certificate, go_refuses

CA = root()
LEAF = server(CA)


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(content: bytes) -> None:
    assert isinstance(go_extensions.read(content), (Extensions, str))
    changed = name_strings.readable(content)
    assert changed is None or der.element(changed) is not None
    assert go_refuses(content)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(LEAF.der) - 1), st.integers(0, 255))
def test_what_go_refuses_is_no_certificate_to_it(at: int, byte: int) -> None:
    bent = bytearray(LEAF.der)
    bent[at] = byte
    assert bool(go_refuses(bytes(bent))) == (go_certificate(bytes(bent)) is None)


@given(st.integers(0, 255).filter(lambda tag: tag & 0x1F != 0x1F), st.binary(max_size=70000))
@settings(max_examples=40)
def test_an_element_is_read_as_it_was_written(tag: int, content: bytes) -> None:
    written = der.tlv(tag, content)
    found = der.element(written)
    assert found == der.Element(tag, len(written) - len(content), len(written))
    assert Cursor(written, "").any() == (tag, content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x04",
        b"\x04\x01",
        b"\x04\x81\x01\x00",
        b"\x04\x82\x00\x80" + bytes(128),
        b"\x1f\x01\x00",
        b"\x04\x80",
        b"\x04\x85" + bytes(5),
    ],
    ids=["empty", "a tag", "too short", "long form", "leading zero", "a high tag", "indefinite", "too long"],
)
def test_lengths_have_one_form(content: bytes) -> None:
    with pytest.raises(Refused, match="odd"):
        Cursor(content, "odd").any()


@pytest.mark.parametrize(("content", "number"), [(b"\x00", 0), (b"\x7f", 127), (b"\x00\x80", 128), (b"\xff", -1)])
def test_integers(content: bytes, number: int) -> None:
    assert Cursor(tlv(2, content), "").integer() == number


@pytest.mark.parametrize("content", [b"", b"\x00\x7f", b"\xff\x80", bytes([1]) * 9])
def test_integers_that_are_none(content: bytes) -> None:
    with pytest.raises(Refused):
        Cursor(tlv(2, content), "odd").integer()


@pytest.mark.parametrize(
    ("content", "text"), [("551d11", "2.5.29.17"), ("2b06010505070301", "1.3.6.1.5.5.7.3.1"), ("8837", "2.999")]
)
def test_object_identifiers(content: str, text: str) -> None:
    assert dotted(Cursor(tlv(6, bytes.fromhex(content)), "").oid()) == text


@pytest.mark.parametrize(
    ("name", "as_name", "as_constraint"),
    [
        ("", True, True),
        ("example.com", True, True),
        ("*.example.com", True, True),
        (".example.com", False, True),
        ("example.com.", False, False),
        ("a..b", False, False),
        ("a b", False, False),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}.com", False, False),
    ],
)
def test_domains(name: str, as_name: bool, as_constraint: bool) -> None:
    assert (domain_valid(name), domain_valid(name, constraint=True)) == (as_name, as_constraint)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("me@example.com", ("me", "example.com")),
        ('"a\\"b"@x', ('a"b', "x")),
        ("a\\ b@x", ("a b", "x")),
        ("a@b@c", ("a", "b@c")),
        ("me@", ("me", "")),
        ("me", None),
        ("@x", None),
        (".a@x", None),
        ("a.@x", None),
        ("a..b@x", None),
        ("a b@x", None),
        ('"a@x', None),
        ("a@x.", None),
    ],
)
def test_mail_addresses(address: str, parts: tuple[str, str] | None) -> None:
    assert mailbox(address) == parts


@pytest.mark.parametrize(
    ("uri", "authority", "host"),
    [
        ("spiffe://cluster.local/ns/a", "cluster.local", "cluster.local"),
        ("https://u:p@example.com:443/x?y#z", "example.com:443", "example.com"),
        ("https://10.0.0.1/", "10.0.0.1", None),
        ("https://[::1]:80/", "[::1]:80", None),
        ("urn:a:b", "", None),
        ("/x", "", None),
        ("", "", None),
        ("*", "", None),
        ("//example.com", "example.com", "example.com"),
        ("///x", "", None),
        ("a:b:c", "", None),
        ("1a:b", None, None),
        ("://x", None, None),
        ("http://a b/", None, None),
        ("http://a:x/", None, None),
        ("http://a/%zz", None, None),
        ("http://a/#%zz", None, None),
        ("http://%41/", None, None),
        ("http://[1.2.3.4]/", None, None),
        ("http://[::1/", None, None),
        ("http://a\x01/", None, None),
        ("http://u s@a/", None, None),
    ],
)
def test_uris(uri: str, authority: str | None, host: str | None) -> None:
    assert (uri_authority(uri), uri_host(uri)) == (authority, host)


def test_comparisons_are_limited() -> None:
    limits = go_constraints.parse(name_constraints([(2, b"x.org")] * 600).value)
    names = tuple((DNS, b"x.org") for _ in range(500))
    assert go_constraints.violation(limits, names[:400]) == ""
    assert go_constraints.violation(limits, names) == "x509: unknown error"


def test_names_of_every_kind_are_kept_in_order() -> None:
    kinds = ((2, b"a"), (7, bytes(4)), (1, b"a@b"), (6, b"urn:x"), (8, b"\x2a\x03"), (2, b"b"))
    made = Make()
    leaf = made.leaf(made.ca(), names=alternative_names(*kinds))
    found = go_extensions.read(leaf.der)
    assert isinstance(found, Extensions)
    assert [kind for kind, _ in found.names] == [DNS, IP, MAIL, URI, DNS]
    assert found.usages == ("serverAuth",)
    assert found.key_usage == 1
