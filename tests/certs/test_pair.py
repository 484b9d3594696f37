"""Loading a pair as Go does. The texts are those of a real Milvus 2.3.5 (facts: PEM file formats) and of Go 1.26."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from certs_pki import (
    NOW,
    client,
    csr_pem,
    ec_key,
    ed25519_key,
    intermediate,
    issue,
    key_pem,
    pkcs12,
    public_pem,
    root,
    rsa_key,
    server,
)
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs.pair import load_ca, load_pair

CA = root()
BETWEEN = intermediate(CA)
SERVER = server(CA)
PEM, KEY = SERVER.pem, SERVER.key
NO_CERT = "tls: failed to find any PEM data in certificate input"
NO_KEY = "tls: failed to find any PEM data in key input"
UNPARSED = "tls: failed to parse private key"
MISMATCH = "tls: private key does not match public key"
SKIPPED = "after skipping PEM blocks of the following types: "
NOT_A_CERT = 'tls: failed to find "CERTIFICATE" PEM block in certificate input ' + SKIPPED
NOT_A_KEY = 'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input ' + SKIPPED
PARAMETERS = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
K1 = ec.derive_private_key(99, ec.SECP256K1())

CASES: list[tuple[str, bytes, bytes, str, str]] = [
    ("good", PEM, KEY, "", "ok"),
    ("no newline at the end", PEM.rstrip(), KEY.rstrip(), "", "ok"),
    ("trailing blanks", PEM.replace(b"\n", b"  \n"), KEY, "", "ok"),
    ("EC parameters before the key", PEM, PARAMETERS + key_pem(SERVER.private, "traditional"), "", "ok"),
    ("certificate before the key", PEM, PEM + KEY, "", "ok"),
    ("expired", server(CA, not_after=NOW - timedelta(hours=1)).pem, KEY, "", "ok"),
    ("chain", server(BETWEEN).pem + BETWEEN.pem, KEY, "", "ok"),
    ("broken intermediate", PEM + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", KEY, "", "ok"),
    ("key folded", PEM, KEY.replace(b"\n", b" "), NO_KEY, "not-pem"),
    ("certificate folded", PEM.replace(b"\n", b" "), KEY, NO_CERT, "not-pem"),
    ("certificate indented", b"    " + PEM.replace(b"\n", b"\n    "), KEY, NO_CERT, "not-pem"),
    ("literal newlines", PEM.replace(b"\n", b"\\n"), KEY, NO_CERT, "not-pem"),
    ("encoded twice", base64.b64encode(PEM), KEY, NO_CERT, "not-pem"),
    ("DER", SERVER.der, KEY, NO_CERT, "not-pem"),
    ("PKCS#12", pkcs12(SERVER), KEY, NO_CERT, "not-pem"),
    ("public key for the key", PEM, public_pem(SERVER.private), NOT_A_KEY + "[PUBLIC KEY]", "no-key"),
    ("request for the key", PEM, csr_pem(SERVER.private), NOT_A_KEY + "[CERTIFICATE REQUEST]", "no-key"),
    ("request for the certificate", csr_pem(SERVER.private), KEY, NOT_A_CERT + "[CERTIFICATE REQUEST]", "no-certificate"),
    ("trusted certificate", PEM.replace(b"CERT", b"TRUSTED CERT"), KEY, NOT_A_CERT + "[TRUSTED CERTIFICATE]", "no-certificate"),
    ("two keys", KEY + KEY, KEY, NOT_A_CERT + "[PRIVATE KEY PRIVATE KEY]", "no-certificate"),
    ("certificate for the key", PEM, PEM, "tls: found a certificate rather than a key in the PEM for the private key", "swapped"),
    ("two certificates for the key", PEM, PEM + CA.pem, NOT_A_KEY + "[CERTIFICATE CERTIFICATE]", "no-key"),
    ("CA for the server", CA.pem, KEY, MISMATCH, "mismatch"),
    ("another key", PEM, key_pem(ec_key(50)), MISMATCH, "mismatch"),
    ("another curve", PEM, key_pem(ec_key(50, "P-384")), MISMATCH, "mismatch"),
    ("another kind", PEM, key_pem(ed25519_key(5)), "tls: private key type does not match public key type", "mismatch"),
    ("chain in the wrong order", BETWEEN.pem + server(BETWEEN).pem, KEY, MISMATCH, "chain-order"),
    ("encrypted PKCS#8", PEM, key_pem(SERVER.private, password=b"x"), UNPARSED, "encrypted"),
    ("encrypted SEC1", PEM, key_pem(SERVER.private, "traditional", b"x"), UNPARSED, "encrypted"),
    ("broken key", PEM, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", UNPARSED, "malformed"),
    ("curve of Bitcoin", PEM, key_pem(K1), UNPARSED, "malformed"),
    ("X25519", PEM, key_pem(x25519.X25519PrivateKey.from_private_bytes(b"1" * 32)), "tls: found unknown private key type in PKCS#8 wrapping", "malformed"),
    ("broken certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", KEY, "x509: malformed certificate", "malformed"),
]  # fmt: skip


@pytest.mark.parametrize(("cert", "key", "panic", "kind"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_pair(cert: bytes, key: bytes, panic: str, kind: str) -> None:
    result = load_pair(cert, key)
    assert (result.panic, result.kind, result.ok) == (panic, kind, not panic)
    assert bool(result.about) is not result.ok


@pytest.mark.parametrize("private", [rsa_key(), rsa_key(1024), ec_key(1), ec_key(1, "P-224"), ec_key(1, "P-521"), ed25519_key(1)])
@pytest.mark.parametrize("form", ["pkcs8", "traditional"])
def test_kinds_of_keys(private: Any, form: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = issue("x", private)
    result = load_pair(made.pem, key_pem(private, "pkcs8" if isinstance(private, Ed25519PrivateKey) else form))
    assert result.ok
    assert result.leaf is not None


def test_what_was_found_instead() -> None:
    result = load_pair(base64.b64encode(PEM), KEY)
    assert (result.about, result.found) == ("certificate", "base64 of a PEM file (encoded twice)")


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (CA.pem, 1),
        (CA.pem + BETWEEN.pem, 2),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + CA.pem, 1),
        (KEY + CA.pem, 1),
        (client(CA).pem, 1),
        (KEY, 0),
        (b"", 0),
        (CA.der, 0),
        (b"\xef\xbb\xbf" + CA.pem, 0),
        (CA.pem.replace(b"-----\nMI", b"-----\nX: y\n\nMI"), 0),
        (CA.pem.replace(b"CERT", b"X509 CERT"), 0),
    ],
)
def test_ca(data: bytes, count: int) -> None:
    result = load_ca(data)
    assert len(result.certificates) == count
    assert result.ok is bool(count)
    assert result.panic == ("" if count else "fail to append ca to cert")


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2000), st.booleans())
def test_damaged_files(noise: bytes, at: int, in_key: bool) -> None:
    """Whatever is wrong with a file, there is an answer, and no part of the key is in it."""
    damaged = (KEY if in_key else PEM)[:at] + noise + (KEY if in_key else PEM)[at:]
    result = load_pair(PEM if in_key else damaged, damaged if in_key else KEY)
    assert result.ok is (result.panic == "")
    body = KEY.split(b"\n")[1].decode()
    assert body not in result.panic + result.found
