"""Builds of kustomize: what patches make of objects, where each value was written, and which deployments come of it."""

from __future__ import annotations

import textwrap
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.config import Config
from gitops_tls.pipeline import Report, analyse
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.kustomize.changes import Failure, Lost
from gitops_tls.systems.kustomize.files import Kustomizations, is_remote
from gitops_tls.systems.kustomize.json_patch import apply_json_patch
from gitops_tls.systems.kustomize.objects import Item
from gitops_tls.systems.kustomize.select import selects
from gitops_tls.systems.kustomize.strategic import merge_patch
from gitops_tls.systems.milvus.model import Deployment
from gitops_tls.systems.milvus.values import scalar_kind
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.node import MAPPING, SCALAR, Node
from gitops_tls.yamldoc.parse import parse

MILVUS = """\
apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  mode: standalone
  components:
    image: milvusdb/milvus:v2.6.20
    updateConfigMapOnly: false
    volumes:
      - name: certs
        secret:
          secretName: milvus-certs
    volumeMounts:
      - name: certs
        mountPath: /milvus/tls
    standalone:
      serviceRestfulPort: 8080
  config:
    proxy:
      http:
        port: 8080
    tls:
      serverPemPath: /milvus/tls/server.pem
      serverKeyPath: /milvus/tls/server.key
    common:
      security:
        tlsMode: 1
"""
SEALED = """\
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: milvus-certs
spec:
  encryptedData:
    server.pem: AgA
    server.key: AgB
"""
BASE = {
    "base/kustomization.yaml": "resources: [milvus.yaml, secret.yaml]\n",
    "base/milvus.yaml": MILVUS,
    "base/secret.yaml": SEALED,
}
HEAD = "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata:\n  name: demo\n"


def analysed(files: dict[str, str]) -> Report:
    workspace = Workspace(MemoryFiles({path: text.encode() for path, text in files.items()}))
    return analyse(workspace, workspace.files.paths(), Config(), datetime(2026, 11, 23, tzinfo=timezone.utc))


def deployments(files: dict[str, str]) -> list[Deployment]:
    return analysed(files).facts.deployments


def overlay(text: str, name: str = "prod", **others: str) -> dict[str, str]:
    files = {"kustomization.yaml": textwrap.dedent(text), **{key.replace("_", "."): value for key, value in others.items()}}
    return {**BASE, **{f"overlays/{name}/{path}": content for path, content in files.items()}}


def tree(text: str, path: str = "x.yaml") -> Node:
    root = parse(Source.from_bytes(path, textwrap.dedent(text).encode())).documents[0].root
    assert root is not None
    return root


def plain(node: Node) -> Any:
    node = node.resolved()
    if node.kind == SCALAR:
        return scalar_kind(node)
    if node.kind == MAPPING:
        return {key.value: plain(value) for key, value in node.effective()}
    return [plain(item) for item in node.items]


# ---- strategic merge patches ----------------------------------------------------------------------------------------------

LISTS = "a: {l: [1, 2], m: {x: 1, y: 2}}\nb: 1\n"


@pytest.mark.parametrize(
    ("patch", "result"),
    [
        ("a: {l: [3]}", {"a": {"l": [3], "m": {"x": 1, "y": 2}}, "b": 1}),
        ("a: {l: []}", {"a": {"l": [], "m": {"x": 1, "y": 2}}, "b": 1}),
        ("a: {l: null}", {"a": {"m": {"x": 1, "y": 2}}, "b": 1}),
        ("a: {m: {x: null, z: 3}}", {"a": {"l": [1, 2], "m": {"y": 2, "z": 3}}, "b": 1}),
        ("a: {m: {}}", {"a": {"l": [1, 2], "m": {"x": 1, "y": 2}}, "b": 1}),
        ("a: {m: {$patch: replace, z: 3}}", {"a": {"l": [1, 2], "m": {"z": 3}}, "b": 1}),
        ("a: {m: {$patch: delete}}", {"a": {"l": [1, 2]}, "b": 1}),
        ("a: {l: [{$patch: replace}, 4]}", {"a": {"l": [{"$patch": "replace"}, 4], "m": {"x": 1, "y": 2}}, "b": 1}),
        ("n: {o: {$patch: delete, p: 1}, q: {$patch: replace, r: 1}}", {"a": {"l": [1, 2], "m": {"x": 1, "y": 2}}, "b": 1, "n": {"q": {"r": 1}}}),
        ("b: 2", {"a": {"l": [1, 2], "m": {"x": 1, "y": 2}}, "b": 2}),
    ],
)  # fmt: skip
def test_strategic_merge(patch: str, result: object) -> None:
    # measured with kubectl kustomize on a Milvus object
    merged = merge_patch(tree(LISTS), tree(patch), [])
    assert merged is not None
    assert plain(merged) == result


