"""A custom resource in two parts, a base and a patch, is judged as the whole one."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from gitops_tls import rules
from gitops_tls.findings import Example
from gitops_tls.pipeline import Report
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.milvus.values import scalar_kind
from gitops_tls.yamldoc.node import MAPPING, SCALAR, Node

_spec = importlib.util.spec_from_file_location("split_examples", Path(__file__).with_name("examples.py"))
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["split_examples"] = examples
_spec.loader.exec_module(examples)

BASE, PATCH = "split/base/milvus.yaml", "split/over/patch.yaml"


def plain(node: Node) -> Any:
    node = node.resolved()
    if node.kind == SCALAR:
        return scalar_kind(node)
    if node.kind == MAPPING:
        return {key.value: plain(value) for key, value in node.effective()}
    return [plain(item) for item in node.items]


def resource(files: dict[str, bytes]) -> tuple[str, dict[str, Any]] | None:
    """The one custom resource of an example, if it has one whose form does not matter."""
    workspace = Workspace(MemoryFiles(files))
    found = []
    for path in files:
        parsed = workspace.parsed(path) if path.endswith(".yaml") else None
        root = parsed.documents[0].root if parsed is not None and parsed.problem is None and len(parsed.documents) == 1 else None
        if root is not None and root.text("kind") == "Milvus":
            found.append((path, plain(root)))
    if len(found) != 1 or any("kustomization" in path or "compose" in path or path.startswith(".") for path in files):
        return None
    value = found[0][1]
    return found[0] if isinstance(value.get("spec"), dict) and "name" in value.get("metadata", {}) else None


def cut(value: dict[str, Any], chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two mappings whose merge is ``value``."""
    one: dict[str, Any] = {}
    other: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict) and inner and chance.random() < 0.8:
            parts = cut(inner, chance)
            for made, part in zip((one, other), parts, strict=True):
                if part:
                    made[key] = part
        else:
            chance.choice((one, other))[key] = inner
    return one, other


def told(report: Report, *paths: str) -> list[tuple[str, str, str]]:
    found = []
    for finding in report.findings:
        message = finding.message
        for path in paths:
            message = message.replace(path, "X")
        found.append((finding.rule, finding.severity, message))
    return sorted(found)


def outcome(report: Report) -> list[object]:
    predictions = [deployment.prediction for deployment in report.facts.deployments]
    return [(p.server, p.grpc, p.rest, p.internal) for p in predictions if p is not None]


CASES = [
    (rule_id, example)
    for rule_id in rules.entries()
    for example in rules.load(rule_id).EXAMPLES
    if resource(examples.contents(example.bad))
]
"""Examples with one custom resource."""


def test_there_are_such_examples() -> None:
    assert len(CASES) > 8


@pytest.mark.parametrize(("rule_id", "example"), CASES)
@pytest.mark.parametrize("seed", range(4))
def test_a_base_and_its_patch_are_judged_as_one(rule_id: str, example: Example, seed: int) -> None:
    files = examples.contents(example.bad)
    found = resource(files)
    assert found is not None
    path, value = found
    base, patch = cut(value["spec"], random.Random(seed))
    head = {key: inner for key, inner in value.items() if key != "spec"}
    others = {other: data for other, data in files.items() if other != path}
    whole = {**others, path: json.dumps(value, indent=1).encode()}
    split = {
        **others,
        "split/base/kustomization.yaml": b"resources: [milvus.yaml]\n",
        BASE: json.dumps({**head, "spec": base}, indent=1).encode(),
        "split/over/kustomization.yaml": b"resources: [../base]\npatches: [{path: patch.yaml}]\n",
        PATCH: json.dumps({**head, "spec": patch}, indent=1).encode(),
    }
    one, two = examples.judge(MemoryFiles(whole)), examples.judge(MemoryFiles(split))
    assert told(two, BASE, PATCH) == told(one, path)
    assert outcome(two) == outcome(one)
    # a fix edits the file that holds a value, or leaves it alone
    after = examples.fixed({name: data.decode() for name, data in split.items()}, unsafe=True, rule=rule_id).after
    assert len([f for f in after.findings if f.rule == rule_id]) <= len([f for f in two.findings if f.rule == rule_id])
