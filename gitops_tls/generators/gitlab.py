"""A GitLab CI job that runs ``gitops-tls check``: a new file, or one more job at the end of the one that is there."""

from __future__ import annotations

import re

from ..text.source import Source
from ..yamldoc.node import MAPPING, SEQUENCE, Node
from ..yamldoc.parse import parse
from .plan import COMMAND, Planned, Repository, extended, parsed_or_refuse, refuse

CI = "gitlab"
PATH = ".gitlab-ci.yml"
JOB = "gitops-tls"

_TEXT = """\
# what Milvus will do with the TLS settings in this repository; made by `gitops-tls init`
gitops-tls:
  image: python:3.13.1-slim-bookworm
STAGE  needs: []
  before_script: []
  script:
    - python -m pip install --disable-pip-version-check gitops-tls==VERSION
    - gitops-tls check
  timeout: 10 minutes
  interruptible: true
"""
_STAGES = ("lint", "validate", "verify", "check", "checks", "static", "quality")


def detect(repository: Repository) -> bool:
    """Whether the repository is on GitLab: its pipeline file or a remote there."""
    return repository.read(PATH) is not None or re.search(r"url\s*=.*[@/.]gitlab\.", repository.remotes()) is not None


def plan(repository: Repository, version: str) -> Planned:
    """The pipeline with the job in it. Raises UsageError where it cannot be extended."""
    before = repository.read(PATH)
    if before is None:
        return Planned(PATH, None, _job(version, "").encode(), "new")
    source, parsed = parsed_or_refuse(PATH, before)
    root = parsed.documents[-1].root if parsed.documents else None
    if COMMAND in source.text or (root is not None and root.pair(JOB) is not None):
        return Planned(PATH, before, before, "the job is there already")
    job = _job(version, _stage(root))
    if root is not None and not root.is_null and (root.kind != MAPPING or root.style == "flow"):
        raise refuse(PATH, "its top level is no mapping written one key a line", job)
    ended = _ended(source)
    for gap in ("\n", ""):
        text = ended.text + (gap + job if ended.text.strip() else job).replace("\n", source.newline)
        after = extended(ended, text, [(f"#{max(0, len(parsed.documents) - 1)}/{JOB}" if root is not None else "#0",)])
        if after is not None and _is_last(text):
            return Planned(PATH, before, after, f"added the job {JOB}")
    raise refuse(PATH, "the job cannot be put at its end with certainty", job)


def _job(version: str, stage: str) -> str:
    return _TEXT.replace("VERSION", version).replace("STAGE", f"  stage: {stage}\n" if stage else "")


def _stage(root: Node | None) -> str:
    """The stage to name: none where ``test``, the default, exists; ``.pre`` exists always."""
    stages = root.get("stages") if root is not None else None
    if stages is None or stages.kind != SEQUENCE:
        return ""
    names = [item.resolved().value for item in stages.items]
    if "test" in names:
        return ""
    return next((name for name in names if name.lower() in _STAGES), ".pre")


def _ended(source: Source) -> Source:
    """The file with a line break at its end: what follows must not stand on its last line."""
    text = source.text
    if text and not text.endswith(("\n", "\r")):
        text += source.newline
    return Source(source.path, text, source.encoding, source.bom)


def _is_last(text: str) -> bool:
    """Whether the job is the last key of the last document."""
    parsed = parse(Source(PATH, text))
    root = parsed.documents[-1].root if parsed.problem is None and parsed.documents else None
    return root is not None and bool(root.pairs) and root.pairs[-1][0].value == JOB and root.pairs[-1][1].kind == MAPPING
