"""GT207: the file behind a bind mount is not there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, NEVER, Example, Finding, Rule, label
from ..systems.files import DIRECTORY, MISSING
from ..systems.milvus.model import Component, Deployment
from ..systems.milvus.specs import compose_spec
from ..systems.milvus.uses import Use
from .mounts import INTERNAL, anchor, mount_behind, wanted

if TYPE_CHECKING:
    from ..systems.compose.paths import HostPath


RULE = Rule(
    "GT207", "bind-source-missing", ERROR, "the file that a bind mount or a setting means is not in the mounted folder",
    why="Docker does not complain about a bind source that does not exist: it makes a folder of that name, and the folder is "
    "mounted. Folders that are not in the repository at all, or that Git ignores, are taken for made on the machine.",
    server="A folder user.yaml makes Milvus drop the whole configuration and start in plaintext. A folder over milvus.yaml stops "
    "the container from being created. A missing certificate ends the server: `open …: no such file or directory`.",
    sources=("Docker bind mounts", "milvus pkg/util/paramtable/base_table.go", "runs of Milvus 2.3.5: m1/pem_missing_file"),
    fixable=NEVER,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - ./tls:/milvus/tls
"""
_USER = """proxy:
  http:
    port: 8080
tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
common:
  security:
    tlsMode: 1
"""

EXAMPLES = (
    Example(
        "the settings are called otherwise",
        bad={"docker-compose.yml": _COMPOSE, "milvus-user.yaml": _USER},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": _USER},
    ),
    Example(
        "the certificate is called otherwise",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": _USER, "tls/milvus.pem": "{cert:server}", "tls/server.key": "{key:server}"},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": _USER, "tls/server.pem": "{cert:server}", "tls/server.key": "{key:server}"},
    ),
)  # fmt: skip

_MOST_NAMES = 6


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the mounts of configuration files, then at the certificates and keys below bind mounts."""
    told: set[int] = set()
    for deployment in facts.deployments:
        for component in deployment.components:
            for finding, mark in _configuration(facts, deployment, component):
                if mark not in told:
                    told.add(mark)
                    yield finding
    seen: set[tuple[int, str, str]] = set()
    for use in wanted(facts):
        mark_of = (id(use.deployment), use.role, use.path)
        if mark_of not in seen and use.view.state in (MISSING, DIRECTORY) and compose_spec(use.deployment) is not None:
            found = _certificate(facts, use)
            if found is not None:
                seen.add(mark_of)
                yield found


def _configuration(facts: Facts, deployment: Deployment, component: Component) -> Iterator[tuple[Finding, int]]:
    from ..systems.milvus.settings import FILE_NAMES

    spec = compose_spec(deployment)
    if spec is None or spec.config_dir is None:
        return
    service = spec.of(component)
    mounts = [(v.target, v.host, v.create, v.node) for v in service.volumes if v.kind == "bind"]
    mounts += [(grant.target, grant.host, False, grant.node) for grant in service.grants]
    for target, host, create, node in mounts:
        folder, name = posixpath.split(target)
        if folder != spec.config_dir or name not in FILE_NAMES or host is None or host.path is None:
            continue
        what = _wrong(facts, host, create)
        if what:
            yield RULE.at(node, f"{what}: {_effect(name, what)}", caret="no such file"), id(node)


def _wrong(facts: Facts, host: HostPath, create: bool) -> str:
    """What is wrong with the source of a file's mount; empty where it is a file, or not known here."""
    files = facts.workspace.files
    assert host.path is not None
    if files.is_dir(host.path):
        return f"`{host.written}` is a folder"
    if files.exists(host.path) or files.ignored(host.path):
        return ""
    return (
        f"`{host.written}` is not in the repository, so Docker makes a folder" if create else f"`{host.written}` does not exist"
    )


def _effect(name: str, what: str) -> str:
    if what.endswith("does not exist"):
        return "Docker does not create the container"
    if name == "milvus.yaml":
        return "Docker cannot mount it over the file milvus.yaml, and the container is not created"
    return f"Milvus cannot read {name}, drops its whole configuration and starts in plaintext"


def _certificate(facts: Facts, use: Use) -> Finding | None:
    mount = mount_behind(use)
    if mount is None or mount.source_path is None:
        return None
    path = use.component.files.absolute(use.path)
    if path == mount.target:
        shown, folder = mount.source, posixpath.dirname(mount.source_path)
    else:
        below = path[len(mount.target.rstrip("/")) + 1 :]
        shown = f"{mount.source.rstrip('/')}/{below}"
        folder = posixpath.dirname(posixpath.normpath(posixpath.join(mount.source_path, below)))
    what = "is a folder" if use.view.state == DIRECTORY else "does not exist"
    effect = "the component listens in plaintext and the others refuse it" if use.role in INTERNAL else "Milvus does not start"
    names = _names(facts, folder)
    held = f"; the folder holds {names}" if names else ""
    near = (label(mount.node, "mounted here"),) if mount.node is not None else ()
    return RULE.at(anchor(use), f"{use.path} is `{shown}`, which {what}: {effect}", caret=f"no such file{held}", related=near)


def _names(facts: Facts, folder: str) -> str:
    """The certificate and key files that stand directly in a folder, in words."""
    from ..repo.prefilter import is_certificate_file

    found = [
        posixpath.basename(path)
        for path in facts.workspace.files.paths()
        if posixpath.dirname(path) == ("" if folder == "." else folder) and is_certificate_file(path)
    ]
    return ", ".join(found[:_MOST_NAMES]) + (" and others" if len(found) > _MOST_NAMES else "")
