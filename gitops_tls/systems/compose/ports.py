"""Published ports of a service, in short and long form."""

from __future__ import annotations

from ...records import NamedTuple
from ...yamldoc.node import MAPPING, SCALAR, Node
from .interpolate import MARK
from .value import Value


class Port(NamedTuple):
    """One entry of ``ports``.

    The container listens on ``first`` to ``last``; None where a variable decides it. ``published`` is the host's side as
    written, empty for a random port and None where a variable decides it. ``host_ip`` is the address it is bound to, empty
    for all. ``node`` is the entry; ``value`` its model.
    """

    first: int | None
    last: int | None
    published: str | None
    host_ip: str
    protocol: str
    node: Node
    value: Value

    def holds(self, port: int) -> bool:
        """Whether the container's ``port`` is published by this entry."""
        return self.first is not None and self.last is not None and self.first <= port <= self.last


def read_ports(value: Value | None) -> tuple[list[Port], list[Node]]:
    """The entries of ``ports``, each once, and those that Compose refuses."""
    ports: dict[tuple[object, ...], Port] = {}
    refused: list[Node] = []
    for entry in value.parts() if value is not None else ():
        port = _short(entry) if entry.kind == SCALAR else _long(entry) if entry.kind == MAPPING else None
        if port is None:
            refused.append(entry.node)
        else:
            ports[port.host_ip, port.published, port.first, port.last, port.protocol] = port
    return list(ports.values()), refused


def _short(entry: Value) -> Port | None:
    text = entry.marked.text
    if text is None:
        return None
    rest, _, protocol = text.partition("/")
    before, _, container = rest.rpartition(":")
    host, _, published = before.rpartition(":")
    return _port(entry, container, published, host.strip("[]"), protocol or "tcp")


def _long(entry: Value) -> Port | None:
    def text(name: str) -> str:
        field = entry.get(name)
        return (field.marked.text or "") if field is not None else ""

    return _port(entry, text("target"), text("published"), text("host_ip"), text("protocol") or "tcp")


def _port(entry: Value, container: str, published: str, host: str, protocol: str) -> Port | None:
    first: int | None = None
    last: int | None = None
    if MARK not in container:
        start, dash, end = container.partition("-")
        if not _is_number(start) or (dash and not _is_number(end)):
            return None
        first = int(start)
        last = int(end) if dash else first
        if not 0 < first <= last <= 65535:
            return None
    side = None if MARK in published else published
    return Port(first, last, side, host.replace(MARK, ""), protocol.lower(), entry.node, entry)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
