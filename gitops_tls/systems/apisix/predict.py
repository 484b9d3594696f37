"""What a client meets that asks a gateway for a host: the router, the pair, the names, the dates, and mTLS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ...certs.facts import Certificate
from ...certs.names import covers
from ...findings import Label, label
from ...yamldoc.node import Node
from ..kubernetes import SHIMS
from . import model
from .model import Gateway, Held, Host, HostResult, Reason
from .promised import Promise
from .sni import Entry, Router, one_label_below, sample
from .words import INTERNAL_ALERT, SSL


def predict(gateway: Gateway, now: datetime) -> None:
    """Fill in the gateway's router and the answer for each host that one of its objects names."""
    entries = [Entry(held, held.names, held.single) for held in gateway.held if held.in_router]
    gateway.router = Router(entries, strip_dots=not gateway.versions.apisix_before(3, 10))
    gateway.routed = {}
    for route in gateway.routes:
        for host in route.hosts:
            if host.node is not None:
                gateway.routed.setdefault(host.name.lower(), []).append((route, host.node))
    gateway.named = {}
    for held in gateway.held:
        for name in held.names if held.in_router else ():
            gateway.named.setdefault(_plain(name), []).append(held)
    seen: dict[str, Label | None] = {}
    for host in _hosts(gateway):
        seen.setdefault(host.name, label(host.node) if host.node is not None else None)
    gateway.hosts = tuple(answer(gateway, name, now, place) for name, place in seen.items())


def _hosts(gateway: Gateway) -> Iterator[Host]:
    for held in gateway.held:
        if held.tls.from_certificate:
            yield from (Host(name, held.tls.part) for name in held.names)
        yield from held.tls.hosts
    for route in gateway.routes:
        yield from route.hosts
    if gateway.fallback is not None:
        yield gateway.fallback


def answer(gateway: Gateway, host: str, now: datetime, place: Label | None = None) -> HostResult:
    """What a client meets that connects with TLS and asks for ``host`` (a wildcard stands for any one label)."""
    why = [Reason(f"{route.title} routes it", label(node)) for route, node in _routes_of(gateway, host)]
    fallback = gateway.fallback
    if fallback is not None and fallback.node is not None and _plain(fallback.name) == _plain(host):
        why.append(Reason("clients without SNI are answered as if they asked for it", label(fallback.node)))
    if gateway.off is not None:
        return HostResult(host, None, None, model.NONE, model.UNKNOWN, place, (*why, gateway.off))
    found = gateway.router.match(sample(host))
    held = found.entry.owner if found.entry is not None else None
    if not isinstance(held, Held):
        return _unanswered(gateway, host, found.near.owner if found.near is not None else None, place, why)
    why.append(Reason(f"{held.tls.title} serves it as `{found.pattern}`", _node_of(held, found.pattern)))
    if found.quirk:
        why.append(Reason("only because a longer host stands in the same list: APISIX compares with the length of each"))
    others = [one for one in gateway.named.get(_plain(found.pattern or ""), ()) if one is not held]
    if others and any(not _same_pair(held, one) for one in others):
        why.append(
            Reason(
                f"{others[0].tls.title} has the same host: whichever APISIX loads first counts",
                _node_of(others[0], found.pattern),
            )
        )
    sees, more = _handshake(held, sample(host), now)
    alert = held.broken.alert if held.broken is not None else ""
    tls = model.MUTUAL if held.tls.client is not None and not held.exempts_all else model.ONE_WAY
    return HostResult(host, held, found.pattern, tls, sees, place, (*why, *more), alert)


def _routes_of(gateway: Gateway, host: str) -> Iterator[tuple[model.Route, Node]]:
    """The routes that name the host, or a wildcard above it; each once."""
    labels = host.lower().split(".")
    names = [host.lower(), *("*." + ".".join(labels[start:]) for start in range(1, len(labels)))]
    seen: set[int] = set()
    for name in names:
        for route, node in gateway.routed.get(name, ()):
            if id(route.node) not in seen:
                seen.add(id(route.node))
                yield route, node


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


