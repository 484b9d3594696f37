"""Whatever a certificate is called, no message carries characters that a terminal obeys instead of showing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from certs_limbo_bent import alternative_names, name_constraints
from certs_limbo_cases import Make
from certs_limbo_more import DNS, MAIL, URI
from certs_pki import NOW, Issued, ec_key
from cryptography import x509
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gitops_tls.certs import boringssl, go, openssl
from gitops_tls.certs.chain import CLIENT, SERVER
from gitops_tls.certs.pair import load_ca, load_pair
from gitops_tls.certs.pem import encode
from gitops_tls.certs.read import read
from gitops_tls.commands import cert_verify

ODD = "\x00\x07\x08\t\n\x0b\r\x1b\x7f\x85\x9b\u00a0\u00ad\u200b\u200e\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\U000e0001"
NASTY = (
    "\x1b[31mred\x1b[0m",
    "a\nb\r\x1b]0;title\x07",
    "a\u202a\u202b\u202c\u202d\u202eb",
    "a\u2066\u2067\u2068\u2069b",
    "\x9b2J\x85\u2028",
    'q"\\`\x08',
)
NAMES = st.text(st.one_of(st.sampled_from(ODD), st.sampled_from('abc."\\@*:/ \u00e9\u4e2d')), min_size=1, max_size=12)
HOST, OTHER_HOST = "example.com", "10.1.1.1"
Question = tuple[list[Issued], list[Issued]]


def questions(name: str) -> Iterator[Question]:
    """Chains in which the name stands wherever a name can stand, each refused for another reason."""
    make = Make()
    plain = name.encode("ascii", "ignore")
    root = make.ca(common_name=name)
    yield [make.leaf(make.ca(common_name=name, private=ec_key(8)), common_name=name)], [root]
    trusted = make.ca()
    yield [make.leaf(trusted, common_name=name, names=None)], [trusted]
    organisation = x509.Name([x509.NameAttribute(x509.OID_ORGANIZATION_NAME, name)])
    above = make.ca(common_name=organisation)  # type: ignore[arg-type]
    yield [make.leaf(above, common_name=organisation, end=NOW)], [make.ca(common_name=organisation, private=ec_key(9))]  # type: ignore[arg-type]
    yield [make.leaf(root, common_name=name, names=alternative_names((DNS, plain), (DNS, b"x")))], [root]
    box = (MAIL, b'"' + plain + b'"@a')
    limited = make.ca(constraints=(name_constraints([(DNS, b"example.com"), (MAIL, b"b"), (URI, b"example.com")]), True))
    excluded = make.ca(constraints=(name_constraints(None, [box]), True))
    between = make.ca(trusted, constraints=(name_constraints([(DNS, plain)], [(URI, plain), (MAIL, plain)]), True))
    yield [make.leaf(between), between], [trusted]
    for kind, value in ((DNS, plain), box, (MAIL, plain), (URI, b"http://a/" + plain), (URI, plain)):
        names = alternative_names((DNS, HOST.encode()), (kind, value))
        yield [make.leaf(limited, names=names)], [limited]
        yield [make.leaf(excluded, names=names)], [excluded]


def shown(name: str) -> Iterator[str]:
    """Everything that is said about these chains."""
    for chain, roots in questions(name):
        ders, anchors = [each.der for each in chain], b"".join(each.pem for each in roots)
        for asked in (HOST, OTHER_HOST):
            yield go.verify(ders, anchors, SERVER, asked, NOW).reason
            yield openssl.verify(ders, anchors, asked, NOW).reason
            yield boringssl.verify(ders, anchors, asked, NOW).reason
        yield go.verify(ders, anchors, CLIENT, None, NOW).reason
        yield load_pair(chain[0].pem, roots[0].key).panic
        yield load_ca(anchors).panic
        for facts in (*read(chain[0].pem).certificates, *read(anchors).certificates):
            yield from (facts.subject, facts.issuer, facts.common_name or "", *facts.dns_names)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=25, deadline=None)
@given(NAMES)
@example(NASTY[0])
@example(NASTY[1])
@example(NASTY[2])
@example(NASTY[3])
@example(NASTY[4])
@example(NASTY[5])
def test_no_reason_carries_them(name: str) -> None:
    said = list(shown(name))
    assert any(said)
    assert [each for each in said if not each.isprintable()] == []


@given(NAMES)
@settings(max_examples=50, deadline=None)
def test_nor_does_a_complaint_about_the_kinds_of_blocks(label: str) -> None:
    block = encode(b"\x30\x00", label.replace("\n", "")).replace(b"\r", b"")
    assert load_pair(block, block).panic.isprintable()
    assert load_pair(b"", block).panic.isprintable()


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES)
@example(name=NASTY[0])
@example(name=NASTY[2])
def test_cert_verify(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for chain, roots in questions(name):
        (tmp_path / "chain.pem").write_bytes(b"".join(each.pem for each in chain))
        (tmp_path / "roots.pem").write_bytes(b"".join(each.pem for each in roots))
        asked = {"cert": str(tmp_path / "chain.pem"), "ca": str(tmp_path / "roots.pem"), "name": HOST, "at": NOW.isoformat()}
        cert_verify.run(asked)
        assert capsys.readouterr().out.replace("\n", "").isprintable()
        cert_verify.run({**asked, "format": ("json",)})
        told = json.loads(capsys.readouterr().out)
        assert all(each["reason"].isprintable() for each in told["verdicts"].values())


COMPOSE = """\
services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./milvus.yaml:/milvus/configs/milvus.yaml
      - ./tls:/milvus/tls:ro
    ports: ["19530:19530"]
"""
CONFIG = """\
tls: {serverPemPath: /milvus/tls/server.pem, serverKeyPath: /milvus/tls/server.key, caPemPath: /milvus/tls/ca.pem}
common: {security: {tlsMode: 2}}
"""


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NASTY)
def test_status_and_check(name: str, repository: Any, tool: Any) -> None:
    projects: dict[str, str | bytes] = {}
    for number, (chain, roots) in enumerate(questions(name)):
        files = {"server.pem": chain[0].pem, "server.key": chain[0].key, "ca.pem": roots[0].pem, "client.pem": chain[0].pem}
        projects |= {f"{number}/docker-compose.yml": COMPOSE, f"{number}/milvus.yaml": CONFIG}
        projects |= {f"{number}/tls/{path}": content for path, content in files.items()}
    repository(projects, git=False)
    at = ("--at", NOW.isoformat())
    for command, formats in (("status", ("text",)), ("check", ("text", "concise", "github"))):
        for form in formats:
            out = tool(command, "--format", form, *at, *(["--verbose"] if form == "text" else [])).out
            assert [line for line in out.split("\n") if not line.isprintable()] == []
        document = tool(command, "--format", "json", *at).json
        assert [each for each in _strings(document) if not each.isprintable()] == []
    assert all(each.isprintable() for each in _strings(tool("check", "--format", "sarif", *at).json["runs"][0]["results"]))
    assert any("fails" in json.dumps(one["clients"]) for one in tool("status", "--format", "json", *at).json["deployments"])
