"""Which certificates APISIX's gateways use, and for what; stands beside ``systems/milvus/uses.py``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...findings import Label, label
from ...records import NamedTuple
from ..files import PRESENT, FileView
from ..milvus.uses import CA, SERVER, content_label

if TYPE_CHECKING:
    from ..kubernetes import KeyValue
    from .model import Gateway, Pick, TlsObject


class Served(NamedTuple):
    """One value of a Secret in one role of a gateway: SERVER or CA."""

    gateway: Gateway
    tls: TlsObject
    role: str
    view: FileView

    @property
    def who(self) -> str:
        """The user in words: ``ApisixTls default/api (server)``."""
        return f"{self.tls.title} ({self.role})"

    def place(self, line: int = 1) -> Label:
        """Where the content stands; the object that names the Secret where no file has it."""
        return content_label(self.view, line) or self.setting_place()

    def setting_place(self) -> Label:
        """Where the repository names the Secret."""
        client = self.tls.client
        ref = client.ca if self.role == CA and client is not None else self.tls.secret
        return label(ref.name_node if ref is not None and ref.name_node is not None else self.tls.part)


def view_of(pick: Pick, value: KeyValue | None) -> FileView | None:
    """The content of a Secret's key as something that can be judged and edited; None where it cannot be read here."""
    if value is None or value.content is None:
        return None
    return FileView(PRESENT, pick.secret.title if pick.secret is not None else "", value.content, value.path, value.node)


def served_by(gateways: Iterable[Gateway]) -> Iterator[Served]:
    """Every certificate and CA bundle that the gateways take and the repository holds."""
    for gateway in gateways:
        for one in gateway.held:
            certificate = view_of(one.pick, one.pick.certificate)
            if certificate is not None:
                yield Served(gateway, one.tls, SERVER, certificate)
            bundle = view_of(one.ca, one.ca.certificate) if one.ca is not None else None
            if bundle is not None:
                yield Served(gateway, one.tls, CA, bundle)
