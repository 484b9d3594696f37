"""config.yaml of APISIX, against what the real loader of 3.18 did, and against every version's own default file."""

from __future__ import annotations

import pytest

from gitops_tls.config import Config
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.apisix import config_load
from gitops_tls.systems.apisix.config import GatewayConfig, era_of, has_variable, known_version, lua_value, ssl_settings
from gitops_tls.systems.apisix.config_signs import broken_kind, gateway_claims
from gitops_tls.systems.claims import APISIX_CONFIG, APISIX_SSL, APISIX_VALUES, Claims
from gitops_tls.systems.versions import parse_version


def read(text: str, version: str | None = "3.18") -> GatewayConfig:
    parsed = Workspace(MemoryFiles({"config.yaml": text.encode()})).parsed("config.yaml")
    assert parsed is not None
    root = parsed.documents[0].root
    assert root is not None
    return GatewayConfig(root, "config.yaml", era_of(root, parse_version(version) if version else None))


def kinds(text: str, path: str = "config.yaml") -> list[str]:
    workspace = Workspace(MemoryFiles({path: text.encode()}))
    parsed = workspace.parsed(path)
    assert parsed is not None
    return [claim.kind for claim in gateway_claims(workspace, path, parsed)]


def ssl(body: str) -> str:
    return "apisix:\n  ssl:\n" + "".join(f"    {line}\n" for line in body.splitlines())


LOADS, DIES = True, False

# what the real loader and `apisix init` of 3.18 did with each file
LOADER = [
    ("minimal", ssl("enable: true"), LOADS, []),
    ("the article", ssl("ssl_trusted_certificate: /path/to/ca.crt\nskip_mtls_uri_regex:\n  - '^/api/health$'"), LOADS, ["mtls", "trusted"]),
    ("typo key foo", ssl("foo: 1"), LOADS, ["unknown"]),
    ("ssl at top level", "ssl:\n  enable: true\napisix:\n  node_listen: 9080\n", LOADS, ["top"]),
    ("2.x style listen: [9443]", ssl("listen: [9443]"), DIES, ["bare"]),
    ("2.x style listen: 9443", ssl("listen: 9443"), DIES, ["scalar"]),
    ("2.x listen_port", ssl("listen_port: 8443"), LOADS, ["listen_port"]),
    ("2.x ssl.enable_http2", ssl("enable_http2: true"), LOADS, ["enable_http2"]),
    ("listen[].enable_http2", ssl("listen:\n  - port: 9443\n    enable_http2: true"), DIES, ["http2"]),
    ("listen as a map", ssl("listen:\n  port: 9443"), DIES, ["mapping"]),
    ("port as string", ssl('listen:\n  - port: "9443"'), DIES, ["port"]),
    ("port 70000", ssl("listen:\n  - port: 70000"), DIES, ["range"]),
    ("ssl_protocols as list", ssl("ssl_protocols: [TLSv1.2]"), DIES, ["list"]),  # loads, then nginx refuses `table: 0x…`
    ("ssl_protocols bogus", ssl("ssl_protocols: TLSv1.4"), DIES, ["word"]),  # loads, then nginx refuses it
    ('ssl_session_tickets: "off"', ssl('ssl_session_tickets: "off"'), DIES, ["quoted"]),
    ('enable: "true"', ssl('enable: "true"'), DIES, ["quoted"]),
    ("ssl: {}", "apisix:\n  ssl: {}\n", DIES, ["empty"]),
    ("ssl: null", "apisix:\n  ssl:\n", DIES, ["empty"]),
    ("ssl: true", "apisix:\n  ssl: true\n", DIES, ["scalar"]),
    ("ssl_trusted_certificate: list", ssl("ssl_trusted_certificate: [/a]"), DIES, ["type"]),
    ("ssl_trusted_certificate: ''", ssl("ssl_trusted_certificate: ''"), LOADS, []),
    ("fallback_sni list", ssl("fallback_sni: [a.example.com]"), LOADS, ["fallback"]),
    ("key_encrypt_salt", ssl("key_encrypt_salt: edd1c9f0985e76a2"), LOADS, ["salt"]),
    ("keyring len 10", "apisix:\n  data_encryption:\n    keyring: [abcdefghij]\n", DIES, ["keyring"]),
    ("keyring len 32", "apisix:\n  data_encryption:\n    keyring: [abcdefghijklmnopabcdefghijklmnop]\n", LOADS, []),
    ("keyring str", "apisix:\n  data_encryption:\n    keyring: abcdefghijklmnop\n", LOADS, []),
    ("unset env var", ssl("fallback_sni: ${{NOT_SET_SNI}}"), LOADS, []),  # nobody knows the environment
    ("env var default", ssl("fallback_sni: ${{NOT_SET_SNI:=a.example.com}}"), LOADS, []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "loads", "defects"), [pytest.param(*row[1:], id=row[0]) for row in LOADER])
def test_as_the_real_loader(text: str, loads: bool, defects: list[str]) -> None:
    config = read(text)
    assert [defect.kind for defect in config_load.defects(config)] == defects
    assert config_load.starts(config) is loads


