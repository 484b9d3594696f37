"""The schemas for APISIX, against what its own schemas, CRDs and loader accept and refuse, version by version."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gitops_tls import schema_files

ADMIN = ["", "-3.15", "-3.9", "-3.7", "-3.4", "-2.15"]
CONFIG = ["", "-3.9", "-3.0", "-2.15"]
TLS = ["", "-1.7", "-1.5", "-1.4", "-1.0"]

PEM = "-" * 128


@functools.cache
def validator(name: str) -> Any:
    return Draft202012Validator(schema_files.load(name))


def accepts(name: str, value: object) -> bool:
    return bool(validator(name).is_valid(value))


def ssl(**more: object) -> dict[str, object]:
    body: dict[str, object] = {"cert": PEM, "key": PEM, "snis": ["a.com"], **more}
    return {key: value for key, value in body.items() if value is not None}


def client(**more: object) -> dict[str, object]:
    return ssl(client={"ca": PEM, **more})


# what the schemas of 2.15.3, 3.0.0, 3.4.0, 3.8.0, 3.13.0, 3.15.0 and 3.18.0 said: y accepts, n refuses
VERSIONS = ["-2.15", "-2.15", "-3.4", "-3.7", "-3.9", "-3.15", ""]
MATRIX = [
    ("ok", ssl(), "yyyyyyy"),
    ("sni and snis both", ssl(sni="a.com"), "nnnnnnn"),
    ("neither", ssl(snis=None), "nnnnnnn"),
    ("neither, type=client", ssl(snis=None, type="client"), "yyyyyyy"),
    ("snis []", ssl(snis=[]), "nnnnnnn"),
    ("snis ['*']", ssl(snis=["*"]), "nnnnnyy"),
    ("sni '*'", ssl(snis=None, sni="*"), "nnnnnyy"),
    ("snis under_score", ssl(snis=["under_score.com"]), "yyyyyyy"),
    ("snis with port", ssl(snis=["a.com:443"]), "yyyyyyy"),
    ("snis with scheme", ssl(snis=["https://a.com"]), "nnnnnnn"),
    ("snis IDN", ssl(snis=["例.com"]), "nnnnnnn"),
    ("cert short", ssl(cert="abc"), "nnnnnnn"),
    ("key Ed25519 (119 chars)", ssl(key="-" * 119), "nnnnnny"),
    ("cert $secret://", ssl(cert="$secret://vault/1/a/b/cert"), "nnyyyyY"),
    ("cert $env://", ssl(cert="$env://A"), "nnyyyyY"),
    ("cert $ENV://", ssl(cert="$ENV://A"), "nnnnyyY"),
    ("client.ca $secret", client(ca="$secret://vault/1/a/b/ca"), "nnnnnnY"),
    ("client {}", ssl(client={}), "nnnnnnn"),
    ("client no ca", ssl(client={"depth": 1}), "nnnnnnn"),
    ("depth -1", client(depth=-1), "nnnnnnn"),
    ("depth 0", client(depth=0), "yyyyyyy"),
    ("depth '10'", client(depth="10"), "nnnnnnn"),
    ("depth 1.5", client(depth=1.5), "nnnnnnn"),
    ("depth 1000", client(depth=1000), "yyyyyyy"),
    ("skip []", client(skip_mtls_uri_regex=[]), "yynnnnn"),
    ("skip dup", client(skip_mtls_uri_regex=["a", "a"]), "yynnnnn"),
    ("skip string", client(skip_mtls_uri_regex="a"), "yynnnnn"),
    ("skip bad regex", client(skip_mtls_uri_regex=["("]), "yyyyyyy"),
    ("skip ok", client(skip_mtls_uri_regex=["^/a$"]), "yyyyyyy"),
    ("skip at top level", ssl(skip_mtls_uri_regex=["a"]), "yyynnnn"),
    ("client unknown key", client(foo=1), "yyyNNNN"),
    ("unknown top key", ssl(foo=1), "yyynnnn"),
    ("validity_end", ssl(validity_end=1), "yyynnnn"),
    ("ssl_protocols TLSv1.2", ssl(ssl_protocols=["TLSv1.2"]), "yyyyyyy"),
    ("ssl_protocols TLSv1", ssl(ssl_protocols=["TLSv1"]), "yyynnnn"),
    ("ssl_protocols string", ssl(ssl_protocols="TLSv1.2"), "yyynnnn"),
    ("ssl_protocols []", ssl(ssl_protocols=[]), "yyyyyyy"),
    ("status 2", ssl(status=2), "nnnnnnn"),
    ("status '1'", ssl(status="1"), "nnnnnnn"),
    ("certs w/o keys", ssl(certs=[PEM]), "yyyyyyy"),
    ("desc", ssl(desc="x"), "yyynyyy"),
    ("long desc", ssl(desc="x" * 257), "yyynnnn"),
    ("label of 100", ssl(labels={"a": "b" * 100}), "nnyyyyy"),
    ("label with a blank", ssl(labels={"a": "b c"}), "nnnnnnn"),
    ("id", ssl(id="a-b_c.1"), "yyyyyyy"),
    ("id 0", ssl(id=0), "nnnnnnn"),
    ("type proxy", ssl(type="proxy"), "nnnnnnn"),
    ("no key", ssl(key=None), "nnnnnnn"),
    ("no key, type=client", ssl(key=None, snis=None, type="client"), "nnnnnnn"),
    ("65537 characters", ssl(cert="-" * 65537), "nnnnnnn"),
    ("certs of references", ssl(certs=["$env://A"], keys=["$env://B"]), "nnnnyyY"),
]  # fmt: skip
"""Y: refused by the bare schema, accepted by APISIX, which resolves references before it since 3.17. N: accepted and
ignored by APISIX, refused here (and explained by GT521)."""


@pytest.mark.parametrize(("value", "answers"), [pytest.param(*row[1:], id=row[0]) for row in MATRIX])
def test_ssl_objects_as_each_version_judges_them(value: object, answers: str) -> None:
    found = "".join("y" if accepts(f"apisix-admin-ssl{suffix}", value) else "n" for suffix in VERSIONS)
    assert found == answers.replace("Y", "y").replace("N", "n")


KEYS = {
    "-2.15": "cert certs client create_time exptime id key keys labels sni snis status type update_time validity_end validity_start",
    "-3.4": "cert certs client create_time exptime id key keys labels sni snis status type update_time validity_end validity_start",
    "-3.7": "cert certs client create_time id key keys labels sni snis ssl_protocols status type update_time",
    "-3.9": "cert certs client create_time desc id key keys labels sni snis ssl_protocols status type update_time",
    "-3.15": "cert certs client create_time desc id key keys labels sni snis ssl_protocols status type update_time",
    "": "cert certs client create_time desc id key keys labels sni snis ssl_protocols status type update_time",
}


@pytest.mark.parametrize("suffix", ADMIN)
def test_keys_of_ssl_objects(suffix: str) -> None:
    schema = schema_files.load(f"apisix-admin-ssl{suffix}")
    assert sorted(schema["properties"]) == KEYS[suffix].split()
    assert schema.get("additionalProperties") is (None if suffix in ("-3.4", "-2.15") else False)


# host, CRD (Go's regular expressions), Admin API before 3.15, and since
HOSTS = [
    ("example.com", True, True, True),
    ("*.example.com", True, True, True),
    ("*", False, False, True),
    ("*example.com", True, True, True),
    ("a.*.com", False, False, False),
    ("EXAMPLE.com", True, True, True),
    ("under_score.com", False, True, True),
    ("example.com:443", False, True, True),
    ("10.0.0.1", True, True, True),
    ("[::1]", False, True, True),
    ("::1", False, True, True),
    ("例子.com", False, False, False),
    ("xn--fsqu00a.com", True, True, True),
    ("-bad-.com", True, True, True),
    ("..", True, True, True),
    ("example.com.", True, True, True),
    (".example.com", True, True, True),
    ("https://example.com", False, False, False),
    ("example.com/", False, False, False),
    (" example.com", False, False, False),
    ("", False, False, False),
    ("*.*.example.com", False, False, False),
    ("**.example.com", False, False, False),
    ("example.com\n", False, True, True),
]


@pytest.mark.parametrize(("host", "crd", "before", "since"), HOSTS)
def test_hosts(host: str, crd: bool, before: bool, since: bool) -> None:
    for suffix in TLS:
        assert accepts(f"apisix-tls{suffix}", tls(suffix, hosts=[host])) is crd
    for suffix in ADMIN:
        assert accepts(f"apisix-admin-ssl{suffix}", ssl(snis=[host])) is (since if suffix in ("", "-3.15") else before)


SERVED = {"": "v2", "-1.7": "v2", "-1.5": "v2", "-1.4": "v2beta3", "-1.0": "v1"}
SECRET = {"name": "a", "namespace": "b"}


def tls(suffix: str, version: str = "", kind: str = "ApisixTls", **spec: object) -> dict[str, object]:
    body: dict[str, object] = {"hosts": ["a.com"], "secret": SECRET, **spec}
    whole = {key: value for key, value in body.items() if value is not None}
    return {
        "apiVersion": f"apisix.apache.org/{version or SERVED[suffix]}",
        "kind": kind,
        "metadata": {"name": "x"},
        "spec": whole,
    }


# by CRD, from 1.8 down to 1.0: y accepts, n refuses, P accepts and drops the key (refused here: kubectl refuses it too)
CRD = [
    ("ok", {}, "yyyyy"),
    ("no hosts", {"hosts": None}, "nnnnn"),
    ("hosts []", {"hosts": []}, "nnnnn"),
    ("hosts text", {"hosts": "a.com"}, "nnnnn"),
    ("hosts twice", {"hosts": ["a.com", "a.com"]}, "yyyyy"),
    ("no secret", {"secret": None}, "nnnnn"),
    ("secret without namespace", {"secret": {"name": "a"}}, "nnnnn"),
    ("secret without name", {"secret": {"namespace": "a"}}, "nnnnn"),
    ("empty namespace", {"secret": {"name": "a", "namespace": ""}}, "nnnnn"),
    ("secret text", {"secret": "a"}, "nnnnn"),
    ("client {}", {"client": {}}, "yyyyy"),
    ("client without CA", {"client": {"depth": 2}}, "yyyyy"),
    ("client", {"client": {"caSecret": SECRET, "depth": 0}}, "yyyyy"),
    ("negative depth", {"client": {"caSecret": SECRET, "depth": -1}}, "yyyyy"),
    ("depth text", {"client": {"caSecret": SECRET, "depth": "10"}}, "nnnnn"),
    ("caSecret without namespace", {"client": {"caSecret": {"name": "a"}}}, "nnnnn"),
    ("skip", {"client": {"caSecret": SECRET, "skip_mtls_uri_regex": ["^/a$"]}}, "yPPPP"),
    ("skip []", {"client": {"caSecret": SECRET, "skip_mtls_uri_regex": []}}, "yPPPP"),
    ("skip text", {"client": {"caSecret": SECRET, "skip_mtls_uri_regex": "^/a$"}}, "nPPPP"),
    ("class", {"ingressClassName": "apisix"}, "yyPPP"),
    ("class number", {"ingressClassName": 1}, "nnPPP"),
    ("unknown", {"ssl_protocols": ["TLSv1.2"]}, "PPPPP"),
    ("client.ca", {"client": {"ca": SECRET}}, "PPPPP"),
    ("unknown of secret", {"secret": {**SECRET, "key": "x"}}, "PPPPP"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "answers"), [pytest.param(*row[1:], id=row[0]) for row in CRD])
def test_apisix_tls_as_each_crd_judges_it(spec: dict[str, Any], answers: str) -> None:
    found = "".join("y" if accepts(f"apisix-tls{suffix}", tls(suffix, **spec)) else "n" for suffix in TLS)
    assert found == answers.replace("P", "n")


@pytest.mark.parametrize(
    ("version", "answers"), [("v2", "yyynn"), ("v2beta3", "nyyyn"), ("v1", "nnnny"), ("v2alpha1", "nnnnn"), ("%s", "nnnnn")]
)
def test_versions_served(version: str, answers: str) -> None:
    assert "".join("y" if accepts(f"apisix-tls{suffix}", tls(suffix, version)) else "n" for suffix in TLS) == answers


def test_other_objects_in_the_same_file_are_accepted() -> None:
    for suffix in TLS:
        assert accepts(f"apisix-tls{suffix}", {"apiVersion": "v1", "kind": "Secret", "data": {}})
        assert accepts(f"apisix-tls{suffix}", tls(suffix, kind="ApisixRoute", hosts=None))
        assert not accepts(f"apisix-tls{suffix}", {"kind": "ApisixTls"})
        assert not accepts(f"apisix-tls{suffix}", {"apiVersion": "apisix.apache.org/v2", "kind": "ApisixTls", "spec": None})


def block(**ssl_settings: object) -> dict[str, object]:
    return {"apisix": {"ssl": ssl_settings}}


# by version of APISIX, from 3.18 down to 2.15; I: accepted and ignored, refused here (GT516 and GT517 explain it)
LOADER = [
    ("minimal", {"apisix": {"ssl": {"enable": True}}}, "yyyy"),
    ("nothing", {}, "yyyy"),
    ("other settings", {"apisix": {"node_listen": 9080}, "nginx_config": {}, "plugins": []}, "yyyy"),
    ("the article", block(ssl_trusted_certificate="/ca.crt", skip_mtls_uri_regex=["^/a$"]), "IIII"),
    ("typo key foo", block(foo=1), "IIII"),
    ("ssl at top level", {"ssl": {"enable": True}, "apisix": {}}, "IIII"),
    ("listen: [9443]", block(listen=[9443]), "nnny"),
    ("listen: 9443", block(listen=9443), "nnnn"),
    ("listen_port", block(listen_port=8443), "IIIy"),
    ("ssl.enable_http2", block(enable_http2=True), "IIIy"),
    ("listen[].enable_http2", block(listen=[{"port": 9443, "enable_http2": True}]), "nnyy"),
    ("listen[].enable_http3", block(listen=[{"port": 9443, "enable_http3": True}]), "yyII"),
    ("listen as a map", block(listen={"port": 9443}), "nnnn"),
    ("port as string", block(listen=[{"port": "9443"}]), "nnnn"),
    ("port 70000", block(listen=[{"port": 70000}]), "nnnn"),
    ("ip", block(listen=[{"ip": "127.0.0.1", "port": 9443}]), "yyyy"),
    ("ssl_protocols as list", block(ssl_protocols=["TLSv1.2"]), "nnnn"),
    ("ssl_protocols bogus", block(ssl_protocols="TLSv1.4"), "nnnn"),
    ("ssl_protocols", block(ssl_protocols="TLSv1.2 TLSv1.3"), "yyyy"),
    ("commas", block(ssl_protocols="TLSv1.2,TLSv1.3"), "nnnn"),
    ("ssl_session_tickets: off", block(ssl_session_tickets="off"), "nnnn"),
    ("enable as string", block(enable="true"), "nnnn"),
    ("enable from the environment", block(enable="${{TLS}}"), "yyyy"),
    ("ssl: {}", block(), "nnnn"),
    ("ssl: null", {"apisix": {"ssl": None}}, "nnnn"),
    ("ssl: true", {"apisix": {"ssl": True}}, "nnnn"),
    ("ssl_trusted_certificate: list", block(ssl_trusted_certificate=["/a"]), "nnnn"),
    ("ssl_trusted_certificate: ''", block(ssl_trusted_certificate=""), "yyyy"),
    ("fallback_sni list", block(fallback_sni=["a"]), "nnnn"),
    ("fallback_sni of a variable", block(fallback_sni="${{SNI:=a.com}}"), "yyyy"),
    ("key_encrypt_salt", block(key_encrypt_salt="edd1c9f0985e76a2"), "IIyy"),
    ("salts", block(key_encrypt_salt=["edd1c9f0985e76a2"]), "IIyy"),
    ("short salt", block(key_encrypt_salt="abc"), "IInn"),
    ("keyring len 10", {"apisix": {"data_encryption": {"keyring": ["abcdefghij"]}}}, "nnnn"),
    ("keyring len 32", {"apisix": {"data_encryption": {"keyring": ["abcdefghijklmnop" * 2]}}}, "ynnn"),
    ("keyring str", {"apisix": {"data_encryption": {"keyring": "abcdefghijklmnop"}}}, "yyyy"),
    ("https_admin", {"deployment": {"admin": {"https_admin": True}}}, "nnny"),
    ("https_admin false", {"deployment": {"admin": {"https_admin": False}}}, "yyyy"),
    ("https_admin with files", {"deployment": {"admin": {"https_admin": True, "admin_api_mtls": {"admin_ssl_cert": "a", "admin_ssl_cert_key": "b"}}}}, "yyyy"),
    ("https_admin of 2.x", {"apisix": {"https_admin": True, "admin_api_mtls": {"admin_ssl_cert": ""}}}, "yyyn"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "answers"), [pytest.param(*row[1:], id=row[0]) for row in LOADER])
def test_config_as_each_loader_takes_it(value: object, answers: str) -> None:
    found = "".join("y" if accepts(f"apisix-config{suffix}", value) else "n" for suffix in CONFIG)
    assert found == answers.replace("I", "n")


ALL = [f"{kind}{suffix}" for kind, each in (("apisix-tls", TLS), ("apisix-admin-ssl", ADMIN), ("apisix-config", CONFIG)) for suffix in each]  # fmt: skip


def test_all_of_them_are_there() -> None:
    assert [name for name in schema_files.names() if name.startswith("apisix")] == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_titles_descriptions_and_examples(name: str) -> None:
    whole = schema_files.load(name)

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("title"), str):
                assert len(part["description"]) > 3, part["title"]
            if isinstance(part.get("examples"), list):
                own = Draft202012Validator({"$defs": whole.get("$defs", {}), **part})
                assert all(own.is_valid(one) for one in part["examples"]), part["title"]
            for one in part.values():
                walk(one)
        elif isinstance(part, list):
            for one in part:
                walk(one)

    walk(whole)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 70000) | st.text(max_size=20) | st.just(PEM) | st.sampled_from(["a.com", "*", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["ca", "depth", "a", "port"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*KEYS["-2.15"].split(), "desc", "ssl_protocols"]), VALUES, max_size=4))
def test_later_versions_refuse_what_neither_took(extra: dict[str, object]) -> None:
    """A key that both versions know is judged alike, but for the relaxations that are named in the table."""
    value = {"cert": PEM, "key": PEM, **extra}
    if not {"id", "desc", "labels", "ssl_protocols", "validity_start", "validity_end", "exptime", "client"} & extra.keys():
        if accepts("apisix-admin-ssl-2.15", value):
            assert all(accepts(f"apisix-admin-ssl{suffix}", value) for suffix in ADMIN)


# spec of an ApisixTls, and the rules that speak about it
JUDGED = [
    ("hosts: [a.com]\n  secret: {name: a, namespace: b}", set()),
    ("hosts: a.com\n  secret: {name: a, namespace: b}", {"GT001"}),
    ("hosts: []\n  secret: {name: a, namespace: b}", {"GT001"}),
    ("secret: {name: a, namespace: b}", {"GT001"}),
    ("hosts: [a.com]", {"GT001"}),
    ("hosts: [a.com]\n  secret: {namespace: b}", {"GT001"}),
    ("hosts: [a.com]\n  secret: a", {"GT001"}),
    ("hosts: [a.com]\n  secret: {name: a, namespace: b}\n  sslProtocols: [TLSv1.2]", {"GT001"}),
    ("hosts: [a.com]\n  secret: {name: a}", {"GT502"}),
    ("hosts: ['https://a.com']\n  secret: {name: a, namespace: b}", {"GT503"}),
    ("hosts: [a.com]\n  secret: {name: a, namespace: b}\n  client: {caSecret: {name: c, namespace: b}, depth: '1'}", {"GT511"}),
    ("hosts: [a.com]\n  secret: {name: a, namespace: b}\n  client: {caSecret: {name: c, namespace: b}, depth: 1, skip_mtls_uri_regex: ^/a$}", {"GT512"}),
    ("hosts: [a.com]\n  secret: {name: a, namespace: b}\n  client: {caSecret: {name: c, namespace: b}, depth: 1, skipMtlsUriRegex: [^/a$]}", {"GT510"}),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "expected"), JUDGED)
def test_gt001_leaves_what_other_rules_say(spec: str, expected: set[str]) -> None:
    from datetime import datetime, timezone

    from gitops_tls.config import Config
    from gitops_tls.pipeline import analyse
    from gitops_tls.repo.files import MemoryFiles
    from gitops_tls.repo.workspace import Workspace

    head = "apiVersion: apisix.apache.org/v2\nkind: ApisixTls\nmetadata:\n  name: a\nspec:\n  ingressClassName: apisix\n  "
    files = {"tls.yaml": (head + spec + "\n").encode()}
    config = Config(known_secrets=frozenset({"b/a", "b/c"}))
    report = analyse(Workspace(MemoryFiles(files)), list(files), config, datetime(2026, 11, 22, tzinfo=timezone.utc))
    assert not report.failed
    shapes = {"GT001", "GT502", "GT503", "GT510", "GT511", "GT512"}
    assert {finding.rule for finding in report.findings} & shapes == expected
