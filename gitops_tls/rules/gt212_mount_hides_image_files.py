"""GT212: a mount over the program or the configuration directory of the image."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule
from ..systems.files import DIRECTORY, MISSING, UNKNOWN
from ..systems.milvus.image import CONFIG_DIR
from ..systems.milvus.model import Component, Deployment
from ..systems.milvus.specs import compose_spec, pod_spec

if TYPE_CHECKING:
    from ..systems.compose.mounts import Volume
    from ..systems.kubernetes_volumes import VolumeMount


RULE = Rule(
    "GT212", "mount-hides-image-files", ERROR, "a mount over the configuration directory or the program hides the image's files",
    why="A mount shows its own files and none of those that the image has at the same place. /milvus holds the program, "
    "/milvus/configs the complete milvus.yaml, glog.conf and the certificates of the default settings.",
    server="Without the program the container does not start (`exec: \"milvus\": not found`). Without the shipped milvus.yaml every "
    "setting that has no default in the code is empty, the paths of certificates among them.",
    sources=("milvus build/docker/milvus/ubuntu22.04/Dockerfile", "milvus pkg/util/paramtable/base_table.go", "Docker volumes"),
    fixable=NEVER,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - {}
"""
_USER = "common:\n  security:\n    tlsMode: 0\n"
_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  components:
    volumes:
      - name: certs
        secret:
          secretName: milvus-certs
    volumeMounts:
      - name: certs
        mountPath: /milvus{}
        readOnly: true
"""

EXAMPLES = (
    Example(
        "a folder with a user.yaml alone",
        bad={"docker-compose.yml": _COMPOSE.format("./configs:/milvus/configs"), "configs/user.yaml": _USER},
        good={"docker-compose.yml": _COMPOSE.format("./configs/user.yaml:/milvus/configs/user.yaml"), "configs/user.yaml": _USER},
    ),
    Example(
        "certificates over the whole of Milvus", bad={"milvus.yaml": _CR.format("")}, good={"milvus.yaml": _CR.format("/tls")}
    ),
)

_PROGRAM = {"/milvus": "bin/milvus", "/milvus/bin": "milvus", "/milvus/lib": "libmilvus_core.so"}
"""The directories of the program, each with a file that says whether a mount brings it."""


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the mounts of every deployment; each entry is told once."""
    told: set[int] = set()
    for deployment in facts.deployments:
        for component in deployment.components:
            for finding, mark in (*_compose(facts, deployment, component), *_pod(deployment, component)):
                if mark not in told:
                    told.add(mark)
                    yield finding


def _compose(facts: Facts, deployment: Deployment, component: Component) -> Iterator[tuple[Finding, int]]:
    spec = compose_spec(deployment)
    if spec is None:
        return
    service = spec.of(component)
    built = service.at("build")
    if built is not None and not built.is_null:
        return  # its Dockerfile decides what stands where
    for volume in service.volumes:
        verdict = None
        if volume.target in _PROGRAM:
            verdict = _over_program(facts, volume)
        elif volume.target == CONFIG_DIR == spec.config_dir:
            verdict = _over_configs(facts, component, volume)
        if verdict is not None:
            severity, message = verdict
            yield (
                RULE.at(volume.target_node or volume.node, message, severity=severity, caret="mount single files"),
                id(volume.node),
            )


def _over_program(facts: Facts, volume: Volume) -> tuple[str, str] | None:
    hidden = f"`{volume.source or 'tmpfs'}` over {volume.target} hides the program"
    if volume.kind == "tmpfs":
        return ERROR, f"{hidden}: the container does not start"
    if volume.kind == "volume" and volume.host is None:
        return WARNING, (
            f"the volume `{volume.source}` over {volume.target} keeps the program of the first image: "
            "a newer image goes on running the old one"
        )
    if volume.host is None:
        return None
    path, files = volume.host.path, facts.workspace.files
    if path is None or files.ignored(path) or not files.exists(path):
        return WARNING, f"{hidden} of the image, unless that folder brings a Milvus of its own: the container does not start"
    inside = posixpath.normpath(posixpath.join(path, _PROGRAM[volume.target]))
    if files.exists(inside) or files.ignored(inside):
        return None
    return ERROR, f"{hidden}: the container does not start"


def _over_configs(facts: Facts, component: Component, volume: Volume) -> tuple[str, str] | None:
    lost = "Milvus loses every setting of the shipped milvus.yaml, the certificate paths among them"
    if volume.kind == "tmpfs":
        return ERROR, f"a tmpfs over {CONFIG_DIR} is empty: {lost}"
    if volume.kind == "volume" and volume.host is None:
        return WARNING, (
            f"the volume `{volume.source}` over {CONFIG_DIR} keeps the milvus.yaml of the first image: "
            "newer images run with the old settings"
        )
    if volume.host is None or volume.host.path is None or component.files.lookup(f"{CONFIG_DIR}/milvus.yaml").state != MISSING:
        return None
    if facts.workspace.files.is_dir(volume.host.path):
        return ERROR, f"`{volume.source}` has no milvus.yaml and hides that of the image: {lost}"
    if facts.workspace.files.exists(volume.host.path):
        return ERROR, f"`{volume.source}` is a file and {CONFIG_DIR} a folder: Docker cannot create the container"
    return WARNING, f"`{volume.source}` is not in the repository: unless it has a complete milvus.yaml, {lost}"


def _pod(deployment: Deployment, component: Component) -> Iterator[tuple[Finding, int]]:
    spec = pod_spec(deployment)
    view = spec.views.get(component.name) if spec is not None else None
    for mount in view.mounts if view is not None else ():
        message = ""
        if mount.path in _PROGRAM:
            message = _hides_program(component, mount)
        elif mount.path == CONFIG_DIR:
            state = component.files.lookup(f"{CONFIG_DIR}/milvus.yaml").state
            if state in (MISSING, DIRECTORY):
                message = (
                    f"volume `{mount.name}` has no milvus.yaml and hides that of the image: Milvus loses every setting of it, "
                    "the certificate paths among them"
                )
        if message:
            yield RULE.at(mount.path_node, message, caret="mount it elsewhere, as /milvus/tls"), id(mount.node)


def _hides_program(component: Component, mount: VolumeMount) -> str:
    state = component.files.lookup(f"{mount.path}/{_PROGRAM[mount.path]}").state
    if state == UNKNOWN and not _holds_objects(component, mount):
        return ""
    return f"volume `{mount.name}` over {mount.path} hides the program: the container does not start"


def _holds_objects(component: Component, mount: VolumeMount) -> bool:
    """Whether the volume holds the keys of Secrets and ConfigMaps, which are never programs."""
    found = component.files.mount_of(mount.path)
    return found is not None and found.source.startswith(("Secret ", "ConfigMap "))
