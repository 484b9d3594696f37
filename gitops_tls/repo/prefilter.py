"""Which files can matter, from their bytes alone: parsing all YAML of a repository would take a hundred times longer."""

from __future__ import annotations

import re
from posixpath import basename, splitext

MILVUS, OBJECT, CERTIFICATES, BRACES, APISIX, ROUTES, MENTIONS, CONFIG = 1, 2, 4, 8, 16, 32, 64, 128
"""Marks of a file: it may describe Milvus; it may hold Kubernetes objects that Milvus uses; these may hold
certificates; it holds ``{{``; it may hold objects of APISIX; it may hold what a gateway serves; it speaks of APISIX;
it may configure APISIX or hold ssl objects for it."""

YAML_EXTENSIONS = frozenset((".yaml", ".yml", ".json"))
CERTIFICATE_EXTENSIONS = frozenset((".pem", ".crt", ".cer", ".cert", ".key", ".der", ".p12", ".pfx"))

_FOLD = bytes(range(256)).lower()
_DROPPED = b" _-/.\"'\t\r"
_MILVUS_WORDS = (b"milvus", b"extraconfigfiles", b"querynode", b"common:\nsecurity:", b"commonsecurity")
_TLS_WORDS = (b"tlsmode", b"internaltls", b"pempath")
_CHART_WORDS = (b"\ncluster:", b"image:\nall:", b"\nstandalone:", b"mixcoordinator", b"pulsarv3")
_OBJECTS = (
    b"secret\n", b"configmap\n", b"sealedsecret\n", b"externalsecret\n", b"clusterexternalsecret\n", b"certificate\n",
    b"bundle\n", b"kustomization\n", b"ingress\n", b"service\n", b"servicemonitor\n", b"podmonitor\n",
    b"secretproviderclass\n",
)  # fmt: skip
_ROUTES = (
    b"ingress\n",
    b"ingressclass\n",
    b"gateway\n",
    b"gatewayclass\n",
    b"httproute\n",
    b"grpcroute\n",
    b"tlsroute\n",
    b"referencegrant\n",
)
_LONGEST_OBJECT = max(map(len, (*_OBJECTS, *_ROUTES)))
_APISIX = re.compile(
    rb"apisix\.apache\.org/|(?:^|\n)kind[^\n]{0,8}ApisixT(?i:ls)|ingressClassName:[ \t]*[\"']?apisix|ingress\.class[\"']?:[ \t]*[\"']?apisix"
)
_ENDS = bytes.maketrans(b"#,}", b"\n\n\n")
_CERTIFICATE_TEXT = (b"BEGIN CERT", b"BEGIN TRUSTED", b"BEGIN X509", b"PRIVATE KEY", b"LS0tLS1CRUdJTi")
_CERTIFICATE_KEY = rb"\.(?:crt|pem|cer|p12|pfx|p7b|p7c|jks|keystore|truststore)[\"']?[ \t]*:"


def holds_certificates(data: bytes) -> bool:
    """Whether YAML text has a certificate or key in it: as PEM, as base64 of PEM, or by the name of its entry."""
    return any(text in data for text in _CERTIFICATE_TEXT) or re.search(_CERTIFICATE_KEY, data) is not None


def is_yaml(path: str) -> bool:
    """Whether the name is one of a YAML or JSON file."""
    return splitext(path)[1].lower() in YAML_EXTENSIONS


def is_certificate_file(path: str) -> bool:
    """Whether the name is one of a certificate or key file."""
    return splitext(path)[1].lower() in CERTIFICATE_EXTENSIONS


def named_values(path: str) -> bool:
    """Whether the name is one that people give to Helm values (``values-prod.yaml``, ``milvus.values.yml``)."""
    return "values" in basename(path).lower()


def marks(path: str, data: bytes) -> int:
    """The marks of a YAML or JSON file; 0 where it cannot matter (a binary file cannot)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    elif b"\0" in data[:1024]:
        return 0
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    folded = b"\n" + data.translate(_FOLD, _DROPPED) + b"\n"
    found = MILVUS if _may_be_milvus(path, folded) and not _is_other_object(data, folded) else 0
    if _has_object(folded):
        found |= OBJECT
        if holds_certificates(data):
            found |= CERTIFICATES
    if b"ngress" in data or b"ateway" in data or b"oute" in data:
        found |= ROUTES if _has_object(folded, _ROUTES) else 0
    if b"pisix" in data:
        found |= MENTIONS | (APISIX if _APISIX.search(data) else 0)
    if _may_configure_apisix(data, folded):
        found |= CONFIG
    if found and b"{{" in data:
        found |= BRACES
    return found


def _may_be_milvus(path: str, folded: bytes) -> bool:
    for word in _MILVUS_WORDS:
        if word in folded:
            return True
    if b"tls" in folded and any(word in folded for word in _TLS_WORDS):
        return True
    if b"\netcd:" in folded and b"\nminio:" in folded:
        return True
    if not named_values(path):
        return False
    return "milvus" in path.lower() or any(word in folded for word in _CHART_WORDS)


def _may_configure_apisix(data: bytes, folded: bytes) -> bool:
    if b"\napisix:" in folded or b"yaml:apisix:" in folded or (b"deployment:" in folded and b"\nrole" in folded):
        return True
    if b"\ngateway:" in folded and b"containerport:" in folded and b"\ntls:" in folded:
        return True
    if b"cert" not in folded or (b"sni" not in folded and b"\nssls:" not in folded):
        return False
    # objects of other gateways, and their definitions, have such keys too
    return b"pisix" in data or (b"apiVersion" not in data and (b"sni:" in folded or b"snis:" in folded or b"\nssls:" in folded))


def is_script(path: str) -> bool:
    """Whether the name is one of a shell script."""
    return splitext(path)[1].lower() in (".sh", ".bash", ".zsh", ".ksh")


def _is_other_object(data: bytes, folded: bytes) -> bool:
    """Whether it holds Kubernetes objects and none of them is Milvus: a Milvus definition alone is 500 KB."""
    if b"milvusiov1" in folded or b"services:" in folded:
        return False
    return data.startswith(b"apiVersion:") or b"\napiVersion:" in data


def _has_object(folded: bytes, kinds: tuple[bytes, ...] = _OBJECTS) -> bool:
    if kinds is _OBJECTS and b"secretgenerator" in folded:
        return True
    for part in folded.split(b"kind:")[1:]:
        start = part[:_LONGEST_OBJECT].translate(_ENDS)
        if start.startswith(kinds):
            return True
    return False
