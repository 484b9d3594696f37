"""GT312: keys that are too short, signatures that are too weak."""

from __future__ import annotations

from collections.abc import Iterator

from ..certs.facts import Certificate
from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.milvus.uses import CLIENT, INTERNAL_CA, INTERNAL_SERVER, SERVER
from .certificates import Used, name_of, used_certificates
from .gt301_certificate_expired import COMPOSE, USER

RULE = Rule(
    "GT312", "weak-key", WARNING, "an RSA key of less than 2048 bits, or a signature with SHA-1 or MD5",
    why="Such keys and signatures can be forged with money, and the clients do not agree on them: what works with one fails with "
    "another, or after the next update of its system.",
    server="Milvus starts. curl refuses RSA under 2048 bits (`EE certificate key too weak`) and SHA-1 (`CA signature digest "
    "algorithm too weak`), Go refuses SHA-1 and MD5 (`insecure algorithm SHA1-RSA`) and, since 1.24, RSA under 1024 bits.",
    sources=("runs of Milvus 2.3.5: rsa1024", "Go crypto/x509 since 1.18", "OpenSSL 3 security level 2"),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "RSA 1024",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:rsa1024}"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:rsa2048}"},
    ),
    Example(
        "signed with SHA-1",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:sha1}"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:server}"},
    ),
)

_SMALLEST = 2048
_JUDGED_BY_GO = (INTERNAL_SERVER, INTERNAL_CA)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge every certificate in use, each once."""
    seen: set[str] = set()
    for used in used_certificates(facts):
        if used.certificate.sha256 not in seen:
            seen.add(used.certificate.sha256)
            yield from _judge(used)


def _judge(used: Used) -> Iterator[Finding]:
    certificate = used.certificate
    bits = _rsa_bits(certificate)
    if 0 < bits < _SMALLEST:
        message = f"{name_of(certificate)} has an RSA key of {bits} bits: {_short(used, bits)}"
        yield RULE.at(used.place, message, caret="2048 bits are the least", related=used.related)
    digest = certificate.signature_algorithm.partition("-")[0]
    # nobody looks at the signature of a root
    if digest in ("MD5", "SHA1") and certificate.subject != certificate.issuer:
        refused = any(use.role == INTERNAL_SERVER for use in used.uses)
        message = f"{name_of(certificate)} is signed with {digest.replace('SHA1', 'SHA-1')}: {_signed(used)}"
        yield RULE.at(
            used.place, message, caret="reissue it with SHA-256", related=used.related, severity=ERROR if refused else None
        )


def _rsa_bits(certificate: Certificate) -> int:
    kind, _, size = certificate.key.partition(" ")
    return int(size) if kind == "RSA" and size.isdigit() else 0


def _short(used: Used, bits: int) -> str:
    roles = {use.role for use in used.uses}
    if bits < 1024:
        return "curl refuses it, and so does Go since 1.24"
    if roles <= set(_JUDGED_BY_GO):
        return "Milvus' components still accept it, but it can be broken"
    if roles == {CLIENT}:
        return "curl cannot load it (`ee key too small`), Milvus still accepts it"
    return "curl refuses it, pymilvus and Go clients still accept it"


def _signed(used: Used) -> str:
    roles = {use.role for use in used.uses}
    if INTERNAL_SERVER in roles:
        return "Milvus' components refuse each other (`insecure algorithm`)"
    if roles == {CLIENT}:
        return "Milvus refuses this client (`insecure algorithm`)"
    return "Go clients and curl refuse it" if SERVER in roles else "Go and curl refuse what it issued"
