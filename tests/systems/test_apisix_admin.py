"""ssl objects for APISIX: read wherever they stand, and judged as its versions judge them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.config import Config
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.rules import load
from gitops_tls.systems.apisix.admin import ADC, BODY, SCRIPT, STANDALONE, SslObject, schema_name, ssl_objects
from gitops_tls.systems.apisix.admin_access import chart_access, config_access
from gitops_tls.systems.apisix.admin_check import problems
from gitops_tls.systems.apisix.admin_script import FILLED, requests
from gitops_tls.systems.apisix.config import GatewayConfig, era_of
from gitops_tls.systems.apisix.values import ChartValues, chart_defects, chart_settings, read_values
from gitops_tls.systems.claims import Claims
from gitops_tls.systems.recognise import recognise
from gitops_tls.systems.versions import parse_version
from gitops_tls.yamldoc.node import Node


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("apisix_pki", Path(__file__).parents[1] / "certs" / "pki.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["apisix_pki"] = module
    spec.loader.exec_module(module)
    return module


MAKER = _maker()
CA = MAKER.root()
SERVER = MAKER.issue("a", MAKER.ec_key(300), CA, dns=("a.com", "*.b.com"), eku=("server",))
PEM, KEY, ROOT = SERVER.pem.decode(), SERVER.key.decode(), CA.pem.decode()


def claims_of(**files: str) -> Claims:
    contents = {name.replace("__", "/").replace("_", "."): text.encode() for name, text in files.items()}
    workspace = Workspace(MemoryFiles(contents))
    return recognise(workspace, sorted(contents))


def objects(path: str, text: str) -> list[SslObject]:
    workspace = Workspace(MemoryFiles({path: text.encode()}))
    return list(ssl_objects(recognise(workspace, [path])))


def body(**more: object) -> str:
    value = {"cert": PEM, "key": KEY, "snis": ["a.com"], **more}
    return json.dumps({key: one for key, one in value.items() if one is not None})


def client(**more: object) -> str:
    return body(client={"ca": ROOT, **more})


def found(text: str, version: str | None = None, path: str = "apisix/ssl.json") -> list[tuple[str, bool]]:
    (one,) = objects(path, text)
    return [(problem.kind, problem.certain) for problem in problems(one, parse_version(version) if version else None)]


YES, PERHAPS = True, False
# body, what is wrong with it in 2.15, 3.4, 3.8, 3.13 and 3.18, and where no version is known
CASES = [
    ("ok", body(), "", "", "", "", "", []),
    ("sni and snis", body(sni="a.com"), "both", "both", "both", "both", "both", [("both", YES)]),
    ("neither", '{"cert": "$env://A", "key": "$env://B", "client": {}, "sni": null}', None, None, None, None, None, None),
    ("snis []", body(snis=[]), "schema", "schema", "schema", "schema", "schema", [("schema", YES)]),
    ("snis ['*']", body(snis=["*"]), "any-old", "any-old", "any-old", "any-old", "any", [("any", PERHAPS)]),
    ("sni '*'", body(snis=None, sni="*"), "any-old", "any-old", "any-old", "any-old", "", []),
    ("snis with port", body(snis=["a.com:443"]), "port", "port", "port", "port", "port", [("port", YES)]),
    ("snis without dot", body(snis=["*a.com"]), "no-dot", "no-dot", "no-dot", "no-dot", "no-dot", [("no-dot", YES)]),
    ("an address", body(snis=["10.0.0.1"]), "address", "address", "address", "address", "address", [("address", PERHAPS)]),
    ("snis with scheme", body(snis=["https://a.com"]), "schema", "schema", "schema", "schema", "schema", [("schema", YES)]),
    ("cert short", body(cert="<here>"), "length", "length", "length", "length", "length", [("length", YES)]),
    ("cert no PEM", body(cert="A" * 200), "cert", "cert", "cert", "cert", "cert", [("cert", YES)]),
    ("key of 119", body(key="---" + "A" * 116), "length", "length", "length", "length", "", []),
    ("key with a blank before", body(key=" " + KEY), "key", "key", "key", "key", "key", [("key", YES)]),
    ("key with attributes", body(key="Bag Attributes\n" + KEY), "key", "key", "key", "key", "key", [("key", YES)]),
    ("references", body(cert="$secret://vault/1/c", key="$env://K"), "schema schema", "", "", "", "", []),
    ("client.ca reference", body(client={"ca": "$secret://vault/1/c"}), "schema", "schema", "schema", "schema", "", []),
    ("client no ca", body(client={"depth": 1}), "schema", "schema", "schema", "schema", "schema", [("schema", YES)]),
    ("depth -1", client(depth=-1), "schema", "schema", "schema", "schema", "schema", [("schema", YES)]),
    ("depth '10'", client(depth="10"), "schema", "schema", "schema", "schema", "schema", [("schema", YES)]),
    ("skip []", client(skip_mtls_uri_regex=[]), "skip-old", "schema", "schema", "schema", "schema", [("schema", PERHAPS)]),
    ("skip dup", client(skip_mtls_uri_regex=["a", "a"]), "skip-old", "twice", "twice", "twice", "twice", [("twice", YES)]),
    ("skip ok", client(skip_mtls_uri_regex=["^/a$"]), "skip-old", "", "", "", "", []),
    ("skip misspelt", client(skip_mtls_uri_regexp=["^/a$"]), *["client-key"] * 5, [("client-key", YES)]),
    ("skip at top level", body(skip_mtls_uri_regex=["a"]), "", "", "schema", "schema", "schema", [("schema", PERHAPS)]),
    ("unknown key", body(foo=1), "", "", "schema", "schema", "schema", [("schema", PERHAPS)]),
    ("validity_end", body(validity_end=1767225600), "", "", "validity", "validity", "validity", [("validity", PERHAPS)]),
    ("ssl_protocols string", body(ssl_protocols="TLSv1.2"), "protocols-old", "protocols-old", *["protocols"] * 3, [("protocols", YES)]),
    ("ssl_protocols TLSv1", body(ssl_protocols=["TLSv1"]), "protocols-old", "protocols-old", *["protocol"] * 3, [("protocol", YES)]),
    ("status '1'", body(status="1"), *["schema"] * 5, [("schema", YES)]),
    ("certs without keys", body(certs=[PEM]), *["lists"] * 5, [("lists", YES)]),
    ("from the environment", body(cert="${CERT}", key="$(cat key)", snis=["${HOST}"]), "", "", "", "", "", []),
]  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=str(row[0])) for row in CASES if row[2] is not None])
def test_what_each_version_makes_of_an_object(row: tuple[str, str, str, str, str, str, str, list[tuple[str, bool]]]) -> None:
    text, unknown = row[1], row[7]
    for version, expected in zip(("2.15", "3.4", "3.8", "3.13", "3.18"), row[2:7], strict=True):
        assert [kind for kind, _ in found(text, version)] == expected.split(), version
    assert found(text) == unknown


def test_an_object_without_names() -> None:
    (one,) = objects("apisix.yaml", "ssls:\n  - cert: $env://A\n    key: $env://B\n  \n#END\n")
    assert [problem.kind for problem in problems(one, None)] == ["neither"]
    (one,) = objects("apisix.yaml", "ssls:\n  - cert: $env://A\n    key: $env://B\n    type: client\n#END\n")
    assert list(problems(one, None)) == []


def test_no_key_is_quoted() -> None:
    (one,) = objects("apisix/ssl.json", body(key=" " + KEY, cert=KEY[:100], status="x"))
    assert KEY.splitlines()[1][:20] in one.node.raw
    words = " ".join(problem.message + problem.caret for problem in problems(one, None))
    assert KEY.splitlines()[1][:12] not in words


def test_their_certificates_are_judged_and_counted() -> None:
    from datetime import timedelta

    from gitops_tls.pipeline import analyse

    ended = MAKER.issue(
        "a", MAKER.ec_key(303), CA, dns=("a.com",), not_before=MAKER.NOW - timedelta(9), not_after=MAKER.NOW - timedelta(2)
    )
    text = body(cert=ended.pem.decode(), key=ended.key.decode())
    report = analyse(Workspace(MemoryFiles({"ssl.json": text.encode()})), ["ssl.json"], Config(), MAKER.NOW)
    assert not report.failed
    (expired,) = [finding for finding in report.findings if finding.rule == "GT301"]
    assert "the ssl object of a.com (server)" in expired.message
    assert expired.where.pointer == "/cert"
    assert report.summary.certificates == 1


OTHER = MAKER.issue("a", MAKER.ec_key(301), CA, dns=("a.com",), eku=("server",))
MIDDLE = MAKER.intermediate(CA, "Middle", seed=302)
PAIRS = [
    (body(), []),
    (body(key=OTHER.key.decode()), ["mismatch"]),
    (body(cert=ROOT + PEM), ["order"]),
    (body(cert=PEM + ROOT), []),
    (body(key=MAKER.key_pem(SERVER.private, password=b"not a secret").decode()), ["encrypted"]),
    (body(key="-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + "A" * 100), ["key"]),
    (body(cert="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + "A" * 100), ["cert"]),
    (body(snis=["a.com", "x.b.com", "*.b.com"]), []),
    (body(snis=["a.com", "other.com", "a.b.b.com"]), ["host", "host"]),
    (body(snis=["other.com"], status=0), []),
    (body(client={"ca": PEM}), ["ca-closed"]),
    (body(client={"ca": MIDDLE.pem.decode()}), ["ca-closed"]),
    (body(client={"ca": MIDDLE.pem.decode() + ROOT}), []),
    (body(certs=[OTHER.pem.decode()], keys=[KEY]), ["mismatch"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), PAIRS)
def test_certificates_and_keys_inside(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found(text)] == kinds


ADC_FILE = """services: []
ssls:
  - snis: [a.com]
    certificates:
      - certificate: short
    client: {ca: "$env://CA", depth: "x", Depth: 1}
