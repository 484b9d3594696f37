"""The real server for tests; skipped with the reason where it cannot be had."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from types import ModuleType

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from apisix_handshake_keys import Keys, started
from apisix_peer import Ssl
from milvus_server import Server, Unavailable, install


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked ``real``: ``pytest -m "not real"`` leaves it out."""
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here + os.sep):
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def real_servers() -> Iterator[list[Server]]:
    """Some places for a real Milvus 2.3.5 each, to ask them at the same time (a start is nearly all waiting)."""
    servers: list[Server] = []
    try:
        try:
            home = install()
            servers.extend(Server(home) for _ in range(6))
        except Unavailable as reason:
            pytest.skip(f"no real Milvus: {reason}")
        yield servers
    finally:
        for server in servers:
            server.close()


@pytest.fixture
def real_server(real_servers: list[Server]) -> Server:
    """One place for a real Milvus 2.3.5."""
    return real_servers[0]


@pytest.fixture(scope="session")
def keys(pki: ModuleType) -> Keys:
    """Certificates for handshakes."""
    return Keys(pki)


@pytest.fixture
def peer(keys: Keys) -> Iterator[Callable[[Sequence[Sequence[Ssl]]], list[str]]]:
    """A function that starts nginx with lists of ssl objects, each at a socket of its own."""
    with ExitStack() as stack:
        yield lambda worlds: stack.enter_context(started(worlds, keys))
