# ruff: noqa: E501  (descriptions are prose)
"""The objects of the Milvus Operator: milvus.io/v1beta1 and v1alpha1, from its CRDs."""

from __future__ import annotations

from typing import Any

from . import milvus, pods
from .common import Schema, document, ref

COMPONENTS = (
    "proxy", "standalone", "mixCoord", "rootCoord", "dataCoord", "queryCoord", "indexCoord",
    "dataNode", "queryNode", "indexNode", "streamingNode", "cdc",
)  # fmt: skip

DROPPED = {
    "conf": "Write spec.config.",
    "volumes": "Write spec.components.volumes.",
    "volumeMounts": "Write spec.components.volumeMounts.",
    "env": "Write spec.components.env.",
    "tls": "Write spec.config.tls.",
}


def _dropped(name: str, right: str) -> Schema:
    return {
        "title": f"spec.{name} is dropped",
        "description": f"The API server drops spec.{name} or refuses the object. {right}",
        "not": {},
    }


def _text(title: str, description: str, **more: Any) -> Schema:
    return {"title": title, "description": description, "type": ["string", "null"], **more}


def _flag(title: str, description: str) -> Schema:
    return {"title": title, "description": description, "type": ["boolean", "null"]}


def _object(title: str, description: str, properties: dict[str, Schema], **more: Any) -> Schema:
    return {"title": title, "description": description, "type": ["object", "null"], "properties": properties, **more}


def _component(name: str) -> Schema:
    properties = {
        **pods.lists(name, f"{name} only; volumes here replace those of components, volumeMounts add to them"),
        "env": ref("pod.env"),
        "image": _text("Image", "Image of this component.", examples=["milvusdb/milvus:v2.6.20"]),
        "replicas": {
            "title": "Replicas",
            "description": "Pods; -1 leaves it to an autoscaler.",
            "type": ["integer", "null"],
            "minimum": -1,
        },
        "port": {"title": "Port", "description": "Port of gRPC.", "type": ["integer", "null"], "minimum": 0, "maximum": 65535},
    }
    if name in ("proxy", "standalone"):
        properties["serviceType"] = {
            "title": "Service type",
            "description": "How the Service is exposed.",
            "enum": ["ClusterIP", "NodePort", "LoadBalancer", None],
        }
        properties["serviceRestfulPort"] = {"title": "REST port", "description": "Exposes the REST port in the Service; the same number as proxy.http.port.", "type": ["integer", "null"], "minimum": 0, "maximum": 65535, "examples": [8080]}  # fmt: skip
    return _object(f"Component {name}", "Settings of one component.", properties)


def _components() -> Schema:
    return _object(
        "Components",
        "Settings of the Milvus pods; those written here are for all components.",
        {
            **pods.lists("All components", "every Milvus pod"),
            "env": ref("pod.env"),
            "image": _text("Image", "Image of all components.", examples=["milvusdb/milvus:v2.6.20"]),
            "version": _text("Version", "Milvus' version where the image's tag does not say it; a string."),
            "runAsNonRoot": _flag("Not as root", "The process must then be able to read the key files: set defaultMode or fsGroup."),
            "updateConfigMapOnly": _flag("Update the ConfigMap only", "true (the default since 1.3.6): a change of spec.config restarts nothing, so TLS changes need a restart."),
            **{name: ref(f"cr.{name}") for name in COMPONENTS},
        },
    )  # fmt: skip


