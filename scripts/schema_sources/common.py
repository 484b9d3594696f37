"""What the schema sources share: the JSON types and the loose spelling of Milvus' keys."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://gitops-tls.dev/schemas/"

PORT_TEXT = r"0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
"""A port number from 1 to 65535 in a string."""


def loose(name: str) -> str:
    """The pattern of every other spelling that Milvus takes for ``name``: any case, with ``_``, ``.`` and ``/`` anywhere."""
    letters = "[_./]*".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in name)
    return f"^(?!{name}$)[_./]*{letters}[_./]*$"


def ref(name: str) -> Schema:
    """A reference to a definition of the same file."""
    return {"$ref": f"#/$defs/{name}"}


def spelt(name: str, schema: Schema) -> Schema:
    """A mapping whose key ``name``, in any spelling, has a schema."""
    return {"properties": {name: schema}, "patternProperties": {loose(name): schema}}


def section(
    prefix: str, defs: dict[str, Schema], properties: dict[str, Schema], title: str, description: str, **more: Any
) -> Schema:
    """A mapping of Milvus settings: open, its keys known in any spelling. The definitions of the keys go into ``defs``."""
    names = {name: f"{prefix}.{name}" for name in properties}
    defs.update({names[name]: schema for name, schema in properties.items()})
    return {
        "title": title,
        "description": description,
        "type": ["object", "null"],
        "properties": {name: ref(names[name]) for name in properties},
        "patternProperties": {loose(name): ref(names[name]) for name in properties},
        **more,
    }


def used(schema: Schema, defs: dict[str, Schema]) -> dict[str, Schema]:
    """The definitions that ``schema`` needs, directly or not, in the order of their names."""
    found: dict[str, Schema] = {}
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            target = part.get("$ref")
            if isinstance(target, str):
                name = target.removeprefix("#/$defs/")
                if name not in found:
                    found[name] = defs[name]
                    waiting.append(defs[name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return dict(sorted(found.items()))


def document(name: str, title: str, description: str, schema: Schema, defs: dict[str, Schema]) -> Schema:
    """A whole schema file: stands alone, with the definitions it needs inside."""
    whole = {"$schema": DIALECT, "$id": f"{BASE}{name}.schema.json", "title": title, "description": description, **schema}
    needed = used(schema, defs)
    if needed:
        whole["$defs"] = needed
    return whole
