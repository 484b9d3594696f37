"""The patches of a kustomization, in the order in which kustomize applies them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...findings import Label, label
from ...records import NamedTuple
from ...repo.prefilter import is_yaml
from ...repo.workspace import Workspace
from ...yamldoc.composed import mapping
from ...yamldoc.node import MAPPING, SEQUENCE, Node
from ...yamldoc.parse import Parsed
from ..kubernetes_objects import group_and_kind
from ..secrets.kustomize import is_inline
from ..secrets.read import entries
from .changes import Failure
from .files import Kustomization, Kustomizations, is_remote
from .json_patch import apply_json_patch, is_json_patch
from .objects import Built, Item, Missing, is_local
from .select import selects
from .strategic import merge_patch

_NAME, _KIND = "allowNameChange", "allowKindChange"
EARLY, LATE = ("patchesStrategicMerge", "patches"), ("patchesJson6902",)
"""Before and after namespace, prefix and suffix are set."""


class Patch(NamedTuple):
    """One entry: its documents, the ``target`` (None where the patch itself names it), and where it stands."""

    documents: list[Node]
    target: Node | None
    place: Label
    options: frozenset[str]


def patch_files(kustomization: Kustomization) -> Iterator[str]:
    """The files of the patches, as paths of the repository."""
    for field in (*EARLY, *LATE):
        for _, path, text, _ in _entries(kustomization, field):
            if path is not None and text is None and not is_remote(path.value):
                yield kustomization.local(path.value)


def patches_only(near: Iterable[Kustomization]) -> set[str]:
    """The files that some of these kustomizations take for patches and none for resources."""
    near = list(near)
    listed = {one.local(node.value) for one in near for node in one.listed("resources")}
    return {path for one in near for path in patch_files(one)} - listed


def patches_among(workspace: Workspace, paths: Iterable[str], files: Iterable[str]) -> set[str]:
    """Those of ``files`` that the kustomizations of the repository take for patches alone."""
    files = set(files)
    return patches_only(Kustomizations(workspace, paths).reaching(files)) & files


def _entries(kustomization: Kustomization, field: str) -> Iterator[tuple[Node, Node | None, Node | None, Node | None]]:
    """Each entry with the node of its path or of its text, and its target."""
    if field == "patchesStrategicMerge":
        for node in kustomization.listed(field):
            inline = is_inline(node.value)
            yield node, None if inline else node, node if inline else None, None
        return
    listed = kustomization.root.get(field)
    for entry in entries(listed) if listed is not None and listed.kind == SEQUENCE else ():
        path, text = entry.get("path"), entry.get("patch")
        target = entry.get("target")
        target = target if target is not None and target.kind == MAPPING else None
        yield entry, path if path is not None and path.value else None, text if text is not None and text.value else None, target


def apply_patches(workspace: Workspace, kustomization: Kustomization, fields: tuple[str, ...], built: Built) -> None:
    """Apply the patches of ``fields`` to what has been gathered; what does not work is noted in ``built``."""
    for field in fields:
        for entry, path, text, target in _entries(kustomization, field):
            try:
                patch = _read(workspace, kustomization, entry, path, text, target, built)
                if patch is not None:
                    _apply(workspace, patch, built)
            except Failure as failure:
                place = failure.place if failure.place is not None else label(entry)
                built.failures.append(Missing(failure.words, place))


def _read(
    workspace: Workspace, kustomization: Kustomization, entry: Node, path: Node | None, text: Node | None, target: Node | None, built: Built
) -> Patch | None:  # fmt: skip
    parsed: Parsed | None = None
    place = label(path or text or entry)
    if text is not None:
        parsed = workspace.nested(text)
    elif path is not None and is_remote(path.value):
        built.doubt(Missing(f"the patch {path.value} is not in the repository", place))
        return None
    elif path is not None:
        local = kustomization.local(path.value)
        parsed = workspace.parsed(local) if not local.startswith("..") else None
        built.files.add(local)
        if parsed is None:
            built.doubt(Missing(f"the patch {path.value} is not in the repository", place))
            return None
    if parsed is None:
        return None
    if parsed.problem is not None:
        built.doubt(Missing(f"the patch {path.value if path is not None else 'here'} is not YAML", place))
        return None
    roots = [one.root for one in parsed.documents if one.root is not None and not one.root.is_null]
    options = frozenset(option for option in (_NAME, _KIND) if entry.text("options", option) == "true")
    return Patch(roots, target, place, options)


def _apply(workspace: Workspace, patch: Patch, built: Built) -> None:
    first = patch.documents[0] if patch.documents else None
    if first is not None and is_json_patch(first):
        if patch.target is None:
            raise Failure("a JSON patch needs a `target`", patch.place)
        if not _is_json(first):
            raise Failure("the patch begins with `[`, so kustomize reads it as JSON, and it is none", patch.place)
        # of several documents of operations kustomize reads the first [measured]
        for item in _targets(patch.target, built):
            _change(item, apply_json_patch(item.node, first, item.lost))
        return
    objects = [inner for root in patch.documents for inner in _objects(root, patch.place)]
    if patch.target is not None and len(objects) > 1:
        raise Failure("a patch with a `target` may hold one object only", patch.place)
    for root in objects:
        for item in _targets(patch.target, built) if patch.target is not None else _named(workspace, root, built, patch.place):
            merged = merge_patch(item.node, root, item.lost)
            if merged is None:
                built.items.remove(item)
                continue
            name = root.text("metadata", "name") if _NAME in patch.options else None
            _change(item, _named_as(item.node, merged, keeps_kind=_KIND not in patch.options), name or item.name)


def _is_json(root: Node) -> bool:
    """Whether a list of operations is YAML of its own style, or JSON."""
    text = root.document.text.removeprefix("\ufeff")
    if not text.startswith("["):
        return True
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _objects(root: Node, place: Label) -> list[Node]:
    """The objects of a document. Raises Failure where kustomize cannot take it for one."""
    root = root.resolved()
    if root.kind != MAPPING:
        raise Failure("the patch is neither an object nor a list of operations", place)
    if is_local(root):
        return []
    if root.text("kind") == "List":
        return [inner for one in entries(root.get("items")) for inner in _objects(one, place)]
    for keys in (("kind",), ("metadata", "name")):
        if not root.text(*keys):
            raise Failure(
                f"the patch has no {'.'.join(keys)}: kustomize asks for it, also where `target` says what is meant", place
            )
    return [root]


def _named_as(before: Node, after: Node, *, keeps_kind: bool) -> Node:
    """An object with its names and its kind as they were: a patch may say other ones, and changes none of them."""
    pairs = {key.value: (key, value) for key, value in after.effective()}
    for field in ("apiVersion", "kind") if keeps_kind else ():
        pair = before.pair(field)
        if pair is not None:
            pairs[field] = pair
    old, new = before.get("metadata"), after.get("metadata")
    if new is not None and new.kind == MAPPING:
        names = ("name", "namespace")
        kept = [pair for field in names if old is not None and (pair := old.pair(field)) is not None]
        metadata = mapping(new, [*kept, *((key, value) for key, value in new.effective() if key.value not in names)])
        pairs["metadata"] = (pairs["metadata"][0], metadata)
    return mapping(after, pairs.values())


def _change(item: Item, node: Node, name: str | None = None) -> None:
    """Take what a patch made of an object. Without ``name`` the patch may have changed name and namespace too."""
    old, item.node = item.node, node
    item.patched = True
    if name is not None:
        item.rename(name)
        return
    for field in ("name", "namespace"):
        after = node.text("metadata", field)
        if after and after != old.text("metadata", field):
            item.rename(**{field: after})


def _targets(target: Node, built: Built) -> list[Item]:
    found: list[Item] = []
    for item in built.items:
        answer = selects(target, item)
        if answer is None:
            reason = "whether a patch means it depends on a selector that is not evaluated"
            item.unknown = item.unknown or Missing(reason, label(target))
        elif answer:
            found.append(item)
    return found


def _unread(workspace: Workspace, built: Built) -> list[Missing]:
    """The files that may hold the object and cannot be read to their end (templates, for one)."""
    skipped = {skip.path for skip in workspace.skips}
    found: list[Missing] = []
    for path, entry in built.blank:
        parsed = workspace.parsed(path) if is_yaml(path) and path not in skipped else None
        if parsed is None or parsed.problem is not None:
            found.append(Missing(f"{path} cannot be read here", label(entry)))
    return found


def _named(workspace: Workspace, root: Node, built: Built, place: Label) -> list[Item]:
    """The object that a patch names itself: it may use any name that the object has had."""
    name, namespace = root.text("metadata", "name") or "", root.text("metadata", "namespace") or "default"
    found = [
        item
        for item in built.items
        if item.node.text("apiVersion") == root.text("apiVersion")
        and item.node.text("kind") == root.text("kind")
        and any((one, other or "default") == (name, namespace) for one, other in item.ids)
    ]
    if len(found) > 1:
        raise Failure(f"the patch names {name}, and several resources had that name: it needs a `target`", place)
    group, kind = group_and_kind(root)
    # objects of other kinds are not all read here
    if not found and group == "milvus.io":
        missing = built.open or _unread(workspace, built)
        if missing:
            built.strangers.append((root, missing[0]))
            return []
        where = f"{namespace}/{name}" if root.text("metadata", "namespace") else name
        raise Failure(f"no resource is the {kind} {where} that the patch names", place)
    return found