@pytest.mark.parametrize("patch", ["a: 1", "a: {l: {x: 1}}", "b: {x: 1}", "b: [1]", "a: {m: [1]}"])
def test_a_value_of_another_kind_ends_the_build(patch: str) -> None:
    with pytest.raises(Failure):
        merge_patch(tree(LISTS), tree(patch), [])


def test_the_whole_object_can_be_deleted() -> None:
    assert merge_patch(tree(LISTS), tree("$patch: delete"), []) is None


def test_what_a_patch_takes_away_is_kept() -> None:
    lost: list[Lost] = []
    merge_patch(tree(LISTS), tree("a: {l: [3], m: null}", "patch.yaml"), lost)
    assert [(one.keys, plain(one.earlier), one.later.path) for one in lost] == [
        (("a", "l"), [1, 2], "patch.yaml"),
        (("a", "m"), {"x": 1, "y": 2}, "patch.yaml"),
    ]


def test_every_value_knows_its_place() -> None:
    merged = merge_patch(
        tree(MILVUS, "base.yaml"), tree("spec:\n  config:\n    common:\n      security: {tlsMode: 2}\n", "patch.yaml"), []
    )
    assert merged is not None
    mode = merged.get("spec", "config", "common", "security", "tlsMode")
    path = merged.get("spec", "config", "tls", "serverPemPath")
    assert mode is not None
    assert path is not None
    assert (mode.path, mode.position(), mode.value) == ("patch.yaml", (4, 27), "2")
    assert (path.path, path.position()[0], path.pointer) == ("base.yaml", 24, "/spec/config/tls/serverPemPath")
    assert not merged.document.editable
    assert path.document.editable


SCALARS = st.sampled_from(["a", 1, True, None])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3), max_leaves=8
)
MAPPINGS = st.dictionaries(st.sampled_from("xyz"), TREES, max_size=3)


@settings(max_examples=150, deadline=None)
@given(MAPPINGS, MAPPINGS)
def test_a_merge_is_that_of_json_merge_patches(base: dict[str, Any], patch: dict[str, Any]) -> None:
    """RFC 7386, but for values of another kind, which are errors, and nulls in new mappings, which stay as nulls."""
    import json

    def expected(one: Any, other: Any) -> Any:
        if not isinstance(other, dict) or not isinstance(one, dict):
            kinds = [dict if isinstance(v, dict) else list if isinstance(v, list) else str for v in (one, other)]
            if kinds[0] is not kinds[1] and one is not None:
                raise Failure("kinds")
            return other
        made = dict(one)
        for key, value in other.items():
            if value is None:
                made.pop(key, None)
            else:
                made[key] = expected(made[key], value) if key in made else value
        return made

    texts = [json.dumps(value) for value in (base, patch)]
    try:
        wanted = expected(base, patch)
    except Failure:
        with pytest.raises(Failure):
            merge_patch(tree(texts[0]), tree(texts[1]), [])
        return
    merged = merge_patch(tree(texts[0]), tree(texts[1]), [])
    assert merged is not None
    assert plain(merged) == wanted


# ---- JSON patches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("{op: add, path: /a/l/-, value: 3}", {"l": [1, 2, 3], "m": {"x": 1}}),
        ("{op: add, path: /a/l/0, value: 3}", {"l": [3, 1, 2], "m": {"x": 1}}),
        ("{op: add, path: /a/l/2, value: 3}", {"l": [1, 2, 3], "m": {"x": 1}}),
        ("{op: add, path: /a/l, value: [3]}", {"l": [3], "m": {"x": 1}}),
        ("{op: add, path: /a/l/-1, value: 3}", {"l": [1, 2, 3], "m": {"x": 1}}),
        ("{op: replace, path: /a/l/1, value: 3}", {"l": [1, 3], "m": {"x": 1}}),
        ("{op: replace, path: /a/n, value: 3}", {"l": [1, 2], "m": {"x": 1}, "n": 3}),
        ("{op: remove, path: /a/l/0}", {"l": [2], "m": {"x": 1}}),
        ("{op: remove, path: /a/l/-1}", {"l": [1], "m": {"x": 1}}),
        ("{op: remove, path: /a/m}", {"l": [1, 2]}),
        ("{op: copy, from: /a/m, path: /a/n}", {"l": [1, 2], "m": {"x": 1}, "n": {"x": 1}}),
        ("{op: copy, from: /a/q, path: /a/n}", {"l": [1, 2], "m": {"x": 1}, "n": None}),
        ("{op: move, from: /a/m, path: /a/n}", {"l": [1, 2], "n": {"x": 1}}),
        ("{op: add, path: /a/m/x~1y~0, value: 2}", {"l": [1, 2], "m": {"x": 1, "x/y~": 2}}),
        ("{op: test, path: /a/l, value: [1, 2]}", {"l": [1, 2], "m": {"x": 1}}),
        ("{op: test, path: /a/m/x, value: 1.0}", {"l": [1, 2], "m": {"x": 1}}),
        ("{op: test, path: /a/m/y, value: null}", {"l": [1, 2], "m": {"x": 1}}),
        ("{op: add, path: /a/n}", {"l": [1, 2], "m": {"x": 1}, "n": None}),
        ("{op: replace, path: x/a, value: 1}", 1),
        ("{op: replace, path: '', value: {a: 2}}", 2),
    ],
)
def test_json_patch(operation: str, result: object) -> None:
    # measured with kubectl kustomize
    made = apply_json_patch(tree("a: {l: [1, 2], m: {x: 1}}"), tree(f"- {operation}"), [])
    assert plain(made) == {"a": result}


