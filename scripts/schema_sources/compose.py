"""The part of a Compose file that decides about TLS. Source: the Compose specification."""

from __future__ import annotations

from .common import Schema, document, ref

SCALAR = ["string", "number", "boolean", "null"]
STRINGS: Schema = {"type": "array", "items": {"type": "string"}}


def _definitions() -> dict[str, Schema]:
    port: list[Schema] = [{"type": "integer", "minimum": 0, "maximum": 65535}, {"type": "string"}]
    return {
        "file-reference": {
            "description": "A name from the top level, or a mapping with source and target.",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "required": ["source"],
                    "properties": {
                        "source": {"title": "Name", "description": "The entry of the top level.", "type": "string"},
                        "target": {"title": "Path", "description": "Path inside the container; /run/secrets/NAME or /NAME without it.", "type": "string"},
                    },
                },
            ],
        },
        "file-source": {
            "title": "Source",
            "description": "Where the content comes from.",
            "type": ["object", "null"],
            "properties": {
                "file": {"title": "File", "description": "Path on the host, relative to the project folder.", "type": "string"},
                "environment": {"title": "Variable", "description": "Variable of the host that holds the content.", "type": "string"},
                "content": {"title": "Content", "description": "The content itself (configs only).", "type": "string"},
                "external": {"title": "External", "description": "Made outside this file.", "type": ["boolean", "string", "object"]},
            },
        },
        "mount": {
            "description": "HOST:CONTAINER[:ro], or a mapping. Where HOST does not exist, Docker makes a folder in its place.",
            "anyOf": [
                {"type": "string", "minLength": 1, "examples": ["./tls:/milvus/tls:ro", "./user.yaml:/milvus/configs/user.yaml:ro"]},
                {
                    "type": "object",
                    "required": ["type"],
                    "properties": {
                        "type": {"title": "Type", "description": "bind for a host path, volume for a named one.", "type": "string", "examples": ["bind"]},
                        "source": {"title": "Source", "description": "Host path or volume.", "type": "string"},
                        "target": {"title": "Target", "description": "Path inside the container.", "type": "string"},
                        "read_only": {"title": "Read only", "description": "Milvus only reads certificates.", "type": ["boolean", "string"]},
                    },
                },
            ],
        },
        "port": {
            "description": "HOST:CONTAINER, or a mapping. The REST port of TLS must be published as well; 9091 is always plaintext.",
            "anyOf": [
                *port,
                {
                    "type": "object",
                    "required": ["target"],
                    "properties": {
                        "target": {"title": "Container port", "description": "Port inside the container.", "anyOf": port},
                        "published": {"title": "Host port", "description": "Port of the host.", "anyOf": port},
                        "host_ip": {"title": "Address", "description": "127.0.0.1 keeps it on the host.", "type": "string"},
                    },
                },
            ],
        },
        "environment": {
            "title": "Environment",
            "description": "Variables as a mapping or as NAME=VALUE. COMMON_SECURITY_TLSMODE and alike go over the configuration files.",
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": SCALAR}},
                {"type": "array", "items": {"type": "string"}},
                {"type": "null"},
            ],
        },
    }  # fmt: skip


def schema() -> Schema:
    """compose.schema.json."""

    def array(item: str, title: str, description: str) -> Schema:
        return {"title": title, "description": description, "type": ["array", "null"], "items": ref(item)}

    command: Schema = {"anyOf": [{"type": ["string", "null"]}, STRINGS]}
    service: Schema = {
        "title": "Service",
        "description": "One container.",
        "type": ["object", "null"],
        "properties": {
            "image": {"title": "Image", "description": "The tag says Milvus' version.", "type": "string", "examples": ["milvusdb/milvus:v2.6.20"]},
            "command": {"title": "Command", "description": "What is run, such as milvus run standalone.", **command},
            "entrypoint": {"title": "Entry point", "description": "Replaces the image's.", **command},
            "environment": ref("environment"),
            "volumes": array("mount", "Mounts", "Settings go to /milvus/configs/user.yaml (since 2.4.1), certificates below any other path."),
            "ports": array("port", "Published ports", "What is reachable from outside."),
            "secrets": array("file-reference", "Secrets", "Files below /run/secrets."),
            "configs": array("file-reference", "Configs", "Files from the top-level configs."),
            "user": {"title": "User", "description": "The process runs as this user and must be able to read the key. Milvus 3.0 is not root.", "type": ["string", "integer", "null"]},
            "working_dir": {"title": "Working folder", "description": "Relative paths in Milvus' settings start here.", "type": ["string", "null"]},
            "env_file": {"title": "Variable files", "description": "Files with NAME=VALUE lines.", "type": ["string", "array", "null"]},
        },
    }  # fmt: skip
    sources: Schema = {"type": ["object", "null"], "additionalProperties": ref("file-source")}
    body: Schema = {
        "type": "object",
        "properties": {
            "services": {"title": "Services", "description": "The containers.", "type": ["object", "null"], "patternProperties": {"^x-": {}, "^[^x]|^x[^-]|^x$": service}},
            "secrets": {"title": "Secrets", "description": "Files for services, mounted below /run/secrets.", **sources},
            "configs": {"title": "Configs", "description": "Files for services.", **sources},
            "volumes": {"title": "Volumes", "description": "Named volumes.", "type": ["object", "null"], "additionalProperties": {"type": ["object", "null"]}},
        },
    }  # fmt: skip
    return document(
        "compose",
        "Docker Compose, the part that decides about TLS",
        "Services, mounts, ports and variables of a Compose file. The rest of the file is accepted as it is.",
        body,
        _definitions(),
    )
