"""The certificate and key pairs that servers load, each once, with Go's verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from ..facts import Facts
from ..systems.milvus.uses import CLIENT, CLIENT_KEY, INTERNAL_KEY, INTERNAL_SERVER, SERVER, SERVER_KEY, Use, uses

if TYPE_CHECKING:
    from ..certs.pair import PairResult


def pairs(facts: Facts) -> Iterator[tuple[Use, Use, PairResult]]:
    """Each ``(certificate, key, result of loading)`` whose two contents are in the repository."""
    yield from _loaded(pair_uses(facts))


def client_pairs(facts: Facts) -> Iterator[tuple[Use, Use, PairResult]]:
    """Each client's pair that stands beside a CA of tlsMode 2. The server does not read it; clients are given it."""
    found = list(uses(facts.deployments))
    following = pairwise(found)
    yield from _loaded((one, key) for one, key in following if one.role == CLIENT and key.role == CLIENT_KEY)


def _loaded(found: Iterable[tuple[Use, Use]]) -> Iterator[tuple[Use, Use, PairResult]]:
    seen: set[tuple[str, int, str, int]] = set()
    for certificate, key in found:
        if certificate.view.content is None or key.view.content is None:
            continue
        mark = (
            certificate.view.path or "", id(certificate.view.node), key.view.path or "", id(key.view.node),
        )  # fmt: skip
        if mark not in seen:
            from ..certs.pair import load_pair

            seen.add(mark)
            yield certificate, key, load_pair(certificate.view.content, key.view.content)


def pair_uses(facts: Facts) -> Iterator[tuple[Use, Use]]:
    """Each server certificate with its key, whatever is known of them."""
    held: dict[str, Use] = {}
    for use in uses(facts.deployments):
        if use.role in (SERVER, INTERNAL_SERVER):
            held[use.role] = use
        elif use.role == SERVER_KEY and SERVER in held:
            yield held.pop(SERVER), use
        elif use.role == INTERNAL_KEY and INTERNAL_SERVER in held:
            yield held.pop(INTERNAL_SERVER), use
