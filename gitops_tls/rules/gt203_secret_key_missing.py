"""GT203: the Secret is there, the key that becomes the file is not."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..systems.files import MISSING
from ..systems.kubernetes import SECRET, SecretObject
from ..systems.milvus.uses import Use
from .gt206_host_path_in_setting import _canonical
from .mounts import anchor, mount_behind, pod_view, wanted
from .shared import fix_or_none, set_setting

RULE = Rule(
    "GT203", "secret-key-missing", ERROR, "the mounted Secret has no key of the file's name",
    why="Each key of a Secret becomes a file of the same name. `kubectl create secret tls` and cert-manager write tls.crt and "
    "tls.key, the Milvus pages speak of server.pem and server.key.",
    server="The server ends with `open /certs/server.pem: no such file or directory`.",
    sources=("Kubernetes volumes", "cert-manager Certificate secrets", "milvus docs tls.md"),
    fixable=SOMETIMES,
)  # fmt: skip

_FILES = """apiVersion: v1
kind: Secret
metadata:
  name: certs
type: kubernetes.io/tls
stringData:
  tls.crt: |
    {cert:server}
  tls.key: |
    {key:server}
---
apiVersion: milvus.io/v1beta1
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
      serverPemPath: /certs/SERVER.pem
      serverKeyPath: /certs/SERVER.key
  components:
    standalone:
      serviceRestfulPort: 8080
    volumes:
      - name: certs
        secret:
          secretName: certs
    volumeMounts:
      - name: certs
        mountPath: /certs
"""
_GOOD = _FILES.replace("SERVER.pem", "tls.crt").replace("SERVER.key", "tls.key")

EXAMPLES = (
    Example(
        "the names of the pages over the keys of kubectl",
        bad={"milvus.yaml": _FILES.replace("SERVER", "server")},
        fixed={"milvus.yaml": _GOOD},
        good={"milvus.yaml": _GOOD},
    ),
)

_USUAL = {
    "server": ("tls.crt", "server.pem", "server.crt", "cert.pem", "tls.pem"),
    "server key": ("tls.key", "server.key", "server-key.pem", "key.pem"),
    "CA": ("ca.crt", "ca.pem", "ca-bundle.crt", "root.crt"),
}


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every path below a mounted Secret that has no such file."""
    seen: set[tuple[int, str, str]] = set()
    for use in wanted(facts):
        found = _secret_of(facts, use)
        mark = (id(use.deployment), use.role, use.path)
        if found is None or mark in seen:
            continue
        seen.add(mark)
        yield _finding(use, found)


def _secret_of(facts: Facts, use: Use) -> SecretObject | None:
    """The Secret whose key is missing for a path; None where something else is wrong."""
    mount = mount_behind(use)
    view = pod_view(use)
    if use.view.state != MISSING or mount is None or view is None:
        return None
    volume = next((v for v in view.volumes if v.name == mount.volume), None)
    name = (
        volume.source.text("secretName") if volume is not None and volume.kind == "secret" and volume.source is not None else None
    )
    if name is None:
        return None
    found = facts.cluster.find(SECRET, use.deployment.namespace, name, use.deployment.path)
    return found if found is not None and found.keys is not None else None


def _finding(use: Use, secret: SecretObject) -> Finding:
    keys = ", ".join(sorted(secret.keys or ())) or "none"
    wanted_key = posixpath.basename(use.path)
    role = use.role.removeprefix("internal ")
    mount = mount_behind(use)
    fix = None
    candidates = [key for key in _USUAL.get(role, ()) if key in (secret.keys or {})]
    plain = mount is not None and use.component.files.absolute(use.path) == f"{mount.target.rstrip('/')}/{wanted_key}"
    if len(candidates) == 1 and plain and use.setting.origin == "file":
        path = posixpath.join(posixpath.dirname(use.path), candidates[0])
        fix = fix_or_none(f"write {path}", True, lambda: set_setting(use.component.settings, _canonical(use.role), path))
    effect = "the component listens in plaintext" if use.role.startswith("internal") else "Milvus does not start"
    message = f"{use.path} is not there: {use.view.reason or secret.title + ' has no such key'}; {effect}"
    related = [label(secret.name_node, f"its keys: {keys}")]
    if mount is not None and mount.node is not None:
        related.append(label(mount.node, "mounted here"))
    return RULE.at(anchor(use), message, caret=f"the Secret has {keys}", related=tuple(related), fix=fix)
