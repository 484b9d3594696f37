"""The certificates and keys inside ssl objects: what APISIX stores without a look, and what then breaks in a handshake.

Source: apisix/ssl.lua (check_ssl_conf compares nothing) and handshakes of nginx with the same calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...certs.facts import Certificate
from ...yamldoc.node import SCALAR, Node
from .admin import Problem, SslObject, is_filled, is_reference
from .bundle import judge
from .ngx_ssl import parse_cert, parse_key
from .pairs import certificate_fault, key_fault, misfit
from .words import CA_REFUSED, CHAIN_ORDER

_AS_IT_IS = "write the PEM as it is in its file"


def inline(node: Node | None) -> bytes | None:
    """The PEM that a value holds; None where it is none or stands elsewhere."""
    if node is None or node.kind != SCALAR or is_filled(node) or is_reference(node) or "-----BEGIN" not in node.value:
        return None
    return node.value.encode("utf-8", "replace")


def pair_problem(cert: Node | None, key: Node | None, refused: str) -> tuple[str, Node, str, str] | None:
    """Kind, place, message and advice about a pair that APISIX refuses or cannot use."""
    key_bytes, cert_bytes = inline(key), inline(cert)
    found = None
    if key is not None and key_bytes is not None and key_bytes.startswith(b"---"):
        found = parse_key(key_bytes)
        if found is not None and found.encrypted:
            return "encrypted", key, f"the key is encrypted with a passphrase: {refused} (`failed to parse key`)", "write it without (openssl pkey)"  # fmt: skip
        if found is None:
            return "key", key, f"{key_fault(key_bytes, 'key')}: {refused} (`failed to parse key`)", _AS_IT_IS
    chain = parse_cert(cert_bytes) if cert_bytes is not None else ()
    if cert is not None and cert_bytes is not None and not chain:
        return "cert", cert, f"{certificate_fault(cert_bytes, 'cert')}: {refused} (`failed to parse cert`)", _AS_IT_IS
    wrong = misfit(chain, found) if found is not None else None
    if cert is None or wrong is None:
        return None
    effect = f"clients see `{wrong.alert}`"
    if wrong.kind == CHAIN_ORDER:
        return "order", cert, f"the key's certificate is not the first one: APISIX takes it, and {effect}", "the leaf first"
    message = f"the key is not the certificate's: APISIX does not compare them, and {effect}"
    return "mismatch", cert, message, "the certificate of `key`"


def uncovered(one: SslObject) -> Iterator[tuple[Node, Certificate]]:
    """The names that no certificate of the object is for, with the main one; nothing where one stands elsewhere."""
    from ...certs.names import covers

    leaves: list[Certificate] = []
    for cert, _ in one.pairs:
        data = inline(cert)
        chain = parse_cert(data) if data is not None else ()
        if not chain:
            return
        leaves.append(chain[0])
    for name in one.names if one.in_router else ():
        text = name.value.lower().removesuffix(".")
        host = f"a{text[1:]}" if text.startswith("*.") else text
        if (
            leaves
            and re.match(r"[\w.-]*[A-Za-z_-][\w.-]*\Z", host)
            and not is_filled(name)
            and not any(covers(leaf, host) for leaf in leaves)
        ):
            yield name, leaves[0]


def authority_problem(one: SslObject, refused: str) -> Problem | None:
    """What is wrong with the CA that clients are checked against."""
    ca = one.client.get("ca") if one.client is not None else None
    data = inline(ca)
    if ca is None or data is None:
        return None
    bundle = judge(data, "client.ca")
    if bundle.refused:
        return Problem("ca", ca, f"{bundle.refused}: {refused} (`{CA_REFUSED}`)", _AS_IT_IS)
    root = "the root that issues client certificates"
    if bundle.closed:
        return Problem("ca-closed", ca, f"{bundle.closed}: every client is refused with `unknown ca`", root)
    if bundle.narrow:
        message = f"{bundle.narrow}: only a client that presents this very certificate is let in"
        return Problem("ca-narrow", ca, message, root, False)
    return None
