"""GT202: a mounted Secret that the repository does not make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.kubernetes import CONFIG_MAP, SECRET, SHIMS, SecretObject
from ..systems.kubernetes_volumes import Volume, entries
from ..systems.milvus.model import Deployment
from ..systems.milvus.specs import pod_spec
from ..text.edits import Fix
from ..yamldoc.node import Node
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT, held

if TYPE_CHECKING:
    from ..systems.apisix.model import SecretRef, TlsObject

RULE = Rule(
    "GT202", "secret-not-found", WARNING, "a mounted Secret is in no form in the repository",
    why="A Secret made by hand works until the cluster is built anew. If it is made outside Git on purpose, name it in "
    "`known-secrets` of .gitops-tls.yaml.",
    server="The pod waits in ContainerCreating: `MountVolume.SetUp failed … secret \"certs\" not found`.",
    sources=("Kubernetes volumes", "sealed-secrets: issues 499 and 1543", "gitops-tls configuration: known-secrets"),
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
_SEALED = """apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: milvus-certs-sealed
  namespace: milvus
spec:
  encryptedData:
    tls.crt: AgBy3i4OJSWK
    tls.key: AgAR4lbtv
  template:
    metadata:
      name: milvus-certs
      namespace: milvus
"""

EXAMPLES = (
    Example(
        "a slip in the name",
        bad={"milvus.yaml": _CR.format("milvus-cert"), "secret.yaml": _EXTERNAL},
        fixed={"milvus.yaml": _CR.format("milvus-certs")},
        good={"milvus.yaml": _CR.format("milvus-certs"), "secret.yaml": _EXTERNAL},
        unsafe=True,
    ),
    Example(
        "the name in the template of a SealedSecret",
        bad={"milvus.yaml": _CR.format("milvus-certs"), "secret.yaml": _SEALED},
        fixed={"milvus.yaml": _CR.format("milvus-certs-sealed")},
        good={"milvus.yaml": _CR.format("milvus-certs-sealed"), "secret.yaml": _SEALED},
        unsafe=True,
    ),
    Example(
        "a slip in the namespace that an ApisixTls names",
        bad={"tls.yaml": TLS_OBJECT.replace("    namespace: default", "    namespace: deafult"), "secret.yaml": PAIR},
        fixed={"tls.yaml": TLS_OBJECT},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
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
    if facts.gateways:
        yield from _of_apisix(facts, seen)


def _of_apisix(facts: Facts, seen: set[int]) -> Iterator[Finding]:
    """The Secrets that the objects of APISIX's controller name."""
    from ..systems.apisix.names import is_placeholder

    for _, one in held(facts):
        client = one.tls.client
        for ref in (one.tls.secret, *((client.ca, *client.more) if client is not None else ())):
            if ref is None or ref.name_node is None or id(ref.name_node) in seen or is_placeholder(ref.name):
                continue
            seen.add(id(ref.name_node))
            if facts.cluster.find(ref.resource, ref.namespace, ref.name, one.tls.node.path) is None:
                if not _known(facts.config.known_secrets, ref.namespace, ref.name):
                    yield _not_there(facts, one.tls, ref)


def _slip(written: str, own: str) -> bool:
    """Whether a namespace is another one's by a slip of the fingers."""
    from difflib import SequenceMatcher

    return written != own and SequenceMatcher(None, written, own).ratio() > 0.8


def _left_out(node: Node) -> str:
    """Why cert-manager makes no Secret although the annotations of an Ingress or a Gateway ask for it; empty if they do not."""
    from ..systems.secrets.cert_manager import asks

    if node.text("kind") not in SHIMS or not asks(node):
        return ""
    what = "a listener without hostname" if node.text("kind") == "Gateway" else "an entry without hosts, or two for one Secret"
    return f" (cert-manager passes over {what})"


