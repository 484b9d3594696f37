"""The benchmark's repository: reproducible, realistic in size, and right."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def _corpus() -> object:
    spec = importlib.util.spec_from_file_location("benchmark_corpus", FOLDER / "corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark_corpus"] = module
    spec.loader.exec_module(module)
    return module


def test_same_seed_same_bytes_and_realistic_size() -> None:
    corpus = _corpus()
    texts = list(corpus.manifests(200))  # type: ignore[attr-defined]
    assert texts == list(corpus.manifests(200))  # type: ignore[attr-defined]
    assert 1500 < sum(map(len, texts)) / 200 < 4000
    assert sum("kind: Milvus\n" in text for text in texts) == 20
