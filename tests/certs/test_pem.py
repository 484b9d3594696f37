"""PEM as Go sees it, and the words for what is no PEM."""

from __future__ import annotations

import base64

import pytest
from certs_pki import csr_pem, ec_key, key_pem, pkcs12, public_pem, root, server
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs.content import double_encoded
from gitops_tls.certs.pem import blocks, decode_base64, describe
from gitops_tls.certs.ssl_pem import boringssl_blocks, openssl_blocks

CA = root()
PEM = CA.pem
KEY = CA.key


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (PEM, 1),
        (PEM + PEM, 2),
        (PEM.rstrip(), 1),
        (PEM.replace(b"\n", b"\r\n"), 1),
        (PEM.replace(b"\n", b"  \t\n"), 1),
        (PEM.replace(b"\n", b"\n\n"), 1),
        (b"Certificate:\n  Data: x\n" + PEM + b"the end\n", 1),
        (PEM[:200] + b"\n" + PEM, 1),
        (b"\xef\xbb\xbf" + PEM, 0),
        (b"\xef\xbb\xbf" + PEM + KEY, 1),
        (b"    " + PEM.replace(b"\n", b"\n    "), 0),
        (PEM.replace(b"\n", b" "), 0),
        (PEM.replace(b"\n", b"\\n"), 0),
        (PEM[:300], 0),
        (base64.b64encode(PEM), 0),
        (CA.der, 0),
        (b"", 0),
        (PEM.replace(b"END CERTIFICATE", b"END CERTIFICATES"), 0),
        (PEM.replace(b"-----\n", b"-----x\n", 1), 0),
        (PEM.rstrip() + b"x\n" + KEY, 1),
        (b"-----BEGIN A-----\n-----END A-----\n", 1),
        (b"-----BEGIN A-----\nQUJ\n-----END A-----\n", 0),
        (b"-----BEGIN A-----\nQU=JD\n-----END A-----\n", 0),
    ],
)
def test_go_finds(data: bytes, found: int) -> None:
    assert len(blocks(data)) == found


def test_block_positions() -> None:
    text = b"one\n" + PEM + b"\nthree\n" + KEY
    first, second = blocks(text)
    assert (first.type, first.line, first.der) == ("CERTIFICATE", 2, CA.der)
    assert text[first.start : first.end] == PEM
    assert second.line == text[: second.start].count(b"\n") + 1
    assert text[second.start : second.end] == KEY


def test_headers() -> None:
    (block,) = blocks(
        b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nQUJD\n-----END RSA PRIVATE KEY-----\n"
    )
    assert block.encrypted
    assert block.headers == (("Proc-Type", "4,ENCRYPTED"), ("DEK-Info", "AES"))
    assert block.der == b"ABC"


P12 = pkcs12(server(CA))
DESCRIBED = [
    (b"", "an empty file"),
    (b" \n", "a file of blanks only"),
    (PEM, "a certificate"),
    (KEY, "a private key"),
    (CA.der, "a DER certificate (binary, not PEM)"),
    (P12, "a PKCS#12 container (binary, not PEM)"),
    (key_pem(CA.private, encoding="DER"), "a DER private key (binary, not PEM)"),
    (key_pem(CA.private, "traditional", encoding="DER"), "a DER private key (binary, not PEM)"),
    (key_pem(CA.private, password=b"x", encoding="DER"), "an encrypted DER private key (binary, not PEM)"),
    (key_pem(CA.private, password=b"x"), "an encrypted private key"),
    (csr_pem(CA.private), "a certificate signing request"),
    (public_pem(CA.private), "a public key"),
    (base64.b64encode(PEM), "base64 of a PEM file (encoded twice)"),
    (base64.encodebytes(PEM), "base64 of a PEM file (encoded twice)"),
    (base64.b64encode(CA.der), "base64 of a DER certificate without the BEGIN and END lines"),
    (PEM.replace(b"\n", b" "), "a certificate folded to one line"),
    (PEM.replace(b"\n", b"\\n"), "a certificate with literal `\\n` instead of line breaks"),
    (b"  " + PEM.replace(b"\n", b"\n  "), "a certificate with indented lines"),
    (b"\xef\xbb\xbf" + PEM, "a certificate after a byte order mark"),
    (PEM[:300], "a certificate, truncated (no END line)"),
    (PEM.replace(b"MII", b"M*I"), "a certificate with broken base64"),
    (b"hello world\n", "text without a PEM block"),
    (b"\x00\x01\x02\xff", "binary data"),
    (PEM.decode().encode("utf-16"), "UTF-16 text"),
]


@pytest.mark.parametrize(("data", "words"), DESCRIBED, ids=[words for _, words in DESCRIBED])
def test_describe(data: bytes, words: str) -> None:
    assert describe(data) == words


def test_double_encoded() -> None:
    assert double_encoded(base64.encodebytes(PEM)) == PEM
    assert double_encoded(PEM) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["CERTIFICATE", "PRIVATE KEY", "X"]), st.binary(max_size=200)), max_size=5), st.data())
def test_round_trip(items: list[tuple[str, bytes]], data: st.DataObject) -> None:
    newline = data.draw(st.sampled_from(["\n", "\r\n", " \n"]))
    parts: list[str] = []
    for label, content in items:
        parts.append(data.draw(st.sampled_from(["", "some text\n", "a: b\n", "\n"])))
        body = base64.encodebytes(content).decode().replace("\n", newline)
        parts.append(f"-----BEGIN {label}-----{newline}{body}-----END {label}-----{newline}")
    found = blocks("".join(parts).encode())
    assert [(block.type, block.der) for block in found] == items


@settings(deadline=None)
@given(
    st.binary(max_size=400)
    | st.lists(st.sampled_from([b"-----BEGIN A-----", b"-----END A-----", b"\n", b"A: b", b"QUJD", b"="])).map(b"".join)
)
def test_any_bytes(data: bytes) -> None:
    for block in blocks(data):
        assert data[block.start :].startswith(b"-----BEGIN ")
        assert block.line == data[: block.start].count(b"\n") + 1
    list(openssl_blocks(data))
    list(boringssl_blocks(data))
    assert describe(data)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_base64_is_strict(data: bytes) -> None:
    assert decode_base64(base64.b64encode(data)) == data
    assert decode_base64(base64.b64encode(data) + b"!") is None


@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN A-----\n" * 60_000,
        b"-----BEGIN A-----\n" * 60_000 + b"-----END A-----\n",
        b"-----BEGIN A-----\n" + b"a: b\n" * 200_000,
        (b"-----BEGIN A-----\n" + b"a: b\n" * 3) * 30_000 + b"-----END A-----\n",
        b"-----BEGIN A-----\nAAAA\n-----END B-----\n" * 20_000,
        b"-----BEGIN A-----" * 60_000,
        b"-----BEGIN A\n" * 60_000,
        b"\r" * 1_000_000,
        b"A" * 1_000_000,
    ],
    ids=range(9),
)
def test_time_is_linear(data: bytes) -> None:
    blocks(data)
    list(openssl_blocks(data))
    list(openssl_blocks(data, onward=True))
    list(boringssl_blocks(data))
    describe(data)


def test_no_secret_in_words() -> None:
    secret = base64.b64encode(b"a very secret thing, really")
    for data in (secret, b"-----BEGIN X-----" + secret, secret + b"\0"):
        assert secret.decode() not in describe(data)
    assert ec_key(1)
