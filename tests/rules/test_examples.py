"""Every documented example of every rule does what the page says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from gitops_tls import rules
from gitops_tls.findings import ALWAYS, NEVER, Example, Rule

_spec = importlib.util.spec_from_file_location("rule_examples", Path(__file__).with_name("examples.py"))
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples"] = examples
_spec.loader.exec_module(examples)

WITHOUT_EXAMPLES = {"GT901", "GT904"}
EXAMPLES: list[tuple[str, Rule, Example]] = [
    (f"{rule_id}-{number}", rules.load(rule_id).RULE, example)
    for rule_id in rules.entries()
    for number, example in enumerate(getattr(rules.load(rule_id), "EXAMPLES", ()))
]
CASES = [pytest.param(rule, example, id=name) for name, rule, example in EXAMPLES]
WITH_GOOD = [pytest.param(rule, example, id=name) for name, rule, example in EXAMPLES if example.good]


@pytest.mark.parametrize("rule_id", list(rules.entries()))
def test_a_rule_is_named_like_its_file_and_documented(rule_id: str) -> None:
    module, entry = rules.load(rule_id), rules.entries()[rule_id]
    rule: Rule = module.RULE
    assert (rule.id, rule.name) == (entry.id, entry.name)
    assert rule.why
    assert rule_id in WITHOUT_EXAMPLES or module.EXAMPLES
    fixes = any(example.fixed for example in getattr(module, "EXAMPLES", ()))
    assert rule_id in WITHOUT_EXAMPLES or fixes == (rule.fixable != NEVER)


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_the_bad_example_is_found(rule: Rule, example: Example) -> None:
    report = examples.report(example.bad)
    assert not report.failed, [f.message for f in report.findings]
    assert rule.id in {finding.rule for finding in report.findings}
    for finding in report.findings:
        if finding.rule == rule.id:
            assert finding.where.path in example.bad
            assert rule.fixable != ALWAYS or finding.fix is not None


@pytest.mark.parametrize(("rule", "example"), WITH_GOOD)
def test_the_good_example_is_not(rule: Rule, example: Example) -> None:
    report = examples.report(example.good)
    assert [f.message for f in report.findings if f.rule == rule.id] == []


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_the_fix_makes_the_fixed_example(rule: Rule, example: Example) -> None:
    repaired = examples.fixed(example.bad, unsafe=example.unsafe, rule=rule.id)
    assert [refused.reason for refused in repaired.refused] == []
    changed = {path: data.decode() for path, data in repaired.changed.items()}
    assert changed == {path: examples.fill(text) for path, text in example.fixed.items()}
    if example.fixed:
        again = examples.fixed({**example.bad, **changed}, unsafe=example.unsafe, rule=rule.id)
        assert again.changed == {}
    if example.unsafe:
        assert examples.fixed(example.bad, unsafe=False, rule=rule.id).changed == {}
