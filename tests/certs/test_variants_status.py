"""The 102 measured runs of a real Milvus 2.3.5, each as a compose project: ``status`` says what was measured."""

from __future__ import annotations

import pytest
from certs_pki import NOW
from certs_variants import MEASURED, PANICS, Set, make

NAMES = ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")
COMPOSE = """\
services:
  standalone:
    image: milvusdb/milvus:v2.3.5
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./milvus.yaml:/milvus/configs/milvus.yaml
      - ./tls:/milvus/tls:ro
    ports: ["19530:19530", "8080:8080"]
"""
CONFIG = """\
proxy: {{port: 19530, internalPort: 19529, http: {{enabled: true, port: 8080}}}}
rootCoord: {{port: 53100}}
dataCoord: {{port: 13333}}
queryCoord: {{port: 19531}}
queryNode: {{port: 21123}}
indexNode: {{port: 21121}}
dataNode: {{port: 21124}}
tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
  caPemPath: /milvus/tls/ca.pem
common: {{security: {{tlsMode: {mode}}}}}
"""
ASKED_FOR_THEIR_OWN_NAME = frozenset(("wildcard", "wrongsan"))
"""The measured clients asked for localhost, those of ``status`` ask for a name that the certificate has."""


def _project(files: Set, mode: int) -> dict[str, str | bytes]:
    contents = (files.ca, files.server, files.server_key, files.client, files.client_key)
    tls = {f"tls/{name}": content for name, content in zip(NAMES, contents, strict=True)}
    return {"docker-compose.yml": COMPOSE, "milvus.yaml": CONFIG.format(mode=mode), **tls}


@pytest.mark.parametrize("mode", [1, 2])
@pytest.mark.parametrize("name", MEASURED)
def test_status(name: str, mode: int, repository, tool) -> None:
    repository(_project(make(name), mode), git=False)
    [said] = tool("status", "--format", "json", "--at", NOW.isoformat()).json["deployments"]
    measured = MEASURED[name][mode - 1]
    clients = (said["clients"]["pymilvus"], said["clients"]["curl"])
    if measured in PANICS:
        assert (said["server"], said["grpc"]["tls"], said["rest"]["tls"], *clients) == ("fails",) * 5
        assert any(measured in reason["message"] for reason in said["why"])
        return
    kind = "one-way" if mode == 1 else "mutual"
    assert (said["server"], said["grpc"], said["rest"]) == (
        "starts", {"port": 19530, "tls": kind}, {"port": 8080, "tls": kind},
    )  # fmt: skip
    if name in ASKED_FOR_THEIR_OWN_NAME:
        assert clients == ("ok", "ok")
        return
    marks = (measured[1], measured[3]) if mode == 1 else (measured[2], measured[4])
    assert clients == tuple("ok" if mark == "+" else "fails" for mark in marks)
