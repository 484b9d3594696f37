"""GT505: a host that a route exposes and no certificate serves."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Label, Rule, label
from ..systems.apisix.model import INTERNAL_ERROR, Gateway, Held, Host, HostResult, Route
from ..systems.apisix.names import is_placeholder
from ..systems.apisix.words import TLS
from ..text.edits import Fix
from ..yamldoc.node import Node
from .shared import fix_or_none
from .tls_objects import PAIR, ROUTE, TLS_OBJECT

RULE = Rule(
    "GT505", "route-host-without-certificate", ERROR, "a route exposes a host that no ApisixTls, Ingress or listener serves",
    why="Routes and certificates are joined only by the host that a client asks for. A wildcard covers one label: neither the "
    "domain itself nor hosts two labels below. The controller does not compare them.",
    server="Without a match the handshake ends with `tlsv1 alert internal error`; APISIX logs `failed to match any SSL certificate "
    "by SNI`. Plain HTTP goes on to work, so the rule warns only, unless the route itself sends clients to HTTPS.",
    sources=("runs of radixtree_sni.lua of APISIX", "apache/apisix#6629", "apache/apisix#10270"),
    fixable=SOMETIMES,
)  # fmt: skip

_WILD = TLS_OBJECT.replace("milvus.example.com", '"*.example.com"')
_BELOW = ROUTE.replace("milvus.example.com", "a.b.example.com")
_FIXED = TLS_OBJECT.replace("    - milvus.example.com\n", "    - milvus.internal\n    - milvus.example.com\n")

EXAMPLES = (
    Example(
        "two labels below a wildcard",
        bad={"tls.yaml": _WILD, "route.yaml": _BELOW, "secret.yaml": PAIR},
        good={"tls.yaml": _WILD, "route.yaml": ROUTE, "secret.yaml": PAIR},
    ),
    Example(
        "the certificate is for it, the ApisixTls does not say so",
        bad={
            "tls.yaml": TLS_OBJECT.replace("milvus.example.com", "milvus.internal"),
            "route.yaml": ROUTE,
            "secret.yaml": PAIR,
        },
        fixed={"tls.yaml": _FIXED},
        good={"tls.yaml": TLS_OBJECT, "route.yaml": ROUTE, "secret.yaml": PAIR},
        unsafe=True,
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Ask the router of each gateway for the hosts of its routes."""
    told: set[tuple[str, str, int]] = set()
    for gateway in facts.gateways:
        near = _wildcards(gateway)
        custom = [held for held in gateway.held if held.tls.kind == TLS]
        for route in gateway.routes:
            for host in route.hosts:
                node = host.node
                if node is None or is_placeholder(host.name) or (host.name, node.path, node.start) in told:
                    continue
                redirects = host.name in route.redirects
                # a gateway without any certificate serves plain HTTP, or is given them elsewhere
                if not redirects and not custom:
                    continue
                result = gateway.result(host.name)
                if (
                    result is not None
                    and result.held is None
                    and result.client_sees == INTERNAL_ERROR
                    and _answerable(gateway, result)
                ):
                    told.add((host.name, node.path, node.start))
                    yield _finding(custom, _near(near, host.name), route, host, redirects=redirects)


def _answerable(gateway: Gateway, result: HostResult) -> bool:
    """Whether the missing answer is news: not where the object that names the host has a finding of its own."""
    return bool(gateway.held) and not any(" names it, but " in reason.message for reason in result.why)


def _finding(custom: list[Held], near: tuple[Held, str, Node] | None, route: Route, exposed: Host, *, redirects: bool) -> Finding:
    host = exposed.name
    message = f"no certificate serves `{host}`, which {route.title} exposes: clients see `tlsv1 alert internal error`"
    related: tuple[Label, ...] = ()
    if near is not None:
        held, pattern, node = near
        related = (label(node, f"`{pattern}` stands for exactly one label"),)
        message += f"; `{pattern}` of {held.tls.title} does not cover it"
    place = exposed.node if exposed.node is not None else route.node
    return RULE.at(place, message, related=related, severity=ERROR if redirects else WARNING, fix=_fix(custom, host))


_Near = dict[str, tuple[Held, str, Node]]


def _wildcards(gateway: Gateway) -> _Near:
    """The wildcards of a gateway by what stands after their star and dot."""
    found: _Near = {}
    for held in gateway.held:
        for one in held.tls.hosts if held.in_router else ():
            if one.node is not None and one.name.startswith("*."):
                found.setdefault(one.name[2:].lower(), (held, one.name, one.node))
    return found


def _near(wildcards: _Near, host: str) -> tuple[Held, str, Node] | None:
    """The wildcard that people take for one that covers the host."""
    labels = host.lower().split(".")
    return next((wildcards[name] for at in range(len(labels)) if (name := ".".join(labels[at:])) in wildcards), None)


def _fix(custom: list[Held], host: str) -> Fix | None:
    """Name the host in the one ApisixTls whose certificate is valid for it."""
    from ..yamldoc.edit import append_item

    fitting = [held for held in custom if held.in_router and _valid(held, host)]
    hosts = fitting[0].tls.part.get("hosts") if len(fitting) == 1 else None
    if hosts is None:
        return None
    return fix_or_none(f"add it to the hosts of {fitting[0].tls.title}", False, lambda: append_item(hosts, host))


def _valid(held: Held, host: str) -> bool:
    """Whether an object's certificate, or the one that cert-manager will make for it, has a host among its names."""
    from ..certs.names import covers

    return covers(held.chain[0], host) if held.chain else held.promise is not None and held.promise.covers(host)
