"""Facts of certificates and keys, names, published pairs, and what may not be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest
from certs_pki import NOW, client, ec_key, ed25519_key, issue, key_pem, pkcs12, root, rsa_key, server
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs import names
from gitops_tls.certs.clients import asked_name, client_outcomes
from gitops_tls.certs.facts import Certificate
from gitops_tls.certs.public import PUBLIC_FINGERPRINTS, is_public, public_name
from gitops_tls.certs.read import certificates, private_keys, read

CA = root()


def one(data: bytes) -> Certificate:
    (found,) = certificates(data)
    return found


def test_facts() -> None:
    host = server(CA, dns=["localhost", "*.milvus.svc"], ips=["127.0.0.1", "::1"])
    found = one(b"text\n" + host.pem)
    assert found.subject == "CN=localhost,O=zilliz"
    assert found.issuer == "CN=Milvus Test CA,O=zilliz"
    assert (found.common_name, found.dns_names) == ("localhost", ("localhost", "*.milvus.svc"))
    assert found.ip_addresses == ("127.0.0.1", "::1")
    assert (found.is_ca, found.basic_constraints, found.key) == (False, (False, None), "EC P-256")
    assert found.key_usage == ("digitalSignature", "contentCommitment", "keyEncipherment")
    assert (found.extended_key_usage, found.signature_algorithm) == (("serverAuth",), "SHA256-ECDSA")
    assert (found.line, found.serial, found.version) == (2, "1267", 3)
    assert found.authority_key_id == one(CA.pem).subject_key_id
    assert found.der == host.der
    assert found.not_before.tzinfo is not None
    assert one(CA.pem).is_ca


@pytest.mark.parametrize(
    ("private", "words"),
    [(rsa_key(), "RSA 2048"), (ec_key(1, "P-384"), "EC P-384"), (ed25519_key(1), "Ed25519")],
)
def test_keys_are_named(private: object, words: str) -> None:
    assert one(issue("x", private).pem).key == words


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (key_pem(ec_key(1)), ("EC", 256, False)),
        (key_pem(ec_key(1), "traditional"), ("EC", 256, False)),
        (key_pem(rsa_key(), "traditional"), ("RSA", 2048, False)),
        (key_pem(ed25519_key(1)), ("Ed25519", 256, False)),
        (key_pem(ec_key(1), encoding="DER"), ("EC", 256, False)),
        (key_pem(rsa_key(), "traditional", b"x"), ("RSA", 0, True)),
        (key_pem(ec_key(1), "pkcs8", b"x"), ("unknown", 0, True)),
        (key_pem(ec_key(1), "pkcs8", b"x", "DER"), ("unknown", 0, True)),
        (b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", ("EC", 0, False)),
    ],
)
def test_private_keys(data: bytes, fact: tuple[str, int, bool]) -> None:
    (found,) = private_keys(data)
    assert (found.kind, found.bits, found.encrypted) == fact
    assert (found.spki_sha256 is None) is (fact[1] == 0)


def test_key_belongs_to_certificate() -> None:
    host = server(CA)
    assert private_keys(host.key)[0].spki_sha256 == one(host.pem).spki_sha256


def test_forms() -> None:
    host = server(CA)
    for data in (host.pem, host.der, pkcs12(host), b"\xef\xbb\xbf" + host.pem, host.pem.replace(b"CERT", b"X509 CERT")):
        assert one(data).sha256 == one(host.pem).sha256
    assert certificates(pkcs12(host, b"secret")) == []
    assert certificates(host.key) == []


def test_problems_have_lines() -> None:
    reading = read(CA.pem + b"-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n" + CA.pem)
    assert len(reading.certificates) == 2
    assert [problem.line for problem in reading.problems] == [CA.pem.count(b"\n") + 1]


def test_control_characters_are_spelt_out() -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a\x1b[2Jb\n")])
    assert one(issue(None, ec_key(1), subject=subject).pem).subject == "CN=a\\1B[2Jb\\0A"


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 600))
def test_damaged_certificates(noise: bytes, at: int) -> None:
    der = CA.der[:at] + noise + CA.der[at + len(noise) :]
    for data in (der, noise):
        reading = read(data)
        assert all(each.sha256 for each in reading.certificates)
        private_keys(data)


def test_many_certificates_in_one_file() -> None:
    made = [server(None, f"h{i}", dns=[f"h{i}.example"], serial=i + 1).pem for i in range(200)]
    assert len(certificates(b"".join(made))) == 200


NAMES = [
    # certificate's DNS names, IP addresses, asked; Go
    (["localhost"], [], "LOCALHOST", True),
    (["localhost"], [], "localhost ", False),
    (["localhost"], [], "127.0.0.1", False),
    (["localhost"], ["127.0.0.1"], "127.0.0.1", True),
    ([], ["::1"], "[::1]", True),
    ([], ["::1"], "0:0:0:0:0:0:0:1", True),
    ([], ["127.0.0.1"], "localhost", False),
    (["127.0.0.1"], [], "127.0.0.1", False),
    (["*.milvus.svc"], [], "a.milvus.svc", True),
    (["*.milvus.svc"], [], "a.b.milvus.svc", False),
    (["*.milvus.svc"], [], "milvus.svc", False),
    (["*.milvus.svc"], [], "*.milvus.svc", True),
    (["a.example"], [], "a.example.", True),
    (["x*.a.example"], [], "xy.a.example", False),
    (["*"], [], "localhost", False),
    (["my_svc.example"], [], "my_svc.example", True),
    ([], [], "localhost", False),
]


@pytest.mark.parametrize(("dns", "ips", "asked", "covered"), NAMES)
def test_names_as_go_checks_them(dns: list[str], ips: list[str], asked: str, covered: bool) -> None:
    found = one(server(CA, dns=dns, ips=ips).pem)
    assert names.covers(found, asked) is covered
    assert (names.go_name_error(found, asked) == "") is covered


def test_common_name() -> None:
    bare, both = one(server(CA, dns=[]).pem), one(server(CA).pem)
    assert names.covers_by_common_name(bare, "localhost")
    assert not names.covers_by_common_name(both, "localhost")
    assert not names.covers_by_common_name(one(server(CA, "other").pem), "other")


@pytest.mark.parametrize(
    ("dns", "ips", "asked"),
    [
        (["milvus.example", "localhost"], [], "localhost"),
        (["milvus.example"], ["127.0.0.1"], "milvus.example"),
        (["*.example.com"], [], "milvus.example.com"),
        ([], ["10.0.0.1"], "10.0.0.1"),
        ([], [], "localhost"),
    ],
)
def test_asked_name(dns: list[str], ips: list[str], asked: str) -> None:
    assert asked_name(one(server(CA, dns=dns, ips=ips).pem)) == asked


def test_clients_without_a_file() -> None:
    host, user = server(CA), client(CA)
    everything = {"pymilvus": "unknown", "curl": "unknown", "go": "unknown"}
    full = (host.pem, host.key, CA.pem, user.pem, user.key)
    assert set(client_outcomes("mutual", *full, NOW).values()) == {"ok"}
    for missing in range(5):
        files = [None if i == missing else each for i, each in enumerate(full)]
        assert client_outcomes("mutual", *files, NOW) == everything
        expected = {"ok"} if missing > 2 else {"unknown"}
        assert set(client_outcomes("one-way", *files, NOW).values()) == expected


def test_a_sure_failure_wins_over_a_missing_file() -> None:
    host = server(CA, eku=["client"])
    assert set(client_outcomes("one-way", host.pem, None, CA.pem, None, None, NOW).values()) == {"fails"}
    assert set(client_outcomes("mutual", b"", None, CA.pem, None, None, NOW).values()) == {"fails"}


def test_a_client_with_a_weak_or_wrong_key() -> None:
    host, user = server(CA), client(CA, private=rsa_key(1024))
    files = (host.pem, host.key, CA.pem, user.pem)
    assert client_outcomes("mutual", *files, user.key, NOW) == {"pymilvus": "ok", "curl": "fails", "go": "ok"}
    assert set(client_outcomes("mutual", *files, key_pem(ec_key(9)), NOW).values()) == {"fails"}


def test_published_pairs() -> None:
    assert len(PUBLIC_FINGERPRINTS) == 6
    some = one(CA.pem)._replace(spki_sha256="94226eaf3a8acb733dafa214dc91fbee87b787a94c9ba147c6b2f314f59cc9d7")
    assert public_name(some) == "server.key of the Milvus image"
    assert not is_public(one(CA.pem))
    assert not is_public(None)
    assert is_public("51:B9:8B" + "478612F0C186CCA37A3C1A5BC744843E4F6C41A1DBEA262980A00063E7")


def test_nothing_heavy_is_imported_early() -> None:
    code = (
        "import sys, gitops_tls.certs.clients, gitops_tls.certs.public, gitops_tls.certs.keys;"
        "print([m for m in ('cryptography', 'hashlib', 'ipaddress', 'inspect', 'pathlib') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
