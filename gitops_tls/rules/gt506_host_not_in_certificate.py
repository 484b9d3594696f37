"""GT506: the certificate behind a host is for other names."""

from __future__ import annotations

from collections.abc import Iterator

from ..certs.names import covers
from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Label, Rule, label
from ..systems.apisix.model import Held
from ..systems.apisix.names import host_problem, is_placeholder
from ..systems.apisix.sni import sample
from .certificates import name_of
from .tls_objects import PAIR, TLS_OBJECT, held, secret_label

RULE = Rule(
    "GT506", "host-not-in-certificate", ERROR, "the certificate that answers for a host does not have its name",
    why="APISIX picks the certificate by the hosts of the ApisixTls alone and never looks into it; the controller and its webhook "
    "do not compare them either.",
    server="The handshake goes through, and every client that checks names refuses: `no alternative certificate subject name "
    "matches`. A CommonName helps no Go client and no browser.",
    sources=("apisix apisix/ssl.lua check_ssl_conf", "apisix-ingress-controller#2810 (open)", "cert-manager Certificate API v1"),
    fixable=NEVER,
)  # fmt: skip

_CERTIFICATE = """apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: api
  namespace: default
spec:
  secretName: api-cert
  dnsNames:
    - milvus.example.com
  issuerRef:
    kind: ClusterIssuer
    name: letsencrypt
"""

EXAMPLES = (
    Example(
        "the certificate of another service",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("server", "one-name")},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
    Example(
        "a Certificate of cert-manager for another name",
        bad={"tls.yaml": TLS_OBJECT, "certificate.yaml": _CERTIFICATE.replace("milvus.", "other.")},
        good={"tls.yaml": TLS_OBJECT, "certificate.yaml": _CERTIFICATE},
    ),
    Example(
        "a CommonName only",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("server", "no-san")},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Compare the hosts of everything that brings a certificate with the names in it."""
    for _, one in held(facts):
        if one.broken is not None or one.tls.from_certificate or not (one.chain or one.promise is not None):
            continue
        for host in one.tls.hosts:
            if host.node is None or is_placeholder(host.name) or not _lacks(one, host.name):
                continue
            if host.name.startswith("*") and not host.name.startswith("*."):
                continue  # GT504 tells what such a wildcard covers
            problem = host_problem(host.name)
            if problem is not None and problem.better is None:
                continue
            if problem is not None and problem.better is not None and not _lacks(one, problem.better):
                continue
            severity = _severity(host.name, one)
            what = f"the certificate of {one.tls.title}"
            if one.promise is not None:
                what = f"the certificate that cert-manager makes for {one.tls.title}"
            message = f"{what} is not for `{host.name}`, but for {_names(one)}: clients refuse it"
            if severity == WARNING:
                message = (
                    f"of the hosts below `{host.name[2:]}` {what} has only some ({_names(one)}): clients of the others refuse it"
                )
            place = _place(one)
            yield RULE.at(
                host.node,
                message,
                related=(place,) if place is not None else (label(one.tls.part),),
                severity=severity,
            )


def _lacks(one: Held, host: str) -> bool:
    if one.promise is not None:
        return one.promise.lacks(sample(host))
    return not covers(one.chain[0], sample(host))


def _place(one: Held) -> Label | None:
    """The place of the certificate, or of the names that it is asked for with."""
    if one.promise is not None:
        return label(one.promise.node, f"{one.promise.maker} asks for these names")
    return secret_label(one.pick, one.pick.certificate_key, "this certificate")


def _severity(host: str, one: Held) -> str:
    """A wildcard may stand for the few hosts below it that the certificate has."""
    if host.startswith("*"):
        below = host[1:].lower()
        dns = one.promise.dns_names if one.promise is not None else one.chain[0].dns_names
        return WARNING if any(name.lower().endswith(below) for name in dns) else ERROR
    return ERROR


def _names(one: Held) -> str:
    if one.promise is not None:
        names: tuple[str, ...] = one.promise.names
        nothing = "no name at all"
    else:
        leaf = one.chain[0]
        names, nothing = (*leaf.dns_names, *leaf.ip_addresses), f"no name at all ({name_of(leaf)} has no subjectAltName)"
    if not names:
        return nothing
    return ", ".join(f"`{name}`" for name in names[:4]) + (" and more" if len(names) > 4 else "")
