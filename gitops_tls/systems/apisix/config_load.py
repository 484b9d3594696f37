"""What APISIX's loader makes of a config.yaml: what stops it, what it ignores, what breaks later.

Source: apisix/cli/{file,schema,ops}.lua of 3.18, run; ``tests/systems/test_apisix_config.py`` holds the results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .config import LONG_KEYS, NO_PORT_HTTP2, V3, GatewayConfig, has_variable, lua_type, lua_value
from .config_defects import BLOCK, IGNORED, LISTEN, MTLS_KEYS, MTLS_PLACES, STOPS, Defect
from .config_keys import SSL_KEYS, SSL_KEYS_2, SSL_KEYS_3, SSL_KEYS_INTERNAL
from .config_listen import cipher_defects, listen_defects, protocol_defects

_HOST = r"\*?[0-9A-Za-z._-]+\Z"


def defects(config: GatewayConfig) -> Iterator[Defect]:
    """Everything that the loader refuses or ignores around TLS, in no order."""
    yield from _top_level(config)
    ssl = config.ssl
    if ssl is not None:
        if ssl.kind != MAPPING or not ssl.pairs:
            yield from _no_block(config, ssl)
        else:
            yield from _known_keys(config, ssl)
            yield from _types(ssl)
            yield from listen_defects(config, ssl)
            yield from protocol_defects(ssl.pair("ssl_protocols"))
            ciphers = ssl.get("ssl_ciphers")
            yield from cipher_defects("ssl_ciphers", ciphers) if ciphers is not None else ()
    apisix = config.root.get("apisix")
    http2 = apisix.pair("enable_http2") if apisix is not None else None
    if http2 is not None:
        yield from _type(http2[0], http2[1].resolved(), "boolean")
    yield from _https_admin(config)
    yield from _keyring(config)


def starts(config: GatewayConfig) -> bool | None:
    """Whether APISIX starts with the file, as far as TLS decides it; None where its version does."""
    fatal = [defect for defect in defects(config) if defect.fatal]
    if any(defect.certain for defect in fatal):
        return False
    return None if fatal else True


def _top_level(config: GatewayConfig) -> Iterator[Defect]:
    pair = config.root.pair("ssl")
    if pair is not None and (config.root.get("apisix") is not None or config.root.get("deployment") is not None):
        message = "`ssl` stands beside `apisix`, not below it: APISIX ignores it and goes on with its defaults"
        yield Defect(IGNORED, "top", pair[0], message, "move it below `apisix`", owner=config.root)
    apisix = config.root.get("apisix")
    if config.era.at_least(V3) is not True or apisix is None or apisix.kind != MAPPING:
        return
    for name in ("admin_key", "allow_admin", "https_admin", "admin_api_mtls"):
        old = apisix.pair(name)
        if old is not None and config.root.get("deployment", "admin", name) is None:
            what = {"admin_key": "the Admin API keeps its default keys", "allow_admin": "the default list counts"}
            message = f"since 3.0 APISIX reads `{name}` below `deployment.admin` and ignores it here: {what.get(name, 'the Admin API stays on plain HTTP')}"
            yield Defect(IGNORED, "moved", old[0], message, f"write `deployment.admin.{name}`", owner=apisix)


def _no_block(config: GatewayConfig, ssl: Node) -> Iterator[Defect]:
    pair = config.root.pair("apisix")
    key = pair[1].resolved().pair("ssl") if pair is not None else None
    node = key[0] if key is not None else ssl
    owner = pair[1].resolved() if pair is not None else None
    if ssl.kind == SCALAR and not ssl.is_null:
        if not has_variable(ssl):
            yield Defect(
                BLOCK, "scalar", ssl, f"`ssl` is one value, not a mapping: {STOPS}", "write `ssl:` with `enable` below it", True
            )
        return
    if ssl.kind == SEQUENCE and ssl.items:
        yield Defect(BLOCK, "scalar", node, f"`ssl` is a list, not a mapping: {STOPS}", "write a mapping", True)
        return
    what = "nothing" if ssl.kind == SCALAR else "an empty block"
    message = f"{what} below `ssl` takes all of its defaults away: `apisix init` crashes"
    yield Defect(BLOCK, "empty", node, message, "delete the line, or write a setting below it", True, owner=owner)


def _known_keys(config: GatewayConfig, ssl: Node) -> Iterator[Defect]:
    era = config.era
    modern, current = era.at_least(V3), era.at_least(NO_PORT_HTTP2)
    mutual = False
    for key, _ in ssl.effective():
        name = key.value
        if name in SSL_KEYS or name in SSL_KEYS_INTERNAL:
            continue
        if name in MTLS_KEYS:
            mutual = True
            yield Defect(IGNORED, "mtls", key, _mtls_message(name), MTLS_PLACES, owner=ssl)
        elif name == "key_encrypt_salt":
            if current is not False:
                since = "" if current else " since 3.9"
                message = f"APISIX ignores `key_encrypt_salt`{since}: private keys that were stored with it cannot be decrypted any more"
                yield Defect(
                    IGNORED, "salt", key, message, "use `apisix.data_encryption.keyring`", certain=current is True, owner=ssl
                )
        elif name in SSL_KEYS_2 - SSL_KEYS_3:
            if modern is not False:
                message = "APISIX ignores `%s` since 3.0: " % name + (  # noqa: UP031
                    "it listens on `listen`, by default on 9443" if name == "listen_port" else "`apisix.enable_http2` decides"
                )
                yield Defect(LISTEN, name, key, message, "2.x read it", certain=modern is True, owner=ssl)
        else:
            yield Defect(
                IGNORED,
                "unknown",
                key,
                f"no version of APISIX reads `apisix.ssl.{name}`: it is ignored without a word",
                "ignored",
                owner=ssl,
            )
    trusted = ssl.pair("ssl_trusted_certificate")
    if mutual and trusted is not None:
        message = (
            "`ssl_trusted_certificate` never verifies clients: it is whom APISIX trusts when it connects itself (etcd, Vault, OIDC), "
            "and APISIX does not start where the file is missing"
        )
        yield Defect(
            IGNORED, "trusted", trusted[0], message, "the CA of clients belongs to the ssl object: `client.ca`", owner=ssl
        )


def _mtls_message(name: str) -> str:
    what = "no path is exempt from mTLS" if name == "skip_mtls_uri_regex" else "no client is asked for a certificate"
    return f"no version of APISIX reads `apisix.ssl.{name}`: it is ignored without a word, and {what}"


def _types(ssl: Node) -> Iterator[Defect]:
    for name, wanted in (("enable", "boolean"), ("ssl_session_tickets", "boolean"), ("ssl_ciphers", "string")):
        pair = ssl.pair(name)
        if pair is not None:
            yield from _type(pair[0], pair[1].resolved(), wanted)
    fallback = ssl.get("fallback_sni")
    if fallback is not None and fallback.kind != SCALAR:
        message = "`fallback_sni` is not one name: APISIX loads it, and every handshake without SNI fails"
        yield Defect(BLOCK, "fallback", fallback, message, "write one host name")
    elif (
        fallback is not None
        and not fallback.is_null
        and fallback.value
        and not has_variable(fallback)
        and not re.match(_HOST, fallback.value)
    ):
        message = f"`{fallback.value[:80]}` is no host name: no certificate has it, and every handshake without SNI fails"
        yield Defect(BLOCK, "fallback", fallback, message, "write a host that an ssl object serves")
    trusted = ssl.get("ssl_trusted_certificate")
    if trusted is not None and lua_type(trusted) not in ("string", "nil") and not has_variable(trusted):
        yield Defect(
            BLOCK, "type", trusted, f"`ssl_trusted_certificate` is not one path: {STOPS}", "write a path, or `system`", True
        )


def _type(key: Node, value: Node, wanted: str) -> Iterator[Defect]:
    got = lua_type(value)
    if got in (wanted, "nil") or has_variable(value):
        return
    if value.kind == SEQUENCE or (value.kind == MAPPING and not value.pairs):
        # lists replace a default of any type
        if wanted == "string":
            message = f"`{key.value}` is a list, which becomes `table: 0x…` in nginx.conf: {STOPS}"
            yield Defect(BLOCK, "list", value, message, "write one text", True)
        return
    quoted = wanted == "boolean" and got == "string"
    shown = f"`{value.raw}`" if value.kind == SCALAR and len(value.raw) < 40 else f"a {got}"
    message = f"`{key.value}` is {shown}, not {'true or false' if wanted == 'boolean' else 'a text'}: {STOPS}"
    caret = (
        "without quotes"
        if quoted and value.value in ("true", "false")
        else f"expected {'true or false' if wanted == 'boolean' else 'a text'}"
    )
    yield Defect(BLOCK, "quoted" if quoted else "type", value, message, caret, True)


def _https_admin(config: GatewayConfig) -> Iterator[Defect]:
    for path in (("deployment", "admin"), ("apisix",)):
        admin = config.root.get(*path)
        pair = admin.pair("https_admin") if admin is not None else None
        if admin is None or pair is None or (path == ("apisix",) and config.era.at_least(V3) is True):
            continue
        value = pair[1].resolved()
        if lua_type(value) == "string" and not has_variable(value):
            yield Defect(
                BLOCK, "quoted", value, f"`https_admin` is `{value.raw[:40]}`, not true or false: {STOPS}", "without quotes", True
            )
        if lua_value(value) is not True:
            continue
        missing = [name for name in ("admin_ssl_cert", "admin_ssl_cert_key") if not admin.text("admin_api_mtls", name)]
        if missing:
            names = " and ".join(f"`admin_api_mtls.{name}`" for name in missing)
            certain = path[0] == "deployment" or config.era.at_least(V3) is False
            yield Defect(
                BLOCK,
                "https_admin",
                pair[0],
                f"`https_admin` without {names}: {STOPS}, missing ssl cert for https admin",
                f"set {names} beside it",
                True,
                certain,
            )


def _keyring(config: GatewayConfig) -> Iterator[Defect]:
    yield from _keys(config, config.root.get("apisix", "data_encryption", "keyring"), "keyring", " or (since 3.18) 32")
    if config.era.at_least(NO_PORT_HTTP2) is False:
        yield from _keys(config, config.root.get("apisix", "ssl", "key_encrypt_salt"), "key_encrypt_salt", "")


def _keys(config: GatewayConfig, node: Node | None, name: str, longer: str) -> Iterator[Defect]:
    if node is None:
        return
    for item in node.items if node.kind == SEQUENCE else [node]:
        item = item.resolved()
        if item.kind != SCALAR or item.is_null or has_variable(item):
            continue
        length = len(item.value.encode())
        if length == 16 or (length == 32 and longer and config.era.at_least(LONG_KEYS) is not False):
            continue
        message = f"a key of `{name}` has {length} bytes, not 16{longer}: {STOPS}"
        yield Defect(BLOCK, "keyring", item, message, "16 characters", True)
