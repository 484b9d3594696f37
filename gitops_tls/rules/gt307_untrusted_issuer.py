"""GT307: the CA that the other side is given did not issue the certificate."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from .certificates import name_of
from .gt301_certificate_expired import COMPOSE, USER
from .gt309_sni_mismatch import COMPOSE as INTERNAL_COMPOSE
from .gt309_sni_mismatch import USER as INTERNAL_USER
from .trust import OTHER, Broken, anchors_of, broken, ca_setting, line_of

RULE = Rule(
    "GT307", "untrusted-issuer", ERROR, "a certificate was not issued by the CA that the other side is given",
    why="A CA was made anew and only one of the two files was replaced, or the files of two environments were mixed. The names "
    "may well be the same: only the signature tells.",
    server="The server starts. In tlsMode 2 it refuses the client, with internal TLS the components refuse each other: `x509: "
    "certificate signed by unknown authority`. The server's own certificate is judged by clients alone: a warning.",
    sources=("runs of Milvus 2.3.5: wrong_ca, wrong_ca_same_subject", "Go crypto/x509 Verify"),
    fixable=NEVER,
)  # fmt: skip

_WITH_CA = USER.replace("tls:\n", "tls:\n  caPemPath: /milvus/tls/ca.pem\n", 1)
_MUTUAL = _WITH_CA.replace("tlsMode: 1", "tlsMode: 2")

EXAMPLES = (
    Example(
        "the client of another CA",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _MUTUAL,
            "tls/server.pem": "{cert:server}",
            "tls/ca.pem": "{ca}",
            "tls/client.pem": "{cert:client-of-other-ca}",
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
        "components that do not trust each other",
        bad={
            "docker-compose.yml": INTERNAL_COMPOSE,
            "user.yaml": INTERNAL_USER.format("localhost"),
            "tls/server.pem": "{cert:server}",
            "tls/ca.pem": "{cert:other-ca}",
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Tell of each certificate with another issuer: an error where Milvus itself refuses it."""
    for one in broken(facts):
        if one.rule == RULE.id:
            yield _finding(one)


def _finding(one: Broken) -> Finding:
    use, ca, top = one.relation.leaf, one.relation.ca, one.path.top
    anchors = anchors_of(ca.view.content or b"")
    theirs = ", ".join(dict.fromkeys(name_of(anchor.facts) for anchor in anchors[:3])) + (" and more" if len(anchors) > 3 else "")
    if any(anchor.subject == top.issuer for anchor in anchors):
        why = f"was not issued by the `{top.facts.issuer}` in {ca.path} but by another of the same name"
    elif top.self_issued:
        why = f"is signed by itself, and {ca.path} holds another certificate (`{theirs}`)"
    else:
        why = f"is issued by `{top.facts.issuer}`, and {ca.path} holds `{theirs}`"
    message = f"{name_of(top.facts)} in {use.path} {why}: {one.relation.effect}"
    place = use.place(line_of(use.view.content or b"", top))
    caret = "" if one.path.state == OTHER else "issued by another CA, or an intermediate is missing behind it"
    severity = ERROR if one.relation.by_milvus else WARNING
    return RULE.at(place, message, caret=caret, related=(ca_setting(one.relation),), severity=severity)