@pytest.mark.parametrize(
    "operation",
    [
        "{op: add, path: /n/x, value: 1}", "{op: remove, path: /n}", "{op: remove, path: /l/2}", "{op: replace, path: /l/2, value: 1}",
        "{op: add, path: /l/4, value: 1}", "{op: test, path: /b, value: '1'}", "{op: test, path: /b, value: 2}", "{op: add, path: b, value: 1}",
        "{op: Add, path: /x, value: 1}", "{op: add, path: '', value: {}}", "{op: move, from: /n, path: /x}", "{op: nonsense, path: /b, value: 1}", "{op: add, path: /b/x, value: 1}",
        "{op: replace, path: /l/x, value: 1}",
    ],
)  # fmt: skip
def test_json_patches_that_end_the_build(operation: str) -> None:
    with pytest.raises(Failure):
        apply_json_patch(tree("b: 1\nl: [1, 2]\n"), tree(f"- {operation}"), [])


# ---- builds and deployments -----------------------------------------------------------------------------------------------


def test_each_overlay_is_a_deployment_and_the_base_is_none() -> None:
    files = overlay("""\
        resources: [../../base]
        namePrefix: dev-
        namespace: dev
        patches:
          - target: {kind: Milvus}
            patch: |-
              - op: replace
                path: /spec/config/common/security/tlsMode
                value: 0
    """, "dev") | overlay("resources: [../../base]\nnamespace: prod\n")  # fmt: skip
    found = deployments(files)
    assert [(d.shape, d.name, d.namespace, d.path, d.node.position()[0]) for d in found] == [
        ("kustomize", "dev-demo", "dev", "overlays/dev/kustomization.yaml", 1),
        ("kustomize", "demo", "prod", "overlays/prod/kustomization.yaml", 1),
    ]
    front = found[0].front
    assert front is not None
    mode = front.settings.get("common.security.tlsMode")
    assert mode.node is not None
    assert (mode.text, mode.node.path, mode.node.position()) == ("0", "overlays/dev/kustomization.yaml", (9, 16))


def test_a_kustomization_that_only_lists_a_resource_changes_no_shape() -> None:
    found = deployments({**BASE, "base/kustomization.yaml": "resources: [milvus.yaml, secret.yaml]\nnamespace: milvus\n"})
    assert [(d.shape, d.name, d.namespace, d.path) for d in found] == [("operator", "demo", "milvus", "base/milvus.yaml")]
    assert found[0].front is not None
    assert found[0].front.files.lookup("/milvus/tls/server.pem").reason.startswith("key server.pem of Secret milvus/milvus-certs")


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_all_names_of_the_file(name: str) -> None:
    files = {path.replace("kustomization.yaml", name): text for path, text in overlay("resources: [../../base]\n").items()}
    assert [d.shape for d in deployments(files)] == ["kustomize"]


def test_a_component_changes_what_was_gathered_before_the_own_patches() -> None:
    def mode(value: int) -> str:
        return f"patches:\n- target: {{kind: Milvus}}\n  patch: |-\n    - {{op: replace, path: /spec/config/common/security/tlsMode, value: {value}}}\n"

    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n" + mode(2)
    files = {**overlay("resources: [../../base]\ncomponents: [../../tls]\n"), "tls/kustomization.yaml": component}
    assert [d.front.settings.get("common.security.tlsMode").text for d in deployments(files) if d.front] == ["2"]
    files["overlays/prod/kustomization.yaml"] += mode(0)
    assert [d.front.settings.get("common.security.tlsMode").text for d in deployments(files) if d.front] == ["0"]


