"""What the tool generates, one module a thing; CI systems are found by their files, so that a new one is one new file.

A CI module has ``CI`` (its name for ``--ci``), ``detect(repository) -> bool`` and ``plan(repository, version) -> Planned``.
"""

from __future__ import annotations

import os
import re
from importlib import import_module
from types import ModuleType

_FILE = re.compile(r"([a-z][a-z0-9_]*)\.pyc?\Z")


def ci_systems() -> dict[str, ModuleType]:
    """The module of every CI system by its name, in the order of the names."""
    found: dict[str, ModuleType] = {}
    for file in sorted(_file_names()):
        match = _FILE.match(file)
        module = import_module(f"{__name__}.{match[1]}") if match else None
        name = getattr(module, "CI", None)
        if module is not None and isinstance(name, str):
            found[name] = module
    return dict(sorted(found.items()))


def _file_names() -> list[str]:
    try:
        return os.listdir(__path__[0])
    except OSError:  # inside a zip archive
        import pkgutil

        return [f"{module.name}.py" for module in pkgutil.iter_modules(__path__)]
