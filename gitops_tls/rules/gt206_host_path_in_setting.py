"""GT206: the host's side of a mount where the container's belongs."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from .gt201_path_not_mounted import host_side
from .mounts import anchor, compose_spec, setting_key, unmounted, wanted
from .shared import fix_or_none, set_setting

RULE = Rule(
    "GT206", "host-path-in-setting", ERROR, "a setting names the host's side of a mount",
    why="The files are at /srv/milvus/tls on the machine and at /milvus/tls in the container; Milvus only ever sees the second.",
    server="The server ends with `open …: no such file or directory`.",
    sources=("pymilvus issue 1706", "runs of Milvus 2.3.5: m1/pem_missing_file"),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - /srv/milvus/tls:/milvus/tls
"""
_USER = """proxy:
  http:
    port: 8080
tls:
  serverPemPath: {0}/server.pem
  serverKeyPath: {0}/server.key
common:
  security:
    tlsMode: 1
"""

EXAMPLES = (
    Example(
        "an absolute path of the machine",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": _USER.replace("{0}", "/srv/milvus/tls")},
        fixed={"user.yaml": _USER.replace("{0}", "/milvus/tls")},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": _USER.replace("{0}", "/milvus/tls")},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Compare every path that is not in the container with the sources of its mounts."""
    seen: set[tuple[int, str]] = set()
    for use in wanted(facts):
        meant = host_side(use)
        if meant is None or not unmounted(use) or (id(use.setting.node), use.path) in seen:
            continue
        seen.add((id(use.setting.node), use.path))
        spec = compose_spec(use)
        assert spec is not None
        mount = next((v for v in spec.of(use.component).volumes if use.path.startswith(v.source.rstrip("/"))), None)
        near = (label(mount.node, "the container sees it at the right side"),) if mount is not None else ()
        settings, key = use.component.settings, use.setting
        fix = None
        if key.origin == "file":
            name = setting_key(use.role)
            fix = fix_or_none(f"write {meant}", True, lambda s=settings, k=name, m=meant: set_setting(s, k, m))
        message = f"{use.path} is a path of the machine, not of the container: Milvus does not find the file"
        yield RULE.at(anchor(use), message, caret=f"write {meant}", related=near, fix=fix)
