"""The listeners and TLS versions of a config.yaml: what stops APISIX or nginx, what is ignored.

Source: apisix/cli/{file,schema,ops}.lua, run with files of every shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .config import NO_PORT_HTTP2, V3, GatewayConfig, has_variable, lua_type, lua_value
from .config_defects import BLOCK, IGNORED, KNOWN_PROTOCOLS, LISTEN, PROTOCOLS_RULE, STOPS, WEAK_PROTOCOLS, Defect
from .config_keys import LISTEN_KEYS, LISTEN_KEYS_OLD


def listen_defects(config: GatewayConfig, ssl: Node) -> Iterator[Defect]:
    """What is wrong with ``listen``."""
    pair = ssl.pair("listen")
    if pair is None:
        return
    listen = pair[1].resolved()
    if listen.kind == SEQUENCE:
        for item in listen.items:
            yield from listener_defects(config, item.resolved(), listen)
    elif listen.kind == MAPPING and listen.pairs:
        yield Defect(
            LISTEN, "mapping", listen, f"`listen` is a mapping, not a list: {STOPS}", "write `- ` before the first key", True
        )
    elif listen.kind == MAPPING or listen.is_null:
        yield Defect(
            BLOCK,
            "listen",
            pair[0],
            "`listen` without a value takes the default away: `apisix init` crashes",
            "write a port",
            True,
            owner=ssl,
        )
    elif not has_variable(listen):
        yield Defect(LISTEN, "scalar", listen, f"`listen` is one value, not a list: {STOPS}", "write a list", True)


def listener_defects(config: GatewayConfig, item: Node, listen: Node) -> Iterator[Defect]:
    """What is wrong with one listener; of the chart's additional ports too."""
    modern, current = config.era.at_least(V3), config.era.at_least(NO_PORT_HTTP2)
    if has_variable(item):
        return
    if item.kind == SCALAR:
        number = isinstance(lua_value(item), int) and lua_type(item) == "number"
        if number and modern is False:
            return
        since = "since 3.0 " if number else ""
        message = f"a listener is a mapping with `port`, {since}not {'a bare number' if number else 'a text'}: {STOPS}"
        yield Defect(
            LISTEN,
            "bare",
            item,
            message,
            f"write `port: {item.value}`" if item.value.isdigit() else "write `port: `",
            True,
            modern is True or not number,
            listen,
        )
        return
    if item.kind != MAPPING:
        yield Defect(
            LISTEN, "item", item, f"a listener is a mapping with `port`, not a list: {STOPS}", "write `port: 9443`", True
        )
        return
    known = LISTEN_KEYS | LISTEN_KEYS_OLD
    for key, value in item.effective():
        node = value.resolved()
        if key.value not in known:
            yield Defect(
                IGNORED,
                "unknown",
                key,
                f"no version of APISIX reads `{key.value}` of a listener: it is ignored without a word",
                "ignored",
                owner=item,
            )
        elif key.value == "port":
            yield from _port(node)
        elif key.value == "enable_http2" and current is not False:
            message = f"`enable_http2` of a listener stops APISIX{'' if current else ' since 3.9'}: port level enable_http2 in ssl.listen is deprecated"
            yield Defect(LISTEN, "http2", key, message, "use `apisix.enable_http2`", True, current is True, item)
        elif key.value == "enable_http3" and current is False:
            yield Defect(
                IGNORED, "unknown", key, "APISIX reads `enable_http3` since 3.9 only: it is ignored", "ignored", owner=item
            )
        elif key.value.startswith("enable_") and not has_variable(node) and lua_type(node) not in ("boolean", "nil"):
            shown = f"`{node.raw}`" if node.kind == SCALAR and len(node.raw) < 40 else "no single value"
            message = f"`{key.value}` is {shown}, not true or false: {STOPS}"
            yield Defect(LISTEN, "quoted", node, message, "expected true or false", True)
        elif key.value == "ip" and not has_variable(node) and lua_type(node) not in ("string", "nil"):
            yield Defect(LISTEN, "ip", node, f"`ip` is not a text: {STOPS}", "write an address in quotes", True)


