# ruff: noqa: E501  (descriptions are prose)
"""What Kubernetes asks of volumes, mounts and variables, in the chart and in the operator's objects."""

from __future__ import annotations

from .common import Schema, ref

TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": ["boolean", "null"]}


def _closed(title: str, description: str, properties: dict[str, Schema], required: list[str]) -> Schema:
    return {"title": title, "description": description, "type": "object", "properties": properties, "required": required, "additionalProperties": False}  # fmt: skip


def definitions() -> dict[str, Schema]:
    """``pod.volume``, ``pod.volumes``, ``pod.volumeMounts``, ``pod.env`` and what they need."""
    mode: Schema = {
        "title": "File mode",
        "description": "Permission bits: 0400 octal or 256. Written 400 it is decimal, which is the mode 0620. Quoted it is refused.",
        "type": ["integer", "null"], "minimum": 0, "maximum": 777, "examples": [256],
    }  # fmt: skip
    items: Schema = {
        "title": "Keys to files",
        "description": "Which key becomes which file; without it every key is a file of the same name.",
        "type": ["array", "null"],
        "items": _closed(
            "One file", "A key and the file it becomes.", {"key": NAME, "path": NAME, "mode": mode}, ["key", "path"]
        ),
    }
    defs: dict[str, Schema] = {
        "pod.mode": mode,
        "pod.items": items,
        "pod.secret": _closed(
            "Secret", "A Secret as files.",
            {"secretName": {**NAME, "title": "Name", "description": "The Secret's name; `name` is no key here."}, "items": ref("pod.items"), "defaultMode": ref("pod.mode"), "optional": FLAG},
            ["secretName"],
        ),
        "pod.configMap": _closed(
            "ConfigMap", "A ConfigMap as files.",
            {"name": {**NAME, "title": "Name", "description": "The ConfigMap's name."}, "items": ref("pod.items"), "defaultMode": ref("pod.mode"), "optional": FLAG},
            ["name"],
        ),
        "pod.projected": {
            "title": "Projected", "description": "Several Secrets and ConfigMaps in one folder.", "type": "object", "required": ["sources"],
            "properties": {"defaultMode": ref("pod.mode"), "sources": {"type": ["array", "null"], "items": {"type": "object", "properties": {
                "secret": _closed("Secret", "A Secret as files.", {"name": NAME, "items": ref("pod.items"), "optional": FLAG}, ["name"]),
                "configMap": _closed("ConfigMap", "A ConfigMap as files.", {"name": NAME, "items": ref("pod.items"), "optional": FLAG}, ["name"]),
            }}}},
        },
    }  # fmt: skip
    defs["pod.volume"] = {
        "title": "Volume",
        "description": "One volume: a name and where its files come from.",
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {**NAME, "title": "Name", "description": "The name that volumeMounts refer to."},
            "secret": ref("pod.secret"),
            "configMap": ref("pod.configMap"),
            "projected": ref("pod.projected"),
            "emptyDir": {"type": ["object", "null"]},
            "hostPath": {"type": "object", "required": ["path"], "properties": {"path": NAME}},
            "persistentVolumeClaim": {
                "type": "object",
                "required": ["claimName"],
                "properties": {"claimName": NAME, "readOnly": FLAG},
            },
            "csi": {"type": "object", "required": ["driver"], "properties": {"driver": NAME, "readOnly": FLAG}},
        },
    }
    defs["pod.volumeMount"] = _closed(
        "Mount", "One volume in the container.",
        {
            "name": {**NAME, "title": "Volume", "description": "The name of an entry of volumes."},
            "mountPath": {**NAME, "title": "Path", "description": "Where the volume appears in the container; the paths of tls and internaltls must lie below a mount.", "examples": ["/milvus/tls"]},
            "subPath": {"title": "Sub path", "description": "One file or folder of the volume. Such a mount never sees an updated Secret.", "type": ["string", "null"]},
            "subPathExpr": {"type": ["string", "null"]},
            "readOnly": FLAG,
            "mountPropagation": {"type": ["string", "null"]},
            "recursiveReadOnly": {"type": ["string", "null"]},
        },
        ["name", "mountPath"],
    )  # fmt: skip
    defs["pod.env"] = {
        "title": "Environment",
        "description": "Variables of the container. COMMON_SECURITY_TLSMODE and alike go over the configuration files.",
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": NAME,
                "value": {
                    "title": "Value",
                    "description": "A string; numbers and booleans must be quoted.",
                    "type": ["string", "null"],
                },
            },
        },
    }
    return defs


def lists(title: str, who: str, *, empty: bool = False) -> dict[str, Schema]:
    """``volumes`` and ``volumeMounts`` of one place. ``empty``: an empty mapping does no harm (Helm)."""
    more: list[Schema] = [{"type": "object", "maxProperties": 0}] if empty else []

    def of(name: str, description: str, item: str) -> Schema:
        return {
            "title": f"{title}: {name}",
            "description": description,
            "anyOf": [{"type": "array", "items": ref(item)}, {"type": "null"}, *more],
        }

    return {
        "volumes": of("volumes", f"Volumes for {who}, such as the Secret with the certificates.", "pod.volume"),
        "volumeMounts": of("mounts", f"Where those volumes appear in {who}.", "pod.volumeMount"),
    }
