"""Who may use the Admin API, and with which keys: of config.yaml, of the chart's values, of scripts.

Source: conf/config-default.yaml of 2.15 to 3.9, apisix/cli/ops.lua, templates/configmap.yaml of the chart.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...records import NamedTuple
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..milvus.values import parse_bool
from ..versions import Version
from .config import V3, Era, GatewayConfig, has_variable, lua_value
from .values import ChartValues

ADMIN_KEYS = {"edd1c9f034335f136f87ad84b625c8f1": "admin", "4054f7cf07e344346cd3f287985e76a2": "viewer"}
"""The keys that every APISIX up to 3.9, and the chart, bring: they stand in public Git and in every tutorial."""

KEYRING = frozenset(("qeddd145sfvddff3", "edd1c9f0985e76a2"))
"""The keys by which APISIX encrypts private keys in etcd where nothing else is configured."""

GENERATED = Version(3, 10)
"""The first version that makes up a key where none is written."""

_ANYONE = frozenset(("0.0.0.0/0", "::/0", "all", "0.0.0.0", "::"))  # noqa: S104


class Access(NamedTuple):
    """The Admin API of one file.

    ``published`` are the nodes with published keys, each with its role; ``default`` tells that a published key counts
    because none is written (None: it depends on the version). ``opened`` is the node that lets every address in.
    """

    published: tuple[tuple[Node, str], ...]
    default: bool | None
    opened: Node | None


def config_access(config: GatewayConfig) -> Access | None:
    """The Admin API of a config.yaml; None where it is off."""
    root, era = config.root, config.era
    enabled = root.get("apisix", "enable_admin")
    if (enabled is not None and lua_value(enabled) is False) or root.text("deployment", "role") == "data_plane":
        return None
    old = era.at_least(V3) is False or (era.at_least(V3) is None and root.get("deployment", "admin") is None)
    admin = root.get("apisix") if old else root.get("deployment", "admin")
    if admin is None or admin.kind != MAPPING:
        return Access((), None, None)
    pair = admin.pair("admin_key")
    keys = pair[1].resolved() if pair is not None else None
    published: list[tuple[Node, str]] = []
    for item in keys.items if keys is not None and keys.kind == SEQUENCE else ():
        key = item.resolved().get("key")
        if key is not None and key.value in ADMIN_KEYS:
            published.append((key, ADMIN_KEYS[key.value]))
    return Access(tuple(published), _by_default(era) if pair is None else False, _opened(admin.pair("allow_admin")))


def _by_default(era: Era) -> bool | None:
    generated = era.at_least(GENERATED)
    return None if generated is None else not generated


def chart_access(values: ChartValues) -> Access | None:
    """The Admin API that the chart's values make; None where it is off."""
    if values.custom is not None:
        return None
    root, admin = values.root, values.admin
    if admin is not None and parse_bool(admin.text("enabled") or "true") is False:
        return None
    if root.text("apisix", "deployment", "role") == "data_plane":
        return None
    credentials = admin.get("credentials") if admin is not None else None
    if credentials is not None and credentials.text("secretName"):
        return None
    published: list[tuple[Node, str]] = []
    for role in ("admin", "viewer"):
        node = credentials.get(role) if credentials is not None else None
        if node is not None and node.kind == SCALAR and node.value in ADMIN_KEYS:
            published.append((node, ADMIN_KEYS[node.value]))
    written = credentials is not None and credentials.get("admin") is not None
    allow = admin.get("allow") if admin is not None else None
    opened = _opened(allow.pair("ipList")) if allow is not None else None
    for name in ("ingress-controller", "dashboard"):
        switch = root.get(name, "enabled")
        # the chart then adds 0.0.0.0/0
        if opened is None and switch is not None and parse_bool(switch.value):
            opened = switch
    return Access(tuple(published), not written, opened)


def _opened(pair: tuple[Node, Node] | None) -> Node | None:
    """The node that lets every address in; an empty list does, a missing one does not."""
    if pair is None:
        return None
    key, node = pair[0], pair[1].resolved()
    if node.is_null or (node.kind == SEQUENCE and not node.items):
        return key
    for item in node.items if node.kind == SEQUENCE else [node]:
        item = item.resolved()
        if item.kind == SCALAR and not has_variable(item) and item.value in _ANYONE:
            return item
    return None


def public_keyring(config: GatewayConfig) -> Iterator[Node]:
    """The first key of a keyring, which encrypts, where it is a published one."""
    for path in (("data_encryption", "keyring"), ("ssl", "key_encrypt_salt")):
        node = config.root.get("apisix", *path)
        first = node.items[0].resolved() if node is not None and node.kind == SEQUENCE and node.items else node
        if first is not None and first.kind == SCALAR and first.value in KEYRING:
            yield first