def _port(node: Node) -> Iterator[Defect]:
    if has_variable(node) or node.is_null:
        return
    value = lua_value(node)
    if isinstance(value, (bool, float)) or not isinstance(value, int):
        shown = f"`{node.raw}`" if node.kind == SCALAR and len(node.raw) < 40 else "no single value"
        yield Defect(
            LISTEN,
            "port",
            node,
            f"`port` is {shown}, not a whole number: {STOPS}",
            "without quotes" if node.style in ("'", '"') else "",
            True,
        )
    elif not 1 <= value <= 65535:
        yield Defect(LISTEN, "range", node, f"`{value}` is no port: {STOPS}", "1 to 65535", True)


def protocol_defects(pair: tuple[Node, Node] | None) -> Iterator[Defect]:
    """What is wrong with ``ssl_protocols``."""
    if pair is None:
        return
    key, value = pair[0], pair[1].resolved()
    if has_variable(value):
        return
    if value.kind == SEQUENCE:
        message = f"`{key.value}` is a list, which becomes `table: 0x…` in nginx.conf: nginx refuses it and {STOPS}"
        yield Defect(PROTOCOLS_RULE, "list", value, message, "write the versions with spaces between them", True)
        return
    text = lua_value(value)
    if value.kind != SCALAR or not isinstance(text, str):
        yield Defect(PROTOCOLS_RULE, "type", value, f"`{key.value}` is not a text: {STOPS}", "write `TLSv1.2 TLSv1.3`", True)
        return
    yield from protocol_words(key.value, value, text)


def protocol_words(name: str, value: Node, text: str) -> Iterator[Defect]:
    """What is wrong with the words of an ``ssl_protocols`` text; of the chart's values too."""
    words = re.split(r"[\s,;]+", text.strip())
    unknown = [word for word in words if word and word not in KNOWN_PROTOCOLS]
    if not text.strip():
        yield Defect(
            PROTOCOLS_RULE, "empty", value, f"`{name}` is empty: nginx refuses it and {STOPS}", "write `TLSv1.2 TLSv1.3`", True
        )
    elif unknown:
        message = f"nginx knows no `{unknown[0][:40]}` in `{name}`: {STOPS}"
        yield Defect(PROTOCOLS_RULE, "word", value, message, "write `TLSv1.2 TLSv1.3`", True)
    elif re.search(r"[,;]", text):
        message = f"`{name}` has {'commas' if ',' in text else 'semicolons'} in it, where nginx wants spaces: {STOPS}"
        yield Defect(PROTOCOLS_RULE, "commas", value, message, "spaces only", True)
    else:
        weak = [word for word in words if word in WEAK_PROTOCOLS]
        if weak:
            shown = " and ".join(f"`{word}`" for word in weak)
            yield Defect(
                PROTOCOLS_RULE,
                "weak",
                value,
                f"{shown} can be broken or downgraded to, and no client of today needs {'it' if len(weak) == 1 else 'them'}",
                "drop it" if len(weak) == 1 else "drop them",
            )


def cipher_defects(name: str, value: Node) -> Iterator[Defect]:
    """The broken ciphers of an OpenSSL list; of the chart's values too."""
    if value.kind != SCALAR or has_variable(value):
        return
    weak = [word for word in value.value.split(":") if is_weak_cipher(word)]
    if weak:
        shown = " and ".join(f"`{word[:40]}`" for word in weak[:3])
        message = f"`{name}` allows {shown}{' and more' if len(weak) > 3 else ''}, which can be broken"
        yield Defect(PROTOCOLS_RULE, "ciphers", value, message, "drop it" if len(weak) == 1 else "drop them")


def is_weak_cipher(word: str) -> bool:
    """Whether a word of an OpenSSL cipher list brings in 3DES, RC4, MD5 or no encryption at all."""
    return (
        re.match(r"(?![!-])(?:.*-)?(?:DES|3DES|RC4|RC2|MD5|NULL|EXP|EXPORT|ADH|AECDH|aNULL|eNULL|LOW)\b", word.strip())
        is not None
    )