@pytest.mark.parametrize(
    ("metadata", "outcome"),
    [
        ("name: demo", "mutual"), ("name: a-demo", "mutual"), ("name: a-demo\n  namespace: one", "mutual"), ("name: demo\n  namespace: one", "mutual"),
        ("name: demo\n  namespace: two", "fails"), ("name: b-a-demo\n  namespace: one", "fails"), ("name: other", "fails"),
    ],
)  # fmt: skip
def test_a_patch_names_its_object_by_any_name_it_has_had(metadata: str, outcome: str) -> None:
    patch = HEAD.replace("name: demo", metadata) + "spec:\n  config:\n    common:\n      security:\n        tlsMode: 2\n"
    files = overlay("resources: [../../middle]\nnamePrefix: b-\npatches: [{path: patch.yaml}]\n", patch_yaml=patch)
    files["middle/kustomization.yaml"] = "resources: [../base]\nnamePrefix: a-\nnamespace: one\n"
    expected = "one" in metadata or metadata in ("name: demo",)
    (found,) = deployments(files)
    assert found.name == "b-a-demo"
    assert found.front is not None
    if outcome == "fails" or not expected:
        assert [reason.message.partition(":")[0] for reason in found.blocked] == ["kustomize cannot build it"]
    else:
        assert found.blocked == []
        assert found.front.settings.get("common.security.tlsMode").text == "2"


def test_a_selector_that_means_nothing_is_no_error() -> None:
    files = overlay("""\
        resources: [../../base]
        patches:
          - target: {kind: Milvus, name: other}
            patch: |-
              - {op: remove, path: /nothing}
    """)
    assert [d.blocked for d in deployments(files)] == [[]]


@pytest.mark.parametrize(
    ("selector", "hit"),
    [
        ("kind: Mil.*", True), ("kind: Milv", False), ("name: d.mo|x", True), ("version: v1beta1", True), ("version: v1", False),
        ("group: milvus.io", True), ("namespace: default", True), ("namespace: x", False), ("labelSelector: app=demo", False),
        ("labelSelector: '!app'", True), ("labelSelector: 'app in (demo, x)'", False), ("labelSelector: 'app notin (demo),!x'", True),
        ("name: '[a-z]+'", True), ("name: d.*-x.*", False), ("labelSelector: app!=demo", True), ("annotationSelector: a", False),
    ],
)  # fmt: skip
def test_selectors(selector: str, hit: bool) -> None:
    files = overlay(
        f"resources: [../../base]\npatches:\n- target: {{{selector}}}\n  patch: |-\n    - {{op: replace, path: /spec/mode, value: cluster}}\n"
    )
    (found,) = deployments(files)
    assert (found.front is not None and found.front.name == "proxy") == hit


ADDED = "    - {op: replace, path: /spec/mode, value: cluster}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


@pytest.mark.parametrize(
    ("marks", "selector"),
    [
        ("labels:\n- pairs: {env: prod}\n", "labelSelector: env=prod"), ("commonLabels: {env: prod}\n", "labelSelector: env"),
        ("labels:\n- pairs: {env: a}\ncommonLabels: {env: prod}\n", "labelSelector: env in (prod)"),
        ("commonAnnotations: {env: prod}\n", "annotationSelector: env=prod"),
    ],
)  # fmt: skip
def test_selectors_see_what_kustomizations_further_in_have_set(marks: str, selector: str) -> None:
    top = f"resources: [../../mid]\npatches:\n- target: {{{selector}}}\n  patch: |-\n{ADDED}"
    (found,) = deployments({**overlay(top), "mid/kustomization.yaml": f"resources: [../base]\n{marks}"})
    assert found.front is not None
    assert found.front.name == "proxy"


@pytest.mark.parametrize("pattern", ["[[:alpha:]]+", "(d+e*)+", "(?i)DEMO", r"\pL+", ".*.*.*.*x", "dem(o", "(a|b)+", "a{2}{2}"])
@pytest.mark.filterwarnings("error")
def test_patterns_that_python_reads_otherwise_or_slowly_are_unknown(pattern: str) -> None:
    item = Item(tree(MILVUS.replace("name: demo", f"name: {'d' * 200}")), tree("x"))
    assert selects(tree(f"name: '{pattern}'"), item) is None


