"""GT503: a host that the API server refuses or that no client ever matches."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, INFO, SOMETIMES, WARNING, Example, Finding, Rule
from ..systems.apisix.model import Host, Versions
from ..systems.apisix.names import ADDRESS, CASE, LAST_DOT, NEVER, HostProblem, host_problem, is_placeholder
from ..systems.versions import Version
from ..text.edits import Fix
from ..yamldoc.node import Node
from .shared import fix_or_none
from .tls_objects import PAIR, ROUTE, TLS_OBJECT, custom, versions

RULE = Rule(
    "GT503", "host-invalid", ERROR, "a host that the API server refuses, or that no client can match",
    why="The hosts of an ApisixTls are bare DNS names, perhaps with `*.` in front. Schemes, ports, paths, underscores and letters "
    "beyond ASCII are refused; addresses, empty parts and, with older versions, upper case and a last dot are taken and never "
    "match what a client sends.",
    server="The API server says `spec.hosts[0]: Invalid value … should match '^\\*?[0-9a-zA-Z-.]+$'`. What passes and never matches "
    "ends in `tlsv1 alert internal error`. `*` is refused: there is no default certificate through an ApisixTls (the Admin API "
    "has `sni: \"*\"` since APISIX 3.15, config.yaml has `fallback_sni` for clients that send no name). Controllers 2.0 and 2.1 "
    "answer 404 for every route whose hosts have upper case letters.",
    sources=("CRD apisix.apache.org_apisixtlses.yaml", "runs of the CRD's pattern in Go", "apisix-ingress-controller#2837"),
    fixable=SOMETIMES,
)  # fmt: skip

_MIXED = ROUTE.replace("milvus.example.com", "Milvus.Example.com")

EXAMPLES = (
    Example(
        "a URL in the place of a host",
        bad={"tls.yaml": TLS_OBJECT.replace("milvus.example.com", "https://milvus.example.com:443/"), "secret.yaml": PAIR},
        fixed={"tls.yaml": TLS_OBJECT},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
    Example(
        "upper case in a route, which 2.0 and 2.1 answer with 404",
        bad={"route.yaml": _MIXED, "tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
        fixed={"route.yaml": ROUTE},
        good={"route.yaml": ROUTE, "tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
    Example(
        "a default certificate",
        bad={"tls.yaml": TLS_OBJECT.replace("milvus.example.com", '"*"'), "secret.yaml": PAIR},
        good={"tls.yaml": TLS_OBJECT.replace("milvus.example.com", '"*.example.com"'), "secret.yaml": PAIR},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the hosts of every ApisixTls, and at upper case in those of every ApisixRoute."""
    known = versions(facts)
    seen: set[int] = set()
    for one in custom(facts):
        for host in one.hosts:
            problem = None if is_placeholder(host.name) else host_problem(host.name)
            severity = _severity(problem, known) if problem is not None else None
            if host.node is None or problem is None or severity is None or id(host.node) in seen:
                continue
            seen.add(id(host.node))
            message = f"`{host.name}`: {problem.message}; {_effect(problem)}"
            yield RULE.at(host.node, message, caret=_caret(problem), severity=severity, fix=_fix(host.node, problem))
    for route in facts.apisix.routes if facts.apisix is not None else ():
        if route.kind == "ApisixRoute":
            for host in route.hosts:
                yield from _route_host(host, known)


def _severity(problem: HostProblem, known: Versions) -> str | None:
    """None where the versions that run do not mind."""
    if problem.kind == ADDRESS:
        return WARNING
    if problem.kind == CASE:
        if known.apisix_before(2, 10):
            return ERROR
        return INFO if known.apisix is None else None
    if problem.kind == LAST_DOT:
        if known.apisix_before(3, 10):
            return ERROR
        return WARNING if known.apisix is None else None
    return ERROR


def _effect(problem: HostProblem) -> str:
    if problem.kind in (NEVER, LAST_DOT):
        return "no client is served for it"
    if problem.kind == CASE:
        return "APISIX before 2.10 serves no client for it"
    return "clients that connect by address are not served" if problem.kind == ADDRESS else "the API server refuses the object"


def _caret(problem: HostProblem) -> str:
    return f"write {problem.better}" if problem.better is not None else ""


def _fix(node: Node, problem: HostProblem) -> Fix | None:
    from ..yamldoc.edit import replace_scalar

    better = problem.better
    if better is None:
        return None
    return fix_or_none(f"write {better}", True, lambda: replace_scalar(node, better))


def _route_host(host: Host, known: Versions) -> Iterator[Finding]:
    if host.node is None or host.name == host.name.lower() or is_placeholder(host.name) or not host.name.isascii():
        return
    controller = known.controller
    if known.major == 1 or (controller is not None and controller >= Version(2, 2)):
        return
    sure = controller is not None and controller.major == 2
    problem = HostProblem(CASE, "", host.name.lower())
    yield RULE.at(
        host.node,
        f"`{host.name}` has upper case letters: controllers 2.0 and 2.1 answer 404 for every request",
        caret=_caret(problem),
        severity=ERROR if sure else WARNING,
        fix=_fix(host.node, problem),
    )
