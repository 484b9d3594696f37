"""Which deployments use which certificates, and which of the files that they name are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..systems.files import MISSING as GONE
from ..systems.files import PRESENT, UNKNOWN
from ..systems.milvus.model import Deployment
from ..systems.milvus.uses import CERTIFICATES, Use, uses
from .model import MISSING, Place, Unread, UsedBy

if TYPE_CHECKING:
    from ..systems.apisix.model import Gateway


class Users:
    """The uses of certificates by the place of their content: a file, or a YAML value."""

    def __init__(self, deployments: Iterable[Deployment], gateways: Sequence[Gateway] = ()) -> None:
        self._by_place: dict[tuple[str, str], dict[UsedBy, None]] = {}
        self._missing: dict[Place, tuple[str, dict[UsedBy, None]]] = {}
        for use in uses(deployment for deployment in deployments if deployment.shape != "file"):
            if use.role in CERTIFICATES:
                self._add(use)
        if gateways:
            self._add_gateways(gateways)

    def of(self, place: Place) -> tuple[UsedBy, ...]:
        """Who uses the content at a place, in the order of the deployments."""
        return tuple(self._by_place.get((place.path, place.pointer), ()))

    def missing(self) -> Iterator[Unread]:
        """The files that deployments name and that are not there."""
        for place, (detail, users) in self._missing.items():
            yield Unread(place, MISSING, detail, tuple(users))

    def _add_gateways(self, gateways: Sequence[Gateway]) -> None:
        from ..systems.apisix.uses import served_by

        for one in served_by(gateways):
            user = UsedBy(one.gateway.name, one.role, one.gateway.path, one.gateway.node.position()[0])
            node, path = one.view.node, one.view.path
            if path is not None:
                self._by_place.setdefault((path, ""), {})[user] = None
            if node is not None:
                self._by_place.setdefault((node.path, node.pointer), {})[user] = None

    def _add(self, use: Use) -> None:
        user = UsedBy(use.deployment.name, use.role, use.deployment.path, use.deployment.node.position()[0])
        view = use.view
        if view.state in (PRESENT, UNKNOWN) and view.path is not None:
            self._by_place.setdefault((view.path, ""), {})[user] = None
        if view.state == PRESENT and view.node is not None:
            self._by_place.setdefault((view.node.path, view.node.pointer), {})[user] = None
        if view.state == GONE:
            where = use.setting_place()
            place = Place(where.path, where.line, where.pointer)
            detail = f"`{use.path}`: {view.reason}" if use.path else view.reason
            self._missing.setdefault(place, (detail, {}))[1][user] = None
