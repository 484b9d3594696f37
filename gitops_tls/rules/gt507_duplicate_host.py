"""GT507: one host, two certificates."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.apisix.model import Gateway, Held, Host
from ..systems.apisix.words import TLS
from ..text.edits import CannotEdit, Patch
from ..yamldoc.node import SEQUENCE, Node
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT, custom

RULE = Rule(
    "GT507", "duplicate-host", ERROR, "one host is given two certificates",
    why="APISIX asks the objects in the order in which it happened to load them; the first that has the host answers. After a "
    "restart it may be the other one. Twice in one list is only noise.",
    server="No error anywhere in version 1. The webhook of version 2 denies the second object where it can read both Secrets: "
    "`SSL configuration conflicts detected`.",
    sources=("runs of radixtree_sni.lua of APISIX", "apisix-ingress-controller internal/webhook/v1/ssl/conflict_detector.go"),
    fixable=SOMETIMES,
)  # fmt: skip

_TWICE = TLS_OBJECT.replace("    - milvus.example.com\n", "    - milvus.example.com\n    - Milvus.example.com\n")
_OTHER = TLS_OBJECT.replace("name: api\n", "name: other\n").replace("api-cert", "other-cert")
_OTHER_SECRET = PAIR.replace("api-cert", "other-cert").replace("server", "expiring")

EXAMPLES = (
    Example(
        "twice in one list",
        bad={"tls.yaml": _TWICE, "secret.yaml": PAIR},
        fixed={"tls.yaml": TLS_OBJECT},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
    Example(
        "two objects with different certificates",
        bad={"a.yaml": TLS_OBJECT, "b.yaml": _OTHER, "secret.yaml": PAIR, "other.yaml": _OTHER_SECRET},
        good={
            "a.yaml": TLS_OBJECT,
            "b.yaml": _OTHER,
            "secret.yaml": PAIR,
            "other.yaml": PAIR.replace("api-cert", "other-cert"),
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look for a host twice in one list, then in two objects of one gateway."""
    for one in custom(facts):
        first: dict[str, Host] = {}
        for host in one.hosts:
            known = first.setdefault(host.name.lower(), host)
            if known is not host and host.node is not None and known.node is not None:
                node = host.node
                fix = fix_or_none("write it once", True, lambda node=node: _removed(node))
                message = f"`{host.name}` stands twice in the hosts of {one.title}"
                yield RULE.at(node, message, related=(label(known.node, "here first"),), severity=WARNING, fix=fix)
    told: set[tuple[int, int]] = set()
    for gateway in facts.gateways:
        yield from _across(gateway, told)


def _removed(node: Node) -> Patch:
    from ..yamldoc.edit import remove_item

    parent = node.parent
    if parent is None or parent.kind != SEQUENCE or not isinstance(node.key, int):
        raise CannotEdit("it is no item of a list")
    return remove_item(parent, node.key)


def _across(gateway: Gateway, told: set[tuple[int, int]]) -> Iterator[Finding]:
    first: dict[str, tuple[Held, Host]] = {}
    for one in gateway.held:
        if not one.in_router:
            continue
        for host in one.tls.hosts:
            earlier, where = first.setdefault(host.name.lower().rstrip("."), (one, host))
            if earlier is one or host.node is None or where.node is None or (id(where.node), id(host.node)) in told:
                continue
            severity = _severity(earlier, one)
            if severity is not None:
                told.add((id(where.node), id(host.node)))
                other = "with another certificate" if severity == ERROR else "with another Secret"
                message = (
                    f"`{host.name}` is also a host of {earlier.tls.title}, {other}: APISIX serves the one that it loads first"
                )
                yield RULE.at(host.node, message, related=(label(where.node, "the other one"),), severity=severity)


def _severity(one: Held, other: Held) -> str | None:
    """None where both bring the same certificate; a warning where that is not known."""
    if one.chain and other.chain:
        return ERROR if one.chain[0].sha256 != other.chain[0].sha256 else None
    left, right = one.tls.secret, other.tls.secret
    if left is None or right is None or (left.name, left.namespace) == (right.name, right.namespace):
        return None
    # an Ingress in another namespace needs its own copy of the same Secret
    same_name = left.name == right.name and TLS not in (one.tls.kind, other.tls.kind)
    return None if same_name else WARNING
