"""One host, whichever system of the repository answers it: for ``status --host``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..certs.facts import Certificate
from ..certs.names import covers
from ..findings import Label
from ..records import NamedTuple
from .apisix import model
from .apisix.model import Gateway, HostResult, Reason
from .milvus.model import MUTUAL, ONE_WAY, STARTS, Deployment, Prediction

if TYPE_CHECKING:
    from ..facts import Facts


class HostAnswer(NamedTuple):
    """What a client meets that asks for a host; the words are those of the contract's ``host``.

    ``where`` names the deployment or gateway that was asked, empty where none was.
    """

    name: str
    system: str
    served_by: str | None
    matched: str | None
    tls: str
    client_sees: str
    why: tuple[Reason, ...]
    where: str = ""
    alert: str = ""
    """The alert that a server sends which cannot serve; empty where it serves or it is not known."""


def ask(facts: Facts, host: str) -> HostAnswer:
    """The gateway or Milvus deployment that answers a host, and what the client sees."""
    results = _of_gateways(facts.gateways, host, facts.now)
    if results and (results[0][1].held is not None or results[0][2]):
        return _of_apisix(host, *results[0][:2])
    milvus = next(_of_milvus(facts, host), None)
    if milvus is not None:
        return milvus
    if results:
        return _of_apisix(host, *results[0][:2])
    why = Reason("nothing in this repository names it")
    return HostAnswer(host, "unknown", None, None, model.NONE, model.UNKNOWN, (why,))


def _of_gateways(gateways: Sequence[Gateway], host: str, now: datetime) -> list[tuple[Gateway, HostResult, bool]]:
    """What each gateway answers, the one that serves or names the host first."""
    from .apisix.predict import answer

    found: list[tuple[Gateway, HostResult, bool]] = []
    for gateway in gateways:
        named = next((one for one in gateway.hosts if one.host.lower() == host.lower()), None)
        result = named or answer(gateway, host, now)
        found.append((gateway, result, named is not None or len(result.why) > 1))
    return sorted(found, key=lambda one: (one[1].held is None, not one[2]))


def _of_apisix(host: str, gateway: Gateway, result: HostResult) -> HostAnswer:
    return HostAnswer(
        host, "apisix", result.served_by, result.matched, result.tls, result.client_sees, result.why, gateway.title, result.alert
    )  # fmt: skip


def _title(path: str, name: str) -> str:
    folder = path.rpartition("/")[0]
    return f"{folder}/{name}" if folder else name


def _of_milvus(facts: Facts, host: str) -> Iterator[HostAnswer]:
    """The Milvus deployments that the host is a name of: those whose certificate is valid for it first."""
    named: list[HostAnswer] = []
    for deployment in facts.deployments:
        prediction = deployment.prediction
        if prediction is None or deployment.shape == "file":
            continue
        certificate = prediction.certificate
        if certificate is not None and covers(certificate, host):
            yield _milvus(deployment, prediction, host, facts.now)
        elif host.lower() in _names(deployment):
            named.append(_milvus(deployment, prediction, host, facts.now))
    yield from named


def _names(deployment: Deployment) -> set[str]:
    """The names under which a deployment can be reached without a certificate that says so."""
    short = {deployment.name, f"{deployment.name}-milvus"}
    namespace = deployment.namespace
    ends = (f".{namespace}", f".{namespace}.svc", f".{namespace}.svc.cluster.local") if namespace else ()
    return {name.lower() + end for name in short for end in ("", *ends)}


def _milvus(deployment: Deployment, prediction: Prediction, host: str, now: datetime) -> HostAnswer:
    certificate = prediction.certificate
    matched = _pattern(certificate, host) if certificate is not None else None
    tls = prediction.grpc.tls if prediction.grpc.tls in (ONE_WAY, MUTUAL) else model.NONE
    why = tuple(Reason(reason.message, reason.place) for reason in prediction.why)
    sees = model.UNKNOWN
    if prediction.server == STARTS and tls != model.NONE and certificate is not None:
        sees = _client_sees(certificate, matched, tls, now)
    served_by = f"Milvus {deployment.name}"
    place: Label | None = why[0].place if why else None
    if matched is None and certificate is not None and tls != model.NONE:
        valid = ", ".join((*certificate.dns_names, *certificate.ip_addresses)) or "no name at all"
        why = (Reason(f"its certificate is for {valid}", place), *why)
    return HostAnswer(host, "milvus", served_by, matched, tls, sees, why, _title(deployment.path, deployment.name))


def _client_sees(certificate: Certificate, matched: str | None, tls: str, now: datetime) -> str:
    if not certificate.not_before <= now <= certificate.not_after:
        return model.EXPIRED
    if matched is None:
        return model.NAME_MISMATCH
    return model.CERTIFICATE_REQUIRED if tls == MUTUAL else model.OK


def _pattern(certificate: Certificate, host: str) -> str | None:
    """The name in the certificate that covers a host."""
    for name in certificate.dns_names:
        if covers(certificate._replace(dns_names=(name,), ip_addresses=()), host):
            return name
    return next((one for one in certificate.ip_addresses if covers(certificate._replace(ip_addresses=(one,)), host)), None)
