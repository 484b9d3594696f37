"""``cert verify``: three verdicts, in words and as JSON, and errors of use without a trace."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_tls.commands import cert_verify
from gitops_tls.errors import UsageError

_spec = importlib.util.spec_from_file_location("verify_pki", Path(__file__).parents[1] / "certs" / "pki.py")
assert _spec is not None
assert _spec.loader is not None
pki = importlib.util.module_from_spec(_spec)
sys.modules["verify_pki"] = pki
_spec.loader.exec_module(pki)

CA, OTHER = pki.root(), pki.root("Other CA", seed=9)
BETWEEN = pki.intermediate(CA)
AT = pki.NOW.isoformat()

CASES: dict[str, tuple[Any, ...]] = {
    "good": ([pki.server(CA)], [CA], "localhost", "server", {}),
    "an IP address": ([pki.server(CA, ips=["10.0.0.1"])], [CA], "10.0.0.1", "server", {}),
    "chain": ([pki.server(BETWEEN), BETWEEN], [CA], "localhost", "server", {}),
    "client": ([pki.client(CA)], [CA], None, "client", {}),
    "a gap": (
        [pki.server(BETWEEN)], [CA], "localhost", "server",
        {"go": "unknown authority", "openssl": "unable to get local issuer", "grpc": "unable to get local issuer"},
    ),
    "common name": ([pki.server(CA, dns=())], [CA], "localhost", "server", {"go": "legacy Common Name"}),
    "Ed25519": ([pki.server(CA, private=pki.ed25519_key(3))], [CA], "localhost", "server", {"grpc": "HANDSHAKE_FAILURE"}),
    "wrong name": (
        [pki.server(CA)], [CA], "milvus", "server",
        {"go": "is valid for localhost, not milvus", "openssl": "matches target host name 'milvus'", "grpc": "Hostname"},
    ),
    "a client that is a server": (
        [pki.server(CA)], [CA], None, "client",
        {"go": "incompatible key usage", "openssl": "certificate purpose", "grpc": "certificate purpose"},
    ),
    "another CA": ([pki.client(CA)], [OTHER], None, "client", {"go": "unknown authority", "openssl": "issuer", "grpc": "issuer"}),
    "ended": (
        [pki.server(CA, not_before=pki.NOW - timedelta(9), not_after=pki.NOW - timedelta(1))], [CA], "localhost", "server",
        {"go": "expired or is not yet valid", "openssl": "has expired", "grpc": "has expired"},
    ),
}  # fmt: skip


def values(folder: Path, chain: list[Any], roots: list[Any], name: str | None, usage: str, **more: Any) -> dict[str, Any]:
    (folder / "chain.pem").write_bytes(b"".join(each.pem for each in chain))
    (folder / "roots.pem").write_bytes(b"".join(each.pem for each in roots))
    given = {"cert": str(folder / "chain.pem"), "ca": str(folder / "roots.pem"), "usage": usage, "at": AT, **more}
    return given if name is None else {**given, "name": name}


@pytest.mark.parametrize(("chain", "roots", "name", "usage", "refused"), CASES.values(), ids=CASES)
def test_the_three_verdicts(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    chain: Any,
    roots: Any,
    name: str | None,
    usage: str,
    refused: dict[str, str],
) -> None:
    given = values(tmp_path, chain, roots, name, usage)
    assert cert_verify.run({**given, "format": ("json",)}) == bool(refused)
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert list(told) == ["version", "verdicts"]
    assert list(told["verdicts"]) == ["go", "openssl", "grpc"]
    for consumer, verdict in told["verdicts"].items():
        assert verdict["result"] == ("fails" if consumer in refused else "ok")
        assert refused[consumer] in verdict["reason"] if consumer in refused else verdict["reason"] == ""
    assert cert_verify.run(given) == bool(refused)
    text = capsys.readouterr().out
    assert text.count("\n  refuses  ") == len(refused)
    assert text.count("\n  accepts  ") == 3 - len(refused)
    for consumer, verdict in told["verdicts"].items():
        assert verdict["reason"] in text, consumer
        assert not verdict["reason"] or cert_verify._meaning(verdict["reason"])


def test_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    values(tmp_path, [pki.server(CA, dns=())], [CA], "localhost", "server")
    monkeypatch.chdir(tmp_path)
    cert_verify.run({"cert": "chain.pem", "ca": "roots.pem", "name": "localhost", "at": "2026-11-22"})
    assert capsys.readouterr().out == (
        "CN=localhost,O=zilliz (chain.pem) as the server localhost, with roots.pem trusted, on 2026-11-22\n"
        "\n"
        "  refuses  Go clients, and Milvus' own components\n"
        "           it has no subjectAltName, and the CommonName does not count\n"
        "           `x509: certificate relies on legacy Common Name field, use SANs instead`\n"
        "  accepts  OpenSSL (curl)\n"
        "  accepts  gRPC (pymilvus)\n"
    )


def test_brackets_are_no_part_of_an_address(tmp_path: Path) -> None:
    leaf = pki.server(CA, ips=["::1"])
    for name in ("::1", "[::1]"):
        asked = cert_verify.question(values(tmp_path, [leaf], [CA], name, "server"))
        assert asked.name == "::1"
        assert all(verdict.ok for verdict in cert_verify.answer(asked).values())


def test_every_reason_is_told_in_plain_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = values(tmp_path, [pki.server(CA, unknown_critical=True)], [CA], "localhost", "server")
    assert cert_verify.run(given) == 1
    assert capsys.readouterr().out.count("marked critical that this software does not know") == 3
    (tmp_path / "ca.der").write_bytes(CA.der)
    assert cert_verify.run({**given, "ca": str(tmp_path / "ca.der")}) == 1
    assert capsys.readouterr().out.count("it can read no certificate in the CA file, which has to be PEM") == 3


def test_dates_and_names_count_only_where_they_do(tmp_path: Path) -> None:
    given = values(tmp_path, [pki.client(CA)], [CA], "whatever", "client")
    assert cert_verify.run(given) == 0
    assert cert_verify.run({**given, "at": "2040-01-01"}) == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": None}, "--name is missing"),
    "a URL": ({"name": "https://localhost:19530"}, "no DNS name"),
    "a port": ({"name": "localhost:19530"}, "no DNS name"),
    "an unknown usage": ({"usage": "both"}, "neither server nor client"),
    "no certificate": ({"cert": None}, "--cert is missing"),
    "no CA": ({"ca": None}, "--ca is missing"),
    "a missing file": ({"cert": "nowhere.pem"}, "cannot be read"),
    "a folder": ({"ca": "."}, "cannot be read"),
    "a key": ({"cert": "KEY"}, "holds no certificate in PEM: it is a private key"),
    "DER": ({"cert": "DER"}, "holds no certificate in PEM: it is a DER certificate"),
    "an empty CA": ({"ca": "EMPTY"}, "holds no certificate: it is an empty file"),
    "a broken certificate": ({"cert": "BROKEN"}, "is malformed"),
    "a date": ({"at": "soon"}, "which is no date"),
    "a format": ({"format": ("sarif",)}, "no format `sarif`"),
    "a NUL in a path": ({"cert": "a\0b"}, "no path"),
}


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG)
def test_errors_of_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], words: str) -> None:
    server = pki.server(CA)
    given = {**values(tmp_path, [server], [CA], "localhost", "server"), **change}
    (tmp_path / "KEY").write_bytes(server.key)
    (tmp_path / "DER").write_bytes(server.der)
    (tmp_path / "EMPTY").write_bytes(b"")
    (tmp_path / "BROKEN").write_bytes(b"-----BEGIN CERTIFICATE-----\nMAAwAA==\n-----END CERTIFICATE-----\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        cert_verify.run(given)
    assert words in str(caught.value)


@given(st.binary(max_size=300), st.booleans(), st.integers(0, 400), st.integers(0, 255))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_input_ends_in_a_traceback(tmp_path: Path, junk: bytes, bend: bool, at: int, byte: int) -> None:
    given = values(tmp_path, [pki.server(BETWEEN), BETWEEN], [CA], "localhost", "server")
    whole = (tmp_path / "chain.pem").read_bytes()
    (tmp_path / "chain.pem").write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :] if bend else junk)
    (tmp_path / "roots.pem").write_bytes(CA.pem + junk)
    with contextlib.suppress(UsageError):
        assert cert_verify.run(given) in (0, 1)
