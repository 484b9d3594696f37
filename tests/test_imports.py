"""The layers of the package, and which of its modules may import which package: read from the sources."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gitops_tls

ROOT = Path(gitops_tls.__file__).parent
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))

LAYERS = (
    ("errors.py", "records.py", "text/"),
    ("yamldoc/",),
    ("findings.py", "config.py"),
    ("repo/", "certs/", "schema_files.py"),
    ("systems/", "facts.py", "validate.py", "quick_schema.py", "schema_words.py"),
    (
        "suppress.py",
        "inventory/",
        "rules/",
        "formats/",
        "generators/",
        "probes/",
        "pipeline.py",
        "repair.py",
        "options.py",
        "config_file.py",
    ),
    ("commands/",),
    ("fast.py", "cli.py", "__main__.py"),
)
"""A module imports only from its own layer and those above this line of it."""

PACKAGES = {
    "typer": ("cli.py", "commands/"),
    "rich": (),
    "click": (),
    "ruamel": ("yamldoc/",),
    "_ruamel_yaml": ("yamldoc/",),
    "yaml": (),
    "jsonschema": ("validate.py",),
    "referencing": ("validate.py",),
    "cryptography": ("certs/",),
}
"""Who may import which package."""


def layer(module: str) -> int | None:
    for number, prefixes in enumerate(LAYERS):
        if any(module == prefix or (prefix.endswith("/") and module.startswith(prefix)) for prefix in prefixes):
            return number
    return None


def imports(module: str) -> Iterator[tuple[int, str]]:
    """Every import of a module, with its line: ``gitops_tls/…`` paths for the package's own, dotted names for others."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    folder = module.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                yield node.lineno, resolve([*base, alias.name]) or resolve(base) or "gitops_tls"


def resolve(parts: list[str]) -> str | None:
    path = "/".join(parts)
    if (ROOT / f"{path}.py").is_file():
        return f"gitops_tls/{path}.py"
    return f"gitops_tls/{path}/" if parts and (ROOT / path).is_dir() else None


def test_every_module_has_a_layer():
    free = [module for module in MODULES if layer(module) is None and module != "__init__.py"]
    assert free == []


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__init__.py"])
def test_imports_point_one_way(module):
    own = layer(module)
    assert own is not None
    for line, name in imports(module):
        if name.startswith("gitops_tls/"):
            other = layer(name.removeprefix("gitops_tls/"))
            assert other is not None, f"{module}:{line} imports {name}"
            assert other <= own, f"{module}:{line} imports {name}, which stands above it"


@pytest.mark.parametrize("module", MODULES)
def test_heavy_packages_are_imported_where_they_belong(module):
    for line, name in imports(module):
        package = name.split(".")[0]
        if name.startswith("gitops_tls"):
            continue
        assert package in PACKAGES or package in sys.stdlib_module_names, f"{module}:{line} imports {package}"
        if package in PACKAGES:
            allowed = PACKAGES[package]
            assert any(module == one or module.startswith(one) for one in allowed), f"{module}:{line} imports {package}"


def test_a_plain_check_loads_no_heavy_package(repository):
    import subprocess

    root = repository({"user.yaml": "common:\n  security:\n    tlsMode: 0\n"})
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT.parent)!r}); from gitops_tls.__main__ import main; main(['check']);"
        "heavy = {'typer', 'click', 'rich', 'jsonschema', 'cryptography', 'subprocess', 'inspect', 'dataclasses',"
        "'difflib', 'logging', 'email', 'http', 'urllib.request', 'asyncio', 'unittest'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
