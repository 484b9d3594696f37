"""GT508: the controller takes the leaf of a caSecret for the CA."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.apisix.model import Held
from ..systems.apisix.secrets import content
from ..systems.kubernetes import SHIMS
from .tls_objects import AUTHORITY, MUTUAL, PAIR, held, reference_label, secret_label

RULE = Rule(
    "GT508", "ca-secret-picks-leaf", ERROR, "caSecret holds tls.crt and ca.crt: the controller takes tls.crt, the leaf, as the CA",
    why="A Secret of cert-manager holds tls.crt, tls.key and ca.crt. As a caSecret it looks complete, but the controller takes the "
    "first of `cert`, `tls.crt` and `ca.crt`, in this order, in every version.",
    server="Every client is refused with `tlsv1 alert unknown ca`: nothing that the CA issued was issued by the leaf. A Secret with "
    "ca.crt alone works since version 1.6 of the controller, one with `cert` in all.",
    sources=("apisix-ingress-controller internal/ssl/util.go ExtractKeyPair", "runs of lua-nginx-module's verify_client"),
    fixable=NEVER,
)  # fmt: skip

_WITH_LEAF = PAIR.replace("api-cert", "api-ca") + "  ca.crt: |\n    {ca}\n"

EXAMPLES = (
    Example(
        "a Secret as cert-manager makes it",
        bad={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": _WITH_LEAF},
        good={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": AUTHORITY},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at what stands beside the key that the controller takes for the CA."""
    for _, one in held(facts):
        severity = _severity(one)
        if severity is None or one.ca is None or one.tls.client is None:
            continue
        place = secret_label(one.ca, one.ca.certificate_key, "this is taken for the CA")
        title = one.ca.secret.title if one.ca.secret is not None else "the Secret"
        message = (
            f"of {title} the controller takes `{one.ca.certificate_key}`, a leaf, as the CA of the clients and leaves `ca.crt` aside: "
            "every client is refused"
        )
        ref = reference_label(one.tls.client.ca, one.tls)
        yield RULE.at(
            ref,
            message,
            caret="name a Secret that holds only the CA",
            related=(place,) if place is not None else (),
            severity=severity,
        )


def picks_leaf(one: Held) -> bool:
    """Whether this rule tells of an object's caSecret."""
    return _severity(one) is not None


def _severity(one: Held) -> str | None:
    pick = one.ca
    if pick is None or pick.secret is None or not pick.secret.keys or pick.certificate_key == "ca.crt":
        return None
    if "ca.crt" not in pick.secret.keys:
        return None
    data = content(pick.certificate)
    if data is not None:
        from ..certs.read import certificates

        first = next(iter(certificates(data)), None)
        return ERROR if first is not None and not first.is_ca and one.bundle.closed else None
    if pick.secret.kind not in ("Certificate", *SHIMS):
        return WARNING
    return None if pick.secret.node.text("spec", "isCA") == "true" else ERROR
