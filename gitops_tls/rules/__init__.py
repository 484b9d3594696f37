"""The rules: one module a rule. This registry knows them by their file names alone, so that listing them imports none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..records import NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

_FILE = re.compile(r"(gt(\d{3})_([a-z0-9_]+))\.pyc?\Z")

NEEDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("GT111", ("helm",)),
    ("GT112", ("helm",)),
    ("GT115", ("kubernetes", "helm", "operator")),
    ("GT118", ("operator", "helm")),
    ("GT202", ("kubernetes", "helm", "operator", "apisix")),
    ("GT203", ("kubernetes", "helm", "operator", "apisix")),
    ("GT204", ("compose", "helm", "operator")),
    ("GT207", ("compose",)),
    ("GT209", ("helm", "operator")),
    ("GT210", ("files",)),
    ("GT213", ("merged",)),
    ("GT316", ("kubernetes", "helm", "operator", "apisix")),
    ("GT516", ("gateway-config", "gateway-values")),
    ("GT517", ("gateway-config", "gateway-values")),
    ("GT518", ("gateway-config", "gateway-values")),
    ("GT519", ("gateway-config", "gateway-values", "gateway-ssl")),
    ("GT520", ("gateway-config", "gateway-values")),
    ("GT521", ("gateway-ssl",)),
    ("GT522", ("apisix",)),
    ("GT5", ("apisix",)),
    ("GT0", ("claims",)),
    ("GT1", ("claims", "deployments")),
    ("GT2", ("claims", "deployments")),
    ("GT3", ("claims", "deployments")),
)
"""What has to be in the repository before rules of an id prefix can say anything; the first prefix that fits counts.

The words are those of ``pipeline.triggers``; rules of no prefix always run.
"""

ON_REQUEST = frozenset({"GT902", "GT903"})
"""Rules that run only where ``--select`` names them or the configuration gives them a severity."""

INTERNAL_ERROR = "GT904"
UNUSED_IGNORE = "GT901"

MADE_BY_PIPELINE = frozenset({INTERNAL_ERROR, UNUSED_IGNORE})
"""Rules whose findings come about after all the others ran: their ``check`` says nothing."""


class Entry(NamedTuple):
    """A rule as its file name tells it. ``module`` is the module's name inside this package."""

    id: str
    name: str
    module: str


_entries: dict[str, Entry] = {}


def entries() -> dict[str, Entry]:
    """Every rule by its id, in the order of the ids."""
    if not _entries:
        for file in sorted(_file_names()):
            match = _FILE.match(file)
            if match:
                rule_id = "GT" + match[2]
                _entries[rule_id] = Entry(rule_id, match[3].replace("_", "-"), match[1])
    return _entries


def _file_names() -> Iterable[str]:
    folder = __path__[0]
    try:
        return os.listdir(folder)
    except OSError:  # inside a zip archive
        import pkgutil

        return [f"{module.name}.py" for module in pkgutil.iter_modules(__path__)]


def load(rule_id: str) -> ModuleType:
    """The module of a rule, with its ``RULE``, ``EXAMPLES`` and ``check``."""
    return import_module(f"{__name__}.{entries()[rule_id].module}")


def needed(rule_id: str) -> tuple[str, ...]:
    """The triggers of a rule, of which one must be there; empty if it always runs."""
    return next((words for prefix, words in NEEDS if rule_id.startswith(prefix)), ())


def resolve(selector: str) -> frozenset[str]:
    """The ids that a comma separated list of ids, prefixes and names means. Raises UsageError for an unknown one."""
    found: set[str] = set()
    for word in selector.split(","):
        if word.strip():
            found |= _resolve_one(word.strip())
    return frozenset(found)


def _resolve_one(word: str) -> set[str]:
    known = entries()
    upper, lower = word.upper(), word.lower()
    if lower.startswith("cert-"):
        lower = "certificate-" + lower[len("cert-") :]
    if upper in known:
        return {upper}
    if re.match(r"GT\d{0,2}\Z", upper):
        found = {rule_id for rule_id in known if rule_id.startswith(upper)}
        if found:
            return found
    found = {entry.id for entry in known.values() if entry.name == lower}
    if found:
        return found
    raise UsageError(f"no rule is called `{word}`", nearest(word))


def nearest(word: str) -> str:
    """Help for a rule that does not exist: the one that comes nearest, and where to see them all."""
    if re.match(r"[Gg][Tt]\d", word):
        ids = list(entries())
        best = max(ids, key=lambda rule_id: (_alike(rule_id, word.upper()), -ids.index(rule_id)))
        return f"did you mean {best} ({entries()[best].name})? `gitops-tls rules` lists them all"
    from difflib import get_close_matches

    names: dict[str, Entry] = {}
    for entry in entries().values():
        names[entry.id.lower()] = names[entry.name] = entry
    close = get_close_matches(word.lower(), names, 1, 0.5)
    if not close:
        return "`gitops-tls rules` lists them all"
    entry = names[close[0]]
    return f"did you mean {entry.id} ({entry.name})? `gitops-tls rules` lists them all"


def _alike(one: str, other: str) -> int:
    """How many characters the beginnings have in common."""
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