@pytest.mark.parametrize(
    ("kustomization", "words"),
    [
        ("resources: [../../base, ../../base]\nnamePrefix: p-", "two resources would be the Milvus demo"),
        ("resources: [../../a, ../../b]\nnameSuffix: -s", "two resources would be the Milvus demo"),
        ("resources: [../../c, ../../d]\nnamespace: x", "two resources would be the Milvus demo"),
        ("resources: [../../c, ../../d]\npatches:\n- patch: '" + '{"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "metadata": {"name": "demo"}}' + "'",
         "the patch names demo, and several resources had that name: it needs a `target`"),
        ("resources: [../../base]\npatches:\n- target: {kind: Milvus}\n  patch: 'spec: {mode: cluster}'",
         "the patch has no kind: kustomize asks for it, also where `target` says what is meant"),
        ("resources: [../../base]\npatches:\n- target: {kind: Milvus}\n  patch: 'kind: Milvus'",
         "the patch has no metadata.name: kustomize asks for it, also where `target` says what is meant"),
        ("resources: [../../base]\npatches:\n- target: {kind: Milvus}\n  patch: '[{op: remove, path: /spec}]'",
         "the patch begins with `[`, so kustomize reads it as JSON, and it is none"),
        ("resources: [../../base, ../../raw]\nnamePrefix: p-", "../../raw has no kustomization.yaml"),
        ("resources: [../../base, ../../part]\nnamePrefix: p-", "../../part is a Component: it belongs into `components`"),
        ("resources: [../../base]\ncomponents: [../../e]", "../../e is no Component and stands in `components`"),
    ],
)  # fmt: skip
def test_what_ends_the_build(kustomization: str, words: str) -> None:
    # measured with kubectl kustomize
    parts = {"raw/x.yaml": "a: 1\n", "part/kustomization.yaml": COMPONENT, "e/kustomization.yaml": "namespace: x\n"}
    middle = {
        name: f"resources: [../base]\n{more}"
        for name, more in (("a", ""), ("b", ""), ("c", "namespace: c"), ("d", "namespace: d"))
    }
    files = {**parts, **overlay(kustomization + "\n"), **{f"{name}/kustomization.yaml": text for name, text in middle.items()}}
    found = deployments(files)
    assert found
    reasons = [[reason.message for reason in one.blocked] for one in found if one.path == "overlays/prod/kustomization.yaml"]
    assert reasons
    assert all(one == [f"kustomize cannot build it: {words}"] for one in reasons)


@pytest.mark.parametrize("circle", [{"b": ["../a", "../base"], "a": ["../b"]}, {"a": ["../base", "."]}])
def test_a_circle_is_built_and_fails(circle: dict[str, list[str]]) -> None:
    files = {
        f"{name}/kustomization.yaml": f"resources: [{', '.join(listed)}]\nnamePrefix: p-\n" for name, listed in circle.items()
    }
    (found,) = deployments({**BASE, **files})
    assert [reason.message for reason in found.blocked] == ["kustomize cannot build it: a/kustomization.yaml takes in itself"]


def test_a_patch_changes_no_kind_unless_it_is_allowed_to() -> None:
    patch = "apiVersion: any/v1\nkind: not-important\nmetadata: {name: x}\nspec: {mode: cluster}\n"
    top = "resources: [../../base]\npatches:\n- target: {kind: Milvus}\n  path: patch.yaml\n"
    (found,) = deployments(overlay(top, patch_yaml=patch))
    assert found.front is not None
    assert (found.front.name, found.blocked) == ("proxy", [])
    assert deployments(overlay(top + "  options: {allowKindChange: true}\n", patch_yaml=patch)) == []


def test_objects_for_tools_alone_are_not_built() -> None:
    local = MILVUS.replace("  name: demo\n", "  name: demo\n  annotations: {config.kubernetes.io/local-config: 'true'}\n")
    assert deployments({**overlay("resources: [../../base]\n"), "base/milvus.yaml": local}) == []


@pytest.mark.parametrize(
    ("patch", "mode"),
    [
        ("- target: {}\n  patch: |-\n" + ADDED, "proxy"),
        ("- target: {kind: Milvus}\n  path: two.yaml\n", "proxy"),
        ("- target: {kind: Milvus}\n  patch: |-\n    {$patch: replace, apiVersion: a/v1, kind: Milvus, metadata: {name: x}, spec: {mode: cluster}}\n", "standalone"),
        ("- path: list.yaml\n", "proxy"),
    ],
)  # fmt: skip
def test_patches_of_rare_shapes(patch: str, mode: str) -> None:
    # measured with kubectl kustomize: a second document of operations is not read, a `replace` at the top does nothing
    two = "- {op: replace, path: /spec/mode, value: cluster}\n---\n- {op: replace, path: /spec/mode, value: standalone}\n"
    items = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: milvus.io/v1beta1\n  kind: Milvus\n  metadata: {name: demo}\n  spec: {mode: cluster}\n"
    files = {"two_yaml": two} if "two" in patch else {"list_yaml": items} if "list" in patch else {}
    (found,) = deployments(overlay("resources: [../../base]\npatches:\n" + patch, **files))
    assert found.front is not None
    assert (found.front.name, found.blocked) == (mode, [])


