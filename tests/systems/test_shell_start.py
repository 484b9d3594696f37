"""What a shell does before it starts Milvus, and images that the project builds itself."""

from __future__ import annotations

import pytest

from gitops_tls.config import Config
from gitops_tls.pipeline import Report, analyse
from gitops_tls.repair import repair
from gitops_tls.repo.files import Files, MemoryFiles
from gitops_tls.repo.workspace import Workspace

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: {}
    volumes: ["./user.yaml:/milvus/configs/user.yaml"]
"""
_USER = "proxy: {http: {port: 8080}}\ncommon: {security: {tlsMode: 1}}\n"


def judge(files: Files) -> Report:
    from datetime import datetime, timezone

    return analyse(Workspace(files), files.paths(), Config(), datetime(2026, 11, 22, tzinfo=timezone.utc))


@pytest.mark.parametrize(
    ("command", "grpc"),
    [
        ('sh -c "sleep 5 && milvus run standalone"', "one-way"),
        ('sh -c "ulimit -n 65535; LD_PRELOAD=x milvus run standalone"', "one-way"),
        ('["sh", "-c", "export COMMON_SECURITY_TLSMODE=0; milvus run standalone"]', "plaintext"),
        ("sh -c 'COMMON_SECURITY_TLSMODE=\"2\" exec milvus run standalone'", "mutual"),
        ("env COMMON_SECURITY_TLSMODE=0 milvus run standalone", "plaintext"),
        ('["/bin/bash", "-ec", "export COMMON_SECURITY_TLSMODE=$$MODE; exec milvus run standalone"]', "unknown"),
        ('sh -c "cp /x/user.yaml /milvus/configs/user.yaml && milvus run standalone"', "unknown"),
        ('sh -c "MILVUSCONF=/conf milvus run standalone"', "unknown"),
        ('["milvus", "run", "standalone", "COMMON_SECURITY_TLSMODE=0"]', "one-way"),
        ('sh -c "milvus run standalone; COMMON_SECURITY_TLSMODE=0 true"', "one-way"),
    ],
)
def test_the_shell_before_the_start_counts(command: str, grpc: str) -> None:
    [deployment] = judge(
        MemoryFiles({"docker-compose.yml": _COMPOSE.format(command).encode(), "user.yaml": _USER.encode()})
    ).facts.deployments
    assert deployment.prediction is not None
    assert deployment.prediction.grpc.tls == grpc


@pytest.mark.parametrize("variable", ["COMMON_SECURITY_TLSMODE=true", "PROXY_HTTP_PORT=19530", "TLS_SERVERPEMPATH=/x"])
def test_a_fix_never_writes_over_a_command(variable: str) -> None:
    compose = _COMPOSE.format(f'sh -c "{variable} milvus run standalone"').encode()
    repaired = repair(
        MemoryFiles({"docker-compose.yml": compose, "user.yaml": _USER.encode()}), judge, lambda path: True, unsafe=True
    )
    assert f'sh -c "{variable} milvus' in repaired.changed.get("docker-compose.yml", compose).decode()


def test_a_built_image_may_bring_any_milvus_yaml() -> None:
    compose = _COMPOSE.format("milvus run standalone").replace("image: milvusdb/milvus:v2.6.20", "build: .")
    report = judge(MemoryFiles({"docker-compose.yml": compose.encode(), "user.yaml": _USER.encode(), "Dockerfile": b"FROM x\n"}))
    [deployment] = report.facts.deployments
    assert deployment.prediction is not None
    assert deployment.prediction.server == "unknown"
