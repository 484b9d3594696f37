"""Every measured configuration, put into a compose project, is predicted as the real server behaved."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Case, load
from compose_project import comparable, predicted, status, write_project
from pki import good_set

CASES = load()


@pytest.fixture(scope="module")
def tls() -> dict[str, bytes]:
    """What stood in /milvus/tls."""
    return good_set()


def test_all_cases_are_here() -> None:
    assert len(CASES) == 131
    assert len({case.name for case in CASES}) == 131


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_predicted_as_measured(case: Case, tls: dict[str, bytes], tmp_path: Path) -> None:
    write_project(tmp_path, case.files, case.environment, tls)
    deployment = status(tmp_path)
    assert predicted(deployment) == comparable(case.measured), deployment["why"]
    assert deployment["why"], "a prediction without a reason"