def test_a_patch_in_one_line_of_json_is_no_path() -> None:
    patch = '{"apiVersion": "milvus.io/v1beta1", "kind": "Milvus", "metadata": {"name": "demo"}, "spec": {"mode": "cluster"}}'
    (found,) = deployments(overlay(f"resources: [../../base]\npatchesStrategicMerge:\n- '{patch}'\n"))
    assert found.front is not None
    assert found.front.name == "proxy"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("transformers: [t.yaml]", "the transformer t.yaml is not evaluated"),
        ("openapi: {path: s.json}\npatches:\n- target: {kind: Milvus}\n  patch: |-\n    - {op: replace, path: /spec/components/volumes, value: []}", "`openapi` gives a schema of its own"),
        ("replacements:\n- source: {kind: ConfigMap, name: x}\n  targets:\n  - select: {kind: Milvus}\n    fieldPaths: [spec.mode]", "a replacement may change it"),
        ("images: [{name: milvusdb/milvus, newTag: v2.3.0}]\nconfigurations: [c.yaml]", "`images` reaches fields"),
        ("namespace: q\nconfigurations: [n.yaml]", "`namespace` reaches fields"),
        ("labels:\n- pairs: {a: b}\n  fields: [{path: spec/config/x, create: true}]", "`labels` reaches fields"),
        ("replacements:\n- path: away.yaml", "a replacement may change it"),
        ("patches:\n- path: away.yaml", "the patch away.yaml is not in the repository"),
        ("patches:\n- path: https://example.com/p.yaml", "the patch https://example.com/p.yaml is not in the repository"),
        ("patches:\n- target: {labelSelector: 'app>1'}\n  patch: |-\n    - {op: remove, path: /spec}", "whether a patch means it"),
    ],
)  # fmt: skip
def test_what_is_not_evaluated_is_unknown(more: str, reason: str) -> None:
    configuration = "images:\n- {path: spec/components/image, kind: Milvus}\n"
    namespaces = "namespace:\n- {path: spec/dependencies/etcd/x, group: milvus.io}\n"
    report = analysed(overlay("resources:\n- ../../base\n" + more + "\n", c_yaml=configuration, n_yaml=namespaces))
    assert [finding for finding in report.findings if finding.severity == "error"] == []
    (found,) = report.facts.deployments
    assert found.prediction is not None
    assert (found.shape, found.prediction.server, found.prediction.grpc.tls) == ("kustomize", "unknown", "unknown")
    assert found.prediction.why[0].message.startswith(reason)


@pytest.mark.parametrize(
    "more",
    [
        "openapi: {path: schema.json}\n", "images: [{name: milvusdb/milvus, newTag: v2.3.0}]\n", "commonLabels: {a: b}\nreplicas: [{name: demo, count: 2}]\n",
        "transformers: [labels.yaml]\n", "validators: [v.yaml]\n", "generators: [g.yaml]\n", "helmCharts: [{name: x}]\n", "configurations: [c.yaml]\n",
        "configurations: [d.yaml]\nimages: [{name: x, newTag: '1'}]\n",
    ],
)  # fmt: skip
def test_what_does_not_reach_the_resource_is_no_doubt(more: str) -> None:
    labels = "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\nlabels: {a: b}\n"
    elsewhere = "images:\n- {path: spec/image, kind: Deployment}\nnamespace:\n- {path: metadata/namespace}\n"
    (found,) = deployments(
        overlay("resources: [../../base]\nnamespace: x\n" + more, labels_yaml=labels, c_yaml="images: []\n", d_yaml=elsewhere)
    )
    assert found.front is not None
    assert (found.front.settings.unknown, str(found.version)) == ([], "2.6.20")


def test_a_list_of_several_builds_is_not_where_a_deployment_stands() -> None:
    files = overlay("resources: [../../base]\nnamespace: prod\n")
    files |= {
        "all/kustomization.yaml": "resources: [../overlays/prod, ../other]\n",
        "again/kustomization.yaml": "resources: [../overlays/prod, ../other]\n",
        "other/kustomization.yaml": "resources: [other.yaml]\ntransformers: [t.yaml]\npatches: [{path: p.yaml}]\n",
        "other/other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n",
        "other/p.yaml": HEAD.replace("demo", "nobody"),
    }
    (found,) = deployments(files)
    assert (found.path, found.namespace, found.blocked) == ("overlays/prod/kustomization.yaml", "prod", [])
    assert found.prediction is not None
    assert found.prediction.why[0].message.startswith("/milvus/tls/server.pem cannot be read")
    files["all/kustomization.yaml"] += "namespace: all\n"
    assert [(d.path, d.namespace) for d in deployments(files)] == [
        ("all/kustomization.yaml", "all"), ("overlays/prod/kustomization.yaml", "prod"),
    ]  # fmt: skip


