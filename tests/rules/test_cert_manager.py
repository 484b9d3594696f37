"""GT316: what a cert-manager Certificate gives to each of its users, and what cert-manager refuses."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.repo.files import MemoryFiles
from gitops_tls.rules import gt316_cert_manager_mismatch
from gitops_tls.rules.cert_manager import seconds

_spec = importlib.util.spec_from_file_location("rule_examples_cm", Path(__file__).with_name("examples.py"))
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples_cm"] = examples
_spec.loader.exec_module(examples)

CR = gt316_cert_manager_mismatch._CR
INTERNAL = CR.replace("serverKeyPath: /certs/tls.key\n", "serverKeyPath: /certs/tls.key\n", 1).replace(
    "    common:\n      security:\n        tlsMode: 1\n",
    "    internaltls:\n      serverPemPath: /certs/tls.crt\n      serverKeyPath: /certs/tls.key\n"
    "      caPemPath: /certs/ca.crt\n      sni: milvus.internal\n"
    "    common:\n      security:\n        internaltlsEnabled: true\n",
)
MUTUAL = CR.replace("tlsMode: 1", "tlsMode: 2").replace("    tls:\n", "    tls:\n      caPemPath: /certs/ca.crt\n", 1)
ISSUER = "apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata:\n  name: it\n  namespace: milvus\nspec:\n  {}: {{}}\n"
NAMES = "  dnsNames: [milvus.internal, milvus.example.com]\n"


def certificate(spec: str, *, name: str = "milvus", secret: str = "milvus-certs") -> str:
    head = f"apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: {name}\n  namespace: milvus\n"
    return f"{head}spec:\n  secretName: {secret}\n{spec}  issuerRef:\n    name: it\n"


def told(milvus: str, spec: str, issuer: str = "ca", **options: str) -> list[tuple[str, str]]:
    files = {"milvus.yaml": milvus, "certificate.yaml": certificate(spec, **options)}
    if issuer:
        files["issuer.yaml"] = ISSUER.format(issuer)
    report = examples.judge(MemoryFiles({path: text.encode() for path, text in files.items()}))
    assert not report.failed
    return [(f.severity, f.message) for f in report.findings if f.rule == "GT316"]


CASES = {
    "good": (CR, NAMES, "ca", None),
    "no usages at all": (CR, NAMES + "  usages: [digital signature, key encipherment]\n", "ca", None),
    "any usage": (CR, NAMES + "  usages: [any]\n", "ca", None),
    "client auth alone": (CR, NAMES + "  usages: [client auth]\n", "ca", "error: not server auth"),
    "a Vault role may add usages": (CR, NAMES + "  usages: [client auth]\n", "vault", "warning: not server auth"),
    "ACME ignores usages": (CR, NAMES + "  usages: [client auth]\n", "acme", None),
    "common name alone": (CR, "  commonName: milvus.example.com\n", "ca", "warning: Go clients refuse it"),
    "ACME makes the name a subjectAltName": (CR, "  commonName: milvus.example.com\n", "acme", None),
    "common name alone, inside": (INTERNAL, "  commonName: milvus.internal\n", "ca", "error: components refuse each other"),
    "sni among the names": (INTERNAL, NAMES, "ca", None),
    "sni under a wildcard": (INTERNAL, "  dnsNames: ['*.internal']\n", "ca", None),
    "sni not among the names": (INTERNAL, "  dnsNames: [milvus]\n", "ca", "error: ask for `milvus.internal`"),
    "Ed25519": (CR, NAMES + "  privateKey: {algorithm: Ed25519}\n", "ca", "warning: pymilvus cannot connect"),
    "Ed25519 inside": (INTERNAL, NAMES + "  privateKey: {algorithm: Ed25519}\n", "ca", None),
    "P-521": (CR, NAMES + "  privateKey: {algorithm: ECDSA, size: 521}\n", "ca", "warning: EC P-521"),
    "P-384": (CR, NAMES + "  privateKey: {algorithm: ECDSA, size: 384}\n", "ca", None),
    "ACME has no ca.crt": (MUTUAL, NAMES, "acme", "error: have no ca.crt"),
    "a CA issuer has one": (MUTUAL, NAMES, "ca", None),
    "an issuer that is not here": (MUTUAL, NAMES, "", None),
    "a self-signed leaf for clients": (MUTUAL, NAMES, "selfSigned", "warning: no CA"),
    "a self-signed CA": (MUTUAL, NAMES + "  isCA: true\n", "selfSigned", None),
    "nothing to be named by": (CR, "", "ca", "error: no name at all"),
    "days": (CR, NAMES + "  duration: 90d\n", "ca", "error: is no duration to Go"),
    "renewed too late": (CR, NAMES + "  duration: 24h\n  renewBefore: 24h\n", "ca", "error: not below the duration"),
    "renewed before the default ends": (CR, NAMES + "  renewBefore: 2160h\n", "ca", "error: not below the duration (2160h)"),
    "short": (CR, NAMES + "  duration: 30m\n", "ca", "error: less than an hour"),
    "fine times": (CR, NAMES + "  duration: 2160h0m0s\n  renewBefore: 360h\n", "ca", None),
}


@pytest.mark.parametrize(("milvus", "spec", "issuer", "expected"), CASES.values(), ids=CASES)
def test_what_a_certificate_gives(milvus: str, spec: str, issuer: str, expected: str | None) -> None:
    found = told(milvus, spec, issuer)
    if expected is None:
        assert found == []
        return
    severity, _, words = expected.partition(": ")
    assert [one[0] for one in found] == [severity]
    assert words in found[0][1]


ETCD = CR.replace(
    "    tls:\n", "    etcd: {{ssl: {{enabled: {}, tlsCert: /certs/tls.crt, tlsKey: /certs/tls.key}}}}\n    tls:\n", 1
).replace("        tlsMode: 1\n", "        tlsMode: 0\n")
KAFKA = ETCD.replace("etcd: {{ssl", "kafka: {{securityProtocol: SASL_SSL, ssl")
PLAIN_KAFKA = ETCD.replace("etcd: {{ssl", "kafka: {{securityProtocol: PLAINTEXT, ssl")
SERVER_AUTH, CLIENT_AUTH = "  usages: [server auth]\n", "  usages: [client auth]\n"
CLIENTS = {
    "etcd": (ETCD.format("true"), NAMES + SERVER_AUTH, "ca", "etcd refuses Milvus if it asks for a client certificate"),
    "etcd, both usages": (ETCD.format("true"), NAMES + "  usages: [server auth, client auth]\n", "ca", None),
    "etcd, no usages": (ETCD.format("true"), NAMES, "ca", None),
    "etcd without TLS": (ETCD.format("false"), NAMES + SERVER_AUTH, "ca", None),
    "etcd, from ACME": (ETCD.format("true"), NAMES + SERVER_AUTH, "acme", None),
    "Kafka": (KAFKA.format("true"), NAMES + SERVER_AUTH, "ca", "Kafka refuses Milvus"),
    "Kafka in plaintext": (PLAIN_KAFKA.format("true"), NAMES + SERVER_AUTH, "ca", None),
    "TiKV": (ETCD.format("true").replace("etcd:", "tikv:"), NAMES + SERVER_AUTH, "ca", "TiKV refuses Milvus"),
    "refused for another reason": (ETCD.format("true"), NAMES + CLIENT_AUTH + "  duration: 90d\n", "ca", "is no duration to Go"),
}


@pytest.mark.parametrize(("milvus", "spec", "issuer", "expected"), CLIENTS.values(), ids=CLIENTS)
def test_what_milvus_presents_itself_with(milvus: str, spec: str, issuer: str, expected: str | None) -> None:
    found = told(milvus, spec, issuer)
    assert len(found) == (expected is not None)
    if expected is not None:
        assert expected in found[0][1]
        assert found[0][0] == ("error" if "duration" in expected else "warning")


def test_a_client_beside_the_ca_of_milvus() -> None:
    mount = "      - name: certs\n        secret:\n          secretName: milvus-certs\n"
    items = "          items: [{key: ca.crt, path: ca.crt}, {key: tls.crt, path: client.pem}, {key: tls.key, path: client.key}]\n"
    mutual = MUTUAL.replace("/certs/tls", "/other/tls").replace(mount, mount + items)
    [(severity, message)] = told(mutual, NAMES + SERVER_AUTH)
    assert (severity, "Milvus refuses this client in tlsMode 2" in message) == ("error", True)
    assert told(mutual, NAMES + CLIENT_AUTH) == []


UPSTREAM = """apiVersion: apisix.apache.org/v2
kind: ApisixUpstream
metadata: {name: milvus, namespace: milvus}
spec:
  ingressClassName: apisix
  scheme: grpcs
  tlsSecret: {name: milvus-certs, namespace: NAMESPACE}
