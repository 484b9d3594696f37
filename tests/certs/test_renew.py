"""A renewed certificate says what the old one said, under the same CA; in its file nothing else changes."""

from __future__ import annotations

from datetime import timedelta

import certs_pki as pki
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs import renew
from gitops_tls.certs.authority import open_authority
from gitops_tls.certs.issue import complaints
from gitops_tls.certs.pem import blocks
from gitops_tls.errors import UsageError

NOW = pki.NOW
ROOT = pki.root()
AUTHORITY = open_authority(ROOT.pem, ROOT.key, ("ca.pem", "ca.key"))
NEW = {"2.5.29.14", "2.5.29.35"}


def renewed(pem: bytes, *, keep_key: bool = False, days: int | None = None, authority=AUTHORITY):
    leaf = renew.leaf_of(pem, "`old.pem`")
    renew.refuse_other_authority(leaf, authority, "`old.pem`", "ca.pem")
    return renew.renew(leaf, authority, NOW, days, keep_key=keep_key, where="`old.pem`")


@settings(max_examples=40, deadline=None)
@given(
    dns=st.lists(st.sampled_from(["localhost", "a.example", "*.b.example", "x_y"]), unique=True),
    ips=st.lists(st.sampled_from(["127.0.0.1", "::1", "10.0.0.5"]), unique=True),
    eku=st.sampled_from([None, ["server"], ["client"], ["server", "client"], ["any"]]),
    usage=st.sampled_from([None, ("digital_signature",), pki.LEAF_USAGE]),
    ca=st.sampled_from([False, None]),
    curve=st.sampled_from(["P-224", "P-256", "P-384", "P-521", "Ed25519"]),
    organisation=st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=60),
    hours=st.integers(1, 24 * 3600),
    keep=st.booleans(),
)
def test_what_is_said_stays(dns, ips, eku, usage, ca, curve, organisation, hours, keep):
    private = pki.ed25519_key(5) if curve == "Ed25519" else pki.ec_key(5, curve)
    dates = {"not_before": NOW - timedelta(hours=hours), "not_after": NOW}
    old = pki.issue(
        None, private, ROOT, dns=dns, ips=ips, eku=eku, usage=usage, ca=ca, subject=pki.name("old", organisation), **dates
    )
    issued, _ = renewed(old.pem, keep_key=keep)
    new = pki.x509.load_pem_x509_certificate(issued.pem)
    assert (new.subject, new.issuer) == (old.certificate.subject, ROOT.certificate.subject)
    assert new.subject.public_bytes() == old.certificate.subject.public_bytes()

    def kept(one):
        return {e.oid.dotted_string: (e.critical, e.value) for e in one.extensions if e.oid.dotted_string not in NEW}

    assert kept(new) == kept(old.certificate)
    assert new.not_valid_before_utc == NOW
    assert new.not_valid_after_utc - NOW == timedelta(hours=hours)
    assert new.serial_number != old.certificate.serial_number
    assert (new.public_key() == old.certificate.public_key()) is keep is (issued.key is None)
    assert issued.facts.key.split()[0] == ("Ed25519" if curve == "Ed25519" else "EC")
    new.verify_directly_issued_by(ROOT.certificate)


def test_it_is_accepted_where_the_old_one_was():
    server = pki.server(ROOT, not_after=NOW, not_before=NOW - timedelta(days=30))
    assert complaints(renew.leaf_of(server.pem, "x").facts, server.pem, ROOT.pem, NOW + timedelta(days=1)) != []
    issued, notes = renewed(server.pem)
    assert notes == []
    assert complaints(issued.facts, issued.chain, ROOT.pem, NOW + timedelta(days=1)) == []


def test_weak_and_odd_keys():
    weak = pki.server(ROOT, private=pki.rsa_key(1024), not_after=NOW + timedelta(days=30))
    issued, notes = renewed(weak.pem)
    assert issued.facts.key == "RSA 2048"
    assert "curl refuses RSA 1024" in notes[0]
    assert renewed(weak.pem, keep_key=True)[0].facts.key == "RSA 1024"


def test_what_cannot_last_is_shortened_or_refused():
    short = pki.root(not_after=NOW + timedelta(days=5))
    authority = open_authority(short.pem, short.key, ("ca.pem", "ca.key"))
    old = pki.server(short, not_before=NOW - timedelta(days=30), not_after=NOW + timedelta(days=1))
    issued, notes = renewed(old.pem, authority=authority)
    assert issued.facts.not_after == short.certificate.not_valid_after_utc
    assert "ends with its CA" in notes[0]
    with pytest.raises(UsageError, match="after its CA"):
        renewed(old.pem, days=6, authority=authority)


