"""GT001: a value that the JSON Schema of its file refuses, where no narrower rule speaks."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..schema_words import Path
from ..systems.claims import APISIX, COMPOSE, HELM_VALUES, MILVUS_CR, SETTINGS
from ..systems.milvus.settings import format_key
from ..text.edits import Fix, Patch
from ..validate import Violation, violations
from ..yamldoc.node import MAPPING, SCALAR, Node
from .shared import fix_or_none

RULE = Rule(
    "GT001", "schema-violation", ERROR, "a value that the schema of its file refuses",
    why="Some values have a type, a range or a set of words that their reader insists on: a mount needs a mountPath, a port "
    "lies below 65536, a path is text. The JSON Schemas that come with the tool hold them; `gitops-tls schema` prints them, and "
    "editors can use them while you type.",
    server="Kubernetes and Docker Compose refuse the whole object or file. Milvus refuses nothing: it goes on without the value, "
    "or fails when it needs it.",
    sources=(
        "zilliztech/milvus-operator config/crd", "apisix-ingress-controller config/crd", "milvus configs/milvus.yaml", "Kubernetes API: Volume, VolumeMount",
        "Compose specification",
    ),
    fixable=SOMETIMES,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
"""
_MINIO = 'minio:\n  useSSL: true\n  ssl:\n    tlsCACert: ""\n    tlsMinVersion: %s\n'
_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: my-release
spec:
  components:
    volumes:
      - name: logs
        emptyDir: {}
    volumeMounts:
      - name: logs
        %s: /var/lib/milvus/logs
"""

_TLS = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata:
  name: api
spec:
  ingressClassName: apisix
  hosts: %s
  secret:
    name: api-tls
    namespace: default
"""

EXAMPLES = (
    Example(
        "a version that YAML reads as a number",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": _MINIO % "1.0"},
        fixed={"user.yaml": _MINIO % '"1.0"'},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": _MINIO % "1.2"},
    ),
    Example(
        "a key in another case, where Kubernetes cares",
        bad={"milvus.yaml": _CR % "mountpath"},
        fixed={"milvus.yaml": _CR % "mountPath"},
        good={"milvus.yaml": _CR % "mountPath"},
    ),
    Example(
        "an ApisixTls without hosts in a list",
        bad={"tls.yaml": _TLS % "api.example.com"},
        good={"tls.yaml": _TLS % "[api.example.com]"},
    ),
    Example(
        "a port out of range",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": "proxy:\n  port: 195300\n"},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": "proxy:\n  port: 19531\n"},
    ),
)

OWNED = (
    # (file kind, end of the path as Milvus compares keys, the rule that judges the values there)
    (SETTINGS, ("common", "security", "tlsmode"), "GT101"),
    (SETTINGS, ("proxy", "http", "port"), "GT102"),
    (SETTINGS, ("common", "security", "tlsenabled"), "GT105"),
    (SETTINGS, ("minio", "ssl", "enabled"), "GT119"),
    (SETTINGS, ("etcd", "ssl", "tlsminversion"), "GT119"),
    (SETTINGS, ("common", "security", "internaltlsenabled"), "GT108"),
    (SETTINGS, ("proxy", "http", "enabled"), "GT108"),
    (SETTINGS, ("proxy", "http", "enablehsts"), "GT108"),
    (SETTINGS, ("etcd", "ssl", "enabled"), "GT108"),
    (SETTINGS, ("minio", "usessl"), "GT108"),
    (SETTINGS, ("kafka", "ssl", "enabled"), "GT108"),
    (SETTINGS, ("tikv", "ssl", "enabled"), "GT108"),
    (HELM_VALUES, ("extraconfigfiles", "useryaml"), "GT112"),
)
"""Values that narrower rules judge; the schemas refuse them for those who use them on their own."""

MISPLACED = {SETTINGS: "GT103", HELM_VALUES: "GT111"}
"""Who reports keys in the wrong place (``not`` in the schemas)."""

_SCHEMAS = {MILVUS_CR: "milvus-cr", HELM_VALUES: "helm-values", COMPOSE: "compose", SETTINGS: "milvus", APISIX: "apisix-tls"}
_EFFECTS = {
    MILVUS_CR: "the Kubernetes API server refuses the object",
    HELM_VALUES: "Helm or the Kubernetes API server refuses it",
    COMPOSE: "Docker Compose refuses the file",
    APISIX: "the Kubernetes API server refuses the object",
}
_CONNECTING = {"tlsminversion": "Milvus cannot connect with TLS", "securityprotocol": "the Kafka client refuses it"}


def check(facts: Facts) -> Iterator[Finding]:
    """Validate every claimed document, and the settings inside values files."""
    seen: set[object] = set()
    for kind, root in _documents(facts):
        if id(root) in seen:
            continue
        seen.add(id(root))
        for violation in violations(root, _SCHEMAS[kind]):
            where, path = _settings_path(kind, violation.instance_path)
            if _is_left_to_others(where, path, violation):
                continue
            finding = _finding(where, path, violation)
            if (finding.where, finding.message) not in seen:
                seen.add((finding.where, finding.message))
                yield finding


