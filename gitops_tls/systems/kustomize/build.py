"""What kustomize makes of one kustomization and all that it takes in.

The order is kustomize's own [measured]: resources, then components, then generators; of each kustomization the strategic
merge patches and `patches`, namespace, prefix, suffix, labels, annotations, and last `patchesJson6902`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...findings import label
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, SEQUENCE, Node
from ..kubernetes import SecretObject
from ..kubernetes_objects import objects_of
from ..secrets.kustomize import generated
from ..secrets.read import entries, scalars
from .configurations import reached
from .files import Kustomization, Kustomizations, is_remote
from .naming import mark, refuse_namesakes, rename
from .objects import Built, Item, Made, Missing, is_local
from .patches import EARLY, LATE, apply_patches
from .select import selects

_OPEN = ("helmCharts", "helmChartInflationGenerator", "generators")
_HARMLESS = ("LabelTransformer", "AnnotationsTransformer")
_LISTING = frozenset(("apiVersion", "kind", "metadata", "resources", "bases"))
MAX_DEPTH = 50
"""Kustomizations inside kustomizations; kustomize refuses cycles, and nobody goes this deep."""


class Builder:
    """Builds kustomizations. ``objects`` are the objects of the repository by the file they stand in."""

    def __init__(self, workspace: Workspace, all_of_them: Kustomizations, objects: Mapping[str, list[Node]]) -> None:
        self._workspace = workspace
        self._all = all_of_them
        self._objects = objects

    def build(self, root: Kustomization) -> Built:
        """Everything that ``root`` comes to, as far as the repository tells."""
        built = Built()
        self._gather(root, built, ())
        return built

    def _gather(self, one: Kustomization, built: Built, above: tuple[str, ...]) -> None:
        """Add to ``built`` what a kustomization takes in and makes, then change all of it as the kustomization says."""
        if one.path in above or len(above) > MAX_DEPTH:
            built.failures.append(Missing(f"{one.path} takes in itself", label(one.root)))
            return
        built.files.add(one.path)
        above = (*above, one.path)
        for node in one.listed("resources", "bases"):
            self._resource(one, node, built, above)
        for node in one.listed("components"):
            inner = self._kustomization(one, node, built)
            if inner is not None and _fits(inner, built, node, component=True):
                self._gather(inner, built, above)
        refuse_namesakes(built)
        self._generate(one, built)
        self._note_parts(one, built)
        apply_patches(self._workspace, one, EARLY, built)
        rename(one, built)
        mark(one, built)
        apply_patches(self._workspace, one, LATE, built)
        if not self._only_lists(one):
            for item in built.items:
                item.failures = list(built.failures)

    def _only_lists(self, one: Kustomization) -> bool:
        """Whether a kustomization does nothing but list several others: such a list says little about each of them."""
        entries = list(one.listed("resources", "bases"))
        return (
            len(entries) > 1
            and {key.value for key, _ in one.root.effective()} <= _LISTING
            and all(self._all.of_folder(one.local(node.value)) is not None for node in entries)
        )

    def _resource(self, one: Kustomization, node: Node, built: Built, above: tuple[str, ...]) -> None:
        local = one.local(node.value)
        if not local.startswith("..") and self._workspace.files.exists(local) and not self._workspace.files.is_dir(local):
            built.files.add(local)
            written = self._objects.get(local, ())
            found = [Item(one, node) for one in written if not is_local(one)]
            if not written:
                built.blank.append((local, node))
        else:
            inner = self._kustomization(one, node, built)
            if inner is None or not _fits(inner, built, node, component=False):
                return
            part = Built()
            self._gather(inner, part, above)
            found, part.items = part.items, []
            built.take(part)
        if not self._only_lists(one):
            for item in found:
                item.entry = node
                item.depth += 1
        built.items += found

    def _kustomization(self, one: Kustomization, node: Node, built: Built) -> Kustomization | None:
        """What an entry stands for; None, noted in ``built``, where it is not here."""
        local = one.local(node.value)
        path = self._all.of_folder(local)
        if path is None and not local.startswith("..") and self._workspace.files.is_dir(local):
            built.failures.append(Missing(f"{node.value} has no kustomization.yaml", label(node)))
            return None
        if path is None:
            what = "is remote" if is_remote(node.value) else "is not in the repository"
            built.open.append(Missing(f"{node.value} {what}", label(node)))
            return None
        found = self._all.read(path)
        if found is None:
            built.open.append(Missing(f"{path} cannot be read as a kustomization", label(node)))
        return found

    def _generate(self, one: Kustomization, built: Built) -> None:
        for new in generated(self._workspace, one.root):
            if not new.adds:
                built.made.append(Made(new))
                continue
            target = next((made for made in built.made if made.one.resource == new.resource and new.name in made.names), None)
            if target is None:
                built.made.append(Made(new._replace(keys=None)))
                continue
            keys = None if target.one.keys is None or new.keys is None else {**target.one.keys, **new.keys}
            target.one = target.one._replace(keys=keys)

    def _note_parts(self, one: Kustomization, built: Built) -> None:
        for field in _OPEN:
            part = one.root.get(field)
            if part is not None and part.kind in (SEQUENCE, MAPPING) and (part.items or part.pairs):
                built.open.append(Missing(f"`{field}` is not evaluated", label(part)))
        for node in one.listed("transformers"):
            if not self._is_harmless(one, node):
                built.doubt(Missing(f"the transformer {_first_line(node.value)} is not evaluated", label(node)))
        built.teaches = built.teaches or any(scalars(one.root.get(field)) for field in ("configurations", "crds"))
        for words, node in reached(self._workspace, one):
            built.doubt(Missing(words, label(node)))
        for node, target in self._replacements(one, built):
            for item in built.items:
                if target is None or selects(target, item) is not False:
                    item.unknown = item.unknown or Missing("a replacement may change it", label(node))
        schema = one.root.get("openapi")
        if schema is not None and schema.text("path"):
            built.schema = Missing("`openapi` gives a schema of its own, by which lists may be merged", label(schema))

    def _is_harmless(self, one: Kustomization, node: Node) -> bool:
        """Whether a transformer is one of kustomize's own that touches nothing of what is read here."""
        local = one.local(node.value)
        parsed = self._workspace.parsed(local) if not local.startswith("..") and "\n" not in node.value else None
        if parsed is None or parsed.problem is not None or not parsed.documents:
            return False
        roots = [document.root for document in parsed.documents if document.root is not None]
        return all(root.text("apiVersion") == "builtin" and root.text("kind") in _HARMLESS for root in roots)

    def _replacements(self, one: Kustomization, built: Built) -> Iterator[tuple[Node, Node | None]]:
        """The targets of the replacements; None for one that is not here."""
        for entry in entries(one.root.get("replacements")):
            found: Iterable[Node] = [entry]
            path = entry.text("path")
            if path:
                local = one.local(path)
                built.files.add(local)
                parsed = self._workspace.parsed(local) if not local.startswith("..") else None
                if parsed is None or parsed.problem is not None:
                    yield entry, None
                    continue
                roots = [document.root.resolved() for document in parsed.documents if document.root is not None]
                found = [node for root in roots for node in (entries(root) if root.kind == SEQUENCE else [root])]
            for replacement in found:
                for target in entries(replacement.get("targets")):
                    yield entry, target.get("select")


def _fits(inner: Kustomization, built: Built, node: Node, *, component: bool) -> bool:
    """Whether a kustomization may stand in the list that names it."""
    if inner.is_component == component:
        return True
    words = "is no Component and stands in `components`" if component else "is a Component: it belongs into `components`"
    built.failures.append(Missing(f"{node.value} {words}", label(node)))
    return False


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def secrets_of(workspace: Workspace, built: Built) -> Iterator[tuple[SecretObject, list[str]]]:
    """The Secrets and ConfigMaps of a build under their final names, each with the names it had before."""
    for item in built.items:
        for one in objects_of(workspace, item.node):
            own = one.name_node is item.node.get("metadata", "name")
            one = one._replace(name=item.name if own else one.name, namespace=item.namespace)
            yield one, [name for name, _ in item.ids[:-1]] if own else []
    for made in built.made:
        yield made.one, made.names[:-1]