def _not_there(facts: Facts, tls: TlsObject, ref: SecretRef) -> Finding:
    from ..yamldoc.edit import replace_scalar

    assert ref.name_node is not None
    name, place, namespace = ref.name_node, ref.name_node, ref.namespace_node
    meant = facts.cluster.meant_by(ref.resource, ref.namespace, ref.name)
    if meant is not None:
        fix = fix_or_none(f"name {meant.name} instead", False, lambda: replace_scalar(name, meant.name))
        effect = "the controller waits for it, and clients see `tlsv1 alert internal error`"
        return _otherwise(f"{ref.title}, which {tls.title} names,", name, meant, effect, fix)
    near = facts.cluster.near_names(ref.resource, ref.namespace, ref.name)
    local, elsewhere = [one for one in near if "/" not in one], [one for one in near if "/" in one]
    fix = None
    if len(elsewhere) == 1 and not local and namespace is not None:
        other = elsewhere[0].partition("/")[0]
        place = namespace
        fix = fix_or_none(f"write the namespace {other}", False, lambda: replace_scalar(namespace, other))
    elif len(local) == 1 and not elsewhere:
        fix = fix_or_none(f"name {local[0]} instead", False, lambda: replace_scalar(name, local[0]))
    own = tls.namespace
    if not near and own and namespace is not None and _slip(namespace.value, own):
        near, place = [f"{own}/{ref.name}"], namespace
        fix = fix_or_none(f"write the namespace {own}", False, lambda: replace_scalar(namespace, own))
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    effect = "the controller waits for it, and clients see `tlsv1 alert internal error`"
    message = f"{ref.title}, which {tls.title} names, is not in the repository{_left_out(tls.node)}: {effect}{hint}"
    return RULE.at(place, message, caret="" if near else "made by hand? name it in known-secrets", fix=fix)


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
    cluster = facts.cluster_of(deployment)
    if not text or cluster.find(resource, deployment.namespace, text, deployment.path) is not None:
        return
    if _known(facts.config.known_secrets, deployment.namespace, text):
        return
    hashed = cluster.hidden_by_hash(resource, deployment.namespace, text, name.path)
    if hashed is not None:
        yield _hashed(resource, name, hashed)
        return
    meant = facts.cluster.meant_by(resource, deployment.namespace, text)
    if meant is not None:
        fix = fix_or_none(f"mount {meant.name} instead", False, lambda: replace_scalar(name, meant.name))
        yield _otherwise(f"{resource} `{text}`", name, meant, "the pods wait for it", fix)
        return
    renamed = cluster.renamed(resource, text)
    if renamed is not None:
        yield _renamed(resource, name, renamed)
        return
    near = cluster.near_names(resource, deployment.namespace, text)
    local = [one for one in near if "/" not in one]
    fix = fix_or_none(f"mount {local[0]} instead", False, lambda: replace_scalar(name, local[0])) if len(local) == 1 else None
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    where = f"{deployment.namespace}/{text}" if deployment.namespace else text
    message = f"{resource} `{where}` is not in the repository: the pods wait until somebody makes it{hint}"
    yield RULE.at(name, message, caret="made by hand? name it in known-secrets" if not near else "", fix=fix)


def _hashed(resource: str, name: Node, made: SecretObject) -> Finding:
    """kustomize makes it under another name than the pods ask for."""
    message = (
        f"{resource} `{name.value}` is not there by this name: kustomize makes it as `{name.value}-<hash>` and rewrites no name "
        "here: the pods wait for it"
    )
    caret = "write `disableNameSuffixHash: true` into the generator's `options`"
    return RULE.at(name, message, caret=caret, related=(label(made.name_node, f"the {made.kind} that makes it"),))


def _otherwise(what: str, name: Node, made: SecretObject, effect: str, fix: Fix | None) -> Finding:
    """The controller makes it, under its own name instead of its template's."""
    message = (
        f"{what} is not there by this name: sealed-secrets makes it as `{made.name}`, after the {made.kind} itself, and ignores "
        f"the name in its template: {effect}"
    )
    related = (label(made.name_node, "its name"), label(made.meant or made.name_node, "this one is ignored"))
    return RULE.at(name, message, caret=f"write `{made.name}`", related=related, fix=fix)


def _renamed(resource: str, name: Node, made: SecretObject) -> Finding:
    """kustomize gives it a prefix or suffix, and custom resources keep the name that is written."""
    message = (
        f"{resource} `{name.value}` is not there by this name: kustomize renames it to `{made.name}` and rewrites no name here: "
        "the pods wait for it"
    )
    caret = "kustomize's `namePrefix` and `nameSuffix` do not reach this name"
    return RULE.at(name, message, caret=caret, related=(label(made.name_node, f"the {made.kind} that is renamed"),))


def _known(known: frozenset[str], namespace: str | None, name: str) -> bool:
    if namespace is not None:
        return f"{namespace}/{name}" in known or name in known
    return any(entry.rpartition("/")[2] == name for entry in known)