def _dependencies() -> Schema:
    def outside(title: str, extra: dict[str, Schema]) -> Schema:
        return _object(
            title,
            f"How Milvus finds {title}.",
            {"external": _flag("External", "true: it is not installed by the operator."), **extra},
        )

    ssl = _object("Health check", "Only the operator's own health check; Milvus needs spec.config.minio.useSSL.", {
        "enabled": _flag("TLS", "Check with TLS."),
        "caCertificateRef": _text("CA", "Name of a Secret (not a ConfigMap) with the key ca.crt."),
        "insecureSkipVerify": _flag("Trust all", "Accept any certificate."),
    })  # fmt: skip
    strings: Schema = {"type": ["array", "null"], "items": {"type": "string"}}
    return _object("Dependencies", "etcd, object storage and the message queue.", {
        "etcd": outside("etcd", {"endpoints": strings}),
        "kafka": outside("Kafka", {"brokerList": strings, "secretRef": _text("Secret", "Secret with the credentials.")}),
        "pulsar": outside("Pulsar", {"endpoint": _text("Endpoint", "pulsar+ssl://host:6651 turns TLS on.", examples=["pulsar+ssl://pulsar:6651"])}),
        "storage": outside("object storage", {"endpoint": _text("Endpoint", "host:port."), "secretRef": _text("Secret", "Secret with the access keys."), "ssl": ssl}),
    })  # fmt: skip


def schema() -> Schema:
    """milvus-cr.schema.json."""
    defs = {**milvus.definitions(), **pods.definitions(), **{f"cr.{name}": _component(name) for name in COMPONENTS}}
    config: Schema = {
        "$ref": "#/$defs/milvus",
        "title": "Milvus settings",
        "description": "The content of milvus.yaml. The operator does not check it.",
    }
    defs["cr.components"] = _components()
    defs["cr.dependencies"] = _dependencies()
    defs["cr.spec"] = _object(
        "Milvus",
        "The deployment. The API server drops keys that it does not know, or refuses the object.",
        {
            "mode": {
                "title": "Mode",
                "description": "standalone (one pod) or cluster.",
                "enum": ["standalone", "cluster", None],
                "default": "standalone",
            },
            "config": config,
            "components": ref("cr.components"),
            "dependencies": ref("cr.dependencies"),
            "hookConfig": {"title": "Hooks", "description": "Settings of plug-ins.", "type": ["object", "null"]},
            **{name: _dropped(name, right) for name, right in DROPPED.items()},
        },
    )
    defs["cr.spec.old"] = _object(
        "Milvus (v1alpha1)",
        "The deployment as one standalone pod.",
        {
            **pods.lists("Milvus", "the Milvus pod"),
            "env": ref("pod.env"),
            "config": config,
            "dependencies": ref("cr.dependencies"),
        },
    )

    def when(kind: list[str], version: str, spec: str) -> Schema:
        return {
            "if": {
                "required": ["apiVersion", "kind"],
                "properties": {"apiVersion": {"const": f"milvus.io/{version}"}, "kind": {"enum": kind}},
            },
            "then": {"properties": {"spec": ref(spec)}},
        }

    body: Schema = {
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": _text(
                "API version", "milvus.io/v1beta1. Objects of other groups are not judged.", examples=["milvus.io/v1beta1"]
            ),
            "kind": _text("Kind", "Milvus.", examples=["Milvus"]),
            "metadata": {"title": "Metadata", "description": "Name, namespace, labels.", "type": ["object", "null"]},
            "spec": {"title": "Specification", "description": "What to run."},
        },
        "allOf": [
            {
                "if": {"required": ["apiVersion"], "properties": {"apiVersion": {"type": "string", "pattern": r"^milvus\.io/"}}},
                "then": {
                    "properties": {
                        "apiVersion": {"enum": ["milvus.io/v1beta1", "milvus.io/v1alpha1"]},
                        "kind": {"enum": ["Milvus", "MilvusCluster", "MilvusUpgrade"]},
                    }
                },
            },
            when(["Milvus"], "v1beta1", "cr.spec"),
            when(["MilvusCluster"], "v1alpha1", "cr.spec"),
            when(["Milvus"], "v1alpha1", "cr.spec.old"),
        ],
    }
    return document("milvus-cr", "Milvus objects of the Milvus Operator", "Milvus and MilvusCluster of milvus.io. Objects of other groups in the same file are accepted.", body, defs)  # fmt: skip
