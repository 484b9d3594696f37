"""GT901: a comment that silences nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ALWAYS, WARNING, Example, Finding, Rule, span_label
from ..suppress import Ignore, Unused
from ..text.edits import Edit, Fix, Patch

RULE = Rule(
    id="GT901",
    name="unused-ignore",
    severity=WARNING,
    summary="an ignore comment silences nothing",
    why=(
        "An ignore comment says that somebody looked at a finding and accepted it. When the finding is gone, or the comment "
        "stands on another line than the finding, or it names a rule that does not exist, the comment silences nothing today "
        "and may hide a real finding tomorrow. Only rules that ran are judged: with --select an ignore of another rule is not "
        "reported."
    ),
    server="no server reads comments: this is about gitops-tls alone",
    sources=("the section on silencing rules in the documentation of gitops-tls",),
    fixable=ALWAYS,
)

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]{comment}
"""

EXAMPLES = (
    Example(
        title="the finding it silenced is gone",
        bad={"docker-compose.yml": _COMPOSE.format(comment="  # gitops-tls: ignore[GT101] was needed once")},
        fixed={"docker-compose.yml": _COMPOSE.format(comment="")},
        good={"docker-compose.yml": _COMPOSE.format(comment="  # reviewed")},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Nothing by itself: what is unused is known only after all other rules ran; see :func:`findings`."""
    del facts
    return iter(())


def findings(unused: list[Unused]) -> Iterator[Finding]:
    """A finding for each ignore with words that silence nothing."""
    for ignore, words in unused:
        unknown = [word for word in words if word.ids is None]
        if not ignore.words:
            message = "the ignore comment names no rule and silences nothing"
        elif len(words) == len(unknown):
            message = f"{_list([w.text for w in unknown])} is no rule: the ignore comment silences nothing"
        else:
            message = f"nothing on line {ignore.line} is silenced by {_list([w.text for w in words])}"
        caret = unknown[0].help.partition("?")[0].strip() + "?" if unknown and "?" in unknown[0].help else "remove it"
        where = span_label(ignore.source, ignore.start, ignore.end)
        yield RULE.at(where, message, caret=caret, fix=_fix(ignore, [word.text for word in words]))


def _list(words: list[str]) -> str:
    return " and ".join(f"`{word}`" for word in words)


def _fix(ignore: Ignore, unused: list[str]) -> Fix | None:
    source = ignore.source
    if source.problem is not None or (ignore.host is not None and not ignore.host.document.editable):
        return None
    kept = [word.text for word in ignore.words if word.text not in unused]
    changes = ((source.path, ignore.host.address),) if ignore.host is not None else ()
    if kept:
        edit = Edit(source.path, ignore.list_start, ignore.list_end, ", ".join(kept))
        return Fix(f"remove {_list(unused)} from the ignore comment", True, Patch((edit,), changes))
    start, end = ignore.start, ignore.end
    text = source.text
    if ignore.alone:
        start = source.offset(source.position(start)[0])
        end = source.line_end(end)
        end += 2 if text.startswith("\r\n", end) else 1 if end < len(text) else 0
    else:
        while start > 0 and text[start - 1] in " \t":
            start -= 1
        end = source.line_end(end)
    return Fix("remove the ignore comment", True, Patch((Edit(source.path, start, end, ""),), changes))
