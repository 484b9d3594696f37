"""config.yaml of APISIX 2.15 to 3.18: which version reads it, what it sets, what comes out with the defaults.

Sources: apisix/cli/file.lua (merging), cli/schema.lua, cli/config.lua and conf/config-default.yaml (defaults), run with the
real loader of APISIX 3.18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...config import Config
from ...records import NamedTuple
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..claims import APISIX_CONFIG, Claims
from ..milvus.values import scalar_kind
from ..versions import Version
from .versions import versions

V3 = Version(3, 0)
"""From here on: the Admin API's settings below ``deployment.admin``, listeners as mappings, ``/apisix/admin/ssls``."""

NO_PORT_HTTP2 = Version(3, 9)
"""From here on: ``key_encrypt_salt`` is not read any more, ``listen[].enable_http2`` stops APISIX, HTTP/3 is there."""

SYSTEM_TRUST = Version(3, 12)
"""The first version that trusts the system's CAs where nothing is written."""

LONG_KEYS = Version(3, 18)
"""The first version that takes keys of 32 bytes in a keyring."""

ANY = "0.0.0.0"  # noqa: S104
"""The address of a listener that names none."""

PROTOCOLS = "TLSv1.2 TLSv1.3"
CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384"
)

_VARIABLE = r"\$\{\{\s*(\w+)\s*(?::=\s*(.*?))?\s*\}\}"
_OLD_APISIX_KEYS = ("admin_key", "allow_admin", "admin_listen", "port_admin", "https_admin", "admin_api_mtls", "config_center")


class Era(NamedTuple):
    """What is known of the APISIX that reads a file: its ``version``, or bounds that the file's own keys give."""

    version: Version | None = None
    low: Version | None = None
    below: Version | None = None

    def at_least(self, version: Version) -> bool | None:
        """Whether it is ``version`` or newer; None where nobody knows."""
        if self.version is not None:
            return self.version >= version
        if self.low is not None and self.low >= version:
            return True
        return False if self.below is not None and self.below <= version else None


class GatewayConfig(NamedTuple):
    """One config.yaml. ``root`` is its mapping; ``claim_path`` the file; ``host`` the scalar around it, None for a file."""

    root: Node
    path: str
    era: Era
    host: Node | None = None

    @property
    def ssl(self) -> Node | None:
        """What stands at ``apisix.ssl``, also where it is null."""
        return self.root.get("apisix", "ssl")


class Listener(NamedTuple):
    """One TLS listener. ``ip`` is ``0.0.0.0`` where nothing is written; ``node`` None for the default."""

    ip: str
    port: int | None
    http3: bool
    node: Node | None = None


class SslSettings(NamedTuple):
    """What APISIX goes by after merging with its defaults. Values that an environment variable gives are None.

    ``trusted_certificate`` is whom APISIX trusts as a client (``system`` or a path), ``""`` for nobody in particular;
    ``nodes`` are the nodes of the settings that are written, by name.
    """

    enable: bool | None
    listen: tuple[Listener, ...]
    protocols: str | None
    ciphers: str | None
    session_tickets: bool | None
    fallback_sni: str | None
    trusted_certificate: str | None
    nodes: dict[str, Node]


def known_version(workspace: Workspace, claims: Claims, config: Config) -> Version | None:
    """The APISIX of the repository: of its image tags where they agree, else as the tool's configuration says."""
    return versions(workspace, claims.mentions, (), config).apisix


def configs(claims: Claims, known: Version | None) -> Iterator[GatewayConfig]:
    """Every config.yaml: files and texts in ConfigMaps. Those inside of values files: see values.py.

    ``known`` is the version of :func:`known_version`.
    """
    for claim in claims.of(APISIX_CONFIG):
        # APISIX reads the first document alone
        if claim.root is not None and claim.root.document.index == 0 and claim.root.resolved().kind == MAPPING:
            root = claim.root.resolved()
            yield GatewayConfig(root, claim.path, era_of(root, known), claim.host)


def era_of(root: Node, known: Version | None) -> Era:
    """What is known of the version: the configured one, else what the keys of the file tell.

    ``deployment`` came with 3.0 and took over what 2.x has below ``apisix`` and at the top.
    """
    if known is not None:
        return Era(known)
    if root.get("deployment") is not None:
        return Era(low=V3)
    old = any(root.get("apisix", key) is not None for key in _OLD_APISIX_KEYS)
    return Era(below=V3) if old or root.get("etcd", "host") is not None else Era()


def has_variable(node: Node) -> bool:
    """Whether an environment variable fills a scalar in: ``${{VAR}}`` (or another tool's placeholder)."""
    return node.kind == SCALAR and "{{" in node.value


def lua_value(node: Node) -> bool | int | float | str | None:
    """A scalar as APISIX's loader reads it, with the default of a ``${{VAR:=default}}``; None for null and without default."""
    node = node.resolved()
    if node.kind != SCALAR:
        return None
    if not has_variable(node):
        return scalar_kind(node)
    text = re.sub(_VARIABLE, lambda match: match[2] if match[2] is not None else "\0", node.value)
    if "\0" in text or "{{" in text:
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isascii() and text.isdigit() else text


def lua_type(node: Node) -> str:
    """The Lua type of a value: ``boolean``, ``number``, ``string``, ``table`` or ``nil``."""
    node = node.resolved()
    if node.kind != SCALAR:
        return "table"
    value = scalar_kind(node)
    if value is None or isinstance(value, bool):
        return "nil" if value is None else "boolean"
    return "string" if isinstance(value, str) else "number"


def ssl_settings(config: GatewayConfig) -> SslSettings:
    """What APISIX makes of the ``apisix.ssl`` of a file that it can load (see config_load.defects)."""
    ssl = config.ssl
    written = {key.value: value.resolved() for key, value in ssl.effective()} if ssl is not None else {}
    system = config.era.at_least(SYSTEM_TRUST)
    return SslSettings(
        enable=_flag(written, "enable", True),
        listen=tuple(_listeners(written)),
        protocols=_text(written, "ssl_protocols", PROTOCOLS),
        ciphers=_text(written, "ssl_ciphers", CIPHERS),
        session_tickets=_flag(written, "ssl_session_tickets", False),
        fallback_sni=_text(written, "fallback_sni", ""),
        trusted_certificate=_text(written, "ssl_trusted_certificate", "system" if system is not False else ""),
        nodes=written,
    )


def _flag(written: dict[str, Node], key: str, default: bool) -> bool | None:
    if key not in written:
        return default
    value = lua_value(written[key])
    # a null takes the default away, and nil is false
    return value if isinstance(value, bool) else False if written[key].is_null else None


def _text(written: dict[str, Node], key: str, default: str) -> str | None:
    if key not in written:
        return default
    value = lua_value(written[key])
    return value if isinstance(value, str) else "" if written[key].is_null else None


def _listeners(written: dict[str, Node]) -> Iterator[Listener]:
    node = written.get("listen")
    if node is None:
        port = written.get("listen_port")
        value = lua_value(port) if port is not None else None
        yield Listener(ANY, value if isinstance(value, int) else 9443, False, port)
        return
    for item in node.items if node.kind == SEQUENCE else []:
        item = item.resolved()
        port = item if item.kind == SCALAR else item.get("port")
        value = lua_value(port) if port is not None else None
        http3 = item.get("enable_http3") if item.kind == MAPPING else None
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        yield Listener(item.text("ip") or ANY, number, http3 is not None and lua_value(http3) is True, item)