BY_VERSION = [
    (ssl("listen: [9443]"), {"2.15": True, "3.0": False, None: None}),
    (ssl("listen:\n  - port: 9443\n    enable_http2: true"), {"2.15": True, "3.8": True, "3.9": False, None: None}),
    (ssl("listen: [9443]") + "deployment:\n  role: traditional\n", {None: False}),
    (ssl("listen: [9443]") + "etcd:\n  host: ['http://a:2379']\n", {None: True}),
    (ssl("listen: [9443]") + "  admin_key: []\n", {None: True}),
    (ssl("enable: false") + "  https_admin: true\n", {"2.15": False, "3.1": True, None: False}),
    ("deployment:\n  admin:\n    https_admin: true\n", {None: False, "3.5": False}),
    ("deployment:\n  admin:\n    https_admin: true\n    admin_api_mtls:\n      admin_ssl_cert: a\n      admin_ssl_cert_key: b\n", {None: True}),
    ("deployment:\n  admin:\n    https_admin: 'true'\n", {None: False}),
    ("apisix:\n  data_encryption:\n    keyring: [abcdefghijklmnopabcdefghijklmnop]\n", {"3.17": False, "3.18": True, None: True}),
    ("apisix:\n  enable_http2: 'true'\n", {"3.18": False}),
    (ssl("listen:"), {"3.18": False}),
    (ssl("listen: ${{PORTS}}"), {"3.18": True}),
    (ssl("listen:\n  - port: ${{PORT:=9443}}\n    enable_http3: ${{H3}}"), {"3.18": True}),
    (ssl("listen:\n  - port: 9443\n    enable_http3: 'true'"), {"3.18": False}),
    (ssl("listen:\n  - ip: 127.0.0.1\n    port: 9443"), {"3.18": True, "2.15": True}),
    (ssl("listen:\n  - ip: 127\n    port: 9443"), {"3.18": False}),
    (ssl("listen:\n  - [9443]"), {"3.18": False}),
    (ssl("ssl_protocols: TLSv1.2,TLSv1.3"), {"3.18": False}),
    (ssl("ssl_protocols: 1.2"), {"3.18": False}),
    (ssl("ssl_protocols: ''"), {"3.18": False}),
    (ssl("ssl_protocols: TLSv1.1 TLSv1.2"), {"3.18": True}),
    (ssl("ssl_ciphers: [A, B]"), {"3.18": False}),
    (ssl("enable: yes"), {"3.18": True}),
    (ssl("enable: 1"), {"3.18": False}),
    (ssl("enable: ${{TLS}}"), {"3.18": True}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "version", "starts"), [(text, version, starts) for text, each in BY_VERSION for version, starts in each.items()]
)
def test_by_version(text: str, version: str | None, starts: bool | None) -> None:
    assert config_load.starts(read(text, version)) is starts


def test_defaults_of_each_version() -> None:
    now = ssl_settings(read("apisix:\n  node_listen: 9080\n"))
    assert now.enable is True
    assert [(one.ip, one.port, one.http3) for one in now.listen] == [("0.0.0.0", 9443, False)]
    assert now.protocols == "TLSv1.2 TLSv1.3"
    assert now.ciphers is not None
    assert "DES" not in now.ciphers
    assert (now.session_tickets, now.fallback_sni, now.trusted_certificate) == (False, "", "system")
    assert ssl_settings(read(ssl("enable: true"), "3.11")).trusted_certificate == ""
    old = ssl_settings(read(ssl("listen_port: 8443"), "2.15"))
    assert [one.port for one in old.listen] == [8443]


def test_written_settings() -> None:
    text = ssl(
        "enable: false\nlisten:\n  - port: 9443\n  - ip: 127.0.0.3\n    port: ${{P:=9445}}\n    enable_http3: true\n"
        "ssl_protocols: TLSv1.3\nfallback_sni: ${{SNI}}\nssl_session_tickets: true\nssl_trusted_certificate: /ca.pem"
    )
    found = ssl_settings(read(text))
    assert (found.enable, found.protocols, found.fallback_sni, found.session_tickets) == (False, "TLSv1.3", None, True)
    assert [(one.ip, one.port, one.http3) for one in found.listen] == [("0.0.0.0", 9443, False), ("127.0.0.3", 9445, True)]
    assert found.trusted_certificate == "/ca.pem"
    assert found.nodes["ssl_protocols"].value == "TLSv1.3"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{A:=1}}", 1),
        ("${{ A := true }}", True),
        ("x${{A:=y}}z", "xyz"),
        ("${{A}}", None),
        ("${{A:=}}", ""),
        ("on", True),
        ("0x10", 16),
        ("a", "a"),
        ("", None),
    ],
)
def test_variables(text: str, value: object) -> None:
    node = read(f"a: {text}\n").root.get("a")
    assert node is not None
    assert lua_value(node) == value
    assert has_variable(node) == ("{{" in text)


