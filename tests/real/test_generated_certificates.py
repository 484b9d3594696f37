"""What `cert new` and `cert renew` make: a real Milvus serves TLS with it, pymilvus and curl connect, strangers do not."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from compose_project import run_tool
from milvus_server import BASE_ENVIRONMENT, CONFIGS, Answer, Server

CLIENT = str(Path(__file__).with_name("client.py"))
TLS = "/milvus/tls"
CONFIG = f"""\
proxy:
  http:
    port: 8080
tls:
  serverPemPath: {TLS}/server.pem
  serverKeyPath: {TLS}/server.key
  caPemPath: {TLS}/ca.pem
common:
  security:
    tlsMode: {{mode}}
"""
TRIO = [f"ca_pem_path={TLS}/ca.pem", f"client_pem_path={TLS}/client.pem", f"client_key_path={TLS}/client.key"]
ANCHOR = [f"server_pem_path={TLS}/ca.pem"]
PAIR = ["--cert", f"{TLS}/client.pem", "--key", f"{TLS}/client.key"]


def files(folder: Path, mode: int) -> dict[str, bytes | None]:
    """The container: the configuration, and everything of the set but the CA's key."""
    made = {f"{TLS}/{path.name}": path.read_bytes() for path in folder.iterdir() if path.name != "ca.key"}
    return {f"{CONFIGS}/milvus.yaml": CONFIG.format(mode=mode).encode(), **made}


def pymilvus(server: Server, host: str, *words: str) -> bool:
    if find_spec("pymilvus") is None:
        pytest.skip("the server serves TLS; pymilvus is not installed")
    return server.run([sys.executable, CLIENT, f"https://{host}:19530", *words], timeout=90)[0] == 0


def curl(server: Server, host: str, *words: str) -> bool:
    """Whether the REST port answers at all over TLS (2.3.5 has none of the documented paths: 404)."""
    if shutil.which("curl") is None:
        pytest.skip("the server serves TLS; there is no curl")
    return server.run(["curl", "-sS", "-o", "/dev/null", "--cacert", f"{TLS}/ca.pem", *words, f"https://{host}:8080/"])[0] == 0


@pytest.mark.parametrize("kind", ["rsa:2048", "rsa:4096", "ec:p256", "ec:p384"])
def test_one_way_and_mutual(kind: str, tmp_path: Path, real_server: Server) -> None:
    assert run_tool(tmp_path, "cert", "new", "--key", kind, "--name", "localhost", "--ip", "127.0.0.1")[0] == 0
    with real_server.serve(files(tmp_path / "tls", 1), BASE_ENVIRONMENT) as answer:
        assert answer == Answer("starts", "one-way", "one-way")
        assert curl(real_server, "localhost")
        assert curl(real_server, "127.0.0.1")
        assert pymilvus(real_server, "localhost", *ANCHOR)
        assert pymilvus(real_server, "127.0.0.1", *ANCHOR)
    with real_server.serve(files(tmp_path / "tls", 2), BASE_ENVIRONMENT) as answer:
        assert answer == Answer("starts", "mutual", "mutual")
        assert curl(real_server, "localhost", *PAIR)
        assert not curl(real_server, "localhost")
        assert not curl(real_server, "localhost", "--cert", f"{TLS}/server.pem", "--key", f"{TLS}/server.key")
        assert pymilvus(real_server, "localhost", *TRIO)


@pytest.mark.parametrize("keep", [[], ["--keep-key"]], ids=["new key", "old key"])
def test_after_a_renewal_clients_with_the_old_ca_go_on(keep: list[str], tmp_path: Path, real_server: Server) -> None:
    assert run_tool(tmp_path, "cert", "new", "--days", "1", "--at", "2026-01-01")[0] == 0
    folder = tmp_path / "tls"
    with real_server.serve(files(folder, 2), BASE_ENVIRONMENT) as answer:
        assert answer.server == "starts"
        assert not curl(real_server, "localhost", *PAIR)  # it ended long ago
    old = (folder / "ca.pem").read_bytes()
    assert run_tool(tmp_path, "cert", "renew", "tls/server.pem", "tls/client.pem", "--days", "30", *keep)[0] == 0
    assert (folder / "ca.pem").read_bytes() == old
    with real_server.serve(files(folder, 2), BASE_ENVIRONMENT) as answer:
        assert answer == Answer("starts", "mutual", "mutual")
        assert curl(real_server, "localhost", *PAIR)
        assert pymilvus(real_server, "localhost", *TRIO)


def test_a_set_under_another_ca_stays_outside(tmp_path: Path, real_server: Server) -> None:
    for name in ("tls", "other"):
        assert run_tool(tmp_path, "cert", "new", name)[0] == 0
    strangers = {f"{TLS}/other/{path.name}": path.read_bytes() for path in (tmp_path / "other").iterdir()}
    with real_server.serve({**files(tmp_path / "tls", 2), **strangers}, BASE_ENVIRONMENT) as answer:
        assert answer == Answer("starts", "mutual", "mutual")
        assert not curl(real_server, "localhost", "--cert", f"{TLS}/other/client.pem", "--key", f"{TLS}/other/client.key")
        assert curl(real_server, "localhost", *PAIR)
