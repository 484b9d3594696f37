"""GT208: the process may not read its private key."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ..facts import Facts
from ..findings import NEVER, WARNING, Example, Finding, Label, Rule, file_label, label
from ..systems.files import PRESENT
from ..systems.milvus.specs import compose_spec
from ..systems.milvus.uses import KEYS, Use
from ..yamldoc.node import Node
from .mounts import INTERNAL, anchor, mount_behind, pod_view, wanted

RULE = Rule(
    "GT208", "key-unreadable", WARNING, "the process does not run as root and its private key is for the owner alone",
    why="Images from 3.0 on run as the user milvus, and so does any image with `user:`, runAsUser or runAsNonRoot. OpenSSL writes "
    "keys that only their owner reads, and a Secret's files belong to root.",
    server="The server ends with `open …/server.key: permission denied`. Internal TLS: the component listens in plaintext.",
    sources=("milvus build/docker/milvus/ubuntu22.04/Dockerfile", "Kubernetes Secret volumes", "milvus-operator deployment_updater.go"),
    fixable=NEVER,
)  # fmt: skip

_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  config:
    proxy:
      http:
        port: 8080
    common:
      security:
        tlsMode: 1
    tls:
      serverPemPath: /certs/tls.crt
      serverKeyPath: /certs/tls.key
  components:
    runAsNonRoot: true
    standalone:
      serviceRestfulPort: 8080
    volumes:
      - name: certs
        secret:
          secretName: certs
          defaultMode: {}
    volumeMounts:
      - name: certs
        mountPath: /certs
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: milvus
spec:
  secretName: certs
  dnsNames: [localhost]
  issuerRef:
    name: ca
"""

EXAMPLES = (
    Example(
        "mode 0400 in a pod that is not root",
        bad={"milvus.yaml": _CR.format("0400")},
        good={"milvus.yaml": _CR.format("0444")},
    ),
)

_OTHERS, _GROUP = 0o004, 0o040


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the permission bits of every key that a process other than root opens."""
    seen: set[tuple[int, str, str]] = set()
    for use in wanted(facts):
        mark = (id(use.deployment), use.role, use.path)
        if use.role not in KEYS or not use.component.non_root or use.view.state != PRESENT or mark in seen:
            continue
        found = _on_disk(facts, use) if compose_spec(use.deployment) is not None else _in_pod(use)
        if found is not None:
            seen.add(mark)
            yield found


def _who(use: Use) -> str:
    if use.component.user:
        return f"user {use.component.user}"
    return "the user milvus" if use.deployment.version is not None else "a user that is not root"


def _effect(use: Use) -> str:
    return "the component listens in plaintext" if use.role in INTERNAL else "Milvus does not start (`permission denied`)"


def _on_disk(facts: Facts, use: Use) -> Finding | None:
    """A key file of the repository, as its permission bits are on this machine."""
    files, path, mode = facts.workspace.files, use.view.path, use.view.mode
    if path is None or mode is None or mode & _OTHERS:
        return None
    own = files.mode(use.deployment.path)
    if own is not None and not own & _OTHERS:
        return None  # everything here was written with such a umask: it says nothing of the machine that deploys
    message = (
        f"`{path}` has mode {mode:04o} and {use.component.name} runs as {_who(use)}: unless the file is its own, {_effect(use)}"
    )
    return RULE.at(file_label(path), message, caret="give the file to that user, or let others read it", related=_near(use))


def _in_pod(use: Use) -> Finding | None:
    """A key of a Secret: its file belongs to root, and to the fsGroup where the pod has one."""
    mode, where = use.view.mode, _mode_node(use)
    if mode is None or mode & (_OTHERS | _GROUP) or where is None:
        return None
    written = f"`{where.value}`" if f"{mode:04o}" == where.value else f"`{where.value}`, which is {mode:04o},"
    message = (
        f"{use.path} gets the mode {written} and belongs to root, but {use.component.name} runs as {_who(use)}: {_effect(use)}"
    )
    return RULE.at(where, message, caret="write 0444, or run the pod with an fsGroup and write 0440", related=(anchor(use),))


def _mode_node(use: Use) -> Node | None:
    """Where the mode of the key's file is written: at its item, else at the volume."""
    view, mount = pod_view(use), mount_behind(use)
    if view is None or mount is None:
        return None
    from ..systems.kubernetes_volumes import entries, sources

    volume = next((one for one in view.volumes if one.name == mount.volume), None)
    if volume is None or volume.source is None:
        return None
    name = posixpath.basename(use.component.files.absolute(use.path))
    for _, _, source in sources(volume):
        for item in entries(source.get("items")):
            found = item.get("mode")
            if posixpath.basename(item.text("path") or "") == name and found is not None:
                return found
    return volume.source.get("defaultMode")


def _near(use: Use) -> tuple[Label, ...]:
    mount = mount_behind(use)
    return (label(mount.node, "mounted here"),) if mount is not None and mount.node is not None else ()
