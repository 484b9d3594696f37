"""GT517: a TLS listener that APISIX refuses or ignores."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.apisix.config import NO_PORT_HTTP2
from ..systems.apisix.config_defects import LISTEN, Defect
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import SCALAR, SEQUENCE, Node
from .gateway import Place, as_item, finding, gateway_defects, owner_of, removed, replaced_by, unquoted, value_of
from .shared import fix_or_none

RULE = Rule(
    "GT517", "listen-shape", ERROR, "apisix.ssl.listen is not what this version of APISIX reads",
    why="In 2.x a listener was a bare port, `listen_port` or a mapping with `enable_http2`. Since 3.0 it is a mapping with `port`; "
    "since 3.9 HTTP/2 is switched on for all ports with `apisix.enable_http2`, and `enable_http2` of a listener is refused.",
    server="`failed to validate item 1: wrong type: expected object, got number`, or `port level enable_http2 in ssl.listen is "
    "deprecated from 3.9 version`: APISIX does not start. `listen_port` and `ssl.enable_http2` are ignored since 3.0.",
    sources=("apisix/cli/schema.lua and cli/ops.lua, run", "apisix PR 7717", "apisix-helm-chart PR 745"),
    fixable=SOMETIMES,
)  # fmt: skip

_HEAD = "deployment:\n  role: traditional\n  role_traditional:\n    config_provider: etcd\n"
_COMPOSE = "services:\n  apisix:\n    image: apache/apisix:%s-debian\n"

EXAMPLES = (
    Example(
        "a bare port",
        bad={"config.yaml": _HEAD + "apisix:\n  ssl:\n    listen:\n      - 9443 # HTTPS\n"},
        fixed={"config.yaml": _HEAD + "apisix:\n  ssl:\n    listen:\n      - port: 9443 # HTTPS\n"},
        good={"config.yaml": _HEAD + "apisix:\n  ssl:\n    listen:\n      - port: 9443 # HTTPS\n"},
    ),
    Example(
        "HTTP/2 of one listener",
        bad={
            "docker-compose.yml": _COMPOSE % "3.13.0",
            "config.yaml": "apisix:\n  ssl:\n    listen:\n      - port: 9443\n        enable_http2: true\n",
        },
        fixed={"config.yaml": "apisix:\n  ssl:\n    listen:\n      - port: 9443\n  enable_http2: true\n"},
        good={
            "docker-compose.yml": _COMPOSE % "3.5.0",
            "config.yaml": "apisix:\n  ssl:\n    listen:\n      - port: 9443\n        enable_http2: true\n",
        },
    ),
    Example(
        "not a list",
        bad={"config.yaml": _HEAD + "apisix:\n  ssl:\n    listen:\n      ip: 127.0.0.1\n      port: \"9443\"\n"},
        fixed={"config.yaml": _HEAD + "apisix:\n  ssl:\n    listen:\n      - ip: 127.0.0.1\n        port: 9443\n"},
    ),
    Example(
        "the port as text",
        bad={"config.yaml": _HEAD + "apisix:\n  ssl:\n    listen:\n      - port: \"9443\"\n"},
        fixed={"config.yaml": _HEAD + "apisix:\n  ssl:\n    listen:\n      - port: 9443\n"},
    ),
    Example(
        "the port as 2.x had it",
        bad={"config.yaml": _HEAD + "apisix:\n  ssl:\n    enable: true\n    listen_port: 9443\n"},
        fixed={"config.yaml": _HEAD + "apisix:\n  ssl:\n    enable: true\n    listen:\n      - port: 9443\n"},
    ),
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Report the listeners of every config.yaml and values file."""
    for place, defect in gateway_defects(facts, LISTEN):
        yield finding(RULE, defect, _fix(place, defect))


