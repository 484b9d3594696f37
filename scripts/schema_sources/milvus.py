# ruff: noqa: E501  (descriptions are prose)
"""Milvus' settings: milvus.yaml, user.yaml, spec.config. Source: Milvus 2.3 to 3.0 (paramtable, config) and runs of 2.3.5."""

from __future__ import annotations

from .common import Schema, document, ref, section
from .milvus_dependencies import dependencies
from .milvus_values import nowhere, path, port, replaced, switch


def definitions() -> dict[str, Schema]:
    """Every definition of the settings; ``milvus`` is the whole file."""
    defs: dict[str, Schema] = {}
    root = {
        "common": _common(defs),
        "tls": _tls(defs),
        "internaltls": _internal(defs),
        "proxy": _proxy(defs),
        **dependencies(defs),
        "tlsMode": nowhere("tlsMode", "Write it as common.security.tlsMode; the server starts in plaintext otherwise."),
        "internaltlsEnabled": nowhere("internaltlsEnabled", "Write it as common.security.internaltlsEnabled."),
        "security": nowhere("security", "Write it as common.security."),
    }
    defs["milvus"] = section("milvus", defs, root, "Milvus settings", "milvus.yaml, user.yaml or spec.config. Keys match in any case and with underscores; a hyphen makes another key. Unknown keys are ignored without a message.")  # fmt: skip
    return defs


def _common(defs: dict[str, Schema]) -> Schema:
    security = section(
        "milvus.common.security",
        defs,
        {
            "tlsMode": {
                "title": "TLS for clients",
                "description": "0: plaintext. 1: one-way TLS, clients check the server. 2: mutual TLS, clients need a certificate that tls.caPemPath issued, and TLS 1.3. What is no integer (true, \"on\", \" 1\") is read as 0, so the server starts in plaintext without a message. Any other number stops the server, or is plaintext where proxy.http.enabled is false or before 2.4.13.",
                "anyOf": [{"type": "integer", "minimum": 0, "maximum": 2}, {"type": "string", "pattern": r"^(\+?0*[0-2]|-0+)$"}],
                "default": 0,
                "examples": [1, 2],
            },
            "internaltlsEnabled": switch("TLS between components", "Encrypts the links between Milvus' components, since 2.5.0; every component then needs the files of internaltls."),
            "tlsEnabled": replaced("tlsEnabled", "It was replaced by tlsMode before 2.1 was released."),
        },
        "Security",
        "Authentication and TLS switches.",
    )  # fmt: skip
    return section(
        "milvus.common",
        defs,
        {
            "security": security,
            "tls": nowhere("tls", "Write it at the top level; the key pair of the image, which is public, is used otherwise."),
            "internaltls": nowhere("internaltls", "Write it at the top level."),
            "tlsMode": nowhere("tlsMode", "Write it as common.security.tlsMode; the server starts in plaintext otherwise."),
        },
        "Common settings",
        "Settings of all components.",
    )


def _tls(defs: dict[str, Schema]) -> Schema:
    defs["milvus.tls.clusters.id"] = section(
        "milvus.tls.clusters.id",
        defs,
        {
            "caPemPath": path("CA of the other cluster", "Used only together with clientPemPath and clientKeyPath. Path inside the container of the CDC component.", "/certs/other/ca.pem"),
            "clientPemPath": path("Client certificate", "Used only together with clientKeyPath.", "/certs/other/client.pem"),
            "clientKeyPath": path("Client key", "Used only together with clientPemPath.", "/certs/other/client.key"),
        },
        "One cluster",
        "Certificates for the replication to this cluster (its id is the key).",
    )  # fmt: skip
    when = "Read when common.security.tlsMode is 1 or 2."
    return section(
        "milvus.tls",
        defs,
        {
            "serverPemPath": path("Server certificate", f"PEM file, the server's certificate first, then intermediates. Path inside the container. {when} A missing or broken file stops the server; without a value the image's own certificate is served, whose key is public.", "/milvus/tls/server.pem"),
            "serverKeyPath": path("Server key", f"PEM file with the unencrypted private key of serverPemPath. Path inside the container. {when}", "/milvus/tls/server.key"),
            "caPemPath": path("CA of the clients", "PEM file with the CA that issues the clients' certificates. Read only when common.security.tlsMode is 2; a file without a certificate then stops the server.", "/milvus/tls/ca.pem"),
            "clusters": {"title": "Other clusters", "description": "Client certificates for replication to other clusters by CDC, since 2.6.12.", "type": ["object", "null"], "additionalProperties": ref("milvus.tls.clusters.id")},
            "tlsMode": nowhere("tlsMode", "Write it as common.security.tlsMode; the server starts in plaintext otherwise."),
        },
        "Certificate files for clients",
        "The files of the gRPC and REST listeners, as paths inside the container; relative ones start at /milvus.",
    )  # fmt: skip


def _internal(defs: dict[str, Schema]) -> Schema:
    open_ = "Where it cannot be loaded, the component only logs a warning and listens in plaintext."
    return section(
        "milvus.internaltls",
        defs,
        {
            "serverPemPath": path("Server certificate", f"Certificate of every component. {open_}", "/milvus/tls/server.pem"),
            "serverKeyPath": path("Server key", f"Unencrypted private key of serverPemPath. {open_}", "/milvus/tls/server.key"),
            "caPemPath": path("CA", "CA with which components check each other; unreadable, they cannot connect.", "/milvus/tls/ca.pem"),
            "sni": {
                "title": "Server name",
                "description": "The one name that components ask for and verify. It must be a subjectAltName of every component's certificate, or no internal call succeeds. Empty: the pod's address is verified instead.",
                "type": ["string", "null"],
                "examples": ["localhost"],
            },
            "internaltlsEnabled": nowhere("internaltlsEnabled", "Write it as common.security.internaltlsEnabled."),
        },
        "Certificate files between components",
        "Read when common.security.internaltlsEnabled is true; since 2.5.0.",
    )  # fmt: skip


def _proxy(defs: dict[str, Schema]) -> Schema:
    http = section(
        "milvus.proxy.http",
        defs,
        {
            "enabled": switch("REST", "Whether the REST interface is served.", True),
            "port": port("REST port", "The port of the REST interface. With TLS on it must be set and free: empty or equal to proxy.port, the server stops at start (since 2.4.13) or serves no REST. What is no integer is read as 0, a random port.", None, optional=True),
            "enableHSTS": switch("HSTS header", "Sends Strict-Transport-Security; since 2.6. It does not turn TLS on."),
        },
        "REST",
        "The REST interface of the proxy.",
    )  # fmt: skip
    return section(
        "milvus.proxy",
        defs,
        {
            "http": http,
            "port": port("gRPC port", "The port for clients.", 19530),
            "internalPort": port("Internal gRPC port", "The port for other components.", 19529),
            "tlsMode": nowhere("tlsMode", "Write it as common.security.tlsMode; the server starts in plaintext otherwise."),
        },
        "Proxy",
        "The component that clients connect to.",
    )


def schema() -> Schema:
    """milvus.schema.json."""
    defs = definitions()
    whole = defs["milvus"]
    body = {key: value for key, value in whole.items() if key not in ("title", "description")}
    return document("milvus", "Milvus settings", str(whole["description"]), body, defs)
