"""GT301: a certificate that has ended."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.milvus.uses import CLIENT, INTERNAL_CA, INTERNAL_SERVER
from .certificates import Used, name_of, stood_in_for, used_certificates
from .tls_objects import PAIR, TLS_OBJECT

RULE = Rule(
    "GT301", "certificate-expired", ERROR, "a certificate that a deployment uses has ended",
    why="Milvus loads an expired certificate and starts. Only the clients fail, all of them, from that minute on.",
    server="The server starts; pymilvus, curl and Go clients refuse the connection. An expired CA refuses every client in tlsMode 2. "
    "One that stands beside others in its file is a warning: those go on.",
    sources=("runs of Milvus 2.3.5: expired_server, expired_ca, expired_client",),
    fixable=NEVER,
)  # fmt: skip

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    ports: ["19530:19530", "8080:8080"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - ./tls:/milvus/tls
"""
USER = """proxy:
  http:
    port: 8080
tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
common:
  security:
    tlsMode: 1
"""

EXAMPLES = (
    Example(
        "yesterday",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:expired}"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:server}"},
    ),
    Example(
        "behind an ApisixTls",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("server", "expired")},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge every certificate in use at the day of the judgement."""
    every = used_certificates(facts)
    for used in every:
        end = used.certificate.not_after
        if end < facts.now:
            days = (facts.now - end).days
            ago = f"{days} days ago, " if days > 1 else "a day ago, " if days == 1 else ""
            message = f"{name_of(used.certificate)} ended {ago}on {end:%Y-%m-%d}"
            if stood_in_for(used, every, facts.now):
                message += f": {used.who} goes on with the others of the file"
                yield RULE.at(used.place, message, caret="take it out", related=used.related, severity=WARNING)
            else:
                message += f": {refusal(used)}"
                yield RULE.at(used.place, message, caret="renew it", related=used.related)


def refusal(used: Used) -> str:
    """Who refuses whom because of a certificate's dates."""
    roles = {use.role for use in used.uses}
    if roles == {CLIENT}:
        return "Milvus refuses this client in tlsMode 2"
    if roles <= {INTERNAL_SERVER, INTERNAL_CA}:
        return f"the components refuse each other ({used.who})"
    return f"clients of {used.who} refuse to connect"
