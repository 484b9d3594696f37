"""GT309: the name that the components ask for is in no subjectAltName."""

from __future__ import annotations

from collections.abc import Iterator

from ..certs.facts import Certificate
from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..systems.milvus.uses import INTERNAL_SERVER, Use
from .certificates import leaves, name_of
from .shared import fix_or_none, related, set_setting

RULE = Rule(
    "GT309", "sni-mismatch", ERROR, "internaltls.sni is in no subjectAltName of the components' certificate",
    why="`internaltls.sni` is the one name that every component asks every other for. The documentation says CommonName; Go "
    "looks at subjectAltName alone.",
    server="Every internal connection fails its verification (`certificate is valid for …, not …`); nothing becomes healthy. "
    "The comparison ignores case; a trailing space fails; an IP address needs an IP entry.",
    sources=("milvus internal/util/grpcclient/client.go", "Go crypto/x509 VerifyHostname", "evidence: Go client matrix"),
    fixable=SOMETIMES,
)  # fmt: skip

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - ./tls:/milvus/tls
"""
USER = """internaltls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
  caPemPath: /milvus/tls/ca.pem
  sni: {}
common:
  security:
    internaltlsEnabled: true
"""

EXAMPLES = (
    Example(
        "the CommonName instead of the name",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER.format("Milvus Server"),
            "tls/server.pem": "{cert:one-name}",
            "tls/ca.pem": "{ca}",
        },
        fixed={"user.yaml": USER.format("milvus.internal")},
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER.format("MILVUS.internal"),
            "tls/server.pem": "{cert:one-name}",
            "tls/ca.pem": "{ca}",
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Compare sni with the certificate of each component that has internal TLS."""
    from ..certs.names import covers

    seen: set[tuple[int, str]] = set()
    for use, certificate in leaves(facts):
        sni = use.component.settings.get("internaltls.sni")
        mark = (id(sni.node), certificate.sha256)
        if use.role != INTERNAL_SERVER or not sni.text or mark in seen or covers(certificate, sni.text):
            continue
        seen.add(mark)
        if certificate.dns_names or certificate.ip_addresses:
            yield _finding(use, certificate)


def _finding(use: Use, certificate: Certificate) -> Finding:
    from ..certs.names import as_ip

    settings = use.component.settings
    sni = settings.get("internaltls.sni")
    names = ", ".join(certificate.dns_names + certificate.ip_addresses)
    address = as_ip(sni.text)
    kind = " as an IP address" if address is not None else ""
    message = f"sni `{sni.text}` is not in the certificate{kind}, which is for {names}: the components refuse each other"
    place = use.place(certificate.line)._replace(message=f"{name_of(certificate)} is for {names}")
    fix = None
    if len(certificate.dns_names) == 1 and "*" not in certificate.dns_names[0] and as_ip(certificate.dns_names[0]) is None:
        name = certificate.dns_names[0]
        fix = fix_or_none(
            f"set sni to {name}, the only name of the certificate",
            True,
            lambda: set_setting(settings, "internaltls.sni", name, use.setting),
        )
    anchor = sni.node if sni.node is not None else use.setting_place()
    if not isinstance(anchor, tuple):
        return RULE.at(
            label(anchor),
            message,
            caret=f"write one of {names}" if address is None else "an IP address needs an entry of its own kind",
            related=(place, *related(settings, sni)),
            fix=fix,
        )
    return RULE.at(anchor, message, related=(place,), fix=fix)
