"""GT311: extendedKeyUsage forbids the role."""

from __future__ import annotations

from collections.abc import Iterator

from ..certs.facts import Certificate
from ..facts import Facts
from ..findings import ERROR, NEVER, Example, Finding, Rule
from ..systems.milvus.uses import CLIENT, INTERNAL_SERVER, SERVER
from .certificates import leaves, name_of
from .gt301_certificate_expired import COMPOSE, USER

RULE = Rule(
    "GT311", "wrong-key-usage", ERROR, "extendedKeyUsage forbids what the certificate is used for",
    why="The documentation's gen.sh signs client.pem with the server's section, `extendedKeyUsage = serverAuth`: such a "
    "certificate cannot be a client's, and mutual TLS cannot work with it.",
    server="tlsMode 2 refuses the client: `x509: certificate specifies an incompatible key usage` (pymilvus only says `Fail "
    "connecting to server`). A server certificate with clientAuth alone is refused by every client.",
    sources=("Go crypto/x509 Verify", "runs of Milvus 2.3.5: client_servereku, server_clienteku, doc_sameSubj"),
    fixable=NEVER,
)  # fmt: skip

_MUTUAL = USER.replace("tlsMode: 1", "tlsMode: 2").replace("tls:\n", "tls:\n  caPemPath: /milvus/tls/ca.pem\n", 1)

EXAMPLES = (
    Example(
        "the client certificate of the documentation's gen.sh",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": _MUTUAL, "tls/ca.pem": "{ca}", "tls/server.pem": "{cert:server}",
             "tls/client.pem": "{cert:client-serverauth}"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": _MUTUAL, "tls/ca.pem": "{ca}", "tls/server.pem": "{cert:server}",
              "tls/client.pem": "{cert:client}"},
    ),
)  # fmt: skip

_NEEDED = {SERVER: "serverAuth", INTERNAL_SERVER: "serverAuth", CLIENT: "clientAuth"}


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the leaf of every server and client certificate."""
    seen: set[tuple[str, str]] = set()
    for use, certificate in leaves(facts):
        needed = _NEEDED.get(use.role)
        if needed is None or allows(certificate, needed) or (certificate.sha256, needed) in seen:
            continue
        seen.add((certificate.sha256, needed))
        usages = ", ".join(certificate.extended_key_usage or ())
        effect = "Milvus refuses this client in tlsMode 2" if use.role == CLIENT else "every client refuses the server"
        message = f"{name_of(certificate)} ({use.path}) is for {usages} only, not {needed}: {effect}"
        yield RULE.at(
            use.place(certificate.line),
            message,
            caret=f"reissue it with extendedKeyUsage {needed}",
            related=(use.setting_place(),),
        )


def allows(certificate: Certificate, usage: str) -> bool:
    """Whether the certificate may be used so: no extendedKeyUsage at all, the usage itself, or any."""
    usages = certificate.extended_key_usage
    return usages is None or usage in usages or "anyExtendedKeyUsage" in usages
