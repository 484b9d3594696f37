"""What APISIX reads out of PEM texts, and what it then can serve with: tables of what a real ngx.ssl answered.

``tests/real/test_apisix_pem.py`` and ``test_apisix_bundles.py`` ask it again.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs.pem import encode
from gitops_tls.systems.apisix.bundle import judge
from gitops_tls.systems.apisix.ngx_ssl import parse_cert, parse_key

LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "ANY PRIVATE KEY", "OPENSSH PRIVATE KEY")  # fmt: skip
READS = {
    "rsa, PKCS#8": {"PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"},
    "rsa, its own form": {"RSA PRIVATE KEY"},
    "ec, PKCS#8": {"PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"},
    "ec, its own form": {"EC PRIVATE KEY"},
    "ed25519, PKCS#8": {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY"},
    "ec, encrypted": set(),
}
"""Under which labels OpenSSL reads which content as a private key without a passphrase."""


def contents(pki: Any) -> dict[str, bytes]:
    rsa, ec, ed = pki.rsa_key(2048, 0), pki.ec_key(3), pki.ed25519_key(3)
    return {
        "rsa, PKCS#8": pki.key_pem(rsa, encoding="DER"),
        "rsa, its own form": pki.key_pem(rsa, "traditional", encoding="DER"),
        "ec, PKCS#8": pki.key_pem(ec, encoding="DER"),
        "ec, its own form": pki.key_pem(ec, "traditional", encoding="DER"),
        "ed25519, PKCS#8": pki.key_pem(ed, encoding="DER"),
        "ec, encrypted": pki.key_pem(ec, password=b"secret", encoding="DER"),
    }


@pytest.mark.parametrize("content", READS)
def test_a_label_and_its_content(content: str, pki: Any) -> None:
    der = contents(pki)[content]
    found = {label: parse_key(encode(der, label)) for label in LABELS}
    assert {label for label, key in found.items() if key is not None and not key.encrypted} == READS[content]
    locked = {label for label, key in found.items() if key is not None and key.encrypted}
    assert locked == ({"ENCRYPTED PRIVATE KEY"} if content == "ec, encrypted" else set())


SPELLINGS = {
    "as it is": (lambda pem: pem, True),
    "CRLF": (lambda pem: pem.replace(b"\n", b"\r\n"), True),
    "no last newline": (lambda pem: pem.rstrip(b"\n"), True),
    "text around": (lambda pem: b"# one\n" + pem + b"the end\n", True),
    "a byte order mark": (lambda pem: b"\xef\xbb\xbf" + pem, True),
    "a byte order mark in the second line": (lambda pem: b"# one\n\xef\xbb\xbf" + pem, False),
    "an empty line after BEGIN": (lambda pem: pem.replace(b"-----\n", b"-----\n\n", 1), True),
    "an empty line in the middle": (lambda pem: b"\n".join((*pem.split(b"\n")[:3], b"", *pem.split(b"\n")[3:])), False),
    "an empty line before END": (lambda pem: pem.replace(b"\n-----END", b"\n\n-----END"), False),
    "a header of another kind": (lambda pem: pem.replace(b"-----\n", b"-----\nComment: mine\n\n", 1), False),
    "MIC-CLEAR": (lambda pem: pem.replace(b"-----\n", b"-----\nProc-Type: 4,MIC-CLEAR\n\n", 1), False),
    "indented lines": (lambda pem: pem.replace(b"\n", b"\n  "), False),
    "one line": (lambda pem: pem.replace(b"\n", b""), False),
    "blanks at the ends": (lambda pem: pem.replace(b"\n", b" \n"), True),
    "cut": (lambda pem: pem[: len(pem) // 2], False),
    "END lost, another behind it": (lambda pem: pem[: pem.index(b"-----END")] + pem, True),
    "END and BEGIN in one line": (lambda pem: pem.rstrip(b"\n") + pem, False),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings(spelling: str, pki: Any) -> None:
    spell, reads = SPELLINGS[spelling]
    leaf = pki.server(pki.root())
    assert [one.der for one in parse_cert(spell(leaf.pem))] == ([leaf.der] if reads else [])
    key = parse_key(spell(leaf.key))
    assert (key is not None) == reads


def test_a_broken_block_spoils_a_chain_and_no_key(pki: Any) -> None:
    root = pki.root()
    leaf = pki.server(root)
    damaged = root.pem.replace(b"M", b"!", 1)
    assert not parse_cert(leaf.pem + damaged)
    assert parse_cert(leaf.pem + leaf.key + b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n")
    assert parse_key(leaf.key.replace(b"M", b"!", 1) + leaf.key) is not None
    trusted = leaf.pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")
    assert len(parse_cert(trusted + root.pem)) == 2
    assert len(parse_cert(root.pem + trusted)) == 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----", b"-----BEGIN PRIVATE KEY-----",
                                 b"-----END PRIVATE KEY-----", b"MIIB", b"", b":", b"A: b", b"-", b"\xef\xbb\xbf", b"=" * 70, b"A" * 300]), max_size=9))  # fmt: skip
def test_nothing_is_read_out_of_rubble(lines: list[bytes]) -> None:
    text = b"\n".join(lines)
    assert parse_cert(text) == ()
    assert parse_key(text) is None


def bundles(pki: Any) -> dict[str, tuple[bytes, str]]:
    """Bundles, and the field of ``Bundle`` that must speak."""
    root = pki.root()
    middle = pki.intermediate(root)
    alone = pki.issue("alone", pki.ec_key(40), eku=("client",), usage=("digital_signature",))
    return {
        "a root": (root.pem, ""),
        "root and intermediate": (middle.pem + root.pem, ""),
        "text and a key beside it": (b"subject=x\n" + root.key + root.pem, ""),
        "no basicConstraints, keyCertSign": (pki.issue("r", pki.ec_key(41), ca=None, usage=pki.CA_USAGE).pem, ""),
        "an intermediate": (middle.pem, "closed"),
        "a leaf": (pki.server(root).pem, "closed"),
        "a root for servers only": (pki.issue("r", pki.ec_key(42), ca=True, eku=("server",)).pem, "closed"),
        "a self-signed leaf for servers only": (pki.issue("r", pki.ec_key(42), ca=False, eku=("server",)).pem, "closed"),
        "a self-signed leaf": (alone.pem, "narrow"),
        "no basicConstraints, no keyUsage": (pki.issue("r", pki.ec_key(43), ca=None).pem, "narrow"),
        "a CA that may not sign": (pki.issue("r", pki.ec_key(44), ca=True, usage=("digital_signature",)).pem, "narrow"),
        "a cut second block": (root.pem + middle.pem[:-60], "refused"),
        "no certificate": (b"see the wiki\n", "refused"),
        "a key alone": (root.key, "refused"),
        "DER": (root.der, "refused"),
        "an empty line inside": (root.pem.replace(b"\n", b"\n\n"), "refused"),
    }


BUNDLES = (
    "a root", "root and intermediate", "text and a key beside it", "no basicConstraints, keyCertSign", "an intermediate", "a leaf",
    "a root for servers only", "a self-signed leaf for servers only", "a self-signed leaf", "no basicConstraints, no keyUsage",
    "a CA that may not sign", "a cut second block", "no certificate", "a key alone", "DER", "an empty line inside",
)  # fmt: skip


@pytest.mark.parametrize("title", BUNDLES)
def test_bundles(title: str, pki: Any) -> None:
    made = bundles(pki)
    assert tuple(made) == BUNDLES
    data, field = made[title]
    bundle = judge(data, "ca.crt")
    assert {name for name in ("refused", "closed", "narrow") if getattr(bundle, name)} == ({field} if field else set())
    assert bool(bundle.roots) == (field in ("", "narrow"))


GATEWAY = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {name: api, namespace: shop}
spec:
  ingressClassName: apisix
  hosts: [api.example.com]
  secret: {name: pair, namespace: shop}
"""


