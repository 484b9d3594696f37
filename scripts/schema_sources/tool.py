# ruff: noqa: E501  (descriptions are prose)
"""The tool's own configuration and output."""

from __future__ import annotations

from typing import Any

from .common import Schema, document, ref

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LINE: Schema = {"type": "integer", "minimum": 1}
FLAG: Schema = {"type": "boolean"}
SEVERITY: Schema = {"enum": ["error", "warning", "info"]}
TIME: Schema = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)$"}
RULE: Schema = {"type": "string", "pattern": r"^(GT[0-9]{0,3}|[a-z][a-z0-9]*(-[a-z0-9]+)*)$"}


def _strict(properties: dict[str, Schema], required: list[str], **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False, **more}


def _all(properties: dict[str, Schema], optional: tuple[str, ...] = (), **more: Any) -> Schema:
    """An object of the output: what is named must be there, and later versions may add to it."""
    return {"type": "object", "properties": properties, "required": [name for name in properties if name not in optional], **more}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def config() -> Schema:
    """gitops-tls-config.schema.json."""
    texts = _list({"type": "string", "minLength": 1})
    versions = {name: {"title": title, "description": f"Version of {title} where no image tag or chart version says it; quoted.", "type": "string", "pattern": r"^v?[0-9]+(\.[0-9]+){1,2}", "examples": [example]} for name, title, example in (("milvus", "Milvus", "2.6"), ("apisix", "APISIX", "3.13"), ("apisix-ingress-controller", "the APISIX ingress controller", "2.1"))}  # fmt: skip
    properties: dict[str, Schema] = {
        "exclude": {"title": "Excluded paths", "description": "Globs of files that are not read.", **texts, "examples": [["vendor/**"]]},
        "expires-within": {
            "title": "Warn before the end",
            "description": "How long before its end a certificate is reported (GT302): a number and h, d, w, m or y (days without a letter), or the last part of its lifetime in percent, `0%` to `100%`.",
            "type": ["string", "number"], "minimum": 0, "pattern": r"^\s*([0-9]+(\.[0-9]+)?\s*[hdwmyHDWMY]?|([0-9]{1,2}(\.[0-9]+)?|100(\.0+)?)\s*%)\s*$", "default": "30d", "examples": ["14d", "20%"],
        },
        "fail-on": {"title": "Fail on", "description": "The least severity that makes `check` exit with 1.", "enum": ["error", "warning", "info", "never"], "default": "error"},
        "versions": {"title": "Versions", "description": "What runs where the files do not say it.", **_strict({k: dict(v) for k, v in versions.items()}, [])},
        "known-secrets": {
            "title": "Known Secrets", "description": "namespace/name of Secrets that are made outside Git; they are not reported as missing.",
            "type": "array", "items": {"type": "string", "pattern": "^[^/\\s]+/[^/\\s]+$"}, "examples": [["milvus/certs"]],
        },
        "releases": {
            "title": "Helm releases", "description": "Values files that Helm merges, in this order.",
            **_list(_strict({
                "name": {"title": "Name", "description": "Name of the release.", "type": "string", "minLength": 1},
                "values": {"title": "Values files", "description": "Paths from the repository's root; later ones win.", **texts, "minItems": 1},
            }, ["name", "values"])),
        },
        "rules": {
            "title": "Severities", "description": "Severity by rule id or name, or off.", "type": "object",
            "patternProperties": {RULE["pattern"]: {"enum": ["off", "info", "warning", "error", False]}},
            "additionalProperties": False, "examples": [{"GT210": "off"}],
        },
        "ignore": {
            "title": "Ignored", "description": "Rules that are silent for paths.",
            **_list(_strict({
                "path": {"title": "Paths", "description": "A glob.", "type": "string", "minLength": 1},
                "rules": {"title": "Rules", "description": "Ids, prefixes or names.", "type": "array", "items": RULE, "minItems": 1},
            }, ["path", "rules"])),
        },
    }  # fmt: skip
    body: Schema = {"type": ["object", "null"], "properties": properties, "additionalProperties": False}
    return document(
        "gitops-tls-config", "Configuration of gitops-tls", ".gitops-tls.yaml at the root of the repository.", body, {}
    )


