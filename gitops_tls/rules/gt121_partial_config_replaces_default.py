"""GT121: a snippet mounted over the complete milvus.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..systems.milvus.model import Component, Deployment
from ..systems.milvus.ports import coordinator_conflict
from ..systems.milvus.settings import READS_USER_YAML, ConfigFile
from ..systems.milvus.specs import compose_spec
from ..text.edits import CannotEdit, Patch
from ..yamldoc.node import MAPPING, SCALAR
from .gt113_management_port_exposed import USER
from .shared import components, fix_or_none

if TYPE_CHECKING:
    from ..systems.compose.mounts import Volume


RULE = Rule(
    "GT121", "partial-config-replaces-default", ERROR, "a snippet is mounted over the complete milvus.yaml of the image",
    why="The page says: add this to milvus.yaml, mount it over /milvus/configs/milvus.yaml. With the snippet alone in that file "
    "everything else of the 1,000 lines is gone. A partial file belongs to /milvus/configs/user.yaml (2.4.1 and newer).",
    server="Every component's port falls back to 19530: standalone ends with `listen tcp :19530: bind: address already in use`.",
    sources=("runs of Milvus 2.3.5 with the documentation's snippet", "milvus pkg/util/paramtable/grpc_param.go", "milvus docs tls.md"),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    ports: ["19530:19530", "8080:8080"]
    volumes:
      - certs:/certs
      - ./milvus.yaml:/milvus/configs/{}.yaml
"""

EXAMPLES = (
    Example(
        "the page's snippet",
        bad={"docker-compose.yml": _COMPOSE.format("milvus"), "milvus.yaml": USER},
        fixed={"docker-compose.yml": _COMPOSE.format("user")},
        good={"docker-compose.yml": _COMPOSE.format("user"), "milvus.yaml": USER},
        unsafe=True,
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every component whose milvus.yaml is replaced by a file of the repository."""
    seen: set[int] = set()
    for deployment, component in components(facts):
        file = component.settings.file("milvus.yaml")
        if file is None or file.shipped or file.problem or file.unknown or file.mount is None or id(file.mount) in seen:
            continue
        conflict = coordinator_conflict(component)
        if conflict is None or component.settings.dropped is not None or conflict.place is not None:
            continue
        seen.add(id(file.mount))
        yield _finding(deployment, component, file, conflict.message)


def _finding(deployment: Deployment, component: Component, file: ConfigFile, effect: str) -> Finding:
    assert file.mount is not None
    fix = None
    spec = compose_spec(deployment)
    if component.settings.version >= READS_USER_YAML and spec is not None:
        volume = next((v for v in spec.of(component).volumes if v.node is file.mount or v.target_node is file.mount), None)
        taken = component.settings.file("user.yaml") is not None
        if not taken:
            fix = fix_or_none(
                "mount it as user.yaml, over the complete milvus.yaml of the image", False, lambda: _as_user_yaml(volume)
            )
    first = file.root.pairs[0][0] if file.root is not None and file.root.kind == MAPPING and file.root.pairs else None
    related = (label(first, "only a part of the settings"),) if first is not None else ()
    message = f"this file replaces the complete milvus.yaml of the image: {effect}"
    return RULE.at(file.mount, message, caret="mount it at /milvus/configs/user.yaml", related=related, fix=fix)


def _as_user_yaml(volume: Volume | None) -> Patch:
    from ..yamldoc.edit import replace_scalar

    if volume is None:
        raise CannotEdit("the mount is not a volume of the compose file")
    node = (volume.target_node or volume.node).resolved()
    if node.kind != SCALAR or node.value.count("/milvus.yaml") < 1 or not volume.target.endswith("/milvus.yaml"):
        raise CannotEdit("the mount is written in an unusual way")
    head, _, tail = node.value.rpartition(volume.target)
    if not head and node.value != volume.target:
        raise CannotEdit("the mount is written in an unusual way")
    return replace_scalar(node, head + volume.target.removesuffix("milvus.yaml") + "user.yaml" + tail)
