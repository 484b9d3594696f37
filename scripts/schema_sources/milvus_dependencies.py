# ruff: noqa: E501  (descriptions are prose)
"""Settings of what Milvus connects to: etcd, object storage, Kafka, Pulsar, TiKV."""

from __future__ import annotations

from .common import Schema, ref, section, spelt
from .milvus_values import FALSE_WORDS, VERSIONS, path, port, replaced, switch, text


def minimum(title: str, description: str, values: list[object], default: str) -> Schema:
    """A lowest TLS version: one of ``values``, or nothing."""
    return {"title": title, "description": description, "enum": [*values, None], "default": default, "examples": values[-3:-1]}


def off(switch: str) -> Schema:
    """Valid where the switch beside it is written and off: what it guards is then never read."""
    off: Schema = {"enum": [False, 0, None, *FALSE_WORDS]}
    return {"required": [switch], "properties": {switch: off}}


def ssl(defs: dict[str, Schema], system: str, ca: str, pair: str, more: dict[str, Schema], **keywords: object) -> Schema:
    """The ``ssl`` section of one system; ``ca`` is the spelling of its CA key."""
    return section(
        f"milvus.{system}.ssl",
        defs,
        {
            "enabled": switch(f"TLS to {system}", more.pop("enabled")["description"]),
            "tlsCert": path("Client certificate", f"{pair} Path inside the container.", f"/certs/{system}-client.pem"),
            "tlsKey": path("Client key", f"{pair} Path inside the container.", f"/certs/{system}-client.key"),
            ca: path(
                "CA certificates",
                f"PEM file with the CA that issued {system}'s certificate. Path inside the container.",
                f"/certs/{system}-ca.pem",
            ),
            **more,
        },
        f"TLS to {system}",
        f"How Milvus connects to {system} with TLS.",
        **keywords,
    )


def dependencies(defs: dict[str, Schema]) -> dict[str, Schema]:
    """The sections of etcd, object storage, Kafka, TiKV and Pulsar; the definitions go into ``defs``."""
    etcd_pair = "The client pair must load even where etcd asks for none."
    etcd_minimum = minimum("Lowest TLS version", "Only 1.0, 1.1, 1.2 and 1.3; quote \"1.0\", which is read as 1 otherwise. Anything else is refused as unknown TLS version.", VERSIONS, "1.3")  # fmt: skip
    defs["milvus.etcd.ssl.lowest"] = etcd_minimum
    etcd = ssl(
        defs, "etcd", "tlsCACert", etcd_pair,
        {"enabled": {"description": "Connects to etcd with TLS."}, "tlsMinVersion": {"title": etcd_minimum["title"], "description": etcd_minimum["description"], "default": "1.3", "examples": ["1.2"]}},
        **{"if": {"not": off("enabled")}, "then": spelt("tlsMinVersion", ref("milvus.etcd.ssl.lowest"))},
    )  # fmt: skip
    defs["milvus.minio.ssl.lowest"] = minimum("Lowest TLS version", "default, 1.0, 1.1, 1.2 or 1.3, since 2.6.12; quote \"1.0\". With anything else no storage client is made.", ["default", *VERSIONS], "default")  # fmt: skip
    minio_ssl = section(
        "milvus.minio.ssl",
        defs,
        {
            "tlsCACert": path("CA certificates", "PEM file, used when minio.useSSL is true; it replaces the system's CAs for the whole process.", "/certs/minio-ca.pem"),
            "tlsMinVersion": {"title": "Lowest TLS version", "description": defs["milvus.minio.ssl.lowest"]["description"], "default": "default", "examples": ["1.2"]},
            "enabled": replaced("minio.ssl.enabled", "The switch is minio.useSSL."),
        },
        "TLS to object storage",
        "Certificate settings; the switch is minio.useSSL.",
    )  # fmt: skip
    minio = section(
        "milvus.minio",
        defs,
        {
            "useSSL": switch("TLS to object storage", "Connects to MinIO or S3 with TLS."),
            "ssl": minio_ssl,
            "port": port("Port", "Port of the object storage; a port in minio.address goes first.", 9000, optional=True),
        },
        "Object storage",
        "MinIO, S3 and alike.",
        **{
            "if": {"not": off("useSSL")},
            "then": spelt("ssl", spelt("tlsMinVersion", ref("milvus.minio.ssl.lowest"))),
        },
    )
    protocols = "|".join("".join(f"[{c}{c.lower()}]" if c.isalpha() else c for c in word) for word in ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"))  # fmt: skip
    kafka = section(
        "milvus.kafka",
        defs,
        {
            "securityProtocol": {
                "title": "Protocol",
                "description": "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL. This turns TLS on, not kafka.ssl.enabled; the Kafka client refuses another word.",
                "type": ["string", "null"], "pattern": f"^({protocols})?$", "examples": ["SSL", "SASL_SSL"],
            },
            "ssl": ssl(defs, "kafka", "tlsCaCert", "For brokers that ask for a client certificate.", {"enabled": {"description": "Only adds the files below; kafka.securityProtocol turns TLS on."}, "tlsKeyPassword": text("Key password", "Password of tlsKey.")}),
        },
        "Kafka",
        "The message queue Kafka.",
    )  # fmt: skip
    tikv = section("milvus.tikv", defs, {"ssl": ssl(defs, "tikv", "tlsCACert", "For TiKV with mutual TLS.", {"enabled": {"description": "Connects to TiKV with TLS."}})}, "TiKV", "The metadata store TiKV.")  # fmt: skip
    pulsar = section(
        "milvus.pulsar",
        defs,
        {
            "address": text("Address", "There are no TLS keys for Pulsar: pulsar+ssl://host:6651 turns TLS on, with the system's CAs.", "pulsar+ssl://pulsar:6651"),
            "port": port("Port", "Port of Pulsar; not used where the address holds a colon.", 6650, optional=True),
        },
        "Pulsar",
        "The message queue Pulsar.",
    )  # fmt: skip
    etcd_section = section("milvus.etcd", defs, {"ssl": etcd}, "etcd", "The metadata store etcd.")
    return {"etcd": etcd_section, "minio": minio, "kafka": kafka, "tikv": tikv, "pulsar": pulsar}
