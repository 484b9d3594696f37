"""GT502: a reference to a Secret without its namespace."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.apisix.model import SecretRef
from ..systems.apisix.objects import namespace_of, reference
from ..yamldoc.node import Node
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT, custom

RULE = Rule(
    "GT502", "secret-namespace-missing", ERROR, "secret or caSecret has no namespace, which does not default",
    why="An ApisixTls names its Secrets with namespace and name. Other objects fill in their own namespace; here the API server "
    "wants it written.",
    server="`spec.secret.namespace: Required value`: the object is not created, or the old one stays.",
    sources=("CRD apisix.apache.org_apisixtlses.yaml, all versions",),
    fixable=SOMETIMES,
)  # fmt: skip

_BAD = TLS_OBJECT.replace("    name: api-cert\n    namespace: default\n", "    name: api-cert\n")

EXAMPLES = (
    Example(
        "the namespace is left to the object's own",
        bad={"tls.yaml": _BAD, "secret.yaml": PAIR},
        fixed={"tls.yaml": TLS_OBJECT},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every reference of an ApisixTls, and at the client certificate of an ApisixUpstream."""
    for one in custom(facts):
        refs = [("secret", one.secret), ("caSecret", one.client.ca if one.client is not None else None)]
        for name, ref in refs:
            if ref is not None and ref.namespace is None:
                yield _finding(name, ref, one.node)
    for node in facts.apisix.upstreams if facts.apisix is not None else ():
        ref = reference(node.get("spec", "tlsSecret"))
        if ref is not None and ref.namespace is None:
            yield _finding("tlsSecret", ref, node)


def _finding(name: str, ref: SecretRef, node: Node) -> Finding:
    from ..yamldoc.edit import set_value

    own = namespace_of(node)
    fix = None
    if own:
        fix = fix_or_none(f"write namespace: {own}", True, lambda: set_value(ref.node, ("namespace",), own))
    message = f"`{name}` has no namespace, and it does not default to the object's own: the API server refuses the object"
    return RULE.at(ref.name_node or ref.node, message, caret="add its namespace", fix=fix)
