"""Chains written by hand, and what real curl and real grpcio make of them: the models agree.

The suite asks about every single change and some pairs of changes, always the same. ``GITOPS_TLS_EXAMPLES=2000 pytest
tests/real/test_tls_clients.py`` asks about other ones each time.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tls_peer import serving

from gitops_tls.certs.policy import GRPC, OPENSSL, verify_server

EXAMPLES = int(os.environ.get("GITOPS_TLS_EXAMPLES", "0"))
CLIENT = str(Path(__file__).with_name("grpc_client.py"))
NOW = datetime.now(timezone.utc).replace(microsecond=0)
Changes = tuple[tuple[str, str], ...]


def _module(name: str) -> ModuleType:
    full = f"certs_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).parents[1] / "certs" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


_module("der_certificates")
CHAINS = _module("der_chains")


def _made_up(count: int) -> list[Changes]:
    """So many different chains with two or three changes."""
    found: dict[str, Changes] = {}

    @settings(
        max_examples=count * 2,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.sampled_from(CHAINS.ALL_CHANGES), min_size=2, max_size=3, unique=True).map(tuple))
    def collect(changes: Changes) -> None:
        found.setdefault(repr(changes), changes)

    collect()
    return sorted(found.values(), key=lambda changes: sha256(repr(changes).encode()).digest())[:count]


@pytest.fixture(scope="module")
def questions() -> list[tuple[Changes, Any]]:
    """Chains as they should be, with every single change, and with some together."""
    every: list[Changes] = [(), *((one,) for one in CHAINS.ALL_CHANGES), *_made_up(EXAMPLES or 150)]
    return [(changes, CHAINS.bent(changes, NOW)) for changes in every]


class _Curl:
    """The program curl."""

    def __init__(self, folder: Path) -> None:
        self._roots = folder / "roots.pem"

    def ask(self, port: int, question: Any) -> str:
        self._roots.write_bytes(question.roots)
        target = f"::127.0.0.1:{port}"
        command = ["curl", "-q", "-sS", "-o", os.devnull, "--max-time", "20", "--noproxy", "*"]
        done = subprocess.run(
            [*command, "--cacert", str(self._roots), "--connect-to", target, f"https://{question.host}:{port}/"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        return done.stderr.partition("\n")[0] or f"code {done.returncode}" if done.returncode else ""


class _Grpc:
    """A process with grpcio."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, port: int, question: Any) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"port": port, "host": question.host, "roots": base64.b64encode(question.roots).decode()}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        words: str = json.loads(self._process.stdout.readline())
        return words


@pytest.fixture
def curl(tmp_path: Path) -> _Curl:
    """curl with OpenSSL 3 at security level 2, which is what Debian and Ubuntu have."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    version = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
    if "OpenSSL/3." not in version:
        pytest.skip(f"curl is not built with OpenSSL 3: {version.splitlines()[0]}")
    client = _Curl(tmp_path)
    if not _answers(client, [((), CHAINS.bent([("leaf", "key RSA 1024")], NOW))])[0]:
        pytest.skip("this OpenSSL is set to a security level below 2")
    return client


@pytest.fixture
def grpc() -> Iterator[_Grpc]:
    """grpcio, which is what pymilvus brings."""
    if importlib.util.find_spec("grpc") is None:
        pytest.skip("grpcio is not installed (it comes with pymilvus)")
    with subprocess.Popen([sys.executable, CLIENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield _Grpc(process)
        assert process.stdin is not None
        process.stdin.close()


def _answers(client: _Curl | _Grpc, asked: Sequence[tuple[Changes, Any]]) -> list[str]:
    found = []
    for _, question in asked:
        with serving(question.chain, question.private) as port:
            found.append(client.ask(port, question))
    return found


def _differences(consumer: str, asked: Sequence[tuple[Changes, Any]], answers: Sequence[str]) -> list[str]:
    wrong = []
    for (changes, question), words in zip(asked, answers, strict=True):
        said = verify_server(consumer, question.chain, question.roots, question.host, NOW)
        if said.ok != (not words):
            wrong.append(f"{changes}\n  foretold: {said.reason or 'accepts'}\n  did: {words or 'accept'}")
    return wrong


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("consumer", [OPENSSL, GRPC])
def test_client_and_model_agree(consumer: str, questions: list[tuple[Changes, Any]], request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue("curl" if consumer == OPENSSL else "grpc")
    answers = _answers(client, questions)
    accepted = sum(not words for words in answers)
    assert len(answers) // 10 < accepted < len(answers), "the questions are no test of anything"
    wrong = _differences(consumer, questions, answers)
    assert not wrong, f"{len(wrong)} of {len(answers)} differ:\n\n" + "\n\n".join(wrong)