def _fix(place: Place, defect: Defect) -> Fix | None:
    node, certain = defect.node, defect.certain
    if defect.kind in ("bare", "scalar"):
        return fix_or_none("write it as a mapping with `port`", certain, lambda: _port_mapping(node, defect.kind == "scalar"))
    if defect.kind == "mapping":
        return fix_or_none("make it a list", True, lambda: as_item(node))
    if defect.kind in ("port", "quoted"):
        return fix_or_none("take the quotes away", True, lambda: unquoted(node))
    if defect.kind == "http2":
        return fix_or_none("use `apisix.enable_http2`", certain, lambda: _http2(place, defect))
    if defect.kind == "enable_http2":
        on = _is_true(defect)
        return fix_or_none("use `apisix.enable_http2`", certain and on, lambda: _http2_of_ssl(place, defect))
    if defect.kind == "listen_port":
        return fix_or_none("write it as `listen`", certain and _port_of(defect) == "9443", lambda: _listen_port(defect))
    return None


def _port_mapping(node: Node, in_list: bool) -> Patch:
    """``9443`` becomes ``port: 9443``, in a flow list or alone with brackets."""
    from ..yamldoc.edit_base import is_flow, patch, refuse

    if node.kind != SCALAR or not (node.value.isascii() and node.value.isdigit()):
        raise CannotEdit("it is not a port")
    refuse(node)
    text = f"port: {node.value}"
    if in_list or is_flow(node):
        text = "{" + text + "}"
    return patch(node.document, [(node.start, node.end, f"[{text}]" if in_list else text)], [node.address])


def _is_true(defect: Defect) -> bool:
    return value_of(owner_of(defect), defect.node).resolved().value == "true"


def _port_of(defect: Defect) -> str:
    return value_of(owner_of(defect), defect.node).resolved().value


def _http2(place: Place, defect: Defect) -> Patch:
    """Take ``enable_http2`` from all listeners; one setting above takes its place, if they agree."""
    from ..yamldoc.edit import remove_pair, set_value

    listen = defect.node.parent.parent if defect.node.parent is not None else None
    if listen is None or listen.kind != SEQUENCE:
        raise CannotEdit("it is not in a list")
    found = [(item, pair) for item in (one.resolved() for one in listen.items) for pair in [item.pair("enable_http2")] if pair]
    wanted = {pair[1].resolved().value for _, pair in found}
    if len(wanted) != 1 or not wanted <= {"true", "false"}:
        raise CannotEdit("the listeners do not agree")
    on = wanted == {"true"}
    key = "enable_http2" if place.config is not None else "enableHTTP2"
    current = place.root.get("apisix", key)
    if current is not None and current.value != ("true" if on else "false"):
        raise CannotEdit(f"`apisix.{key}` says otherwise")
    if any(len(item.pairs) < 2 for item, _ in found):
        raise CannotEdit("a listener has nothing else")
    patch = Patch((), ())
    for item, pair in found:
        patch += remove_pair(item, pair[0])
    return replaced_by(patch, set_value(place.root, ("apisix", key), on))


def _http2_of_ssl(place: Place, defect: Defect) -> Patch:
    from ..yamldoc.edit import move_pair

    if place.config is None or place.config.era.at_least(NO_PORT_HTTP2) is False:
        raise CannotEdit("this version knows it for each listener only")
    owner = owner_of(defect)
    if place.root.get("apisix", "enable_http2") is not None:
        return removed(defect)
    return move_pair(owner, defect.node, place.root, ("apisix",))


def _listen_port(defect: Defect) -> Patch:
    from ..yamldoc.edit_base import child, entry_column, patch, refuse

    owner = owner_of(defect)
    port = _port_of(defect)
    if not (port.isascii() and port.isdigit()):
        raise CannotEdit("it is not a port")
    if owner.pair("listen") is not None:
        return removed(defect)
    value = value_of(owner, defect.node)
    refuse(value)
    if owner.style == "flow":
        text = f"listen: [{{port: {port}}}]"
    else:
        indent = " " * entry_column(owner)
        text = f"listen:\n{indent}  - port: {port}"
    changes = (child(owner, "listen_port"), child(owner, "listen"))
    return patch(owner.document, [(defect.node.start, value.end, text)], changes)
