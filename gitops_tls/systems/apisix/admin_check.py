"""What the Admin API, a standalone APISIX and ADC make of an ssl object: refused, ignored, or read otherwise than meant.

Source: the schemas and apisix/ssl.lua (check_ssl_conf) of 2.15 to 3.18, run; ``tests/systems/test_apisix_admin.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import NamedTuple
from ...validate import Violation, violations
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..versions import Version
from .admin import ADC, BODY, SCRIPT, SslObject, is_filled, is_reference, schema_name
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


class Problem(NamedTuple):
    """One problem. ``kind`` tells the cases apart; ``certain`` is False where it depends on a version nobody names;
    ``rename`` is the key that was meant."""

    kind: str
    node: Node
    message: str
    caret: str = ""
    certain: bool = True
    rename: str = ""


def problems(one: SslObject, version: Version | None) -> Iterator[Problem]:
    """Everything that is wrong with an object for one version of APISIX (None: not known, the newest is judged)."""
    refused = REFUSED[one.form]
    yield from _names(one, version, refused)
    if one.form != ADC:
        yield from _protocols(one, version, refused)
        yield from _old_keys(one, version, refused)
    yield from _client(one, version, refused)
    for cert, key in one.pairs:
        yield from _pem(cert, key, refused)
    yield from _lists(one, refused)
    yield from _adc(one, refused) if one.form == ADC else _schema(one, version, refused)


def _key(node: Node, name: str) -> Node:
    pair = node.pair(name)
    return pair[0] if pair is not None else node


def _names(one: SslObject, version: Version | None, refused: str) -> Iterator[Problem]:
    node = one.node
    server = (node.text("type") or "server") == "server"
    sni, snis = node.get("sni"), node.get("snis")
    if server and sni is not None and snis is not None:
        yield Problem(
            "both",
            _key(node, "sni"),
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
        yield Problem("protocols-old", _key(one.node, "ssl_protocols"), message, "ignored")
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


def _is_text(node: Node) -> bool:
    return node.kind == SCALAR and not node.is_null and not is_filled(node) and not is_reference(node)


def _lists(one: SslObject, refused: str) -> Iterator[Problem]:
    certs, keys = one.node.get("certs"), one.node.get("keys")
    if (certs is None and keys is None) or one.form == ADC:
        return
    numbers = [len(each.items) if each is not None and each.kind == SEQUENCE else 0 for each in (certs, keys)]
    if numbers[0] != numbers[1]:
        message = f"{numbers[0]} `certs` and {numbers[1]} `keys`: {refused} (`mismatched number of certs and keys`)"
        yield Problem("lists", _key(one.node, "certs" if certs is not None else "keys"), message, "as many keys as certificates")


def _schema(one: SslObject, version: Version | None, refused: str) -> Iterator[Problem]:
    """What is left of the schema's complaints."""
    told = {"validity_start", "validity_end", "exptime"}
    for violation in violations(one.node, schema_name(version)):
        path = violation.instance_path
        if violation.keyword == "oneOf" or is_filled(violation.node.resolved()) or _is_placeholder(violation):
            continue
        if path and path[0] == "ssl_protocols":
            continue
        if violation.keyword == "additionalProperties" and (path[:1] == ("client",) or (path[-1:] and path[-1] in told)):
            continue
        if path and path[0] in ("sni", "snis") and violation.node.resolved().value == "*":
            continue
        special = _special(violation, refused)
        if special is not None:
            yield special
            continue
        certain = version is not None or not _differs(violation)
        yield Problem("schema", violation.node, f"{violation.message}: {refused}", _caret(violation), certain, violation.rename)


def _special(violation: Violation, refused: str) -> Problem | None:
    """What the schema's keyword alone would say badly."""
    node, path = violation.node.resolved(), violation.instance_path
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if violation.keyword == "uniqueItems":
        return Problem("twice", node, f"`{name}` has an entry twice: {refused} (`expected unique items`)", "once is enough")
    if (
        name in ("cert", "key", "ca", "certs", "keys")
        and node.kind == SCALAR
        and violation.keyword in ("minLength", "maxLength", "pattern")
    ):
        if is_reference(node):
            return Problem("schema", node, f"`{name}` takes no reference in this version: {refused}", "write the PEM")
        return Problem("length", node, f"`{name}` has {len(node.value)} characters, {_too(node)}: {refused}", "write the PEM")
    return None


def _too(node: Node) -> str:
    return "too many" if len(node.value) > 65536 else "too few for PEM"


def _is_placeholder(violation: Violation) -> bool:
    node = violation.node.resolved()
    return node.kind == SCALAR and re.match(r"\$\w+\Z", node.value) is not None


def _differs(violation: Violation) -> bool:
    """Whether versions before 3.7 accept it: they store keys that they do not know."""
    return violation.keyword == "additionalProperties" or "skip_mtls_uri_regex" in violation.instance_path


def _caret(violation: Violation) -> str:
    return (
        f"expected {violation.expected}"
        if violation.expected and violation.keyword in ("type", "enum", "minimum")
        else violation.expected
    )


def _adc(one: SslObject, refused: str) -> Iterator[Problem]:
    """ADC's own checks, which are fewer and have other names."""
    node = one.node
    snis = node.get("snis")
    if snis is not None and snis.kind == SEQUENCE and not snis.items:
        yield Problem("schema", _key(node, "snis"), f"`snis` is empty: {refused}", "name a host")
    for cert, key in one.pairs:
        for name, value, least in (("certificate", cert, 128), ("key", key, 32)):
            if value is None:
                yield Problem("schema", _key(node, "certificates"), f"a certificate without `{name}`: {refused}", f"add `{name}`")
            elif _is_text(value) and not least <= len(value.value) <= 65536:
                yield Problem(
                    "schema",
                    value,
                    f"`{name}` has {len(value.value)} characters, not {least} to 65536: {refused}",
                    "write the PEM",
                )
    depth = one.client.get("depth") if one.client is not None else None
    if depth is not None and not is_filled(depth) and not (depth.is_plain and depth.value.isdigit()):
        yield Problem("schema", depth, f"`depth` is no whole number from 0 on: {refused}", "a number")
    if node.kind == MAPPING and node.pair("certs") is not None:
        yield Problem("schema", _key(node, "certs"), f"ADC knows no `certs`: {refused}", "write `certificates`")
