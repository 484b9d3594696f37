"""GT303: a certificate whose time has not come."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from .certificates import name_of, stood_in_for, used_certificates
from .gt301_certificate_expired import COMPOSE, USER, refusal

RULE = Rule(
    "GT303", "certificate-not-yet-valid", ERROR, "a certificate that a deployment uses is not valid yet",
    why="It was made for later, or on a machine whose clock was wrong.",
    server="The server starts; every client refuses the connection until that day.",
    sources=("runs of Milvus 2.3.5: notyet_server",),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "next week",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:future}"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:server}"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge every certificate in use."""
    every = used_certificates(facts)
    for used in every:
        begin = used.certificate.not_before
        if begin > facts.now:
            spare = stood_in_for(used, every, facts.now)
            effect = f"{used.who} goes by the others of the file" if spare else refusal(used)
            message = f"{name_of(used.certificate)} is valid only from {begin:%Y-%m-%d %H:%M} UTC on: until then {effect}"
            yield RULE.at(used.place, message, related=used.related, severity=WARNING if spare else ERROR)
