"""The measured outcomes of a real Milvus 2.3.5 and its clients, for the same 51 kinds of certificates."""

from __future__ import annotations

import pytest
from certs_pki import NOW
from certs_variants import MEASURED, PANICS, make

from gitops_tls.certs.clients import Files, explain_clients
from gitops_tls.certs.pair import load_ca, load_pair
from gitops_tls.certs.pem import blocks
from gitops_tls.certs.policy import verify_server


def test_all_variants_are_here() -> None:
    assert len(MEASURED) == 51


@pytest.mark.parametrize("mode", [1, 2])
@pytest.mark.parametrize("name", MEASURED)
def test_variant(name: str, mode: int) -> None:
    files = make(name)
    measured = MEASURED[name][mode - 1]
    pair = load_pair(files.server, files.server_key)
    panic = pair.panic or (load_ca(files.ca).panic if mode == 2 else "")
    outcomes = explain_clients(
        "one-way" if mode == 1 else "mutual", Files(files.server, files.server_key, *_rest(files)), NOW, "localhost"
    )
    if measured in PANICS:
        assert panic == measured
        assert {outcome.result for outcome in outcomes.values()} == {"fails"}
        assert {outcome.reason for outcome in outcomes.values()} == {measured}
        return
    assert panic == ""
    pinned, one_way, two_way, curl_one_way, curl_two_way = (mark == "+" for mark in measured)
    if mode == 1:
        chain = [block.der for block in blocks(files.server) if block.type == "CERTIFICATE"]
        assert verify_server("grpc", chain, files.server, "localhost", NOW).ok is pinned
    assert outcomes["pymilvus"].result == ("ok" if (one_way if mode == 1 else two_way) else "fails")
    assert outcomes["curl"].result == ("ok" if (curl_one_way if mode == 1 else curl_two_way) else "fails")


def _rest(files: object) -> tuple[bytes, bytes, bytes]:
    return files.ca, files.client, files.client_key  # type: ignore[attr-defined]


# Measured with a Go 1.26.4 client as Milvus' internal links are (facts: Go client matrix), where the server starts.
GO = {
    "good": "",
    "server_noeku": "",
    "nosan": "x509: certificate relies on legacy Common Name field, use SANs instead",
    "server_clienteku": "x509: certificate specifies an incompatible key usage",
    "expired_server": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is after",
    "notyet_server": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is before",
    "chain_missing_im": "x509: certificate signed by unknown authority",
    "chain_ok": "",
    "ecdsa": "",
    "ed25519": "",
    "rsa1024": "",
    "wrongsan": "x509: certificate is valid for milvus.example.com, not localhost",
    "ca_is_leaf": "",
    "selfsigned": "",
    "wrong_ca": "x509: certificate signed by unknown authority",
    "doc_sameSubj": "",
}


@pytest.mark.parametrize("name", GO)
def test_go_client(name: str) -> None:
    files = make(name)
    outcome = explain_clients("one-way", Files(files.server, files.server_key, files.ca), NOW, "localhost")["go"]
    assert outcome.result == ("fails" if GO[name] else "ok")
    assert outcome.reason.startswith(GO[name])


# Measured in the server's log, tlsMode 2.
CLIENT_REFUSED = {
    "ca_false": "x509: certificate signed by unknown authority (possibly because of",
    "ca_nobc": "x509: certificate signed by unknown authority (possibly because of",
    "ca_is_leaf": "x509: certificate signed by unknown authority",
    "selfsigned": "x509: certificate signed by unknown authority",
    "wrong_ca": "x509: certificate signed by unknown authority",
    "wrong_ca_same_subject": "x509: certificate signed by unknown authority (possibly because of",
    "client_servereku": "x509: certificate specifies an incompatible key usage",
    "doc_sameSubj": "x509: certificate specifies an incompatible key usage",
    "expired_client": "x509: certificate has expired or is not yet valid: current time",
    "expired_ca": "x509: certificate has expired or is not yet valid: current time",
}


@pytest.mark.parametrize("name", CLIENT_REFUSED)
def test_server_refuses_client(name: str) -> None:
    from gitops_tls.certs.policy import verify_client

    files = make(name)
    verdict = verify_client([block.der for block in blocks(files.client)], files.ca, NOW)
    assert not verdict.ok
    assert verdict.reason.startswith(CLIENT_REFUSED[name])
