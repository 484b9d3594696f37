"""Reads ``.gitops-tls.yaml``: every wrong key or value is a usage error with its position and the nearest right one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

from .config import FAIL_ON, SEVERITY_WORDS, Config, IgnoreEntry, Release, Within, threshold
from .errors import UsageError
from .text.source import Source
from .yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .yamldoc.parse import parse

KEYS = ("exclude", "expires-within", "fail-on", "versions", "known-secrets", "releases", "rules", "ignore")
SYSTEMS = ("milvus", "apisix", "apisix-ingress-controller")


def load(path: str, data: bytes) -> Config:
    """The configuration in a file. ``path`` is for messages. Raises UsageError (``path:line:column: …``)."""
    source = Source.from_bytes(path, data)
    parsed = parse(source)
    if parsed.problem is not None:
        line, column = source.position(parsed.problem.offset)
        raise UsageError(f"{path}:{line}:{column}: this is not YAML: {parsed.problem.message}")
    if len(parsed.documents) > 1:
        root = parsed.documents[1].root
        _fail(root, "a second YAML document is not read", "keep one document") if root else None
    root = parsed.documents[0].root if parsed.documents else None
    if root is None or root.is_null:
        return Config(path=path)
    values: dict[str, object] = {"path": path}
    for key, value in _pairs(root, KEYS, "the configuration"):
        name, read = _READERS[key.value]
        values[name] = read(value)
    return Config(**values)  # type: ignore[arg-type]


def _fail(node: Node, message: str, help: str = "") -> NoReturn:
    line, column = node.position()
    raise UsageError(f"{node.path}:{line}:{column}: {message}", help)


def _pairs(node: Node, allowed: Iterable[str] | None, what: str) -> Iterator[tuple[Node, Node]]:
    node = node.resolved()
    if node.kind != MAPPING:
        _fail(node, f"{what} is {_shown(node)}, where a mapping of keys to values belongs")
    seen: set[str] = set()
    for key, _ in node.pairs:
        if key.value in seen:
            _fail(key, f"the key `{key.value}` is there twice")
        seen.add(key.value)
    for key, value in node.effective():
        if allowed is not None and key.value not in allowed:
            _fail(key, f"unknown key `{key.value}` in {what}", _near(key.value, allowed))
        yield key, value.resolved()


def _near(word: str, allowed: Iterable[str]) -> str:
    from difflib import get_close_matches

    words = tuple(allowed)
    close = get_close_matches(word.lower().replace("_", "-"), words, 1, 0.5)
    listed = ", ".join(f"`{w}`" for w in words)
    return f"did you mean `{close[0]}`?" if close else f"right are {listed}"


def _shown(node: Node) -> str:
    if node.kind == SCALAR:
        return "empty" if node.is_null else f"`{node.value[:60]}`"
    return "a list" if node.kind == SEQUENCE else "a mapping"


def _text(node: Node, what: str) -> str:
    node = node.resolved()
    if node.kind != SCALAR or node.is_null or not node.value.strip():
        _fail(node, f"{what} is {_shown(node)}, where text belongs")
    return node.value.strip()


def _items(node: Node, what: str) -> list[Node]:
    if node.kind != SEQUENCE:
        _fail(node, f"{what} is {_shown(node)}, where a list belongs", f"write `{what}: [\u2026]`")
    return [item.resolved() for item in node.items]


def _texts(node: Node, what: str) -> tuple[str, ...]:
    return tuple(_text(item, f"an entry of {what}") for item in _items(node, what))


def _word(node: Node, what: str, allowed: tuple[str, ...]) -> str:
    text = _text(node, what).lower()
    if text not in allowed:
        _fail(node, f"{what} is `{text}`, which is none of {', '.join(allowed)}", _near(text, allowed))
    return text


def _exclude(node: Node) -> tuple[str, ...]:
    return _texts(node, "exclude")


def _expires(node: Node) -> Within:
    text = _text(node, "expires-within")
    try:
        return threshold(text, "expires-within")
    except UsageError as error:
        _fail(node, str(error), error.help)


def _fail_on(node: Node) -> str:
    return _word(node, "fail-on", FAIL_ON)


def _versions(node: Node) -> tuple[tuple[str, str], ...]:
    from .systems.versions import parse_version

    found: list[tuple[str, str]] = []
    for key, value in _pairs(node, SYSTEMS, "versions"):
        text = _text(value, f"the version of {key.value}")
        if parse_version(text) is None:
            _fail(value, f"the version of {key.value} is `{text}`, which is no version", 'write major and minor, as in `"2.6"`')
        found.append((key.value, text))
    return tuple(found)


def _known_secrets(node: Node) -> frozenset[str]:
    found: set[str] = set()
    for item in _items(node, "known-secrets"):
        text = _text(item, "an entry of known-secrets")
        namespace, slash, name = text.partition("/")
        if not (namespace and slash and name) or "/" in name:
            _fail(item, f"`{text}` names no Secret", "write namespace/name, as in `milvus/certs`")
        found.add(text)
    return frozenset(found)


def _releases(node: Node) -> tuple[Release, ...]:
    found: list[Release] = []
    for item in _items(node, "releases"):
        given = {key.value: value for key, value in _pairs(item, Release._fields, "a release")}
        for missing in [field for field in Release._fields if field not in given]:
            _fail(item, f"this release has no `{missing}`", "write `{name: prod, values: [base.yaml, prod.yaml]}`")
        values = tuple(value.removeprefix("./") for value in _texts(given["values"], "values"))
        found.append(Release(_text(given["name"], "the name of a release"), values))
    return tuple(found)


def _selected(node: Node) -> frozenset[str]:
    from . import rules

    text = _text(node, "a rule")
    try:
        return rules.resolve(text)
    except UsageError as error:
        _fail(node, str(error), error.help)


def _rules(node: Node) -> tuple[tuple[str, str], ...]:
    found: list[tuple[int, str, str]] = []
    for key, value in _pairs(node, None, "rules"):
        word = _word(value, f"the severity of {key.value}", SEVERITY_WORDS)
        selected = _selected(key)
        # the narrower selector wins: GT210 over GT2
        found += [(-len(selected), rule_id, word) for rule_id in selected]
    found.sort()
    return tuple({rule_id: word for _, rule_id, word in found}.items())


def _ignore(node: Node) -> tuple[IgnoreEntry, ...]:
    found: list[IgnoreEntry] = []
    for item in _items(node, "ignore"):
        given = {key.value: value for key, value in _pairs(item, IgnoreEntry._fields, "an entry of ignore")}
        if "path" not in given:
            _fail(item, "this entry of ignore has no `path`", 'write `{path: "legacy/**", rules: [GT302]}`')
        if "rules" not in given:
            _fail(item, "this entry of ignore has no `rules`", "write `rules: [GT]` to mean all of them")
        selected: set[str] = set()
        for rule in _items(given["rules"], "rules"):
            selected |= _selected(rule)
        found.append(IgnoreEntry(_text(given["path"], "path"), tuple(sorted(selected))))
    return tuple(found)


_READERS = {
    "exclude": ("exclude", _exclude),
    "expires-within": ("expires_within", _expires),
    "fail-on": ("fail_on", _fail_on),
    "versions": ("versions", _versions),
    "known-secrets": ("known_secrets", _known_secrets),
    "releases": ("releases", _releases),
    "rules": ("severities", _rules),
    "ignore": ("ignore", _ignore),
}
