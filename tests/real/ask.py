"""Many questions to a few real servers at a time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from milvus_server import BASE_ENVIRONMENT, Answer, Server

Question = tuple[Mapping[str, bytes | None], Mapping[str, str]]


def ask_all(servers: list[Server], questions: list[Question]) -> list[Answer]:
    """The answers in the order of the questions: container files, and variables on top of the base environment."""
    free = list(servers)

    def one(question: Question) -> Answer:
        server = free.pop()
        try:
            return server.ask(question[0], {**BASE_ENVIRONMENT, **question[1]})
        finally:
            free.append(server)

    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(one, questions))