def test_a_replacement_for_other_objects_is_no_doubt() -> None:
    files = overlay("resources: [../../base]\nreplacements:\n- source: {kind: X}\n  targets:\n  - select: {kind: Deployment}\n")
    assert [d.front.settings.unknown for d in deployments(files) if d.front] == [[]]


def test_a_patch_of_a_remote_base_is_no_deployment_by_itself() -> None:
    patch = HEAD + "spec: {config: {common: {security: {tlsMode: true}}}}\n"
    remote = "https://github.com/example/milvus//base?ref=v1"
    files = {"prod/kustomization.yaml": f"resources: ['{remote}']\npatches: [{{path: p.yaml}}]\n", "prod/p.yaml": patch}
    report = analysed(files)
    assert report.findings == []
    (found,) = report.facts.deployments
    assert found.prediction is not None
    assert (found.shape, found.name, found.prediction.server) == ("kustomize", "demo", "unknown")
    assert [(skip.path, skip.detail) for skip in report.skips] == [("prod/kustomization.yaml", f"{remote} is remote")]


@pytest.mark.parametrize(
    "text",
    [
        MILVUS.replace("mode: standalone", "mode: {{ .Values.mode }}"),
        MILVUS + "x: [\n",
        MILVUS.replace("spec:", "spec: *nothing"),
    ],
)
def test_a_patch_of_a_file_that_cannot_be_read_is_unknown(text: str) -> None:
    patch = HEAD + "spec: {config: {common: {security: {tlsMode: 0}}}}\n"
    files = {**overlay("resources: [../../base]\npatches: [{path: p.yaml}]\n", p_yaml=patch), "base/milvus.yaml": text}
    (found,) = deployments(files)
    assert found.prediction is not None
    assert (found.shape, found.prediction.server, found.blocked) == ("kustomize", "unknown", [])
    assert found.prediction.why[0].message.startswith("base/milvus.yaml cannot be read here")


@pytest.mark.parametrize("entry", [
    "https://github.com/o/r//p?ref=v1", "github.com/o/r/p?ref=main", "git@github.com:o/r.git", "git::https://x/y", "ssh://git@x/y.git",
    "https://raw.githubusercontent.com/o/r/main/x.yaml", "git.example.com/o/r.git//p",
])  # fmt: skip
def test_remote_entries(entry: str) -> None:
    assert is_remote(entry)


@pytest.mark.parametrize("entry", ["../base", "milvus.yaml", "./a/b", "..", "base.v1/milvus", "a.git"])
def test_local_entries(entry: str) -> None:
    assert not is_remote(entry)


def test_the_secret_of_the_build_is_found_under_its_final_name_alone() -> None:
    report = analysed(overlay("resources: [../../base]\nnamePrefix: prod-\n"))
    (finding,) = report.findings
    assert (finding.rule, finding.where.path, finding.where.line) == ("GT202", "base/milvus.yaml", 13)
    assert "renames it to `prod-milvus-certs`" in finding.message
    assert finding.fix is None


def test_a_secret_of_another_build_is_found_in_the_namespace_it_gets() -> None:
    files = {
        "base/kustomization.yaml": "resources: [milvus.yaml]\n", "base/milvus.yaml": MILVUS,
        "prod/kustomization.yaml": "resources: [../base]\nnamespace: prod\n",
        "secrets/kustomization.yaml": "resources: [s.yaml]\nnamespace: prod\nnamePrefix: milvus-\n",
        "secrets/s.yaml": SEALED.replace("name: milvus-certs", "name: certs\n  namespace: other"),
    }  # fmt: skip
    assert analysed(files).findings == []
    files["secrets/kustomization.yaml"] = "resources: [s.yaml]\nnamespace: elsewhere\nnamePrefix: milvus-\n"
    assert [finding.rule for finding in analysed(files).findings] == ["GT202"]


