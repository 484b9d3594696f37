"""GT006: settings in a document that Milvus does not read, or a whole Kubernetes object in place of the settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, Example, Finding, Label, Rule, label
from ..systems.claims import HELM_VALUES
from ..systems.milvus.settings import ConfigFile
from ..yamldoc.node import MAPPING, Document, Node
from .samples import COMPOSE
from .shared import config_files, mounted_here

RULE = Rule(
    "GT006", "wrong-document", ERROR, "the settings stand where Milvus does not look",
    why="Milvus reads the first YAML document of a file and nothing after the next `---`. And a page of the documentation has "
    "people download a Milvus *custom resource* and mount it as milvus.yaml: every setting in it is one level too deep.",
    server="Nothing is said; the settings are not there, and Milvus runs with its defaults, in plaintext.",
    sources=("yaml.v2 Unmarshal", "runs of Milvus 2.3.5: yaml/multi_doc_tls_second", "milvus docs connect_kafka_ssl.md"),
    fixable=NEVER,
)  # fmt: skip


_VALUES = "extraConfigFiles:\n  user.yaml: |\n    log:\n      level: info\n"
_MORE = "volumeMounts:\n  - name: certs\n    mountPath: /certs\n"

EXAMPLES = (
    Example(
        "TLS in the second document",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "log:\n  level: info\n---\ncommon:\n  security:\n    tlsMode: 1\n"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": "---\nlog:\n  level: info\n"},
    ),
    Example(
        "two values files in one",
        bad={"values.yaml": _VALUES + "---\n" + _MORE},
        good={"values.yaml": _VALUES + _MORE},
    ),
    Example(
        "a custom resource mounted as a settings file",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata:\n  name: x\nspec:\n  config:\n    common:\n      security:\n        tlsMode: 0\n",
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every settings file that a container reads, and every values file."""
    for _, _, file in config_files(facts):
        if file.path is not None and file.other_documents:
            yield from _later_documents(facts, file)
        if file.root is not None and file.mount is not None:
            yield from _object(file)
    for claim in facts.claims.of(HELM_VALUES):
        if claim.host is None and claim.root is not None and claim.root.document is claim.parsed.documents[0]:
            message = "Helm reads only the first YAML document of a values file: everything from here on is ignored"
            yield from _ignored(claim.parsed.documents[1:], message, ())


def _later_documents(facts: Facts, file: ConfigFile) -> Iterator[Finding]:
    parsed = facts.workspace.parsed(file.path or "")
    message = "Milvus reads only the first YAML document of the file: everything from here on is ignored"
    yield from _ignored(parsed.documents[1:] if parsed is not None else [], message, mounted_here(file))


def _ignored(documents: Iterable[Document], message: str, related: tuple[Label, ...]) -> Iterator[Finding]:
    """Report the first of the documents that says something."""
    for document in documents:
        root = document.root
        if root is not None and root.kind == MAPPING and root.pairs:
            yield RULE.at(root.pairs[0][0], message, caret="ignored", related=related)
            return


def _object(file: ConfigFile) -> Iterator[Finding]:
    root: Node | None = file.root
    assert root is not None
    kind, version = root.pair("kind"), root.pair("apiVersion")
    if kind is None or version is None:
        return
    message = f"a Kubernetes object (`kind: {kind[1].resolved().value}`) is mounted as {file.name}: Milvus finds none of its settings in it"
    config = root.get("spec", "config")
    hint = (label(config, "the settings are here"),) if config is not None and config.kind == MAPPING else ()
    yield RULE.at(kind[0], message, caret="Milvus wants the settings alone", related=hint + mounted_here(file))
