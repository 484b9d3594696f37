"""The chains of the x509-limbo suite's descriptions: the verdicts are those of Go's crypto/x509 itself.

Asked of Go 1.25.5 (the series that Milvus 2.6 is built with), outside of this repository. Go 1.27.3 differs in two cases,
told below; Go 1.21 in five more, all of certificates that later versions refuse to parse or to match.
"""

from __future__ import annotations

import pytest
from certs_limbo_cases import Case, cases

from gitops_tls.certs import boringssl, go, openssl
from gitops_tls.certs.chain import SERVER

ACCEPTED_BY_GO = frozenset(
    (
        "rfc5280::ee-empty-issuer",
        "rfc5280::ca-empty-subject",
        "rfc5280::root-non-critical-basic-constraints",
        "rfc5280::leaf-ku-keycertsign",
        "rfc5280::ee-aia",
        "rfc5280::no-keyusage",
        "rfc5280::no-basicconstraints",
        "rfc5280::eku::ee-eku-empty",
        "rfc5280::serial::too-long",
        "an RSA root",
        "an Ed25519 root",
        "rfc5280::aki::self-signed-root-missing-aki",
        "rfc5280::aki::intermediate-missing-aki",
        "rfc5280::aki::leaf-missing-aki",
        "aki of another key",
        "rfc5280::ski::root-missing-ski",
        "rfc5280::ski::intermediate-missing-ski",
        "rfc5280::aki::cross-signed-root-missing-aki",
        "two roots of one name",
        "the last second",
        "the first second",
        "rfc5280::nc::permitted-dns-match",
        "rfc5280::nc::permitted-dns-match-noncritical",
        "rfc5280::nc::permitted-dns-match-more",
        "rfc5280::nc::permitted-ipv4-match",
        "rfc5280::nc::permitted-ipv6-match",
        "rfc5280::nc::permitted-dn-noncritical",
        "rfc5280::nc::permitted-different-constraint-type",
        "rfc5280::nc::excluded-different-constraint-type",
        "rfc5280::nc::not-allowed-in-ee-noncritical",
        "rfc5280::nc::leading-dot, below",
        "rfc5280::nc::wildcard under a leading dot",
        "rfc5280::nc::wildcard beside an excluded name",
        "rfc5280::nc::permitted-dns, upper case",
        "rfc5280::nc::an empty dns permits all",
        "rfc5280::nc::two permitted",
        "rfc5280::nc::no alternative names",
        "rfc5280::nc::mail of the host",
        "rfc5280::nc::address of the host",
        "webpki::san::exact-dns-san",
        "webpki::san::exact-localhost-ip-san",
        "webpki::san::public-suffix-wildcard-san",
        "webpki::san::leftmost-wildcard-san",
        "webpki::san::san-critical-with-nonempty-subject",
        "rfc5280::san::noncritical-with-empty-subject",
        "rfc5280::san::critical-with-empty-subject",
        "webpki::san::underscore-dns",
        "webpki::san::a mapped address",
        "webpki::san::a dot at the end of the name",
        "webpki::eku::ee-anyeku",
        "webpki::eku::ee-critical-eku",
        "webpki::eku::ee-without-eku",
        "webpki::eku::root-has-eku",
        "webpki::eku::intermediate-has-any",
        "webpki::ee-basicconstraints-ca",
        "webpki::ca-as-leaf",
        "the leaf itself is trusted",
        "webpki::forbidden-p521-leaf",
        "webpki::forbidden-weak-rsa-key-in-root",
        "webpki::forbidden-weak-rsa-in-leaf",
        "webpki::cn::case-mismatch",
        "webpki::cn::not-in-san",
        "webpki::ku::leaf-without-digital-signature",
        "pathlen::ee-with-intermediate-pathlen-0",
        "pathlen::ee-with-intermediate-pathlen-1",
        "pathlen::ee-with-intermediate-pathlen-2",
        "pathlen::validation-ignores-pathlen-in-leaf",
        "pathlen::intermediate-pathlen-may-increase",
        "pathlen::root-pathlen-0",
        "pathlen::max-chain-depth-exhausted",
        "pathological::multiple-chains-expired-intermediate",
        "pathological::the other order",
        "pathological::a cycle with a way out",
        "pathological::trust in the middle",
        "pathological::unrelated certificates in between",
    )
)
"""All others are refused."""

NEWER_GO = {
    "webpki::san::a mapped address": "since 1.26 an IPv4 address written as IPv6 is refused",
    "pathological::nc-dos": "since 1.26 comparisons with constraints are not limited",
}
CASES = dict(cases())

REASONS = {
    "rfc5280::chain-untrusted-root": "x509: certificate signed by unknown authority",
    "rfc5280::unknown-critical-extension-root": "x509: unhandled critical extension",
    "rfc5280::nc::permitted-dn-match": "x509: unhandled critical extension",
    "rfc5280::nc::mail of another host": 'email address "me@example.org" is not permitted by any constraint',
    "rfc5280::nc::address of another host": 'URI "https://example.com/x" is not permitted by any constraint',
    "rfc5280::nc::wildcard over an excluded name": 'DNS name "*.example.com" is excluded by constraint "no.example.com"',
    "webpki::eku::root-has-another-eku": "x509: certificate specifies an incompatible key usage",
    "webpki::san::no-san": "x509: certificate relies on legacy Common Name field, use SANs instead",
    "pathlen::intermediate-violates-pathlen-0": "x509: too many intermediates for path length constraint",
}


def _roots(case: Case) -> bytes:
    return b"".join(each.pem for each in case.roots)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(CASES))
def test_go_says_what_go_said(name: str) -> None:
    case = CASES[name]
    verdict = go.verify([each.der for each in case.chain], _roots(case), SERVER, case.name, case.at)
    assert verdict.ok == (name in ACCEPTED_BY_GO), verdict.reason
    assert bool(verdict.reason) != verdict.ok
    assert REASONS.get(name, "") in verdict.reason


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(CASES))
def test_the_other_two_come_to_a_verdict(name: str) -> None:
    case = CASES[name]
    chain = [each.der for each in case.chain]
    for verdict in (
        openssl.verify(chain, _roots(case), case.name, case.at),
        boringssl.verify(chain, _roots(case), case.name, case.at),
    ):
        assert bool(verdict.reason) != verdict.ok


def test_the_names_are_those_of_cases() -> None:
    assert set(CASES) >= ACCEPTED_BY_GO | set(NEWER_GO) | set(REASONS)
    assert len(CASES) == sum(1 for _ in cases())
