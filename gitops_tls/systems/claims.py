"""Which files are what: recognised by content (and by who refers to them), never by name alone."""

from __future__ import annotations

from ..records import NamedTuple
from ..yamldoc.node import Node
from ..yamldoc.parse import Parsed, SyntaxProblem

COMPOSE = "compose"
MILVUS_CR = "milvus-cr"
HELM_VALUES = "helm-values"
SETTINGS = "settings"
KUBERNETES = "kubernetes"
APISIX = "apisix"
APISIX_CONFIG = "apisix-config"
APISIX_VALUES = "apisix-values"
APISIX_SSL = "apisix-ssl"

CONSUMERS = {
    COMPOSE: "Docker Compose",
    MILVUS_CR: "Kubernetes",
    HELM_VALUES: "Helm",
    SETTINGS: "Milvus",
    KUBERNETES: "Kubernetes",
    APISIX: "Kubernetes",
    APISIX_CONFIG: "APISIX",
    APISIX_VALUES: "Helm",
    APISIX_SSL: "APISIX",
}
"""Who reads a file of each kind."""


class Claim(NamedTuple):
    """One document that a system reads.

    ``kind`` is one of the constants above; ``root`` is None where the text cannot be parsed (``problem`` is then set).
    ``parsed`` holds all documents of the same file or scalar. ``host`` is the scalar it is nested in, None for a file.
    KUBERNETES claims are Secrets, ConfigMaps and what makes Secrets (see systems/kubernetes.py). APISIX claims are the
    objects that its ingress controller reads (see systems/apisix/signs.py); ``root`` may be a text that was meant as one.
    APISIX_CONFIG is a config.yaml, APISIX_VALUES values of its chart, APISIX_SSL what holds ssl objects: a body for the
    Admin API (of a script too), an apisix.yaml, a file for ADC (see systems/apisix/config_signs.py).
    """

    kind: str
    path: str
    root: Node | None
    parsed: Parsed
    problem: SyntaxProblem | None = None
    host: Node | None = None


class Claims:
    """All claims of a repository. Later steps add the settings files that they find by reference."""

    def __init__(self) -> None:
        self.all: list[Claim] = []
        self.mentions: list[str] = []
        """Files that speak of APISIX, whatever they are: image tags and chart versions stand in them."""

    def add(self, claim: Claim) -> None:
        """Add a claim, once for each file or scalar, document and kind."""
        if claim not in self.all:
            self.all.append(claim)

    def of(self, kind: str) -> list[Claim]:
        """The claims of one kind, in the order of their paths."""
        return [claim for claim in self.all if claim.kind == kind]
