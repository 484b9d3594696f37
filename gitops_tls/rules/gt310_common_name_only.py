"""GT310: a server certificate without subjectAltName."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.milvus.uses import INTERNAL_SERVER, SERVER
from .certificates import chain_of, leaves, name_of
from .gt301_certificate_expired import COMPOSE, USER

RULE = Rule(
    "GT310", "common-name-only", WARNING, "a server certificate names its host in the CommonName only",
    why="Older pages make certificates without subjectAltName. pymilvus and curl still fall back to the CommonName, so it seems "
    "to work; Go does not.",
    server="Go clients (the Go SDK, CDC, and Milvus' own components with internal TLS) refuse: `certificate relies on legacy "
    "Common Name field, use SANs instead`. pymilvus and curl connect.",
    sources=("Go crypto/x509 since 1.15", "runs of Milvus 2.3.5: nosan", "evidence: Go client matrix"),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "no subjectAltName",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:no-san}"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:server}"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the leaf of every server certificate: an error where Milvus' own components must accept it."""
    from ..certs.names import covers_by_common_name

    seen: set[tuple[str, str]] = set()
    for use, certificate in leaves(facts):
        if certificate.dns_names or certificate.ip_addresses or (certificate.sha256, use.role) in seen:
            continue
        if certificate.is_ca and any(not each.is_ca for each in chain_of(use)):
            continue  # the chain stands in the wrong order: GT305 says so
        seen.add((certificate.sha256, use.role))
        place = use.place(certificate.line)
        if use.role == INTERNAL_SERVER:
            message = f"{name_of(certificate)} has no subjectAltName: Milvus' components refuse each other"
            yield RULE.at(place, message, related=(use.setting_place(),), severity=ERROR)
        elif use.role == SERVER:
            named = covers_by_common_name(certificate, certificate.common_name or "")
            effect = (
                "Go clients refuse it, pymilvus and curl fall back to the CommonName"
                if named
                else "it is for no host at all, and every client that checks the name refuses it"
            )
            message = f"{name_of(certificate)} has no subjectAltName: {effect}"
            yield RULE.at(place, message, related=(use.setting_place(),))
