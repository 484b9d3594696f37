"""Client chains as a real Milvus 2.3.5 (Go 1.20, tlsMode 2) judged them, 2026-11-23, with the texts of its log.

One server with all the CAs in caPemPath; the clients came over OpenSSL.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from certs_pki import CA_USAGE, NOW, Issued, client, ec_key, ed25519_key, intermediate, issue, name, root, rsa_key
from cryptography import x509

from gitops_tls.certs.policy import verify_client

CANNOT_SIGN = (
    'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot '
    'sign this kind of certificate" while trying to verify candidate authority certificate "'
)
REFUSED = {
    "server": "x509: certificate specifies an incompatible key usage",
    "code": "x509: certificate specifies an incompatible key usage",
    "im missing": "x509: certificate signed by unknown authority",
    "im false": CANNOT_SIGN,
    "root false": CANNOT_SIGN,
    "root+im false": CANNOT_SIGN,
    "dns im false": CANNOT_SIGN,
    "im nobc": CANNOT_SIGN,
    "root nobc": CANNOT_SIGN,
    "root+im nobc": CANNOT_SIGN,
    "dns im nobc": CANNOT_SIGN,
    "im nobc KU": CANNOT_SIGN,
    "root nobc KU": CANNOT_SIGN,
    "root+im nobc KU": CANNOT_SIGN,
    "dns im nobc KU": CANNOT_SIGN,
    "im no certsign": CANNOT_SIGN,
    "root no certsign": CANNOT_SIGN,
    "root+im no certsign": CANNOT_SIGN,
    "dns im no certsign": CANNOT_SIGN,
    "im eku server": "x509: certificate specifies an incompatible key usage",
    "root eku server": "x509: certificate specifies an incompatible key usage",
    "root+im eku server": "x509: certificate specifies an incompatible key usage",
    "dns im eku server": "x509: certificate specifies an incompatible key usage",
    "im expired": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is after",
    "root expired": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is after",
    "root+im expired": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is after",
    "dns im expired": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is after",
    "im crit": "x509: unhandled critical extension",
    "root crit": "x509: unhandled critical extension",
    "root+im crit": "x509: unhandled critical extension",
    "dns im crit": "x509: unhandled critical extension",
    "root+im pl0": "x509: too many intermediates for path length constraint",
    "dns im nc dns": 'x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "localhost" is not permitted by any constraint',
    "dns im nc excl": 'x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "localhost" is excluded by constraint "localhost"',
    "pl0 two": "x509: too many intermediates for path length constraint",
    "selfissued pl0": "x509: too many intermediates for path length constraint",
    "leaf in pool server eku": "x509: certificate specifies an incompatible key usage",
    "self signed": CANNOT_SIGN,
    "self signed in pool expired": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is after",
    "expired": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is after",
    "future": "x509: certificate has expired or is not yet valid: current time 2026-11-22T01:00:00Z is before",
    "crit": "x509: unhandled critical extension",
    "P-224": "tls: unsupported certificate curve (P-224)",
    "case subject": "x509: certificate signed by unknown authority",
    "unknown ca": "x509: certificate signed by unknown authority",
}


def _cases() -> tuple[list[tuple[str, list[Issued]]], bytes]:
    cases: list[tuple[str, list[Issued]]] = []
    trusted: list[Issued] = []
    past = {"not_before": NOW - timedelta(days=30), "not_after": NOW - timedelta(days=5)}

    def ca(cn: str = "", **options: Any) -> Issued:
        number = len(trusted) + 1
        trusted.append(root(cn or f"CA {number}", seed=1000 + number, **options))
        return trusted[-1]

    def add(label: str, chain: list[Issued]) -> None:
        cases.append((label, chain))

    def dns(*names: str) -> list[x509.GeneralName]:
        return [x509.DNSName(each) for each in names]

    add("good", [client(ca())])
    add("both", [client(ca(), eku=["server", "client"])])
    add("server", [client(ca(), eku=["server"])])
    add("any", [client(ca(), eku=["any"])])
    add("none", [client(ca(), eku=None)])
    add("code", [client(ca(), eku=["code"])])
    add("ku certsign only", [client(ca(), usage=["key_cert_sign"])])
    add("ku none", [client(ca(), usage=None)])
    add("ku enc only", [client(ca(), usage=["key_encipherment"])])
    add("im", [client(i := intermediate(ca())), i])
    add("im missing", [client(intermediate(ca()))])
    bent: dict[str, dict[str, Any]] = {
        "false": {"ca": False, "usage": None},
        "nobc": {"ca": None, "usage": None},
        "nobc KU": {"ca": None},
        "no certsign": {"usage": ["crl_sign"]},
        "eku server": {"eku": ["server"]},
        "eku client": {"eku": ["client"]},
        "eku any": {"eku": ["any"]},
        "expired": past,
        "crit": {"unknown_critical": True},
        "pl0": {"path_length": 0},
        "nc dns": {"permitted": dns("example.com")},
        "nc excl": {"excluded": dns("localhost")},
    }
    for k, o in bent.items():
        add("im " + k, [client(i := intermediate(ca(), **o)), i])
        add("root " + k, [client(ca(**o))])
        add("root+im " + k, [client(i := intermediate(ca(**o))), i])
        add("dns im " + k, [client(i := intermediate(ca(), **o), dns=["localhost"]), i])
    add("pl0 two", [client(j := issue("I2", ec_key(9), i := intermediate(ca(), path_length=0), ca=True, usage=CA_USAGE)), j, i])
    add(
        "selfissued pl0",
        [client(j := issue("Intermediate", ec_key(9), i := intermediate(ca(), path_length=0), ca=True, usage=CA_USAGE)), j, i],
    )
    leaf = client(ca())
    trusted.append(leaf)
    add("leaf in pool", [leaf])
    leaf = client(ca(), eku=["server"], seed=44)
    trusted.append(leaf)
    add("leaf in pool server eku", [leaf])
    leaf = client(None, seed=45, common_name="self")
    trusted.append(leaf)
    add("self signed in pool", [leaf])
    add("self signed", [client(None, seed=46)])
    leaf = client(None, seed=47, common_name="self2", **past)
    trusted.append(leaf)
    add("self signed in pool expired", [leaf])
    i = intermediate(root(seed=5), "only im")
    trusted.append(i)
    add("im in pool", [client(i)])
    add("expired", [client(ca(), **past)])
    add("future", [client(ca(), not_before=NOW + timedelta(days=9))])
    add("crit", [client(ca(), unknown_critical=True)])
    for k in ("P-224", "P-384", "P-521"):
        add(k, [client(ca(), private=ec_key(4, k))])
    add("ed", [client(ca(), private=ed25519_key(4))])
    add("rsa1024", [client(ca(), private=rsa_key(1024))])
    add("rsa2048", [client(ca(), private=rsa_key())])
    add("rsa root", [client(ca(private=rsa_key()))])
    add("ed root", [client(ca(private=ed25519_key(77)))])
    add("p224 root", [client(ca(private=ec_key(4, "P-224")))])
    r1 = root("Twin", seed=71)
    r2 = root("Twin", seed=72)
    trusted += [r1, r2]
    add("twin1 noaki", [client(r1, aki=False)])
    add("twin2 noaki", [client(r2, aki=False)])
    add("twin1 wrongaki", [issue("client", ec_key(4), r1, eku=["client"], aki=False)])
    ra = root("Renewed", seed=73, **past)
    rb = root("Renewed", seed=73)
    trusted += [ra, rb]
    add("renewed", [client(ra)])
    r = ca(cn="Same")
    add("same subject noaki", [client(r, "Same", aki=False, ski=False)])
    add("case subject", [client(r := ca(cn="Case"), issuer_name=name("CASE"))])
    add("with root", [client(i := intermediate(r := ca())), i, r])
    add("unordered", [client(j := issue("I2", ec_key(9), i := intermediate(ca()), ca=True, usage=CA_USAGE)), i, j])
    add("extra", [client(ca()), root("Zz", seed=99)])
    add("sha384", [client(ca(), hash_name="SHA384")])
    add("ca true", [client(ca(), ca=True)])
    add("nobc", [client(ca(), ca=None)])
    add("unknown ca", [client(root("Nope", seed=98))])
    return cases, b"".join(each.pem for each in trusted)


CASES, BUNDLE = _cases()


@pytest.mark.parametrize(("label", "chain"), CASES, ids=[label for label, _ in CASES])
def test_client(label: str, chain: list[Issued]) -> None:
    verdict = verify_client([each.der for each in chain], BUNDLE, NOW)
    assert verdict.ok is (label not in REFUSED)
    assert verdict.reason.startswith(REFUSED.get(label, ""))
    assert bool(verdict.reason) is (label in REFUSED)
