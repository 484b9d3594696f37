"""Reordering a chain: the pair loads afterwards, and nothing but the places of the blocks changes."""

from __future__ import annotations

from itertools import permutations

import pytest
from certs_pki import intermediate, root, server

from gitops_tls.certs.order import leaf_first
from gitops_tls.certs.pair import load_pair

CA = root()
BETWEEN = intermediate(CA)
HOST = server(BETWEEN)
RIGHT = HOST.pem + BETWEEN.pem + CA.pem


@pytest.mark.parametrize("order", list(permutations((HOST, BETWEEN, CA))))
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_every_order(order: tuple[object, ...], newline: bytes) -> None:
    wrong = b"".join(each.pem for each in order).replace(b"\n", newline)  # type: ignore[attr-defined]
    fixed = leaf_first(wrong, HOST.key)
    if order[0] is HOST:
        assert fixed is None
    else:
        assert fixed == RIGHT.replace(b"\n", newline)
        assert load_pair(fixed, HOST.key).ok


def test_text_and_end_stay() -> None:
    wrong = b"# the CA\n" + BETWEEN.pem + b"# the server\n" + HOST.pem.rstrip()
    assert leaf_first(wrong, HOST.key) == b"# the CA\n" + HOST.pem + b"# the server\n" + BETWEEN.pem.rstrip()


def test_nothing_to_do() -> None:
    assert leaf_first(BETWEEN.pem + CA.pem, HOST.key) is None
    assert leaf_first(BETWEEN.pem + HOST.pem, b"") is None
    assert leaf_first(BETWEEN.pem + BETWEEN.pem + HOST.pem, HOST.key) is None
    assert leaf_first(b"", HOST.key) is None