def secret(name: str, **values: bytes) -> str:
    text = "".join(f"  {key.replace('_', '.')}: {json.dumps(value.decode())}\n" for key, value in values.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: shop}}\nstringData:\n{text}"


def test_a_key_of_another_kind(pki: Any, repository: Any, tool: Any) -> None:
    leaf = pki.server(pki.root(), dns=["api.example.com"])
    for private, alert in (
        (pki.rsa_key(2048, 0), "sslv3 alert handshake failure"),
        (pki.ec_key(99), "tlsv1 alert internal error"),
    ):
        repository({"tls.yaml": GATEWAY, "pair.yaml": secret("pair", tls_crt=leaf.pem, tls_key=pki.key_pem(private))})
        told = tool("status", "--host", "api.example.com", "--format", "json").json["host"]
        assert told["client_sees"] == "internal error"
        assert (alert in "".join(why["message"] for why in told["why"])) == alert.startswith("sslv3")
        assert f"the client sees `{alert}`" in tool("status", "--host", "api.example.com").out
        [finding] = tool("check", "--format", "json", "--select", "GT304").json["findings"]
        assert alert in finding["message"]


def test_a_bundle_that_is_refused_takes_the_host_away(pki: Any, repository: Any, tool: Any) -> None:
    root = pki.root()
    leaf = pki.server(root, dns=["api.example.com"])
    mutual = GATEWAY + "  client: {caSecret: {name: ca, namespace: shop}, depth: 1}\n"
    files = {"tls.yaml": mutual, "pair.yaml": secret("pair", tls_crt=leaf.pem, tls_key=leaf.key)}
    expected = {
        "a root": ("certificate required", None),
        "an intermediate": ("unknown ca", "error"),
        "a self-signed leaf": ("certificate required", "warning"),
        "a cut second block": ("internal error", "error"),
    }
    for title, (sees, severity) in expected.items():
        repository({**files, "ca.yaml": secret("ca", ca_crt=bundles(pki)[title][0])})
        told = tool("status", "--host", "api.example.com", "--format", "json").json["host"]
        assert (title, told["client_sees"]) == (title, sees)
        found = tool("check", "--format", "json", "--select", "GT508,GT509", "--fail-on", "never").json["findings"]
        assert [one["severity"] for one in found] == ([severity] if severity else [])


