"""The kinds of values in Milvus' settings: paths, switches, ports, and keys in the wrong place."""

from __future__ import annotations

from .common import PORT_TEXT, Schema

TRUE_WORDS = ["1", "t", "T", "TRUE", "true", "True"]
FALSE_WORDS = ["0", "f", "F", "FALSE", "false", "False"]
VERSIONS: list[object] = ["1.0", "1.1", "1.2", "1.3", 1.1, 1.2, 1.3]


def path(title: str, description: str, *examples: str) -> Schema:
    """A path inside the container."""
    return {"title": title, "description": description, "type": ["string", "null"], "examples": list(examples)}


def switch(title: str, description: str, default: bool = False) -> Schema:
    """A boolean as Go's ParseBool reads it."""
    words = f'{description} Anything but a boolean, such as the quoted words "yes" and "on", is read as false, without a message.'
    return {
        "title": title,
        "description": words,
        "default": default,
        "anyOf": [
            {"type": ["boolean", "null"]},
            {"type": "integer", "enum": [0, 1]},
            {"type": "string", "enum": TRUE_WORDS + FALSE_WORDS},
        ],
    }


def port(title: str, description: str, default: int | None, *, optional: bool = False) -> Schema:
    """A port as a number or a number in text; ``optional`` may be empty."""
    text = f"^({PORT_TEXT})?$" if optional else f"^{PORT_TEXT}$"
    choices: list[Schema] = [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": text, "examples": ["8080"]},
    ]
    if optional:
        choices.append({"type": "null"})
    schema: Schema = {"title": title, "description": description, "anyOf": choices}
    schema.update({"default": default} if default is not None else {"examples": [8080]})
    return schema


def text(title: str, description: str, *examples: str) -> Schema:
    """Any text."""
    return {"title": title, "description": description, "type": ["string", "number", "null"], "examples": list(examples)}


def nowhere(name: str, right: str) -> Schema:
    """A key that Milvus reads, in a place where it does not."""
    return {
        "title": f"{name} in the wrong place",
        "description": f"Milvus ignores {name} here, without a message. {right}",
        "not": {},
    }


def replaced(name: str, right: str) -> Schema:
    """A switch that Milvus does not know; off does no harm."""
    off = [False, 0, None, *FALSE_WORDS]
    return {"title": f"{name} is not read", "description": f"Milvus ignores {name}, without a message. {right}", "enum": off}
