"""GT213: a later values file or patch replaces the list that held the certificates."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, WARNING, Example, Finding, Label, Rule, label
from ..systems.milvus.model import Deployment
from ..systems.milvus.pods import ComponentView
from ..systems.milvus.specs import operator_spec, pod_spec
from ..systems.milvus.uses import Use
from ..yamldoc.node import SEQUENCE, Node
from .mounts import INTERNAL, wanted
from .overlays import Replaced, lost_mount, lost_volume, replaced_lists

RULE = Rule(
    "GT213", "overlay-drops-list", ERROR, "a later values file or patch replaces the list that held the certificates",
    why="Helm merges the mappings of its values files and replaces the lists. kustomize merges the lists of built-in kinds by their "
    "names; of custom resources it knows no such names and replaces their lists too. What is to stay has to be repeated in the later "
    "list.",
    server="A lost mount: the server ends with `open …: no such file or directory`. A lost volume whose mount is still there: "
    "Kubernetes refuses the pod, `volumeMounts[0].name: Not found`.",
    sources=("Helm documentation: values files", "kustomize documentation: openapi; issue 2825", "kubectl kustomize 5.5 on a Milvus resource"),
)  # fmt: skip

_BASE = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  mode: standalone
  components:
    image: milvusdb/milvus:v2.6.20
    volumes:
      - name: certs
        secret:
          secretName: milvus-certs # made by hand
    volumeMounts:
      - name: certs
        mountPath: /milvus/tls
        readOnly: true
    standalone:
      serviceRestfulPort: 8080
  config:
    proxy:
      http:
        port: 8080
    tls:
      serverPemPath: /milvus/tls/server.pem
      serverKeyPath: /milvus/tls/server.key
    common:
      security:
        tlsMode: 1
"""
_PATCH = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  components:
    volumes:
      - name: cache
        emptyDir: {}
    volumeMounts:
      - name: cache
        mountPath: /cache
"""
_ADDED = """- op: add
  path: /spec/components/volumes/-
  value:
    name: cache
    emptyDir: {}
- op: add
  path: /spec/components/volumeMounts/-
  value:
    name: cache
    mountPath: /cache
"""
_OVERLAY = """resources:
  - ../../base
patches:
  - path: cache.yaml
    target:
      kind: Milvus
"""
_BUILD = {
    "base/kustomization.yaml": "resources:\n  - milvus.yaml\n",
    "base/milvus.yaml": _BASE,
    "overlays/prod/kustomization.yaml": _OVERLAY,
}
_VALUES = """cluster:
  enabled: false
extraConfigFiles:
  user.yaml: |
    proxy:
      http:
        port: 8080
    tls:
      serverPemPath: /milvus/tls/server.pem
      serverKeyPath: /milvus/tls/server.key
    common:
      security:
        tlsMode: 1
volumes:
  - name: certs
    secret:
      secretName: milvus-certs
volumeMounts:
  - name: certs
    mountPath: /milvus/tls
"""
_PROD = """volumes:
  - name: cache
    emptyDir: {}
volumeMounts:
  - name: cache
    mountPath: /cache
"""
_WHOLE = """volumes:
  - name: certs
    secret:
      secretName: milvus-certs
  - name: cache
    emptyDir: {}
volumeMounts:
  - name: certs
    mountPath: /milvus/tls
  - name: cache
    mountPath: /cache
"""
_RELEASE = {
    ".gitops-tls.yaml": "releases:\n  - name: prod\n    values: [values.yaml, prod.yaml]\n",
    "values.yaml": _VALUES,
}

EXAMPLES = (
    Example(
        "a kustomize overlay that adds a cache",
        bad={**_BUILD, "overlays/prod/cache.yaml": _PATCH},
        good={**_BUILD, "overlays/prod/cache.yaml": _ADDED},
    ),
    Example(
        "a second values file that adds a cache",
        bad={**_RELEASE, "prod.yaml": _PROD},
        good={**_RELEASE, "prod.yaml": _WHOLE},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look, in deployments whose lists were replaced, for what the lost entries would have brought."""
    if not any(replaced_lists(deployment) for deployment in facts.deployments):
        return
    told: set[tuple[Label, int]] = set()
    for use in wanted(facts):
        lost = lost_mount(use)
        if lost is not None and _is_new(told, *lost):
            yield _mount(use, *lost)
    for deployment in facts.deployments:
        spec = pod_spec(deployment)
        for view in spec.views.values() if spec is not None and replaced_lists(deployment) else ():
            for mount in view.report.missing:
                gone = lost_volume(deployment, view, mount.name)
                if gone is not None and _is_new(told, *gone):
                    yield _volume(deployment, view, *gone, mount.node)


def _is_new(told: set[tuple[Label, int]], one: Replaced, entry: object) -> bool:
    mark = (_place(one), id(getattr(entry, "node", None)))
    known = mark in told
    told.add(mark)
    return not known


def _mount(use: Use, one: Replaced, mount: object) -> Finding:
    from ..systems.kubernetes_volumes import VolumeMount
    from .mounts import pod_view

    assert isinstance(mount, VolumeMount)
    if use.role in INTERNAL:
        effect = f"{use.component.name} cannot load {use.path}, listens in plaintext, and the others refuse it"
    else:
        effect = f"Milvus ends with `open {use.path}: no such file or directory`"
    related = [label(mount.node, "this mount is lost")]
    view = pod_view(use)
    volume = lost_volume(use.deployment, view, mount.name) if view is not None else None
    too = ""
    if volume is not None:
        related.append(label(volume[1].node, "and so is its volume"))
        too = " and its volume"
    message = f"{_what(one)} and drops the mount `{mount.name}` of {mount.path}{too}: {effect}"
    return RULE.at(_place(one), message, caret=f"`{mount.name}` is missing here", related=tuple(related))


def _volume(deployment: Deployment, view: ComponentView, one: Replaced, volume: object, mount: Node) -> Finding:
    from ..systems.kubernetes_volumes import Volume

    assert isinstance(volume, Volume)
    # the operator adds to a Deployment and takes nothing away: an earlier revision may have brought the volume
    kept = operator_spec(deployment) is not None and not view.volumes
    effect = "unless the Deployment has it already, Kubernetes refuses the pod" if kept else "Kubernetes refuses the pod"
    related = (label(volume.node, "this volume is lost"), label(mount, "and mounted here"))
    message = f"{_what(one)} and drops the volume `{volume.name}`, which {view.name} mounts: {effect}"
    caret = f"`{volume.name}` is missing here"
    return RULE.at(_place(one), message, caret=caret, related=related, severity=WARNING if kept else None)


def _what(one: Replaced) -> str:
    where = f" of {one.earlier.path}" if one.earlier.path != one.later.path else ""
    later = one.later.resolved()
    verb = "this changes"
    if later.kind == SEQUENCE and later.items:
        verb = "this list replaces"
    elif later.kind == SEQUENCE or later.is_null:
        verb = "this empties"
    return f"{verb} `{one.field}`{where}"


def _place(one: Replaced) -> Label:
    later = one.later
    return label(later.key if isinstance(later.key, Node) and later.key.value not in ("path", "from") else later)
