"""Made-up configurations: the prediction and the real server agree.

The suite asks about a few dozen, always the same. ``GITOPS_TLS_EXAMPLES=2000 pytest tests/real/test_predictions.py`` asks
about other ones each time.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from ask import ask_all
from compose_project import comparable, container_files, predicted, status, write_project
from configurations import Configuration, configurations
from hypothesis import HealthCheck, Phase, given, settings
from milvus_server import CONFIGS, Answer, Server
from pki import good_set

EXAMPLES = int(os.environ.get("GITOPS_TLS_EXAMPLES", "0"))
TLS = good_set()
IMAGE_CERTIFICATES = {f"{CONFIGS}/cert/{name}": content for name, content in good_set().items()}
"""The image brings a key pair there; any pair stands for it."""

_PLAIN = """proxy: {http: {port: 8080}}
tls: {serverPemPath: /milvus/tls/server.pem, serverKeyPath: /milvus/tls/server.key, caPemPath: /milvus/tls/ca.pem}
common: {security: {tlsMode: %s}}
"""
KINDS = [Configuration({"milvus.yaml": (_PLAIN % mode).encode()}, {}) for mode in ("0", "1", "2", "true")]
"""One of each kind, whatever is made up beside them."""


def _made_up(count: int) -> list[Configuration]:
    """So many different configurations. (Hypothesis likes to repeat itself; a start of the server is too dear for that.)"""
    found: dict[str, Configuration] = {}

    @settings(
        max_examples=count * 4,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(configurations())
    def collect(configuration: Configuration) -> None:
        found.setdefault(repr(configuration), configuration)

    collect()
    return KINDS + sorted(found.values(), key=lambda c: sha256(repr(c).encode()).digest())[:count]


def test_prediction_and_server_agree(real_servers: list[Server], tmp_path: Path) -> None:
    made_up = _made_up(EXAMPLES or 60)
    answers = ask_all(real_servers, [(IMAGE_CERTIFICATES | container_files(c.files, TLS), c.environment) for c in made_up])
    wrong: list[str] = []
    for number, (configuration, answer) in enumerate(zip(made_up, answers, strict=True)):
        folder = tmp_path / str(number)
        write_project(folder, configuration.files, configuration.environment, TLS)
        difference = _difference(status(folder), answer)
        if difference:
            wrong.append(f"{difference}\n{configuration}")
    _all_kinds_were_asked(answers)
    assert not wrong, f"{len(wrong)} of {len(answers)} differ:\n\n" + "\n\n".join(wrong)


def _difference(deployment: dict[str, object], answer: Answer) -> str:
    said = predicted(deployment)
    if said == comparable(answer) or _cannot_be_foretold(deployment):
        return ""
    return f"predicted {said}, because {deployment['why']}\nmeasured {answer}"


def _cannot_be_foretold(deployment: dict[str, object]) -> bool:
    """The server takes one of two spellings at random, or a file beside those in Git may be on the machine that deploys."""
    why = str(deployment["why"])
    return deployment["server"] == "unknown" and ("spelt two ways" in why or "is not in the repository" in why)


def _all_kinds_were_asked(asked: list[Answer]) -> None:
    """The generator reaches every kind of answer, so that agreement means something."""
    assert {answer.server for answer in asked} >= {"starts", "fails"}
    assert {answer.grpc for answer in asked} >= {"plaintext", "one-way", "mutual"}
    assert {answer.rest for answer in asked} >= {"plaintext", "one-way", "mutual", "off"}
