"""What a client trusts, as OpenSSL and BoringSSL keep it: certificates with their trust settings, in the order of their store."""

from __future__ import annotations

from collections.abc import Iterable

from ..records import NamedTuple
from .der import first_element
from .go_der import SEQUENCE, Cursor, Refused
from .ssl_certificate import SslCertificate, certificate

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


_MOST_SORTED = 300


def stored(anchors: Iterable[Anchor], *, heap: bool) -> dict[bytes, list[Anchor]]:
    """The anchors without repetitions by their (canonical) subject, in the order in which they are tried: that of the file.

    With ``heap`` as BoringSSL has them, which sorts by heap after each addition and so shuffles those of one name.
    """
    once = list({each.certificate.der: each for each in reversed(list(anchors))}.values())[::-1]
    by_subject = _by_subject(once)
    if heap and len(by_subject) < len(once) <= _MOST_SORTED:
        kept: list[Anchor] = []
        for each in once:
            _heap_sort(kept)
            kept.append(each)
        _heap_sort(kept)
        return _by_subject(kept)
    return by_subject


def _by_subject(anchors: Iterable[Anchor]) -> dict[bytes, list[Anchor]]:
    found: dict[bytes, list[Anchor]] = {}
    for each in anchors:
        found.setdefault(each.certificate.canonical_subject, []).append(each)
    return found


def _heap_sort(kept: list[Anchor]) -> None:
    if len(kept) < 2:
        return
    for i in range((len(kept) - 2) // 2, -1, -1):
        _sink(kept, i, len(kept))
    for i in range(len(kept) - 1, 0, -1):
        kept[0], kept[i] = kept[i], kept[0]
        _sink(kept, 0, i)


def _sink(kept: list[Anchor], i: int, size: int) -> None:
    while True:
        largest = i
        for child in (2 * i + 1, 2 * i + 2):
            if child < size and _rank(kept[largest]) < _rank(kept[child]):
                largest = child
        if largest == i:
            return
        kept[i], kept[largest] = kept[largest], kept[i]
        i = largest
