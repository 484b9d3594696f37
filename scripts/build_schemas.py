"""Write the files of ``schemas/`` from their sources: ``python scripts/build_schemas.py``."""

from __future__ import annotations

import json
import os

from schema_sources import apisix, apisix_config, compose, helm, milvus, operator, tool

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def build() -> dict[str, str]:
    """The text of every schema file by its name."""
    schemas = {
        "milvus": milvus.schema(),
        "helm-values": helm.schema(),
        "milvus-cr": operator.schema(),
        "compose": compose.schema(),
        "gitops-tls-config": tool.config(),
        "check-output": tool.check_output(),
        "status-output": tool.status_output(),
        "certs-output": tool.certs_output(),
    }
    schemas |= {f"apisix-tls{suffix}": apisix.tls(suffix) for suffix in apisix.TLS_VERSIONS}
    schemas |= {f"apisix-admin-ssl{suffix}": apisix.admin(suffix) for suffix in apisix.ADMIN_VERSIONS}
    schemas |= {f"apisix-config{suffix}": apisix_config.schema(suffix) for suffix in apisix_config.VERSIONS}
    return {f"{name}.schema.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


if __name__ == "__main__":
    for name, text in build().items():
        with open(os.path.join(ROOT, "schemas", name), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
