"""GT310: what is left of a certificate without subjectAltName, by its CommonName, as names.py decides."""

from __future__ import annotations

import pytest

from gitops_tls.certs.clients import Files, explain_clients
from gitops_tls.certs.names import covers_by_common_name
from gitops_tls.certs.read import certificates
from gitops_tls.rules.gt301_certificate_expired import COMPOSE, USER


@pytest.fixture(scope="module")
def ca(pki):
    return pki.root()


@pytest.mark.parametrize(
    ("common_name", "told"),
    [
        ("milvus.example.com", "Go clients refuse it, pymilvus and curl fall back to the CommonName"),
        ("*.example.com", "Go clients refuse it, pymilvus and curl fall back to the CommonName"),
        (None, "it is for no host at all, and every client that checks the name refuses it"),
    ],
)
def test_the_message_is_what_clients_do(repository, tool, pki, ca, common_name, told):
    leaf = pki.server(ca, common_name, dns=())
    repository({"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": leaf.pem, "tls/server.key": leaf.key})
    result = tool("check", "--select", "GT310", "--format", "json", "--at", pki.NOW.isoformat()).json
    assert [each["message"].partition(": ")[2] for each in result["findings"]] == [told]
    # and the clients do it
    found = explain_clients("one-way", Files(leaf.pem, leaf.key, ca.pem), pki.NOW)
    assert {name: outcome.result for name, outcome in found.items()} == {
        "go": "fails", "pymilvus": "ok" if common_name else "fails", "curl": "ok" if common_name else "fails",
    }  # fmt: skip
    [certificate] = certificates(leaf.pem)
    assert covers_by_common_name(certificate, common_name or "localhost") is (common_name is not None)
