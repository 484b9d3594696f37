"""GT304: the private key is not the certificate's."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.apisix.words import MISMATCH
from ..systems.milvus.uses import INTERNAL_SERVER
from .gt301_certificate_expired import COMPOSE, USER
from .pairs import client_pairs, pairs
from .served import alert, broken_pairs
from .tls_objects import PAIR, TLS_OBJECT, secret_label

RULE = Rule(
    "GT304", "key-mismatch", ERROR, "the private key does not belong to the certificate",
    why="One of the two was renewed and the other was not, or the files of two servers were mixed.",
    server="The server ends with `tls: private key does not match public key`; with internal TLS the component only logs it, "
    "listens in plaintext, and nothing reaches it. For a client's pair beside the CA it is a warning.",
    sources=("Go crypto/tls X509KeyPair", "runs of Milvus 2.3.5: key_mismatch"),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "the key of another certificate",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": "{cert:server}",
            "tls/server.key": "{key:client}",
        },
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": "{cert:server}",
            "tls/server.key": "{key:server}",
        },
    ),
    Example(
        "in the Secret of an ApisixTls",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("{key:server}", "{key:client}")},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Load every pair as the server does."""
    for certificate, key, result in pairs(facts):
        if result.kind != "mismatch":
            continue
        effect = "its links come up in plaintext and break" if certificate.role == INTERNAL_SERVER else "Milvus does not start"
        message = f"{key.path} is not the private key of {certificate.path}: {effect}"
        yield RULE.at(certificate.place(), message, related=(key.place()._replace(message="this key"),))
    for certificate, key, result in client_pairs(facts):
        if result.kind == "mismatch":
            message = f"{key.path} is not the private key of {certificate.path}: no client can use the two together"
            related = (key.place()._replace(message="this key"),)
            yield RULE.at(certificate.place(), message, related=related, severity=WARNING)
    for one, place in broken_pairs(facts, MISMATCH):
        title = one.pick.secret.title if one.pick.secret is not None else "the Secret"
        key_place = secret_label(one.pick, one.pick.private_key, "this key")
        message = f"`{one.pick.private_key}` of {title} is not the private key of `{one.pick.certificate_key}`: {alert(one)}"
        yield RULE.at(place, message, related=(key_place,) if key_place is not None else ())
