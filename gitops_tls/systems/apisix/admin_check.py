"""What the Admin API, a standalone APISIX and ADC make of an ssl object: refused, ignored, or read otherwise than meant.

Source: the schemas and apisix/ssl.lua (check_ssl_conf) of 2.15 to 3.18, run; ``tests/systems/test_apisix_admin.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...certs.facts import Certificate
from ...yamldoc.node import SCALAR, SEQUENCE, Node
from ..versions import Version
from .admin import ADC, BODY, SCRIPT, Problem, SslObject, is_filled, is_reference, key_of
from .admin_pairs import authority_problem, pair_problem, uncovered
from .admin_schema import adc_problems, schema_problems
from .config_keys import CLIENT_KEYS

REFUSED = {
    BODY: "the Admin API answers 400",
    SCRIPT: "the Admin API answers 400",
    "standalone": "APISIX leaves the object out",
    ADC: "ADC refuses the whole configuration",
}
"""What becomes of an object that a check refuses, by its form."""

_ANY_NAME = Version(3, 15)
_CLOSED = Version(3, 7)
_SKIPS = Version(3, 4)
_PROTOCOLS = Version(3, 5)
_BEGIN = r"\A-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----"
_ADDRESS = r"(?:\d{1,3}\.){3}\d{1,3}\Z|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?\Z"
_OWN = ("sni", "snis", "ssl_protocols")


def problems(one: SslObject, version: Version | None) -> Iterator[Problem]:
    """Everything that is wrong with an object for one version of APISIX (None: not known, the newest is judged)."""
    refused = REFUSED[one.form]
    yield from _names(one, version, refused)
    if one.form != ADC:
        yield from _protocols(one, version, refused)
        yield from _old_keys(one, version, refused)
    yield from _client(one, version, refused)
    broken = False
    for cert, key in one.pairs:
        told = list(_pem(cert, key, refused))
        pair = pair_problem(cert, key, refused) if not told else None
        yield from told if pair is None else (Problem(*pair),)
        broken = broken or bool(told) or pair is not None
    authority = authority_problem(one, refused)
    if authority is not None:
        yield authority
    for name, leaf in uncovered(one) if not broken else ():
        yield Problem(
            "host",
            name,
            f"the certificate is not for `{name.value}`, but for {_names_of(leaf)}: clients refuse it",
            "another certificate",
        )
    yield from _lists(one, refused)
    yield from adc_problems(one, refused) if one.form == ADC else schema_problems(one, version, refused)


def _names(one: SslObject, version: Version | None, refused: str) -> Iterator[Problem]:
    node = one.node
    server = (node.text("type") or "server") == "server"
    sni, snis = node.get("sni"), node.get("snis")
    if server and sni is not None and snis is not None:
        yield Problem(
            "both",
            key_of(node, "sni"),
            f"`sni` and `snis` exclude each other: {refused} (`then clause did not match`)",
            "keep one of them",
        )
    elif server and sni is None and snis is None:
        yield Problem(
            "neither", node, f"an ssl object without `sni` and `snis`: {refused} (`then clause did not match`)", "add `snis`"
        )
    any_name = version is None or version >= _ANY_NAME
    for name in one.names:
        text = name.value
        if is_filled(name):
            continue
        if text == "*" and name.parent is not node and any_name:
            message = "a `*` in `snis` is not every name: APISIX serves it for names without a dot only"
            yield Problem("any", name, message, 'write `sni: "*"`', version is not None)
        elif text == "*" and not any_name:
            yield Problem("any-old", name, f"APISIX takes `*` since 3.15: {refused}", "name the hosts, or set `fallback_sni`")
        elif re.match(_ADDRESS, text):
            message = f"`{text}` is an address, and clients name no address in a handshake: the object never answers but for `fallback_sni`"
            yield Problem("address", name, message, "write a host name", False)
        elif re.search(r":\d+\Z", text):
            yield Problem(
                "port",
                name,
                f"`{text}` has a port, which no client sends as a name: the object never answers",
                "without the port",
            )
        elif re.match(r"\*[^.]", text):
            message = f"`{text}` has no dot after the `*`: it answers for `x{text[1:]}`, not for `x.{text[1:]}`"
            yield Problem("no-dot", name, message, f"write `*.{text[1:]}`")


def _protocols(one: SslObject, version: Version | None, refused: str) -> Iterator[Problem]:
    node = one.node.get("ssl_protocols")
    if node is None:
        return
    if version is not None and version < _PROTOCOLS:
        message = "APISIX reads `ssl_protocols` of an ssl object since 3.5: it is ignored"
        yield Problem("protocols-old", key_of(one.node, "ssl_protocols"), message, "ignored")
    elif node.kind == SCALAR and not is_filled(node):
        message = f"`ssl_protocols` of an ssl object is a list, unlike in config.yaml: {refused} (`expected array, got string`)"
        yield Problem("protocols", node, message, "write a list")
    elif node.kind == SEQUENCE:
        for item in node.items:
            item = item.resolved()
            if item.kind == SCALAR and not is_filled(item) and item.value not in ("TLSv1.1", "TLSv1.2", "TLSv1.3"):
                message = f"an ssl object takes no `{item.value[:40]}` as TLS version: {refused}"
                yield Problem("protocol", item, message, "TLSv1.1, TLSv1.2 or TLSv1.3")


def _old_keys(one: SslObject, version: Version | None, refused: str) -> Iterator[Problem]:
    if version is not None and version < _CLOSED:
        return
    for key, _ in one.node.effective():
        if key.value in ("validity_start", "validity_end", "exptime"):
            message = f"APISIX takes no `{key.value}` since 3.7: {refused} (`additional properties forbidden`)"
            yield Problem("validity", key, message, "the certificate says it", version is not None)


def _client(one: SslObject, version: Version | None, refused: str) -> Iterator[Problem]:
    if one.client is None:
        return
    for key, _ in one.client.effective():
        name = key.value
        if name in CLIENT_KEYS:
            if name == "skip_mtls_uri_regex" and version is not None and version < _SKIPS:
                yield Problem(
                    "skip-old", key, "APISIX reads `skip_mtls_uri_regex` since 3.4: no path is exempt from mTLS", "ignored"
                )
            continue
        meant = _meant(name)
        effect = {
            "skip_mtls_uri_regex": "no path is exempt from mTLS",
            "depth": "the default depth counts",
        }.get(meant, "it has no effect")
        what = refused if one.form == ADC else f"APISIX ignores it without a word, and {effect}"
        yield Problem(
            "client-key", key, f"`client` has no key `{name}`: {what}", f"write `{meant}`" if meant else "ignored", rename=meant
        )


def _meant(name: str) -> str:
    letters = name.lower().replace("_", "").replace("-", "")
    if letters in ("cacert", "cacertificate", "casecret", "clientca"):
        return "ca"
    for known in sorted(CLIENT_KEYS):
        if known.replace("_", "") == letters:
            return known
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower(), sorted(CLIENT_KEYS), n=1, cutoff=0.75)), "")


def _pem(cert: Node | None, key: Node | None, refused: str) -> Iterator[Problem]:
    if cert is not None and _is_text(cert) and len(cert.value) >= 128 and not re.match(_BEGIN, cert.value.lstrip()):
        yield Problem(
            "cert",
            cert,
            f"the certificate is no PEM: {refused} (`failed to parse cert`)",
            "PEM begins with `-----BEGIN CERTIFICATE-----`",
        )
    if key is not None and _is_text(key) and len(key.value) >= 64 and not key.value.startswith("---"):
        message = f"the key does not begin with dashes, so APISIX takes it for one that it has encrypted: {refused} (`failed to decrypt previous encrypted key`)"
        yield Problem("key", key, message, "PEM begins with `-----BEGIN`, with nothing before it")


def _names_of(leaf: Certificate) -> str:
    names = (*leaf.dns_names, *leaf.ip_addresses)
    return ", ".join(f"`{name}`" for name in names[:4]) + (" and more" if len(names) > 4 else "") if names else "no name at all"


def _is_text(node: Node) -> bool:
    return node.kind == SCALAR and not node.is_null and not is_filled(node) and not is_reference(node)


def _lists(one: SslObject, refused: str) -> Iterator[Problem]:
    certs, keys = one.node.get("certs"), one.node.get("keys")
    if (certs is None and keys is None) or one.form == ADC:
        return
    numbers = [len(each.items) if each is not None and each.kind == SEQUENCE else 0 for each in (certs, keys)]
    if numbers[0] != numbers[1]:
        message = f"{numbers[0]} `certs` and {numbers[1]} `keys`: {refused} (`mismatched number of certs and keys`)"
        yield Problem(
            "lists", key_of(one.node, "certs" if certs is not None else "keys"), message, "as many keys as certificates"
        )
