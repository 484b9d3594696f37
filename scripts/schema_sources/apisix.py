# ruff: noqa: E501  (descriptions are prose)
"""Objects of Apache APISIX: ApisixTls (from the CRDs 1.0 to 2.2) and the Admin API's ssl object (schema_def.lua 2.15 to 3.18)."""

from __future__ import annotations

from typing import Any

from .common import Schema, document

TLS_VERSIONS: dict[str, tuple[str, ...]] = {
    "": ("v2",),
    "-1.7": ("v2", "v2beta3"),
    "-1.5": ("v2", "v2beta3"),
    "-1.4": ("v2beta3",),
    "-1.0": ("v1",),
}
"""The CRDs of ApisixTls that differ: the end of the file name, and the API versions served. ``""`` is 1.8 and newer."""

ADMIN_VERSIONS: dict[str, str] = {
    "": "3.17 and newer",
    "-3.15": "3.15 and 3.16",
    "-3.9": "3.9 to 3.14",
    "-3.7": "3.7 and 3.8",
    "-3.4": "3.4 to 3.6",
    "-2.15": "2.15 to 3.3",
}
"""The schemas of ssl objects that differ. Within a group the more tolerant version counts."""

HOST = r"^\*?[0-9a-zA-Z.-]+$(?!\n)"
SNI = r"^\*?[0-9a-zA-Z._\[\]:-]+$"
SNI_ANY = r"^\*$|" + SNI


def _secret(what: str) -> Schema:
    return {
        "title": f"Secret of {what}",
        "description": "Name and namespace; the namespace does not default to that of the object.",
        "type": "object",
        "required": ["name", "namespace"],
        "additionalProperties": False,
        "properties": {
            "name": {"title": "Name", "description": "Name of the Secret.", "type": "string", "minLength": 1},
            "namespace": {"title": "Namespace", "description": "Namespace of the Secret.", "type": "string", "minLength": 1},
        },
    }


def tls(suffix: str) -> Schema:
    """apisix-tls*.schema.json."""
    since = suffix.removeprefix("-") or "1.8"
    client: dict[str, Schema] = {
        "caSecret": _secret("the CA that issues client certificates: a Secret with the CA alone"),
        "depth": {"title": "Depth", "description": "How many intermediate CAs may stand between client and root. Controller 2.x sends 0 where it is unset, 1.x leaves it to APISIX (1).", "type": "integer", "examples": [1]},
    }  # fmt: skip
    if since == "1.8":
        client["skip_mtls_uri_regex"] = {"title": "Exempt paths", "description": "PCRE on the decoded path, unanchored: write ^ and $. APISIX 3.4 or newer.", "type": "array", "items": {"type": "string"}, "examples": [["^/healthz$"]]}  # fmt: skip
    spec: dict[str, Schema] = {
        "hosts": {"title": "Hosts", "description": "The names that clients ask for (SNI). `*.example.com` matches one label; a bare `*` is refused.", "type": "array", "minItems": 1, "items": {"type": "string", "pattern": HOST, "examples": ["api.example.com", "*.example.com"]}},
        "secret": _secret("certificate and key: keys tls.crt and tls.key, or cert and key"),
        "client": {"title": "mTLS", "description": "Clients must present a certificate. Without caSecret the controller refuses the object.", "type": "object", "additionalProperties": False, "properties": client},
    }  # fmt: skip
    if since in ("1.7", "1.8"):
        spec["ingressClassName"] = {"title": "Ingress class", "description": "Controller 2.x ignores the object without a word where it is missing and no IngressClass is the default.", "type": "string"}  # fmt: skip
    served = [f"apisix.apache.org/{version}" for version in TLS_VERSIONS[suffix]]
    here: Schema = {
        "properties": {
            "apiVersion": {"enum": served},
            "spec": {"type": "object", "required": ["hosts", "secret"], "additionalProperties": False, "properties": spec},
            "metadata": {"type": "object"},
        }
    }
    group = r"^(?!apisix\.apache\.org/)"
    body: Schema = {
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {"title": "API version", "description": "Objects of other groups and kinds are accepted.", "type": "string", "examples": [served[0]]},
            "kind": {"title": "Kind", "description": "ApisixTls.", "type": "string", "examples": ["ApisixTls"]},
        },
        "if": {"properties": {"kind": {"const": "ApisixTls"}, "apiVersion": {"not": {"pattern": group}}}},
        "then": here,
    }  # fmt: skip
    name = f"apisix-tls{suffix}"
    which = "1.8 and newer" if not suffix else {"1.0": "1.0 to 1.3", "1.4": "1.4", "1.5": "1.5 and 1.6", "1.7": "1.7"}[since]
    return document(name, "ApisixTls", f"ApisixTls of the APISIX ingress controller {which}. Keys that the API server would drop are refused.", body, {})  # fmt: skip