"""


def test_adc() -> None:
    (one,) = objects("adc.yaml", ADC_FILE)
    assert one.form == ADC
    assert [problem.kind for problem in problems(one, None)] == ["client-key", "schema", "schema", "schema"]
    assert all("ADC refuses" in problem.message for problem in problems(one, None))


def test_forms_and_facts() -> None:
    standalone = "ssls:\n  - id: 1\n    snis: [A.com., '*.b.com']\n    cert: x\n    key: y\n    client: {ca: z, depth: 3}\n#END\n"
    (one,) = objects("conf/apisix.yaml", standalone)
    assert (one.form, one.hosts, one.mutual, one.depth, one.in_router) == (STANDALONE, ("a.com", "*.b.com"), True, 3, True)
    (one,) = objects("ssl.json", body(snis=None, sni="*", status=0))
    assert (one.form, one.catches_all, one.in_router, one.mutual) == (BODY, True, False, False)
    assert len(objects("ssls.json", f"[{body()}, {body(type='client')}]")) == 2
    (one,) = objects("ssl.json", body(certs=[PEM, PEM], keys=[KEY, KEY]))
    assert len(one.pairs) == 3
    config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: apisix.yaml}\ndata:\n  apisix.yaml: |\n"
    text = config_map + "".join(f"    {line}\n" for line in standalone.splitlines())
    (one,) = objects("cm.yaml", text)
    assert (one.form, one.hosts) == (STANDALONE, ("a.com", "*.b.com"))
    assert one.node.position()[0] == 7


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("2.15", "-2.15"),
        ("3.3.0", "-2.15"),
        ("3.4.0", "-3.4"),
        ("3.8.1", "-3.7"),
        ("3.10", "-3.9"),
        ("3.16", "-3.15"),
        ("3.18", ""),
    ],
)
def test_the_schema_of_a_version(version: str, name: str) -> None:
    assert schema_name(parse_version(version)) == f"apisix-admin-ssl{name}"
    assert schema_name(None) == "apisix-admin-ssl"


SCRIPTS = [
    ("""curl http://a:9180/apisix/admin/ssls/1 -X PUT -d '{"sni": "a.com"}'""", "ssls", {"sni": "a.com"}),
    ("""curl -d '{"sni": "a.com"}' "http://$HOST/apisix/admin/ssl/1" """, "ssl", {"sni": "a.com"}),
    ("""curl $A/apisix/admin/ssls/1 --data-raw="{\\"sni\\": \\"a.com\\"}" """, "ssls", {"sni": "a.com"}),
    ("""curl $A/apisix/admin/ssls/1 -d '{"cert": "'"$(cat a.crt | tr -d '"')"'", "sni": "a.com"}'""", "ssls", {"sni": "a.com"}),
    ("""curl "$A/apisix/admin/ssls" \\\n  -H 'X-API-KEY: x' \\\n  -d '\n{\n  "sni": "a.com" }'\n""", "ssls", {"sni": "a.com"}),
    ("""curl $A/apisix/admin/ssls/1 -d @- <<EOF\n{"sni": "a.com", "key": "$KEY"}\nEOF\n""", "ssls", {"sni": "a.com"}),
    ("""curl $A/apisix/admin/ssls/1 -d @- <<-'EOF'\n\t{"sni": "a.com"}\n\tEOF\necho""", "ssls", {"sni": "a.com"}),
    ("""echo '{"sni": "a.com"}'; curl $A/apisix/admin/ssls/1 # it's here\n""", "ssls", None),
    ("""curl $A/apisix/admin/ssls/1 -d @ssl.json""", "ssls", None),
    ("""curl -X PATCH $A/apisix/admin/ssls/1 -d '{"status": 0}'""", "ssls", None),
    ("""curl $A/apisix/admin/ssls/1 -X DELETE && echo done""", "ssls", None),
]  # fmt: skip


