"""How pymilvus and curl load their own certificate and key: each row was measured against a real Milvus 2.3.5 in tlsMode 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from certs_pki import NOW, Issued, client, ec_key, ed25519_key, key_pem, root, rsa_key, server, with_sha1

from gitops_tls.certs import own_pair
from gitops_tls.certs.clients import Files, explain_clients
from gitops_tls.certs.pem import encode

CA = root()
GOOD = client(CA)
BOM = b"\xef\xbb\xbf"


def _labelled(label: str) -> bytes:
    return GOOD.pem.replace(b" CERTIFICATE", f" {label} CERTIFICATE".encode())


def _usage(*usage: str) -> bytes:
    return client(CA, usage=usage).pem


# name: (client.pem, client.key, pymilvus, curl)
CASES: dict[str, tuple[bytes, bytes, str, str]] = {
    "as it should be": (GOOD.pem, GOOD.key, "ok", "ok"),
    "mark before the certificate": (BOM + GOOD.pem, GOOD.key, "fails", "ok"),
    "mark before the key": (GOOD.pem, BOM + GOOD.key, "fails", "ok"),
    "OpenSSL's own label": (_labelled("TRUSTED"), GOOD.key, "ok", "ok"),
    "the old label": (_labelled("X509"), GOOD.key, "ok", "ok"),
    "headers": (GOOD.pem.replace(b"CERTIFICATE-----\n", b"CERTIFICATE-----\nName: x\n\n", 1), GOOD.key, "fails", "fails"),
    "for key encipherment": (_usage("key_encipherment"), GOOD.key, "fails", "ok"),
    "for key agreement": (_usage("key_agreement"), GOOD.key, "fails", "ok"),
    "for commitment": (_usage("content_commitment"), GOOD.key, "fails", "ok"),
    "as a CA": (_usage("key_cert_sign", "crl_sign"), GOOD.key, "fails", "ok"),
    "for signatures": (_usage("digital_signature"), GOOD.key, "ok", "ok"),
    "DER": (GOOD.der, GOOD.key, "fails", "fails"),
    "key in DER": (GOOD.pem, key_pem(GOOD.private, encoding="DER"), "fails", "fails"),
    "encrypted": (GOOD.pem, key_pem(GOOD.private, "pkcs8", b"throw away"), "fails", "fails"),
    "another key": (GOOD.pem, key_pem(ec_key(77)), "fails", "fails"),
    "empty": (b"", GOOD.key, "fails", "fails"),
    "both in both": (GOOD.key + GOOD.pem, GOOD.pem + GOOD.key, "ok", "ok"),
    "small RSA": (*((one := client(CA, private=rsa_key(1024))).pem, one.key), "ok", "fails"),
}


@pytest.mark.parametrize("name", CASES)
def test_own_pair(name: str) -> None:
    certificate, key, pymilvus, curl = CASES[name]
    host = server(CA)
    outcomes = explain_clients("mutual", Files(host.pem, host.key, CA.pem, certificate, key), NOW)
    assert (outcomes["pymilvus"].result, outcomes["curl"].result) == (pymilvus, curl), outcomes
    assert all(outcome.reason for outcome in outcomes.values() if outcome.result == "fails")


BROKEN_KEY, BROKEN_CERTIFICATE = encode(b"\0\0\0", "PRIVATE KEY"), encode(b"\0\0\0")
SMALL = root("Small", private=rsa_key(1024))
WEAK = with_sha1(client(SMALL), SMALL)


def _with(private: Any, **options: Any) -> tuple[bytes, bytes]:
    made = client(CA, private=private, **options)
    return made.pem, made.key


# name: (client.pem, client.key, a mark each for grpcio 1.85.1 and curl 7.88.1: "+" loads the pair)
LOADED: dict[str, tuple[bytes, bytes, str]] = {
    "a damaged key first": (GOOD.pem, BROKEN_KEY + GOOD.key, "-+"),
    "an encrypted key first": (GOOD.pem, key_pem(GOOD.private, "pkcs8", b"throw away") + GOOD.key, "--"),
    "another key first": (GOOD.pem, key_pem(ec_key(77)) + GOOD.key, "--"),
    "another label of the key": (GOOD.pem, GOOD.key.replace(b"PRIVATE", b"EC PRIVATE"), "++"),
    "traditional": (GOOD.pem, key_pem(GOOD.private, "traditional"), "++"),
    "traditional under the general label": (GOOD.pem, key_pem(GOOD.private, "traditional").replace(b"EC ", b""), "--"),
    "a damaged certificate last": (GOOD.pem + BROKEN_CERTIFICATE, GOOD.key, "+-"),
    "a damaged certificate first": (BROKEN_CERTIFICATE + GOOD.pem, GOOD.key, "--"),
    "RSA for key encipherment": (*_with(rsa_key(2048), usage=("key_encipherment",)), "++"),
    "P-224": (*_with(ec_key(4, "P-224")), "-+"),
    "P-521": (*_with(ec_key(4, "P-521")), "++"),
    "Ed25519": (*_with(ed25519_key(4)), "++"),
    "with a small CA": (client(SMALL).pem + SMALL.pem, GOOD.key, "+-"),
    "signed with SHA-1": (WEAK.pem, WEAK.key, "+-"),
    "trust settings that are none": (encode(GOOD.der + b"x", "TRUSTED CERTIFICATE"), GOOD.key, "--"),
    "a byte behind": (encode(GOOD.der + b"\0"), GOOD.key, "--"),
    "NUL behind the certificate": (GOOD.pem + b"\0", GOOD.key, "++"),
}


@pytest.mark.parametrize("name", LOADED)
def test_loading(name: str) -> None:
    certificate, key, marks = LOADED[name]
    problems = [own_pair.problem(consumer, certificate, key) for consumer in ("grpc", "openssl")]
    assert "".join("-" if problem else "+" for problem in problems) == marks, problems


@pytest.mark.parametrize(
    ("make", "pymilvus", "curl"),
    [
        (lambda: server(CA, "127.0.0.1", dns=[]), "fails", "ok"),
        (lambda: server(CA, "x", dns=["127.0.0.1"]), "ok", "fails"),
        (lambda: server(CA, "x", dns=[], ips=["127.0.0.1"]), "ok", "ok"),
    ],
    ids=["common name", "DNS name", "address"],
)
def test_an_address_as_a_name(make: Callable[[], Issued], pymilvus: str, curl: str) -> None:
    host = make()
    outcomes = explain_clients("one-way", Files(host.pem, host.key, CA.pem), NOW)
    assert (outcomes["pymilvus"].result, outcomes["curl"].result) == (pymilvus, curl), outcomes
