"""The rest of the x509-limbo suite's ground: name constraints of every kind, odd certificates, usages and policies.

The answers are those of Go 1.25.5. Go 1.21 takes more: it knows no policies, and lets pass what ``EARLIER`` names; Go 1.27
differs in what ``LATER`` names.
"""

from __future__ import annotations

import certs_limbo_more
import certs_limbo_names
import certs_limbo_odd
import certs_limbo_parsing
import certs_limbo_policies
import pytest
from certs_limbo_more import Question

from gitops_tls.certs import boringssl, go, openssl

EARLIER = (
    "rfc5280::nc::nc-permits-invalid-dns-san",
    "webpki::san::san-wildcard-only-tld",
    "rfc5280::serial: negative",
    "beside: critical-aki",
    "beside: critical-ski",
    "beside: critical-aia",
    "beside: malformed mappings",
    "beside: malformed limits",
    "beside: malformed inhibition",
    "policies: twice",
)
LATER = (
    "rfc5280::nc::nothing to compare with: https://10.0.0.1/",
    "rfc5280::nc::nothing to compare with: https://[::1]:80/",
    "rfc5280::nc::nothing to compare with: urn:a:b",
    "a VisibleString",
)
_MODULES = (certs_limbo_more, certs_limbo_parsing, certs_limbo_policies, certs_limbo_odd, certs_limbo_names)
QUESTIONS = [each for module in _MODULES for each in module.questions()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("question", QUESTIONS, ids=[each.name for each in QUESTIONS])
def test_go_says_what_go_said(question: Question) -> None:
    chain, roots = [each.der for each in question.chain], b"".join(each.pem for each in question.roots)
    verdict = go.verify(chain, roots, question.usage, question.asked, question.at)
    assert verdict.ok == (not question.says), verdict.reason
    assert question.says in verdict.reason


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("question", QUESTIONS, ids=[each.name for each in QUESTIONS])
def test_the_other_two_come_to_a_verdict(question: Question) -> None:
    chain, roots = [each.der for each in question.chain], b"".join(each.pem for each in question.roots)
    name = question.asked or "example.com"
    for verdict in (openssl.verify(chain, roots, name, question.at), boringssl.verify(chain, roots, name, question.at)):
        assert bool(verdict.reason) != verdict.ok


def test_no_name_is_given_twice_and_those_above_exist() -> None:
    names = [each.name for each in QUESTIONS]
    assert len(set(names)) == len(names)
    assert set(names) >= {*EARLIER, *LATER}