def test_names_that_were_missing_are_told():
    assert "subjectAltName" in renewed(pki.server(ROOT, dns=[], not_after=NOW + timedelta(days=9)).pem)[1][0]
    assert renewed(pki.client(ROOT, not_after=NOW + timedelta(days=9)).pem)[1] == []


@pytest.mark.parametrize(
    ("pem", "says"),
    [
        (b"", "an empty file"),
        (pki.root().key, "holds no certificate in PEM: it is a private key"),
        (ROOT.pem, "is a CA"),
        (pki.server(ROOT).der, "DER"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "malformed"),
        (pki.server(None).pem, "signed itself"),
        (pki.server(pki.root("Another CA", seed=9)).pem, "comes from `CN=Another CA"),
        (pki.server(pki.root(seed=9)).pem, "but another key"),
        (pki.server(pki.intermediate(ROOT)).pem, "comes from `CN=Intermediate"),
    ],
)
def test_what_is_not_the_cas_is_refused(pem, says):
    with pytest.raises(UsageError) as error:
        renewed(pem)
    assert says in str(error.value)


def test_a_published_key_is_not_kept(monkeypatch):
    old = pki.server(ROOT)
    leaf = renew.leaf_of(old.pem, "x")
    monkeypatch.setitem(
        __import__("gitops_tls.certs.public", fromlist=["x"]).PUBLIC_FINGERPRINTS,
        leaf.facts.spki_sha256,
        "server.pem of an image",
    )
    with pytest.raises(UsageError, match="everybody"):
        renewed(old.pem, keep_key=True)
    assert renewed(old.pem)[0].key is not None


AROUND = st.lists(st.sampled_from(["# a comment", "subject=CN = localhost", "", "Bag Attributes", "notAfter=Nov 22"]), max_size=3)


@settings(max_examples=60, deadline=None)
@given(AROUND, AROUND, AROUND, st.booleans(), st.booleans(), st.booleans())
def test_all_around_the_blocks_stays(before, between, after, crlf, last_break, chain):
    old = pki.server(ROOT)
    parts = [
        *before,
        old.pem.decode().strip(),
        *between,
        *([ROOT.pem.decode().strip()] if chain else []),
        old.key.decode().strip(),
        *after,
    ]
    data = "\n".join(parts).encode() + (b"\n" if last_break else b"")
    data = data.replace(b"\n", b"\r\n") if crlf else data
    leaf = renew.leaf_of(data, "x")
    key = renew.key_block(data, leaf.facts)
    assert key is not None
    issued, _ = renewed(data)
    new = renew.replaced(data, [(leaf.block, issued.pem), (key, issued.key or b"")])

    def skeleton(content: bytes, certificate: bytes) -> bytes:
        for block in sorted(blocks(content), key=lambda one: -one.start):
            if block.der == certificate or block.type == "PRIVATE KEY":
                content = content[: block.start] + b"@" + content[block.end :]
        return content

    assert skeleton(new, issued.facts.der) == skeleton(data, leaf.facts.der)
    assert (b"\n" in new.replace(b"\r\n", b"")) is (not crlf)
    assert new.endswith(b"\n") is data.endswith(b"\n")
    assert blocks(new)[0].der == issued.facts.der
    assert renew.key_block(new, issued.facts) is not None


def test_the_set_of_the_documentation():
    """CA, server and client of one name, one section of extensions: the server's can be renewed, the client's is told."""
    name = pki.name("localhost")
    docs = pki.issue(None, pki.rsa_key(), subject=name, ca=True, not_after=NOW + timedelta(days=3650))
    leaf = pki.issue(
        None,
        pki.rsa_key(which=1),
        docs,
        subject=name,
        dns=["localhost"],
        eku=["server"],
        ca=False,
        not_after=NOW + timedelta(days=9),
    )
    authority = open_authority(docs.pem, docs.key, ("ca.pem", "ca.key"))
    issued, notes = renewed(leaf.pem, authority=authority)
    assert (complaints(issued.facts, issued.chain, docs.pem, NOW), notes) == ([], [])
    old = renew.leaf_of(leaf.pem, "`client.pem`")
    _, notes = renew.renew(old, authority, NOW, None, keep_key=True, where="`client.pem`")
    assert "serverAuth only" in notes[0]
    assert "tlsMode 2 refuses it" in notes[0]


def test_a_renewed_ca_beside_the_old_one_signs():
    old = pki.root("Twice", not_before=NOW - timedelta(days=900), not_after=NOW - timedelta(days=9))
    new = pki.root("Twice", not_before=NOW - timedelta(days=10), not_after=NOW + timedelta(days=900))
    for bundle in (old.pem + new.pem, new.pem + old.pem):
        authority = open_authority(bundle, new.key, ("ca.pem", "ca.key"))
        assert authority.facts.der == new.der
