"""Certificates whose extensions cannot be read are listed all the same, with the same facts as others."""

from __future__ import annotations

import pytest
from certs_pki import ec_key, intermediate, root, server
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.certs.lenient import lenient
from gitops_tls.certs.read import parse

CA = root()
SAME = (
    "subject", "issuer", "common_name", "dns_names", "ip_addresses", "is_ca", "key", "serial", "sha256", "spki_sha256", "not_before",
    "not_after", "signature_algorithm", "der", "has_names", "version",
)  # fmt: skip


@pytest.mark.parametrize(
    "issued",
    [
        CA,
        intermediate(CA),
        server(CA),
        server(CA, dns=["a.example.com", "*.b.example.com"], ips=["10.0.0.1", "::1"]),
        server(CA, None),
    ],
)
def test_it_says_what_the_strict_reader_says(issued):
    strict, other = parse(issued.der, 7), lenient(issued.der, 7)
    assert other is not None
    assert {field: getattr(other, field) for field in SAME} == {field: getattr(strict, field) for field in SAME}
    assert other.line == 7


def test_encipher_only_as_sealed_secrets_writes_it():
    leaf = server(CA, usage=("key_agreement", "encipher_only", "digital_signature"), seed=9)
    # key usage: digitalSignature, keyAgreement, encipherOnly -> encipherOnly alone
    assert leaf.der.count(b"\x03\x02\x00\x89") == 1
    broken = leaf.der.replace(b"\x03\x02\x00\x89", b"\x03\x02\x00\x01")
    assert not hasattr(parse(broken), "subject")
    read = lenient(broken)
    assert read is not None
    assert (read.subject, read.dns_names, read.not_after) == (
        "CN=localhost,O=zilliz",
        ("localhost",),
        leaf.certificate.not_valid_after_utc,
    )


def test_a_name_with_an_empty_part():
    der = server(CA, "x", dns=["a.example.com"]).der
    part = bytes.fromhex("310a 3008 0603550403 0c0178")  # CN=x
    assert der.count(part) == 1
    broken = der.replace(part, bytes.fromhex("3100 3108 3006 06022a03 0c00"))  # nothing, and 1.2.3 with an empty value
    assert len(broken) == len(der)
    read = lenient(broken)
    assert read is not None
    assert (read.dns_names, read.subject) == (("a.example.com",), "")


@given(st.integers(0, len(CA.der) - 1), st.binary(min_size=1, max_size=4))
def test_any_change_does_no_harm(at, noise):
    lenient(CA.der[:at] + noise + CA.der[at + len(noise) :])
    lenient(noise)


def test_what_is_no_certificate():
    assert lenient(b"") is None
    assert lenient(CA.key) is None
    assert lenient(ec_key(1).private_numbers().private_value.to_bytes(32, "big")) is None
