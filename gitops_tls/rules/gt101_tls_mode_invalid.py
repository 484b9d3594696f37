"""GT101: a tlsMode that Milvus does not read as 0, 1 or 2."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule, file_label
from ..systems.milvus.ports import SHARED_PORT_REFUSED
from ..systems.milvus.settings import Setting
from ..systems.milvus.values import atoi
from .samples import COMPOSE
from .shared import components, fix_or_none, related, set_setting

RULE = Rule(
    "GT101", "tls-mode-invalid", ERROR, "tlsMode is not one of 0, 1 and 2",
    why="Milvus turns the value into text and the text into a number. What is no number becomes 0 without a word, and 0 is "
    "plaintext: `true`, `on`, `\"1.0\"` and `\" 1\"` all switch TLS off while they look like switching it on.",
    server="A value that is no integer starts the server in plaintext. An integer other than 0, 1, 2 stops servers from 2.4.13 "
    "on (`tls mode must be 0 … 1 … or 2`) unless `proxy.http.enabled` is false; then, and in older servers, gRPC is plaintext "
    "and REST is not served.",
    sources=("milvus pkg/util/paramtable/param_item.go GetAsInt", "milvus internal/distributed/proxy/listener_manager.go", "runs of Milvus 2.3.5"),
    fixable=SOMETIMES,
)  # fmt: skip

_REST = "proxy:\n  http:\n    port: 8080\ntls:\n  serverPemPath: /var/lib/milvus/server.pem\n  serverKeyPath: /var/lib/milvus/server.key\n"

EXAMPLES = (
    Example(
        "a word instead of a number",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": _REST + "common:\n  security:\n    tlsMode: true   # mutual\n"},
        fixed={"user.yaml": _REST + "common:\n  security:\n    tlsMode: 2   # mutual\n"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": _REST + 'common:\n  security:\n    tls_mode: "1"\n'},
        unsafe=True,
    ),
    Example(
        "a number with a space or a fraction, quoted",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": _REST + 'common:\n  security:\n    tlsMode: " 1"\n'},
        fixed={"user.yaml": _REST + "common:\n  security:\n    tlsMode: 1\n"},
    ),
    Example(
        "a number that means nothing",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": _REST + "common:\n  security:\n    tlsMode: 3\n"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    tlsMode: 0\n"},
    ),
)

_MEANS_OFF = frozenset(("false", "no", "off", "none", "disable", "disabled", "n", "f"))
_MUTUAL = re.compile(r"mutual|two.?way|mtls|\b2\b", re.IGNORECASE)
_ONE_WAY = re.compile(r"one.?way|\b1\b", re.IGNORECASE)


def check(facts: Facts) -> Iterator[Finding]:
    """Judge the tlsMode that counts in each component."""
    for deployment, component in components(facts):
        settings = component.settings
        mode = settings.get("common.security.tlsMode")
        if mode.origin not in ("file", "environment"):
            continue
        number = atoi(mode.text)
        if number in (0, 1, 2) or mode.text.lower() in _MEANS_OFF:
            continue
        where = mode.node or mode.key_node or file_label(deployment.path)
        places = related(settings, mode)
        if number is None and mode.text == "":
            yield RULE.at(
                where,
                "tlsMode is empty, which Milvus reads as 0: it starts in plaintext",
                caret="write 0, 1 or 2",
                related=places,
                severity=WARNING,
            )
        elif number is None:
            message = f"tlsMode `{mode.text}` is read as 0, so Milvus starts in plaintext"
            value, safe, reason = settings_fix_value(mode)
            fix = fix_or_none(
                f"set tlsMode to {value}{reason}", safe, lambda s=settings, v=value: set_setting(s, "common.security.tlsMode", v)
            )
            yield RULE.at(where, message, caret="write 1 (one-way) or 2 (mutual)", related=places, fix=fix)
        else:
            refused = settings.version >= SHARED_PORT_REFUSED and settings.get("proxy.http.enabled").as_bool
            effect = "Milvus refuses to start with it" if refused else "Milvus serves gRPC in plaintext with it"
            yield RULE.at(
                where, f"there is no tlsMode `{mode.text}`: {effect}", caret="write 0, 1 (one-way) or 2 (mutual)", related=places
            )


def settings_fix_value(mode: Setting) -> tuple[int, bool, str]:
    """``(value, safe, reason)`` to write instead: what the text plainly says, else what its comment says, else 1."""
    stripped = re.fullmatch(r"\s*([012])(?:\.0*)?\s*", mode.text)
    if stripped:
        return int(stripped[1]), True, ""
    comment = ""
    if mode.node is not None:
        text = mode.node.document.text
        end = min((i for i in (text.find("\n", mode.node.end), text.find("\r", mode.node.end)) if i >= 0), default=len(text))
        comment = text[mode.node.end : end].partition("#")[2]
    if _MUTUAL.search(comment) and not _ONE_WAY.search(comment):
        return 2, False, ", as the comment says"
    return 1, False, ""