def check_output() -> Schema:
    """check-output.schema.json."""
    place = {"path": TEXT, "line": LINE, "column": LINE}
    ends = {"end_line": LINE, "end_column": LINE}
    finding = _all(
        {
            "rule": {"type": "string", "pattern": "^GT[0-9]{3}$"}, "name": TEXT, "severity": SEVERITY, "message": TEXT, **place, **ends,
            "pointer": TEXT, "related": _list(_all({**place, "message": TEXT, **ends, "pointer": TEXT}, (*ends, "pointer"))),
            "fix": _all({"title": TEXT, "safe": FLAG}),
        },
        ("fix",), title="Finding", description="One finding; `fix` is absent where the tool cannot repair it.",
    )  # fmt: skip
    counts = ("files", "documents", "deployments", "certificates", "errors", "warnings", "infos", "fixable", "suppressed")
    body = _all({
        "version": {"const": 1}, "tool": _all({"name": {"const": "gitops-tls"}, "version": TEXT}), "at": TIME, "findings": _list(finding),
        "skipped": _list(_all({"path": TEXT, "reason": TEXT})), "summary": _all(dict.fromkeys(counts, COUNT)),
    })  # fmt: skip
    return document(
        "check-output", "Output of gitops-tls check --format json", "Findings, sorted by path, line, column and rule.", body, {}
    )


def status_output() -> Schema:
    """status-output.schema.json."""
    tls: Schema = {"enum": ["plaintext", "one-way", "mutual", "off", "fails", "unknown"]}
    port: Schema = {"type": ["integer", "null"], "minimum": 0, "maximum": 65535}
    listener = _all({"port": port, "tls": tls})
    why = _list(_all({"message": TEXT, "path": TEXT, "line": LINE}, ("path", "line")))
    certificate: Schema = {"anyOf": [{"type": "null"}, _all({"subject": TEXT, "dns_names": _list(TEXT), "not_after": TIME})]}
    seen: Schema = {
        "enum": [
            "ok",
            "internal error",
            "certificate required",
            "unknown ca",
            "name mismatch",
            "expired",
            "untrusted issuer",
            "unknown",
        ]
    }
    served: Schema = {"type": ["string", "null"]}
    host = _all(
        {
            "host": TEXT,
            "served_by": served,
            "tls": {"enum": ["one-way", "mutual", "none"]},
            "client_sees": seen,
            "path": TEXT,
            "line": LINE,
        }
    )
    shape: Schema = {"enum": ["compose", "operator", "helm", "argocd", "flux", "kustomize", "file"]}
    defs: dict[str, Schema] = {
        "milvus": _all({
            "system": {"const": "milvus"}, "shape": shape, "name": TEXT, "path": TEXT, "line": LINE, "milvus_version": {"type": ["string", "null"]},
            "server": {"enum": ["starts", "fails", "unknown"]}, "grpc": listener, "rest": listener,
            "internal": _all({"tls": {"enum": ["off", "one-way", "broken", "unknown"]}}),
            "management": _all({"port": port, "tls": tls, "published": FLAG}), "certificate": certificate,
            "clients": _all({key: {"enum": ["ok", "fails", "unknown"]} for key in ("pymilvus", "curl", "go")}), "why": why,
        }, ("certificate",)),
        "apisix": _all({"system": {"const": "apisix"}, "name": TEXT, "path": TEXT, "line": LINE, "hosts": _list(host)}),
    }  # fmt: skip
    one: Schema = {
        "if": {"type": "object", "properties": {"system": {"const": "apisix"}}},
        "then": ref("apisix"),
        "else": ref("milvus"),
    }
    asked = _all({"name": TEXT, "system": TEXT, "served_by": served, "matched": served, "tls": {"enum": ["one-way", "mutual", "none"]}, "client_sees": seen, "why": why})  # fmt: skip
    body = _all({"version": {"const": 1}, "deployments": _list(one), "host": asked}, ("host",))
    return document("status-output", "Output of gitops-tls status --format json", "What each deployment will do.", body, defs)


def certs_output() -> Schema:
    """certs-output.schema.json."""
    user = _all({"deployment": TEXT, "role": TEXT, "path": TEXT, "line": LINE})
    certificate = _all({
        "path": TEXT, "line": LINE, "pointer": TEXT, "subject": TEXT, "issuer": TEXT, "dns_names": _list(TEXT), "ip_addresses": _list(TEXT),
        "is_ca": FLAG, "key": TEXT, "serial": TEXT, "sha256": TEXT, "not_before": TIME, "not_after": TIME, "days_left": {"type": "integer"},
        "state": {"enum": ["ok", "expiring", "expired", "not-yet-valid"]}, "used_by": _list(user),
    })  # fmt: skip
    body = _all({"version": {"const": 1}, "certificates": _list(certificate)})
    return document(
        "certs-output",
        "Output of gitops-tls certs --format json",
        "Every certificate of the repository and who uses it.",
        body,
        {},
    )