def admin(suffix: str) -> Schema:
    """apisix-admin-ssl*.schema.json."""
    version = _number(suffix)
    prefixes = "secret|env|ENV" if version >= (3, 9) else "secret|env"

    def pem(title: str, shortest: int, since: tuple[int, int], description: str) -> Schema:
        inline: Schema = {"type": "string", "minLength": shortest, "maxLength": 65536}
        schema: Schema = {"title": title, "description": description}
        if version < since:
            return {**schema, **inline}
        return {**schema, "type": "string", "anyOf": [inline, {"pattern": rf"^\$({prefixes})://"}]}

    shortest = 64 if version >= (3, 17) else 128
    pattern = SNI_ANY if version >= (3, 15) else SNI
    cert = pem("Certificate", 128, (3, 4), "PEM, the leaf first, then its intermediates.")
    key = pem("Private key", shortest, (3, 4), "PEM without a passphrase; the first characters must be dashes.")
    client: dict[str, Schema] = {
        "ca": pem("CA", 128, (3, 17), "PEM of the CA that issues client certificates, the root included."),
        "depth": {"title": "Depth", "description": "How many intermediate CAs may stand between client and root.", "type": "integer", "minimum": 0, "default": 1},
    }  # fmt: skip
    if version >= (3, 4):
        client["skip_mtls_uri_regex"] = {"title": "Exempt paths", "description": "PCRE on the decoded path, unanchored: write ^ and $.", "type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string"}, "examples": [["^/healthz$"]]}  # fmt: skip
    properties: dict[str, Schema] = {
        "id": {"title": "Id", "description": "Id of the object, as in its path.", "anyOf": [{"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9_.-]+$"}, {"type": "integer", "minimum": 1}]},
        "cert": cert,
        "key": key,
        "sni": {"title": "Server name", "description": "The name that clients ask for; `*` (3.15) for every name.", "type": "string", "pattern": pattern, "examples": ["api.example.com"]},
        "snis": {"title": "Server names", "description": "The names that clients ask for; not together with sni. A `*` here is not every name.", "type": "array", "minItems": 1, "items": {"type": "string", "pattern": pattern}, "examples": [["api.example.com"]]},
        "certs": {"title": "More certificates", "description": "For the same names, say ECC beside RSA; as many as keys.", "type": "array", "items": pem("Certificate", 128, (3, 9), "PEM, the leaf first.")},
        "keys": {"title": "More keys", "description": "The keys of certs, in their order.", "type": "array", "items": pem("Private key", shortest, (3, 9), "PEM without a passphrase.")},
        "client": {"title": "mTLS", "description": "Clients must present a certificate. Other keys are accepted and ignored by APISIX, and refused here.", "type": "object", "required": ["ca"], "additionalProperties": False, "properties": client},
        "type": {"title": "Type", "description": "server, or client for a certificate towards upstreams.", "enum": ["server", "client"], "default": "server"},
        "status": {"title": "Status", "description": "1 on, 0 off.", "enum": [1, 0], "default": 1},
        "labels": {"title": "Labels", "description": "Free attributes, without blanks.", "type": "object", "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 256 if version >= (3, 4) else 64, "pattern": r"^\S+$"}},
        "create_time": {"title": "Created", "description": "Seconds since 1970; APISIX writes it.", "type": "integer"},
        "update_time": {"title": "Changed", "description": "Seconds since 1970; APISIX writes it.", "type": "integer"},
    }  # fmt: skip
    if version >= (3, 7):
        properties["ssl_protocols"] = {"title": "TLS versions", "description": "A list here, unlike in config.yaml; overrides config.yaml.", "type": "array", "maxItems": 3, "uniqueItems": True, "items": {"enum": ["TLSv1.1", "TLSv1.2", "TLSv1.3"]}, "examples": [["TLSv1.2", "TLSv1.3"]]}  # fmt: skip
    else:
        for name in ("validity_start", "validity_end", "exptime"):
            properties[name] = {
                "title": "Validity",
                "description": "APISIX 3.7 refuses it; it is read from the certificate.",
                **({"minimum": 1588262400} if name == "exptime" else {}),
                "type": "integer",
            }
    if version >= (3, 9):
        properties["desc"] = {"title": "Description", "description": "Free text.", "type": "string", "maxLength": 256}
    # before 3.7 unknown keys were stored and ignored
    closed: dict[str, Any] = {"additionalProperties": False} if version >= (3, 7) else {}
    if not closed:
        properties["client"].pop("additionalProperties")
    names: Schema = {
        "if": {"properties": {"type": {"const": "server"}}},
        "then": {"oneOf": [{"required": ["sni"]}, {"required": ["snis"]}]},
    }
    name = f"apisix-admin-ssl{suffix}"
    return document(name, "ssl object of the Admin API", f"Body of PUT /apisix/admin/ssls/ID of APISIX {ADMIN_VERSIONS[suffix]}; also an item of ssls in apisix.yaml.", {"type": "object", "required": ["cert", "key"], "properties": properties, **closed, **names}, {})  # fmt: skip


def _number(suffix: str) -> tuple[int, int]:
    if not suffix:
        return 3, 17
    major, minor = suffix[1:].split(".")
    return int(major), int(minor)
