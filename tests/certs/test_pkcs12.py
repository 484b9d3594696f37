"""PKCS#12 containers: opened with and without a password, refused in bounded time where they ask for too much."""

from __future__ import annotations

import pytest
from certs_pki import pkcs12, root, server
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.hazmat.primitives.serialization import pkcs12 as container
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.certs.pkcs12 import COSTLY, ENCRYPTED, MALFORMED, Opened, _iterations, opened

CA = root()
LEAF = server(CA)
PLAIN = pkcs12(LEAF)
SECRET = b"correct horse"
LOCKED = pkcs12(LEAF, SECRET)


def encrypted(rounds: int) -> bytes:
    protection = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(rounds)
        .key_cert_algorithm(container.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(SECRET)
    )
    return container.serialize_key_and_certificates(b"x", LEAF.private, LEAF.certificate, [CA.certificate], protection)


def test_without_a_password():
    assert opened(PLAIN) == Opened((LEAF.der,))


def test_with_a_password():
    assert opened(LOCKED) == Opened((), ENCRYPTED)
    assert opened(LOCKED, [b"wrong"]) == Opened((), ENCRYPTED)
    assert opened(LOCKED, [b"wrong", SECRET]) == Opened((LEAF.der,))


def test_its_own_certificate_comes_first():
    assert opened(encrypted(1000), [SECRET]).certificates == (LEAF.der, CA.der)


def test_the_rounds_are_counted():
    # certificates, key, and the MAC
    assert _iterations(encrypted(1000)) == 2 * 1000 + _iterations(encrypted(1)) - 2
    assert _iterations(PLAIN) is not None


def test_too_many_rounds_are_refused_at_once():
    few = encrypted(77_777)
    for huge in (2**31 - 1, 2**30):
        hostile = few.replace((77_777).to_bytes(3, "big"), b"\x7f\xff\xff") if huge > 2**30 else few
        result = opened(hostile, [b"x"])
        assert result.problem == (COSTLY if hostile != few else ENCRYPTED)


@pytest.mark.parametrize(
    "data", [b"", b"\x30", PLAIN[:-1], PLAIN[:50], b"\x30\x80" * 1000, b"\x24\x80" * 5000, b"\x30\x82" * 5000]
)
def test_what_is_no_container(data):
    assert opened(data).certificates == ()
    assert opened(data).problem in (MALFORMED, ENCRYPTED)


@given(st.binary(max_size=60), st.integers(0, len(PLAIN) - 1))
def test_any_change_does_no_harm(noise, at):
    assert opened(noise).certificates == ()
    _iterations(PLAIN[:at] + noise + PLAIN[at + len(noise) :])
