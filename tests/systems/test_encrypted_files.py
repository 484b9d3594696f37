"""Files that a compose project mounts and that the repository holds encrypted: unknown, with the tool's name; never an error."""

from __future__ import annotations

import json

import pytest

from gitops_tls.repo.encrypted import encrypted_by
from gitops_tls.systems.compose.dotenv import parse_dotenv
from gitops_tls.systems.compose.interpolate import Interpolated

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes: ["./user.yaml:/milvus/configs/user.yaml", "./tls:/milvus/tls"]
    ports: ["19530:19530", "8080:8080"]
"""
USER = """tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
  caPemPath: /milvus/tls/ca.pem
common:
  security:
    tlsMode: {}
proxy: {{http: {{port: 8080}}}}
"""
INTERNAL = """internaltls: {serverPemPath: /milvus/tls/server.pem, serverKeyPath: /milvus/tls/server.key, caPemPath: /milvus/tls/ca.pem, sni: localhost}
common:
  security: {internaltlsEnabled: true}
"""
VALUE = "ENC[AES256_GCM,data:bm90IGEga2V5,iv:bm9uZQ==,tag:bm9uZQ==,type:str]"
ENVELOPE = json.dumps({"data": VALUE, "sops": {"age": [], "mac": VALUE, "version": "3.9.0"}}, indent="\t").encode()
FORMS = {
    "SOPS": ENVELOPE,
    "git-crypt": b"\0GITCRYPT\0" + bytes(range(256)),
    "Ansible Vault": b"$ANSIBLE_VAULT;1.1;AES256\n6638643965396\n",
    "age": b"age-encryption.org/v1\n-> X25519 abc\n" + bytes(range(200)),
    "PGP": b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n",
}


@pytest.fixture(scope="module")
def ca(pki):
    return pki.root()


@pytest.fixture(scope="module")
def leaf(pki, ca):
    return pki.server(ca)


@pytest.mark.parametrize("tool_name", FORMS)
@pytest.mark.parametrize(
    "hidden", [("server.key",), ("server.pem", "server.key"), ("ca.pem",), ("server.pem", "server.key", "ca.pem")]
)
def test_a_mounted_file_is_unknown(repository, tool, ca, leaf, tool_name, hidden):
    files = {"server.pem": leaf.pem, "server.key": leaf.key, "ca.pem": ca.pem, **dict.fromkeys(hidden, FORMS[tool_name])}
    repository(
        {"docker-compose.yml": COMPOSE, "user.yaml": USER.format(2), **{f"tls/{name}": data for name, data in files.items()}}
    )
    result = tool("check", "--format", "json").json
    assert [each for each in result["findings"] if each["rule"].startswith("GT3") or each["severity"] == "error"] == []
    assert {(each["path"], each["reason"]) for each in result["skipped"]} == {(f"tls/{name}", "encrypted") for name in hidden}
    [status] = tool("status", "--format", "json").json["deployments"]
    assert (status["server"], status["grpc"]["tls"], status["rest"]["tls"]) == ("unknown", "unknown", "unknown")
    assert set(status["clients"].values()) == {"unknown"}
    words = f"`./tls/{hidden[0]}` is encrypted with {tool_name}: whether it is decrypted before the start is not known here"
    assert words in [each["message"] for each in status["why"]]
    unread = tool("certs").out
    assert f"{tool_name}, used by standalone (server)" in unread or "server.pem" not in hidden


def test_the_ca_of_one_way_tls_decides_nothing(repository, tool, leaf):
    files = {"tls/server.pem": leaf.pem, "tls/server.key": leaf.key, "tls/ca.pem": ENVELOPE}
    repository({"docker-compose.yml": COMPOSE, "user.yaml": USER.format(1), **files})
    [status] = tool("status", "--format", "json").json["deployments"]
    assert (status["server"], status["grpc"]["tls"]) == ("starts", "one-way")


def test_internal_tls(repository, tool, ca, leaf):
    files = {"tls/server.pem": leaf.pem, "tls/server.key": ENVELOPE, "tls/ca.pem": ca.pem}
    repository({"docker-compose.yml": COMPOSE, "user.yaml": INTERNAL, **files})
    [status] = tool("status", "--format", "json").json["deployments"]
    assert status["internal"]["tls"] == "unknown"
    assert "GT314" not in tool("check", "--format", "json").rules


@pytest.mark.parametrize(
    "data", [ENVELOPE, USER.format(2).replace("tlsMode: 2", f"tlsMode: {VALUE}").encode() + b"sops: {mac: x}\n"]
)
def test_an_encrypted_configuration(repository, tool, data):
    repository({"docker-compose.yml": COMPOSE, "user.yaml": data})
    [status] = tool("status", "--format", "json").json["deployments"]
    assert (status["server"], status["grpc"]["tls"]) == ("unknown", "unknown")
    assert [each["message"] for each in status["why"] if "encrypted" in each["message"]] == [
        "user.yaml: it is encrypted with SOPS"
    ]


def test_a_configuration_of_git_crypt(repository, tool):
    repository({"docker-compose.yml": COMPOSE, "user.yaml": FORMS["git-crypt"]})
    [status] = tool("status", "--format", "json").json["deployments"]
    assert (status["server"], status["grpc"]["tls"]) == ("unknown", "unknown")
    assert any("`./user.yaml` is encrypted with git-crypt" in each["message"] for each in status["why"])


DOTENV = f"#{VALUE}\nMODE={VALUE}\nTAG=v2.6.20\nsops_mac={VALUE}\nsops_version=3.9.0\n"
WITH_ENV_FILE = COMPOSE + "    env_file: [tls.env]\n"


@pytest.mark.parametrize("data", [DOTENV.replace("MODE", "COMMON_SECURITY_TLSMODE"), ENVELOPE.decode()])
def test_an_encrypted_env_file(repository, tool, data):
    repository({"docker-compose.yml": WITH_ENV_FILE, "tls.env": data, "user.yaml": "# nothing\n"})
    [status] = tool("status", "--format", "json").json["deployments"]
    assert status["server"] == "unknown"
    assert any("encrypted with SOPS" in each["message"] for each in status["why"])
    assert not [each for each in tool("check", "--format", "json").json["findings"] if each["severity"] == "error"]


@pytest.mark.parametrize("data", [DOTENV, ENVELOPE.decode()])
def test_the_variables_of_an_encrypted_project_are_unknown(repository, tool, data):
    text = COMPOSE + "    environment: {COMMON_SECURITY_TLSMODE: '${MODE}'}\n"
    repository({"docker-compose.yml": text, ".env": data, "user.yaml": "# nothing\n"})
    [status] = tool("status", "--format", "json").json["deployments"]
    assert status["server"] == "unknown"
    assert "COMMON_SECURITY_TLSMODE" in status["why"][0]["message"]


def test_values_of_a_dotenv():
    found = {entry.name: entry.value for entry in parse_dotenv(DOTENV, lambda _: None).entries}
    assert found["MODE"] == Interpolated(None, ("MODE",))
    assert found["TAG"] == Interpolated("v2.6.20")
    quoted = parse_dotenv(f'A="{VALUE}"\nB=x${{A}}\n', lambda _: None).entries
    assert [entry.value.known for entry in quoted] == [None, None]


@pytest.mark.parametrize("data", [b"", b"ENC[", b"-----BEGIN CERTIFICATE-----", b"x" * 5000 + ENVELOPE])
def test_plain_files_are_not_encrypted(data):
    assert encrypted_by(data) == ""


def test_every_tool_is_told():
    assert {name: encrypted_by(data) for name, data in FORMS.items()} == {name: name for name in FORMS}
