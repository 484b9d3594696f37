"""Putting a certificate file into the order that servers need: the leaf first, each followed by its issuer."""

from __future__ import annotations

from .chain import Link, link, signed_by
from .keys import is_encrypted, is_key_block, parse_key
from .pem import Block, blocks


def leaf_first(cert: bytes, key: bytes) -> bytes | None:
    """The same file with its certificates in order, the key's own first; None where nothing is to be moved or it is unclear.

    Only the blocks change places: text between them, line endings and other blocks stay.
    """
    found = [block for block in blocks(cert) if block.type == "CERTIFICATE"]
    one = [link(block.der) for block in found]
    known = [each for each in one if each is not None]
    spki = _public_of(key)
    if spki is None or len(known) != len(found) or len({each.der for each in known}) != len(known):
        return None
    leaf = next((each for each in known if each.facts.spki_sha256 == spki), None)
    if leaf is None or leaf is known[0]:
        return None
    return _rearranged(cert, found, [known.index(each) for each in _path(leaf, known)])


def _public_of(key: bytes) -> str | None:
    block = next((block for block in blocks(key) if is_key_block(block)), None)
    parsed = parse_key(block.der) if block is not None and not is_encrypted(block) else None
    return parsed.spki_sha256 if parsed is not None else None


def _path(leaf: Link, known: list[Link]) -> list[Link]:
    path, rest = [leaf], [each for each in known if each is not leaf]
    while rest:
        issuer = next((each for each in rest if each.subject == path[-1].issuer and signed_by(path[-1], each)), rest[0])
        rest.remove(issuer)
        path.append(issuer)
    return path


def _rearranged(cert: bytes, found: list[Block], order: list[int]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for block, other in zip(found, order, strict=True):
        ending = cert[block.start : block.end]
        parts += [cert[at : block.start], cert[found[other].start : found[other].end].rstrip(b"\r\n")]
        parts.append(ending[len(ending.rstrip(b"\r\n")) :])
        at = block.end
    return b"".join([*parts, cert[at:]])
