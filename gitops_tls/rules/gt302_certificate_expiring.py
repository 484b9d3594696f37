"""GT302: a certificate close to its end."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import NEVER, WARNING, Example, Finding, Rule
from .certificates import name_of, used_certificates
from .gt301_certificate_expired import COMPOSE, USER

RULE = Rule(
    "GT302", "certificate-expiring", WARNING, "a certificate that a deployment uses ends within `--expires-within`",
    why="A renewed certificate counts only after a restart, and somebody has to make it: days are needed, not hours.",
    server="Milvus loads certificates once, at its start, and never again.",
    sources=("milvus pkg/util/paramtable: refreshable false", "runs of Milvus 2.3.5: the old certificate is served until the restart"),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "twelve days left",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:expiring}"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:server}"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge every certificate in use that has not ended yet."""
    within = facts.config.expires_within
    for used in used_certificates(facts):
        certificate = used.certificate
        left = certificate.not_after - facts.now
        if left.total_seconds() < 0 or not within.holds(certificate.not_before, certificate.not_after, facts.now):
            continue
        days = left.days
        when = "in less than a day" if days == 0 else "in a day" if days == 1 else f"in {days} days"
        todo = f"used by {used.who}" if used.by_gateway else f"{used.who} needs a restart after the renewal"
        message = f"{name_of(certificate)} ends {when}, on {certificate.not_after:%Y-%m-%d}, {within.words}; {todo}"
        yield RULE.at(used.place, message, caret="renew it", related=used.related)
