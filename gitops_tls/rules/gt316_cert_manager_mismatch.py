"""GT316: a cert-manager Certificate that does not give what the server needs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Label, Rule, label
from ..records import NamedTuple
from ..systems.kubernetes import SecretObject
from ..systems.milvus.uses import CA, CLIENT, INTERNAL_CA, INTERNAL_SERVER, SERVER, Use, reads, uses
from ..text.edits import Patch
from ..yamldoc.node import SCALAR, Node
from .cert_manager import ACME, SELF_SIGNED, Wish, issuer_kind, issuers, mounted_secrets, refusals, wish
from .client_pairs import client_pairs
from .shared import fix_or_none
from .tls_objects import held, reference_label

RULE = Rule(
    "GT316", "cert-manager-mismatch", ERROR, "a cert-manager Certificate does not give what the server that mounts it needs",
    why="The certificate is not in Git, but what it will be is: its names, its usages, its key and its issuer are written in the "
    "Certificate object, and the Secret is what the server gets.",
    server="cert-manager issues what is asked for. Go clients and Milvus' components refuse a certificate without subjectAltName; "
    "everyone refuses a server certificate for `client auth` alone; pymilvus cannot use Ed25519; ACME issuers give no ca.crt. "
    "cert-manager refuses a duration in days (`90d`) and a renewBefore that is not below the duration.",
    sources=("cert-manager Certificate API v1", "runs of Milvus 2.3.5: nosan, server_clienteku, ed25519", "Go time.ParseDuration"),
    fixable=SOMETIMES,
)  # fmt: skip

_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
  namespace: milvus
spec:
  config:
    proxy:
      http:
        port: 8080
    tls:
      serverPemPath: /certs/tls.crt
      serverKeyPath: /certs/tls.key
    common:
      security:
        tlsMode: 1
  components:
    image: milvusdb/milvus:v2.6.20
    volumes:
      - name: certs
        secret:
          secretName: milvus-certs
    volumeMounts:
      - name: certs
        mountPath: /certs
"""
_CERTIFICATE = """apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: milvus
  namespace: milvus
spec:
  secretName: milvus-certs
  {}
  issuerRef:
    name: internal-ca
"""
_GOOD = "dnsNames:\n    - milvus.example.com\n  usages:\n    - server auth"

EXAMPLES = (
    Example(
        "commonName without dnsNames",
        bad={"milvus.yaml": _CR, "certificate.yaml": _CERTIFICATE.format("commonName: milvus.example.com")},
        fixed={
            "certificate.yaml": _CERTIFICATE.format("commonName: milvus.example.com").rstrip("\n")
            + "\n  dnsNames:\n    - milvus.example.com\n"
        },
        good={"milvus.yaml": _CR, "certificate.yaml": _CERTIFICATE.format(_GOOD)},
        unsafe=True,
    ),
    Example(
        "for clients only",
        bad={"milvus.yaml": _CR, "certificate.yaml": _CERTIFICATE.format(_GOOD.replace("server auth", "client auth"))},
        fixed={
            "certificate.yaml": _CERTIFICATE.format(_GOOD.replace("server auth", "client auth\n    - server auth"))
        },
    ),
    Example(
        "a duration in days",
        bad={"milvus.yaml": _CR, "certificate.yaml": _CERTIFICATE.format("duration: 90d\n  " + _GOOD)},
        fixed={"certificate.yaml": _CERTIFICATE.format("duration: 2160h\n  " + _GOOD)},
    ),
)  # fmt: skip

Made = dict[int, SecretObject]
"""The Certificates of the repository by the identity of the node that names their Secret."""

_KEY = re.compile(r"key (\S+) of ")
_HOST = re.compile(r"[A-Za-z0-9*][A-Za-z0-9.-]*\.[A-Za-z0-9.-]*[A-Za-z0-9]\Z|localhost\Z")