def _same_pair(one: Held, other: Held) -> bool:
    if one.chain and other.chain:
        return one.chain[0].sha256 == other.chain[0].sha256
    return one.tls.secret is not None and other.tls.secret is not None and one.tls.secret[:2] == other.tls.secret[:2]


def _node_of(held: Held, pattern: str | None) -> Label:
    for host in held.tls.hosts:
        if host.node is not None and host.name.lower().rstrip(".") == pattern:
            return label(host.node)
    return label(held.tls.part)


def _unanswered(gateway: Gateway, host: str, near: object, place: Label | None, why: list[Reason]) -> HostResult:
    """No ssl object in the router answers."""
    for held in gateway.held:
        if held.refused and _names(held, sample(host)):
            why.append(Reason(f"{held.tls.title} names it, but {held.refused}", label(held.tls.part)))
            break
    else:
        if isinstance(near, Held):
            why.append(Reason(f"{near.tls.title} comes near, but a `*` stands for one label only", label(near.tls.part)))
        unknown = next(
            (one for one in gateway.held if one.tls.from_certificate and not one.names and not one.chain and one.in_router), None
        )
        if unknown is not None:
            why.append(
                Reason(
                    f"{unknown.tls.title} takes its hosts from a certificate that is not in the repository",
                    label(unknown.tls.part),
                )
            )
            return HostResult(host, None, None, model.NONE, model.UNKNOWN, place, tuple(why))
    why.append(Reason(f"no certificate matches: the client sees `{INTERNAL_ALERT}`"))
    return HostResult(host, None, None, model.NONE, model.INTERNAL_ERROR, place, tuple(why), INTERNAL_ALERT)


def _names(held: Held, host: str) -> bool:
    """Whether an object names a host as people read it: itself, or by a wildcard one label above."""
    if held.single and "*" in held.names:
        return True
    return any(_plain(name) == _plain(host) or one_label_below(_plain(name), _plain(host)) for name in held.names)


def _handshake(held: Held, host: str, now: datetime) -> tuple[str, list[Reason]]:
    """What the client sees, by the order in which it meets it, and why."""
    place = label(held.pick.secret.name_node) if held.pick.secret is not None else label(held.tls.part)
    if held.broken is not None:
        told = [Reason(held.broken.message, place)]
        if held.broken.alert != INTERNAL_ALERT:
            told.append(Reason(f"OpenSSL finds no pair of one kind when a client comes: the client sees `{held.broken.alert}`"))
        return model.INTERNAL_ERROR, told
    if not held.chain and held.promise is not None and not held.doubt:
        return _promised(held.promise, held, host, place)
    if not held.chain:
        return model.UNKNOWN, [Reason(held.doubt or _unread(held), place)]
    leaf = held.chain[0]
    why = [Reason(f"the certificate is {subject_of(leaf)}, from `{held.pick.certificate_key}` of {_secret_title(held)}", place)]
    if held.doubt:
        return model.UNKNOWN, [*why, Reason(held.doubt, label(held.tls.part))]
    sees, reason = _client_side(held, leaf, host, now)
    if not sees:
        sees, reason = _mutual(held, now)
    return sees, [*why, *([reason] if reason is not None else [])]


def _promised(promise: Promise, held: Held, host: str, place: Label) -> tuple[str, list[Reason]]:
    """What the client sees of a certificate that cert-manager makes: its names are known, whether the client trusts it is not."""
    why = [Reason(_unread(held), place)]
    where = label(promise.node)
    names = ", ".join(promise.names) or "no name at all"
    if promise.lacks(host):
        return model.NAME_MISMATCH, [*why, Reason(f"{promise.maker} asks for {names}", where)]
    if promise.covers(host):
        why.append(Reason(f"{promise.maker} asks for this name", where))
    issuer = promise.issuer or "cert-manager's default issuer"
    return model.UNKNOWN, [*why, Reason(f"whether clients trust {issuer}, and when it issues, is not to be seen here")]


