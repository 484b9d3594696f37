"""What the rules about APISIX's config.yaml share: the defects of every file, and the edits that repair them."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from ..facts import Facts
from ..findings import ERROR, WARNING, Finding, Rule
from ..records import NamedTuple
from ..systems.apisix.chart_files import chart_values
from ..systems.apisix.config import GatewayConfig, configs, known_version
from ..systems.apisix.config_defects import Defect
from ..systems.apisix.config_load import defects
from ..systems.apisix.values import ChartValues, chart_defects
from ..systems.claims import Claims
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node


class Place(NamedTuple):
    """Where a defect was found: in a config.yaml, or in values of the chart."""

    config: GatewayConfig | None
    values: ChartValues | None

    @property
    def root(self) -> Node:
        """The mapping of config.yaml, or the values."""
        if self.config is not None:
            return self.config.root
        assert self.values is not None
        return self.values.root


def places(facts: Facts) -> Iterator[Place]:
    """Every config.yaml and values file; a config.yaml inside values counts as one of its own."""
    known = known_version(facts.workspace, facts.claims, facts.config)
    for config in configs(facts.claims, known):
        yield Place(config, None)
    for values in chart_values(facts.workspace, facts.claims, facts.config, known):
        yield Place(None, values)
        if values.custom is not None:
            yield Place(values.custom, values)


def gateway_defects(facts: Facts, rule: str) -> Iterator[tuple[Place, Defect]]:
    """The defects that a rule reports (its word of config_defects). They are worked out once for all rules."""
    if facts.claims not in _worked_out:
        _worked_out[facts.claims] = [(place, defect) for place in places(facts) for defect in _defects(place)]
    yield from ((place, defect) for place, defect in _worked_out[facts.claims] if defect.rule == rule)


def _defects(place: Place) -> Iterator[Defect]:
    if place.config is not None:
        yield from defects(place.config)
    elif place.values is not None:
        yield from chart_defects(place.values)


_worked_out: WeakKeyDictionary[Claims, list[tuple[Place, Defect]]] = WeakKeyDictionary()


def finding(rule: Rule, defect: Defect, fix: Fix | None, *, severity: str | None = None) -> Finding:
    """The finding of a defect: a warning where it depends on a version that nobody names."""
    level = severity or (ERROR if defect.certain else WARNING)
    return rule.at(defect.node, defect.message, caret=defect.caret, severity=level, fix=fix)


def owner_of(defect: Defect) -> Node:
    """The mapping that the pair stands in. Raises CannotEdit where it has none of its own."""
    owner = defect.owner if defect.owner is not None else defect.node.parent
    if owner is not None and not owner.document.editable:
        owner = defect.node.parent  # files that Helm merges: the mapping of the one that wins
    if owner is None or all(key is not defect.node for key, _ in owner.pairs):
        raise CannotEdit("it comes from another place (`<<` or an alias)")
    return owner


def value_of(owner: Node, key: Node) -> Node:
    """The value written behind a key of a mapping."""
    return next(value for name, value in owner.pairs if name is key)


def removed(defect: Defect) -> Patch:
    """Take the pair away that the defect points at."""
    from ..yamldoc.edit import remove_pair

    return remove_pair(owner_of(defect), defect.node)


def renamed(defect: Defect, name: str) -> Patch:
    """Rename the key that the defect points at, unless the new name is there already."""
    from ..yamldoc.edit import rename_key

    if owner_of(defect).pair(name) is not None:
        raise CannotEdit(f"`{name}` is already there")
    return rename_key(defect.node, name)


def replaced_by(removal: Patch, addition: Patch) -> Patch:
    """A removal of lines and lines added right at its end, as edits that do not overlap."""
    edits = list(removal.edits)
    rest = []
    for added in addition.edits:
        at = next((i for i, one in enumerate(edits) if one.path == added.path and one.start <= added.start < one.end), None)
        if at is None:
            rest.append(added)
            continue
        newline = "\r\n" if added.text.startswith("\r\n") else "\n"
        if added.start != added.end or edits[at].text or not added.text.startswith(newline):
            raise CannotEdit("the two edits touch each other")
        edits[at] = edits[at]._replace(text=added.text[len(newline) :] + newline)
    return Patch((*edits, *rest), removal.changes + addition.changes)


def unquoted(node: Node) -> Patch:
    """Take the quotes of ``true``, ``false`` or a number away."""
    from ..yamldoc.edit import replace_scalar

    if node.value in ("true", "false"):
        return replace_scalar(node, node.value == "true")
    if node.value.isascii() and node.value.isdigit():
        return replace_scalar(node, int(node.value))
    raise CannotEdit("it is neither true nor false nor a number")


def joined(node: Node, separator: str) -> Patch:
    """Write the texts of a list as one."""
    from ..yamldoc.edit_base import colon_after, patch, refuse, rest_is_free
    from ..yamldoc.render import scalar_text

    items = [item.resolved() for item in node.items]
    if node.kind != SEQUENCE or not items or any(item.kind != SCALAR or not item.value for item in items):
        raise CannotEdit("it is not a list of texts")
    refuse(node)
    text = scalar_text(separator.join(item.value.strip() for item in items), quote='"')
    if node.style == "flow" and "\n" not in node.raw:
        return patch(node.document, [(node.content_start, node.end, text)], [node.address])
    if (
        "#" in node.raw
        or node.anchor is not None
        or not isinstance(node.key, Node)
        or not rest_is_free(node.document.text, node.end)
    ):
        raise CannotEdit("there are comments in the list")
    return patch(node.document, [(colon_after(node.key), node.end, f" {text}")], [node.address])


def as_item(node: Node) -> Patch:
    """Make a mapping the only item of a list."""
    from ..yamldoc.edit_base import line_end, next_line, patch, refuse

    refuse(node)
    if node.kind != MAPPING:
        raise CannotEdit("it is not a mapping")
    if node.style == "flow":
        return patch(node.document, [(node.start, node.start, "["), (node.end, node.end, "]")], [node.address])
    text = node.document.text
    edits = [(node.start, node.start, "- ")]
    at = next_line(text, node.start)
    while at < node.end:
        if text[at : line_end(text, at)].strip():
            edits.append((at, at, "  "))
        at = next_line(text, at)
    return patch(node.document, edits, [node.address])


def near(name: str, known: frozenset[str]) -> str:
    """The key that was meant by a name; empty where none is near."""
    letters = name.lower().replace("_", "").replace("-", "")
    for one in sorted(known):
        if one.lower().replace("_", "") == letters:
            return one
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=0.8)), "")
