"""What Go's parser refuses although it looks like a certificate."""

from __future__ import annotations

import warnings

import pytest
from certs_pki import NOW, Issued, ec_key, root, rsa_key, server, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gitops_tls.certs import go
from gitops_tls.certs.chain import SERVER, link
from gitops_tls.certs.pair import go_certificate, load_ca, load_pair
from gitops_tls.certs.pem import encode

CA = root()
GOOD = server(CA)
RSA = server(CA, private=rsa_key(2048))
_SHA256, _SHA384 = bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d040303")
_RSA_KEY = bytes.fromhex("300d06092a864886f70d010101")


def test_good_ones_are_read() -> None:
    for issued in (CA, GOOD, RSA, server(CA, private=ec_key(5, "P-521"))):
        assert go_certificate(issued.der) is not None


def test_inner_and_outer_signature_algorithm_must_agree() -> None:
    assert GOOD.der.count(_SHA256) == 2
    bent = _SHA384.join(GOOD.der.rsplit(_SHA256, 1))
    assert x509.load_der_x509_certificate(bent)
    assert go_certificate(bent) is None
    assert go.verify([bent], CA.pem, SERVER, "localhost", NOW).reason.startswith("tls: failed to parse certificate")


def test_an_rsa_key_needs_its_null() -> None:
    assert RSA.der.count(_RSA_KEY + b"\x05\x00") == 1
    bent = RSA.der.replace(_RSA_KEY + b"\x05\x00", _RSA_KEY + b"\x05\x01")
    assert go_certificate(bent) is None


def test_a_key_for_pss_alone_is_unknown() -> None:
    bent = RSA.der.replace(_RSA_KEY, _RSA_KEY[:-1] + b"\x0a")
    if link(bent) is not None:  # not every version of the parser reads it
        assert not go.verify([bent], CA.pem, SERVER, "localhost", NOW).ok


def test_names_are_ascii() -> None:
    odd = x509.SubjectAlternativeName([x509.DNSName._init_without_validation("\U0001f61c.example.com")])
    builder = x509.CertificateBuilder().subject_name(CA.certificate.subject).issuer_name(CA.certificate.subject)
    builder = builder.public_key(CA.private.public_key()).serial_number(5).not_valid_before(NOW).not_valid_after(NOW)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = builder.add_extension(odd, False).sign(CA.private, hashes.SHA256())
    assert go_certificate(made.public_bytes(serialization.Encoding.DER)) is None


@pytest.mark.parametrize("issued", [GOOD, RSA], ids=["EC", "RSA"])
def test_no_bent_byte_ends_in_a_traceback(issued: Issued) -> None:
    for at in range(0, len(issued.der), 3):
        bent = bytearray(issued.der)
        bent[at] ^= 0x41
        go_certificate(bytes(bent))
        load_pair(encode(bytes(bent)), issued.key)
        load_ca(encode(bytes(bent)))


@pytest.mark.parametrize(("kind", "accepted"), [("server", True), ("client", False)])
def test_odd_key_usages_are_no_reason_to_refuse(kind: str, accepted: bool) -> None:
    """keyUsage with encipherOnly and without keyAgreement: only the Python library refuses it."""
    plain = server(CA, eku=[kind], usage=("digital_signature", "key_agreement", "encipher_only"))
    usage = bytes.fromhex("0603551d0f0404030200")
    assert plain.der.count(bytes.fromhex("0603551d0f0404030200") + b"\x89") == 1
    body = plain.certificate.tbs_certificate_bytes
    bent = body.replace(usage + b"\x89", usage + b"\x81")
    signature = CA.private.sign(bent, ec.ECDSA(hashes.SHA256()))
    inside = bent + plain.der[4 + len(body) :][:12] + b"\x03" + bytes([len(signature) + 1]) + b"\x00" + signature
    odd = b"\x30\x82" + len(inside).to_bytes(2, "big") + inside
    with pytest.raises(ValueError, match="encipher_only"):
        x509.load_der_x509_certificate(odd).extensions  # noqa: B018 - it is what raises
    assert load_pair(encode(odd), plain.key).ok
    verdict = go.verify([odd], CA.pem, SERVER, "localhost", NOW)
    assert verdict.ok == accepted, verdict
