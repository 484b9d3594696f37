"""Reordering a chain: the pair loads afterwards, and nothing but the places of the blocks changes."""

from __future__ import annotations

from itertools import permutations

import pytest
from certs_pki import Issued, intermediate, root, server
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs.order import leaf_first
from gitops_tls.certs.pair import load_pair
from gitops_tls.certs.pem import blocks

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


def test_lines_directly_above_move_along_and_the_end_stays() -> None:
    wrong = b"# the CA\n" + BETWEEN.pem + b"# the server\n" + HOST.pem.rstrip()
    assert leaf_first(wrong, HOST.key) == b"# the server\n" + HOST.pem + b"# the CA\n" + BETWEEN.pem.rstrip()


def test_text_apart_and_other_blocks_stay() -> None:
    wrong = b"made by hand\n\n" + HOST.key + b"subject=CA\nissuer=CA\n" + BETWEEN.pem + b"\n" + HOST.pem + b"the end\n"
    fixed = leaf_first(wrong, HOST.key)
    assert fixed == b"made by hand\n\n" + HOST.key + HOST.pem + b"\nsubject=CA\nissuer=CA\n" + BETWEEN.pem + b"the end\n"
    assert load_pair(fixed, HOST.key).ok


def test_without_a_key_the_leaf_is_the_one_that_is_no_authority() -> None:
    assert leaf_first(BETWEEN.pem + HOST.pem, None) == HOST.pem + BETWEEN.pem
    assert leaf_first(HOST.pem + BETWEEN.pem, None) is None
    assert leaf_first(BETWEEN.pem + CA.pem, None) is None


@given(
    st.permutations((HOST, BETWEEN, CA)),
    st.lists(st.sampled_from([b"", b"\n", b"# x\n", b"# a\n# b\n", b"y\n\n"]), min_size=4, max_size=4),
)
@settings(deadline=None, max_examples=60)
def test_nothing_is_lost(order: list[Issued], between: list[bytes]) -> None:
    wrong = b"".join(text + each.pem for text, each in zip(between, order, strict=False)) + between[3]
    fixed = leaf_first(wrong, HOST.key)
    if fixed is None:
        assert order[0] is HOST
        return
    assert sorted(fixed.splitlines()) == sorted(wrong.splitlines())
    assert [block.der for block in blocks(fixed)] == [HOST.der, BETWEEN.der, CA.der]
    assert leaf_first(fixed, HOST.key) is None


def test_nothing_to_do() -> None:
    assert leaf_first(BETWEEN.pem + CA.pem, HOST.key) is None
    assert leaf_first(BETWEEN.pem + HOST.pem, b"") is None
    assert leaf_first(BETWEEN.pem + BETWEEN.pem + HOST.pem, HOST.key) is None
    assert leaf_first(b"", HOST.key) is None
