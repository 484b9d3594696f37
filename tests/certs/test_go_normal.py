"""The form in which certificates are read that Go takes and ``cryptography`` refuses; what commands make of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from certs_limbo_bent import bend, serial
from certs_limbo_odd import questions
from certs_pki import NOW, ec_key, root, rsa_key, server, x509
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs.chain import any_link, go_link
from gitops_tls.certs.go_der import Refused
from gitops_tls.certs.go_normal import normal
from gitops_tls.certs.pair import go_refuses, load_pair
from gitops_tls.commands import cert_verify

CA = root()
LEAF = server(CA)
ODD = [each for each in questions() if not each.says and each.asked]


@pytest.mark.parametrize("issued", [CA, LEAF, server(CA, private=rsa_key()), server(CA, private=ec_key(5, "P-384"))])
def test_a_good_certificate_is_its_own_normal_form(issued: Any) -> None:
    assert normal(issued.der) == issued.der


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("question", ODD, ids=[each.name for each in ODD])
def test_a_normal_form_is_read_and_is_its_own(question: Any) -> None:
    for each in (*question.chain, *question.roots):
        made = normal(each.der)
        assert normal(made) == made
        assert x509.load_der_x509_certificate(made).subject is not None
        assert go_refuses(each.der) == ""
        one = go_link(each.der)
        assert one is not None
        assert one.der == each.der
        assert one.subject in each.der


def _normal(content: bytes) -> bytes | str:
    try:
        return normal(content)
    except Refused as error:
        return str(error)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    made = _normal(content)
    assert isinstance(made, bytes) or made.startswith("x509: ")
    assert any_link(content) is None


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(LEAF.der) - 1), st.integers(0, 255))
def test_a_bent_byte_is_read_or_refused(at: int, byte: int) -> None:
    bent = bytearray(LEAF.der)
    bent[at] = byte
    made = _normal(bytes(bent))
    assert normal(made) == made if isinstance(made, bytes) else made.startswith("x509: ")


@pytest.mark.parametrize("number", [b"\0", b"\xff"])
def test_odd_serial_numbers_are_nothing_to_warn_of(number: bytes, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    odd = bend(LEAF, CA.private, serial(number))
    (tmp_path / "chain.pem").write_bytes(odd.pem)
    (tmp_path / "roots.pem").write_bytes(CA.pem)
    paths = {"cert": str(tmp_path / "chain.pem"), "ca": str(tmp_path / "roots.pem")}
    cert_verify.run({**paths, "name": "localhost", "at": NOW.isoformat()})
    assert load_pair(odd.pem, LEAF.key).ok == (number == b"\0")
    assert [str(each.message) for each in recwarn] == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("question", ODD, ids=[each.name for each in ODD])
def test_cert_verify_judges_them(question: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "chain.pem").write_bytes(b"".join(each.pem for each in question.chain))
    (tmp_path / "roots.pem").write_bytes(b"".join(each.pem for each in question.roots))
    asked = {"cert": str(tmp_path / "chain.pem"), "ca": str(tmp_path / "roots.pem"), "name": "example.com", "at": NOW.isoformat()}
    cert_verify.run({**asked, "format": ("json",)})
    assert json.loads(capsys.readouterr().out)["verdicts"]["go"] == {"result": "ok", "reason": ""}
    cert_verify.run(asked)
    assert "accepts  Go clients" in capsys.readouterr().out


def test_the_inventory_lists_them(repository: Any, tool: Any) -> None:
    odd = bend(LEAF, CA.private, lambda fields: fields.append(b"\x05\x00"))
    repository({"server.pem": odd.pem}, git=False)
    [entry] = tool("certs", "--format", "json", "--at", NOW.isoformat()).json["certificates"]
    assert entry["subject"] == "CN=localhost,O=zilliz"
