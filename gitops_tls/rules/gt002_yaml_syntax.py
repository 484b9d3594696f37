"""GT002: a file its consumer cannot parse."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, Example, Finding, Label, Rule, span_label
from ..systems.claims import CONSUMERS, SETTINGS, Claim
from ..systems.milvus.model import Component, Deployment
from ..systems.milvus.ports import coordinator_conflict
from ..systems.milvus.settings import ConfigFile
from .samples import COMPOSE
from .shared import config_files, mounted_here

RULE = Rule(
    "GT002", "yaml-syntax", ERROR, "the consumer cannot parse the file",
    why="One tab, one wrong indent or one stray byte in a Milvus configuration file is not fatal, and that is the trouble: "
    "the server throws away every configuration file, also the good ones, writes one line to its log and goes on.",
    server="Milvus goes on with the defaults of its code and its environment: TLS and authorization off. In standalone mode "
    "the coordinators then all want port 19530; where the environment does not give them ports the process ends with "
    "`bind: address already in use`. Compose, Helm and kubectl refuse the file.",
    sources=("milvus pkg/util/paramtable/base_table.go", "runs of Milvus 2.3.5: yaml/tab_indent, yaml/bad_indent, yaml/unclosed_quote"),
    fixable=NEVER,
)  # fmt: skip


EXAMPLES = (
    Example(
        "a tab in the indentation",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n\ttlsMode: 1\n"},
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": "common:\n  security:\n    tlsMode: 0\t# a tab before a comment is fine\n",
        },
    ),
    Example(
        "not a mapping",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "- common:\n    security:\n      tlsMode: 1\n"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Report each configuration file that made Milvus drop all of them, and each claimed file that cannot be parsed."""
    told: set[str] = set()
    for deployment, component, file in config_files(facts):
        if not file.problem or file.place is None or _is_folder(deployment, component, file):
            continue
        told.add(file.place.path)
        effect = "it drops every configuration file and starts in plaintext"
        if coordinator_conflict(component) is not None:
            effect = "it drops every configuration file, and standalone then stops: its coordinators all want port 19530"
        message = f"Milvus cannot read this file ({_words(facts, file.place, file.problem)}): {effect}"
        yield RULE.at(file.place, message, related=mounted_here(file))
    for claim in facts.claims.all:
        if claim.problem is None or claim.path in told or claim.host is not None:
            continue
        told.add(claim.path)
        yield from _claim(facts, claim)


def _is_folder(deployment: Deployment, component: Component, file: ConfigFile) -> bool:
    """Whether Docker mounts a folder in the place of the file: GT207 tells that."""
    if deployment.shape != "compose" or file.problem != "is a directory":
        return False
    from ..systems.milvus.compose import ComposeSpec

    spec = deployment.spec
    assert isinstance(spec, ComposeSpec)
    return any(v.node is file.mount and v.target.endswith("/" + file.name) for v in spec.of(component).volumes)


def _claim(facts: Facts, claim: Claim) -> Iterator[Finding]:
    source = facts.workspace.source(claim.path)
    if source is None or claim.problem is None:
        return
    problem = claim.problem
    place = span_label(source, problem.offset, problem.offset + 1)
    reader = CONSUMERS[claim.kind]
    effect = "it drops every configuration file and starts in plaintext" if claim.kind == SETTINGS else "it refuses the file"
    message = f"{reader} cannot read this file ({_words(facts, place, problem.message)}): {effect}"
    yield RULE.at(place, message, caret="the reader stopped here")


def _words(facts: Facts, place: Label, problem: str) -> str:
    """The parser's words; of a tab, which nobody sees, its name."""
    source = facts.workspace.source(place.path)
    line = source.line(place.line) if source is not None else ""
    return "a tab, where YAML wants spaces" if line[place.column - 1 : place.column] == "\t" else problem
