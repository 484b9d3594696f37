"""Which files can matter, from their bytes alone: parsing all YAML of a repository would take a hundred times longer."""

from __future__ import annotations

import re
from posixpath import basename, dirname, splitext

MILVUS, OBJECT, CERTIFICATES, BRACES = 1, 2, 4, 8
"""Marks of a file: it may describe Milvus; it may hold Kubernetes objects that Milvus uses; it may hold certificates;
it holds ``{{``."""

YAML_EXTENSIONS = frozenset((".yaml", ".yml", ".json"))
CERTIFICATE_EXTENSIONS = frozenset((".pem", ".crt", ".cer", ".cert", ".key", ".der", ".p12", ".pfx"))

_NAME_OF_VALUES = re.compile(r"values", re.IGNORECASE)
_FOLD = bytes(range(256)).lower()
_DROPPED = b" _-/.\"'\t\r"
_MILVUS_WORDS = (
    b"milvus", b"tlsmode", b"internaltls", b"pempath", b"serverpem", b"extraconfigfiles", b"common:\nsecurity:", b"commonsecurity",
    b"rootcoord", b"querynode", b"quotaandlimits",
)  # fmt: skip
_CHART_WORDS = (b"\ncluster:", b"\nstandalone:", b"mixcoordinator", b"pulsarv3")
_OBJECT = re.compile(
    rb"kind:(?:secret|configmap|sealedsecret|externalsecret|clusterexternalsecret|certificate|bundle|kustomization|ingress|service|"
    rb"servicemonitor|podmonitor)[\n,}#]|secretgenerator"
)
_CERTIFICATE = re.compile(rb"BEGIN [A-Z0-9 ]*(?:CERTIFICATE|PRIVATE KEY)|LS0tLS1CRUdJTi|(?:tls|ca)\.crt|\.(?:pem|cer|p12|pfx|jks)\b")


def is_yaml(path: str) -> bool:
    """Whether the name is one of a YAML or JSON file."""
    return splitext(path)[1].lower() in YAML_EXTENSIONS


def is_certificate_file(path: str) -> bool:
    """Whether the name is one of a certificate or key file."""
    return splitext(path)[1].lower() in CERTIFICATE_EXTENSIONS


def named_values(path: str) -> bool:
    """Whether the name is one that people give to Helm values (``values-prod.yaml``, ``milvus.values.yml``)."""
    return _NAME_OF_VALUES.search(basename(path)) is not None


def marks(path: str, data: bytes) -> int:
    """The marks of a YAML or JSON file; 0 where it cannot matter (a binary file cannot)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    elif b"\0" in data[:1024]:
        return 0
    folded = b"\n" + data.translate(_FOLD, _DROPPED) + b"\n"
    found = 0
    for word in _MILVUS_WORDS:
        if word in folded:
            found = MILVUS
            break
    else:
        if _names_dependencies(folded) or (named_values(path) and any(word in folded for word in _CHART_WORDS)):
            found = MILVUS
        elif named_values(path) and "milvus" in dirname(path).lower():
            found = MILVUS
    if _OBJECT.search(folded):
        found |= OBJECT
    if _CERTIFICATE.search(data):
        found |= CERTIFICATES
    if found and b"{{" in data:
        found |= BRACES
    return found


def _names_dependencies(folded: bytes) -> bool:
    return b"\netcd:" in folded and b"\nminio:" in folded
