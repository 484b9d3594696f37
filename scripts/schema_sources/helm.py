# ruff: noqa: E501  (descriptions are prose)
"""Values of the chart zilliztech/milvus (4.1 to 5.0): the part that decides about TLS."""

from __future__ import annotations

from typing import Any

from . import pods
from .common import Schema, document, ref

NUMBER_OR_TEXT = ["string", "integer", "null"]


def _object(title: str, description: str, properties: dict[str, Schema], **more: Any) -> Schema:
    return {"title": title, "description": description, "type": ["object", "null"], "properties": properties, **more}


def _flag(title: str, description: str, default: bool | None = None) -> Schema:
    schema: Schema = {"title": title, "description": description, "type": ["boolean", "null"]}
    return {**schema, "default": default} if default is not None else schema


def _ignored(what: str) -> Schema:
    return {"title": f"{what} is not a value", "description": f"No template reads {what}: the chart ignores it, without a message. Milvus settings belong into extraConfigFiles.\"user.yaml\".", "not": {}}  # fmt: skip


def _port(description: str, default: int) -> Schema:
    return {"title": "Port", "description": description, "anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, {"type": ["string", "null"]}], "default": default}  # fmt: skip


def schema() -> Schema:
    """helm-values.schema.json."""
    annotations: Schema = {"title": "Annotations", "description": "Values must be strings: quote \"true\" and numbers.", "type": ["object", "null"], "additionalProperties": {"type": ["string", "null"]}}  # fmt: skip
    component = _object(
        "Component",
        "Settings of one component.",
        {"extraEnv": ref("pod.env"), "enabled": _flag("Enabled", "Whether the component runs.")},
    )
    proxy = _object(
        "Proxy",
        "The component that clients connect to.",
        {
            "enabled": _flag("Enabled", "Whether the component runs.", True),
            "http": _object("REST", "Only debugMode is read; the REST port belongs into extraConfigFiles.\"user.yaml\".", {"enabled": _flag("Enabled", "No template reads it.", True)}),
            "tls": _object(
                "Secret for TLS",
                "Makes a Secret from crt and key, and nothing else: it is not mounted and TLS stays off without extraConfigFiles.\"user.yaml\".",
                {
                    "enabled": _flag("Enabled", "Whether the Secret is made; crt and key are needed too.", False),
                    "secretName": {"title": "Secret name", "description": "Name of the Secret that is made.", "type": ["string", "null"]},
                    "crt": {"title": "Certificate", "description": "Base64 of the PEM certificate.", "type": ["string", "null"]},
                    "key": {"title": "Key", "description": "Base64 of the PEM key. It ends up in Git and in the release's Secret.", "type": ["string", "null"]},
                },
            ),
            **pods.lists("Proxy", "the proxy's pods only (cluster mode)", empty=True),
            "extraEnv": ref("pod.env"),
        },
    )  # fmt: skip
    properties: dict[str, Schema] = {
        "extraConfigFiles": _object(
            "Configuration files",
            "user.yaml is mounted as /milvus/configs/user.yaml and goes over the chart's settings. Each value is text: write `user.yaml: |`. A mapping fails to render. Files of another name are never read.",
            {"user.yaml": {"title": "user.yaml", "description": "Milvus settings as text, after `|`.", "type": ["string", "null"], "examples": ["common:\n  security:\n    tlsMode: 1\n"]}},
            additionalProperties={"type": ["string", "null"]},
        ),
        "customConfigMap": {"title": "Own ConfigMap", "description": "Name of a ConfigMap whose key milvus.yaml is mounted instead; extraConfigFiles is then ignored.", "type": ["string", "null"], "default": ""},
        **pods.lists("All components", "every Milvus pod (since chart 4.2.31)", empty=True),
        "cluster": _object("Mode", "Cluster or standalone.", {"enabled": _flag("Cluster mode", "false runs one standalone pod. A quoted \"false\" counts as true.", True)}),
        "image": _object("Images", "Container images.", {"all": _object("Milvus image", "The image of all components.", {
            "repository": {"title": "Repository", "description": "Where the image comes from.", "type": ["string", "null"]},
            "tag": {"title": "Tag", "description": "Milvus' version, such as v2.6.15; quote what looks like a number.", "type": ["string", "number", "null"], "examples": ["v2.6.15"]},
        })}),
        "proxy": proxy,
        **dict.fromkeys(("standalone", "mixCoordinator", "rootCoordinator", "queryCoordinator", "dataCoordinator", "indexCoordinator", "queryNode", "dataNode", "indexNode", "streamingNode"), component),
        "service": _object("Service", "The Service for clients: ports 19530 and 9091. The REST port is not exposed by any value.", {
            "type": {"title": "Type", "description": "Kind of Service.", "enum": ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "", None], "default": "ClusterIP"},
            "port": _port("Port of gRPC.", 19530),
            "nodePort": {"title": "Node port", "description": "Only with type NodePort.", "type": NUMBER_OR_TEXT},
            "annotations": annotations,
        }),
        "ingress": _object("Ingress", "With TLS on, nginx needs backend-protocol GRPCS.", {"enabled": _flag("Enabled", "Whether an Ingress is made.", False), "annotations": annotations}),
        "minio": _object("MinIO", "The bundled MinIO.", {"enabled": _flag("Enabled", "Whether MinIO is installed.", True), "tls": _object("TLS", "enabled sets minio.useSSL.", {"enabled": _flag("Enabled", "Turns TLS to MinIO on.", False)})}),
        "externalS3": _object("External S3", "Object storage outside the chart.", {"enabled": _flag("Enabled", "Use it.", False), "useSSL": _flag("TLS", "Connect with TLS.", False), "port": {"title": "Port", "description": "Its port.", "type": NUMBER_OR_TEXT}}),
        "externalKafka": _object("External Kafka", "Kafka outside the chart.", {"enabled": _flag("Enabled", "Use it.", False), "securityProtocol": {"title": "Protocol", "description": "SSL or SASL_SSL turn TLS on. A CA has no value here: use extraConfigFiles.", "type": ["string", "null"], "examples": ["SASL_SSL"]}}),
        "common": {"title": "Ignored", "description": "No template reads common.security.", "properties": {"security": _ignored("common.security")}},
        "tls": {"title": "Ignored", "description": "No template reads tls at the top level.", "properties": {name: _ignored(f"tls.{name}") for name in ("serverPemPath", "serverKeyPath", "caPemPath")}},
        "internaltls": _ignored("internaltls"),
    }  # fmt: skip
    return document(
        "helm-values",
        "Values of the Milvus chart",
        "The values of the Helm chart zilliztech/milvus that decide about TLS. The chart has many more: unknown values are accepted.",
        {"type": ["object", "null"], "properties": properties},
        pods.definitions(),
    )
