"""Finding certificates in any bytes: every form that they have in repositories, and bytes made up to hurt."""

from __future__ import annotations

import base64

import pytest
from certs_pki import pkcs12, root, server
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.certs.content import describe
from gitops_tls.certs.pkcs7 import certificates as pkcs7_certificates
from gitops_tls.certs.search import Hit, in_base64, in_file, in_text, looks_encoded, may_hold, text_of

CA = root()
LEAF = server(CA)
PEM = LEAF.pem
BODY = b"".join(PEM.splitlines()[1:-1])
INDENTED = b"\n".join(b"    " + line for line in PEM.splitlines())

FORMS = {
    "pem": (PEM, [1]),
    "chain": (PEM + CA.pem, [1, 1 + PEM.count(b"\n")]),
    "text around": (b"Bag Attributes\n    friendlyName: x\n" + PEM + b"\nsubject=x\n" + CA.pem + b"end", [3, 5 + PEM.count(b"\n")]),
    "crlf": (b"# x\r\n" + PEM.replace(b"\n", b"\r\n"), [2]),
    "cr": (b"# x\r" + PEM.replace(b"\n", b"\r"), [2]),
    "bom": (b"\xef\xbb\xbf" + PEM, [1]),
    "utf-16": (("x\n" + PEM.decode()).encode("utf-16"), [2]),
    "indented": (b"ca:\n" + INDENTED, [2]),
    "no newline at the end": (PEM.rstrip(), [1]),
    "one line": (b"-----BEGIN CERTIFICATE----- " + BODY + b" -----END CERTIFICATE-----", [1]),
    "literal \\n": (PEM.replace(b"\n", b"\\n"), [1]),
    "json": (b'{\n"a": "' + PEM.replace(b"\n", b"\\n") + b'"}', [2]),
    "headers": (PEM.replace(b"CERTIFICATE-----\n", b"CERTIFICATE-----\nComment: x\n\n", 1), [1]),
    "x509": (PEM.replace(b"CERTIFICATE", b"X509 CERTIFICATE"), [1]),
    "key between": (PEM + LEAF.key + CA.pem, [1, 1 + PEM.count(b"\n") + LEAF.key.count(b"\n")]),
    "base64 in text": (b"x: 1\nca=" + base64.b64encode(PEM + CA.pem) + b"\n", [2, 2]),
    "base64 whole": (base64.encodebytes(PEM), [1]),
    "base64 twice": (base64.b64encode(base64.b64encode(PEM)), [1]),
    "base64 of der": (base64.b64encode(LEAF.der), [1]),
    "der": (LEAF.der, [1]),
    "der chain": (LEAF.der + CA.der, [1, 1]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found(form):
    data, lines = FORMS[form]
    hits = in_file(data)
    assert [hit.line for hit in hits] == lines
    assert [hit.der for hit in hits] == ([LEAF.der, CA.der] if len(lines) == 2 else [LEAF.der])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (PEM[:120], "it is cut off: there is no END line"),
        (PEM[:120] + CA.pem, "it is cut off: there is no END line"),
        (PEM.replace(b"M", b"!", 1), "its base64 is broken"),
        (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "there is nothing between BEGIN and END"),
        (b"-----BEGIN CERTIFICATE-----\nabc\n-----END TRUSTED CERTIFICATE-----\n", "it is cut off: there is no END line"),
    ],
)
def test_what_is_broken_says_how(data, problem):
    hits = in_text(data)
    assert hits[0] == Hit(None, 1, problem)
    assert [hit.der for hit in hits[1:]] == ([CA.der] if b"END" in data[200:] and len(hits) > 1 else [])


@pytest.mark.parametrize(
    "data", [b"", b"x", LEAF.key, b"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n"]
)
def test_nothing_to_find(data):
    assert in_file(data) == []


def test_a_container_is_handed_on():
    data = pkcs12(LEAF)
    assert in_file(data) == [Hit(data, 1, container=True)]
    assert in_base64(base64.b64encode(data)) == [Hit(data, 1, container=True)]


