"""``status`` from end to end: the contract's JSON and the aligned table."""

from __future__ import annotations

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
    ports: ["19530:19530", "9091:9091"]
"""
USER = "common:\n  security:\n    tlsMode: true\n"


def test_json_has_every_key_of_the_contract(repository, tool):
    repository({"prod/docker-compose.yml": COMPOSE, "prod/user.yaml": USER})
    result = tool("status", "--format", "json")
    assert result.code == 0
    assert list(result.json) == ["version", "deployments"]
    [deployment] = result.json["deployments"]
    assert list(deployment) == [
        "system", "shape", "name", "path", "line", "milvus_version", "server", "grpc", "rest", "internal", "management", "certificate",
        "clients", "why",
    ]  # fmt: skip
    assert deployment["grpc"] == {"port": 19530, "tls": "plaintext"}
    assert deployment["management"] == {"port": 9091, "tls": "plaintext", "published": True}
    assert (deployment["certificate"], deployment["milvus_version"], deployment["shape"]) == (None, "2.6.20", "compose")
    assert list(deployment["clients"]) == ["pymilvus", "curl", "go"]
    assert deployment["why"][0]["path"] == "prod/user.yaml"


def test_the_table_is_aligned(repository, tool):
    repository(
        {"a/docker-compose.yml": COMPOSE, "a/user.yaml": USER, "longer/docker-compose.yml": COMPOSE, "longer/user.yaml": USER}
    )
    lines = tool("status").out.splitlines()
    assert len(lines) == 2
    assert len({line.index("compose  ") if "compose  " in line else line.index("gRPC") for line in lines}) == 1
    assert all("gRPC 19530 PLAINTEXT" in line for line in lines)
    assert tool("status", "longer").out.count("\n") == 1


def test_nothing_to_tell(repository, tool):
    repository({"a.yaml": "a: 1\n"})
    assert tool("status").out == "No Milvus deployment found.\n"
    assert tool("status", "--format", "json").json == {"version": 1, "deployments": []}
    assert tool("status", "--format", "sarif").code == 2
