"""cert-manager's Certificates as rules see them: what will stand in the Secret, and who issues it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..facts import Facts
from ..records import NamedTuple
from ..repo.prefilter import is_yaml
from ..systems.kubernetes import SECRET, documents_of
from ..systems.kubernetes_volumes import references
from ..systems.milvus.specs import pod_spec
from ..systems.secrets.wishes import Wish, texts, wish
from ..yamldoc.node import MAPPING, SCALAR, Node

__all__ = [
    "ACME",
    "SELF_SIGNED",
    "Refusal",
    "Wish",
    "issuer_kind",
    "issuers",
    "mounted_secrets",
    "refusals",
    "seconds",
    "texts",
    "wish",
]

ACME, SELF_SIGNED, OTHER_ISSUER = "acme", "selfSigned", "other"
_ISSUER_KINDS = (ACME, "ca", SELF_SIGNED, "vault", "venafi")
_GROUPS = ("cert-manager.io", "certmanager.k8s.io")
_NAMES = (
    "dnsNames",
    "ipAddresses",
    "commonName",
    "uris",
    "uriSANs",
    "emailAddresses",
    "emailSANs",
    "otherNames",
    "literalSubject",
)
_DEFAULT_DURATION = "2160h"
_DURATION = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def issuer_kind(wanted: Wish, issuers: Iterable[Node]) -> str | None:
    """``acme``, ``ca``, ``selfSigned`` … of the issuer that the Certificate names; None where it is not in the repository."""
    name, kind = wanted.spec.text("issuerRef", "name"), wanted.spec.text("issuerRef", "kind") or "Issuer"
    for issuer in issuers:
        if issuer.text("kind") != kind or issuer.text("metadata", "name") != name:
            continue
        here, there = wanted.made.namespace, issuer.text("metadata", "namespace")
        if kind == "ClusterIssuer" or here is None or there is None or here == there:
            return next((one for one in _ISSUER_KINDS if issuer.get("spec", one) is not None), OTHER_ISSUER)
    return None


def issuers(facts: Facts) -> Iterator[Node]:
    """The Issuers and ClusterIssuers of the repository."""
    for path in facts.workspace.files.paths():
        data = facts.workspace.read(path) if is_yaml(path) else None
        if data is None or b"Issuer" not in data or not any(group.encode() in data for group in _GROUPS):
            continue
        parsed = facts.workspace.parsed(path)
        for document in parsed.documents if parsed is not None else ():
            if document.root is None or document.root.resolved().kind != MAPPING:
                continue
            for node in documents_of(document.root):
                if (node.text("apiVersion") or "").partition("/")[0] in _GROUPS and (node.text("kind") or "").endswith("Issuer"):
                    yield node


def seconds(text: str) -> float | None:
    """A duration as Go's ``time.ParseDuration`` reads it, in seconds; None where Go refuses it (``90d``)."""
    body = text[1:] if text[:1] in "+-" else text
    parts = _DURATION.findall(body)
    if body == "0":
        return 0.0
    if not parts or "".join(parts) != body:
        return None
    total = 0.0
    for part in parts:
        unit = part.lstrip("0123456789.")
        total += float(part[: -len(unit)]) * _UNITS[unit]
    return -total if text.startswith("-") else total


class Refusal(NamedTuple):
    """Why cert-manager or the API server refuses a Certificate. ``better`` is what to write instead, where it is certain."""

    node: Node
    message: str
    caret: str = ""
    better: str = ""


def refusals(wanted: Wish) -> Iterator[Refusal]:
    """What cert-manager itself refuses, whoever uses the Secret."""
    named = (wanted.spec.get(field) for field in _NAMES)
    if all(node is None or node.is_null for node in named):
        yield Refusal(wanted.made.name_node, f"{wanted.name} has no name at all: cert-manager refuses it", "add dnsNames")
    times: dict[str, float] = {}
    for field, least, words in (("duration", 3600.0, "an hour"), ("renewBefore", 300.0, "5 minutes")):
        node = wanted.spec.get(field)
        if node is None or node.kind != SCALAR or not node.value:
            continue
        length = seconds(node.value)
        if length is None:
            message = f"{field} `{node.value}` is no duration to Go: the API server refuses {wanted.name}"
            yield Refusal(node, message, "write hours, as in 2160h", _hours(node.value))
        elif length < least:
            yield Refusal(node, f"{field} `{node.value}` is less than {words}: cert-manager refuses {wanted.name}")
        else:
            times[field] = length
    renewal = wanted.spec.get("renewBefore")
    duration = times.get("duration", seconds(_DEFAULT_DURATION) if wanted.spec.get("duration") is None else None)
    if renewal is not None and duration is not None and times.get("renewBefore", 0.0) >= duration:
        whole = wanted.spec.text("duration") or _DEFAULT_DURATION
        message = f"renewBefore `{renewal.value}` is not below the duration ({whole}): cert-manager refuses {wanted.name}"
        yield Refusal(renewal, message)


def _hours(text: str) -> str:
    """``90d`` in hours; empty for anything else."""
    days = re.fullmatch(r"([1-9]\d{0,4})d", text)
    return f"{int(days[1]) * 24}h" if days is not None else ""


def mounted_secrets(facts: Facts) -> Iterator[tuple[tuple[str | None, str], tuple[str, Node]]]:
    """The Secrets that pods mount: ``((namespace, name), (deployment, where))``."""
    for deployment in facts.deployments:
        spec = pod_spec(deployment)
        for view in spec.views.values() if spec is not None else ():
            used = {mount.name for mount in view.mounts}
            for volume in view.volumes:
                for resource, name, node, optional in references(volume) if volume.name in used else ():
                    if resource == SECRET and not optional:
                        yield (deployment.namespace, name), (deployment.name, node)
