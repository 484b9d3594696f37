"""One file an output format. A format's module may offer ``check(report, view) -> str``, ``status(report, view) -> str`` and
``certs(inventory, view) -> str``.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from ..records import NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

_NOT_FORMATS = frozenset({"mask"})


class View(NamedTuple):
    """How to show a report. ``seconds`` is how long it took; it and the colour are for people only."""

    color: bool = False
    quiet: bool = False
    verbose: bool = False
    seconds: float | None = None


def names() -> frozenset[str]:
    """The names of all formats, by their files alone."""
    try:
        files = os.listdir(__path__[0])
    except OSError:  # inside a zip archive
        import pkgutil

        files = [f"{module.name}.py" for module in pkgutil.iter_modules(__path__)]
    found = {file.partition(".")[0] for file in files if file.endswith((".py", ".pyc"))}
    return frozenset(name for name in found if not name.startswith("_")) - _NOT_FORMATS


def load(name: str) -> ModuleType:
    """The module of a format."""
    return import_module(f"{__name__}.{name}")
