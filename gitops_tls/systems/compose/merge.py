"""Compose's rules for laying one file over another.

Source: the override package of compose-go v2. Entries of lists with a unique key (volumes by target, variables by name)
are appended here; what reads them lets the later one win.
"""

from __future__ import annotations

from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE
from .value import OVERRIDE, RESET, Value

_REPLACED = frozenset(("command", "entrypoint", "test"))
_LISTS = frozenset(
    ("environment", "env_file", "labels", "annotations", "tmpfs", "dns", "dns_search", "dns_opt", "sysctls", "extra_hosts",
     "configs", "secrets", "volumes", "ports", "expose", "label_file")
)  # fmt: skip
_BY_NAME = ("networks", "depends_on")


def merge_sections(base: Value, over: Value, *, over_owns: bool = False) -> Value:
    """``over`` laid over ``base``, both of them mappings of services (or of volumes, configs, secrets) by name."""
    merged = _shell(base, over, over_owns)
    merged.fields = dict(base.fields)
    for name, value in over.fields.items():
        below = merged.fields.get(name)
        _lay(merged, name, value if below is None or value.tag == RESET else _merge(below, value, "", over_owns))
    return merged


def merge_service(base: Value, over: Value, *, over_owns: bool = False) -> Value:
    """``over`` laid over ``base``, both one service (or another entry of a section).

    The places of merged collections are those of ``base``, with ``over_owns`` (extends) those of ``over``.
    """
    return _merge(base, over, "", over_owns)


def _merge(base: Value, over: Value, name: str, over_owns: bool, depth: int = 0) -> Value:
    if over.tag == OVERRIDE:
        return over
    if depth == 1 and name in _LISTS:
        return _joined(base, over, over_owns)
    if name in _REPLACED and depth <= 2:
        return over
    if over.is_null:
        return base
    if base.is_null:
        return over
    if base.kind == MAPPING and over.kind == MAPPING:
        merged = _shell(base, over, over_owns)
        merged.fields = dict(base.fields)
        for key, value in over.fields.items():
            below = merged.fields.get(key)
            _lay(merged, key, value if below is None or value.tag == RESET else _merge(below, value, key, over_owns, depth + 1))
        return merged
    if name in _BY_NAME and base.kind != over.kind:
        return over
    if base.kind == SEQUENCE and over.kind == SEQUENCE:
        return _joined(base, over, over_owns)
    return over


def _lay(merged: Value, name: str, value: Value) -> None:
    if value.tag == RESET:
        merged.fields.pop(name, None)
    else:
        merged.fields[name] = value


def _joined(base: Value, over: Value, over_owns: bool) -> Value:
    items = [*base.parts(), *over.parts()]
    owner = over if over_owns else base
    if owner.kind == SCALAR:
        owner = over if owner is base else base
    merged = Value(SEQUENCE, owner.node, owner.key, owner.scope)
    merged.items = items
    return merged


def _shell(base: Value, over: Value, over_owns: bool) -> Value:
    owner = over if over_owns else base
    return Value(MAPPING, owner.node, owner.key, owner.scope)


def drop_resets(value: Value) -> Value:
    """A file's own values without those tagged ``!reset``, which hide nothing in the first file."""
    value.fields = {name: drop_resets(child) for name, child in value.fields.items() if child.tag != RESET}
    return value