@pytest.mark.parametrize(("script", "resource", "expected"), SCRIPTS)
def test_what_a_script_sends(script: str, resource: str, expected: dict[str, str] | None) -> None:
    (request,) = requests(script)
    assert request.resource == resource
    assert script[slice(*request.url)].startswith(f"/apisix/admin/{resource}")
    read = objects("put.sh", script)
    if expected is None:
        assert read == []
        return
    (one,) = read
    assert one.form == SCRIPT
    for key, value in expected.items():
        node = one.node.get(key)
        assert node is not None
        assert node.value == value
        start, end = node.file_span
        assert value in script[start:end]
    assert not one.node.document.editable


@given(st.text(alphabet="{}\"'$()`\\<#;|& \n-dEOFcurl:/apisix/admin/ssls@=" + FILLED, max_size=60))
def test_any_script_can_be_read(text: str) -> None:
    script = "curl /apisix/admin/ssls/1 -d " + text
    for request in requests(script):
        if request.body is not None:
            assert request.body.start + len(request.body.text) <= len(script)
    objects("put.sh", script)


def test_a_script_is_reported_and_never_edited() -> None:
    from datetime import datetime, timezone

    from gitops_tls.pipeline import analyse

    script = """curl :9180/apisix/admin/ssl/1 -H 'X-API-KEY: edd1c9f034335f136f87ad84b625c8f1' \\
 -d '{"sni": "a.com", "snis": ["b.com", "b.com:443"], "cert": "<cert>", "key": "$KEY", "sni": "c.com", "ssl_protocols": "TLSv1.2"}'\n"""
    workspace = Workspace(MemoryFiles({"put.sh": script.encode()}))
    report = analyse(workspace, ["put.sh"], Config(), datetime(2026, 11, 22, tzinfo=timezone.utc))
    assert not report.failed
    assert {"GT003", "GT519", "GT521"} <= {finding.rule for finding in report.findings}
    assert all(finding.fix is None for finding in report.findings)
    assert {finding.where.line for finding in report.findings} == {1, 2}


