"""GT203: the Secret is there, the key that becomes the file is not."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.apisix.words import GATEWAY_LISTENER
from ..systems.files import MISSING
from ..systems.kubernetes import SECRET, SecretObject
from ..systems.milvus.uses import Use
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import Node
from .mounts import anchor, mount_behind, pod_view, setting_key, wanted
from .shared import fix_or_none, set_setting
from .tls_objects import PAIR, TLS_OBJECT, held, reference_label

if TYPE_CHECKING:
    from ..systems.apisix.model import Gateway, Held, Pick

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
    Example(
        "keys that APISIX's controller does not look for",
        bad={
            "tls.yaml": TLS_OBJECT,
            "secret.yaml": PAIR.replace("tls.crt", "server.crt").replace("tls.key", "server.key"),
        },
        fixed={"secret.yaml": PAIR},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
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
    yield from _of_apisix(facts)


def _of_apisix(facts: Facts) -> Iterator[Finding]:
    """The Secrets in which APISIX's controller finds no pair of keys that it knows."""
    told: set[int] = set()
    for gateway, one in held(facts):
        yield from _of_status(one, told)
        client = one.tls.client
        picks = [(one.pick, one.tls.secret, True), (one.ca, client.ca if client is not None else None, False)]
        for pick, ref, pair in picks:
            if pick is None or not pick.error or pick.secret is None or id(pick.secret.node) in told:
                continue
            told.add(id(pick.secret.node))
            names = _wanted_names(gateway, one, pair=pair)
            keys = ", ".join(sorted(pick.secret.keys or ())) or "none"
            message = (
                f"{pick.secret.title} has {keys}, where the controller looks for {names} (`{pick.error}`): "
                f"{one.tls.title} is not sent to APISIX"
            )
            fix = _renamed(pick, one.tls.kind) if pair else None
            related = (reference_label(ref, one.tls),)
            yield RULE.at(pick.secret.name_node, message, caret=f"its keys: {keys}", related=related, fix=fix)


def _of_status(one: Held, told: set[int]) -> Iterator[Finding]:
    """The status of a Gateway's listener wants the keys of kubernetes.io/tls; what is sent to APISIX may be called otherwise."""
    secret = one.pick.secret
    if one.tls.kind != GATEWAY_LISTENER or one.pick.error or secret is None or secret.keys is None or id(secret.node) in told:
        return
    missing = next((name for name in ("tls.crt", "tls.key") if name not in secret.keys), "")
    if missing:
        told.add(id(secret.node))
        message = f"{secret.title} has no {missing}: the status of {one.tls.title} calls the listener broken (`Missing {missing}`), although APISIX gets the pair"
        related = (reference_label(one.tls.secret, one.tls),)
        fix = _renamed(one.pick, one.tls.kind)
        caret = "the keys are tls.crt and tls.key"
        yield RULE.at(secret.name_node, message, caret=caret, related=related, severity=WARNING, fix=fix)


def _wanted_names(gateway: Gateway, one: Held, *, pair: bool) -> str:
    """The keys that the controller takes, in its order."""
    from ..systems.apisix.secrets import ca_order, server_order

    if not pair and one.tls.kind == GATEWAY_LISTENER:
        return "ca.crt"
    if not pair:
        return " or ".join(ca_order(gateway.versions.controller))
    order = server_order(gateway.versions.controller)
    return " or ".join(f"{certificate} with {key}" for certificate, key in order)


def _renamed(pick: Pick, kind: str) -> Fix | None:
    """Rename the keys where exactly one value is a certificate and exactly one a private key."""
    from ..certs.read import certificates, private_keys
    from ..systems.apisix.secrets import MISSING_KEY
    from ..yamldoc.edit import rename_key

    values = (pick.secret.keys if pick.secret is not None else None) or {}
    found = [name for name, value in values.items() if value.content and certificates(value.content)]
    secret = [name for name, value in values.items() if value.content and private_keys(value.content)]
    if len(found) != 1 or len(secret) != 1 or found == secret or any(value.content is None for value in values.values()):
        return None
    wanted = {found[0]: "tls.crt", secret[0]: "tls.key"}
    if kind != GATEWAY_LISTENER and pick.error == MISSING_KEY and pick.certificate_key == "cert":
        wanted = {secret[0]: "key"} if found[0] == "cert" else {}

    def build() -> Patch:
        done = Patch((), ())
        for name, new in wanted.items():
            node = values[name].node
            key = node.key if node is not None else None
            if not isinstance(key, Node):
                raise CannotEdit("the key is not written in the file")
            done += rename_key(key, new)
        return done

    title = "rename the keys to " + " and ".join(wanted.values())
    return fix_or_none(title, True, build) if wanted else None


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
    found = facts.cluster_of(use.deployment).find(SECRET, use.deployment.namespace, name, use.deployment.path)
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
        fix = fix_or_none(f"write {path}", True, lambda: set_setting(use.component.settings, setting_key(use.role), path))
    effect = "the component listens in plaintext" if use.role.startswith("internal") else "Milvus does not start"
    message = f"{use.path} is not there: {use.view.reason or secret.title + ' has no such key'}; {effect}"
    related = [label(secret.name_node, f"its keys: {keys}")]
    if mount is not None and mount.node is not None:
        related.append(label(mount.node, "mounted here"))
    return RULE.at(anchor(use), message, caret=f"the Secret has {keys}", related=tuple(related), fix=fix)
