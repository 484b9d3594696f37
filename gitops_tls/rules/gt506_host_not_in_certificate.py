"""GT506: the certificate behind a host is for other names."""

from __future__ import annotations

from collections.abc import Iterator

from ..certs.facts import Certificate
from ..certs.names import covers
from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule, label
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
    sources=("apisix apisix/ssl.lua check_ssl_conf", "apisix-ingress-controller#2810 (open)"),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "the certificate of another service",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("server", "one-name")},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
    Example(
        "a CommonName only",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("server", "no-san")},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Compare the hosts of everything that brings a certificate with the names in it."""
    for _, one in held(facts):
        if one.broken is not None or not one.chain or one.tls.from_certificate:
            continue
        leaf = one.chain[0]
        for host in one.tls.hosts:
            if host.node is None or is_placeholder(host.name) or covers(leaf, sample(host.name)):
                continue
            if host.name.startswith("*") and not host.name.startswith("*."):
                continue  # GT504 tells what such a wildcard covers
            problem = host_problem(host.name)
            if problem is not None and problem.better is None:
                continue
            if problem is not None and problem.better is not None and covers(leaf, sample(problem.better)):
                continue
            place = secret_label(one.pick, one.pick.certificate_key, "this certificate")
            severity = _severity(host.name, leaf)
            message = f"the certificate of {one.tls.title} is not for `{host.name}`, but for {_names(leaf)}: clients refuse it"
            if severity == WARNING:
                message = f"of the hosts below `{host.name[2:]}` the certificate of {one.tls.title} has only some ({_names(leaf)}): clients of the others refuse it"
            yield RULE.at(
                host.node,
                message,
                related=(place,) if place is not None else (label(one.tls.part),),
                severity=severity,
            )


def _severity(host: str, leaf: Certificate) -> str:
    """A wildcard may stand for the few hosts below it that the certificate has."""
    if host.startswith("*"):
        below = host[1:].lower()
        return WARNING if any(name.lower().endswith(below) for name in leaf.dns_names) else ERROR
    return ERROR


def _names(leaf: Certificate) -> str:
    names = (*leaf.dns_names, *leaf.ip_addresses)
    if not names:
        return f"no name at all ({name_of(leaf)} has no subjectAltName)"
    return ", ".join(f"`{name}`" for name in names[:4]) + (" and more" if len(names) > 4 else "")