def _documents(facts: Facts) -> Iterator[tuple[str, Node]]:
    for kind in _SCHEMAS:
        for claim in facts.claims.of(kind):
            root = claim.root
            # Milvus reads the first document alone (GT006), and no file whose top is no mapping (GT002)
            if root is None or (kind == SETTINGS and (root.document.index or root.resolved().kind != MAPPING)):
                continue
            if kind == APISIX and root.text("kind") != "ApisixTls":
                continue
            yield kind, root
            inner = root.get("extraConfigFiles", "user.yaml") if kind == HELM_VALUES else None
            if inner is not None and inner.kind == SCALAR:
                for document in facts.workspace.nested(inner).documents[:1]:
                    if document.root is not None and document.root.resolved().kind == MAPPING:
                        yield SETTINGS, document.root


def _settings_path(kind: str, path: Path) -> tuple[str, Path]:
    """The kind whose rules hold at a path, and the path inside it: ``spec.config`` holds Milvus settings."""
    if kind == MILVUS_CR and path[:2] == ("spec", "config") and len(path) > 2:
        return SETTINGS, path[2:]
    return kind, path


def owner(kind: str, path: Path) -> str | None:
    """The rule that judges the values at a path, if it is not this one."""
    keys = tuple(format_key(part) for part in path if isinstance(part, str))
    return next((rule for of, end, rule in OWNED if of == kind and keys == end), None)


def _is_left_to_others(kind: str, path: Path, violation: Violation) -> bool:
    node = violation.node.resolved()
    if kind == APISIX:
        return _is_left_to_apisix(path, violation, node)
    if violation.keyword == "not":
        return kind in MISPLACED
    if node.kind == SCALAR and ("${" in node.value or "{{" in node.value):
        return True  # filled in by envsubst, Flux or Compose
    if node.tag is not None and not node.tag.startswith(("tag:yaml.org,2002:", "!!")):
        return True  # Compose's !reset and !override
    rule = owner(kind, path)
    if rule == "GT112":
        return node.kind == MAPPING
    if kind == SETTINGS and node.kind == MAPPING:
        return False  # no setting at all: the narrower rules never see it
    return rule is not None or (kind == SETTINGS and _is_one_value(node) and "mapping" not in violation.expected)


def _is_left_to_apisix(path: Path, violation: Violation, node: Node) -> bool:
    """What GT501 to GT503, GT510 to GT512 and GT523 say about an ApisixTls."""
    keyword = violation.keyword
    if path[:1] != ("spec",) or (len(path) == 1 and node.is_null):
        return True
    if keyword == "required":
        return "`namespace`" in violation.expected and node.get("name") is not None
    if keyword == "additionalProperties":
        return path[:2] == ("spec", "client") or format_key(str(path[-1])) in (
            "casecret",
            "depth",
            "skipmtlsuriregex",
            "skipmtlsuriregexp",
        )
    if keyword == "pattern" and path[1:2] == ("hosts",):
        return True
    return path in (("spec", "client"), ("spec", "client", "depth"), ("spec", "client", "skip_mtls_uri_regex"))


def _is_one_value(node: Node) -> bool:
    """Whether Milvus reads a list as the one value in it."""
    return len(node.items) == 1 and node.items[0].resolved().kind == SCALAR


def _finding(kind: str, path: Path, violation: Violation) -> Finding:
    effect = _effect(kind, path, violation)
    return RULE.at(violation.node, f"{violation.message}: {effect}", caret=_caret(violation), fix=_fix(violation))


def _caret(violation: Violation) -> str:
    expected = violation.expected
    if _lost_its_zero(violation):
        return 'write `"1.0"`'
    if violation.keyword in ("required", "additionalProperties") or not expected:
        return expected
    return f"write {expected}" if violation.keyword == "enum" else f"expected {expected}"


def _effect(kind: str, path: Path, violation: Violation) -> str:
    if kind != SETTINGS:
        if violation.keyword == "not":
            return "the Kubernetes API server drops it"
        if violation.keyword == "additionalProperties":
            return "the Kubernetes API server drops it, or refuses the object"
        return _EFFECTS[kind]
    last = format_key(next((part for part in reversed(path) if isinstance(part, str)), ""))
    if violation.node.resolved().kind == MAPPING:
        return "Milvus goes on as if it were not set"
    if "mapping" in violation.expected:
        return "Milvus ignores it"
    return _CONNECTING.get(last, "Milvus cannot listen on it" if path[:1] == ("proxy",) else "Milvus cannot use it")


def _fix(violation: Violation) -> Fix | None:
    node = violation.node
    if violation.rename:
        same = node.value.lower() == violation.rename.lower()
        return fix_or_none(f"rename `{node.value}` to `{violation.rename}`", same, lambda: _renamed(node, violation.rename))
    if _lost_its_zero(violation):
        return fix_or_none('quote "1.0"', True, lambda: _quoted(node))
    return None


def _lost_its_zero(violation: Violation) -> bool:
    """Whether it is the version 1.0, which YAML reads as the number 1."""
    last = format_key(str(violation.instance_path[-1])) if violation.instance_path else ""
    return last == "tlsminversion" and violation.node.is_plain and violation.node.value == "1.0"


def _renamed(key: Node, name: str) -> Patch:
    from ..yamldoc.edit import rename_key

    return rename_key(key, name)


def _quoted(node: Node) -> Patch:
    from ..yamldoc.edit import replace_scalar

    return replace_scalar(node, node.value, quote='"')
