"""GT509: the CA bundle of the clients does not reach a root."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.apisix.words import CA_REFUSED, INTERNAL_ALERT
from .gt508_ca_secret_picks_leaf import picks_leaf
from .tls_objects import AUTHORITY, MUTUAL, PAIR, held, reference_label, secret_label

RULE = Rule(
    "GT509", "ca-bundle-without-root", ERROR, "the CA bundle of the clients holds no root: every client is refused",
    why="APISIX gives the bundle to OpenSSL as trust anchors, and OpenSSL accepts only a path that ends at a self-signed root in it. "
    "An intermediate alone, or a leaf, is not enough.",
    server="Every client is refused: `unable to get issuer certificate` in the log, `tlsv1 alert unknown ca` at the client. With the "
    "root in the bundle the clients send their intermediates themselves.",
    sources=("runs of lua-nginx-module's verify_client with an intermediate and with a leaf", "apache/apisix#7526"),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "an intermediate without its root",
        bad={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": AUTHORITY.replace("{ca}", "{cert:between}")},
        good={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": AUTHORITY},
    ),
    Example(
        "the server's own certificate",
        bad={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": AUTHORITY.replace("{ca}", "{cert:server}")},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look into every caSecret whose content is in the repository."""
    for _, one in held(facts):
        bundle = one.bundle
        if not bundle.problem or one.ca is None or one.tls.client is None or picks_leaf(one):
            continue
        place = secret_label(one.ca, one.ca.certificate_key)
        ref = reference_label(one.tls.client.ca, one.tls, f"the CA of {one.tls.title}")
        message, caret = f"{bundle.problem}: every client of {one.tls.title} is refused", "the self-signed root belongs in here"
        if bundle.refused:
            message = f"{bundle.problem}: APISIX refuses {one.tls.title} (`{CA_REFUSED}`), and its clients see `{INTERNAL_ALERT}`"
            caret = "certificates in PEM belong in here"
        elif bundle.narrow:
            message = f"{bundle.problem}: of {one.tls.title} only a client that presents this very certificate is let in"
        severity = WARNING if bundle.narrow else ERROR
        yield RULE.at(place or ref, message, caret=caret, severity=severity, related=(ref,) if place is not None else ())
