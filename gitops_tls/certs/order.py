"""Putting a certificate file into the order that servers need: the leaf first, each followed by its issuer."""

from __future__ import annotations

from ..records import NamedTuple
from .chain import Link, link, signed_by
from .keys import is_encrypted, is_key_block, parse_key
from .pem import Block, blocks


class Move(NamedTuple):
    """Replace the bytes ``start`` to ``end`` of a file by another part of the same file."""

    start: int
    end: int
    content: bytes


def leaf_first(cert: bytes, key: bytes | None) -> bytes | None:
    """The same file with its certificates in order, the leaf first; None where nothing is to be moved or it is unclear.

    The leaf is the certificate of the key; without a key, the only one that is no CA.
    """
    moved = moves(cert, key)
    if not moved:
        return None
    parts: list[bytes] = []
    at = 0
    for move in moved:
        parts += [cert[at : move.start], move.content]
        at = move.end
    return b"".join([*parts, cert[at:]])


def moves(cert: bytes, key: bytes | None) -> list[Move]:
    """What :func:`leaf_first` changes, in the order of the file; empty where it gives None.

    A block takes along the lines that stand directly above it (OpenSSL writes the names and attributes of a certificate
    there). All else stays where it is: other blocks, text apart from the blocks, line endings.
    """
    every = blocks(cert)
    found = [block for block in every if block.type == "CERTIFICATE"]
    one = [link(block.der) for block in found]
    known = [each for each in one if each is not None]
    if len(known) != len(found) or len({each.der for each in known}) != len(known):
        return []
    leaf = _leaf(known, key)
    if leaf is None or leaf is known[0]:
        return []
    spans = [_with_lines_above(cert, every, block) for block in found]
    order = [known.index(each) for each in _path(leaf, known)]
    made: list[Move] = []
    for (start, end), other in zip(spans, order, strict=True):
        was = cert[start:end]
        ending = was[len(was.rstrip(b"\r\n")) :]
        content = cert[slice(*spans[other])].rstrip(b"\r\n") + ending
        if content != was:
            made.append(Move(start, end, content))
    return made


def _leaf(known: list[Link], key: bytes | None) -> Link | None:
    if key is None:
        leaves = [each for each in known if not each.facts.is_ca]
        return leaves[0] if len(leaves) == 1 else None
    spki = _public_of(key)
    return next((each for each in known if each.facts.spki_sha256 == spki), None) if spki is not None else None


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


def _with_lines_above(cert: bytes, every: list[Block], block: Block) -> tuple[int, int]:
    """The block with the lines directly above it, up to a blank line or the block before."""
    floor = max((other.end for other in every if other.end <= block.start), default=0)
    start = block.start
    while start > floor:
        above = cert.rfind(b"\n", floor, start - 1) + 1 or floor
        if not cert[above:start].strip():
            break
        start = above
    return start, block.end
