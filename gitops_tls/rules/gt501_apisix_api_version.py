"""GT501: an ApisixTls of a kind or version that the cluster does not serve."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, span_label
from ..systems.apisix.model import Versions
from ..systems.apisix.signs import GROUP, looks_like_tls
from ..systems.claims import APISIX
from ..systems.versions import Version
from ..text.edits import Edit, Fix, Patch
from ..text.source import Source
from ..yamldoc.node import MAPPING, Node
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT, broken_texts, versions

RULE = Rule(
    "GT501", "apisix-api-version", ERROR, "the API server knows no ApisixTls of this kind or version",
    why="ApisixTls began as v1, was v2beta3 for a while, and is v2 since version 1.5 of the ingress controller; since 1.8 nothing "
    "else is served. v2alpha1, v2beta1 and v2beta2 never had one. The documentation of 1.8 even prints `apiVersion: %s`, a "
    "template that nobody filled in.",
    server="`no matches for kind \"ApisixTls\" in version \"apisix.apache.org/v2beta3\"`: the object is not created, and clients see "
    "`tlsv1 alert internal error`. The spec has the same shape in all versions.",
    sources=("CRDs of apisix-ingress-controller 1.0 to 2.2", "apache/apisix-ingress-controller#1083"),
    fixable=SOMETIMES,
)  # fmt: skip

_RIGHT = f"{GROUP}/v2"

EXAMPLES = (
    Example(
        "a version that is gone",
        bad={"tls.yaml": TLS_OBJECT.replace("/v2\n", "/v1\n"), "secret.yaml": PAIR},
        fixed={"tls.yaml": TLS_OBJECT},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
    Example(
        "the kind in another case",
        bad={"tls.yaml": TLS_OBJECT.replace("ApisixTls", "ApisixTLS")},
        fixed={"tls.yaml": TLS_OBJECT},
    ),
    Example(
        "a template that was not filled in",
        bad={"tls.yaml": TLS_OBJECT.replace(_RIGHT, "%s")},
        fixed={"tls.yaml": TLS_OBJECT},
    ),
)

_SERVED = {
    # version: (first controller that serves it, first that does not)
    f"{GROUP}/v1": (Version(0, 1), Version(1, 4)),
    f"{GROUP}/v2beta3": (Version(1, 4), Version(1, 8)),
    _RIGHT: (Version(1, 5), Version(99, 0)),
}
_PLACEHOLDER = re.compile(r"(?m)^[ \t]*[\"']?apiVersion[\"']?[ \t]*:[ \t]*[\"']?(%[sv])")


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the kind and the version of everything that is or was meant as an ApisixTls."""
    for claim in facts.claims.of(APISIX):
        root = claim.root
        if root is not None and root.kind == MAPPING and looks_like_tls(root.text("kind")):
            yield from _kind(root)
            yield from _version(root, versions(facts))
    for claim, start, end in broken_texts(facts):
        source = facts.workspace.source(claim.path)
        match = _PLACEHOLDER.search(source.text, start, end) if source is not None else None
        if match is not None and source is not None:
            place = span_label(source, match.start(1), match.end(1))
            message = f"`{match[1]}` is a placeholder that was never filled in: no reader of YAML accepts it"
            yield RULE.at(place, message, caret=f"write {_RIGHT}", fix=_filled(source, match))


def _filled(source: Source, match: re.Match[str]) -> Fix | None:
    """Write the version, if the file can then be read."""
    from ..yamldoc.parse import parse

    if source.problem is not None or not re.search(r"kind[\"']?:[ \t]*[\"']?ApisixTls\b", source.text[match.end() :]):
        return None
    text = source.text[: match.start(1)] + _RIGHT + source.text[match.end(1) :]
    if parse(Source(source.path, text)).problem is not None:
        return None
    return Fix(f"write {_RIGHT}", True, Patch((Edit(source.path, match.start(1), match.end(1), _RIGHT),), ()))


def _kind(root: Node) -> Iterator[Finding]:
    from ..yamldoc.edit import replace_scalar

    node = root.get("kind")
    if node is not None and node.value != "ApisixTls":
        fix = fix_or_none("write ApisixTls", True, lambda: replace_scalar(node, "ApisixTls"))
        message = f"the API server knows no kind `{node.value}`: the object is not created"
        yield RULE.at(node, message, caret="write ApisixTls", fix=fix)


def _version(root: Node, known: Versions) -> Iterator[Finding]:
    from ..yamldoc.edit import replace_scalar, set_value

    node = root.get("apiVersion")
    if node is None or not node.value:
        fix = fix_or_none(f"write {_RIGHT}", True, lambda: set_value(root, ("apiVersion",), _RIGHT))
        yield RULE.at(root, "the object has no apiVersion: the API server refuses it", caret="", fix=fix)
        return
    severity, message = _judge(node.value, known.controller)
    if not message:
        return
    fix = None
    if known.controller is None or known.controller >= Version(1, 5):
        fix = fix_or_none(f"write {_RIGHT}", True, lambda: replace_scalar(node, _RIGHT))
    yield RULE.at(node, message, caret=f"write {_RIGHT}" if fix else "", severity=severity, fix=fix)


def _judge(version: str, controller: Version | None) -> tuple[str, str]:
    """Severity and message; no message where the version is served, or may be."""
    if version not in _SERVED:
        return ERROR, f"no controller has ever served an ApisixTls of `{version}`: it is not created"
    first, end = _SERVED[version]
    if controller is None:
        if version == _RIGHT:
            return ERROR, ""
        return (
            WARNING,
            f"`{version}` is served only by controllers before {end.major}.{end.minor}: newer ones do not know the object",
        )
    if first <= controller < end:
        return ERROR, ""
    return ERROR, f"version {controller} of the ingress controller serves no ApisixTls of `{version}`: it is not created"