def test_values_that_are_worth_decoding():
    assert looks_encoded(base64.b64encode(PEM).decode())
    assert looks_encoded(base64.b64encode(base64.b64encode(PEM)).decode())
    assert looks_encoded(base64.b64encode(LEAF.der).decode())
    assert looks_encoded(base64.b64encode(pkcs12(LEAF)).decode())
    assert not looks_encoded("MIDDLE")
    assert not looks_encoded("a" * 100)


def test_a_bundle_of_pkcs7_is_opened():
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    bundle, text = (
        pkcs7.serialize_certificates([LEAF.certificate, CA.certificate], encoding) for encoding in (Encoding.DER, Encoding.PEM)
    )
    assert set(pkcs7_certificates(bundle)) == {LEAF.der, CA.der}
    # the same in BER, with open ends: SEQUENCE, the type, [0], the content
    head = bundle.index(bytes.fromhex("06092a864886f70d010702"))
    content = bundle[bundle.index(b"\x30", head + 11) :]
    ber = b"\x30\x80" + bundle[head : head + 11] + b"\xa0\x80" + content + bytes(4)
    assert set(pkcs7_certificates(ber)) == {LEAF.der, CA.der}
    for data in (
        bundle,
        ber,
        text,
        text.replace(b"\n", b"\r\n"),
        b"subject=CN\n" + text,
        text.replace(b"PKCS7", b"CMS"),
        text.replace(b"PKCS7", b"PKCS #7 SIGNED DATA"),
        text.replace(b"PKCS7", b"CERTIFICATE"),
        base64.b64encode(bundle),
        base64.b64encode(text),
        base64.b64encode(base64.b64encode(text)),
    ):
        assert {hit.der for hit in in_file(data)} == {LEAF.der, CA.der}
    assert [(hit.der in (LEAF.der, CA.der), hit.line) for hit in in_text(b"x\n" + text + LEAF.pem)] == [
        (True, 2),
        (True, 2),
        (True, 2 + text.count(b"\n")),
    ]
    assert may_hold(text)
    assert looks_encoded(base64.b64encode(bundle).decode())
    assert in_text(text[:200]) == [Hit(None, 1, "it is cut off: there is no END line")]
    assert in_text(b"-----BEGIN PKCS7-----\nMAMCAQE=\n-----END PKCS7-----\n") == []
    assert describe(bundle) == "a DER PKCS#7 container (binary, not PEM)"
    assert describe(text) == describe(text.replace(b"PKCS7", b"PKCS #7 SIGNED DATA")) == "a PKCS#7 container"
    assert pkcs7_certificates(LEAF.der) == ()
    assert pkcs7_certificates(b"") == ()
    assert pkcs7_certificates(pkcs7.serialize_certificates([LEAF.certificate], Encoding.DER)[:-30]) == ()


@given(st.binary(max_size=300))
def test_any_bytes_do_no_harm(data):
    in_file(data)
    in_text(text_of(b"-----BEGIN CERTIFICATE-----" + data + b"-----END CERTIFICATE-----"))
    in_base64(data)


@given(
    st.lists(
        st.sampled_from([PEM, CA.pem, LEAF.key, b"text\n", b"\n", b"-----BEGIN X-----\n", b"-----END CERTIFICATE-----\n"]),
        max_size=8,
    )
)
def test_whole_blocks_are_found_whatever_stands_between(parts):
    data = b"".join(parts)
    expected = [LEAF.der if part == PEM else CA.der for part in parts if part in (PEM, CA.pem)]
    assert [hit.der for hit in in_text(data) if hit.der] == expected


@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN CERTIFICATE-----" * 100_000,
        b"-----BEGIN CERTIFICATE-----\n" * 100_000,
        b"-----BEGIN CERTIFICATE-----\n" + b"A" * 3_000_000,
        b"-----END CERTIFICATE-----\n" * 100_000,
        b"LS0tLS1CRUdJTi" * 200_000,
        b"LS0tLS1CRUdJTi\n" * 200_000,
        b"\x30\x82\xff\xff" * 500_000,
        b"MIIB" * 500_000,
    ],
)
def test_large_hostile_input_takes_linear_time(data):
    in_file(data)