class _Case(NamedTuple):
    """A Certificate in one role of a component. ``key`` is the key of its Secret that is mounted there."""

    wish: Wish
    use: Use
    key: str
    issuer: str | None

    @property
    def issued_as_asked(self) -> bool:
        """Whether the issuer is known to follow the usages and names (ACME and Vault servers have rules of their own)."""
        return self.issuer in ("ca", SELF_SIGNED)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge each Certificate behind a mounted Secret, in each of its roles, once."""
    made = {id(one.name_node): one for one in facts.cluster.objects("Certificate")}
    if not made:
        return
    known = list(issuers(facts))
    told: set[tuple[int, str]] = set()
    for wanted, finding in (*_of_uses(facts, made, known), *_of_clients(facts, made, known), *_of_gateways(facts, known)):
        if (id(wanted.spec.parent), finding.message) not in told:
            told.add((id(wanted.spec.parent), finding.message))
            yield finding
    yield from _misnamed(facts, list(made.values()))


def _of_uses(facts: Facts, made: Made, known: list[Node]) -> Iterator[tuple[Wish, Finding]]:
    """The Certificates in the roles that Milvus and its clients have for them."""
    for use in _uses(facts):
        one = made.get(id(use.view.node))
        wanted = wish(one) if one is not None else None
        if wanted is None:
            continue
        key = _KEY.match(use.view.reason)
        case = _Case(wanted, use, key[1] if key else "", issuer_kind(wanted, known))
        for finding in (*_of_role(case), *_refused(wanted)):
            yield wanted, finding


def _of_clients(facts: Facts, made: Made, known: list[Node]) -> Iterator[tuple[Wish, Finding]]:
    """Those that Milvus and APISIX present themselves with. Whether the other side asks for one, no file here says."""
    for pair in client_pairs(facts):
        one = made.get(id(pair.made))
        wanted = wish(one) if one is not None else None
        if wanted is not None:
            finding = _lacking(wanted, issuer_kind(wanted, known), "client auth", pair.effect, (pair.place,), WARNING)
            yield from ((wanted, each) for each in (*finding, *_refused(wanted)))


def _of_gateways(facts: Facts, known: list[Node]) -> Iterator[tuple[Wish, Finding]]:
    """Those that APISIX serves. GT506 tells of their names, GT315 of their keys."""
    for _, one in held(facts):
        secret = one.pick.secret
        wanted = wish(secret) if secret is not None and secret.kind == "Certificate" else None
        if wanted is not None:
            place = reference_label(one.tls.secret, one.tls, f"{one.tls.title} serves it")
            issuer = issuer_kind(wanted, known)
            severity = ERROR if issuer in ("ca", SELF_SIGNED, None) else WARNING
            finding = _lacking(wanted, issuer, "server auth", "every client refuses the server", (place,), severity)
            yield from ((wanted, each) for each in (*finding, *_refused(wanted)))


def _uses(facts: Facts) -> Iterator[Use]:
    """The files that deployments use, and a client.pem beside the CA whose content is not in the repository."""
    for use in uses(facts.deployments):
        yield use
        if use.role == CA and reads(use):
            path = posixpath.join(posixpath.dirname(use.path), "client.pem")
            view = use.component.files.lookup(path)
            if view.content is None and view.node is not None:
                yield Use(use.deployment, use.component, CLIENT, use.setting, path, view)


def _of_role(case: _Case) -> Iterator[Finding]:
    role = case.use.role
    if role in (SERVER, INTERNAL_SERVER):
        yield from _names(case)
        yield from _usage(case, "server auth", "every client refuses the server")
        yield from _algorithm(case)
    elif role == CLIENT:
        yield from _usage(case, "client auth", "Milvus refuses this client in tlsMode 2")
    elif role in (CA, INTERNAL_CA):
        yield from _authority(case)


def _refused(wanted: Wish) -> Iterator[Finding]:
    for one in refusals(wanted):
        hours = one.better
        fix = fix_or_none(f"write {hours}", True, _scalar(one.node, hours)) if hours else None
        yield RULE.at(one.node, one.message, caret=one.caret, fix=fix)


def _related(case: _Case) -> tuple[Label, ...]:
    return (case.use.setting_place()._replace(message=f"used here as the {case.use.role} certificate"),)


def _names(case: _Case) -> Iterator[Finding]:
    from ..certs.names import any_covers
    from ..yamldoc.edit import append_item, set_value

    wanted, use = case.wish, case.use
    if case.issuer == ACME and not wanted.dns_names:
        return  # it puts the commonName into the subjectAltName
    if not wanted.dns_names and not wanted.ip_addresses:
        subject = wanted.common_name
        if subject is None:
            return
        internal = use.role == INTERNAL_SERVER
        effect = "Milvus' components refuse each other" if internal else "Go clients refuse it"
        message = f"{wanted.name} has a commonName and no dnsNames: {effect}"
        fix = None
        if _HOST.match(subject.value):
            title = f"add {subject.value} to dnsNames"
            fix = fix_or_none(title, False, lambda: set_value(wanted.spec, ("dnsNames",), [subject.value]))
        severity = ERROR if internal else WARNING
        yield RULE.at(
            subject, message, caret="write the name into dnsNames too", related=_related(case), fix=fix, severity=severity
        )
        return
    sni = use.component.settings.get("internaltls.sni").text
    if use.role == INTERNAL_SERVER and sni and not any_covers(wanted.dns_names, wanted.ip_addresses, sni):
        names = ", ".join(wanted.dns_names + wanted.ip_addresses)
        message = f"{wanted.name} is for {names}, and the components ask for `{sni}` (internaltls.sni): they refuse each other"
        listed = wanted.spec.get("dnsNames")
        fix = None
        if listed is not None and _HOST.match(sni):
            fix = fix_or_none(f"add {sni} to dnsNames", False, lambda: append_item(listed, sni))
        place = use.component.settings.get("internaltls.sni").node
        related = (label(place, "the name that the components ask for"),) if place is not None else _related(case)
        yield RULE.at(listed or wanted.made.name_node, message, caret=f"add {sni}", related=related, fix=fix)


def _usage(case: _Case, usage: str, effect: str) -> Iterator[Finding]:
    severity = ERROR if case.issued_as_asked or case.issuer is None else WARNING
    yield from _lacking(case.wish, case.issuer, usage, effect, _related(case), severity)


def _lacking(
    wanted: Wish, issuer: str | None, usage: str, effect: str, related: tuple[Label, ...], severity: str
) -> Iterator[Finding]:
    from ..yamldoc.edit import append_item

    listed = wanted.spec.get("usages")
    if listed is None or wanted.allows(usage) or issuer == ACME:
        return
    has = ", ".join(wanted.extended)
    message = f"{wanted.name} asks for the usages {has} and not {usage}: {effect}"
    fix = fix_or_none(f"add {usage} to usages", True, lambda: append_item(listed, usage))
    yield RULE.at(listed, message, caret=f"add {usage}", related=related, fix=fix, severity=severity)


def _algorithm(case: _Case) -> Iterator[Finding]:
    from ..yamldoc.edit import replace_scalar

    wanted, algorithm = case.wish, case.wish.algorithm
    if case.use.role != SERVER or algorithm is None or algorithm.kind != SCALAR:
        return
    odd = algorithm.value.lower() == "ed25519"
    large = algorithm.value.lower() == "ecdsa" and wanted.size == "521"
    if not odd and not large:
        return
    message = f"{wanted.name} has a key of the kind {'Ed25519' if odd else 'EC P-521'}: pymilvus cannot connect"
    fix = None
    size = wanted.spec.get("privateKey", "size")
    if odd and not wanted.size:
        fix = fix_or_none("take ECDSA", False, lambda: replace_scalar(algorithm, "ECDSA"))
    elif large and size is not None:
        fix = fix_or_none("take P-384", False, lambda: replace_scalar(size, 384))
    yield RULE.at(algorithm, message, caret="RSA, or ECDSA with 256 or 384", related=_related(case), fix=fix, severity=WARNING)


def _authority(case: _Case) -> Iterator[Finding]:
    wanted, use = case.wish, case.use
    needed = reads(use)
    issuer = wanted.spec.get("issuerRef", "name") or wanted.made.name_node
    if case.key == "ca.crt" and case.issuer == ACME:
        effect = "the components cannot reach each other" if use.role == INTERNAL_CA else "Milvus does not start"
        effect = effect if needed else "there is nothing to give to clients"
        message = f"{wanted.name} comes from an ACME issuer, whose Secrets have no ca.crt ({use.path}): {effect}"
        yield RULE.at(issuer, message, related=_related(case), severity=ERROR if needed else WARNING)
    leaf = case.key == "tls.crt" or (case.key == "ca.crt" and case.issuer == SELF_SIGNED)
    if use.role == CA and needed and leaf and not wanted.is_ca:
        message = f"{use.path} is the leaf of {wanted.name}, no CA: Milvus accepts only a client that presents this certificate"
        yield RULE.at(issuer, message, caret="", related=_related(case), severity=WARNING)


def _misnamed(facts: Facts, made: list[SecretObject]) -> Iterator[Finding]:
    """A Certificate called like a Secret that is mounted and that nothing makes, and that makes another which nothing mounts."""
    mounted = dict(mounted_secrets(facts))
    names = {(namespace, name) for namespace, name in mounted}
    for (namespace, name), (title, node) in mounted.items():
        if facts.cluster.secret(namespace, name, node.path) is not None:
            continue
        for one in made:
            same_place = namespace is None or one.namespace is None or namespace == one.namespace
            if not same_place or one.node.text("metadata", "name") != name or (namespace, one.name) in names:
                continue
            message = (
                f"Certificate {name} makes the Secret {one.name}, but {title} mounts {name}, which nothing makes: its pods wait"
            )
            fix = fix_or_none(f"set secretName to {name}", False, _scalar(one.name_node, name))
            yield RULE.at(one.name_node, message, related=(label(node, "mounted here"),), fix=fix, severity=WARNING)


def _scalar(node: Node, text: str) -> object:
    from ..yamldoc.edit import replace_scalar

    def build() -> Patch:
        return replace_scalar(node, text)

    return build
