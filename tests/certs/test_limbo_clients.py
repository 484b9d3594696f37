"""The chains of the x509-limbo suite's descriptions: the verdicts of curl 7.88.1 (OpenSSL 3.0.19) and grpcio 1.85.1 themselves.

Asked in handshakes with a server that sends what it is given, on 2026-11-23, for the cases that were there then.
"""

from __future__ import annotations

import pytest
from certs_limbo_cases import cases

from gitops_tls.certs.policy import verify_server

ACCEPTED = frozenset(
    (
        "rfc5280::ee-empty-issuer",
        "rfc5280::root-missing-basic-constraints",
        "rfc5280::root-non-critical-basic-constraints",
        "rfc5280::leaf-ku-keycertsign",
        "rfc5280::ee-aia",
        "rfc5280::no-keyusage",
        "rfc5280::no-basicconstraints",
        "rfc5280::serial::too-long",
        "an RSA root",
        "an Ed25519 root",
        "rfc5280::aki::self-signed-root-missing-aki",
        "rfc5280::aki::intermediate-missing-aki",
        "rfc5280::aki::leaf-missing-aki",
        "rfc5280::ski::root-missing-ski",
        "rfc5280::ski::intermediate-missing-ski",
        "rfc5280::aki::cross-signed-root-missing-aki",
        "two roots of one name",
        "the last second",
        "the first second",
        "rfc5280::nc::permitted-dns-match",
        "rfc5280::nc::permitted-dns-match-noncritical",
        "rfc5280::nc::permitted-dns-match-more",
        "rfc5280::nc::permitted-dn-match",
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
        "webpki::san::leftmost-wildcard-san",
        "webpki::san::no-san",
        "webpki::san::san-critical-with-nonempty-subject",
        "rfc5280::san::noncritical-with-empty-subject",
        "rfc5280::san::critical-with-empty-subject",
        "webpki::san::underscore-dns",
        "webpki::san::a dot at the end of the name",
        "webpki::san::a dot at the end of the certificate's",
        "webpki::eku::ee-anyeku",
        "webpki::eku::ee-critical-eku",
        "webpki::eku::ee-without-eku",
        "webpki::eku::root-has-eku",
        "the leaf itself is trusted",
        "webpki::cn::case-mismatch",
        "webpki::cn::not-in-san",
        "pathlen::ee-with-intermediate-pathlen-0",
        "pathlen::ee-with-intermediate-pathlen-1",
        "pathlen::ee-with-intermediate-pathlen-2",
        "pathlen::validation-ignores-pathlen-in-leaf",
        "pathlen::intermediate-pathlen-may-increase",
        "pathlen::root-pathlen-0",
        "pathlen::self-issued-certs-pathlen",
        "pathlen::max-chain-depth-exhausted",
        "pathological::the other order",
        "pathological::trust in the middle",
        "pathological::unrelated certificates in between",
        "pathological::nc-dos",
    )
)
ONLY_BY_CURL = frozenset(
    (
        "rfc5280::pc::ica-noncritical-pc",
        "rfc5280::nc::permitted-ipv4-match",
        "rfc5280::nc::permitted-ipv6-match",
        "rfc5280::nc::wildcard over an excluded name",
        "webpki::forbidden-p521-leaf",
        "webpki::ku::leaf-without-digital-signature",
        "pathological::multiple-chains-expired-intermediate",
    )
)
ONLY_BY_GRPC = frozenset(
    (
        "rfc5280::ca-empty-subject",
        "rfc5280::unknown-critical-extension-root",
        "webpki::san::public-suffix-wildcard-san",
        "webpki::san::an address as a name",
        "webpki::san::a NUL inside",
        "webpki::eku::root-has-another-eku",
        "webpki::forbidden-weak-rsa-key-in-root",
        "webpki::forbidden-weak-rsa-in-leaf",
        "pathlen::root-pathlen-0-with-intermediate",
        "pathlen::root-pathlen-1-with-two",
    )
)
REFUSED = frozenset(
    (
        "rfc5280::unknown-critical-extension-ee",
        "rfc5280::unknown-critical-extension-intermediate",
        "rfc5280::chain-untrusted-root",
        "rfc5280::intermediate-ca-without-ca-bit",
        "rfc5280::intermediate-ca-missing-basic-constraints",
        "rfc5280::root-inconsistent-ca-extensions",
        "rfc5280::ica-ku-keycertsign",
        "rfc5280::ee-critical-aia-invalid",
        "rfc5280::eku::ee-eku-empty",
        "wrong signature, right names",
        "wrong kind of signature",
        "rfc5280::aki::critical-aki",
        "aki of another key",
        "rfc5280::ski::critical-ski",
        "two roots of one name, the wrong one trusted",
        "rfc5280::validity::expired-root",
        "rfc5280::validity::expired-intermediate",
        "rfc5280::validity::expired-leaf",
        "rfc5280::validity::notyet-root",
        "rfc5280::validity::notyet-leaf",
        "a second late",
        "rfc5280::nc::permitted-dns-mismatch",
        "rfc5280::nc::excluded-dns-match",
        "rfc5280::nc::excluded-dns-match-second",
        "rfc5280::nc::excluded-dns-match-subtree",
        "rfc5280::nc::permitted-ip-mismatch",
        "rfc5280::nc::excluded-ipv4-match",
        "rfc5280::nc::excluded-ipv6-match",
        "rfc5280::nc::excluded-dn-match",
        "rfc5280::nc::leading-dot, the name itself",
        "rfc5280::nc::wildcard above what is permitted",
        "rfc5280::nc::an empty dns excludes all",
        "rfc5280::nc::permitted and excluded",
        "rfc5280::nc::mail of another host",
        "rfc5280::nc::address of another host",
        "rfc5280::nc::two levels that agree on nothing",
        "rfc5280::nc::permitted-self-issued",
        "webpki::san::mismatch-domain-san",
        "webpki::san::mismatch-subdomain-san",
        "webpki::san::mismatch-subdomain-apex-san",
        "webpki::san::mismatch-apex-subdomain-san",
        "webpki::san::wildcard-embedded-leftmost-san",
        "webpki::san::wildcard-not-in-leftmost-san",
        "webpki::san::wildcard-match-across-labels-san",
        "webpki::san::wildcard-embedded-ulabel-san",
        "webpki::san::unicode-emoji-san",
        "webpki::san::a name where an address is",
        "webpki::san::a mapped address",
        "webpki::san::a space at the end",
        "webpki::san::a star alone",
        "webpki::san::an empty name",
        "webpki::san::other kinds alone",
        "webpki::eku::ee-eku-client",
        "webpki::eku::intermediate-has-another-eku",
        "webpki::eku::intermediate-has-any",
        "webpki::ee-basicconstraints-ca",
        "webpki::ca-as-leaf",
        "webpki::ca-as-leaf without names",
        "the leaf itself is trusted and late",
        "webpki::forbidden-p224-leaf",
        "pathlen::intermediate-violates-pathlen-0",
        "pathlen::intermediate-pathlen-too-long",
        "pathological::only the late one",
        "pathological::intermediate-cycle-distinct-cas",
        "pathological::a cycle with a way out",
    )
)

CASES = dict(cases())
MEASURED = ACCEPTED | ONLY_BY_CURL | ONLY_BY_GRPC | REFUSED


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(MEASURED))
def test_case(name: str) -> None:
    case = CASES[name]
    roots = b"".join(each.pem for each in case.roots)
    curl, grpc = (verify_server(who, [each.der for each in case.chain], roots, case.name, case.at) for who in ("openssl", "grpc"))
    assert curl.ok == (name in ACCEPTED | ONLY_BY_CURL), curl.reason
    assert grpc.ok == (name in ACCEPTED | ONLY_BY_GRPC), grpc.reason
