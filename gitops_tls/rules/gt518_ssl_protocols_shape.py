"""GT518: TLS versions that nginx does not take, or should not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule
from ..systems.apisix.config_defects import KNOWN_PROTOCOLS, PROTOCOLS_RULE, WEAK_PROTOCOLS, Defect
from ..systems.apisix.config_listen import is_weak_cipher
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import Node
from .gateway import finding, gateway_defects, joined
from .shared import fix_or_none

RULE = Rule(
    "GT518", "ssl-protocols-shape", ERROR, "ssl_protocols is not a text of TLS versions with spaces between them",
    why="In config.yaml `ssl_protocols` is one text for nginx. In an ssl object of the Admin API it is a list: the opposite. "
    "APISIX checks neither the type nor the words in config.yaml.",
    server="A list becomes `ssl_protocols table: 0x…;` in nginx.conf, commas and unknown words stay as they are: nginx says "
    "`invalid value` and APISIX does not start. TLS 1.0 and 1.1 start, and can be attacked; so does 3DES, which the chart's own list of "
    "ciphers ends with.",
    sources=("apisix/cli/file.lua and cli/ops.lua, run", "nginx ngx_http_ssl_module", "RFC 8996"),
    fixable=SOMETIMES,
)  # fmt: skip

_HEAD = "deployment:\n  role: traditional\n  role_traditional:\n    config_provider: etcd\napisix:\n  ssl:\n"

EXAMPLES = (
    Example(
        "a list, as the Admin API has it",
        bad={"config.yaml": _HEAD + "    ssl_protocols:\n      - TLSv1.2\n      - TLSv1.3\n"},
        fixed={"config.yaml": _HEAD + '    ssl_protocols: "TLSv1.2 TLSv1.3"\n'},
        good={"config.yaml": _HEAD + "    ssl_protocols: TLSv1.2 TLSv1.3\n"},
    ),
    Example(
        "commas",
        bad={"config.yaml": _HEAD + '    ssl_protocols: "TLSv1.2, TLSv1.3"\n'},
        fixed={"config.yaml": _HEAD + '    ssl_protocols: "TLSv1.2 TLSv1.3"\n'},
    ),
    Example(
        "versions that are no longer safe",
        bad={"values.yaml": 'apisix:\n  ssl:\n    enabled: true\n    sslProtocols: "TLSv1 TLSv1.1 TLSv1.2"\n'},
        fixed={"values.yaml": 'apisix:\n  ssl:\n    enabled: true\n    sslProtocols: "TLSv1.2"\n'},
        good={"values.yaml": 'apisix:\n  ssl:\n    enabled: true\n    sslProtocols: "TLSv1.2 TLSv1.3"\n'},
        unsafe=True,
    ),
    Example(
        "3DES, which the chart's own list has",
        bad={"values.yaml": 'apisix:\n  ssl:\n    enabled: true\n    sslCiphers: "ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA"\n'},
        fixed={"values.yaml": 'apisix:\n  ssl:\n    enabled: true\n    sslCiphers: "ECDHE-RSA-AES128-GCM-SHA256"\n'},
        good={"values.yaml": 'apisix:\n  ssl:\n    enabled: true\n    sslCiphers: "ECDHE-RSA-AES128-GCM-SHA256:!3DES"\n'},
        unsafe=True,
    ),
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Report the TLS versions of every config.yaml and values file."""
    for _, defect in gateway_defects(facts, PROTOCOLS_RULE):
        yield finding(RULE, defect, _fix(defect), severity=WARNING if defect.kind in ("weak", "ciphers") else None)


def _fix(defect: Defect) -> Fix | None:
    node = defect.node
    if defect.kind == "list":
        return fix_or_none("write one text with spaces", True, lambda: _list(node))
    if defect.kind == "commas":
        return fix_or_none("write spaces instead", True, lambda: _written(node, _words(node)))
    if defect.kind == "word":
        return fix_or_none(
            "spell the versions as nginx does", True, lambda: _written(node, [_meant(word) for word in _words(node)])
        )
    if defect.kind == "weak":
        strong = [word for word in _words(node) if word not in WEAK_PROTOCOLS]
        return fix_or_none("drop the old versions", False, lambda: _written(node, strong))
    if defect.kind == "ciphers":
        left = [word for word in node.value.split(":") if not is_weak_cipher(word)]
        return fix_or_none("drop the broken ciphers", False, lambda: _written(node, left, ":"))
    return None


def _list(node: Node) -> Patch:
    if any(_meant(item.resolved().value) != item.resolved().value for item in node.items):
        raise CannotEdit("nginx would not take the words")
    return joined(node, " ")


def _words(node: Node) -> list[str]:
    return [word for word in re.split(r"[\s,;]+", node.value) if word]


def _meant(word: str) -> str:
    """The word as nginx spells it. Raises CannotEdit where only the letters' case is not the difference."""
    for known in KNOWN_PROTOCOLS:
        if known.lower() == word.lower():
            return known
    raise CannotEdit(f"`{word}` is not a version")


def _written(node: Node, words: list[str], separator: str = " ") -> Patch:
    from ..yamldoc.edit import replace_scalar

    if not words:
        raise CannotEdit("nothing would be left")
    return replace_scalar(node, separator.join(words))
