"""Runs the examples that rules document. The certificates in them are made here, anew in each session."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from gitops_tls.config import Config
from gitops_tls.config_file import load
from gitops_tls.pipeline import Report, analyse
from gitops_tls.repair import Repaired, repair
from gitops_tls.repo.files import Files, MemoryFiles
from gitops_tls.repo.workspace import Workspace

CONFIG = ".gitops-tls.yaml"

_PLACE = re.compile(r"\{(ca|cert|key|certb64|keyb64)(?::([a-z0-9-]+))?\}")


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


@cache
def issued(kind: str) -> Any:
    """The certificates that examples name."""
    maker = pki()
    now = maker.NOW
    ca = maker.root()
    special: dict[str, dict[str, Any]] = {
        "server": {},
        "one-name": {"dns": ("milvus.internal",)},
        "expired": {"not_before": now - timedelta(days=90), "not_after": now - timedelta(days=1)},
        "expiring": {"not_after": now + timedelta(days=12)},
        "future": {"not_before": now + timedelta(days=7)},
        "no-san": {"dns": ()},
        "client": {"eku": ("client",)},
        "address-as-name": {"dns": ("10.0.0.1",)},
        "client-serverauth": {"eku": ("server",)},
    }
    if kind == "ca":
        return ca
    authorities: dict[str, Any] = {
        "between": lambda: maker.intermediate(ca, "Milvus Intermediate CA", seed=90),
        "other-ca": lambda: maker.root("Another CA", seed=91),
        "ca-false": lambda: maker.root("Milvus Test CA", seed=92, ca=False, usage=None),
        "expired-ca": lambda: maker.root(
            "Old CA", seed=95, not_before=now - timedelta(days=900), not_after=now - timedelta(days=1)
        ),
        "future-ca": lambda: maker.root("New CA", seed=96, not_before=now + timedelta(days=3)),
        "self-signed": lambda: maker.server(None, "milvus.example.com", seed=93),
    }
    if kind in authorities:
        return authorities[kind]()
    if kind == "sha1":
        strong = maker.root("RSA CA", private=maker.rsa_key(2048))
        return maker.with_sha1(maker.server(strong, "milvus", seed=94), strong)
    below: dict[str, tuple[str, dict[str, Any]]] = {
        "below": ("between", {}),
        "below-expired-ca": ("expired-ca", {}),
        "of-other-ca": ("other-ca", {}),
        "client-below": ("between", {"eku": ("client",)}),
        "client-of-other-ca": ("other-ca", {"eku": ("client",)}),
        "of-ca-false": ("ca-false", {}),
        "client-of-ca-false": ("ca-false", {"eku": ("client",)}),
    }
    if kind in below:
        issuer, options = below[kind]
        private = maker.ec_key(200 + sorted(below).index(kind))
        return maker.issue("milvus", private, issued(issuer), **{"dns": ("localhost",), "eku": ("server",), **options})
    keys: dict[str, Any] = {
        "rsa1024": lambda: maker.rsa_key(1024),
        "rsa2048": lambda: maker.rsa_key(2048),
        "ed25519": lambda: maker.ed25519_key(7),
        "p384": lambda: maker.ec_key(7, "P-384"),
        "p521": lambda: maker.ec_key(7, "P-521"),
    }
    if kind in keys:
        return maker.issue("milvus", keys[kind](), ca, dns=("localhost",), eku=("server",))
    options = {"dns": ("localhost", "milvus.example.com"), "eku": ("server",), **special[kind]}
    return maker.issue("milvus", maker.ec_key(100 + sorted(special).index(kind)), ca, **options)


def fill(text: str) -> str:
    """Replace ``{ca}``, ``{cert:NAME}``, ``{key:NAME}`` and their base64 forms; YAML around keeps its indentation."""
    import base64

    def replace(match: re.Match[str]) -> str:
        what, kind = match[1], match[2] or "ca"
        if kind == "encrypted":
            content = pki().key_pem(issued("server").private, password=b"not a secret")
        else:
            content = issued(kind).key if what.startswith("key") else issued(kind).pem
        if what.endswith("b64"):
            return base64.b64encode(content).decode()
        line = text[: match.start()].rpartition("\n")[2]
        indent = line if not line.strip() else ""
        return str(content.decode().strip()).replace("\n", "\n" + indent)

    return _PLACE.sub(replace, text)


def contents(files: Mapping[str, str]) -> dict[str, bytes]:
    """The files of an example as bytes."""
    return {path: fill(text).encode() for path, text in files.items()}


def judge(files: Files, config: Config | None = None) -> Report:
    """Analyse files at the moment the certificates were made for."""
    if config is None and files.exists(CONFIG):
        config = load(CONFIG, files.read(CONFIG))
    return analyse(Workspace(files), files.paths(), config or Config(), pki().NOW)


def report(files: Mapping[str, str]) -> Report:
    """Analyse the files of an example."""
    return judge(MemoryFiles(contents(files)))


def fixed(files: Mapping[str, str], *, unsafe: bool, rule: str | None = None) -> Repaired:
    """Fix the files of an example, with all rules or one alone."""

    def one(changed: Files) -> Report:
        found = judge(changed)
        return found if rule is None else found._replace(findings=[f for f in found.findings if f.rule == rule])

    return repair(MemoryFiles(contents(files)), one, lambda path: True, unsafe=unsafe)
