"""Java keystores: a builder of the format, what is read of it, and that no damage does harm."""

from __future__ import annotations

import base64
import hashlib
import struct
import time

import pytest
from certs_pki import root, server
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.certs.content import describe
from gitops_tls.certs.jks import CUT, DAMAGED, HIDDEN, JCEKS, JKS, VERSION, Keystore, is_keystore, read
from gitops_tls.certs.search import Hit, in_base64, in_file, looks_encoded

CA = root()
LEAF = server(CA)
KEY = b"not a key, but what stands where one does"
PASSWORD = "changeit"


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def block(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def certificate(content: bytes, version: int, kind: str = "X.509") -> bytes:
    return (text(kind) if version == 2 else b"") + block(content)


def head(tag: int, alias: str) -> bytes:
    return struct.pack(">I", tag) + text(alias) + struct.pack(">Q", 1_700_000_000_000)


def trusted(alias: str, content: bytes, version: int = 2, kind: str = "X.509") -> bytes:
    return head(2, alias) + certificate(content, version, kind)


def private(alias: str, *chain: bytes, version: int = 2) -> bytes:
    return head(1, alias) + block(KEY) + struct.pack(">I", len(chain)) + b"".join(certificate(each, version) for each in chain)


def keystore(*entries: bytes, version: int = 2, magic: bytes = JKS, count: int | None = None) -> bytes:
    """A keystore with the sum that the JDK writes: SHA-1 over the password in UTF-16, fixed words, and the content."""
    body = magic + struct.pack(">II", version, len(entries) if count is None else count) + b"".join(entries)
    return body + hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()


FULL = keystore(private("server", LEAF.der, CA.der), trusted("ünïcode alias", CA.der))


@pytest.mark.parametrize(
    ("data", "certificates", "problem"),
    [
        (FULL, (LEAF.der, CA.der), ""),
        (keystore(trusted("ca", CA.der)), (CA.der,), ""),
        (keystore(trusted("ca", CA.der, 1), private("x", LEAF.der, version=1), version=1), (CA.der, LEAF.der), ""),
        (keystore(trusted("ca", CA.der), magic=JCEKS), (CA.der,), ""),
        (keystore(), (), ""),
        (keystore(private("no chain")), (), ""),
        (keystore(trusted("pgp", b"x", kind="PGP"), trusted("ca", CA.der)), (CA.der,), ""),
        (keystore(trusted("ca", CA.der), head(3, "aes") + b"\xac\xed\0\5", magic=JCEKS), (CA.der,), HIDDEN),
        (keystore(trusted("ca", CA.der), version=3), (), VERSION),
        (keystore(trusted("ca", CA.der), head(9, "what")), (CA.der,), DAMAGED),
        (keystore(trusted("ca", CA.der)) + b"\0", (CA.der,), DAMAGED),
        (keystore(trusted("ca", CA.der))[:-1], (CA.der,), CUT),
        (keystore(trusted("ca", CA.der), count=2), (CA.der,), DAMAGED),
        (keystore(trusted("ca", CA.der), count=0xFFFFFFFF), (CA.der,), DAMAGED),
        (keystore(private("server", LEAF.der, CA.der))[:-400], (LEAF.der,), CUT),
        (JKS, (), CUT),
        (JKS + b"\0\0\0\2", (), CUT),
    ],
)
def test_what_is_read(data, certificates, problem):
    found = read(data)
    assert found.certificates == certificates
    assert found.problem == problem


def test_only_keystores_are_read():
    assert is_keystore(FULL)
    assert is_keystore(JCEKS + b"\0")
    assert not any(is_keystore(data) for data in (b"", JKS[:3], LEAF.der, LEAF.pem, b"PK\3\4"))


def test_hits_of_a_keystore():
    assert in_file(FULL) == [Hit(LEAF.der, 1), Hit(CA.der, 1)]
    assert in_base64(base64.b64encode(FULL)) == in_file(FULL)
    assert looks_encoded(base64.b64encode(FULL).decode())
    assert looks_encoded(base64.b64encode(keystore(magic=JCEKS)).decode())
    assert in_file(FULL[:-300]) == [Hit(LEAF.der, 1), Hit(CA.der, 1), Hit(None, 1, f"a Java keystore: {CUT}")]
    assert describe(FULL) == "a Java keystore (binary, not PEM)"


def test_no_key_is_kept():
    assert KEY not in repr((read(FULL), in_file(FULL))).encode()
    assert repr(KEY)[2:-1] not in repr((read(FULL), in_file(FULL)))


def test_a_number_of_entries_costs_nothing_by_itself():
    start = time.process_time()
    many = "more than 10,000 entries are in it"
    huge = keystore(*(trusted(str(number), str(number).encode()) for number in range(60_000)))
    assert read(huge).problem == many
    assert len(read(huge).certificates) == 5_000
    assert read(keystore(private("x") * 1, count=0xFFFFFFFF)).certificates == ()
    chain = head(1, "x") + block(b"") + b"\xff\xff\xff\xff"
    assert read(keystore(chain)).problem == CUT
    assert read(keystore(*[private("")] * 100_000)) == Keystore((), many)
    empty = head(1, "x") + block(b"") + b"\xff\xff\xff\xff" + bytes(4_000_000)
    assert read(keystore(empty, version=1)) == Keystore((b"",), many)
    assert read(keystore(*[trusted(str(number), CA.der) for number in range(4_000)])) == Keystore((CA.der,))
    assert time.process_time() - start < 5


@given(st.data())
def test_any_mutation_is_read_or_refused(data):
    content = bytearray(FULL)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(("set", "cut", "insert", "number"))):
            case "set":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 40))]
            case "insert":
                content[at:at] = data.draw(st.binary(min_size=1, max_size=8))
            case _:
                content[at : at + 4] = data.draw(st.sampled_from((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")))
    damaged = bytes(content) or JKS
    found = read(damaged)
    assert isinstance(found, Keystore)
    assert sum(map(len, found.certificates)) <= len(damaged)
    assert all(each in damaged for each in found.certificates)
    for hit in in_file(damaged):
        assert hit.der is not None or hit.problem


@given(st.integers(0, len(FULL) - 1))
def test_a_keystore_that_is_cut_off_is_told(size):
    found = read(FULL[:size])
    assert found.problem == CUT
    assert found.certificates == (LEAF.der, CA.der)[: len(found.certificates)]


@given(st.binary(max_size=400), st.sampled_from((JKS, JCEKS)))
def test_any_bytes_behind_the_magic(data, magic):
    assert isinstance(read(magic + data), Keystore)
