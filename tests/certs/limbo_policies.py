"""Chains with certificate policies, each with what Go 1.25.5 says of it (``says``: see ``limbo_more``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from certs_limbo_cases import Make
from certs_limbo_more import Question
from certs_pki import EKU, ec_key
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

INVALID = "x509: no valid chains built: all candidate chains have invalid policies"
_ONE, _TWO, _THREE = (f"1.3.6.1.4.1.55738.9.{i}" for i in (1, 2, 3))
_ANY = "2.5.29.32.0"


def policies(*oids: str) -> dict[str, Any]:
    """certificatePolicies."""
    return {"policies": x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(oid), None) for oid in oids])}


def limits(explicit: int | None = None, mapping: int | None = None) -> dict[str, Any]:
    """policyConstraints."""
    return {"limits": (x509.PolicyConstraints(explicit, mapping), True)}


def inhibit(after: int) -> dict[str, Any]:
    """inhibitAnyPolicy."""
    return {"inhibit": (x509.InhibitAnyPolicy(after), True)}


def mapped(*pairs: tuple[str, str]) -> dict[str, Any]:
    """policyMappings."""
    packed = []
    for pair in pairs:
        inside = b"".join(_oid(oid) for oid in pair)
        packed.append(bytes([0x30, len(inside)]) + inside)
    value = b"".join(packed)
    return {
        "mappings": (x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), bytes([0x30, len(value)]) + value), True),
    }


def _oid(dotted: str) -> bytes:
    """The DER of one of the identifiers above."""
    tail = {_ANY: "551d2000", _ONE: "2b0601040183b33a0901", _TWO: "2b0601040183b33a0902", _THREE: "2b0601040183b33a0903"}
    content = bytes.fromhex(tail[dotted])
    return bytes([6, len(content)]) + content


def questions() -> Iterator[Question]:
    """Every question."""
    for label, levels, leaf, says in _TABLE:
        make = Make()
        path = [make.ca()]
        for level in levels:
            same = {"common_name": "limbo root"} if level.get("self") else {}
            path.append(make.ca(path[-1], **same, **{key: value for key, value in level.items() if key != "self"}))
        yield Question(f"policies: {label}", [make.leaf(path[-1], **leaf), *reversed(path[1:])], path[:1], says)
    yield from _several(Make())


_NEED = limits(0)
_TABLE: list[tuple[str, list[dict[str, Any]], dict[str, Any], str]] = [
    ("none", [{}], {}, ""),
    ("in the leaf alone", [{}], policies(_ONE), ""),
    ("ica-noncritical-pc", [{"limits": x509.PolicyConstraints(3, None)}], {}, ""),
    ("needed now, there are none", [_NEED], {}, INVALID),
    ("needed now, the authority has none", [_NEED], policies(_ONE), INVALID),
    ("needed now, the leaf has none", [{**_NEED, **policies(_ONE)}], {}, INVALID),
    ("needed now, the same", [{**_NEED, **policies(_ONE)}], policies(_ONE), ""),
    ("needed now, another", [{**_NEED, **policies(_ONE)}], policies(_TWO), INVALID),
    ("needed now, one of two", [{**_NEED, **policies(_ONE, _TWO)}], policies(_TWO, _THREE), ""),
    ("needed now, any", [{**_NEED, **policies(_ANY)}], policies(_TWO), ""),
    ("needed now, any in the leaf", [{**_NEED, **policies(_ONE)}], policies(_ANY), ""),
    ("not needed, another", [policies(_ONE)], policies(_TWO), ""),
    ("needed one further down, one authority", [limits(1)], {}, INVALID),
    ("needed two further down, one authority", [limits(2)], {}, ""),
    ("needed one further down, two authorities", [limits(1), {}], {}, INVALID),
    ("a self-issued authority does not count", [{**limits(2), "self": True}, {"self": True}], {}, ""),
    ("needed by the leaf", [policies(_ONE)], {**policies(_TWO), **limits(0)}, INVALID),
    ("needed by the leaf, which has it", [policies(_ONE)], {**policies(_ONE), **limits(0)}, ""),
    ("needed by the leaf later", [policies(_ONE)], {**policies(_TWO), **limits(1)}, ""),
    ("any is inhibited", [{**_NEED, **policies(_ANY), **inhibit(0)}], policies(_ANY), INVALID),
    ("any is inhibited later", [{**_NEED, **policies(_ANY), **inhibit(1)}], policies(_ANY), ""),
    ("any is inhibited, a name is not", [{**_NEED, **policies(_ONE), **inhibit(0)}], policies(_ONE), ""),
    ("mapped", [{**_NEED, **policies(_ONE), **mapped((_ONE, _TWO))}], policies(_TWO), ""),
    ("mapped away", [{**_NEED, **policies(_ONE), **mapped((_ONE, _TWO))}], policies(_ONE), INVALID),
    ("mapped from any", [{**_NEED, **policies(_ANY), **mapped((_ONE, _TWO))}], policies(_TWO), ""),
    ("mapped to two", [{**_NEED, **policies(_ONE), **mapped((_ONE, _TWO), (_ONE, _THREE))}], policies(_THREE), ""),
    ("mapping anyPolicy", [{**policies(_ANY), **mapped((_ANY, _TWO))}], policies(_TWO), INVALID),
    ("mapping to anyPolicy", [{**policies(_ONE), **mapped((_ONE, _ANY))}], policies(_TWO), INVALID),
    (
        "mapping is inhibited",
        [{**limits(0, 0), **policies(_ONE)}, {**policies(_ONE), **mapped((_ONE, _TWO))}],
        policies(_TWO),
        INVALID,
    ),
    (
        "mapping is inhibited later",
        [{**limits(0, 1), **policies(_ONE)}, {**policies(_ONE), **mapped((_ONE, _TWO))}],
        policies(_TWO),
        "",
    ),
    ("lost in the middle", [{**_NEED, **policies(_ONE)}, policies(_TWO)], policies(_ONE), INVALID),
    ("twice", [{}], {"policies": policies(_ONE, _ONE)["policies"]}, "x509: invalid certificate policies"),
]


def _several(make: Make) -> Iterator[Question]:
    """Two ways to a root: one with the wrong policies, another that is good, or wrong in another way."""
    root = make.ca()
    bad = make.ca(root, "limbo shared", private=ec_key(501), **limits(0))
    good = make.ca(root, "limbo shared", private=ec_key(501))
    leaf = make.leaf(good)
    yield Question("policies: another way is good", [leaf, bad, good], [root], "")
    code = make.ca(root, "limbo shared", private=ec_key(501), extended=x509.ExtendedKeyUsage([EKU["code"]]))
    says = "x509: no valid chains built: 1 chains with incompatible key usage, 1 chains with invalid policies"
    yield Question("policies: two ways, both wrong", [leaf, bad, code], [root], says)
    yield Question("policies: needed by the leaf under the root", [make.leaf(root, **limits(0))], [root], INVALID)
    own = make.leaf(root, **limits(0))
    yield Question("policies: the leaf itself is trusted", [own], [own], "")
    yield Question("policies: of the root do not count", [make.leaf(asks := make.ca(**limits(0)))], [asks], "")
