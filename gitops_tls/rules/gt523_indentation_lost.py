"""GT523: an object whose page lost its indentation."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, Example, Finding, Label, Rule, label
from ..systems.apisix.signs import flattened
from ..systems.claims import APISIX
from ..yamldoc.node import MAPPING, Node
from .tls_objects import PAIR, TLS_OBJECT

RULE = Rule(
    "GT523", "indentation-lost", ERROR, "fields of spec stand at the top of the object: the indentation was lost",
    why="Pages that show YAML outside of a code block lose its indentation. What is copied from there often still parses: every key "
    "stands at the top, `metadata:` and `spec:` are empty, and of keys that occur twice the last one counts.",
    server="The API server refuses the object: it has no name and no spec. An object that was applied before stays as it was.",
    sources=("articles about ApisixTls that were copied from page to page",),
    fixable=NEVER,
)  # fmt: skip

EXAMPLES = (
    Example(
        "as it comes from the page",
        bad={"tls.yaml": "".join(line.lstrip() for line in TLS_OBJECT.splitlines(keepends=True))},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the objects of APISIX whose spec is empty."""
    for claim in facts.claims.of(APISIX):
        root = claim.root
        lost = flattened(root) if root is not None and root.kind == MAPPING else []
        if root is not None and lost:
            names = ", ".join(f"`{key.value}`" for key in lost[:4])
            what = "stands" if len(lost) == 1 else "stand"
            message = (
                f"{names} {what} at the top of the object, outside of `spec`: the indentation was lost, the API server refuses it"
            )
            yield RULE.at(lost[0], message, caret="belongs into spec", related=_empty(root))


def _empty(root: Node) -> tuple[Label, ...]:
    pair = root.pair("spec")
    return (label(pair[0], "this is empty"),) if pair is not None else ()
