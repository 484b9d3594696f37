"""GT904: a part of gitops-tls stopped with an error of its own."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, Example, Finding, Rule, file_label

RULE = Rule(
    id="GT904",
    name="internal-error",
    severity=ERROR,
    summary="a rule of gitops-tls stopped with an error of its own; the others ran",
    why=(
        "This is a bug of gitops-tls, not of the repository. The other rules ran and their findings hold, but what the broken "
        "one would have said is missing, so the run ends with exit code 3. The message names only the rule and the kind of "
        "error: no value of any file. GITOPS_TLS_TRACEBACK=1 shows where it happened."
    ),
    server="nothing is known about the server from this finding",
    sources=("the code of gitops-tls",),
)

EXAMPLES: tuple[Example, ...] = ()


def check(facts: Facts) -> Iterator[Finding]:
    """Nothing by itself: the pipeline makes these findings; see :func:`finding`."""
    del facts
    return iter(())


def finding(part: str, error: BaseException, path: str = ".") -> Finding:
    """The finding for ``part`` (``GT101 tls-mode-invalid``, ``prediction``) that raised ``error``."""
    message = f"{part} stopped with {type(error).__name__}, a bug of gitops-tls: what it would have said is missing"
    return RULE.at(file_label(path), message, caret="please report it")
