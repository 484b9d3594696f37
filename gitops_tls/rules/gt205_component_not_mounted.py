"""GT205: internal TLS, and the container of some component has no certificate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..systems.milvus.model import Deployment
from ..systems.milvus.specs import compose_spec, helm_spec, operator_spec
from ..systems.milvus.uses import Use
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import SCALAR, SEQUENCE, Node
from .mounts import INTERNAL, anchor, dropped, idle_holder, mount_behind, unmounted, wanted
from .shared import fix_or_none

if TYPE_CHECKING:
    from ..systems.milvus.compose import ComposeSpec


RULE = Rule(
    "GT205", "component-not-mounted", ERROR, "the certificates are mounted into some components and needed in others too",
    why="With internal TLS every component serves and dials with the same files, so every container needs them. A mount below a "
    "component that the mode does not start brings them to nobody.",
    server="The component without the files logs that it cannot load them and listens in plaintext; the others insist on TLS and "
    "cannot reach it. External TLS: the server does not start.",
    sources=("milvus internal/distributed/utils/util.go", "milvus-helm 5.0.19, rendered", "milvus-operator components.go"),
    fixable=SOMETIMES,
)  # fmt: skip

_SETTINGS = """internaltls:
  serverPemPath: /certs/tls.crt
  serverKeyPath: /certs/tls.key
  caPemPath: /certs/ca.crt
common:
  security:
    internaltlsEnabled: true
"""
_VALUES = """extraConfigFiles:
  user.yaml: |
""" + "".join(f"    {line}\n" for line in _SETTINGS.splitlines())
_LISTS = """volumes:
  - name: certs
    secret:
      secretName: milvus-certs # made by hand
volumeMounts:
  - name: certs
    mountPath: /certs
    readOnly: true
"""


def _indented(text: str, width: int) -> str:
    return "".join(" " * width + line + "\n" for line in text.splitlines())


_PROXY = "proxy:\n  replicas: 2\n"
_CR = (
    """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  config:
"""
    + _indented(_SETTINGS, 4)
    + "  components:\n    image: milvusdb/milvus:v2.6.20\n"
)
_COMPOSE = """services:
  proxy:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "proxy"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - ./tls:/certs:ro
  querynode:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "querynode"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