@pytest.mark.parametrize(
    ("word", "weak"),
    [("DES-CBC3-SHA", True), ("ECDHE-RSA-DES-CBC3-SHA", True), ("RC4-SHA", True), ("ECDHE-RSA-RC4-SHA", True), ("NULL-SHA", True), ("aNULL", True),
     ("!aNULL", False), ("-3DES", False), ("!MD5", False), ("AES128-SHA", False), ("ECDHE-RSA-AES256-SHA384", False), ("HIGH", False), ("", False)],
)  # fmt: skip
def test_ciphers(word: str, weak: bool) -> None:
    found = config_load.defects(read(ssl(f"ssl_ciphers: '{word}'")))
    assert [defect.kind for defect in found] == (["ciphers"] if weak else [])


CHART = "apisix:\n  ssl:\n    enabled: true\n"
RECOGNISED = [
    ("config.yaml", ssl("enable: true") + "nginx_config: {}\n", [APISIX_CONFIG]),
    ("config.yaml", "deployment:\n  role: traditional\n  role_traditional:\n    config_provider: etcd\n", [APISIX_CONFIG]),
    ("config.yaml", "apisix:\n  node_listen: 9080\n", [APISIX_CONFIG]),
    ("config.yaml", "deployment:\n  role: x\n", []),
    ("config.yaml", "apisix:\n  default_base_url: http://a\n  default_cluster_name: default\nlog_level: info\n", []),  # the controller's
    ("values.yaml", CHART, [APISIX_VALUES]),
    ("values.yaml", "gateway:\n  tls:\n    enabled: true\n    containerPort: 9443\nadmin: {}\n", [APISIX_VALUES]),
    ("values.yaml", "apisix:\n  deployment: {}\nservice: {}\n", [APISIX_VALUES]),
    ("values.yaml", "apisix:\n  apisix:\n    ssl:\n      enabled: true\n  etcd: {}\nglobal: {}\n", [APISIX_VALUES]),  # an umbrella chart's
    ("values.yaml", "dataPlane:\n  tls: {}\ncontrolPlane: {}\n" + CHART, []),  # Bitnami's
    ("values.yaml", "config:\n  apisix:\n    serviceName: apisix\n", []),  # the controller's
    ("ssl.json", '{"cert": "$secret://a", "key": "$secret://b", "snis": ["a.com"]}', [APISIX_SSL]),
    ("ssl.json", '{"cert": "/etc/x.pem", "key": "/etc/x.key", "sni": "a.com", "server": "b"}', []),
    ("tls.json", '{"cert": "-----BEGIN CERTIFICATE-----", "key": "x", "sni": "a.com"}', [APISIX_SSL]),
    ("apisix.yaml", "ssls:\n  - snis: [a.com]\n    cert: x\n    key: y\n#END\n", [APISIX_SSL]),
    ("adc.yaml", "ssls:\n  - snis: [a.com]\n    certificates: []\n", [APISIX_SSL]),
    ("kong.yaml", "_format_version: '3.0'\ncertificates:\n  - cert: x\n    key: y\n    snis: [{name: a.com}]\n", []),
    ("cm.yaml", "apiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: |\n    apisix:\n      node_listen: 9080\n  other: x\n", [APISIX_CONFIG]),
    ("cm.yaml", "apiVersion: v1\nkind: List\nitems:\n- kind: ConfigMap\n  data:\n    apisix.yaml: |\n      ssls:\n        - snis: [a]\n          cert: b\n", [APISIX_SSL]),
    ("cr.yaml", "apiVersion: a/v1\nkind: X\napisix:\n  ssl:\n    enable: true\n", []),
    ("empty.yaml", "", []),
    ("list.yaml", "[]", []),
    ("scalar.yaml", "apisix", []),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "expected"), RECOGNISED)
def test_recognised_by_content(path: str, text: str, expected: list[str]) -> None:
    assert kinds(text, path) == expected


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("config.yaml", "apisix:\n  ssl:\n    enable: [\n", APISIX_CONFIG),
        ("config.yaml", "apisix:\n  # TLS\n  ssl：\n    enable: [\n", APISIX_CONFIG),
        ("apisix.yaml", "ssls:\n  - sni: [\n", APISIX_SSL),
        ("values.yaml", "apisix:\n  image: [\n", None),
        ("a.yaml", "apiVersion: v1\napisix:\n  ssl: [\n", None),
    ],
)
def test_recognised_where_broken(path: str, text: str, kind: str | None) -> None:
    assert broken_kind(path, text) == kind


def test_who_names_the_version() -> None:
    compose = b"services:\n  apisix:\n    image: apache/apisix:3.9.1-debian\n"
    workspace = Workspace(MemoryFiles({"docker-compose.yml": compose}))
    claims = Claims()
    assert known_version(workspace, claims, Config(versions=(("apisix", "3.13"),))) == (3, 13, 0)
    assert known_version(workspace, claims, Config()) is None
    claims.mentions.append("docker-compose.yml")
    assert known_version(workspace, claims, Config()) == (3, 9, 1)
