"""GT120: internal TLS without sni."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule
from ..systems.milvus.internal import enabled
from ..systems.milvus.model import Component
from ..systems.milvus.ports import coordinator_conflict
from .gt309_sni_mismatch import COMPOSE
from .shared import components, fix_or_none, set_setting

RULE = Rule(
    "GT120", "sni-missing", ERROR, "internal TLS is on and internaltls.sni is empty",
    why="The `localhost` that pages speak of stands in the milvus.yaml of the image, not in the code. A milvus.yaml that "
    "replaces it without `internaltls.sni` leaves the name empty.",
    server="With an empty name the components verify each other by pod IP address (or by role name, streaming clients), which "
    "certificates do not hold; nothing becomes healthy.",
    sources=("milvus internal/util/grpcclient/client.go", "evidence: Go client matrix"),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = COMPOSE.replace("user.yaml", "milvus.yaml")
_PORTS = "rootCoord:\n  port: 22125\n"
_BAD = (
    _PORTS
    + """internaltls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
  caPemPath: /milvus/tls/ca.pem
common:
  security:
    internaltlsEnabled: true
"""
)
_GOOD = _BAD.replace("/milvus/tls/ca.pem\n", "/milvus/tls/ca.pem\n  sni: milvus.internal\n")

EXAMPLES = (
    Example(
        "the milvus.yaml of the image replaced, without sni",
        bad={"docker-compose.yml": _COMPOSE, "milvus.yaml": _BAD, "tls/server.pem": "{cert:one-name}", "tls/ca.pem": "{ca}"},
        fixed={"milvus.yaml": _GOOD},
        good={"docker-compose.yml": COMPOSE, "user.yaml": _BAD.replace(_PORTS, "")},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every component that has internal TLS."""
    seen: set[int] = set()
    for deployment, component in components(facts):
        settings = component.settings
        switch = settings.get("common.security.internaltlsEnabled")
        if not enabled(settings) or settings.get("internaltls.sni").text or settings.unknown or id(switch.node) in seen:
            continue
        seen.add(id(switch.node))
        name = _only_name(component)
        fix = None
        if name is not None:
            paths = settings.get("internaltls.caPemPath")
            fix = fix_or_none(
                f"set sni to {name}, the only name of the certificate",
                True,
                lambda s=settings, n=name, p=paths: set_setting(s, "internaltls.sni", n, p),
            )
        message = "internal TLS is on and internaltls.sni is empty: the components look for an IP address in the certificate and refuse each other"
        severity = ERROR
        if deployment.shape == "file" and coordinator_conflict(component) is not None:
            severity = WARNING  # a part of the settings: it may lie over a milvus.yaml that has a name
            message = "internal TLS is on without internaltls.sni: where this file replaces the milvus.yaml of the image, the components refuse each other"
        yield RULE.at(switch.node or deployment.node, message, caret="needs `internaltls.sni`", fix=fix, severity=severity)


def _only_name(component: Component) -> str | None:
    from ..certs.read import certificates

    content = component.files.lookup(component.settings.get("internaltls.serverPemPath").text).content
    first = next(iter(certificates(content or b"")), None)
    if first is None or len(first.dns_names) != 1 or "*" in first.dns_names[0]:
        return None
    return first.dns_names[0]
