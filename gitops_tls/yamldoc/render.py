"""Python values as YAML text that every reader understands alike.

The readers are YAML 1.1 (yaml.v2 in Milvus and Helm, PyYAML) and YAML 1.2: a string is quoted where any of them would
see something else, and only there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Mapping[str, Value] | Sequence[Value] | None"

_WORDS = frozenset(("y", "yes", "n", "no", "true", "false", "on", "off", "null"))
_NOT_A_STRING = re.compile(
    r"""
    [-+]?0[bB][01_]+ | [-+]?0[oO]?[0-7_]+ | [-+]?0[xX][0-9a-fA-F_.]+([pP][-+]?[0-9_]+)?   # other bases
    | [-+]?[0-9_]+                                                                       # with underscores anywhere
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?                                       # base 60
    | [-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9_]+)?                       # decimal
    | [-+]?\.?(inf|nan|infinity)
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ \t].*)?                                        # timestamp
    | ~ | = | <<
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
_FLOW = re.compile(r"[,\[\]{}]")
_COMMENT_OR_KEY = re.compile(r"[ \t]#|:[ \t]|:$")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\x1b": "\\e", "\b": "\\b", "\a": "\\a"}


def plain_is_string(text: str) -> bool:
    """Whether a plain scalar of this content is a string for YAML 1.1 and YAML 1.2 readers alike."""
    return bool(text) and text.lower() not in _WORDS and _NOT_A_STRING.fullmatch(text) is None


def plain_is_possible(text: str, *, flow: bool = False) -> bool:
    """Whether the content can be written without quotes at all, whatever type it then has."""
    if not text or text != text.strip() or not text.isprintable() or _COMMENT_OR_KEY.search(text):
        return False
    if text.startswith(("---", "...")):
        return False
    if text[0] in _INDICATORS and not (text[0] in "-?:" and len(text) > 1 and text[1] not in " ,[]{}" and not flow):
        return False
    return not (flow and (_FLOW.search(text) or ":" in text or "#" in text))


def double_quoted(text: str) -> str:
    """The text as a double-quoted scalar on one line."""
    return '"' + "".join(_ESCAPES.get(one) or (one if one.isprintable() else _escape(one)) for one in text) + '"'


def _escape(one: str) -> str:
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def scalar_text(value: str | float | bool | None, *, quote: str | None = None, flow: bool = False) -> str:
    """A scalar on one line. Strings are quoted where needed, or with ``quote`` (``'`` or ``"``) where that can hold them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float_text(value)
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if quote is None and plain_is_string(value) and plain_is_possible(value, flow=flow):
        return value
    return double_quoted(value)


def _float_text(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    # YAML 1.1 wants a point before the exponent
    return text if "e" not in text or "." in text else text.replace("e", ".0e")


def flow_text(value: Value, *, json: bool = False) -> str:
    """Any value on one line; with ``json`` every string is double-quoted."""
    quote = '"' if json else None
    if isinstance(value, Mapping):
        pairs = (f"{scalar_text(key, quote=quote, flow=True)}: {flow_text(one, json=json)}" for key, one in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow_text(one, json=json) for one in value) + "]"
    return scalar_text(value, quote=quote, flow=True)


def literal_is_possible(text: str) -> bool:
    """Whether a ``|`` scalar holds exactly this text, wherever it stands."""
    body = text[:-1] if text.endswith("\n") else text
    if not body or body.endswith("\n") or body[0] in " \t\n":
        return False
    return all((line.replace("\t", "").isprintable() and (line.strip() or not line)) for line in body.split("\n"))


def literal_lines(text: str) -> tuple[str, list[str]]:
    """``(header, lines)`` of a ``|`` scalar; the lines have no indentation yet."""
    if text.endswith("\n"):
        return "|", text[:-1].split("\n")
    return "|-", text.split("\n")


def indent_lines(lines: Sequence[str], width: int) -> list[str]:
    """The lines moved ``width`` columns to the right; blank ones stay blank."""
    pad = " " * width
    return [pad + line if line else line for line in lines]


def pair_lines(key: str, value: Value, *, step: int = 2, dash: int = 2) -> list[str]:
    """``key: value`` in block style, starting at column 0. ``dash`` is how far list items stand in below their key."""
    return _value_lines(scalar_text(key) + ":", value, step, step, dash)


def item_lines(value: Value, *, step: int = 2, dash: int = 2) -> list[str]:
    """``- value`` in block style, starting at column 0."""
    if isinstance(value, Mapping) and value:
        lines = mapping_lines(value, step=step, dash=dash)
        return ["- " + lines[0], *indent_lines(lines[1:], 2)]
    return _value_lines("-", value, 2, step, dash)


def mapping_lines(value: Mapping[str, Value], *, step: int = 2, dash: int = 2) -> list[str]:
    """The pairs of a mapping in block style, starting at column 0."""
    return [line for key, one in value.items() for line in pair_lines(key, one, step=step, dash=dash)]


def sequence_lines(value: Sequence[Value], *, step: int = 2, dash: int = 2) -> list[str]:
    """The items of a list in block style, starting at column 0."""
    return [line for one in value for line in item_lines(one, step=step, dash=dash)]


def _value_lines(lead: str, value: Value, width: int, step: int, dash: int) -> list[str]:
    if isinstance(value, Mapping) and value:
        return [lead, *indent_lines(mapping_lines(value, step=step, dash=dash), width)]
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return [lead, *indent_lines(sequence_lines(value, step=step, dash=dash), width if lead == "-" else dash)]
    if isinstance(value, str) and "\n" in value and literal_is_possible(value):
        header, lines = literal_lines(value)
        return [f"{lead} {header}", *indent_lines(lines, width)]
    return [f"{lead} {flow_text(value) if not isinstance(value, str) else scalar_text(value)}"]