def _unread(held: Held) -> str:
    """Why the certificate cannot be read here."""
    secret = held.pick.secret
    if secret is None:
        return "the certificate is not in the repository"
    how = {
        **dict.fromkeys(("Certificate", *SHIMS), "is made by cert-manager in the cluster"),
        "ExternalSecret": "is fetched in the cluster",
        "SealedSecret": "is sealed",
        "SOPS": "is encrypted with SOPS",
    }.get(secret.kind, "cannot be read here")
    return f"`{held.pick.certificate_key}` of {secret.title} {how}"


def _secret_title(held: Held) -> str:
    if held.pick.secret is None:
        return held.tls.title if held.tls.kind == SSL else "the Secret"
    return held.pick.secret.title


def subject_of(certificate: Certificate) -> str:
    """How messages call a certificate."""
    return certificate.subject or ", ".join(certificate.dns_names[:2]) or f"serial {certificate.serial}"


def _client_side(held: Held, leaf: Certificate, host: str, now: datetime) -> tuple[str, Reason | None]:
    """What makes the client itself refuse the server's certificate."""
    if now > leaf.not_after:
        return model.EXPIRED, Reason(f"it ended on {leaf.not_after:%Y-%m-%d}; APISIX never looks")
    if now < leaf.not_before:
        return model.EXPIRED, Reason(f"it begins on {leaf.not_before:%Y-%m-%d}; APISIX never looks")
    if not covers(leaf, host):
        names = ", ".join((*leaf.dns_names, *leaf.ip_addresses)) or "no name at all"
        return model.NAME_MISMATCH, Reason(f"it is for {names}")
    gap = chain_gap(held)
    return (model.UNTRUSTED, Reason(gap)) if gap else ("", None)


def chain_gap(held: Held) -> str:
    """Why the chain that APISIX sends does not reach the CA that stands beside it in the Secret; empty where it does or
    nothing tells."""
    keys = held.pick.secret.keys if held.pick.secret is not None else None
    beside = keys.get("ca.crt") if keys else None
    if beside is None or beside.content is None or held.pick.certificate_key == "ca.crt":
        return ""
    from ...certs.chain import links, signed_by
    from ...certs.read import read

    sent = links(one.der for one in held.chain)
    known = links(one.der for one in read(beside.content).certificates)
    if not sent or not known:
        return ""
    top, rest = sent[0], sent[1:]
    while True:
        parent = next((one for one in rest if one.subject == top.issuer and signed_by(top, one)), None)
        if parent is None:
            break
        rest.remove(parent)
        top = parent
    if top.self_issued:
        return ""
    parent = next((one for one in known if one.subject == top.issuer and signed_by(top, one)), None)
    if parent is None or parent.self_issued:
        return ""
    return f"the intermediate CA {parent.facts.subject} stands in `ca.crt`, which APISIX does not send: it belongs after the leaf in `{held.pick.certificate_key}`"


def _mutual(held: Held, now: datetime) -> tuple[str, Reason | None]:
    client = held.tls.client
    if client is None or held.exempts_all:
        return model.OK, None
    place = label(client.node)
    closed = held.bundle.closed or _outside_of_dates(held, now)
    if closed:
        return model.UNKNOWN_CA, Reason(f"every client certificate is refused: {closed}", place)
    if held.exempt:
        paths = ", ".join(f"`{one}`" for one in held.exempt)
        return model.OK, Reason(f"paths that match {paths} need no client certificate, others answer 400 without one", place)
    return model.CERTIFICATE_REQUIRED, Reason("clients must present a certificate", place)


def _outside_of_dates(held: Held, now: datetime) -> str:
    """Why no root of the bundle counts today (APISIX then sends `certificate expired` or `bad certificate`)."""
    roots = held.bundle.roots
    if not roots or any(one.not_before <= now <= one.not_after for one in roots):
        return ""
    late = max(roots, key=lambda one: one.not_after)
    name = held.ca.certificate_key if held.ca is not None else "the bundle"
    if now > late.not_after:
        return f"the root {late.subject} in `{name}` ended on {late.not_after:%Y-%m-%d}"
    return f"the root {late.subject} in `{name}` begins on {late.not_before:%Y-%m-%d}"
