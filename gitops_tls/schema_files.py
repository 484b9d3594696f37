"""The JSON Schemas that come with the tool."""

from __future__ import annotations

import os
from typing import Any

_SUFFIX = ".schema.json"
_HERE = os.path.dirname(os.path.abspath(__file__))


def _folder() -> str:
    """``gitops_tls/schemas`` of an installed package, or ``schemas`` beside the package in a checkout."""
    inside = os.path.join(_HERE, "schemas")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(_HERE), "schemas")


def names() -> list[str]:
    """The names of the schemas (``milvus``, ``helm-values``, …), sorted."""
    return sorted(file[: -len(_SUFFIX)] for file in os.listdir(_folder()) if file.endswith(_SUFFIX))


def text(name: str) -> str:
    """The text of a schema. Raises KeyError where no schema has that name."""
    path = os.path.join(_folder(), name + _SUFFIX)
    if os.path.basename(path) != name + _SUFFIX or not os.path.isfile(path):
        raise KeyError(name)
    with open(path, encoding="utf-8") as file:
        return file.read()


def load(name: str) -> dict[str, Any]:
    """A schema as a value. Raises KeyError where no schema has that name."""
    import json

    schema: dict[str, Any] = json.loads(text(name))
    return schema
