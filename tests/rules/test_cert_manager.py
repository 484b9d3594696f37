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
