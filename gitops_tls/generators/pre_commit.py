"""The entry in ``.pre-commit-config.yaml``: a new file, or one more item in the list that is there."""

from __future__ import annotations

from ..text.apply import apply_edits
from ..text.edits import CannotEdit, Patch
from ..text.source import Source
from ..yamldoc.node import MAPPING, SEQUENCE, Node
from .plan import PROJECT, Planned, Repository, extended, parsed_or_refuse, refuse

PATH = ".pre-commit-config.yaml"
HOOK = "gitops-tls-check"


def _text(version: str) -> str:
    return f"repos:\n  - repo: {PROJECT}\n    rev: v{version}\n    hooks:\n      - id: {HOOK}\n"


def plan(repository: Repository, version: str) -> Planned:
    """The file with the hook in it. Raises UsageError where it cannot be extended."""
    before = repository.read(PATH)
    if before is None:
        return Planned(PATH, None, _text(version).encode(), "new")
    source, parsed = parsed_or_refuse(PATH, before)
    root = parsed.documents[0].root if parsed.documents else None
    if root is not None and _has_hook(root):
        return Planned(PATH, before, before, "the hook is there already")
    if len(parsed.documents) > 1:
        raise refuse(PATH, "it holds more than one YAML document", _text(version))
    if root is not None and root.kind == SEQUENCE:
        raise refuse(PATH, "it is in the old format of pre-commit: `pre-commit migrate-config` renews it", _text(version))
    if root is not None and root.kind != MAPPING and not root.is_null:
        raise refuse(PATH, "its top level is no mapping", _text(version))
    try:
        patch = _patch(source, root, version)
    except CannotEdit as error:
        raise refuse(PATH, str(error), _text(version)) from None
    after = extended(source, apply_edits(source.text, patch.edits), [address for _, address in patch.changes])
    if after is None:
        raise refuse(PATH, "the entry cannot be inserted with certainty", _text(version))
    return Planned(PATH, before, after, f"added the hook {HOOK}")


def _patch(source: Source, root: Node | None, version: str) -> Patch:
    from ..yamldoc.edit import append_item, set_in_empty, set_value
    from ..yamldoc.render import Value

    entry: Value = {"repo": PROJECT, "rev": f"v{version}", "hooks": [{"id": HOOK}]}
    if root is None or root.is_null:
        return set_in_empty(source, ("repos",), [entry])
    repos = root.pair("repos")
    if repos is not None and repos[1].kind == SEQUENCE and repos[1].items:
        gap = _gap(repos[1])
        return _append_wide(repos[1], gap, version) if gap > 1 else append_item(repos[1], entry)
    if repos is not None and repos[1].kind != SEQUENCE and not repos[1].is_null:
        raise CannotEdit("`repos` is no list")
    return set_value(root, ("repos",), [entry])


def _gap(repos: Node) -> int:
    """The spaces between the dash and the key of the last entry: pre-commit's own way of writing has three."""
    item = repos.items[-1]
    if repos.style == "flow" or item.kind != MAPPING or item.style == "flow" or item.anchor is not None:
        return 1
    before = item.document.text[: item.start]
    return len(before) - len(before.rstrip(" "))


def _append_wide(repos: Node, gap: int, version: str) -> Patch:
    """Append the entry with more than one space after its dashes, as the entries that are there."""
    from ..yamldoc.edit_base import child, column, entry_column, first_dash, place_after, refuse
    from ..yamldoc.edit_insert import lines_after
    from ..yamldoc.render import indent_lines

    refuse(repos)
    last = repos.items[-1]
    hooks = last.get("hooks")
    text = last.document.text
    nested = hooks is not None and hooks.kind == SEQUENCE and hooks.style != "flow" and hooks.document is last.document
    inside = max(0, column(text, first_dash(hooks)) - column(text, last.start)) if nested and hooks is not None else 0
    pad = " " * (gap + 1)
    lines = [
        f"-{' ' * gap}repo: {PROJECT}",
        f"{pad}rev: v{version}",
        f"{pad}hooks:",
        f"{pad}{' ' * inside}-{' ' * gap}id: {HOOK}",
    ]
    return lines_after(repos.document, place_after(repos), indent_lines(lines, entry_column(repos)), [child(repos, "-")])


def _has_hook(root: Node) -> bool:
    repos = root.get("repos") if root.kind == MAPPING else root
    for item in repos.items if repos is not None else ():
        address = (item.resolved().text("repo") or "").lower().removesuffix("/").removesuffix(".git")
        hooks = item.resolved().get("hooks")
        if address.endswith("/gitops-tls"):
            return True
        if hooks is not None and any((hook.resolved().text("id") or "").startswith("gitops-tls") for hook in hooks.items):
            return True
    return False
