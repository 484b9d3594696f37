"""The certificates and keys inside ssl objects: what APISIX stores without a look, and what then breaks in a handshake.

Source: apisix/ssl.lua (check_ssl_conf compares nothing) and handshakes of nginx with the same calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...certs.facts import Certificate
from ...yamldoc.node import SCALAR, Node
from .admin import SslObject, is_filled, is_reference

ALERT = "clients see `tlsv1 alert internal error`"


def inline(node: Node | None) -> bytes | None:
    """The PEM that a value holds; None where it is none or stands elsewhere."""
    if node is None or node.kind != SCALAR or is_filled(node) or is_reference(node) or "-----BEGIN" not in node.value:
        return None
    return node.value.encode("utf-8", "replace")


def pair_problem(cert: Node | None, key: Node | None, refused: str) -> tuple[str, Node, str, str] | None:
    """Kind, place, message and advice about a pair that APISIX refuses or cannot use."""
    from ...certs.read import certificates, private_keys

    key_bytes, cert_bytes = inline(key), inline(cert)
    found = private_keys(key_bytes) if key_bytes is not None else []
    if key is not None and key_bytes is not None and key_bytes.startswith(b"---"):
        if found and found[0].encrypted:
            return "encrypted", key, f"the key is encrypted with a passphrase: {refused} (`failed to parse key`)", "write it without (openssl pkey)"  # fmt: skip
        if not found or found[0].spki_sha256 is None:
            return "key", key, f"the key cannot be read: {refused} (`failed to parse key`)", "write the PEM as it is in its file"
    chain = certificates(cert_bytes) if cert_bytes is not None else []
    if cert is not None and cert_bytes is not None and not chain:
        return (
            "cert",
            cert,
            f"the certificate cannot be read: {refused} (`failed to parse cert`)",
            "write the PEM as it is in its file",
        )
    if cert is None or not chain or not found or found[0].spki_sha256 in (None, chain[0].spki_sha256):
        return None
    if any(one.spki_sha256 == found[0].spki_sha256 for one in chain[1:]):
        return "order", cert, f"the key's certificate is not the first one: APISIX takes it, and {ALERT}", "the leaf first"
    return (
        "mismatch",
        cert,
        f"the key is not the certificate's: APISIX does not compare them, and {ALERT}",
        "the certificate of `key`",
    )


def uncovered(one: SslObject) -> Iterator[tuple[Node, Certificate]]:
    """The names that no certificate of the object is for, with the main one; nothing where one stands elsewhere."""
    from ...certs.names import covers
    from ...certs.read import certificates

    leaves: list[Certificate] = []
    for cert, _ in one.pairs:
        data = inline(cert)
        chain = certificates(data) if data is not None else []
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


def authority_problem(one: SslObject, refused: str) -> tuple[str, Node, str, str] | None:
    """What is wrong with the CA that clients are checked against."""
    from ...certs.read import certificates

    ca = one.client.get("ca") if one.client is not None else None
    data = inline(ca)
    if ca is None or data is None:
        return None
    found = certificates(data)
    if not found:
        return (
            "ca",
            ca,
            f"the CA cannot be read: {refused} (`failed to validate client_cert`)",
            "write the PEM as it is in its file",
        )
    if not any(each.is_ca for each in found) and not any(each.subject == each.issuer for each in found):
        return "ca-leaf", ca, "`client.ca` holds no CA: every client is refused with `unknown ca`", "the CA that issues client certificates"  # fmt: skip
    if not any(each.subject == each.issuer for each in found):
        return "ca-root", ca, "`client.ca` has an intermediate CA without its root: every client is refused with `unknown ca`", "add the root"  # fmt: skip
    return None
