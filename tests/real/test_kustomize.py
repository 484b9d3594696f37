"""Builds as this tool reads them against `kubectl kustomize`."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from kubectl import install, kustomize
from milvus_server import Unavailable

from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.kustomize.build import Builder
from gitops_tls.systems.kustomize.files import Kustomizations
from gitops_tls.systems.kustomize.objects import Built
from gitops_tls.systems.milvus.values import scalar_kind
from gitops_tls.systems.recognise import recognise
from gitops_tls.yamldoc.node import MAPPING, SCALAR, Node

Objects = dict[tuple[str, str, str], Any]


@pytest.fixture(scope="module")
def program() -> str:
    try:
        return install()
    except Unavailable as reason:
        pytest.skip(f"no kubectl: {reason}")


def plain(node: Node) -> Any:
    node = node.resolved()
    if node.kind == SCALAR:
        return scalar_kind(node)
    if node.kind == MAPPING:
        return {key.value: plain(value) for key, value in node.effective()}
    return [plain(item) for item in node.items]


def without_nulls(value: Any) -> Any:
    """A null and nothing are the same to the API server."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def ours(contents: Mapping[str, str], top: str) -> Built:
    workspace = Workspace(MemoryFiles({path: text.encode() for path, text in contents.items()}))
    claims = recognise(workspace, workspace.files.paths())
    objects: dict[str, list[Node]] = {}
    for claim in claims.all:
        if claim.root is not None:
            objects.setdefault(claim.path, []).append(claim.root.resolved())
    every = Kustomizations(workspace, workspace.files.paths())
    root = every.read(f"{top}/kustomization.yaml")
    assert root is not None
    return Builder(workspace, every, objects).build(root)


def our_objects(built: Built) -> Objects:
    found: Objects = {}
    for item in built.items:
        value = plain(item.node)
        value["metadata"]["name"] = item.name
        if item.namespace is not None:
            value["metadata"]["namespace"] = item.namespace
        found[value["kind"], item.namespace or "", item.name] = without_nulls(value)
    return found


def their_objects(text: str) -> Objects:
    workspace = Workspace(MemoryFiles({"built.yaml": text.encode()}))
    parsed = workspace.parsed("built.yaml")
    assert parsed is not None
    values = [
        plain(document.root) for document in parsed.documents if document.root is not None and document.root.kind == MAPPING
    ]
    kept = [value for value in values if value["kind"] in ("Milvus", "Secret")]
    return {(v["kind"], v["metadata"].get("namespace", ""), v["metadata"]["name"]): without_nulls(v) for v in kept}


def compare(program: str, folder: Path, contents: Mapping[str, str], top: str = "top") -> None:
    for path, text in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    answer = kustomize(program, folder / top)
    built = ours(contents, top)
    told = json.dumps(contents, indent=1)
    if answer.error:
        assert built.failures or built.open or built.unknown, f"{answer.error}\n{told}"
    else:
        assert not built.failures, f"{built.failures}\n{told}"
        if not built.unknown:
            assert our_objects(built) == their_objects(answer.objects), told


