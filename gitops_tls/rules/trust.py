"""Who has to trust whom: each certificate with the CA file that the other side is given, and where the path breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import Label, label
from ..records import NamedTuple
from ..systems.milvus.uses import CA, CLIENT, INTERNAL_CA, INTERNAL_SERVER, SERVER, SERVER_KEY, Use, uses

if TYPE_CHECKING:
    from ..certs.chain import Link

ISSUED, NO_AUTHORITY, GAP, OTHER = "issued", "no authority", "gap", "other"


class Relation(NamedTuple):
    """A certificate file and the CA file it is judged by: the server's and the clients', a client's and the server's."""

    leaf: Use
    ca: Use

    @property
    def by_milvus(self) -> bool:
        """Whether Milvus itself makes the judgement; else clients do that are given the CA file."""
        return self.leaf.role != SERVER

    @property
    def effect(self) -> str:
        """What happens where the certificate is refused."""
        if self.leaf.role == INTERNAL_SERVER:
            return "the components refuse each other"
        return (
            "Milvus refuses this client" if self.leaf.role == CLIENT else f"clients that trust {self.ca.path} refuse the server"
        )


class Path(NamedTuple):
    """How far the issuers of a leaf are there.

    ``state``: ISSUED (up to the CA file), NO_AUTHORITY (up to a certificate of the CA file, ``parent``, that must not
    sign), GAP (the issuer of ``top`` is in neither file), OTHER (``top`` has another issuer than the CA file's).
    """

    state: str
    top: Link
    parent: Link | None = None


def relations(facts: Facts) -> Iterator[Relation]:
    """Each relation whose two contents are in the repository, once."""
    seen: set[tuple[object, ...]] = set()
    for group in _components(facts):
        for leaf_role, ca_role in ((SERVER, CA), (CLIENT, CA), (INTERNAL_SERVER, INTERNAL_CA)):
            leaf, ca = group.get(leaf_role), group.get(ca_role)
            if leaf is None or ca is None or leaf.view.content is None or ca.view.content is None:
                continue
            mark = (leaf_role, *_mark(leaf), *_mark(ca))
            if mark not in seen:
                seen.add(mark)
                yield Relation(leaf, ca)


def _mark(use: Use) -> tuple[object, ...]:
    return use.view.path, id(use.view.node)


def _components(facts: Facts) -> Iterator[dict[str, Use]]:
    """The uses of each component by their role."""
    group: dict[str, Use] = {}
    current: object = None
    for use in uses(facts.deployments):
        if use.component is not current:
            if group:
                yield group
            group, current = {}, use.component
        group[use.role] = use
    if group:
        yield group


def server_key(facts: Facts, relation: Relation) -> Use | None:
    """The key of a relation's server certificate, if the repository knows it."""
    wanted = SERVER_KEY if relation.leaf.role == SERVER else f"{relation.leaf.role} key"
    return next((u for u in uses(facts.deployments) if u.component is relation.leaf.component and u.role == wanted), None)


def chain_of(content: bytes) -> list[Link]:
    """The certificates of a file that Go can read, in order; empty where it cannot read one of them."""
    from ..certs.chain import links
    from ..certs.pair import go_certificate
    from ..certs.pem import blocks

    found = [block.der for block in blocks(content) if block.type == "CERTIFICATE"]
    readable = links(found)
    return readable if len(readable) == len(found) and all(go_certificate(each) is not None for each in found) else []


def anchors_of(content: bytes) -> list[Link]:
    """The certificates of a CA file, as Go takes them."""
    from ..certs.chain import links
    from ..certs.pair import load_ca

    return links(each.der for each in load_ca(content).certificates)


def path_of(relation: Relation) -> Path | None:
    """Where the path from the leaf to the CA file ends, by signatures alone; None where a file cannot be read.

    Dates, names and usages are other rules' business.
    """
    chain, anchors = chain_of(relation.leaf.view.content or b""), anchors_of(relation.ca.view.content or b"")
    if not chain or not anchors:
        return None
    if _is_reversed(chain):
        return None
    return find_path(chain, anchors)


def _is_reversed(chain: Sequence[Link]) -> bool:
    """An authority first and its own leaf after it: GT305 tells of it."""
    from ..certs.chain import signed_by

    return chain[0].facts.is_ca and any(not each.facts.is_ca and signed_by(each, chain[0]) for each in chain[1:])


def find_path(chain: Sequence[Link], anchors: Sequence[Link]) -> Path:
    """As :func:`path_of`, of certificates."""
    from ..certs.chain import signed_by

    reached, waiting = [chain[0]], [chain[0]]
    refused: tuple[Link, Link] | None = None
    while waiting:
        one = waiting.pop()
        if any(one.der == anchor.der for anchor in anchors):
            return Path(ISSUED, one)
        for parent in (*anchors, *chain):
            if parent.subject != one.issuer or parent.der == one.der or not signed_by(one, parent):
                continue
            if not may_sign(parent):
                refused = refused or (one, parent)
            elif any(parent.der == anchor.der for anchor in anchors):
                return Path(ISSUED, one, parent)
            elif parent not in reached:
                reached.append(parent)
                waiting.append(parent)
    if refused is not None:
        return Path(NO_AUTHORITY, *refused)
    top = reached[-1]
    named = [anchor for anchor in anchors if anchor.subject == top.issuer]
    return Path(OTHER if top.self_issued or named else GAP, top)


def may_sign(parent: Link) -> bool:
    """Whether Go lets a certificate sign others: basicConstraints say CA (or there are none, before version 3)."""
    basic = parent.facts.basic_constraints
    if basic is None:
        return parent.facts.version != 3 and parent.allows_signing()
    return basic[0] and parent.allows_signing()


def line_of(content: bytes, one: Link) -> int:
    """The line of a certificate in its file, from 1."""
    from ..certs.pem import blocks

    return next((block.line for block in blocks(content) if block.der == one.der), 1)


def ca_setting(relation: Relation) -> Label:
    """Where the repository names the CA file."""
    use = relation.ca
    node = use.setting.node or use.setting.key_node or use.view.mount or use.deployment.node
    return label(node, "this is the CA file")


class Broken(NamedTuple):
    """A relation whose path does not reach the CA file. ``rule`` is the id of the rule that tells of it.

    ``issuers`` are the certificates of the repository that ``path.top`` is signed by, ``closing`` those of them with
    which the path reaches the CA file.
    """

    rule: str
    relation: Relation
    path: Path
    issuers: tuple[Link, ...] = ()
    closing: tuple[Link, ...] = ()


def broken(facts: Facts) -> Iterator[Broken]:
    """Every relation that is broken, with the one rule it belongs to (GT306, GT307 or GT308)."""
    for relation in relations(facts):
        path = path_of(relation)
        if path is None or path.state == ISSUED:
            continue
        anchors = anchors_of(relation.ca.view.content or b"")
        if path.state == NO_AUTHORITY or not any(may_sign(anchor) for anchor in anchors):
            yield Broken("GT308", relation, path)
            continue
        issuers = [] if path.state == OTHER else _issuers(facts, path.top)
        closing = [each for each in issuers if each.facts.not_after >= facts.now and _closes(each, anchors)]
        missing = bool(closing) or (path.state == GAP and not issuers and _sounds_intermediate(path.top))
        yield Broken("GT306" if missing else "GT307", relation, path, tuple(issuers), tuple(closing))


def _closes(one: Link, anchors: Sequence[Link]) -> bool:
    return find_path([one], anchors).state == ISSUED


def _sounds_intermediate(top: Link) -> bool:
    """Nothing but its name tells an intermediate from another root where neither is in the repository."""
    import re

    name = top.facts.issuer.rpartition("CN=")[2]
    return re.search(r"(?i)intermediate|\bsub|\bissuing|\bICA\b|\bCA\s*\d|\b(?:R|E)\d{1,2}\Z|\bG\d\b", name) is not None


def _issuers(facts: Facts, top: Link) -> list[Link]:
    """The certificates of the repository that signed a certificate, each once."""
    from ..certs.chain import link, signed_by
    from ..certs.read import certificates

    found: dict[bytes, Link] = {}
    for content in _contents(facts):
        for certificate in certificates(content):
            one = link(certificate.der)
            if one is not None and one.subject == top.issuer and one.der != top.der and may_sign(one) and signed_by(top, one):
                found.setdefault(one.der, one)
    return list(found.values())


_SUFFIXES = (".pem", ".crt", ".cer", ".cert", ".chain", ".bundle", ".ca")
_MOST_FILES, _LARGEST_FILE = 2000, 1 << 20


def _contents(facts: Facts) -> Iterator[bytes]:
    """The certificate files of the repository, and what its Secrets and ConfigMaps hold."""
    from ..systems.kubernetes import CONFIG_MAP, SECRET

    paths = [path for path in facts.workspace.files.paths() if path.lower().endswith(_SUFFIXES)]
    for path in paths[:_MOST_FILES]:
        data = facts.workspace.read(path)
        if data is not None and len(data) <= _LARGEST_FILE:
            yield data
    for resource in (SECRET, CONFIG_MAP):
        for one in facts.cluster.objects(resource):
            yield from (value.content for value in (one.keys or {}).values() if value.content is not None)
