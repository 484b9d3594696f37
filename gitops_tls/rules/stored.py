"""The certificates inside ssl objects of APISIX, for the rules that judge those of every system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..findings import Label, label
from ..records import NamedTuple
from ..systems.apisix.admin import SslObject, ssl_objects
from ..systems.apisix.admin_pairs import inline
from ..systems.files import PRESENT, FileView
from ..systems.milvus.uses import CA, SERVER
from ..yamldoc.node import Node

if TYPE_CHECKING:
    from ..facts import Facts


class Stored(NamedTuple):
    """One certificate value of an ssl object in one role; stands beside ``Use`` and ``Served``."""

    object: SslObject
    role: str
    view: FileView

    @property
    def who(self) -> str:
        """The user in words: ``the ssl object of api.example.com (server)``."""
        names = self.object.hosts
        name = f"the ssl object of {names[0]}" if names else f"an ssl object of {self.object.path}"
        return f"{name} ({self.role})"

    def place(self, line: int = 1) -> Label:
        """Where the content stands."""
        del line  # the value is one place, also where it has lines
        return label(self.view.node if self.view.node is not None else self.object.node)

    def setting_place(self) -> Label:
        """Where the repository names it: there as well."""
        return self.place()


def stored(facts: Facts) -> Iterator[Stored]:
    """Every certificate and CA that an ssl object of the repository holds."""
    for one in ssl_objects(facts.claims):
        for cert, _ in one.pairs:
            yield from _stored(one, SERVER, cert)
        yield from _stored(one, CA, one.client.get("ca") if one.client is not None else None)


def _stored(one: SslObject, role: str, node: Node | None) -> Iterator[Stored]:
    content = inline(node)
    if node is not None and content is not None:
        yield Stored(one, role, FileView(PRESENT, "an ssl object", content, None, node))