"""

EXAMPLES = (
    Example(
        "a chart's certificates for the proxy alone",
        bad={"values.yaml": _VALUES + _PROXY + _indented(_LISTS, 2)},
        fixed={"values.yaml": _VALUES + _PROXY + _LISTS},
        good={"values.yaml": _VALUES + _PROXY + _LISTS},
    ),
    Example(
        "mounts of a component that standalone mode does not start",
        bad={"milvus.yaml": _CR + "    proxy:\n" + _indented(_LISTS, 6)},
        fixed={"milvus.yaml": _CR + _indented(_LISTS, 4)},
        good={"milvus.yaml": _CR + _indented(_LISTS, 4)},
    ),
    Example(
        "one service of a cluster without the folder",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": _SETTINGS},
        fixed={"docker-compose.yml": _COMPOSE + "      - ./tls:/certs:ro\n"},
        good={"docker-compose.yml": _COMPOSE + "      - ./tls:/certs:ro\n", "user.yaml": _SETTINGS},
    ),
)

_FIELDS = ("volumes", "volumeMounts")


def check(facts: Facts) -> Iterator[Finding]:
    """Compare, for every deployment, the components that see the files with those that do not."""
    by_deployment: dict[int, list[Use]] = {}
    for use in wanted(facts):
        by_deployment.setdefault(id(use.deployment), []).append(use)
    for listed in by_deployment.values():
        lacking = [use for use in listed if unmounted(use) and not dropped(use)]
        if not lacking:
            continue
        idle = [use for use in lacking if idle_holder(use) is not None]
        if idle:
            yield _idle(idle)
        else:
            yield from _partly(listed, lacking)


def _idle(lacking: list[Use]) -> Finding:
    """The mount stands below a component that does not run."""
    first = lacking[0]
    spec, held = operator_spec(first.deployment), idle_holder(first)
    assert spec is not None
    assert held is not None
    key, node, mount = held
    names = _names(lacking)
    message = (
        f"the certificates are mounted below `{key}`, which the mode {spec.mode} does not start: {names} has no {first.path}"
    )
    fix = fix_or_none("move the lists to spec.components", _alone(node), lambda: _raise(first.deployment, node))
    where = node.key if isinstance(node.key, Node) else node
    return RULE.at(where, message, caret=f"nothing runs as {key}", related=(anchor(first), label(mount, "mounted here")), fix=fix)


def _partly(listed: list[Use], lacking: list[Use]) -> Iterator[Finding]:
    """Some components have an internal TLS file, others do not."""
    held = {(use.role, use.path): use for use in listed if use.role in INTERNAL and not unmounted(use)}
    missed = [use for use in lacking if (use.role, use.path) in held]
    if not missed:
        return
    names, first = _names(missed), missed[0]
    source = held[first.role, first.path]
    mount = mount_behind(source)
    near = (
        (label(mount.node, f"{source.component.name} has it from here"),) if mount is not None and mount.node is not None else ()
    )
    verb = "listen" if ", " in names else "listens"
    message = f"no mount brings {first.path} into {names}, which {verb} in plaintext, and the other components refuse that"
    fix = _fix(first.deployment, source, missed)
    yield RULE.at(anchor(first), message, caret=f"not in {names}", related=near, fix=fix)


def _names(lacking: list[Use]) -> str:
    return ", ".join(dict.fromkeys(use.component.name for use in lacking))


def _fix(deployment: Deployment, source: Use, missed: list[Use]) -> Fix | None:
    compose, chart = compose_spec(deployment), helm_spec(deployment)
    if compose is not None:
        return fix_or_none("mount them there too", True, lambda: _add(compose, source, missed))
    if chart is not None:
        proxy = chart.values.get("proxy")
        if proxy is None or not chart.reads_shared_volumes or source.component.name != "proxy":
            return None
        if chart.values.written("volumes") is not None or chart.values.written("volumeMounts") is not None:
            return None
        owner = proxy.node.resolved()
        return fix_or_none("move the lists to the top level, which reaches every pod", _alone(owner), lambda: _pull(owner))
    view = _own_view(source)
    if view is None:
        return None
    return fix_or_none("move the lists to spec.components", _alone(view), lambda: _raise(deployment, view))


def _own_view(source: Use) -> Node | None:
    spec = operator_spec(source.deployment)
    return spec.views[source.component.name].node if spec is not None else None


def _alone(owner: Node) -> bool:
    """Whether the lists hold the certificates alone: other volumes may be meant for this component."""
    lists = [found for field in _FIELDS if (found := owner.get(field)) is not None]
    return all(len(listed.items) == 1 for listed in lists)


def _pull(owner: Node) -> Patch:
    from ..yamldoc.edit_lists import pull_up

    return pull_up(owner, [field for field in _FIELDS if owner.pair(field) is not None])


def _raise(deployment: Deployment, owner: Node) -> Patch:
    """Move a component's lists to ``spec.components``, where no other component's own list would hide them."""
    spec = operator_spec(deployment)
    assert spec is not None
    for view in spec.views.values():
        if view.node is not None and view.node is not owner and view.node.get("volumes") is not None:
            raise CannotEdit(f"{view.key} has volumes of its own")
    return _pull(owner)


def _add(spec: ComposeSpec, source: Use, missed: list[Use]) -> Patch:
    """Append the entry that one service has to the services that lack it."""
    from ..yamldoc.edit import append_item, set_value
    from ..yamldoc.edit_lists import copy_items

    mount = mount_behind(source)
    entries = {id(volume.node): volume.node for volume in spec.of(source.component).volumes}
    entry = entries.get(id(mount.node)) if mount is not None else None
    if entry is None:
        raise CannotEdit("the files come in another way than by a volume")
    patch = Patch((), ())
    for component in {id(use.component): use.component for use in missed}.values():
        service = spec.of(component)
        listed = service.at("volumes")
        if service.node.path != entry.path:
            raise CannotEdit("the services stand in different files")
        if listed is None and entry.kind == SCALAR:
            patch += set_value(service.node.resolved(), ("volumes",), [entry.value])
        elif listed is None or listed.resolved().kind != SEQUENCE:
            raise CannotEdit("the service has no list of volumes")
        elif entry.kind == SCALAR:
            patch += append_item(listed, entry.value)
        else:
            patch += copy_items([entry], listed)
    return patch
