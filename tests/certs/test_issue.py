"""New certificates: every client accepts them for every name, for their use only, and as long as they last."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import certs_pki as pki
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitops_tls.certs import keyfiles, wanted
from gitops_tls.certs.authority import Authority, leaf_dates, open_authority
from gitops_tls.certs.chain import CLIENT, SERVER
from gitops_tls.certs.issue import Issued, complaints, new_authority, new_leaf
from gitops_tls.certs.keyfiles import KeyKind
from gitops_tls.certs.names import as_ip
from gitops_tls.certs.pair import load_ca, load_pair
from gitops_tls.certs.pem import blocks
from gitops_tls.certs.policy import CONSUMERS, verify_client, verify_server
from gitops_tls.certs.wanted import Names
from gitops_tls.errors import UsageError
from gitops_tls.text import create
from gitops_tls.text.create import NewFile, write_set

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc)
EC = KeyKind("EC", "P-256")
KINDS = {"RSA 2048": KeyKind("RSA", "2048"), "EC P-256": EC, "EC P-384": KeyKind("EC", "P-384")}

LABEL = st.from_regex(r"\A[a-z0-9]([a-z0-9_-]{0,15}[a-z0-9])?\Z")
HOST = st.lists(LABEL, min_size=0, max_size=3).flatmap(
    lambda labels: st.from_regex(r"\A[a-z]{2,9}\Z").map(lambda top: ".".join([*labels, top]))
)
NAME = st.one_of(HOST, HOST.filter(lambda name: "." in name).map(lambda name: f"*.{name}"))
ADDRESS = st.ip_addresses().map(str).filter(lambda ip: "%" not in ip and as_ip(ip) not in ("0.0.0.0", "::"))


def der(pem: bytes) -> list[bytes]:
    return [block.der for block in blocks(pem)]


def issue(kind: KeyKind, names: Names, days: int = 30) -> tuple[Authority, Issued, Issued, Issued]:
    authority, issued = new_authority(kind, NOW, max(days, 60))
    dates = wanted.period(NOW, timedelta(days=days))
    server = new_leaf(authority, kind, names.common_name, names, SERVER, dates)
    return authority, issued, server, new_leaf(authority, kind, "client", Names((), ()), CLIENT, dates)


# ---- what the clients say ------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.lists(NAME, max_size=3), st.lists(ADDRESS, max_size=2), st.integers(1, 60))
@example(["milvus_standalone", "a" * 60 + "." + "b" * 60 + ".example"], [], 1)
@example([], ["::1", "127.0.0.1"], 60)
@example(["MILVUS.Example.com", "*.a.b"], [], 7)
def test_every_client_accepts_every_name(given_names, given_ips, days):
    names = wanted.wanted(given_names, given_ips)
    authority, _, server, client = issue(EC, names, days)
    last = NOW + timedelta(days=days)
    assert load_pair(server.chain, server.key or b"").ok
    assert load_pair(client.chain, client.key or b"").ok
    # addresses as the certificate holds them: gRPC compares texts, so an IPv4-mapped one is another address to it
    for asked in (*given_names, *names.ips) or ("localhost",):
        asked = "milvus" + asked[1:] if asked.startswith("*") else asked
        for consumer in CONSUMERS:
            for at in (NOW, NOW + timedelta(hours=12), last):
                assert verify_server(consumer, der(server.chain), authority.bundle, asked, at) == (True, "")
            assert not verify_server(consumer, der(server.chain), authority.bundle, asked, last + timedelta(seconds=1)).ok
            assert not verify_server(consumer, der(server.chain), authority.bundle, asked, NOW - timedelta(seconds=1)).ok
            assert not verify_server(consumer, der(server.chain), authority.bundle, "elsewhere.invalid", NOW).ok
    assert verify_client(der(client.chain), authority.bundle, NOW).ok
    assert complaints(server.facts, server.chain, authority.bundle, NOW) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_each_certificate_is_good_for_its_own_use_only(kind):
    authority, _, server, client = issue(kind, Names(("localhost",), ()))
    assert not verify_client(der(server.chain), authority.bundle, NOW).ok
    for consumer in CONSUMERS:
        assert not verify_server(consumer, der(client.chain), authority.bundle, "client", NOW).ok
    other, _ = new_authority(EC, NOW, 60)
    assert not verify_client(der(client.chain), other.bundle, NOW).ok


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl program")
@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_openssl_agrees(kind, tmp_path):
    authority, issued, server, client = issue(kind, Names(("a.example", "*.b.example"), ("10.0.0.5", "::1")))
    for name, content in (("ca", authority.bundle), ("server", server.chain), ("client", client.chain), ("key", server.key)):
        (tmp_path / name).write_bytes(content or b"")

    def openssl(*words: str) -> bool:
        return subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=False).returncode == 0

    verify = ["verify", "-x509_strict", "-attime", str(int(NOW.timestamp())), "-CAfile", "ca"]
    for option, name in (("-verify_hostname", "a.example"), ("-verify_hostname", "x.b.example"), ("-verify_ip", "10.0.0.5"), ("-verify_ip", "::1")):  # fmt: skip
        assert openssl(*verify, "-purpose", "sslserver", option, name, "server")
    assert not openssl(*verify, "-purpose", "sslserver", "-verify_hostname", "c.example", "server")
    assert openssl(*verify, "-purpose", "sslclient", "client")
    assert not openssl(*verify, "-purpose", "sslclient", "server")
    assert openssl("pkey", "-in", "key", "-check", "-noout")
    assert issued.key is not None


def test_the_extensions_are_those_of_the_standard():
    _, issued, server, client = issue(KINDS["RSA 2048"], Names(("localhost",), ()))
    assert issued.facts.basic_constraints == (True, 0)
    assert issued.facts.key_usage == ("keyCertSign", "cRLSign")
    assert issued.facts.subject == "CN=Milvus CA"
    assert server.facts.key_usage == ("digitalSignature", "keyEncipherment")
    assert (server.facts.extended_key_usage, client.facts.extended_key_usage) == (("serverAuth",), ("clientAuth",))
    assert (server.facts.dns_names, client.facts.dns_names) == (("localhost",), ())
    for leaf in (server, client):
        assert leaf.facts.basic_constraints == (False, None)
        assert leaf.facts.authority_key_id == issued.facts.subject_key_id is not None
        assert leaf.facts.subject not in ("", issued.facts.subject)
        critical = {each.oid.dotted_string for each in pki.x509.load_pem_x509_certificate(leaf.pem).extensions if each.critical}
        assert critical == {"2.5.29.15", "2.5.29.19"}
    assert len({each.facts.serial for each in (issued, server, client)}) == 3
    _, _, elliptic, _ = issue(EC, Names(("localhost",), ()))
    assert elliptic.facts.key_usage == ("digitalSignature",)
    assert b"BEGIN PRIVATE KEY" in (elliptic.key or b"")


# ---- what is refused before ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "empty"), ("  ", "empty"), ("10.0.0.5", "--ip 10.0.0.5"), ("::1", "--ip ::1"), ("[::1]", "--ip ::1"),
        ("https://milvus.example.com:19530/", "--name milvus.example.com"), ("milvus:19530", "--name milvus"),
        ("tcp://10.1.1.1:19530", "--ip 10.1.1.1"), ("a.example/b", "--name a.example"), ("user@host.example", "--name host.example"),
        ("münchen.example", "--name xn--mnchen-3ya.example"), ("straße.example", "punycode"), ("a.example.", "--name a.example"),
        ("*", "wildcard"), ("*.com", "top-level"), ("a*.example.com", "whole first label"),
        ("a.*.example.com", "whole first label"), ("*.*.example.com", "one label"), ("a..b", "empty label"), (".a", "empty label"),
        ("-a.example", "`-a`"), ("a-.example", "`a-`"), ("a b", "`a b`"), ("a,b", "`a,b`"), ("x" * 64 + ".example", "64"),
        (".".join(["abcdefgh"] * 30), "253"), ("1.2.3", "number"), ("a.0x1f", "number"), ("a\n.example", "control"), ("a\0b", "control"),
    ],
)  # fmt: skip
def test_names_that_no_client_would_match_are_refused(given, says):
    with pytest.raises(UsageError) as error:
        wanted.dns_name(given)
    assert says in f"{error.value} {error.value.help}"


@pytest.mark.parametrize(
    ("given", "says"),
    [("", "no IP"), ("localhost", "--name"), ("10.0.0.0/8", "range"), ("fe80::1%eth0", "--ip fe80::1"), ("0.0.0.0", "listens"), ("::", "listens"), ("10.0.0.256", "no IP")],
)  # fmt: skip
def test_addresses_that_are_none_are_refused(given, says):
    with pytest.raises(UsageError) as error:
        wanted.ip_address(given)
    assert says in f"{error.value} {error.value.help}"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_name_or_refused(text):
    for judge in (wanted.dns_name, wanted.ip_address, lambda name: wanted.common_name(name, "--client-name"), keyfiles.key_kind):
        try:
            judge(text)
        except UsageError:
            continue


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=12), st.integers().map(str), st.floats().map(str)))
def test_any_number_of_days_is_judged(text):
    try:
        days = wanted.day_count(text, "--days", 365)
    except UsageError:
        return
    assert 1 <= days <= 36_500
    assert days == int(text.strip().lower().removesuffix("d"))


@pytest.mark.parametrize("given", ["0", "-1", "+0", "1.5", "", "abc", "36501", "99999999999999999999", "٣", "1e3", "--"])
def test_absurd_days_are_refused(given):
    with pytest.raises(UsageError):
        wanted.day_count(given, "--days", 365)


@pytest.mark.parametrize("at", ["0001-01-01", "1949-12-31", "9999-12-31"])
def test_dates_that_no_certificate_can_hold_are_refused(at):
    with pytest.raises(UsageError):
        wanted.period(datetime.fromisoformat(at).replace(tzinfo=timezone.utc), timedelta(days=365))


def test_names_are_kept_once_in_lower_case():
    assert wanted.wanted(["A.Example", "a.example", "b"], ["::0001", "::1"]) == (("a.example", "b"), ("::1",))
    assert wanted.wanted([], []) == (("localhost",), ())
    assert wanted.wanted([], ["10.0.0.1"]) == ((), ("10.0.0.1",))


# ---- a CA that is there already ------------------------------------------------------------------------------------------

PATHS = ("ca.pem", "ca.key")


@pytest.mark.parametrize(
    ("bundle", "key", "says"),
    [
        (b"", b"", "holds no certificate in PEM: it is an empty file"),
        (pki.root().key, pki.root().key, "holds no certificate in PEM: it is a private key"),
        (pki.root().der, pki.root().key, "DER"),
        (pki.root().pem, b"", "holds no private key in PEM: it is an empty file"),
        (pki.root().pem, pki.root().pem, "holds no private key in PEM: it is a certificate"),
        (pki.root().pem, pki.key_pem(pki.ec_key(1), password=b"hunter2"), "is encrypted"),
        (pki.root().pem, pki.key_pem(pki.ec_key(1), "traditional", password=b"hunter2"), "is encrypted"),
        (pki.root().pem, pki.key_pem(pki.ec_key(99)), "is not the key of"),
        (pki.root().pem, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "malformed"),
        (pki.root(ca=False).pem, pki.root().key, "is no CA"),
        (pki.root(ca=None).pem, pki.root().key, "is no CA"),
        (pki.root(usage=("crl_sign",)).pem, pki.root().key, "is no CA"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", pki.root().key, "malformed"),
    ],
)
def test_a_ca_that_cannot_sign_is_refused(bundle, key, says):
    with pytest.raises(UsageError) as error:
        open_authority(bundle, key, PATHS)
    said = f"{error.value} {error.value.help}"
    assert says in said
    assert "hunter2" not in said


def test_a_published_or_weak_ca_is_refused(monkeypatch):
    small = pki.rsa_key(1024)
    with pytest.raises(UsageError, match="kind or size"):
        open_authority(pki.root(private=small).pem, pki.key_pem(small), PATHS)
    root = pki.root()
    fingerprint = keyfiles.fingerprint(root.private)
    monkeypatch.setitem(
        __import__("gitops_tls.certs.public", fromlist=["x"]).PUBLIC_FINGERPRINTS, fingerprint, "ca.pem of an image"
    )
    with pytest.raises(UsageError, match="everybody"):
        open_authority(root.pem, root.key, PATHS)


@pytest.mark.parametrize(
    "private", [pki.rsa_key(2048), pki.ec_key(7), pki.ec_key(7, "P-384"), pki.ec_key(7, "P-521"), pki.ed25519_key(7)]
)
@pytest.mark.parametrize("form", ["pkcs8", "traditional"])
def test_leaves_under_cas_of_every_kind(private, form):
    if form == "traditional" and "25519" in type(private).__name__:
        pytest.skip("there is no such form")
    root = pki.root(private=private)
    authority = open_authority(b"text around\n" + root.pem, pki.key_pem(private, form), PATHS)
    dates, note = leaf_dates(authority, NOW, timedelta(days=30), asked=True)
    names = Names(("a.example",), ())
    server = new_leaf(authority, EC, "a.example", names, SERVER, dates)
    assert (complaints(server.facts, server.chain, authority.bundle, NOW), note) == ([], "")


def test_an_intermediate_ca_comes_with_its_chain():
    root = pki.root()
    middle = pki.intermediate(root)
    for bundle in (middle.pem + root.pem, root.pem + middle.pem):
        authority = open_authority(bundle, middle.key, PATHS)
        dates, _ = leaf_dates(authority, NOW, timedelta(days=30), asked=False)
        server = new_leaf(authority, EC, "a.example", Names(("a.example",), ()), SERVER, dates)
        assert der(server.chain) == [server.facts.der, middle.der]
        assert complaints(server.facts, server.chain, root.pem, NOW) == []


def test_a_ca_without_key_identifier_and_one_that_forbids_the_name():
    for root, fine in ((pki.root(ski=False), True), (pki.root(permitted=[pki.x509.DNSName("other.example")]), False)):
        authority = open_authority(root.pem, root.key, PATHS)
        dates, _ = leaf_dates(authority, NOW, timedelta(days=30), asked=False)
        server = new_leaf(authority, EC, "a.example", Names(("a.example",), ()), SERVER, dates)
        assert (complaints(server.facts, server.chain, authority.bundle, NOW) == []) is fine


def test_a_ca_with_the_name_of_the_server():
    name = pki.x509.Name([pki.x509.NameAttribute(pki.NameOID.COMMON_NAME, "Localhost")])
    for ski in (True, False):
        root = pki.root(subject=name, ski=ski, usage=None)
        authority = open_authority(root.pem, root.key, PATHS)
        dates, _ = leaf_dates(authority, NOW, timedelta(days=30), asked=False)
        server = new_leaf(authority, EC, "localhost", Names(("localhost",), ()), SERVER, dates)
        assert server.facts.subject == "CN=server localhost"
        assert complaints(server.facts, server.chain, authority.bundle, NOW) == []
        with pytest.raises(UsageError, match="mistaken"):
            new_leaf(authority, EC, "localhost", Names((), ()), CLIENT, dates)


def test_a_leaf_never_outlives_its_ca():
    root = pki.root(not_before=NOW, not_after=NOW + timedelta(days=10))
    authority = open_authority(root.pem, root.key, PATHS)
    assert leaf_dates(authority, NOW, timedelta(days=10), asked=True)[0] == (NOW, NOW + timedelta(days=10))
    dates, note = leaf_dates(authority, NOW, timedelta(days=11), asked=False)
    assert dates == (NOW, NOW + timedelta(days=10))
    assert "2026-12-02" in note
    with pytest.raises(UsageError) as error:
        leaf_dates(authority, NOW + timedelta(days=3), timedelta(days=11), asked=True)
    assert "--days 7" in error.value.help
    for start in (NOW + timedelta(days=10), NOW - timedelta(days=1)):
        with pytest.raises(UsageError):
            leaf_dates(authority, start, timedelta(days=1), asked=False)
    assert leaf_dates(authority, NOW - wanted.SLACK, timedelta(days=1), asked=False)[0][0] == NOW


# ---- files ---------------------------------------------------------------------------------------------------------------

SET = [NewFile("a.pem", b"1"), NewFile("a.key", b"2", private=True), NewFile("b.pem", b"3")]


@pytest.mark.skipif(os.name == "nt", reason="no permission bits")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o177])
def test_keys_are_for_their_owner_alone_whatever_the_umask(tmp_path, umask):
    folder = tmp_path / "tls"
    folder.mkdir()
    before = os.umask(umask)
    try:
        write_set(str(folder), SET)
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "a.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "a.pem").stat().st_mode) == 0o644 & ~umask
    assert sorted(path.name for path in folder.iterdir()) == ["a.key", "a.pem", "b.pem"]


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("step", range(12))
def test_all_or_nothing_wherever_it_fails(tmp_path, monkeypatch, links, force, step):
    """Every call that the system can refuse is refused once: afterwards everything is as before, or all is written."""
    folder = tmp_path / "deep" / "tls"
    if force:
        folder.mkdir(parents=True)
        for name in ("a.pem", "a.key"):
            (folder / name).write_bytes(b"old")
    left = [step]

    def failing(real):
        def call(*args, **kwargs):
            left[0] -= 1
            if left[0] < 0:
                left[0] = 1_000_000
                raise OSError(28, "No space left on device")
            return real(*args, **kwargs)

        return call

    def no_link(*args, **kwargs):
        raise PermissionError(1, "Operation not permitted")

    for name in ("open", "replace", "fsync"):
        monkeypatch.setattr(create.os, name, failing(getattr(os, name)))
    monkeypatch.setattr(create.os, "link", failing(os.link) if links else no_link)
    try:
        write_set(str(folder), SET, force=force)
    except UsageError:
        monkeypatch.undo()
        if force:
            assert _content(folder) == {"a.pem": b"old", "a.key": b"old"}
        else:
            assert not folder.parent.exists()
    else:
        monkeypatch.undo()
        assert _content(folder) == {"a.pem": b"1", "a.key": b"2", "b.pem": b"3"}


def test_nothing_is_overwritten_without_force(tmp_path):
    (tmp_path / "b.pem").write_bytes(b"old")
    with pytest.raises(UsageError, match=r"`b\.pem` is there already"):
        write_set(str(tmp_path), SET)
    assert _content(tmp_path) == {"b.pem": b"old"}
    write_set(str(tmp_path), SET, force=True)
    assert (tmp_path / "b.pem").read_bytes() == b"3"
    (tmp_path / "c").write_bytes(b"")
    (tmp_path / "d").symlink_to("nowhere")
    for place in (tmp_path / "c", tmp_path / "c" / "x", tmp_path / "d"):
        with pytest.raises(UsageError, match="cannot be made"):
            write_set(str(place), SET)
    (tmp_path / "e" / "a.key").mkdir(parents=True)
    with pytest.raises(UsageError, match="is a folder"):
        write_set(str(tmp_path / "e"), SET, force=True)


def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "outside").write_bytes(b"mine")
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "a.key").symlink_to("../outside")
    write_set(str(tmp_path / "tls"), SET, force=True)
    assert (tmp_path / "outside").read_bytes() == b"mine"
    assert not (tmp_path / "tls" / "a.key").is_symlink()


def test_keys_stand_in_no_repr():
    authority, issued, server, _ = issue(EC, Names(("localhost",), ()))
    for thing in (authority, issued, server, NewFile("a.key", server.key or b"", private=True)):
        assert "PRIVATE" not in repr(thing)
    assert load_ca(authority.bundle).ok
