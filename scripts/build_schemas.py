"""Write the files of ``schemas/`` from their sources: ``python scripts/build_schemas.py``."""

from __future__ import annotations

import json
import os

from schema_sources import compose, helm, milvus, operator, tool

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
    return {f"{name}.schema.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


if __name__ == "__main__":
    for name, text in build().items():
        with open(os.path.join(ROOT, "schemas", name), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
