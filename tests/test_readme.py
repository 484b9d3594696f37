"""The README says what is true: commands, options and rule names in it exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitops_tls import options, rules
from gitops_tls.config_file import load

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text(encoding="utf-8")


def test_every_command_is_there(text: str) -> None:
    named = set(re.findall(r"gitops-tls ((?:cert )?[a-z]+)", text))
    assert set(options.COMMANDS) <= named
    # words after the program's name that are no command are prose
    assert {name for name in named if name.split()[0] in {command.split()[0] for command in options.COMMANDS}} <= set(
        options.COMMANDS
    ) | {"cert"}


def test_every_option_it_names_exists(text: str) -> None:
    code = "\n".join(line for line in text.splitlines() if "gitops-tls" in line or line.startswith("`--"))
    known = {option for row in options.OPTIONS for option in [row.name]} | {"--version", "--help"}
    written = set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", code)) - {"schemafile", "builtin-schema"}
    assert written <= {name.lstrip("-") for name in known}


def test_every_rule_it_names_exists(text: str) -> None:
    assert set(re.findall(r"GT\d{3}", text)) <= set(rules.entries())


def test_its_configuration_is_accepted(text: str) -> None:
    block = re.search(r"```yaml\n(exclude:.*?)```", text, re.DOTALL)
    assert block is not None
    config = load(".gitops-tls.yaml", block[1].encode())
    assert dict(config.severities)["GT302"] == "error"
    assert config.releases[0].values == ("base.yaml", "prod.yaml")
