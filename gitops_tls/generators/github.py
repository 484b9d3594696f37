"""A GitHub Actions workflow that runs ``gitops-tls check`` and shows the findings in the pull request."""

from __future__ import annotations

import re

from ..errors import UsageError
from .plan import COMMAND, Planned, Repository

CI = "github"
PATH = ".github/workflows/gitops-tls.yml"

_TEXT = """\
# what Milvus will do with the TLS settings in this repository; made by `gitops-tls init`
name: gitops-tls

on:
  pull_request:
  push:
    branches: [BRANCHES]

permissions: {}

concurrency:
  group: ${{ github.workflow }}-${{ github.ref }}
  cancel-in-progress: true

jobs:
  check:
    name: check
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read  # to check the repository out
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683  # v4.2.2
        with:
          persist-credentials: false
      - uses: actions/setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b  # v5.3.0
        with:
          python-version: "3.13"
      - run: python -m pip install --disable-pip-version-check gitops-tls==VERSION
      - run: gitops-tls check --format github
"""


def detect(repository: Repository) -> bool:
    """Whether the repository is on GitHub: a ``.github`` folder or a remote there."""
    return repository.is_dir(".github") or re.search(r"url\s*=.*[@/.]github\.", repository.remotes()) is not None


def plan(repository: Repository, version: str) -> Planned:
    """The workflow; a file of that name, or a workflow that runs the tool already, is kept."""
    for path in (PATH, PATH.removesuffix("yml") + "yaml"):
        before = repository.read(path)
        if before is not None:
            return Planned(path, before, before, "it is there already")
    for path in repository.files(".github/workflows"):
        before = repository.read(path)
        if path.endswith((".yml", ".yaml")) and before is not None and COMMAND.encode() in before:
            return Planned(path, before, before, "it runs gitops-tls already")
    return Planned(PATH, None, _TEXT.replace("VERSION", version).replace("BRANCHES", _branches(repository)).encode(), "new")


def _branches(repository: Repository) -> str:
    """The default branch of the remote as the clone knows it, else the two usual names."""
    try:
        head = (repository.read(".git/refs/remotes/origin/HEAD") or b"").decode("utf-8", "replace")
    except UsageError:  # a worktree
        head = ""
    found = re.match(r"ref: refs/remotes/origin/([A-Za-z][\w./-]*)\s*\Z", head)
    return found[1] if found else "main, master"
