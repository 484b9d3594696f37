"""``status`` where the private key is rightly not in Git: what it says will be is what it says once the key is there."""

from __future__ import annotations

import pytest

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - ./tls:/tls
"""
PATHS = "  serverPemPath: /tls/server.pem\n  serverKeyPath: /tls/server.key\n  caPemPath: /tls/ca.pem\n"
LEGEND = "if the files that are not in the repository are there and fit"


def user(mode: int, port: int, internal: str) -> str:
    """A user.yaml of tlsMode, REST port and internal TLS."""
    security = f"common:\n  security:\n    tlsMode: {mode}\n    internaltlsEnabled: {internal}\n"
    return f"{security}proxy:\n  http:\n    port: {port}\ntls:\n{PATHS}internaltls:\n{PATHS}  sni: localhost\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    from gitops_tls.__main__ import main

    folder = tmp_path_factory.mktemp("made") / "tls"
    assert main(["cert", "new", str(folder), "--name", "localhost"]) == 0
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("mode", [1, 2])
@pytest.mark.parametrize("port", [8080, 19531])
@pytest.mark.parametrize("internal", ["true", "false"])
def test_what_is_expected_comes_true_with_the_key(repository, tool, made, mode, port, internal):
    public = {f"tls/{name}": made[name] for name in ("ca.pem", "server.pem")}
    ignored = {".gitignore": "*.key\n", "docker-compose.yml": COMPOSE, "user.yaml": user(mode, port, internal)}
    repository({**ignored, **public})
    [before] = tool("status", "--format", "json").json["deployments"]
    text = tool("status").out
    repository({".gitignore": "", "tls/server.key": made["server.key"]})
    [after] = tool("status", "--format", "json").json["deployments"]
    assert (before["server"], before["grpc"]["tls"], before["rest"]["tls"]) == ("unknown", "unknown", "unknown")
    assert {name: before[name]["expected"] for name in ("grpc", "rest")} == {
        name: after[name]["tls"] for name in ("grpc", "rest")
    }
    assert before["internal"].get("expected", before["internal"]["tls"]) == after["internal"]["tls"]
    assert f"gRPC 19530 {after['grpc']['tls']}?" in text
    assert LEGEND in text
    assert "expected" not in str(after)


def test_nothing_is_expected_where_a_setting_is_not_known(repository, tool, made):
    compose = COMPOSE + "    environment:\n      COMMON_SECURITY_TLSMODE: ${MODE}\n"
    repository({"docker-compose.yml": compose, "user.yaml": user(1, 8080, "false"), "tls/server.pem": made["server.pem"]})
    assert "expected" not in tool("status", "--format", "json").out
    assert LEGEND not in tool("status").out


def test_nothing_is_expected_of_a_server_that_fails(repository, tool, made):
    values = user(1, 19530, "false")
    repository(
        {".gitignore": "*.key\n", "docker-compose.yml": COMPOSE, "user.yaml": values, "tls/server.pem": made["server.pem"]}
    )
    [deployment] = tool("status", "--format", "json").json["deployments"]
    assert deployment["server"] == "fails"
    assert "expected" not in str(deployment)
