"""GT504: a wildcard without the dot after its star."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule
from ..systems.apisix.names import host_problem
from ..systems.apisix.sni import covered
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT, custom

RULE = Rule(
    "GT504", "wildcard-without-dot", ERROR, "`*example.com` is taken and serves other hosts than meant",
    why="The star stands for any text without a dot. `*example.com` so covers `example.com` and `fooexample.com`, perhaps of "
    "somebody else, and none of the hosts below example.com.",
    server="`a.example.com` ends in `tlsv1 alert internal error`; the log says `failed to find any SSL certificate by SNI: "
    "a.example.com matched SNIs: *example.com`.",
    sources=("runs of radixtree_sni.lua of APISIX",),
    fixable=SOMETIMES,
)  # fmt: skip

EXAMPLES = (
    Example(
        "one character short",
        bad={"tls.yaml": TLS_OBJECT.replace("milvus.example.com", '"*example.com"'), "secret.yaml": PAIR},
        fixed={"tls.yaml": TLS_OBJECT.replace("milvus.example.com", '"*.example.com"')},
        good={"tls.yaml": TLS_OBJECT.replace("milvus.example.com", '"*.example.com"'), "secret.yaml": PAIR},
        unsafe=True,
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the wildcards of every ApisixTls."""
    from ..yamldoc.edit import replace_scalar

    routed = {host.name for gateway in facts.gateways for route in gateway.routes for host in route.hosts}
    for one in custom(facts):
        for host in one.hosts:
            name = host.name
            if host.node is None or not name.startswith("*") or name.startswith("*.") or len(name) < 2 or host_problem(name):
                continue
            node, better = host.node, f"*.{name[1:]}"
            # somebody may rely on it
            used = any(covered([name], route) for route in routed)
            fix = fix_or_none(f"write {better}", False, lambda node=node, better=better: replace_scalar(node, better))
            message = f"`{name}` covers `{name[1:]}` and `foo{name[1:]}`, but no host below: APISIX answers those with an alert"
            yield RULE.at(node, message, caret=f"write {better}", severity=WARNING if used else ERROR, fix=fix)
