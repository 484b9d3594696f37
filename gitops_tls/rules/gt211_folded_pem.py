"""GT211: a PEM whose line breaks YAML turns into spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.claims import APISIX
from ..text.edits import Fix
from ..yamldoc.node import SCALAR, Node
from .shared import fix_or_none

RULE = Rule(
    "GT211", "folded-pem", ERROR, "a PEM in a plain, quoted or folded scalar loses its line breaks",
    why="YAML joins the lines of a scalar without `|` by spaces. What is a certificate in the editor is one long line in the "
    "container. The samples external_tls.yaml and internal_tls.yaml of the operator are written so.",
    server="Milvus ends with `tls: failed to find any PEM data in key input`, or in certificate input. Internal TLS: the component "
    "listens in plaintext.",
    sources=("YAML 1.2, 7.3.3 and 8.1.3", "milvus-operator config/samples/external_tls.yaml", "runs of Milvus 2.3.5: key folded"),
    fixable=SOMETIMES,
)  # fmt: skip

_MANIFEST = """apiVersion: v1
kind: Secret
metadata:
  name: milvus-certs
stringData:
  tls.crt:{} # from the CA
    {}
  tls.key: |
    {}
"""
_BAD = _MANIFEST.format("", "{cert:server}", "{key:server}")
_GOOD = _MANIFEST.format(" |", "{cert:server}", "{key:server}")

EXAMPLES = (
    Example(
        "a certificate without a block indicator",
        bad={"secret.yaml": _BAD},
        fixed={"secret.yaml": _GOOD},
        good={"secret.yaml": _GOOD},
    ),
    Example(
        "a folded block",
        bad={"secret.yaml": _BAD.replace("tls.crt: # from the CA", "tls.crt: > # from the CA")},
        fixed={"secret.yaml": _GOOD},
    ),
)

_MARK = "-----BEGIN "
_BLOCK = r"-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----"
_WIDTH = 64


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every scalar of the files that a system reads."""
    seen: set[int] = set()
    marked: dict[str, bool] = {}
    for claim in facts.claims.all:
        if claim.root is None:
            continue
        source = claim.root.source
        if source.path not in marked:
            marked[source.path] = _MARK in source.text
        if not marked[source.path]:
            continue
        for node in claim.root.walk():
            if node.kind == SCALAR and node.style != "|" and id(node) not in seen and _MARK in node.value:
                seen.add(id(node))
                finding = _judge(node, "Milvus" if not claim.kind.startswith(APISIX) else "APISIX")
                if finding is not None:
                    yield finding


def _judge(node: Node, reader: str) -> Finding | None:
    label = folded(node.value)
    key = node.key
    if label is None or key is node or _in_data_of_secret(node):
        return None
    what = "the private key" if label.endswith("PRIVATE KEY") else "the certificate" if "CERTIFICATE" in label else "the PEM"
    where = f"`{key.value}`" if isinstance(key, Node) else "this entry"
    message = f"the line breaks of {what} in {where} become spaces: {reader} finds no PEM data in it"
    return RULE.at(key if isinstance(key, Node) else node, message, caret="write `|` after the colon", fix=_fix(node))


def _in_data_of_secret(node: Node) -> bool:
    """Whether it stands in ``data`` of a Secret, where the API server refuses anything but base64."""
    above = node.parent
    if above is None or not isinstance(above.key, Node) or above.key.value != "data" or above.parent is None:
        return False
    return above.parent.text("kind") == "Secret"


def folded(text: str) -> str | None:
    """The label of the first PEM block that has no line break inside; None where all have."""
    return next((match[1] for match in re.finditer(_BLOCK, text) if "\n" not in match[2] and "\\n" not in match[2]), None)


def reflow(text: str) -> str | None:
    """The PEM blocks of a text with their lines as they should be; None where it holds more, or no content."""
    from ..certs import der
    from ..certs.pem import decode_base64

    lines: list[str] = []
    at = 0
    for match in re.finditer(_BLOCK, text):
        body = "".join(match[2].split())
        content = decode_base64(body.encode("ascii", "replace"))
        if text[at : match.start()].strip() or not content or der.kind_of(content) is None:
            return None
        lines.append(f"-----BEGIN {match[1]}-----")
        lines += (body[start : start + _WIDTH] for start in range(0, len(body), _WIDTH))
        lines.append(f"-----END {match[1]}-----")
        at = match.end()
    return "\n".join(lines) + "\n" if lines and not text[at:].strip() else None


def _fix(node: Node) -> Fix | None:
    from ..yamldoc.edit import block_scalar

    text = reflow(node.value)
    return fix_or_none("write it as a literal block", True, lambda: block_scalar(node, text)) if text is not None else None
