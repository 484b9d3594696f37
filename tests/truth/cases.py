"""The measured cases of ``configs-2.3.5.jsonl``."""

from __future__ import annotations

import base64
import json
import os
from typing import NamedTuple

from milvus_server import Answer


class Case(NamedTuple):
    """One measured configuration: the files of the configuration folder, the environment, and what the server did."""

    name: str
    files: dict[str, bytes]
    environment: dict[str, str]
    measured: Answer


def load() -> list[Case]:
    """All cases, in the order of the file."""
    path = os.path.join(os.path.dirname(__file__), "configs-2.3.5.jsonl")
    cases = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            files = {
                name: content.encode() if isinstance(content, str) else base64.b64decode(content["base64"])
                for name, content in row["files"].items()
            }
            measured = Answer(row["server"], row.get("grpc", ""), row.get("rest", ""), row.get("panic", ""))
            cases.append(Case(row["name"], files, row.get("environment", {}), measured))
    return cases
