"""GT106: an environment variable contradicts a file, and wins."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule, label
from ..systems.milvus.settings import FILE_NAMES, Setting
from ..systems.milvus.values import atoi, parse_bool
from .shared import components

if TYPE_CHECKING:
    from ..systems.milvus.model import Component, Deployment

RULE = Rule(
    "GT106", "environment-overrides-file", ERROR, "an environment variable of the container wins over the file",
    why="Milvus reads every environment variable as a setting, without `_` and case: COMMON_SECURITY_TLSMODE is "
    "`common.security.tlsMode`. It wins over milvus.yaml and user.yaml, and nobody looks there.",
    server="The variable counts. TLSMODE alone and MILVUS_COMMON_SECURITY_TLSMODE do nothing; since 2.6 a prefix MILVUS_CONF_ is allowed.",
    sources=("milvus pkg/config/env_source.go", "runs of Milvus 2.3.5: env/*"),
    fixable=NEVER,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    environment:
      {}
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - certs:/certs
"""
_USER = "proxy:\n  http:\n    port: 8080\ntls:\n  serverPemPath: /certs/server.pem\n  serverKeyPath: /certs/server.key\ncommon:\n  security:\n    tlsMode: 1\n"

EXAMPLES = (
    Example(
        "TLS switched off beside the file",
        bad={"docker-compose.yml": _COMPOSE.format('COMMON_SECURITY_TLSMODE: "0"'), "user.yaml": _USER},
        good={"docker-compose.yml": _COMPOSE.format('TLSMODE: "0"'), "user.yaml": _USER},
    ),
    Example(
        "the configuration moved away from the mounted file",
        bad={"docker-compose.yml": _COMPOSE.format("MILVUSCONF: /conf"), "user.yaml": _USER},
        good={"docker-compose.yml": _COMPOSE.format("MILVUSCONF: /milvus/configs"), "user.yaml": _USER},
    ),
)

_KEYS = (
    "common.security.tlsMode", "common.security.internaltlsEnabled", "tls.serverPemPath", "tls.serverKeyPath", "tls.caPemPath",
    "internaltls.serverPemPath", "internaltls.serverKeyPath", "internaltls.caPemPath", "internaltls.sni",
    "proxy.http.port", "proxy.http.enabled",
)  # fmt: skip
_SWITCHES = {
    "common.security.tlsMode": lambda s: bool(atoi(s.text)),
    "common.security.internaltlsEnabled": lambda s: bool(parse_bool(s.text)),
}


def check(facts: Facts) -> Iterator[Finding]:
    """Compare each TLS variable with the value in the files that it hides."""
    for deployment, component in components(facts):
        yield from _moved(deployment, component)
        for key in _KEYS:
            setting = component.settings.get(key)
            hidden = next((s for s in setting.overrides if s.origin == "file"), None)
            if setting.origin != "environment" or setting.node is None or hidden is None or hidden.text == setting.text:
                continue
            yield _finding(key, setting, hidden)


def _moved(deployment: Deployment, component: Component) -> Iterator[Finding]:
    """MILVUSCONF names another folder than the one in which the configuration is mounted."""
    variable = next((v for v in component.settings.environment if v.name == "MILVUSCONF" and v.value and v.node), None)
    if variable is None or deployment.shape != "compose" or any(file.mount for file in component.settings.files):
        return
    folder = component.files.absolute(variable.value or "")
    for mount in component.files.mounts:
        inside, name = posixpath.split(mount.target)
        if name in FILE_NAMES and inside != folder and variable.node is not None and mount.node is not None:
            message = f"MILVUSCONF moves the configuration to {folder}: Milvus does not read {mount.target}"
            yield RULE.at(variable.node, message, caret="this counts", related=(label(mount.node, "not read"),))


def _finding(key: str, setting: Setting, hidden: Setting) -> Finding:
    place = hidden.node or hidden.key_node
    switch = _SWITCHES.get(key)
    off = switch is not None and switch(hidden) and not switch(setting)
    leaf = key.rpartition(".")[2]
    message = f"the variable {setting.layer} sets {leaf} to `{setting.text}`, so `{hidden.text}` in {hidden.layer} is ignored"
    if off:
        message += ": Milvus runs without this TLS"
    assert setting.node is not None
    return RULE.at(
        setting.node, message, caret="this counts", severity=ERROR if off else WARNING,
        related=(label(place, "ignored"),) if place is not None else (),
    )  # fmt: skip
