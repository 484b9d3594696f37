"""What a client trusts, as OpenSSL and BoringSSL keep it: certificates with their trust settings, in the order of their store."""

from __future__ import annotations

from collections.abc import Iterable

from ..records import NamedTuple
from .der import first_element
from .go_der import SEQUENCE, Cursor, Refused
from .ssl_certificate import SslCertificate, certificate
from .ssl_sort import STABLE, shuffling_sort

_ANY_USE = bytes.fromhex("551d2500")
TRUSTED, REJECTED, UNDECIDED = "trusted", "rejected", ""


class Anchor(NamedTuple):
    """A trusted certificate; ``uses`` and ``refused`` are the trust settings behind it (``BEGIN TRUSTED CERTIFICATE``)."""

    certificate: SslCertificate
    uses: frozenset[bytes] = frozenset()
    refused: frozenset[bytes] = frozenset()


def anchor(content: bytes, *, settings: bool) -> Anchor | None:
    """The certificate at the start of some bytes, and its trust settings where they count; None where either is broken."""
    der = first_element(content)
    found = certificate(der)
    if found is None:
        return None
    if not settings or len(der) == len(content):
        return Anchor(found)
    try:
        return _with_settings(found, content[len(der) :])
    except Refused:
        return None


def _with_settings(found: SslCertificate, content: bytes) -> Anchor:
    whole = Cursor(content, "no trust settings")
    inside = whole.inside()
    uses = inside.inside() if inside.peek(SEQUENCE) else None
    refused = inside.inside(0xA0) if inside.peek(0xA0) else None
    for tag in (0x0C, 0x04, 0xA1):
        inside.optional(tag)
    if not inside.empty:
        raise Refused("no trust settings")
    return Anchor(found, frozenset(_oids(uses)), frozenset(_oids(refused)))


def _oids(cursor: Cursor | None) -> Iterable[bytes]:
    while cursor is not None and not cursor.empty:
        yield cursor.oid()


def setting(found: Anchor, boringssl: bool, use: bytes) -> str:
    """What the trust settings of a trusted certificate say of a use."""
    for wanted, answer in ((found.refused, REJECTED), (found.uses, TRUSTED)):
        if use in wanted or (not boringssl and _ANY_USE in wanted):
            return answer
    return REJECTED if found.uses and not boringssl else UNDECIDED


def _rank(one: Anchor) -> tuple[int, bytes]:
    name = one.certificate.canonical_subject
    return len(name), name


_MOST_SORTED = 200


def stored(anchors: Iterable[Anchor], *, boringssl: bool) -> dict[bytes, list[Anchor]]:
    """The anchors without repetitions by their (canonical) subject, in the order in which they are tried: that of the file.

    BoringSSL sorts its store by subject after each addition, which can shuffle those of one name where there are more
    than sixteen certificates [measured: grpcio 1.85.1 for Linux].
    """
    once = list({each.certificate.der: each for each in reversed(list(anchors))}.values())[::-1]
    by_subject = _by_subject(once)
    if not boringssl or len(by_subject) == len(once) or not STABLE < len(once) <= _MOST_SORTED:
        return by_subject
    kept: list[Anchor] = []
    for each in once:
        shuffling_sort(kept, _rank)
        kept.append(each)
    shuffling_sort(kept, _rank)
    return _by_subject(kept)


def _by_subject(anchors: Iterable[Anchor]) -> dict[bytes, list[Anchor]]:
    found: dict[bytes, list[Anchor]] = {}
    for each in anchors:
        found.setdefault(each.certificate.canonical_subject, []).append(each)
    return found