def root_of(text: str) -> Node:
    parsed = Workspace(MemoryFiles({"a.yaml": text.encode()})).parsed("a.yaml")
    assert parsed is not None
    root = parsed.documents[0].root
    assert root is not None
    return root


PUBLISHED = "edd1c9f034335f136f87ad84b625c8f1"
ACCESS = [
    # config.yaml, version, roles of published keys, whether one counts by default, whether every address may come
    (f"deployment:\n  admin:\n    admin_key:\n      - key: {PUBLISHED}\n", "3.5", ["admin"], False, False),
    (f"deployment:\n  admin:\n    allow_admin: []\n    admin_key:\n      - key: {PUBLISHED}\n", "3.5", ["admin"], False, True),
    ("deployment:\n  admin:\n    allow_admin: [0.0.0.0/0]\n", "3.5", [], True, True),
    ("deployment:\n  admin:\n    allow_admin: [0.0.0.0/0]\n", "3.13", [], False, True),
    ("deployment:\n  admin:\n    allow_admin: ['::/0']\n", None, [], None, True),
    ("deployment:\n  admin:\n    allow_admin: [10.0.0.0/8]\n", None, [], None, False),
    (f"apisix:\n  allow_admin:\n  admin_key:\n    - key: {PUBLISHED}\n", "2.15", ["admin"], False, True),
    (f"apisix:\n  admin_key:\n    - key: {PUBLISHED}\n", "3.5", [], None, False),  # not read there any more
]  # fmt: skip


