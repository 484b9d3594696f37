"""One ssl object of a file or a body for the Admin API, as the gateway that loads it holds it."""

from __future__ import annotations

from ...yamldoc.node import SEQUENCE, Node
from ..kubernetes import KeyValue
from .admin import SslObject, is_filled
from .admin_check import REFUSED, problems
from .admin_pairs import inline
from .bundle import bundle_of
from .model import Bundle, Client, Held, Host, Pick, TlsObject, Versions
from .pairs import chain_of, pair_problem
from .skips import exempts_everything
from .words import SSL

_LATER = "host"
"""The kind of problem that APISIX does not look at: clients do."""


def hold(one: SslObject, number: int, known: Versions, doubt: str) -> Held:
    """What becomes of an ssl object, the ``number``-th of its file. ``doubt`` is why it is not sure that it is loaded."""
    cert, key = one.pairs[0] if one.pairs else (None, None)
    pick = Pick(None, "cert", _value(cert), "key", _value(key))
    chain = chain_of(pick)
    client = _client(one)
    ca = Pick(None, "client.ca", _value(one.client.get("ca"))) if client is not None and one.client is not None else None
    exempt = tuple(node.value for node in client.skips) if client is not None and not known.apisix_before(3, 4) else ()
    refused, unsure = _refusal(one, known)
    names = _names(one)
    tls = TlsObject(
        SSL, f"{one.node.text('id') or number} ({one.path})", None, one.node, one.node, _hosts(names, chain[0].dns_names if chain else ()),
        None, client, None, None,
    )  # fmt: skip
    return Held(
        tls, tuple(name.value for name in names), pick, ca, chain, refused, doubt or unsure, pair_problem(pick),
        Bundle() if ca is None else bundle_of(ca), exempt, exempts_everything(exempt), None, _is_single(one),
    )  # fmt: skip


def _value(node: Node | None) -> KeyValue:
    return KeyValue(node, inline(node))


def _is_single(one: SslObject) -> bool:
    snis = one.node.get("snis")
    return snis is None or snis.kind != SEQUENCE or not snis.items


def _names(one: SslObject) -> list[Node]:
    """The names that count: ``snis`` where there are any, else ``sni``."""
    sni = one.node.get("sni")
    return [name for name in one.names if not is_filled(name) and (_is_single(one) or name is not sni)]


def _hosts(names: list[Node], own: tuple[str, ...]) -> tuple[Host, ...]:
    """The hosts to tell of. For a ``*`` those of the certificate: no client asks for it."""
    found: list[Host] = []
    for name in names:
        found += [Host(each, name) for each in own] if name.value == "*" and own else [Host(name.value, name)]
    return tuple(found)


def _client(one: SslObject) -> Client | None:
    if one.client is None or not one.mutual:
        return None
    skips = one.client.get("skip_mtls_uri_regex")
    items = tuple(item.resolved() for item in skips.items) if skips is not None and skips.kind == SEQUENCE else ()
    return Client(one.client, None, one.client.get("depth"), items, skips)


def _refusal(one: SslObject, known: Versions) -> tuple[str, str]:
    """Why APISIX does not have the object, or (second) why that is not sure."""
    if not one.in_router:
        return f"it is switched off: its status is {one.node.text('status')}", ""
    unsure = ""
    for problem in problems(one, known.apisix):
        if problem.kind != _LATER and REFUSED[one.form] in problem.message:
            if problem.certain:
                return problem.message, ""
            unsure = unsure or problem.message
    return "", unsure