def test_a_root_outside_of_its_dates(pki: Any, repository: Any, tool: Any) -> None:
    root = pki.root()
    leaf = pki.server(root, dns=["api.example.com"], not_after=pki.NOW.replace(year=2050))
    mutual = GATEWAY + "  client: {caSecret: {name: ca, namespace: shop}, depth: 1}\n"
    repository(
        {
            "tls.yaml": mutual,
            "pair.yaml": secret("pair", tls_crt=leaf.pem, tls_key=leaf.key),
            "ca.yaml": secret("ca", ca_crt=root.pem),
        }
    )
    for day, sees in (("2030-01-01", "certificate required"), ("2045-01-01", "unknown ca")):
        told = tool("status", "--host", "api.example.com", "--format", "json", "--at", day).json["host"]
        assert told["client_sees"] == sees


def body(cert: bytes, key: bytes, ca: bytes | None = None) -> str:
    made: dict[str, Any] = {"snis": ["api.example.com"], "cert": cert.decode(), "key": key.decode()}
    return json.dumps(made | ({"client": {"ca": ca.decode(), "depth": 1}} if ca is not None else {}))


def test_bodies_are_read_as_secrets_are(pki: Any, repository: Any, tool: Any) -> None:
    root = pki.root()
    leaf = pki.server(root, dns=["api.example.com"])
    cases = {
        "a good pair": (body(leaf.pem, leaf.key, root.pem), ""),
        "a damaged chain": (body(leaf.pem + root.pem[:-60], leaf.key), "failed to parse cert"),
        "an empty line in the key": (body(leaf.pem, leaf.key.replace(b"\n", b"\n\n")), "failed to parse key"),
        "a wrong label": (body(leaf.pem, leaf.key.replace(b"PRIVATE", b"RSA PRIVATE")), "failed to parse key"),
        "a good key behind a damaged one": (body(leaf.pem, b"---\n" + leaf.key.replace(b"M", b"!", 1) + leaf.key), ""),
        "another kind": (body(leaf.pem, pki.key_pem(pki.rsa_key(2048, 0))), "sslv3 alert handshake failure"),
        "another key": (body(leaf.pem, pki.key_pem(pki.ec_key(77))), "tlsv1 alert internal error"),
        "a damaged CA": (body(leaf.pem, leaf.key, root.pem + root.pem[:-60]), "failed to validate client_cert"),
        "a self-signed leaf as CA": (body(leaf.pem, leaf.key, bundles(pki)["a self-signed leaf"][0]), "this very certificate"),
        "an intermediate as CA": (body(leaf.pem, leaf.key, pki.intermediate(root).pem), "unknown ca"),
    }
    for title, (text, words) in cases.items():
        repository({"ssl.json": text})
        found = tool("check", "--format", "json", "--select", "GT521", "--fail-on", "never").json["findings"]
        assert (title, len(found)) == (title, 1 if words else 0), found
        assert all(words in one["message"] for one in found)
