"""Plain YAML scalars as the text that Compose makes of them (yaml.v3 values printed by Go)."""

from __future__ import annotations

import re

_INTEGER = r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*)\Z"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"
_BOOLEANS = {"true": "true", "True": "true", "TRUE": "true", "false": "false", "False": "false", "FALSE": "false"}


def scalar_text(plain: str) -> str:
    """The text of a plain scalar: ``0x10`` is ``16``, ``1.0`` is ``1``, ``True`` is ``true``; words stay as they are."""
    if plain in _BOOLEANS:
        return _BOOLEANS[plain]
    if not plain or plain[0] not in "+-.0123456789" or len(plain) > 40:
        return plain
    if plain.isascii() and plain.isdigit() and plain[0] != "0":
        return plain
    # compiled on first use: most values are plain numbers or words
    if re.match(_INTEGER, plain):
        return _integer(plain)
    if re.match(_FLOAT, plain):
        return _float(float(plain), plain)
    return plain


def _integer(plain: str) -> str:
    digits = plain.replace("_", "")
    sign = "-" if digits.startswith("-") else ""
    digits = digits.lstrip("+-")
    prefix = digits[:2].lower()
    try:
        if prefix in ("0x", "0b", "0o"):
            number = int(digits[2:], {"0x": 16, "0b": 2, "0o": 8}[prefix])
        elif digits.startswith("0") and len(digits) > 1:
            number = int(digits, 8)
        else:
            number = int(digits)
    except ValueError:
        return plain
    return f"{sign}{number}" if number else "0"


def _float(number: float, plain: str) -> str:
    """Go's ``%v`` of a float64: plain digits up to 1e21, an exponent from there on."""
    if number != number or number in (float("inf"), float("-inf")):
        return plain
    exponent = int(f"{number:e}".rsplit("e", 1)[1])
    if number and (exponent < -4 or exponent >= 21):
        mantissa, _, power = f"{number!r}".replace("E", "e").partition("e")
        if power:
            return f"{mantissa.removesuffix('.0')}e{int(power):+03d}"
        return plain
    text = repr(number)
    if "e" in text:
        return str(int(number)) if exponent >= 0 else plain
    return text.removesuffix(".0")
