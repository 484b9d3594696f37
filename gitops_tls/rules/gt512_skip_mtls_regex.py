"""GT512: paths that need no client certificate."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, INFO, SOMETIMES, WARNING, Example, Finding, Rule, label
from ..systems.apisix import skips
from ..systems.apisix.model import Client, TlsObject, Versions
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import SCALAR, SEQUENCE, Node
from .shared import fix_or_none
from .tls_objects import AUTHORITY, DEPLOYMENT, MUTUAL, PAIR, custom, versions

RULE = Rule(
    "GT512", "skip-mtls-regex", WARNING, "a skip_mtls_uri_regex that exempts more than meant, nothing, or that the version ignores",
    why="Each pattern is looked for anywhere in the decoded path, without its query: `/health` also exempts `/admin/health/x`. Most "
    "samples, the project's own too, are written so. An empty pattern or `.*` exempts everything: mTLS is off.",
    server="PCRE, `ngx.re.match(uri, pattern, \"jo\")`. A pattern that does not compile never matches, and nothing is logged; one with "
    "`\\?` never matches either. The same pattern twice: `uniqueItems`, the Admin API answers 400. APISIX before 3.4 and "
    "controllers before 1.8 ignore the field.",
    sources=("apisix apisix/init.lua", "apisix schema_def.lua since 3.4", "apisix-ingress-controller#2158", "apache/apisix#9509"),
    fixable=SOMETIMES,
)  # fmt: skip


def _with(*patterns: str) -> str:
    return MUTUAL + "    skip_mtls_uri_regex:\n" + "".join(f"      - {one}\n" for one in patterns)


_GOOD = {"tls.yaml": _with("^/health$", "^/public/.*"), "secret.yaml": PAIR, "ca.yaml": AUTHORITY}

EXAMPLES = (
    Example(
        "not anchored",
        bad={**_GOOD, "tls.yaml": _with("/health")},
        fixed={"tls.yaml": _with("^/health$")},
        good=_GOOD,
        unsafe=True,
    ),
    Example("everything", bad={**_GOOD, "tls.yaml": _with('".*"')}),
    Example("no regular expression", bad={**_GOOD, "tls.yaml": _with('"^/health("')}),
    Example(
        "the same one twice",
        bad={**_GOOD, "tls.yaml": _with("^/health$", "^/health$")},
        fixed={"tls.yaml": _with("^/health$")},
    ),
    Example(
        "a controller that does not know the field",
        bad={**_GOOD, "controller.yaml": DEPLOYMENT % "1.7.1"},
        good={**_GOOD, "controller.yaml": DEPLOYMENT % "1.8.0"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge every pattern of every ApisixTls."""
    known = versions(facts)
    for one in custom(facts):
        client = one.client
        if client is None or client.skip_list is None or client.skip_list.is_null:
            continue
        yield from _version(client, known)
        if client.skip_list.kind == SCALAR:
            message = "skip_mtls_uri_regex is no list: the API server refuses the object"
            yield RULE.at(client.skip_list, message, caret="a list of patterns", severity=ERROR)
            continue
        first: dict[str, Node] = {}
        for node in client.skips:
            earlier = first.setdefault(node.value, node)
            if earlier is node:
                yield from _pattern(one, node)
            else:
                yield _twice(node, earlier)


def _version(client: Client, known: Versions) -> Iterator[Finding]:
    key = client.skip_list.key if client.skip_list is not None else None
    if not isinstance(key, Node) or not client.skips:
        return
    if known.controller_before(1, 8):
        message = f"version {known.controller} of the ingress controller has no skip_mtls_uri_regex (since 1.8): it is dropped, no path is exempt"
        yield RULE.at(key, message, severity=ERROR)
    elif known.apisix_before(3, 4):
        message = f"APISIX {known.apisix} ignores skip_mtls_uri_regex (since 3.4): no path is exempt"
        yield RULE.at(key, message, severity=ERROR)


def _twice(node: Node, earlier: Node) -> Finding:
    fix = fix_or_none("write it once", True, lambda: _removed(node))
    message = f"`{node.value}` stands twice: APISIX refuses the object, and version 2 of the controller the whole configuration"
    return RULE.at(node, message, related=(label(earlier, "here first"),), severity=ERROR, fix=fix)


def _removed(node: Node) -> Patch:
    from ..yamldoc.edit import remove_item

    if node.parent is None or node.parent.kind != SEQUENCE or not isinstance(node.key, int):
        raise CannotEdit("it is no item of a list")
    return remove_item(node.parent, node.key)


def _pattern(one: TlsObject, node: Node) -> Iterator[Finding]:
    text = node.value
    if skips.exempts_everything([text]):
        message = f"`{text}` exempts every path: {one.title} asks no client for a certificate"
        yield RULE.at(node, message, caret="name the paths", severity=ERROR)
        return
    problem = skips.problem(text)
    if problem:
        message = f"`{text}` is no regular expression ({problem}): it never matches, and nothing is logged"
        yield RULE.at(node, message, severity=ERROR)
    elif skips.asks_for_query(text):
        message = f"`{text}` asks for a question mark, and the path has no query: it never matches"
        yield RULE.at(node, message, severity=ERROR)
    elif not skips.starts_anchored(text):
        message = f"`{text}` is looked for anywhere in the path: `{_elsewhere(text)}` needs no client certificate either"
        yield RULE.at(node, message, caret="begin with ^", fix=_anchor(node, text))
    elif not skips.ends_anchored(text):
        message = f"`{text}` has no end: paths that go on after it need no client certificate either"
        yield RULE.at(node, message, caret="end with $", severity=INFO, fix=_anchor(node, text))


def _elsewhere(text: str) -> str:
    """A path that nobody meant, for a pattern that is plain text; the pattern itself in the middle of a path for others."""
    plain = text.rstrip("$").removesuffix(".*").removesuffix(".+")
    return f"/admin{plain if plain.startswith('/') else '/' + plain}" if plain.isascii() else "/admin…"


def _anchor(node: Node, text: str) -> Fix | None:
    from ..yamldoc.edit import replace_scalar

    better = skips.anchored(text)
    if better is None or better == text:
        return None
    return fix_or_none(f"write {better}", False, lambda: replace_scalar(node, better))
