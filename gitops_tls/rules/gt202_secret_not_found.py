"""GT202: a mounted Secret that the repository does not make."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import SOMETIMES, WARNING, Example, Finding, Rule
from ..systems.kubernetes import CONFIG_MAP, SECRET
from ..systems.kubernetes_volumes import Volume, entries
from ..systems.milvus.model import Deployment
from ..systems.milvus.specs import pod_spec
from ..yamldoc.node import Node
from .shared import fix_or_none

RULE = Rule(
    "GT202", "secret-not-found", WARNING, "a mounted Secret is in no form in the repository",
    why="A Secret made by hand works until the cluster is built anew. If it is made outside Git on purpose, name it in "
    "`known-secrets` of .gitops-tls.yaml.",
    server="The pod waits in ContainerCreating: `MountVolume.SetUp failed … secret \"certs\" not found`.",
    sources=("Kubernetes volumes", "gitops-tls configuration: known-secrets"),
    fixable=SOMETIMES,
)  # fmt: skip

_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
  namespace: milvus
spec:
  components:
    volumes:
      - name: certs
        secret:
          secretName: {}
    volumeMounts:
      - name: certs
        mountPath: /certs
"""
_EXTERNAL = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: milvus-certs
  namespace: milvus
spec:
  dataFrom:
    - extract:
        key: milvus/tls
"""

EXAMPLES = (
    Example(
        "a slip in the name",
        bad={"milvus.yaml": _CR.format("milvus-cert"), "secret.yaml": _EXTERNAL},
        fixed={"milvus.yaml": _CR.format("milvus-certs")},
        good={"milvus.yaml": _CR.format("milvus-certs"), "secret.yaml": _EXTERNAL},
        unsafe=True,
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the Secrets (and ConfigMaps) that the pods of every deployment mount."""
    seen: set[int] = set()
    for deployment in facts.deployments:
        spec = pod_spec(deployment)
        if spec is None:
            continue
        for view in spec.views.values():
            used = {mount.name for mount in view.mounts}
            for volume in view.volumes:
                if volume.name in used:
                    for resource, name in _sources(volume):
                        if id(name) not in seen:
                            seen.add(id(name))
                            yield from _judge(facts, deployment, resource, name)


def _sources(volume: Volume) -> Iterator[tuple[str, Node]]:
    """The names of the Secrets and ConfigMaps behind a volume, those that must exist."""
    source = volume.source
    if source is None:
        return
    listed = [source]
    if volume.kind == "projected":
        listed = [
            part
            for entry in entries(source.get("sources"))
            for kind in ("secret", "configMap")
            if (part := entry.get(kind)) is not None
        ]
    for one in listed:
        optional = one.text("optional") == "true"
        secret, other = one.get("secretName"), one.get("name")
        if volume.kind == "secret" and secret is not None and not optional:
            yield SECRET, secret
        elif volume.kind == "configMap" and other is not None and not optional:
            yield CONFIG_MAP, other
        elif volume.kind == "projected" and other is not None and not optional:
            yield (SECRET if isinstance(one.key, Node) and one.key.value == "secret" else CONFIG_MAP), other


def _judge(facts: Facts, deployment: Deployment, resource: str, name: Node) -> Iterator[Finding]:
    from ..yamldoc.edit import replace_scalar

    text = name.value
    if not text or facts.cluster.find(resource, deployment.namespace, text, deployment.path) is not None:
        return
    if _known(facts.config.known_secrets, deployment.namespace, text):
        return
    near = facts.cluster.near_names(resource, deployment.namespace, text)
    local = [one for one in near if "/" not in one]
    fix = fix_or_none(f"mount {local[0]} instead", False, lambda: replace_scalar(name, local[0])) if len(local) == 1 else None
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    where = f"{deployment.namespace}/{text}" if deployment.namespace else text
    message = f"{resource} `{where}` is not in the repository: the pods wait until somebody makes it{hint}"
    yield RULE.at(name, message, caret="made by hand? name it in known-secrets" if not near else "", fix=fix)


def _known(known: frozenset[str], namespace: str | None, name: str) -> bool:
    if namespace is not None:
        return f"{namespace}/{name}" in known or name in known
    return any(entry.rpartition("/")[2] == name for entry in known)
