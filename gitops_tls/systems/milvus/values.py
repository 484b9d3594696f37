"""YAML values as Milvus' settings loader reads them: yaml.v2, then a string, then Atoi or ParseBool.

Source: facts measured with yaml.v2 v2.4.0, spf13/cast and strconv (Milvus 2.3 to 3.0), and a real Milvus 2.3.5.
"""

from __future__ import annotations

import re

from ...yamldoc.node import SCALAR, SEQUENCE, Node

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"), False),
}
_INFINITIES = {".inf": "+Inf", "+.inf": "+Inf", "-.inf": "-Inf", ".nan": "NaN"}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_GO_INT = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)\Z")
_ATOI = re.compile(r"[-+]?[0-9]+\Z")
_LONGEST = 100
"""Digits of the longest number worth looking at: Go knows 64 bits, and Python refuses to convert very long ones."""
_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))


def go_int(text: str) -> int | None:
    """``strconv.ParseInt(text, 0, 64)`` or ``ParseUint``: None where Go returns an error."""
    if not _GO_INT.match(text) or len(text) > _LONGEST:
        return None
    sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text.lstrip("+"))
    if digits[:2] in ("0x", "0X"):
        number = int(digits[2:], 16)
    elif digits[:2] in ("0b", "0B"):
        number = int(digits[2:], 2)
    elif digits.startswith("0") and len(digits) > 1:
        number = int(digits[1:].lstrip("oO") or "0", 8)
    else:
        number = int(digits)
    number *= sign
    limit = 2**64 if text[0] not in "+-" else 2**63
    return number if -(2**63) <= number < limit else None


def scalar_kind(node: Node) -> bool | int | float | str | None:
    """The Go value yaml.v2 makes of a scalar: None (null), bool, int, float or str."""
    text = node.value
    tag = node.tag
    if node.style is not None or (tag is not None and tag not in _IMPLICIT_TAGS):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text.lower() in _INFINITIES and text in (".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN"):  # fmt: skip
        return float(text.lower().replace(".", ""))
    if text[0] in "+-0123456789":
        plain = text.replace("_", "")
        number = go_int(plain)
        if number is not None:
            return number
        if _FLOAT.match(plain):
            return float(plain)
        return text
    if text[0] == "." and _FLOAT.match(text):
        return float(text)
    return text


_IMPLICIT_TAGS = (
    "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null",
    "!!int", "!!float", "!!bool", "!!null",
)  # fmt: skip


def to_go_string(value: bool | float | str | None) -> str:
    """``cast.ToString`` of a scalar."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _format_float(value)
    return str(value)


def _format_float(value: float) -> str:
    """``strconv.FormatFloat(value, 'f', -1, 64)``."""
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text[:-2] if text.endswith(".0") else text


def setting_text(node: Node) -> str | None:
    """The string Milvus keeps for a value; None where it keeps none (a mapping becomes further keys).

    A list is joined with commas.
    """
    node = node.resolved()
    if node.kind == SCALAR:
        return to_go_string(scalar_kind(node))
    if node.kind == SEQUENCE:
        return ",".join(to_go_string(scalar_kind(item.resolved())) for item in node.items if item.resolved().kind == SCALAR)
    return None


def atoi(text: str) -> int | None:
    """``strconv.Atoi``: None where it returns an error (Milvus then goes on with 0)."""
    if not _ATOI.match(text) or len(text.lstrip("+-0")) > _LONGEST:
        return None
    number = int(text.lstrip("+-0") or "0") * (-1 if text[0] == "-" else 1)
    return number if -(2**63) <= number < 2**63 else None


def parse_bool(text: str) -> bool | None:
    """``strconv.ParseBool``: None where it returns an error (Milvus then goes on with false)."""
    if text in _TRUE:
        return True
    return False if text in _FALSE else None
