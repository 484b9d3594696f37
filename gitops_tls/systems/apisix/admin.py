"""The ssl objects that a repository holds for APISIX: bodies for the Admin API, apisix.yaml, files for ADC, scripts.

Source: apisix/schema_def.lua, apisix/ssl.lua and core/config_yaml.lua; ADC's libs/sdk/src/core/schema.ts.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...records import NamedTuple
from ...repo.prefilter import is_script
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..claims import APISIX_SSL, Claim, Claims
from ..versions import Version
from .admin_script import FILLED

BODY, SCRIPT, STANDALONE, ADC = "body", "script", "standalone", "adc"
"""Where an ssl object stands: a file for the Admin API, a script that sends one, an apisix.yaml, a file for ADC."""

SCHEMAS = (
    (Version(3, 17), "apisix-admin-ssl"),
    (Version(3, 15), "apisix-admin-ssl-3.15"),
    (Version(3, 9), "apisix-admin-ssl-3.9"),
    (Version(3, 7), "apisix-admin-ssl-3.7"),
    (Version(3, 4), "apisix-admin-ssl-3.4"),
    (Version(0, 0), "apisix-admin-ssl-2.15"),
)
"""The schema of each version, by the first version that it is for."""


class SslObject(NamedTuple):
    """One ssl object. ``names`` are the nodes of its server names as written; the other nodes are None where nothing is.

    ``pairs`` are its certificates with their keys, the main pair first. ``in_router``: it is a server's and switched on,
    so that APISIX answers handshakes with it.
    """

    node: Node
    form: str
    names: tuple[Node, ...]
    pairs: tuple[tuple[Node | None, Node | None], ...]
    client: Node | None
    in_router: bool

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return self.node.path

    @property
    def hosts(self) -> tuple[str, ...]:
        """The server names that are known here, as APISIX compares them: lower case, without a dot at the end."""
        known = (name.value for name in self.names if not is_filled(name))
        return tuple(host.lower().removesuffix(".") for host in known)

    @property
    def catches_all(self) -> bool:
        """Whether it answers every name: ``sni: "*"``, not a ``*`` in ``snis``."""
        return self.node.text("sni") == "*"

    @property
    def mutual(self) -> bool:
        """Whether clients must present a certificate."""
        return self.client is not None and self.client.get("ca") is not None

    @property
    def depth(self) -> int | None:
        """How many intermediate CAs may stand between client and root; None where it is no number."""
        text = self.client.text("depth") if self.client is not None else None
        return 1 if text is None else int(text) if text.isdigit() else None


class Problem(NamedTuple):
    """One problem. ``kind`` tells the cases apart; ``certain`` is False where it depends on a version nobody names;
    ``rename`` is the key that was meant."""

    kind: str
    node: Node
    message: str
    caret: str = ""
    certain: bool = True
    rename: str = ""


def key_of(node: Node, name: str) -> Node:
    """The key of a pair, to point at; the mapping where there is none."""
    pair = node.pair(name)
    return pair[0] if pair is not None else node


def schema_name(version: Version | None) -> str:
    """The schema of ssl objects for a version; of the newest where none is known."""
    return SCHEMAS[0][1] if version is None else next(name for first, name in SCHEMAS if version >= first)


def ssl_objects(claims: Claims) -> Iterator[SslObject]:
    """Every ssl object of the repository, in the order of its files."""
    for claim in claims.of(APISIX_SSL):
        yield from objects_of(claim)


def objects_of(claim: Claim) -> Iterator[SslObject]:
    """The ssl objects of one document."""
    root = claim.root.resolved() if claim.root is not None else None
    if root is None:
        return
    if is_script(claim.path):
        yield _object(root, SCRIPT)
    elif root.kind == SEQUENCE:
        yield from (_object(item.resolved(), BODY) for item in root.items if item.resolved().kind == MAPPING)
    else:
        lists = [entries for entries in (root.get("ssls"), root.get("ssl")) if entries is not None and entries.kind == SEQUENCE]
        items = [item.resolved() for entries in lists for item in entries.items]
        form = ADC if any(item.get("certificates") is not None for item in items) else STANDALONE
        if lists:
            yield from (_object(item, form) for item in items if item.kind == MAPPING)
        else:
            yield _object(root, BODY)


def _object(node: Node, form: str) -> SslObject:
    names: list[Node] = []
    for written in (node.get("sni"), node.get("snis")):
        if written is not None:
            names += [item.resolved() for item in written.items] if written.kind == SEQUENCE else [written]
    client = node.get("client")
    return SslObject(
        node,
        form,
        tuple(name for name in names if name.kind == SCALAR and not name.is_null),
        tuple(_pairs(node, form)),
        client if client is not None and client.kind == MAPPING else None,
        (node.text("type") or "server") == "server" and (node.text("status") or "1") == "1",
    )


def _pairs(node: Node, form: str) -> Iterator[tuple[Node | None, Node | None]]:
    if form == ADC:
        more = node.get("certificates")
        for item in more.items if more is not None else []:
            yield item.get("certificate"), item.get("key")
        return
    yield node.get("cert"), node.get("key")
    certs, keys = node.get("certs"), node.get("keys")
    if certs is not None and keys is not None:
        yield from zip((one.resolved() for one in certs.items), (one.resolved() for one in keys.items), strict=False)


def is_filled(node: Node) -> bool:
    """Whether something else than the file gives the value: the shell, ``envsubst``, a template."""
    return node.kind == SCALAR and (FILLED in node.value or "${" in node.value or "{{" in node.value or "$(" in node.value)


def is_reference(node: Node) -> bool:
    """Whether APISIX takes the value from a secret manager or its environment."""
    return node.kind == SCALAR and node.value.startswith(("$secret://", "$env://", "$ENV://"))
