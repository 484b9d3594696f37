"""GT119: TLS towards etcd, MinIO, Kafka and TiKV that does not do what it says."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule, label
from ..records import NamedTuple
from ..systems.milvus.model import Deployment
from ..systems.milvus.settings import Setting, Settings
from ..text.edits import Fix
from .samples import COMPOSE
from .shared import components, fix_or_none, related, set_setting

RULE = Rule(
    "GT119", "dependency-tls", ERROR, "a TLS setting towards a dependency does not do what it says",
    why="Every dependency has its own switch, and the obvious key is often not it: Kafka's is `securityProtocol`, MinIO's is "
    "`useSSL`, etcd wants a client certificate even for one-way TLS.",
    server="`kafka.ssl.enabled` with PLAINTEXT stays plaintext; `minio.ssl.enabled` exists in no version; `etcd.ssl.enabled` "
    "without tlsCert and tlsKey cannot be loaded; the operator's caCertificateRef is a Secret, never a ConfigMap; an unquoted `1.0` becomes `1`, an unknown TLS version; the placeholder "
    "/path/to/public.crt of 2.4 to 2.6 breaks the storage client once useSSL is on.",
    sources=("milvus pkg/util/etcd", "milvus kafka builder.go", "milvus issues 27461, 27563, 29257, 49437"),
    fixable=SOMETIMES,
)  # fmt: skip


EXAMPLES: tuple[Example, ...] = (
    Example(
        "MinIO: a switch that does not exist",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": 'minio:\n  ssl:\n    enabled: true\n    tlsCACert: ""\n'},
        fixed={"user.yaml": 'minio:\n  ssl:\n    enabled: true\n    tlsCACert: ""\n  useSSL: true\n'},
        good={"docker-compose.yml": COMPOSE, "user.yaml": 'minio:\n  useSSL: true\n  ssl:\n    tlsCACert: ""\n'},
    ),
    Example(
        "etcd: a version without quotes",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "etcd:\n  ssl:\n    enabled: true\n    tlsCert: /certs/c.pem\n    tlsKey: /certs/c.key\n    tlsMinVersion: 1.0\n"},
        fixed={"user.yaml": 'etcd:\n  ssl:\n    enabled: true\n    tlsCert: /certs/c.pem\n    tlsKey: /certs/c.key\n    tlsMinVersion: "1.0"\n'},
    ),
    Example(
        "Kafka: a user without a password",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "kafka:\n  securityProtocol: SASL_SSL\n  saslUsername: milvus\n"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": "kafka:\n  securityProtocol: SSL\n"},
    ),
    Example(
        "Kafka: certificates without the protocol",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "kafka:\n  ssl:\n    enabled: true\n"},
        fixed={"user.yaml": "kafka:\n  ssl:\n    enabled: true\n  securityProtocol: SSL\n"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": "kafka:\n  securityProtocol: SASL_SSL\n  ssl:\n    enabled: true\n"},
    ),
)  # fmt: skip

_STORAGE = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  dependencies:
    storage:
      ssl:
        enabled: true
        caCertificateRef: minio-ca
---
apiVersion: v1
kind: {}
metadata:
  name: minio-ca
{}:
  ca.crt: |
    {{ca}}
"""

EXAMPLES += (
    Example(
        "operator: the storage's authority in a ConfigMap",
        bad={"milvus.yaml": _STORAGE.format("ConfigMap", "data")},
        good={"milvus.yaml": _STORAGE.format("Secret", "stringData")},
    ),
)

_TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
_PLACEHOLDER = "/path/to/"


class _Problem(NamedTuple):
    setting: Setting
    message: str
    caret: str = ""
    fix: Fix | None = None


def check(facts: Facts) -> Iterator[Finding]:
    """Judge the switches that the repository sets, each once."""
    seen: set[tuple[int, str]] = set()
    for _, component in components(facts):
        settings = component.settings
        for problem in (*_etcd(settings), *_minio(settings), *_kafka(settings), *_sasl(settings), *_tikv(settings)):
            node = problem.setting.node or problem.setting.key_node
            if node is None or (id(node), problem.message) in seen:
                continue
            seen.add((id(node), problem.message))
            yield RULE.at(node, problem.message, caret=problem.caret, related=related(settings, problem.setting), fix=problem.fix)
    for deployment in facts.deployments:
        if deployment.shape in ("operator", "kustomize") and deployment.spec is not None:
            yield from _storage_authority(facts, deployment)


def _storage_authority(facts: Facts, deployment: Deployment) -> Iterator[Finding]:
    """The operator's own check of the object storage reads its authority from a Secret, under ``ca.crt``."""
    from ..systems.kubernetes_volumes import is_true
    from ..systems.milvus.operator_spec import OperatorSpec

    spec = deployment.spec
    assert isinstance(spec, OperatorSpec)
    ssl = spec.dependencies.get("storage", "ssl") if spec.dependencies is not None else None
    reference = ssl.get("caCertificateRef") if ssl is not None and is_true(ssl.get("enabled")) else None
    if reference is None or not reference.value:
        return
    name, effect = reference.value, "the operator cannot verify the object storage, and waits for it"
    cluster = facts.cluster_of(deployment)
    secret = cluster.secret(spec.namespace, name, deployment.path)
    other = cluster.config_map(spec.namespace, name, deployment.path)
    if secret is None and other is not None:
        message = f"caCertificateRef names a Secret to the operator, and `{name}` is a ConfigMap: {effect}"
        yield RULE.at(reference, message, caret="make it a Secret", related=(label(other.name_node, "this is a ConfigMap"),))
    elif secret is not None and secret.keys is not None and "ca.crt" not in secret.keys:
        message = f"the operator reads the key `ca.crt` of {secret.title}, which has {', '.join(sorted(secret.keys)) or 'no keys'}: {effect}"
        yield RULE.at(reference, message, caret="needs the key `ca.crt`", related=(label(secret.name_node, "this Secret"),))