@pytest.mark.parametrize(
    ("base", "more"),
    [
        ("resources: [milvus.yaml, .]\n", {}),
        ("resources: [milvus.yaml, ../other]\n", {"other/kustomization.yaml": "resources: [../base]\n"}),
        ("resources: [milvus.yaml]\ncomponents: [../other]\n", {"other/kustomization.yaml": "kind: Component\nresources: [../base]\n"}),
        ("- a list\n", {}),
        ("resources: milvus.yaml\npatches: {a: b}\nnamespace: [x]\nsecretGenerator: 3\n", {}),
        ("resources: [milvus.yaml]\npatches: [a, {patch: 'a: ['}, {patch: 3}, {path: ../../../x}, {target: x, patch: '- {op: add}'}]\n", {}),
        ("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ./x}\n", {}),
        ("&a\nresources: [milvus.yaml]\npatches: [*a]\n", {}),
        ("resources: [milvus.yaml]\npatches:\n- patch: |-\n    &a\n    apiVersion: milvus.io/v1beta1\n    kind: Milvus\n    metadata: {name: demo}\n    spec: {config: &b {x: *b}}\n", {}),
    ],
)  # fmt: skip
def test_odd_builds_do_no_harm(base: str, more: dict[str, str]) -> None:
    report = analysed({**BASE, "base/kustomization.yaml": base, **more})
    assert not report.failed
    assert [d.name for d in report.facts.deployments] == ["demo"]


def test_only_kustomizations_that_reach_a_file_are_read() -> None:
    files = overlay("resources: [../../base]\n") | {
        f"apps/{n}/kustomization.yaml": f"resources: [app{n}.yaml]\n" for n in range(20)
    }
    files |= {"overlays/kustomization.yaml": "resources:\n- prod\n", "up/kustomization.yaml": "resources:\n  - ../  # all\n"}
    files |= {
        "detour/kustomization.yaml": "resources: ['../up/../base']\n",
        "apps/1/base/kustomization.yaml": "resources: [x.yaml]\n",
    }
    files |= {"apps/1/prod/kustomization.yaml": "# https://example.com/milvus.yaml\nresources: [../base, ./y.yaml]\n"}
    workspace = Workspace(MemoryFiles({path: text.encode() for path, text in files.items()}))
    near = Kustomizations(workspace, workspace.files.paths()).reaching({"base/milvus.yaml"})
    assert [one.path for one in near] == [
        "base/kustomization.yaml", "detour/kustomization.yaml", "overlays/kustomization.yaml", "overlays/prod/kustomization.yaml", "up/kustomization.yaml",
    ]  # fmt: skip


def test_a_repository_without_kustomizations_does_not_load_the_reader() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from gitops_tls.config import Config; from gitops_tls.pipeline import analyse; from datetime import datetime, timezone;"
        "from gitops_tls.repo.files import MemoryFiles; from gitops_tls.repo.workspace import Workspace;"
        f"w = Workspace(MemoryFiles({{'m.yaml': {MILVUS.encode()!r}}})); analyse(w, w.files.paths(), Config(), datetime.now(timezone.utc));"
        "print([name for name in sys.modules if name.startswith('gitops_tls.systems.kustomize')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_patch_of_an_apisix_object_is_judged_as_part_of_it_alone() -> None:
    tls = "apiVersion: apisix.apache.org/v2\nkind: ApisixTls\nmetadata: {name: t, namespace: d}\nspec:\n"
    whole = tls + "  ingressClassName: apisix\n  hosts: [a.example.com]\n  secret: {name: s, namespace: d}\n"
    files = {
        "base/kustomization.yaml": "resources: [t.yaml]\n", "base/t.yaml": whole,
        "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\n", "prod/p.yaml": tls + "  hosts: [b.example.com]\n",
    }  # fmt: skip
    assert [finding.where.path for finding in analysed(files).findings if finding.where.path.startswith("prod")] == []


WORDS = st.sampled_from([
    "resources", "patches", "patch", "path", "target", "kind", "Milvus", "op", "add", "remove", "value", "/spec/config", "/spec/-", "namespace",
    "namePrefix", "components", "../base", ".", "p.yaml", "milvus.yaml", "metadata", "name", "demo", "spec", "config", "$patch", "delete",
    "secretGenerator", "replacements", "configurations", "images", "labelSelector", "apiVersion", "milvus.io/v1beta1", "patchesStrategicMerge",
])  # fmt: skip
ODD = st.recursive(
    WORDS | st.none() | st.integers(0, 2), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=15
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(ODD, ODD, st.booleans())
def test_any_kustomization_does_no_harm(kustomization: Any, patch: Any, whole: bool) -> None:
    import json

    if whole and isinstance(kustomization, dict):
        kustomization = {
            **kustomization,
            "resources": ["../base"],
            "patches": [{"path": "p.yaml"}, {"patch": json.dumps(patch), "target": {"kind": "Milvus"}}],
        }
    files = {**BASE, "top/kustomization.yaml": json.dumps(kustomization), "top/p.yaml": json.dumps(patch)}
    report = analysed(files)
    assert not report.failed, [finding.message for finding in report.findings]
