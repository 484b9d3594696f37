"""``gitops-tls rules``: the list of the rules."""

from __future__ import annotations

from .. import rules
from ..options import Values
from ._output import write


def run(values: Values) -> int:
    """Print one line a rule."""
    del values
    cards = [rules.load(rule_id).RULE for rule_id in rules.entries()]
    name = max(len(card.name) for card in cards)
    write(
        "".join(f"{card.id}  {card.name:{name}}  {card.severity:7}  {_fix(card.fixable):9}  {card.summary}\n" for card in cards)
    )
    return 0


def _fix(fixable: str) -> str:
    return {"always": "fix", "sometimes": "fix*", "never": "-"}.get(fixable, fixable)
