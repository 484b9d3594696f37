"""Some 300 chains of certificates written by hand, as grpcio 1.85.1 and curl 7.88.1 (OpenSSL 3.0.19) judged them, 2026-11-23.

A mark each for grpcio and curl: ``+`` accepts, ``-`` refuses. ``tests/real/test_tls_clients.py`` asks them again, where they are.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from certs_der_chains import ALL_CHANGES, ROLES, bent
from certs_pki import NOW

from gitops_tls.certs.policy import verify_server

# of the leaf, the intermediate and the root
ONE_CERTIFICATE = {
    "no key usage": "++ ++ ++",
    "empty key usage": "-- -- --",
    "key usage NULL": "-- -- --",
    "key usage crlSign": "-- -- --",
    "key usage keyCertSign": "-- ++ ++",
    "key usage keyAgreement": "-+ -- --",
    "key usage keyEncipherment": "-+ -- --",
    "key usage with bytes behind": "-+ -+ -+",
    "key usage twice": "-- -- --",
    "no extended usage": "++ ++ ++",
    "extended usage empty": "-- -- +-",
    "extended usage client": "-- -- +-",
    "extended usage any": "-- -- +-",
    "extended usage gated": "-+ -+ ++",
    "extended usage with bytes behind": "-+ -+ -+",
    "extended usage broken": "-- -- --",
    "no basic constraints": "++ -- ++",
    "no CA": "++ -- +-",
    "a CA": "++ ++ ++",
    "CA written as 1": "++ ++ ++",
    "no CA written out": "++ -- +-",
    "path length 0": "++ ++ +-",
    "path length -1": "-- -- --",
    "path length of no CA": "-+ -- --",
    "path length huge": "++ ++ ++",
    "basic constraints NULL": "-- -- --",
    "no key ids": "++ ++ ++",
    "another subject key id": "++ -- --",
    "another authority key id": "-- -- ++",
    "empty authority key id": "-- -- ++",
    "authority by serial number": "++ ++ ++",
    "authority by a wrong serial number": "-- -- ++",
    "authority by a wrong name": "-- -- ++",
    "authority key id NULL": "-- -- --",
    "authority key id critical": "-- -- +-",
    "unknown": "++ ++ ++",
    "unknown critical": "-- -- +-",
    "CRL points critical": "-+ -+ ++",
    "Netscape server critical": "-+ -+ ++",
    "Netscape client": "+- ++ ++",
    "Netscape NULL": "+- +- +-",
    "proxy certificate": "-- -- +-",
    "policies": "++ ++ ++",
    "policies empty": "-+ -+ ++",
    "policies twice the same": "-+ -+ ++",
    "policies NULL": "-+ -+ ++",
    "explicit policy": "-+ -+ ++",
    "explicit policy later": "++ -+ ++",
    "mapping of any policy": "++ -+ ++",
    "inhibit any policy": "++ ++ ++",
    "mapping from nothing": "++ -+ ++",
    "names NULL": "-- -- --",
    "dates over": "-- -- --",
    "dates to come": "-- -- --",
    "date without seconds": "-- -- --",
    "date with a zone": "-- -- --",
    "date in the year 0": "++ ++ ++",
    "date in the year 9999": "++ ++ ++",
    "version 1": "-- -- ++",
    "version 1 with extensions": "-+ -+ -+",
    "version 4": "-+ -+ -+",
    "serial number 0": "++ ++ ++",
    "serial number below 0": "++ ++ ++",
    "serial number padded": "-- -- --",
    "serial number empty": "-- -- --",
    "SHA-1": "+- +- ++",
    "SHA-224": "++ ++ ++",
    "another algorithm outside": "-- -- ++",
    "damaged signature": "-- -- ++",
    "a byte behind": "-- -- -+",
    "key P-384": "++ ++ ++",
    "key P-521": "-+ ++ ++",
    "key P-224": "-- ++ ++",
    "key Ed25519": "-+ ++ ++",
    "key RSA 2048": "++ ++ ++",
    "key RSA 1024": "+- +- +-",
    "key RSA 1963": "++ ++ ++",
    "key RSA 1962": "+- +- +-",
    "issued by itself": "-- -- ++",
}
WHOLE_CHAIN = {
    "only another kind of other names": "++",
    "not another kind of other names": "++",
    "only other names": "++",
    "not other names": "++",
    "names: one of another kind": "++",
    "issuer's name, case": "++",
    "issuer's name, kind of string": "++",
    "issuer's name, blanks": "++",
    "issuer's name, no-break space": "--",
    "issuer's name, umlauts": "--",
    "issuer's name, Latin-1 umlaut": "++",
    "issuer's name, order": "--",
    "issuer's name, order in a set": "++",
    "issuer's name, broken UTF-8": "--",
    "issuer's name, nothing": "++",
    "only the domain": "++",
    "only a dot and the domain": "++",
    "only the domain and a dot": "+-",
    "only a part of a label": "--",
    "only a dot": "--",
    "only nothing": "++",
    "only an address": "++",
    "only a directory": "++",
    "only another directory": "--",
    "only the empty directory": "++",
    "only a mail address": "++",
    "only a minimum of 0": "-+",
    "only a maximum": "--",
    "only empty lists": "++",
    "not the domain": "--",
    "not a dot and the domain": "--",
    "not the domain and a dot": "-+",
    "not a part of a label": "++",
    "not a dot": "++",
    "not nothing": "--",
    "not an address": "++",
    "not a directory": "--",
    "not another directory": "++",
    "not the empty directory": "--",
    "not a mail address": "++",
    "not a minimum of 0": "-+",
    "not a maximum": "--",
    "not empty lists": "++",
    "trust settings, nothing": "++",
    "trust settings, server": "++",
    "trust settings, client": "+-",
    "trust settings, server refused": "--",
    "trust settings, client refused": "++",
    "trust settings, any": "++",
    "trust settings, any refused": "+-",
    "trust settings, alias": "++",
    "trust settings, broken": "--",
    "no intermediate": "--",
    "the root is sent too": "++",
    "sent in disorder": "++",
    "the leaf is sent twice": "++",
    "trusts the intermediate": "++",
    "trusts the leaf": "--",
    "trusts all three": "++",
    "a namesake is trusted first": "--",
    "a namesake without ids is trusted first": "--",
    "the expired root is trusted too": "-+",
    "the intermediate is called like the root": "++",
    "the leaf is called like its issuer": "++",
    "names: only the common name": "++",
    "names: the first of two common names": "+-",
    "names: the last of two common names": "-+",
    "names: common name in UTF-16": "++",
    "names: common name beside an address": "+-",
    "names: common name beside a mail address": "++",
    "names: none": "--",
    "names: empty subject": "++",
    "names: wildcard": "++",
    "names: wide wildcard": "--",
    "names: wildcard in a label": "--",
    "names: upper case and a dot": "++",
    "names: a NUL": "+-",
    "names: a short address": "-+",
    "names: an unknown kind": "--",
    "names: a mail address in the subject": "++",
}
MARKS = {
    **{(role, what): marks.split()[i] for what, marks in ONE_CERTIFICATE.items() for i, role in enumerate(ROLES)},
    **{("", what): marks for what, marks in WHOLE_CHAIN.items()},
}


def test_every_change_was_measured() -> None:
    assert set(MARKS) == set(ALL_CHANGES)


@pytest.mark.parametrize("change", [None, *MARKS], ids=lambda change: " ".join(change or ("none",)).strip())
def test_change(change: tuple[str, str] | None) -> None:
    question = bent([] if change is None else [change], NOW)
    verdicts = [verify_server(who, question.chain, question.roots, question.host, NOW) for who in ("grpc", "openssl")]
    marks = "".join("+" if verdict.ok else "-" for verdict in verdicts)
    assert marks == ("++" if change is None else MARKS[change]), verdicts
    assert all(bool(verdict.reason) != verdict.ok for verdict in verdicts)


WORDS = {
    ("between", "empty key usage"): ("unable to get local issuer", "unable to get local issuer"),
    ("leaf", "policies twice the same"): ("invalid or inconsistent certificate policy extension", ""),
    ("root", "explicit policy"): ("", ""),
    ("between", "explicit policy"): ("no explicit policy", ""),
    ("leaf", "key RSA 1962"): ("", "EE certificate key too weak"),
    ("root", "dates over"): ("certificate has expired", "certificate has expired"),
    ("leaf", "date without seconds"): ("CANNOT_PARSE_LEAF_CERT", "format error in certificate's notBefore field"),
    ("", "not a directory"): ("excluded subtree violation", "excluded subtree violation"),
    ("", "only a maximum"): ("minimum and maximum not supported", "minimum and maximum not supported"),
    ("", "not an address"): ("", ""),
    ("", "trust settings, server refused"): ("certificate rejected", "certificate rejected"),
    ("", "names: common name beside an address"): ("", "no alternative certificate subject name matches"),
    ("", "names: none"): ("Hostname Verification", "unable to obtain common name"),
    ("", "names: the first of two common names"): ("", "certificate subject name 'x' does not match"),
}


@pytest.mark.parametrize("change", WORDS, ids=" ".join)
def test_words(change: tuple[str, str]) -> None:
    question = bent([change], NOW)
    for who, words in zip(("grpc", "openssl"), WORDS[change], strict=True):
        assert words in verify_server(who, question.chain, question.roots, question.host, NOW).reason


@pytest.mark.parametrize(("limits", "marks"), [("only another kind of other names", "-+"), ("not other names", "--")])
def test_other_names_under_constraints(limits: str, marks: str) -> None:
    question = bent([("", limits), ("", "names: one of another kind")], NOW)
    verdicts = [verify_server(who, question.chain, question.roots, question.host, NOW) for who in ("grpc", "openssl")]
    assert "".join("+" if verdict.ok else "-" for verdict in verdicts) == marks, verdicts


def test_the_dates_are_judged_at_the_moment_asked_for() -> None:
    question = bent([], NOW)
    for who in ("grpc", "openssl"):
        verdict = verify_server(who, question.chain, question.roots, question.host, NOW + timedelta(days=900))
        assert "certificate has expired" in verdict.reason
