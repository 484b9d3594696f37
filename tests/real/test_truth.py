"""The measured cases, asked again: the data of ``tests/truth`` and this runner agree."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from compose_project import comparable, container_files
from milvus_server import BASE_ENVIRONMENT, Answer, Server
from pki import good_set

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(__file__)), "truth"))

from cases import Case, load


def ask_all(servers: list[Server], questions: list[tuple[dict[str, bytes | None], dict[str, str]]]) -> list[Answer]:
    """The answers in the order of the questions (files, environment on top of the base), several asked at a time."""
    free = list(servers)

    def one(question: tuple[dict[str, bytes | None], dict[str, str]]) -> Answer:
        server = free.pop()
        try:
            return server.ask(question[0], BASE_ENVIRONMENT | question[1])
        finally:
            free.append(server)

    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(one, questions))


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
