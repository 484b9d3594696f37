"""Made-up certificate sets: `status` and the real server, pymilvus and curl agree.

The suite asks about a few, always the same. ``GITOPS_TLS_CERTIFICATE_SETS=300 pytest tests/real/test_certificate_sets.py``
asks about other ones each time, and about every single change where there are enough.
"""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from certificate_sets import CHOICES, Change, certificate_sets, make
from compose_project import comparable, container_files, predicted, status, write_project
from hypothesis import HealthCheck, Phase, given, settings
from milvus_server import BASE_ENVIRONMENT, Answer, Server

from gitops_tls.certs.clients import asked_name
from gitops_tls.certs.read import certificates

EXAMPLES = int(os.environ.get("GITOPS_TLS_CERTIFICATE_SETS", "0"))
CONNECT = str(Path(__file__).with_name("connect.py"))
TLS = "/milvus/tls"
CONFIG = f"""\
proxy:
  http:
    port: 8080
tls:
  serverPemPath: {TLS}/server.pem
  serverKeyPath: {TLS}/server.key
  caPemPath: {TLS}/ca.pem
common:
  security:
    tlsMode: {{mode}}
"""
MUTUAL_WORDS = [f"ca_pem_path={TLS}/ca.pem", f"client_pem_path={TLS}/client.pem", f"client_key_path={TLS}/client.key"]
PAIR = ["--cert", f"{TLS}/client.pem", "--key", f"{TLS}/client.key"]
QUICK, PATIENT = 5, 30
"""Seconds for a connection: a failure that was foretold is not waited for; one that was not gets time on a busy machine."""


class Case(NamedTuple):
    """One set in one mode, and what `status` says of it."""

    changes: tuple[Change, ...]
    mode: int
    files: dict[str, bytes]
    said: dict[str, Any]


class Measured(NamedTuple):
    """What the real ones did; ``pymilvus`` and ``curl`` are ``ok`` or ``fails``, with the client's words."""

    answer: Answer
    pymilvus: str = "fails"
    curl: str = "fails"
    words: str = ""


def _made_up(count: int) -> list[tuple[Change, ...]]:
    """So many different sets; by hand every single change too, as far as they fit."""
    found: dict[str, tuple[Change, ...]] = {}

    @settings(
        max_examples=count * 3,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(certificate_sets())
    def collect(changes: tuple[Change, ...]) -> None:
        found.setdefault(repr(changes), changes)

    collect()
    single = [((field, word),) for field, words in CHOICES.items() for word in words] if count > 150 else []
    rest = sorted(found.values(), key=lambda changes: sha256(repr(changes).encode()).digest())
    return list(dict.fromkeys([*single, *rest]))[:count]


@pytest.mark.skipif(find_spec("pymilvus") is None, reason="pymilvus is not installed")
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_status_and_the_real_ones_agree(real_servers: list[Server], tmp_path: Path) -> None:
    cases = []
    for number, changes in enumerate(_made_up(EXAMPLES or 36)):
        for mode in (1, 2) if EXAMPLES else (1 + number % 2,):
            folder = tmp_path / f"{number}-{mode}"
            files = make(changes)
            write_project(folder, {"milvus.yaml": CONFIG.format(mode=mode).encode()}, {}, files)
            cases.append(Case(changes, mode, files, status(folder)))
    measured = _ask(real_servers, cases)
    wrong = [text for case, seen in zip(cases, measured, strict=True) if (text := _difference(case, seen))]
    assert {seen.answer.server for seen in measured} == {"starts", "fails"}
    assert {word for seen in measured for word in (seen.pymilvus, seen.curl)} == {"ok", "fails"}
    assert not wrong, f"{len(wrong)} of {len(cases)} differ:\n\n" + "\n\n".join(wrong)


def _ask(servers: list[Server], cases: list[Case]) -> list[Measured]:
    free = list(servers)

    def one(case: Case) -> Measured:
        server = free.pop()
        try:
            return _measure(server, case)
        finally:
            free.append(server)

    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(one, cases))


def _measure(server: Server, case: Case) -> Measured:
    files = container_files({"milvus.yaml": CONFIG.format(mode=case.mode).encode()}, case.files)
    with server.serve(files, BASE_ENVIRONMENT) as answer:
        if answer.server != "starts":
            return Measured(answer)
        name = _name(case.files["server.pem"])
        curl, curl_words = _curl(server, case, name)
        pymilvus, words = _pymilvus(server, case, name)
        return Measured(answer, pymilvus, curl, f"curl: {curl_words}\npymilvus: {words}")


def _name(pem: bytes) -> str:
    return asked_name(certificates(pem)[0])


def _curl(server: Server, case: Case, name: str) -> tuple[str, str]:
    words = ["--cacert", f"{TLS}/ca.pem", *(PAIR if case.mode == 2 else [])]
    where = ["--connect-to", f"{name}:8080:127.0.0.1:8080", f"https://{name}:8080/"]
    code, output = server.run(["curl", "-sS", "-o", "/dev/null", "--max-time", str(PATIENT), *words, *where])
    return ("fails" if code else "ok"), output.strip()


def _pymilvus(server: Server, case: Case, name: str) -> tuple[str, str]:
    words = MUTUAL_WORDS if case.mode == 2 else [f"server_pem_path={TLS}/ca.pem"]
    host = name if _is_address(name) else "localhost"
    if host != name:
        words = [*words, f"server_name={name}"]
    code, output = 1, ""
    for seconds in (QUICK, PATIENT) if case.said["clients"]["pymilvus"] == "ok" else (QUICK,):
        code, output = server.run([sys.executable, CONNECT, str(seconds), f"https://{host}:19530", *words], timeout=90)
        if code == 0:
            break
    return ("fails" if code else "ok"), output.strip()[-300:]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _settled(case: Case, seen: Measured) -> Answer:
    """The answer; the look at the ports finds no difference between the modes where it has no algorithm for the certificate."""
    if seen.answer.server == "starts" and "alert handshake failure" in seen.words:
        kind = "one-way" if case.mode == 1 else "mutual"
        return seen.answer._replace(grpc=kind, rest=kind)
    return comparable(seen.answer)


def _difference(case: Case, seen: Measured) -> str:
    said = case.said
    clients = said["clients"]
    same = predicted(said) == _settled(case, seen) and (clients["pymilvus"], clients["curl"]) == (seen.pymilvus, seen.curl)
    if same and (not seen.answer.panic or any(seen.answer.panic in reason["message"] for reason in said["why"])):
        return ""
    return f"{case.changes} in mode {case.mode}\npredicted {predicted(said)} {clients}, because {said['why']}\nmeasured {seen}"
