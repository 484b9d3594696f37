"""Secrets from which something presents itself as a client: Milvus to etcd, Kafka and TiKV, APISIX to what it stands before.

Milvus' own clients in tlsMode 2 are among ``systems/milvus/uses.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import Label, label
from ..records import NamedTuple
from ..systems.milvus.model import Deployment
from ..systems.milvus.settings import Settings
from ..yamldoc.node import Node


class ClientPair(NamedTuple):
    """One such use. ``made`` is the name of the object that makes the Secret; ``place`` names the Secret or the file."""

    made: Node
    place: Label
    effect: str


def client_pairs(facts: Facts) -> Iterator[ClientPair]:
    """Every use whose Secret an object of the repository makes and whose content is not here."""
    for deployment in facts.deployments:
        yield from _of_milvus(deployment)
    yield from _of_upstreams(facts)


def _of_milvus(deployment: Deployment) -> Iterator[ClientPair]:
    for component in deployment.components:
        for name, software in (("etcd", "etcd"), ("kafka", "Kafka"), ("tikv", "TiKV")):
            if not _dials_with_tls(component.settings, name):
                continue
            setting = component.settings.get(f"{name}.ssl.tlsCert")
            view = component.files.lookup(setting.text)
            if setting.text and view.content is None and view.node is not None:
                place = label(setting.node or view.mount or deployment.node, f"Milvus presents this to {software}")
                yield ClientPair(view.node, place, f"{software} refuses Milvus if it asks for a client certificate")


def _dials_with_tls(settings: Settings, name: str) -> bool:
    """Whether Milvus presents a certificate: Kafka's switch is the protocol, ``ssl.enabled`` only names the files."""
    switched = settings.get(f"{name}.ssl.enabled").as_bool
    return switched and (name != "kafka" or settings.get("kafka.securityProtocol").text.upper().endswith("SSL"))


def _of_upstreams(facts: Facts) -> Iterator[ClientPair]:
    if facts.apisix is None or not facts.apisix.upstreams:
        return
    from ..systems.apisix.objects import reference

    for node in facts.apisix.upstreams:
        ref = reference(node.get("spec", "tlsSecret"))
        made = facts.cluster.secret(ref.namespace, ref.name, node.path) if ref is not None else None
        if ref is not None and made is not None:
            place = label(ref.name_node or ref.node, "APISIX presents this to the upstream")
            yield ClientPair(made.name_node, place, "an upstream that asks for a client certificate refuses APISIX")
