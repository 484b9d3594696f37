"""Do the clients of Milvus connect? The definition of ``clients`` in ``status``, from the files alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..records import NamedTuple
from . import own_pair
from .chain import Verdict, any_link
from .facts import Certificate
from .names import as_ip
from .pair import load_ca, load_pair
from .pem import blocks
from .policy import GO, GRPC, OPENSSL, verify_client, verify_server

FINE, FAILS, UNKNOWN = "ok", "fails", "unknown"
ONE_WAY, MUTUAL = "one-way", "mutual"
_DOT_REFUSED = "TLSV1_ALERT_DECODE_ERROR"
"""Go servers refuse a server name that ends in a dot; gRPC sends it as it is, curl without."""
CONSUMERS: Mapping[str, str] = {"pymilvus": GRPC, "curl": OPENSSL, "go": GO}


class Files(NamedTuple):
    """The files that decide; None where one is not in the repository.

    ``ca`` is the file behind caPemPath: what the clients trust, and in mutual mode what the server trusts. Without a
    caPemPath it is the server's certificate file.
    """

    server_pem: bytes | None
    server_key: bytes | None
    ca_pem: bytes | None
    client_pem: bytes | None = None
    client_key: bytes | None = None


class Outcome(NamedTuple):
    """``ok``, ``fails`` or ``unknown``, and the reason in the words of the software (or what is missing)."""

    result: str
    reason: str = ""


def asked_name(certificate: Certificate) -> str:
    """The name a client asks for: ``localhost`` if the certificate has it, else its first name.

    A wildcard stands for any one label, an IP address counts where there is no DNS name, the common name where there is
    no subjectAltName.
    """
    names = certificate.dns_names or certificate.ip_addresses
    if "localhost" in (name.lower() for name in names):
        return "localhost"
    first = names[0] if names else certificate.common_name or "localhost"
    return "milvus" + first[1:] if first.startswith("*.") else first


def client_outcomes(
    mode: str,
    server_pem: bytes | None,
    server_key: bytes | None,
    ca_pem: bytes | None,
    client_pem: bytes | None,
    client_key: bytes | None,
    at: datetime,
    name: str | None = None,
) -> dict[str, str]:
    """``{"pymilvus": …, "curl": …, "go": …}`` with ``ok``, ``fails`` or ``unknown``; see ``explain_clients``."""
    files = Files(server_pem, server_key, ca_pem, client_pem, client_key)
    return {client: outcome.result for client, outcome in explain_clients(mode, files, at, name).items()}


def explain_clients(mode: str, files: Files, at: datetime, name: str | None = None) -> dict[str, Outcome]:
    """What each client meets at a server in ``mode`` (``one-way`` or ``mutual``), judged at a moment (UTC).

    ``name`` is what the clients ask for (default ``asked_name``). A thing that surely fails is ``fails`` even where
    another file is missing; ``unknown`` is said where a missing file decides.
    """
    started = _server(mode, files)
    return {
        client: started if started.result == FAILS else _all(started, _client(consumer, mode, files, at, name))
        for client, consumer in CONSUMERS.items()
    }


def _all(*outcomes: Outcome) -> Outcome:
    """Fails if one fails, else unknown if one is unknown."""
    for result in (FAILS, UNKNOWN):
        for outcome in outcomes:
            if outcome.result == result:
                return outcome
    return Outcome(FINE)


def _missing(what: str) -> Outcome:
    return Outcome(UNKNOWN, f"{what} is not in the repository")


def _server(mode: str, files: Files) -> Outcome:
    """Whether the server starts with these files."""
    if files.server_pem is None:
        pair = _missing("the server's certificate")
    elif files.server_key is None:
        pair = _all(_missing("the server's key"), _readable(files.server_pem))
    else:
        loaded = load_pair(files.server_pem, files.server_key)
        pair = Outcome(FINE) if loaded.ok else Outcome(FAILS, loaded.panic)
    if mode != MUTUAL:
        return pair
    if files.ca_pem is None:
        return _all(pair, _missing("the CA file"))
    bundle = load_ca(files.ca_pem)
    return _all(pair, Outcome(FINE) if bundle.ok else Outcome(FAILS, bundle.panic))


def _readable(server_pem: bytes) -> Outcome:
    """What can be said of a certificate file without its key."""
    probe = load_pair(server_pem, b"")
    return Outcome(FINE) if probe.about == "key" else Outcome(FAILS, probe.panic)


def _client(consumer: str, mode: str, files: Files, at: datetime, name: str | None) -> Outcome:
    accepted = _accepts(consumer, files, at, name)
    if mode != MUTUAL:
        return accepted
    return _all(accepted, _presents(consumer, files), _admitted(consumer, files, at))


def _chain(pem: bytes) -> list[bytes]:
    return [block.der for block in blocks(pem) if block.type == "CERTIFICATE"]


def _accepts(consumer: str, files: Files, at: datetime, name: str | None) -> Outcome:
    """Whether the client trusts the server."""
    if files.ca_pem is None:
        return _missing("the CA file")
    if files.server_pem is None:
        return _missing("the server's certificate")
    chain = _chain(files.server_pem)
    leaf = any_link(chain[0]) if chain else None
    if leaf is None:
        return Outcome(FAILS, "the server's certificate cannot be read")
    asked = name or asked_name(leaf.facts)
    verdict = _said(verify_server(consumer, chain, files.ca_pem, asked, at))
    if consumer == GRPC and verdict.result == FINE:
        if asked.endswith("."):
            return Outcome(FAILS, _DOT_REFUSED)
        if not _calls(leaf.facts, asked):
            return Outcome(FAILS, "call host does not match SSL server name")
    return verdict


def _calls(certificate: Certificate, name: str) -> bool:
    """Whether gRPC makes calls over a connection it accepted: the common name does not count for an address then.

    [measured: pymilvus 3.0.2 with grpcio 1.85.1 and CN=127.0.0.1 shakes hands and fails at its first call]
    """
    return as_ip(name) is None or name in certificate.ip_addresses or name in certificate.dns_names


def _said(verdict: Verdict) -> Outcome:
    return Outcome(FINE) if verdict.ok else Outcome(FAILS, verdict.reason)


def _admitted(consumer: str, files: Files, at: datetime) -> Outcome:
    """Whether the server trusts the client."""
    if files.client_pem is None:
        return _missing("the client's certificate")
    if files.ca_pem is None:
        return _missing("the CA file")
    chain = _chain(files.client_pem) if consumer == GO else own_pair.sent(consumer, files.client_pem) or []
    return _said(verify_client(chain, files.ca_pem, at))


def _presents(consumer: str, files: Files) -> Outcome:
    """Whether the client can load its own pair."""
    if files.client_pem is None:
        return _missing("the client's certificate")
    if files.client_key is None:
        return _missing("the client's key")
    if consumer == GO:
        loaded = load_pair(files.client_pem, files.client_key)
        return Outcome(FINE) if loaded.ok else Outcome(FAILS, loaded.panic)
    problem = own_pair.problem(consumer, files.client_pem, files.client_key)
    return Outcome(FAILS, problem) if problem else Outcome(FINE)