@pytest.mark.parametrize(("text", "version", "roles", "default", "opened"), ACCESS)
def test_who_may_use_the_admin_api(text: str, version: str | None, roles: list[str], default: bool | None, opened: bool) -> None:
    root = root_of(text)
    access = config_access(GatewayConfig(root, "a.yaml", era_of(root, parse_version(version) if version else None)))
    assert access is not None
    assert [role for _, role in access.published] == roles
    assert access.default is default
    assert (access.opened is not None) is opened


@pytest.mark.parametrize("text", ["apisix:\n  enable_admin: false\n", "deployment:\n  role: data_plane\n"])
def test_no_admin_api(text: str) -> None:
    root = root_of(text)
    assert config_access(GatewayConfig(root, "a.yaml", era_of(root, None))) is None


def values(text: str, chart: str | None = None) -> ChartValues:
    return read_values(root_of(text), "values.yaml", parse_version(chart) if chart else None, None, None)


CHART_ACCESS = [
    ("apisix:\n  ssl:\n    enabled: true\n", True, False),
    ("apisix:\n  admin:\n    credentials:\n      admin: mine\n", False, False),
    ("apisix:\n  admin:\n    allow:\n      ipList: []\n", True, True),
    ("apisix:\n  ssl:\n    enabled: true\ningress-controller:\n  enabled: true\n", True, True),
    ("gateway:\n  tls: {}\nadmin:\n  allow:\n    ipList: [0.0.0.0/0]\n", True, True),
]


@pytest.mark.parametrize(("text", "default", "opened"), CHART_ACCESS)
def test_who_may_use_the_admin_api_of_the_chart(text: str, default: bool, opened: bool) -> None:
    access = chart_access(values(text))
    assert access is not None
    assert (access.default, access.opened is not None) == (default, opened)


