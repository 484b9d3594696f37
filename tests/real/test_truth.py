"""The measured cases, asked again: the data of ``tests/truth`` and this runner agree."""

from __future__ import annotations

import os
import sys

from ask import ask_all
from compose_project import comparable, container_files
from milvus_server import Answer, Server
from pki import good_set

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(__file__)), "truth"))

from cases import Case, load


def test_the_server_does_as_measured(real_servers: list[Server]) -> None:
    tls = good_set()
    cases = load()
    if not os.environ.get("GITOPS_TLS_ALL"):
        cases = cases[::4]
    answers = ask_all(real_servers, [(container_files(case.files, tls), case.environment) for case in cases])
    wrong = [(case.name, answer, case.measured) for case, answer in zip(cases, answers, strict=True) if not _same(case, answer)]
    assert not wrong


def _same(case: Case, answer: Answer) -> bool:
    return (
        comparable(answer) == comparable(case.measured) and case.measured.panic.splitlines()[:1] == answer.panic.splitlines()[:1]
    )
