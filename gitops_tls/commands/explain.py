"""``gitops-tls explain``: the page of a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import fill

from .. import rules
from ..errors import UsageError
from ..findings import Example, Rule
from ..options import Values
from ._output import write

_WIDTH = 100
_STANDS_FOR = "In the examples {ca}, {cert:…} and {key:…} stand for certificates and keys in PEM, {certb64:…} and {keyb64:…} for their base64."


def run(values: Values) -> int:
    """Print the page of each rule that the argument names."""
    selector = str(values.get("rule") or "")
    ids = sorted(rules.resolve(selector))
    if not ids:
        raise UsageError("no rule is named", "`gitops-tls rules` lists them all")
    write("\n\n".join(page(rules.load(rule_id).RULE, rules.load(rule_id).EXAMPLES) for rule_id in ids))
    return 0


def page(rule: Rule, examples: tuple[Example, ...]) -> str:
    """The page as text."""
    fixable = {"always": "repaired by `gitops-tls fix`", "sometimes": "repaired by `gitops-tls fix` where it is unambiguous"}
    lines = [
        f"{rule.id} {rule.name} ({rule.severity}; {fixable.get(rule.fixable, 'not repaired by the tool')})",
        "",
        fill(rule.summary, _WIDTH),
        "",
        *_section("Why", rule.why),
        *_section("What the server does", rule.server),
    ]
    for example in examples:
        lines += _example(example)
    if any(mark in "\n".join(lines) for mark in ("{cert", "{key", "{ca}")):
        lines += [fill(_STANDS_FOR, _WIDTH), ""]
    if rule.sources:
        lines += ["Sources", *(f"  * {source}" for source in rule.sources)]
    lines += ["", f"Silence it on one line with `# gitops-tls: ignore[{rule.id}] why`."]
    return "\n".join(lines) + "\n"


def _section(title: str, text: str) -> list[str]:
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    lines = [title]
    for part in paragraphs:
        lines += [fill(" ".join(part.split()), _WIDTH, initial_indent="  ", subsequent_indent="  "), ""]
    return lines


def _example(example: Example) -> Iterator[str]:
    unsafe = " (with --unsafe)" if example.unsafe else ""
    for title, files in ((f"Bad: {example.title}", example.bad), (f"Fixed{unsafe}", example.fixed), ("Good", example.good)):
        if files:
            yield title
            yield from _files(files, example.bad if title.startswith("Fixed") else {})
            yield ""


def _files(files: Mapping[str, str], unchanged: Mapping[str, str]) -> Iterator[str]:
    for path, text in files.items():
        if unchanged.get(path) == text:
            continue
        yield f"  {path}"
        yield from (f"    {line}".rstrip() for line in text.splitlines())
