"""GT514: a gateway of version 2 to which nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Label, Rule, label
from ..systems.apisix.model import Gateway
from ..systems.apisix.objects import name_of
from .gt513_ingress_class_missing import _CLASS
from .tls_objects import DEPLOYMENT, PAIR, TLS_OBJECT

RULE = Rule(
    "GT514", "gateway-proxy-missing", ERROR, "the IngressClass leads to no GatewayProxy: objects are accepted and nothing is sent",
    why="Version 2 of the controller learns from the GatewayProxy which APISIX it writes to. An IngressClass without parameters, "
    "or with the name of one that is not there, has none. The chart makes one only with `gatewayProxy.createDefault`.",
    server="The status says `Accepted=True`, `The apisix tls has been accepted and synced to APISIX`; APISIX has nothing, and clients "
    "see `tlsv1 alert internal error`.",
    sources=("apisix-ingress-controller internal/provider/apisix/provider.go", "apisix-ingress-controller#2508", "apache/apisix#12470"),
    fixable=NEVER,
)  # fmt: skip

_ALONE = _CLASS.partition("  parameters:")[0]

EXAMPLES = (
    Example(
        "an IngressClass of version 1 under version 2",
        bad={"class.yaml": _ALONE, "tls.yaml": TLS_OBJECT, "secret.yaml": PAIR, "controller.yaml": DEPLOYMENT % "2.0.0"},
        good={"class.yaml": _CLASS, "tls.yaml": TLS_OBJECT, "secret.yaml": PAIR, "controller.yaml": DEPLOYMENT % "2.0.0"},
    ),
    Example(
        "a slip in the name",
        bad={
            "class.yaml": _CLASS.replace("name: apisix\n    namespace", "name: apisx\n    namespace"),
            "tls.yaml": TLS_OBJECT,
            "secret.yaml": PAIR,
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the GatewayProxy of every gateway that is given something."""
    proxies = facts.apisix.proxies if facts.apisix is not None else ()
    for gateway in facts.gateways:
        missing = gateway.missing_proxy
        if missing is None or gateway.versions.major == 1 or not (gateway.held or gateway.routes):
            continue
        bare = gateway.declared and gateway.node.get("spec", "parameters") is None and not gateway.gateway_api
        if bare and not gateway.versions.second:
            continue  # an IngressClass of version 1 looks like this
        near = [label(node.get("metadata", "name") or node, "a GatewayProxy of another name") for node in proxies]
        related: tuple[Label, ...] = () if bare else tuple(near[:2])
        message = f"{missing.message}: the controller accepts {_what(gateway)} and sends nothing to APISIX"
        yield RULE.at(
            missing.place or label(gateway.node),
            message,
            caret="add parameters" if bare else "",
            related=related,
            severity=ERROR if bare else WARNING,
        )


def _what(gateway: Gateway) -> str:
    if gateway.held:
        return gateway.held[0].tls.title
    return gateway.routes[0].title if gateway.routes else name_of(gateway.node)
