"""One TLS object as one gateway holds it: what is taken from its Secrets, and whether APISIX can serve with that."""

from __future__ import annotations

from collections.abc import Sequence

from ...certs.facts import Certificate
from ...config import Config
from ...yamldoc.node import Node
from ..kubernetes import Cluster
from ..versions import Version
from . import secrets
from .bundle import bundle_of
from .gateway_api import FRONTEND, INSECURE, reads_frontend, ungranted, validation
from .model import Bundle, Held, Pick, TlsObject, Versions
from .names import PATTERN, is_placeholder
from .pairs import chain_of, pair_problem
from .promised import Promise, promise_of
from .signs import GROUP
from .skips import exempts_everything
from .words import CA_REFUSED, GATEWAY_LISTENER, INGRESS, TLS, TOO_SHORT

_SHORTEST_KEY = 128


def hold(
    tls: TlsObject, cluster: Cluster, config: Config, known: Versions, refused: str, doubt: str, grants: Sequence[Node] = ()
) -> Held:
    """What becomes of an object. ``refused`` and ``doubt`` are what its class and GatewayProxy decide, ``grants`` the
    ReferenceGrants of the repository."""
    del config
    if tls.kind == GATEWAY_LISTENER:
        tls, refused, unsure = _listener(tls, known, refused, grants)
        doubt = doubt or unsure
    pick = secrets.server(cluster, tls, known)
    chain = chain_of(pick)
    ca: Pick | None = None
    client = tls.client if not known.controller_before(1, 0) else None
    if client is not None and tls.kind == GATEWAY_LISTENER:
        ca = secrets.frontend(cluster, client, tls.node.path)
    elif client is not None and client.ca is not None:
        ca = secrets.authority(cluster, client.ca, known, tls.node.path)
    refused = refused or _refusal(tls, pick, ca, known)
    if not refused and not doubt and tls.secret is not None and not pick.known:
        doubt = (
            f"{tls.secret.title} is not in the repository"
            if pick.secret is None
            else f"the keys of {pick.secret.title} are made elsewhere"
        )
    promise = promise_of(pick.secret) if not chain else None
    broken = None if pick.error else pair_problem(pick)
    bundle = bundle_of(ca) if ca is not None else Bundle()
    if not refused and broken is None:
        refused = _short_key(pick, promise, known)
    if not refused and bundle.refused:
        refused = f"APISIX refuses its CA bundle (`{CA_REFUSED}`): {bundle.refused}"
    exempt = tuple(node.value for node in client.skips) if client is not None and _skips_count(known) else ()
    return Held(
        tls, _names(tls, chain, promise), pick, ca, chain, refused, doubt, broken, bundle, exempt,
        exempts_everything(exempt), promise,
    )  # fmt: skip


def _listener(tls: TlsObject, known: Versions, refused: str, grants: Sequence[Node]) -> tuple[TlsObject, str, str]:
    """A listener as its version of the controller sees it, why it gets no certificate, and why that is not sure."""
    reads = reads_frontend(known)
    wanted = validation(tls.node, tls.part)
    if reads is False:
        return tls._replace(client=None), refused, ""
    unsure = ""
    for ref in ungranted(tls, grants):
        unsure = f"no ReferenceGrant in the repository lets {tls.title} read {ref.title}"
    if wanted is not None and wanted.text("mode") == INSECURE:
        message = f"its `{INSECURE}` is what APISIX cannot do: the controller sends no certificate for the listener"
        return (tls, refused or message, unsure) if reads else (tls, refused, unsure or message)
    if reads is None and tls.client is not None:
        unsure = unsure or f"versions of the controller before {FRONTEND.major}.{FRONTEND.minor} do not read `spec.tls.frontend`"
    return tls, refused, unsure


def _skips_count(known: Versions) -> bool:
    return not known.controller_before(1, 8) and not known.apisix_before(3, 4)


def _names(tls: TlsObject, chain: tuple[Certificate, ...], promise: Promise | None) -> tuple[str, ...]:
    if not tls.from_certificate:
        return tuple(host.name for host in tls.hosts)
    names = chain[0].dns_names if chain else promise.dns_names if promise is not None and promise.known else ()
    return tuple(name for name in names if name != "*") if tls.kind == GATEWAY_LISTENER else names


def _refusal(tls: TlsObject, pick: Pick, ca: Pick | None, known: Versions) -> str:
    """Why the API server or the controller refuses an object whose class is right."""
    what = {TLS: "the object", INGRESS: "the entry", GATEWAY_LISTENER: "the listener"}[tls.kind]
    if tls.kind == TLS:
        if tls.secret is None:
            return "it has no secret: the Kubernetes API server refuses it"
        if tls.secret.namespace is None:
            return "its secret has no namespace: the Kubernetes API server refuses it"
        if not tls.hosts:
            return "it has no hosts: the Kubernetes API server refuses it"
        problem = _invalid(tls, known)
        if problem:
            return problem
        if tls.client is not None and tls.client.ca is None and not known.controller_before(1, 0):
            return "its client has no caSecret: the controller refuses it"
    if pick.error and pick.secret is not None:
        return f"the controller stops at {pick.secret.title} with `{pick.error}` and does not send {what}"
    if ca is not None and ca.error and ca.secret is not None:
        what = "the Gateway" if tls.kind == GATEWAY_LISTENER else what
        return f"the controller stops at {ca.secret.title} with `{ca.error}` and does not send {what}"
    return ""


def _short_key(pick: Pick, promise: Promise | None, known: Versions) -> str:
    """What APISIX says of an Ed25519 key before 3.17: it wanted 128 characters, and there are 119."""
    if promise is not None and promise.algorithm == "ed25519" and known.apisix_before(3, 17):
        return f"APISIX {known.apisix} refuses the Ed25519 key that {promise.maker} asks for (`{TOO_SHORT}`)"
    key = secrets.content(pick.private)
    if key is None or len(key) >= _SHORTEST_KEY or not known.apisix_before(3, 17):
        return ""
    return f"APISIX {known.apisix} refuses its private key of {len(key)} characters (`{TOO_SHORT}`)"


def _invalid(tls: TlsObject, known: Versions) -> str:
    """What the API server says of the kind, the version, a host or the depth."""
    kind, version = tls.node.text("kind"), tls.node.text("apiVersion") or ""
    if kind != TLS or version not in (f"{GROUP}/v1", f"{GROUP}/v2beta3", f"{GROUP}/v2"):
        return f"the Kubernetes API server knows no `{kind}` of `{version}`"
    if version != f"{GROUP}/v2" and known.controller is not None and known.controller >= Version(1, 8):
        return f"version {known.controller} of the controller serves no `{version}`"
    wrong = next((one.name for one in tls.hosts if PATTERN.match(one.name) is None and not is_placeholder(one.name)), None)
    if wrong is not None:
        return f"the Kubernetes API server refuses its host `{wrong}`"
    depth = tls.client.depth if tls.client is not None else None
    if depth is not None and not depth.is_null and (not depth.is_plain or not depth.value.strip().lstrip("+-").isdigit()):
        return "its depth is no number: the Kubernetes API server refuses it"
    if depth is not None and depth.value.startswith("-"):
        return "its depth is negative: APISIX refuses it"
    return ""