class Made:
    """Overlays made by chance: two levels, a component, patches of every kind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def tree(self, depth: int, *, patch: bool) -> Any:
        chance = self.random.random()
        if depth == 0 or chance < 0.25:
            values = ["a", "b", 1, 2, True, "1", ""]
            return self.random.choice([*values, None, None] if patch else values)
        if chance < 0.5:
            return [self.tree(depth - 1, patch=False) for _ in range(self.random.randint(0, 3))]
        made = {self.random.choice("wxyz"): self.tree(depth - 1, patch=patch) for _ in range(self.random.randint(0, 3))}
        if patch and self.random.random() < 0.1:
            made["$patch"] = self.random.choice(["replace", "delete", "merge"])
        return made

    def spec(self, *, patch: bool = False) -> Any:
        lists = [[{"name": self.random.choice("abc"), "mountPath": "/" + self.random.choice("abc")}], [], None]
        made: dict[str, Any] = {"config": {key: self.tree(3, patch=patch) for key in self.random.sample("wxyz", 2)}}
        fields = {
            field: self.random.choice(lists if patch else lists[:2])
            for field in ("volumes", "volumeMounts")
            if self.random.random() < 0.6
        }
        made["components"] = fields
        return made

    def operations(self) -> list[dict[str, Any]]:
        keys = ["w", "x", "y", "0", "1", "-", "-1"]
        made = []
        for _ in range(self.random.randint(1, 3)):
            stem = self.random.choice(["/spec/config", "/spec/components/volumes", "/spec/components/volumeMounts", "/spec/new"])
            path = "/".join([stem, *self.random.choices(keys, k=self.random.choice([0, 1, 1, 2]))])
            operation: dict[str, Any] = {
                "op": self.random.choice(["add", "add", "replace", "replace", "remove", "copy", "move", "test"])
            }
            operation["path"] = path
            if operation["op"] in ("copy", "move"):
                operation["from"] = "/spec/config/" + self.random.choice("wxyz")
            elif operation["op"] != "remove":
                operation["value"] = self.tree(2, patch=False)
            made.append(operation)
        return made

    def patch(self, names: list[str], namespaces: list[str | None]) -> dict[str, Any]:
        name = self.random.choice([*names, names[-1], "other"])
        selectors: list[dict[str, Any]] = [
            {"kind": "Milvus"},
            {"name": name},
            {"kind": "Milvus|Secret"},
            {"group": "milvus.io"},
            {"kind": "Milvus", "labelSelector": "app=demo"},
            {"kind": "Secret"},
        ]
        target = self.random.choice(selectors)
        if self.random.random() < 0.5:
            return {"target": target, "patch": json.dumps(self.operations())}
        metadata: dict[str, Any] = {"name": name}
        namespace = self.random.choice(namespaces)
        if namespace is not None:
            metadata["namespace"] = namespace
        entry = {
            "patch": json.dumps(
                {"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "metadata": metadata, "spec": self.spec(patch=True)}
            )
        }
        if self.random.random() < 0.3:
            entry["target"] = {"kind": "Milvus"}
        return entry

    def kustomization(self, resources: list[str], names: list[str], namespaces: list[str | None]) -> dict[str, Any]:
        made: dict[str, Any] = {"resources": resources}
        if self.random.random() < 0.4:
            made["namePrefix"] = "p-"
        if self.random.random() < 0.2:
            made["nameSuffix"] = "-s"
        if self.random.random() < 0.4:
            made["namespace"] = self.random.choice(["one", "two"])
        if self.random.random() < 0.7:
            made["patches"] = [self.patch(names, namespaces) for _ in range(self.random.randint(1, 2))]
        if self.random.random() < 0.2:
            made["patchesJson6902"] = [
                {
                    "target": {"group": "milvus.io", "version": "v1beta1", "kind": "Milvus", "name": self.random.choice(names)},
                    "patch": json.dumps(self.operations()),
                }
            ]
        if self.random.random() < 0.2:
            made["patchesStrategicMerge"] = [self.patch(names, namespaces)["patch"] + "\n"]
        return made

    def contents(self) -> dict[str, str]:
        metadata: dict[str, Any] = {"name": "demo", "labels": {"app": self.random.choice(["demo", "x"])}}
        namespace = self.random.choice([None, "one"])
        if namespace is not None:
            metadata["namespace"] = namespace
        milvus = {"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "metadata": metadata, "spec": self.spec()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "milvus-certs"}, "stringData": {"k": "v"}}
        base = self.kustomization(["milvus.yaml", "secret.yaml"], ["demo"], [namespace])
        top = self.kustomization(["../base"], ["demo", "p-demo"], [namespace, None, "one"])
        files: dict[str, Any] = {
            "base/milvus.yaml": milvus,
            "base/secret.yaml": secret,
            "base/kustomization.yaml": base,
            "top/kustomization.yaml": top,
        }
        if self.random.random() < 0.3:
            top["components"] = ["../part"]
            part = self.kustomization([], ["demo", "p-demo"], [namespace])
            files["part/kustomization.yaml"] = {**part, "apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
        return {path: json.dumps(value) for path, value in files.items()}


@pytest.mark.parametrize("seed", range(60))
def test_made_up_overlays(program: str, tmp_path: Path, seed: int) -> None:
    compare(program, tmp_path, Made(seed).contents())
