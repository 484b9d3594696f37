"""GT513: an object that version 2 of the controller passes over in silence."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Label, Rule, label
from ..systems.apisix.model import Apisix, TlsObject
from ..systems.apisix.objects import name_of
from ..systems.apisix.words import TLS
from ..systems.claims import APISIX
from ..text.edits import Fix
from ..yamldoc.node import Node
from .shared import fix_or_none
from .tls_objects import DEPLOYMENT, PAIR, TLS_OBJECT, custom

RULE = Rule(
    "GT513", "ingress-class-missing", WARNING, "version 2 of the controller ignores an object without ingressClassName, silently",
    why="Version 1 takes an ApisixTls without a class. Version 2 takes it only where an IngressClass of its own is the default one, "
    "which the Helm chart does not make it unless it is told to. No status, no event and no log line at the usual level tells.",
    server="`no matching IngressClass available, skip processing`, at log level V(1) alone. Nothing is sent to APISIX: clients see "
    "`tlsv1 alert internal error`.",
    sources=("apisix-ingress-controller internal/controller/utils.go", "apache/apisix#12463", "apisix-ingress-controller#2717"),
    fixable=SOMETIMES,
)  # fmt: skip

_CLASS = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: apisix
spec:
  controller: apisix.apache.org/apisix-ingress-controller
  parameters:
    apiGroup: apisix.apache.org
    kind: GatewayProxy
    name: apisix
    namespace: ingress-apisix
    scope: Namespace
---
apiVersion: apisix.apache.org/v1alpha1
kind: GatewayProxy
metadata:
  name: apisix
  namespace: ingress-apisix
spec:
  provider:
    type: ControlPlane
    controlPlane:
      auth:
        type: AdminKey
        adminKey:
          valueFrom:
            secretKeyRef:
              name: admin
              key: key
"""
_WITHOUT = TLS_OBJECT.replace("  ingressClassName: apisix\n", "")
_AT_END = _WITHOUT + "  ingressClassName: apisix\n"

EXAMPLES = (
    Example(
        "copied from a page about version 1",
        bad={"tls.yaml": _WITHOUT, "secret.yaml": PAIR, "class.yaml": _CLASS, "controller.yaml": DEPLOYMENT % "2.1.0"},
        fixed={"tls.yaml": _AT_END},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR, "class.yaml": _CLASS, "controller.yaml": DEPLOYMENT % "2.1.0"},
        unsafe=True,
    ),
    Example(
        "version 1 takes it",
        bad={"tls.yaml": _WITHOUT, "secret.yaml": PAIR},
        good={"tls.yaml": _WITHOUT, "secret.yaml": PAIR, "controller.yaml": DEPLOYMENT % "1.8.4"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every ApisixTls without a class, and at those whose class is another controller's."""
    apisix = facts.apisix
    if apisix is None:
        return
    for one in custom(facts):
        if one.part is one.node:
            continue  # its indentation is lost
        if one.class_name is None:
            yield from _without(one, apisix)
    for one in apisix.ignored:
        if one.class_node is not None and one.kind == TLS:
            message = f"the IngressClass `{one.class_name}` is not one of APISIX: its controller ignores {one.title}"
            yield RULE.at(one.class_node, message, related=_foreign(facts, one), severity=ERROR)


def _without(one: TlsObject, apisix: Apisix) -> Iterator[Finding]:
    known = apisix.versions
    if known.major == 1 or any(gateway.default for gateway in apisix.gateways):
        return
    sure = known.second and bool(apisix.classes)
    effect = "ignores it without a word"
    if known.second:
        message = (
            f"{one.title} names no ingressClassName, and no IngressClass is the default one: version 2 of the controller {effect}"
        )
    else:
        message = f"{one.title} names no ingressClassName: version 2 of the controller {effect}, unless an IngressClass is the default one"
    caret = "add ingressClassName" if not apisix.classes else f"add ingressClassName: {name_of(apisix.classes[0])}"
    yield RULE.at(_spec(one), message, caret=caret, severity=ERROR if sure else WARNING, fix=_fix(one, apisix))


def _spec(one: TlsObject) -> Node:
    """The word ``spec``, under which the class belongs."""
    pair = one.node.pair("spec")
    return pair[0] if pair is not None else one.node


def _fix(one: TlsObject, apisix: Apisix) -> Fix | None:
    from ..yamldoc.edit import set_value

    names = {name_of(node) for node in apisix.classes}
    if len(names) != 1:
        return None
    name = names.pop()
    return fix_or_none(f"write ingressClassName: {name}", False, lambda: set_value(one.part, ("ingressClassName",), name))


def _foreign(facts: Facts, one: TlsObject) -> tuple[Label, ...]:
    """The IngressClass of another controller."""
    for claim in facts.claims.of(APISIX):
        root = claim.root
        if root is not None and root.text("kind") == "IngressClass" and name_of(root) == one.class_name:
            return (label(root.get("spec", "controller") or root, "its controller"),)
    return ()