def _etcd(settings: Settings) -> Iterator[_Problem]:
    switch = settings.get("etcd.ssl.enabled")
    if not switch.as_bool or settings.unknown:
        return
    for key in ("etcd.ssl.tlsCert", "etcd.ssl.tlsKey"):
        path = settings.get(key)
        if not path.text or path.text.startswith(_PLACEHOLDER):
            what = "is empty" if not path.text else f"is the placeholder `{path.text}`"
            yield _Problem(
                switch,
                f"etcd.ssl is on and {key} {what}: Milvus loads a client certificate even for one-way TLS, and stops",
                f"set `{key}`",
            )
            break
    version = settings.get("etcd.ssl.tlsMinVersion")
    if version.text not in _TLS_VERSIONS and version.node is not None:
        fix = None
        if version.node.is_plain and version.node.value in _TLS_VERSIONS:
            fix = fix_or_none("quote it", True, lambda: _quote(version))
        yield _Problem(
            version,
            f"etcd.ssl.tlsMinVersion is read as `{version.text}`, an unknown TLS version: Milvus stops",
            'write "1.0", "1.1", "1.2" or "1.3"',
            fix,
        )


def _quote(setting: Setting) -> object:
    from ..yamldoc.edit import replace_scalar

    assert setting.node is not None
    return replace_scalar(setting.node, setting.node.value, quote='"')


def _minio(settings: Settings) -> Iterator[_Problem]:
    use = settings.get("minio.useSSL")
    invented = settings.get("minio.ssl.enabled")
    if invented.node is not None and invented.as_bool and not use.as_bool:
        fix = fix_or_none("set minio.useSSL to true", True, lambda: set_setting(settings, "minio.useSSL", True, invented))
        yield _Problem(
            invented,
            "no version knows minio.ssl.enabled: object storage is dialled in plaintext",
            "the switch is `minio.useSSL`",
            fix,
        )
    authority = settings.get("minio.ssl.tlsCACert")
    if use.as_bool and use.node is not None and authority.text.startswith(_PLACEHOLDER):
        fix = fix_or_none(
            "empty minio.ssl.tlsCACert, so that the system's authorities count",
            False,
            lambda: set_setting(settings, "minio.ssl.tlsCACert", "", use),
        )
        yield _Problem(
            use,
            f"minio.useSSL is on and minio.ssl.tlsCACert is the placeholder `{authority.text}`: the storage client trusts no one",
            'set `minio.ssl.tlsCACert` (or to "")',
            fix,
        )


def _sasl(settings: Settings) -> Iterator[_Problem]:
    """Kafka's user without its password, or the other way round; neither value is ever quoted."""
    user, password = settings.get("kafka.saslUsername"), settings.get("kafka.saslPassword")
    if bool(user.text) == bool(password.text) or settings.unknown:
        return
    given, missing = (user, "saslPassword") if user.text else (password, "saslUsername")
    key = given.key_node or given.node
    message = f"kafka.{missing} is empty beside its counterpart: Milvus panics when it dials Kafka"
    yield _Problem(given._replace(node=key), message, f"set `kafka.{missing}` as well")


def _kafka(settings: Settings) -> Iterator[_Problem]:
    switch = settings.get("kafka.ssl.enabled")
    protocol = settings.get("kafka.securityProtocol")
    if not switch.as_bool or switch.node is None or protocol.text.upper() in ("SSL", "SASL_SSL") or settings.unknown:
        return
    what = f"securityProtocol is {protocol.text}" if protocol.text else "securityProtocol is not set"
    fix = None
    if not settings.get("kafka.saslUsername").text and not settings.get("kafka.saslMechanisms").text and not protocol.text:
        fix = fix_or_none(
            "set kafka.securityProtocol to SSL", True, lambda: set_setting(settings, "kafka.securityProtocol", "SSL", switch)
        )
    yield _Problem(
        switch,
        f"kafka.ssl.enabled only names certificates, and {what}: Kafka is dialled in plaintext",
        "the switch is `kafka.securityProtocol`",
        fix,
    )


def _tikv(settings: Settings) -> Iterator[_Problem]:
    switch = settings.get("tikv.ssl.enabled")
    if not switch.as_bool or switch.node is None or settings.unknown:
        return
    empty = [key for key in ("tlsCert", "tlsKey", "tlsCACert") if not settings.get(f"tikv.ssl.{key}").text]
    if empty:
        yield _Problem(
            switch,
            f"tikv.ssl is on and {', '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty: the TiKV client fails",
            f"set `tikv.ssl.{empty[0]}`",
        )
