"""GT313: a private key with a passphrase."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.apisix.words import ENCRYPTED
from ..systems.milvus.uses import CLIENT_KEY, INTERNAL_KEY, KEYS, uses
from .gt301_certificate_expired import COMPOSE, USER
from .served import alert, broken_pairs
from .tls_objects import PAIR, TLS_OBJECT

RULE = Rule(
    "GT313", "key-encrypted", ERROR, "the private key is encrypted with a passphrase, which the server cannot ask for",
    why="`openssl genrsa -aes256` and many company CAs give encrypted keys. Milvus has no setting for a passphrase.",
    server="The server ends with `tls: failed to parse private key`, for both forms of encrypted keys; with internal TLS the "
    "component only logs it and listens in plaintext. A client's key is a warning: pymilvus cannot use it, curl can.",
    sources=("Go crypto/tls X509KeyPair", "runs of Milvus 2.3.5: enc_pkcs1, enc_pkcs8"),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "PKCS#8 with a passphrase",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": "{cert:server}",
            "tls/server.key": "{key:encrypted}",
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
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("{key:server}", "{key:encrypted}")},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
)

_EFFECTS = {
    INTERNAL_KEY: (ERROR, "Milvus cannot ask for it, so its links come up in plaintext and break"),
    CLIENT_KEY: (WARNING, "pymilvus cannot ask for it (curl can: --pass)"),
}


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every key in use."""
    from ..certs.read import private_keys

    seen: set[tuple[str, int]] = set()
    for use in uses(facts.deployments):
        content = use.view.content
        mark = (use.view.path or "", id(use.view.node))
        if use.role not in KEYS or content is None or mark in seen:
            continue
        seen.add(mark)
        keys = private_keys(content)
        if keys and keys[0].encrypted:
            severity, effect = _EFFECTS.get(use.role, (ERROR, "Milvus cannot ask for it and does not start"))
            yield RULE.at(
                use.place(keys[0].line),
                f"{use.path} is encrypted with a passphrase: {effect}",
                caret="write the key without a passphrase (openssl pkey -in … -out …)",
                severity=severity,
            )
    for one, place in broken_pairs(facts, ENCRYPTED):
        title = one.pick.secret.title if one.pick.secret is not None else "the Secret"
        message = f"`{one.pick.private_key}` of {title} is encrypted with a passphrase, for which APISIX cannot ask: {alert(one)}"
        yield RULE.at(place, message, caret="write the key without a passphrase (openssl pkey -in … -out …)")
