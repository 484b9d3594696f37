"""Small repositories of the documentation's snippets, as a reader of the page makes them."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from gitops_tls.config import Config
from gitops_tls.pipeline import Report, analyse
from gitops_tls.repair import Repaired, repair
from gitops_tls.repo.files import Files, MemoryFiles
from gitops_tls.repo.workspace import Workspace

_SNIPPETS = Path(__file__).with_name("snippets")

_OTHER_SERVICES = """services:
  etcd:
    container_name: milvus-etcd
    image: quay.io/coreos/etcd:v3.5.25
    command: etcd -advertise-client-urls=http://etcd:2379 -listen-client-urls http://0.0.0.0:2379 --data-dir /etcd

  minio:
    container_name: milvus-minio
    image: minio/minio:RELEASE.2024-12-18T13-15-44Z
    command: minio server /minio_data --console-address ":9001"

"""
_PORTS = """    ports:
      - "19530:19530"
      - "9091:9091"
"""

DEFAULTS = """# the settings that every component needs, in the order of the shipped file
etcd:
  endpoints: localhost:2379
  ssl:
    enabled: false
    tlsMinVersion: 1.3
minio:
  address: localhost
  port: 9000
  useSSL: false
mixCoord:
  enableActiveStandby: false
rootCoord:
  port: 22125
proxy:
  port: 19530
  internalPort: 19529
  http:
    enabled: true # Whether to enable the http server
    port:
queryCoord:
  port: 19531
queryNode:
  port: 21123
dataCoord:
  port: 13333
dataNode:
  port: 21124
streamingNode:
  port: 22222
tls:
  serverPemPath: configs/cert/server.pem
  serverKeyPath: configs/cert/server.key
  caPemPath: configs/cert/ca.pem
internaltls:
  serverPemPath: configs/cert/server.pem
  serverKeyPath: configs/cert/server.key
  caPemPath: configs/cert/ca.pem
  sni: localhost
common:
  storageType: remote
  security:
    authorizationEnabled: false
    internaltlsEnabled: false
    tlsMode: 0
"""
"""A complete milvus.yaml in small: all its listeners, and the TLS settings with the shipped values."""


@cache
def pki() -> ModuleType:
    """The certificate maker of tests/certs."""
    spec = importlib.util.spec_from_file_location("certs_pki", Path(__file__).parents[1] / "certs" / "pki.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["certs_pki"] = module
    spec.loader.exec_module(module)
    return module


def snippet(name: str) -> str:
    """A snippet of the page."""
    return (_SNIPPETS / f"{name}.yaml").read_text()


@cache
def generated(
    client_usage: tuple[str, ...] | None = ("server",), server_usage: tuple[str, ...] | None = ("server",)
) -> dict[str, bytes]:
    """The files that the page's gen.sh means to make, by name: one subject for the authority, the server and the client,
    and one extension section, that of a server, for both certificates. ``None``: no extendedKeyUsage, as the script of 2.4."""
    maker: Any = pki()
    ca = maker.root("localhost", usage=None)
    options: dict[str, Any] = {"subject": ca.certificate.subject, "dns": ["localhost"], "usage": maker.LEAF_USAGE}
    server = maker.issue("localhost", maker.ec_key(3), ca, eku=server_usage, serial=1, **options)
    client = maker.issue("localhost", maker.ec_key(4), ca, eku=client_usage, serial=2, **options)
    return {
        "ca.pem": ca.pem,
        "server.pem": server.pem,
        "server.key": server.key,
        "client.pem": client.pem,
        "client.key": client.key,
    }


def tls_folder(*names: str, **usage: tuple[str, ...] | None) -> dict[str, bytes]:
    """The ``tls`` folder beside the compose file; by default with the three files that the page names."""
    made = generated(**usage)
    return {f"tls/{name}": made[name] for name in names or ("server.pem", "server.key", "ca.pem")}


def compose(milvus_yaml: str, *, image: str = "milvusdb/milvus:latest", ports: bool = True) -> dict[str, bytes]:
    """The compose project of the page around a milvus.yaml."""
    service = snippet("compose-service").replace("milvusdb/milvus:latest", image)
    project = _OTHER_SERVICES + service + (_PORTS if ports else "")
    return {"docker-compose.yml": project.encode(), "milvus.yaml": milvus_yaml.encode()}


class Repository(MemoryFiles):
    """A repository whose private keys lie beside the compose file, but not in Git."""

    def paths(self) -> list[str]:
        """See Files."""
        return [path for path in super().paths() if not self.ignored(path)]

    def ignored(self, path: str) -> bool:
        """See Files."""
        return path.endswith(".key")


def judge(files: Files) -> Report:
    """Analyse files at the moment the certificates were made for."""
    return analyse(Workspace(files), files.paths(), Config(), pki().NOW)


def report(files: dict[str, bytes]) -> Report:
    """Analyse a project."""
    return judge(Repository(files))


def fixed(files: dict[str, bytes], *, unsafe: bool) -> Repaired:
    """Fix a project in memory."""
    return repair(Repository(files), judge, lambda path: True, unsafe=unsafe)
