"""GT109: a setting or file that this version does not read."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, Example, Finding, Label, Rule, label
from ..systems.milvus.internal import INTERNAL_TLS
from ..systems.milvus.model import Component, Deployment
from ..systems.milvus.settings import READS_USER_YAML
from ..systems.milvus.values import parse_bool
from ..systems.versions import Version
from .shared import components

RULE = Rule(
    "GT109", "version-too-old", ERROR, "a setting, or a whole file, that the named version ignores",
    why="Pages describe the newest version. An older server reads nothing it does not know, and says nothing about it.",
    server="user.yaml and default.yaml are read since 2.4.1; internal TLS exists since 2.5.0; TLS of `tls.clusters` and "
    "`minio.ssl.tlsMinVersion` since 2.6.12. Older servers ignore them: plaintext.",
    sources=("milvus 6055a89713, 484c6b5c44, fd2d8efa33", "runs of Milvus 2.3.5: layer/*, internaltls/*"),
    fixable=NEVER,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:{}
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
"""

EXAMPLES = (
    Example(
        "user.yaml before 2.4.1",
        bad={"docker-compose.yml": _COMPOSE.format("v2.3.5"), "user.yaml": "common:\n  security:\n    tlsMode: 0\n"},
        good={"docker-compose.yml": _COMPOSE.format("v2.4.1"), "user.yaml": "common:\n  security:\n    tlsMode: 0\n"},
    ),
    Example(
        "internal TLS before 2.5",
        bad={
            "docker-compose.yml": _COMPOSE.format("v2.4.23"),
            "user.yaml": "common:\n  security:\n    internaltlsEnabled: true\n",
        },
    ),
)

_SINCE = (("minio.ssl.tlsMinVersion", Version(2, 6, 12)),)
_CLUSTERS = Version(2, 6, 12)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge the deployments whose version is known."""
    for deployment, component in components(facts):
        if deployment.version is not None:
            yield from _component(deployment, component, deployment.version)


def _component(deployment: Deployment, component: Component, version: Version) -> Iterator[Finding]:
    settings = component.settings
    image = _image(deployment)
    for file in settings.ignored:
        where = file.mount or (file.root if file.root is not None else None)
        if where is not None and deployment.shape == "compose":
            message = f"Milvus {version} does not read {file.name} (it does since {READS_USER_YAML}): nothing in it counts"
            yield RULE.at(where, message, caret="ignored", related=image)
    internal = settings.get("common.security.internaltlsEnabled")
    if version < INTERNAL_TLS and internal.node is not None and parse_bool(internal.text):
        message = f"Milvus {version} knows no internal TLS (it does since {INTERNAL_TLS}): the components talk in plaintext"
        yield RULE.at(internal.node, message, caret="ignored", related=image)
    for key, since in _SINCE:
        setting = settings.get(key)
        if version < since and setting.node is not None:
            yield RULE.at(
                setting.node, f"Milvus {version} does not know {key} (it does since {since})", caret="ignored", related=image
            )
    for name, setting in settings.written():
        if version < _CLUSTERS and name.startswith("tlsclusters") and setting.node is not None:
            message = f"Milvus {version} does not read `tls.clusters` (it does since {_CLUSTERS}): replication goes without TLS"
            yield RULE.at(setting.key_node or setting.node, message, caret="ignored", related=image)
            break


def _image(deployment: Deployment) -> tuple[Label, ...]:
    return (label(deployment.version_node, "this version"),) if deployment.version_node is not None else ()
