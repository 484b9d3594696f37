"""One door to the verifiers: what Go, gRPC (BoringSSL) and curl (OpenSSL) make of a chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import boringssl, go, openssl
from .chain import CLIENT, SERVER, Verdict

GO, GRPC, OPENSSL = "go", "grpc", "openssl"
CONSUMERS = (GO, OPENSSL, GRPC)


def verify_server(consumer: str, chain: Sequence[bytes], roots: bytes, name: str, at: datetime) -> Verdict:
    """Whether a client accepts a server's certificates.

    ``consumer`` is ``go``, ``grpc`` or ``openssl``; ``chain`` holds DER, leaf first; ``roots`` is the client's PEM file;
    ``name`` is the DNS name or IP address it asks for; ``at`` is UTC. Raises ValueError for another consumer.
    """
    if consumer == GO:
        return go.verify(chain, roots, SERVER, name, at)
    if consumer == GRPC:
        return boringssl.verify(chain, roots, name, at)
    if consumer == OPENSSL:
        return openssl.verify(chain, roots, name, at)
    raise ValueError(f"no verifier is called `{consumer}`")


def verify_client(chain: Sequence[bytes], ca_pem: bytes, at: datetime) -> Verdict:
    """Whether Milvus in tlsMode 2 accepts a client's certificates (Go: RequireAndVerifyClientCert; no name is checked)."""
    return go.verify(chain, ca_pem, CLIENT, None, at)
