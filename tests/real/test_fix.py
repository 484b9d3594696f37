"""`fix --unsafe` on a broken compose project: afterwards the real server serves TLS and pymilvus connects."""

from __future__ import annotations

import os
import posixpath
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from compose_project import run_tool, status
from milvus_server import BASE_ENVIRONMENT, VERSION, Answer, Server
from pki import good_set
from ruamel.yaml import YAML

CLIENT = str(Path(__file__).with_name("client.py"))

COMPOSE = f"""\
# the vector database of the search team
services:
  standalone:
    image: milvusdb/milvus:{VERSION}
    command: ["milvus", "run", "standalone"]
    environment:
{{environment}}
    volumes:
      - ./milvus.yaml:/milvus/configs/milvus.yaml
{{mount}}    ports:
      - "19530:19530"
      - "127.0.0.1:9091:9091"
"""

MOUNT = "      - ./tls:/milvus/tls\n"

MISPLACED = """\
# certificates: see the wiki
common:
  security:
    tlsMode: {mode}
  tls:
    serverPemPath: /milvus/tls/server.pem
    serverKeyPath: /milvus/tls/server.key
    caPemPath: /milvus/tls/ca.pem
"""

MISSPELT = """\
proxy:
  http:
    port: 19530   # one port for everything
tls:
  serverPem: /milvus/tls/server.pem
  serverKeyPath: ./tls/server.key
  caPath: /milvus/tls/ca.pem

common:
  security:
    tls-mode: {mode}
"""

DOUBLED = """\
common:
  security:
    tlsMode: {mode}

tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
  caPemPath: /milvus/tls/ca.pem

# users
common:
  security:
    authorizationEnabled: false
"""

ONE_WAY = ["server_pem_path=/milvus/tls/ca.pem", "server_name=localhost"]
MUTUAL = [
    "ca_pem_path=/milvus/tls/ca.pem",
    "client_pem_path=/milvus/tls/client.pem",
    "client_key_path=/milvus/tls/client.key",
    "server_name=localhost",
]

BROKEN = {
    "misplaced, one-way": (MISPLACED, "1", MOUNT, "one-way"),
    "misplaced, mutual": (MISPLACED, "2   # mutual", MOUNT, "mutual"),
    "a switch instead of a mode": (MISPLACED, "true", MOUNT, "one-way"),
    "misspelt, one-way": (MISSPELT, "1", MOUNT, "one-way"),
    "misspelt, mutual": (MISSPELT, "'2'", MOUNT, "mutual"),
    "doubled, not mounted": (DOUBLED, "1", "", "one-way"),
    "doubled, mutual": (DOUBLED, '" 2"', MOUNT, "mutual"),
}


def _write(folder: Path, text: str, mount: str) -> None:
    environment = "\n".join(f'      {name}: "{value}"' for name, value in BASE_ENVIRONMENT.items())
    (folder / "docker-compose.yml").write_text(COMPOSE.format(environment=environment, mount=mount), encoding="utf-8")
    (folder / "milvus.yaml").write_text(text, encoding="utf-8")
    (folder / "tls").mkdir()
    for name, content in good_set().items():
        (folder / "tls" / name).write_bytes(content)


def _as_docker_runs_it(folder: Path) -> tuple[dict[str, bytes | None], dict[str, str]]:
    """The files and variables of the container, read from the project as it stands on disk now."""
    text = (folder / "docker-compose.yml").read_text(encoding="utf-8")
    service: dict[str, Any] = YAML(typ="safe").load(text)["services"]["standalone"]
    files: dict[str, bytes | None] = {}
    for volume in service["volumes"]:
        source, target = volume.split(":")[:2] if isinstance(volume, str) else (volume["source"], volume["target"])
        place = folder / source
        if place.is_file():
            files[target] = place.read_bytes()
        for path in place.glob("*") if place.is_dir() else ():
            files[posixpath.join(target, path.name)] = path.read_bytes()
    return files, {name: str(value) for name, value in service["environment"].items()}


@pytest.mark.parametrize(("text", "mode", "mount", "wanted"), BROKEN.values(), ids=list(BROKEN))
def test_repaired_project_serves_tls(text: str, mode: str, mount: str, wanted: str, tmp_path: Path, real_server: Server) -> None:
    _write(tmp_path, text.format(mode=mode), mount)
    before = real_server.ask(*_as_docker_runs_it(tmp_path))
    assert before != Answer("starts", wanted, wanted)

    run_tool(tmp_path, "fix", "--unsafe")
    code, left = run_tool(tmp_path, "check")
    assert code == 0, left
    deployment = status(tmp_path)
    assert (deployment["server"], deployment["grpc"]["tls"], deployment["rest"]["tls"]) == ("starts", wanted, wanted)

    with real_server.serve(*_as_docker_runs_it(tmp_path)) as after:
        assert after == Answer("starts", wanted, wanted)
        if find_spec("pymilvus") is None:
            pytest.skip("the server serves TLS; pymilvus is not installed, so no client was tried")
        _connects(real_server, deployment, wanted)


def _connects(server: Server, deployment: dict[str, Any], wanted: str) -> None:
    """pymilvus as predicted: its right arguments connect, plaintext and (in mutual mode) a missing client certificate do not."""
    assert deployment["clients"]["pymilvus"] == "ok"
    arguments = MUTUAL if wanted == "mutual" else ONE_WAY
    code, output = server.run([sys.executable, CLIENT, "https://localhost:19530", *arguments], timeout=90)
    assert (code, "connected" in output) == (0, True), output
    refused = ["https://localhost:19530", *ONE_WAY] if wanted == "mutual" else ["http://localhost:19530"]
    if os.environ.get("GITOPS_TLS_ALL"):
        assert server.run([sys.executable, CLIENT, *refused], timeout=90)[0] != 0
