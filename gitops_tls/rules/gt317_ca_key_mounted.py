"""GT317: the private key of a CA stands in a server's container."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ..certs.facts import Certificate, KeyFact
from ..facts import Facts
from ..findings import NEVER, WARNING, Example, Finding, Rule, file_label, label
from ..records import NamedTuple
from ..systems.files import FileView
from ..systems.kubernetes import CONFIG_MAP, SECRET
from ..systems.milvus.model import Component, Deployment
from ..systems.milvus.uses import KEYS, content_label, uses
from .certificates import name_of
from .gt301_certificate_expired import COMPOSE, USER

RULE = Rule(
    "GT317", "ca-key-mounted", WARNING, "the private key of a CA is mounted into a server",
    why="gen.sh leaves ca.key beside the other files, and the whole folder is mounted. The server never needs it: it belongs "
    "where certificates are issued, and nowhere else.",
    server="Milvus does not read it. Whoever gets into the container can issue certificates that every client and server "
    "trusts until the CA is replaced everywhere.",
    sources=("milvus-docs tls.md: gen.sh",),
    fixable=NEVER,
)  # fmt: skip

_MUTUAL = USER.replace("tls:\n", "tls:\n  caPemPath: /milvus/tls/ca.pem\n", 1).replace("tlsMode: 1", "tlsMode: 2")
_FILES = {"docker-compose.yml": COMPOSE, "user.yaml": _MUTUAL, "tls/server.pem": "{cert:server}", "tls/ca.pem": "{ca}"}

EXAMPLES = (
    Example(
        "the folder in which gen.sh ran",
        bad={**_FILES, "tls/server.key": "{key:server}", "tls/ca.key": "{key:ca}"},
        good={**_FILES, "tls/server.key": "{key:server}", "pki/ca.key": "{key:ca}"},
    ),
)

_KEY_SUFFIXES, _CERTIFICATE_SUFFIXES = (".key", ".pem"), (".pem", ".crt", ".cer", ".cert")
_MOST_FILES = 500


class _Mounted(NamedTuple):
    path: str
    content: bytes
    view: FileView


def check(facts: Facts) -> Iterator[Finding]:
    """Compare the keys in each component's mounts with the CAs there and in its settings; each key once."""
    seen: set[tuple[str, int]] = set()
    keys = _secret_keys(facts)
    for deployment in facts.deployments:
        own = _keys_in_use(facts, deployment)
        for component in deployment.components:
            for held in _found(facts, component, own, keys):
                mark = (held[0].view.path or "", id(held[0].view.node))
                if mark not in seen:
                    seen.add(mark)
                    yield _finding(deployment, *held)


def _keys_in_use(facts: Facts, deployment: Deployment) -> set[str]:
    """The keys that servers need, by their public half: one of a self-signed CA:TRUE certificate has to be there."""
    from ..certs.read import private_keys

    contents = [use.view.content for use in uses([deployment]) if use.role in KEYS and use.view.content is not None]
    return {key.spki_sha256 for content in contents for key in private_keys(content) if key.spki_sha256 is not None}


def _found(facts: Facts, component: Component, own: set[str], keys: list[str]) -> Iterator[tuple[_Mounted, KeyFact, Certificate]]:
    from ..certs.read import certificates, private_keys

    mounted = list(_mounted(facts, component, keys))
    with_keys = [
        (one, key) for one in mounted for key in private_keys(one.content) if key.spki_sha256 and key.spki_sha256 not in own
    ]
    if not with_keys:
        return
    authorities = {cert.spki_sha256: cert for one in mounted for cert in certificates(one.content) if cert.is_ca}
    for one, key in with_keys:
        authority = authorities.get(key.spki_sha256 or "")
        if authority is not None:
            yield one, key, authority


def _mounted(facts: Facts, component: Component, keys: list[str]) -> Iterator[_Mounted]:
    """The certificate and key files in the mounts of a component whose content the repository holds."""
    for mount in component.files.mounts:
        names = _below(facts, mount.source_path) if mount.source_path is not None else ["", *keys]
        for name in names:
            path = posixpath.join(mount.target, name) if name else mount.target
            view = mount.resolve(name)
            if view.content is not None and component.files.mount_of(path) is mount:
                yield _Mounted(path, view.content, view)


def _below(facts: Facts, folder: str) -> list[str]:
    """The certificate and key files of a bind mount, relative to it; the empty name where a file is mounted."""
    suffixes = _KEY_SUFFIXES + _CERTIFICATE_SUFFIXES
    prefix = f"{folder}/" if folder not in ("", ".") else ""
    every = facts.workspace.files.paths()
    if folder in every:
        return [""] if folder.lower().endswith(suffixes) else []
    found = [path[len(prefix) :] for path in every if path.startswith(prefix) and path.lower().endswith(suffixes)]
    return found[:_MOST_FILES]


def _secret_keys(facts: Facts) -> list[str]:
    """The names that Secrets and ConfigMaps of the repository give to certificates and keys."""
    names = {
        name
        for resource in (SECRET, CONFIG_MAP)
        for one in facts.cluster.objects(resource)
        for name, value in (one.keys or {}).items()
        if value.content is not None and b"-----BEGIN " in value.content
    }
    return sorted(names)[:_MOST_FILES]


def _finding(deployment: Deployment, one: _Mounted, key: KeyFact, authority: Certificate) -> Finding:
    message = (
        f"{one.path} is the private key of the CA {name_of(authority)} and is mounted into {deployment.name}: whoever gets into "
        "the container can issue certificates that everyone trusts"
    )
    place = content_label(one.view, key.line) or file_label(one.view.path or deployment.path)
    mount = (label(one.view.mount, "mounted here"),) if one.view.mount is not None else ()
    return RULE.at(place, message, caret="keep it where certificates are issued", related=mount)
