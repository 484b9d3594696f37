"""GT308: the CA file holds certificates that must not sign others."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.milvus.uses import CA, CLIENT, Use, reads, uses
from .certificates import name_of
from .gt301_certificate_expired import COMPOSE, USER
from .trust import NO_AUTHORITY, Broken, anchors_of, broken, ca_setting, line_of, may_sign

RULE = Rule(
    "GT308", "ca-not-a-ca", ERROR, "a certificate that should be a CA's is a leaf or says that it is no CA",
    why="`openssl x509 -req` without an extension file makes certificates without basicConstraints, also of a CA; and server.pem "
    "is easily taken for the CA file. A leaf in the CA file is trusted for itself alone.",
    server="In tlsMode 2 and with internal TLS Milvus refuses what such a CA signed: `x509: certificate signed by unknown "
    "authority`. curl says `invalid CA certificate`; pymilvus accepts a CA whose basicConstraints say no.",
    sources=("runs of Milvus 2.3.5: ca_false, ca_nobc, ca_is_leaf, selfsigned", "Go crypto/x509 CheckSignatureFrom"),
    fixable=NEVER,
)  # fmt: skip

_MUTUAL = USER.replace("tls:\n", "tls:\n  caPemPath: /milvus/tls/ca.pem\n", 1).replace("tlsMode: 1", "tlsMode: 2")

EXAMPLES = (
    Example(
        "CA:FALSE",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _MUTUAL,
            "tls/server.pem": "{cert:of-ca-false}",
            "tls/ca.pem": "{cert:ca-false}",
            "tls/client.pem": "{cert:client-of-ca-false}",
        },
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _MUTUAL,
            "tls/server.pem": "{cert:server}",
            "tls/ca.pem": "{ca}",
            "tls/client.pem": "{cert:client}",
        },
    ),
    Example(
        "the server's own certificate as the CA of the clients",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _MUTUAL,
            "tls/server.pem": "{cert:self-signed}",
            "tls/ca.pem": "{cert:self-signed}",
        },
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _MUTUAL.replace("tlsMode: 2", "tlsMode: 1"),
            "tls/server.pem": "{cert:self-signed}",
            "tls/ca.pem": "{cert:self-signed}",
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Tell of broken paths that end at a certificate that is no CA; then of CA files that can serve no client."""
    told: set[tuple[str, int]] = set()
    for one in sorted((one for one in broken(facts) if one.rule == RULE.id), key=lambda one: not one.relation.by_milvus):
        if _mark(one.relation.ca) not in told:
            told.add(_mark(one.relation.ca))
            yield _broken(one)
    clients = {id(use.component) for use in uses(facts.deployments) if use.role == CLIENT}
    for use in uses(facts.deployments):
        if use.role != CA or not reads(use) or use.view.content is None or id(use.component) in clients or _mark(use) in told:
            continue
        told.add(_mark(use))
        finding = _for_no_client(use)
        if finding is not None:
            yield finding


def _mark(use: Use) -> tuple[str, int]:
    return use.view.path or "", id(use.view.node)


def _broken(one: Broken) -> Finding:
    ca, parent = one.relation.ca, one.path.parent
    content = ca.view.content or b""
    useless = one.path.state == NO_AUTHORITY and not any(may_sign(anchor) for anchor in anchors_of(content))
    severity = ERROR if one.relation.by_milvus or (useless and reads(ca)) else WARNING
    if one.path.state == NO_AUTHORITY and parent is not None:
        why = f"{name_of(parent.facts)} issued {name_of(one.path.top.facts)}, but {_lacks(parent.facts.basic_constraints)}"
        inside = any(parent.der == anchor.der for anchor in anchors_of(content))
        use = ca if inside else one.relation.leaf
        place = use.place(line_of(use.view.content or b"", parent))
        return RULE.at(
            place, f"{why}: {_effect(one)}", caret="make it anew as a CA", related=(ca_setting(one.relation),), severity=severity
        )
    first = anchors_of(content)[0]
    message = f"{ca.path} holds no CA, only {name_of(first.facts)}, which is trusted for itself alone: {one.relation.effect}"
    return RULE.at(
        ca.place(first.facts.line),
        message,
        caret="the CA's certificate belongs here",
        related=(ca.setting_place(),),
        severity=severity,
    )


def _lacks(basic: tuple[bool, int | None] | None) -> str:
    if basic is None:
        return "has no basicConstraints that say it is a CA"
    return "its keyUsage lacks keyCertSign" if basic[0] else "its basicConstraints say that it is no CA"


def _effect(one: Broken) -> str:
    if one.relation.by_milvus:
        return one.relation.effect
    also = "Milvus refuses every client of it, " if reads(one.relation.ca) else ""
    return f"{also}Go clients and curl refuse the server"


def _for_no_client(use: Use) -> Finding | None:
    """tlsMode 2 with a file in which nothing may sign, and no client certificate in the repository to judge by."""
    anchors = anchors_of(use.view.content or b"")
    if not anchors or any(may_sign(anchor) for anchor in anchors):
        return None
    first = anchors[0].facts
    possible = any(anchor.has_usage("clientAuth", any_counts=True) for anchor in anchors)
    issues = any(anchor.facts.key_usage and "keyCertSign" in anchor.facts.key_usage for anchor in anchors)
    effect = "Milvus accepts only a client that presents this very certificate" if possible else "Milvus refuses every client"
    message = f"{use.path} holds no CA, only {name_of(first)}: {effect}"
    return RULE.at(
        use.place(first.line),
        message,
        caret="the clients' CA belongs here",
        related=(use.setting_place(),),
        severity=WARNING if possible and not issues else ERROR,
    )
