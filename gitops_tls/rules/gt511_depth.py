"""GT511: how many intermediate CAs may stand above a client's certificate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, INFO, SOMETIMES, WARNING, Example, Finding, Rule
from ..systems.apisix.model import Client, Held, Versions
from ..systems.apisix.secrets import content
from ..systems.apisix.words import GATEWAY_LISTENER
from ..yamldoc.node import SCALAR, Node
from .shared import fix_or_none
from .tls_objects import AUTHORITY, DEPLOYMENT, MUTUAL, PAIR, held, versions

RULE = Rule(
    "GT511", "depth", WARNING, "depth is missing where version 2 sends 0, negative, no number, or too small for the chain",
    why="depth is the number of intermediate CAs between the client's certificate and the root. Version 1 of the controller left an "
    "unset depth to APISIX, which takes 1. Version 2 sends 0: only clients that the root itself issued pass. Write it down.",
    server="Too small: `certificate chain too long` in the log, `tlsv1 alert unknown ca` at the client. A negative depth passes the API "
    "server and then fails in ADC, which refuses the configuration of the whole GatewayProxy, all routes included. A text is "
    "refused by the API server.",
    sources=("apisix-ingress-controller internal/adc/translator/apisixtls.go", "ADC libs/sdk/src/core/schema.ts", "runs of verify_client"),
    fixable=SOMETIMES,
)  # fmt: skip

_WITHOUT = MUTUAL.replace("    depth: 1\n", "")
_CONTROLLER = DEPLOYMENT % "2.1.0"

EXAMPLES = (
    Example(
        "not set, with version 2 of the controller",
        bad={"tls.yaml": _WITHOUT, "secret.yaml": PAIR, "ca.yaml": AUTHORITY, "controller.yaml": _CONTROLLER},
        fixed={"tls.yaml": MUTUAL},
        good={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": AUTHORITY, "controller.yaml": _CONTROLLER},
        unsafe=True,
    ),
    Example(
        "a text",
        bad={"tls.yaml": MUTUAL.replace("depth: 1", 'depth: "1"'), "secret.yaml": PAIR, "ca.yaml": AUTHORITY},
        fixed={"tls.yaml": MUTUAL},
    ),
    Example(
        "negative",
        bad={"tls.yaml": MUTUAL.replace("depth: 1", "depth: -1"), "secret.yaml": PAIR, "ca.yaml": AUTHORITY},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge the depth of everything with a ``client``."""
    known = versions(facts)
    for _, one in held(facts):
        client = one.tls.client
        if client is None or client.ca is None or one.tls.kind == GATEWAY_LISTENER:
            continue
        if client.depth is None or client.depth.is_null:
            yield from _missing(one, client, known)
        else:
            yield from _written(one, client.depth, known)


def _missing(one: Held, client: Client, known: Versions) -> Iterator[Finding]:
    from ..yamldoc.edit import set_value

    if known.major == 1:
        return
    between = _intermediates(one)
    severity = (ERROR if between else WARNING) if known.second else INFO
    also = f"; the CA bundle has {between} intermediate {'CA' if between == 1 else 'CAs'}" if between else ""
    message = (
        f"depth is not set, which version 2 of the controller sends as 0: only clients that the root itself issued pass{also}"
    )
    fix = fix_or_none("write depth: 1, as version 1 did", False, lambda: set_value(client.node, ("depth",), max(between, 1)))
    yield RULE.at(
        client.node.key if isinstance(client.node.key, Node) else client.node,
        message,
        caret="write it down",
        severity=severity,
        fix=fix,
    )


def _written(one: Held, depth: Node, known: Versions) -> Iterator[Finding]:
    from ..yamldoc.edit import replace_scalar

    text = depth.value.strip()
    number = int(text) if depth.kind == SCALAR and re.fullmatch(r"[-+]?\d{1,9}", text) else None
    if number is None or not depth.is_plain:
        fix = None
        if number is not None and number >= 0:
            fix = fix_or_none(f"write {number}", True, lambda: replace_scalar(depth, number))
            if fix is None or not fix.patch.edits:
                fix = None
        what = f"`{depth.raw}`" if depth.kind == SCALAR else "this"
        yield RULE.at(
            depth,
            f"{what} is no number: the API server refuses the object",
            caret="a number without quotes",
            severity=ERROR,
            fix=fix,
        )
    elif number < 0:
        effect = (
            "ADC refuses the configuration of the whole gateway, all routes included"
            if known.major != 1
            else "APISIX refuses the object"
        )
        yield RULE.at(depth, f"a depth of {number} passes the API server, and {effect}", caret="0 or more", severity=ERROR)
    elif number < _intermediates(one):
        message = (
            f"a depth of {number} allows {number or 'no'} intermediate {'CA' if number < 2 else 'CAs'}, and the CA bundle has "
            f"{_intermediates(one)}: clients below are refused"
        )
        yield RULE.at(depth, message, caret="how many intermediate CAs stand above a client")


def _intermediates(one: Held) -> int:
    """The intermediate CAs in the bundle, in the longest row: each issued by another one of it."""
    data = content(one.ca.certificate) if one.ca is not None else None
    if data is None or b"CERTIFICATE" not in data:
        return 0
    from ..certs.chain import links, signed_by
    from ..certs.read import read

    found = [each for each in links(each.der for each in read(data).certificates) if each.facts.is_ca][:20]
    longest = 0
    for start in found:
        row, at = 0, start
        while not at.self_issued and row < len(found):
            parent = next((each for each in found if each is not at and each.subject == at.issuer and signed_by(at, each)), None)
            if parent is None:
                row = 0
                break
            row, at = row + 1, parent
        longest = max(longest, row)
    return longest
