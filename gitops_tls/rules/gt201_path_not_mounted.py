"""GT201: nothing is mounted where a setting points."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.milvus.uses import Use
from ..text.edits import CannotEdit, Fix, Patch
from .mounts import INTERNAL, anchor, compose_spec, dropped, folder, idle_holder, pod_view, same_file, unmounted, wanted
from .samples import COMPOSE
from .shared import fix_or_none

if TYPE_CHECKING:
    from ..systems.compose.project import Service


RULE = Rule(
    "GT201", "path-not-mounted", ERROR, "nothing is mounted at the path that a setting names",
    why="Paths in milvus.yaml are paths inside the container. A file on the host or in a Secret is not there until a mount "
    "brings it.",
    server="External TLS: the server ends with `open …: no such file or directory`. Internal TLS: the component logs it, "
    "listens in plaintext, and the others refuse to talk to it.",
    sources=("Go crypto/tls LoadX509KeyPair", "runs of Milvus 2.3.5: m1/pem_missing_file", "milvus internal/distributed/utils/util.go"),
    fixable=SOMETIMES,
)  # fmt: skip

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
        "certificates beside the compose file, and no mount",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": _USER, "tls/server.pem": "{cert:server}", "tls/server.key": "{key:server}"},
        fixed={"docker-compose.yml": COMPOSE + "      - ./tls:/milvus/tls\n"},
        good={"docker-compose.yml": COMPOSE + "      - ./tls:/milvus/tls\n", "user.yaml": _USER, "tls/server.pem": "{cert:server}", "tls/server.key": "{key:server}"},
    ),
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Look up every path that a server opens."""
    seen: set[tuple[int, str, str]] = set()
    for use in wanted(facts):
        mark = (id(use.deployment), use.role, use.path)
        if mark in seen or not unmounted(use) or host_side(use) is not None:
            continue
        seen.add(mark)
        if use.role in INTERNAL and any(not unmounted(other) for other in same_file(facts, use)):
            continue  # GT205: some components have it
        if idle_holder(use) is not None or dropped(use):
            continue  # GT205: a component that does not run has it; GT213: a later file dropped it
        yield _finding(facts, use)


def _finding(facts: Facts, use: Use) -> Finding:
    effect = "the component listens in plaintext and the others refuse it" if use.role in INTERNAL else "Milvus does not start"
    message = f"nothing is mounted at {use.path} in {use.component.name}: {effect}"
    return RULE.at(anchor(use), message, caret="no mount brings this file", fix=_fix(facts, use))


def host_side(use: Use) -> str | None:
    """The container path that is meant where the setting names the host's side of a mount; None where it does not."""
    spec = compose_spec(use)
    if spec is None or not posixpath.isabs(use.path):
        return None
    for volume in spec.of(use.component).volumes:
        source = volume.source.rstrip("/")
        if posixpath.isabs(source) and volume.target and (use.path == source or use.path.startswith(source + "/")):
            return posixpath.normpath(volume.target + use.path[len(source) :])
    return None


def _fix(facts: Facts, use: Use) -> Fix | None:
    spec = compose_spec(use)
    if spec is not None:
        service = spec.of(use.component)
        names = {
            posixpath.basename(u.path)
            for u in wanted(facts)
            if u.component is use.component and unmounted(u) and folder(u) == folder(use)
        }
        candidates = _folders_with(facts, spec.project.folder, names)
        if len(candidates) != 1:
            return None
        source = candidates[0]
        return fix_or_none(f"mount {source} at {folder(use)}", True, lambda: _mount(service, source, folder(use)))
    view = pod_view(use)
    if view is None or len(view.report.unused) != 1:
        return None
    return None  # GT204 mounts the volume that is there


def _folders_with(facts: Facts, base: str, names: set[str]) -> list[str]:
    """The folders below ``base`` (the compose file's) that hold all of ``names``, as Compose writes them."""
    holding: dict[str, set[str]] = {}
    prefix = base + "/" if base else ""
    for path in facts.workspace.files.paths():
        if path.startswith(prefix) and posixpath.basename(path) in names:
            holding.setdefault(posixpath.dirname(path[len(prefix) :]), set()).add(posixpath.basename(path))
    wanted_names = {name for name in names if not name.endswith(".key")} or names
    return [f"./{place}" if place else "." for place, found in sorted(holding.items()) if wanted_names <= found]


def _mount(service: Service, source: str, target: str) -> Patch:
    from ..yamldoc.edit import append_item, set_value

    if source == "." or target in ("/", "/milvus", "/milvus/configs"):
        raise CannotEdit("the folder holds more than certificates")
    listed = service.at("volumes")
    if listed is None:
        return set_value(service.node.resolved(), ("volumes",), [f"{source}:{target}"])
    return append_item(listed.resolved(), f"{source}:{target}")
