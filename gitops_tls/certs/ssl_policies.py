"""Certificate policies as BoringSSL checks them on every chain; OpenSSL does so only where it is asked to, which curl does not."""

from __future__ import annotations

from collections.abc import Sequence

from .go_der import OID, SEQUENCE, Cursor, Refused
from .go_extensions import Policies
from .go_policies import valid
from .ssl_certificate import SslCertificate
from .ssl_extensions import INHIBIT_ANY, MAPPINGS, POLICIES, POLICY_CONSTRAINTS

INVALID = "invalid or inconsistent certificate policy extension"
_KINDS = (POLICIES, MAPPINGS, POLICY_CONSTRAINTS, INHIBIT_ANY)


def problem(path: Sequence[SslCertificate]) -> str:
    """The complaint about a path (leaf first, anchor last), in BoringSSL's words; empty where there is none."""
    if len(path) == 1 or not any(kind in _KINDS for one in path[:-1] for kind, _, _ in one.extensions):
        return ""
    try:
        read = [(_policies(one, i > 0), one.self_issued) for i, one in enumerate(path[:-1])]
    except Refused:
        return INVALID
    return "" if valid([*read, (Policies(), True)]) else "no explicit policy"


def _policies(one: SslCertificate, mapped: bool) -> Policies:
    """Raises Refused where an extension is malformed, doubled, empty or maps anyPolicy. Mappings of a leaf are not read."""
    seen: dict[bytes, bytes] = {}
    for kind, _, value in one.extensions:
        if kind in _KINDS and (mapped or kind != MAPPINGS):
            if kind in seen:
                raise Refused("doubled")
            seen[kind] = value
    explicit, mapping = _policy_constraints(seen[POLICY_CONSTRAINTS]) if POLICY_CONSTRAINTS in seen else (None, None)
    return Policies(
        asserted=_asserted(seen[POLICIES]) if POLICIES in seen else (),
        mappings=_mappings(seen[MAPPINGS]) if MAPPINGS in seen else (),
        require_explicit=explicit,
        inhibit_mapping=mapping,
        inhibit_any=_number(Cursor(seen[INHIBIT_ANY], "malformed").one(0x02)) if INHIBIT_ANY in seen else None,
    )


def _asserted(value: bytes) -> tuple[bytes, ...]:
    found = []
    for each in Cursor(value, "malformed").inside().each(SEQUENCE):
        found.append(each.oid())
        each.optional(SEQUENCE)
        if not each.empty:
            raise Refused("malformed")
    if not found or len(set(found)) != len(found):
        raise Refused("empty or doubled policies")
    return tuple(found)


def _mappings(value: bytes) -> tuple[tuple[bytes, bytes], ...]:
    found = tuple((pair.one(OID), pair.one(OID)) for pair in Cursor(value, "malformed").inside().each())
    if not found or any(each == bytes.fromhex("551d2000") for pair in found for each in pair):
        raise Refused("empty mappings, or of anyPolicy")
    return found


def _policy_constraints(value: bytes) -> tuple[int | None, int | None]:
    inside = Cursor(value, "malformed").inside()
    explicit, mapping = inside.optional(0x80), inside.optional(0x81)
    if not inside.empty or (explicit, mapping) == (None, None):
        raise Refused("malformed")
    return (None if explicit is None else _number(explicit)), (None if mapping is None else _number(mapping))


def _number(content: bytes) -> int:
    value = int.from_bytes(content, "big", signed=True)
    if not content or value < 0:
        raise Refused("malformed")
    return value
