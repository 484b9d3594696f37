"""What the shell of a service's command does before it starts Milvus: ``sh -c "export X=1; milvus run standalone"``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...records import NamedTuple
from ...yamldoc.node import Node
from ..compose.project import Service
from .settings import FILE_NAMES

_ASSIGNMENT = re.compile(r"""(?:\A|[\s;&|({'"])(?P<name>[A-Za-z_]\w*)=(?P<value>"[^"]*"|'[^']*'|[^\s;&|)'"]*)""")
_START = re.compile(r"(?:\A|[\s/;&|('\"])milvus\s+run\b")
_CONFIGURATION = re.compile("|".join(map(re.escape, (*FILE_NAMES, "/milvus/configs"))))
_SHELLS = ("sh", "bash", "ash", "dash")


class ShellStart(NamedTuple):
    """``variables`` that the shell sets (the value None where an expansion decides it), and what is ``unknown`` for it."""

    variables: tuple[tuple[str, str | None], ...] = ()
    unknown: tuple[str, ...] = ()
    node: Node | None = None


def shell_start(service: Service) -> ShellStart:
    """Read the words before ``milvus run`` in a service's command or entrypoint; nothing where no shell runs them."""
    words = [*(service.entrypoint or ()), *(service.command or ())]
    script = _script(words)
    found = _START.search(script) if script else None
    if found is None:
        return ShellStart()
    node = service.at("command") or service.at("entrypoint")
    before = script[: found.start() + 1]
    variables = tuple((match["name"], _value(match["value"])) for match in _ASSIGNMENT.finditer(before))
    unknown = ["what the command does to the configuration files before the start is not known here"]
    moved = any(name == "MILVUSCONF" for name, _ in variables)
    return ShellStart(variables, tuple(unknown if moved or _CONFIGURATION.search(before) else ()), node)


def _script(words: Sequence[str]) -> str:
    """The script of a ``sh -c``, or the words of an ``env`` in front of the program."""
    for at, word in enumerate(words):
        name = word.rpartition("/")[2]
        if name == "env":
            return " ".join(words[at:])
        if name in _SHELLS and any(one.startswith("-") and one.endswith("c") for one in words[at + 1 : at + 3]):
            return " ".join(words[at + 1 :])
    return ""


def _value(text: str) -> str | None:
    if text.startswith("'"):
        return text[1:-1]
    text = text[1:-1] if text.startswith('"') else text
    return None if re.search(r"[$`\\]", text) else text
