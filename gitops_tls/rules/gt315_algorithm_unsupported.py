"""GT315: a server key of a kind that some client cannot use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..certs.facts import Certificate
from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.apisix.words import TOO_SHORT
from ..systems.milvus.uses import CLIENT, INTERNAL_SERVER, SERVER
from ..systems.versions import Version
from .certificates import leaves, name_of
from .gt301_certificate_expired import COMPOSE, USER
from .tls_objects import PAIR, TLS_OBJECT, held, reference_label, secret_label

if TYPE_CHECKING:
    from ..systems.apisix.model import Held

RULE = Rule(
    "GT315", "algorithm-unsupported", WARNING, "the kind of the server's key is one that some client cannot use",
    why="Ed25519 and the large curves look like the better choice, and Go takes them. gRPC, which pymilvus is made of, offers "
    "ECDSA with P-256 and P-384 and RSA, and nothing else.",
    server="Milvus starts. pymilvus ends with `Handshake failed with error SSL_ERROR_SSL … SSLV3_ALERT_HANDSHAKE_FAILURE` for "
    "Ed25519, P-521 and P-224; nobody takes P-224; Go refuses RSA keys over 8192 bits.",
    sources=("runs of Milvus 2.3.5 with pymilvus and curl: ed25519", "grpcio 1.85.1", "Go crypto/tls"),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "Ed25519",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:ed25519}"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:p384}"},
    ),
    Example("P-521", bad={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:p521}"}),
    Example(
        "Ed25519 behind APISIX",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("server", "ed25519")},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
)

_LARGEST_RSA = 8192


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the key of every server's and client's leaf."""
    seen: set[tuple[str, str]] = set()
    for use, certificate in leaves(facts):
        refused = _refused(use.role, certificate)
        if not refused or (certificate.sha256, use.role) in seen:
            continue
        seen.add((certificate.sha256, use.role))
        message = f"{name_of(certificate)} has a key of the kind {certificate.key}: {refused}"
        severity = ERROR if use.role in (INTERNAL_SERVER, CLIENT) else WARNING
        yield RULE.at(
            use.place(certificate.line),
            message,
            caret="RSA 2048 to 4096, or EC P-256 or P-384, works with every client",
            related=(use.setting_place(),),
            severity=severity,
        )
    yield from _of_gateways(facts)


def _of_gateways(facts: Facts) -> Iterator[Finding]:
    """APISIX before 3.17 wants keys of 128 characters at least; an Ed25519 key has 119."""
    for gateway, one in held(facts):
        known = gateway.versions
        fitting = known.apisix is None or known.apisix < Version(3, 17)
        if not fitting or not _is_ed25519(one):
            continue
        if one.refused and TOO_SHORT not in one.refused:
            continue
        promise = one.promise
        place = secret_label(one.pick, one.pick.certificate_key) or reference_label(one.tls.secret, one.tls)
        name = promise.maker if promise is not None else name_of(one.chain[0])
        which = f"APISIX {known.apisix} refuses its key" if known.apisix is not None else "APISIX before 3.17 refuses its key"
        message = f"{name} {'has' if promise is None else 'asks for'} an Ed25519 key: {which} (`{TOO_SHORT}`)"
        related = (reference_label(one.tls.secret, one.tls),)
        yield RULE.at(
            place, message, caret="use EC P-256 or RSA", related=related, severity=ERROR if known.apisix is not None else None
        )


def _is_ed25519(one: Held) -> bool:
    if one.promise is not None:
        return one.promise.algorithm == "ed25519"
    return bool(one.chain) and one.chain[0].key.startswith("Ed25519")


def _refused(role: str, certificate: Certificate) -> str:
    """Who cannot use the key, in words; empty where all can."""
    kind, _, detail = certificate.key.partition(" ")
    nobody = certificate.key == "EC P-224"
    large = kind == "RSA" and detail.isdigit() and int(detail) > _LARGEST_RSA
    if role == INTERNAL_SERVER:
        return "Milvus' components refuse each other" if nobody or large else ""
    if role == CLIENT:
        return "Milvus refuses this client" if nobody or large else ""
    if role != SERVER:
        return ""
    if nobody:
        return "no client can connect, TLS 1.3 has no such signature"
    if large:
        return f"Go clients refuse more than {_LARGEST_RSA} bits"
    return "pymilvus cannot connect, Go clients and curl can" if kind == "Ed25519" or certificate.key == "EC P-521" else ""