CHART = [
    ("apisix:\n  ssl:\n    enabled: true\n", None, []),
    ("apisix:\n  ssl:\n    enabled: true\n    skip_mtls_uri_regex: [a]\n    existingCASecret: ca\n", None, ["mtls", "trusted"]),
    ("apisix:\n  ssl:\n    enable: true\n", None, ["chart"]),
    ("apisix:\n  ssl:\n    enabled: true\n    http2:\n      enabled: true\n", None, []),
    ("apisix:\n  ssl:\n    enabled: true\n    http2:\n      enabled: true\n", "2.10.0", ["chart"]),
    ("apisix:\n  ssl:\n    enabled: true\n    sslProtocols: [TLSv1.2]\n", None, ["list"]),
    ("apisix:\n  ssl:\n    enabled: true\n    sslProtocols: TLSv1.2,TLSv1.3\n", None, ["commas"]),
    ("apisix:\n  ssl:\n    enabled: true\n    containerPort: 99999\n", None, ["range"]),
    ("apisix:\n  ssl:\n    enabled: true\n    additionalContainerPorts: [9444]\n", None, ["bare"]),
    ("apisix:\n  ssl:\n    enabled: true\n    additionalContainerPorts:\n      - port: 9444\n        enable_http2: true\nimage:\n  tag: 3.13.0-debian\n", None, ["http2"]),
    ("apisix:\n  ssl:\n    enabled: true\ngateway:\n  tls:\n    enabled: true\n", None, ["gateway"]),
    ("gateway:\n  tls:\n    enabled: true\n    containerPort: 9443\nadmin: {}\n", None, []),
    ("gateway:\n  tls:\n    enabled: true\nadmin: {}\n", "2.0.0", ["gateway"]),
    ("apisix:\n  ssl:\n  admin: {}\n", None, ["helm"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "chart", "kinds"), CHART)
def test_values_that_do_not_do_what_they_say(text: str, chart: str | None, kinds: list[str]) -> None:
    assert [defect.kind for defect in chart_defects(values(text, chart))] == kinds


def test_what_the_chart_makes_of_its_values() -> None:
    off = chart_settings(values("apisix:\n  ssl:\n    fallbackSNI: a.com\n"))
    assert off is not None
    assert (off.enable, off.fallback_sni, off.protocols) == (False, "", "TLSv1.2 TLSv1.3")
    assert off.ciphers is not None
    assert "DES-CBC3-SHA" in off.ciphers
    on = chart_settings(
        values(
            "apisix:\n  ssl:\n    enabled: true\n    containerPort: 8443\n    existingCASecret: ca\n    certCAFilename: ca.crt\n"
            "    fallbackSNI: a.com\n    additionalContainerPorts:\n      - ip: 127.0.0.3\n        port: 9445\n        enable_http3: true\n"
        )
    )
    assert on is not None
    assert (on.enable, on.fallback_sni, on.trusted_certificate) == (True, "a.com", "/usr/local/apisix/conf/ssl/ca.crt")
    assert [(one.ip, one.port, one.http3) for one in on.listen] == [("0.0.0.0", 8443, False), ("127.0.0.3", 9445, True)]
    custom = values("apisix:\n  fullCustomConfig:\n    enabled: true\n    config:\n      apisix:\n        ssl: {}\n  admin: {}\n")
    assert custom.custom is not None
    assert chart_settings(custom) is None
    assert chart_access(custom) is None


def test_the_chart_beside_its_values_tells_the_versions() -> None:
    from gitops_tls.systems.apisix.chart_files import chart_values

    files = {
        "apisix/Chart.yaml": b"name: apisix\nversion: 2.10.0\nappVersion: 3.11.0\n",
        "apisix/values.yaml": b"apisix:\n  ssl:\n    enabled: true\n",
    }
    workspace = Workspace(MemoryFiles(files))
    (one,) = chart_values(workspace, recognise(workspace, sorted(files)), Config(), None)
    assert one.chart == (2, 10, 0)
    assert one.era.version == (3, 11, 0)


@pytest.mark.parametrize(
    "text",
    [
        "apisix:\n  data_encryption:\n    keyring: [SECRETSECRET0001, SECRETSECRET0002]\n",
        "apisix:\n  data_encryption:\n    keyring:\n      - SECRETSECRET0001\n      # old\n      - SECRETSECRET0002 # x\n  ssl:\n    enable: true\n",
        "apisix:\n  data_encryption:\n    keyring:\n    - SECRETSECRET0001\n",
        "apisix:\n  ssl:\n    key_encrypt_salt: SECRETSECRET0001\n    enable: true\n",
        "deployment:\n  admin:\n    admin_key:\n      - name: admin\n        key: SECRETSECRET0001\n        role: admin\n",
        "apisix:\n  admin:\n    credentials:\n      admin: SECRETSECRET0001\n      viewer: 'SECRETSECRET0002'\n",
        "curl -H 'X-API-KEY: SECRETSECRET0001' -X PUT\n",
    ],
)
def test_keys_are_not_shown(text: str) -> None:
    from gitops_tls.formats.mask import whole

    shown = whole(text)
    assert "SECRET" not in shown
    assert shown.count("\n") == text.count("\n")
    assert "enable: true" in shown or "enable" not in text


def test_the_chart_as_a_dependency() -> None:
    from gitops_tls.systems.apisix.chart_files import chart_values

    files = {
        "edge/Chart.yaml": b"name: edge\nversion: 0.1.0\ndependencies:\n  - name: apisix\n    version: 2.10.0\n",
        "edge/values.yaml": b"apisix:\n  apisix:\n    ssl:\n      enabled: true\n      http2: {enabled: true}\n",
    }
    workspace = Workspace(MemoryFiles(files))
    (one,) = chart_values(workspace, recognise(workspace, sorted(files)), Config(), None)
    assert one.chart == (2, 10, 0)
    assert [defect.node.pointer for defect in chart_defects(one)] == ["/apisix/apisix/ssl/http2"]


@pytest.mark.parametrize(
    ("second", "told"),
    [("snis: [A.com.]\n    cert: $env://D", True), ("snis: [a.com]\n    cert: $env://C", False), ("snis: [a.com]\n    cert: $env://D\n    status: 0", False),
     ("snis: [b.com]\n    cert: $env://D", False)],
)  # fmt: skip
def test_one_name_in_two_objects(second: str, told: bool) -> None:
    from datetime import datetime, timezone

    from gitops_tls.pipeline import analyse

    text = f"ssls:\n  - id: 1\n    sni: a.com\n    cert: $env://C\n    key: $env://K\n  - id: 2\n    {second}\n    key: $env://L\n#END\n"
    workspace = Workspace(MemoryFiles({"apisix.yaml": text.encode()}))
    report = analyse(workspace, ["apisix.yaml"], Config(), datetime(2026, 11, 22, tzinfo=timezone.utc))
    assert [finding.where.line for finding in report.findings] == ([7] if told else [])


def test_rules_are_there() -> None:
    assert [load(f"GT{number}").RULE.name for number in range(516, 522)] == [
        "config-key-ignored", "listen-shape", "ssl-protocols-shape", "public-default-secret", "ssl-block-broken", "admin-ssl-object",
    ]  # fmt: skip
