"""GT515: a host that wants client certificates on HTTPS and answers everybody on HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import NEVER, WARNING, Example, Finding, Rule, label
from ..systems.apisix.model import MUTUAL as WANTS_CERTIFICATES
from ..systems.apisix.names import is_placeholder
from ..systems.apisix.objects import redirects_all
from ..systems.apisix.words import GATEWAY_LISTENER
from .tls_objects import AUTHORITY, MUTUAL, PAIR, ROUTE

RULE = Rule(
    "GT515", "mtls-bypass-http", WARNING, "a host with mTLS answers on plain HTTP too, where nobody is asked for a certificate",
    why="APISIX checks the client certificate in the TLS handshake. The same route answers on the plain port (9080), unless it "
    "redirects to HTTPS.",
    server="`curl http://gateway:9080/ -H 'Host: api.example.com'` gets the answer that mTLS should protect.",
    sources=("apisix docs/en/latest/mtls.md: the mTLS protection only happens in HTTPS",),
    fixable=NEVER,
)  # fmt: skip

_HEAD, _REST = ROUTE.split("      plugins:\n")
_OPEN = _HEAD + "      backends:" + _REST.split("      backends:")[1]

EXAMPLES = (
    Example(
        "no redirect",
        bad={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": AUTHORITY, "route.yaml": _OPEN},
        good={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": AUTHORITY, "route.yaml": ROUTE},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the routes of the hosts that want client certificates."""
    told: set[int] = set()
    for gateway in facts.gateways:
        if redirects_all(gateway.proxy) or not any(one.tls.client is not None for one in gateway.held):
            continue
        for route in gateway.routes:
            for host in route.hosts:
                if host.node is None or host.name in route.redirects or is_placeholder(host.name) or id(host.node) in told:
                    continue
                result = gateway.result(host.name)
                held = result.held if result is not None else None
                if result is None or held is None or result.tls != WANTS_CERTIFICATES or held.tls.client is None:
                    continue
                if held.tls.kind == GATEWAY_LISTENER:
                    continue  # whether a route belongs to the listener for plain HTTP too, its parentRefs and the version tell
                told.add(id(host.node))
                message = f"{route.title} answers `{host.name}` on plain HTTP too, where no client certificate is asked for"
                related = (label(held.tls.client.node, f"{held.tls.title} asks for one"),)
                yield RULE.at(host.node, message, caret="redirect HTTP to HTTPS", related=related)
