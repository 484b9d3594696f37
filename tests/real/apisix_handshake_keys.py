"""Certificates for tests of real handshakes, valid now, whatever day it is; and the peer, or a skip."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from apisix_peer import Ssl, Unavailable, apisix


class Keys:
    """A CA, two intermediate ones in a row, a stranger, and what they issue."""

    def __init__(self, pki: ModuleType) -> None:
        self._pki, self._now = pki, datetime.now(timezone.utc).replace(microsecond=0)
        self.root = pki.root("Shop CA", 1, **self._days())
        self.middle = pki.intermediate(self.root, "Shop Intermediate", 2, **self._days())
        self.low = pki.intermediate(self.middle, "Shop Intermediate 2", 5, **self._days())
        self.stranger = pki.root("Another CA", 6, **self._days())

    def _days(self, first: int = -2, last: int = 300) -> dict[str, Any]:
        return {"not_before": self._now + timedelta(days=first), "not_after": self._now + timedelta(days=last)}

    def server(self, issuer: Any, *names: str, seed: int = 10, first: int = -2, last: int = 300, private: Any = None) -> Any:
        days = self._days(min(first, last - 1), last)
        return self._pki.server(issuer, names[0].replace("*", "any"), seed, dns=names, private=private, **days)

    def client(self, issuer: Any) -> Any:
        return self._pki.client(issuer, "a client", 30, **self._days())

    def locked(self, issued: Any) -> bytes:
        return bytes(self._pki.key_pem(issued.private, password=b"secret"))

    def traditional(self, issued: Any) -> bytes:
        return bytes(self._pki.key_pem(issued.private, "traditional"))


@contextlib.contextmanager
def started(worlds: Sequence[Sequence[Ssl]], keys: Keys) -> Iterator[list[str]]:
    """nginx with each list of ssl objects at a socket of its own; the test is skipped where there is none."""
    unused = keys.server(keys.root, "unused.example")
    try:
        with apisix(worlds, (unused.pem, unused.key)) as paths:
            yield paths
    except Unavailable as reason:
        pytest.skip(f"no real peer: {reason}")