"""


@pytest.mark.parametrize(
    ("namespace", "spec", "expected"),
    [
        ("milvus", NAMES + SERVER_AUTH, "an upstream that asks for a client certificate refuses APISIX"),
        ("milvus", NAMES + CLIENT_AUTH, None),
        ("milvus", NAMES, None),
        ("other", NAMES + SERVER_AUTH, None),
    ],
)
def test_what_apisix_presents_to_its_upstream(namespace: str, spec: str, expected: str | None) -> None:
    found = told(UPSTREAM.replace("NAMESPACE", namespace), spec)
    assert [(severity, expected in message) for severity, message in found if expected] == [("warning", True)] * bool(expected)
    assert bool(found) == (expected is not None)


def test_the_usage_is_added_for_the_client() -> None:
    files = {
        "milvus.yaml": ETCD.format("true"),
        "certificate.yaml": certificate(NAMES + SERVER_AUTH),
        "issuer.yaml": ISSUER.format("ca"),
    }
    memory = MemoryFiles({path: text.encode() for path, text in files.items()})
    report = examples.judge(memory)
    [finding] = [each for each in report.findings if each.rule == "GT316"]
    assert finding.fix is not None
    assert finding.fix.safe
    assert finding.fix.title == "add client auth to usages"
    assert [each.message for each in finding.related] == ["Milvus presents this to etcd"]


def test_a_certificate_called_like_the_secret_that_nothing_makes() -> None:
    found = told(CR, NAMES, name="milvus-certs", secret="milvus-tls")
    assert [severity for severity, _ in found] == ["warning"]
    assert "makes the Secret milvus-tls" in found[0][1]
    assert told(CR, NAMES, name="other", secret="other-tls") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2160h", 7_776_000), ("1h30m", 5400), ("1.5h", 5400), ("0", 0), ("-1s", -1), ("90d", None), ("", None), ("1", None)],
)
def test_durations_as_go_reads_them(text: str, expected: float | None) -> None:
    assert seconds(text) == expected


@given(st.text(alphabet="0123456789.hmsuµn-+d", max_size=12))
def test_no_text_stops_the_reading(text: str) -> None:
    assert seconds(text) is None or isinstance(seconds(text), float)
