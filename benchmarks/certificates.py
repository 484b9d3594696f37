"""How long `gitops-tls certs` takes for each certificate of the `cryptography_vectors` package.

    python benchmarks/certificates.py [--repeat 5] [--folder FOLDER]

Needs gitops-tls and cryptography-vectors beside the Python that runs it (`pip install '.[test]'`). The package holds about a
thousand files with certificates, PKCS#12 containers, keys and deliberately broken ones. Everything is measured in one process
(reading files, finding, parsing); the last line is a whole run of the command, start-up included. FOLDER measures other files.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from gitops_tls.certs.read import load, read
from gitops_tls.config import Config, Within
from gitops_tls.inventory import Inventory, take
from gitops_tls.pipeline import gather
from gitops_tls.repo.disk import DiskFiles
from gitops_tls.repo.workspace import Workspace


def stock(folder: Path, paths: list[str]) -> Inventory:
    """One inventory of some files, with nothing remembered from the last."""
    load.cache_clear()
    read.cache_clear()
    workspace = Workspace(DiskFiles(str(folder)))
    facts = gather(workspace, paths, Config(), datetime.now(timezone.utc), [])
    return take(facts, paths, Within())


def kinds(paths: list[str]) -> dict[str, list[str]]:
    """The files by the end of their name; ends with fewer than ten files together."""
    counted = Counter(Path(path).suffix for path in paths)
    grouped: dict[str, list[str]] = {}
    for path in paths:
        suffix = Path(path).suffix
        grouped.setdefault(suffix if counted[suffix] >= 10 and suffix else "others", []).append(path)
    return grouped


def measure(folder: Path, paths: list[str], repeat: int) -> tuple[float, Inventory]:
    """The median CPU seconds of an inventory, after one to warm up, and the inventory."""
    taken = stock(folder, paths)
    times: list[float] = []
    for _ in range(repeat):
        start = time.process_time()
        stock(folder, paths)
        times.append(time.process_time() - start)
    return statistics.median(times), taken


def slowest(folder: Path, paths: list[str]) -> tuple[float, str]:
    """The file that takes longest by itself."""
    worst = (0.0, "")
    for path in paths:
        start = time.perf_counter()
        stock(folder, [path])
        worst = max(worst, (time.perf_counter() - start, path))
    return worst


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description="Time per certificate of gitops-tls certs")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each measurement, after one to warm up")
    parser.add_argument("--folder", type=Path, help="measure the files of this folder instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as outside:
        report(options.folder or vectors(Path(outside) / "vectors"), options.repeat)


def vectors(target: Path) -> Path:
    """A copy of the package's files: where it is installed, in an environment inside of a clone, Git ignores them."""
    import cryptography_vectors

    return shutil.copytree(Path(cryptography_vectors.__file__).parent, target, ignore=shutil.ignore_patterns("__pycache__"))


def report(folder: Path, repeat: int) -> None:
    """Measure the files of a folder and print the table."""
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    print(f"  cryptography {version('cryptography')}, vectors {version('cryptography_vectors')}")
    paths = DiskFiles(str(folder)).paths()
    if not paths:
        sys.exit(f"no files to measure in {folder}: Git may ignore them")
    print(f"\n{'files':<10}{'count':>7}{'found':>8}{'not read':>10}{'CPU':>11}{'a file':>12}{'a certificate':>16}")
    for name, files in [*sorted(kinds(paths).items()), ("all", paths)]:
        cpu, taken = measure(folder, files, repeat)
        each = f"{cpu / len(taken.entries) * 1e6:>13,.0f} µs" if taken.entries else f"{'-':>16}"
        row = f"{name:<10}{len(files):>7,}{len(taken.entries):>8,}{len(taken.unread):>10,}{cpu * 1000:>8,.0f} ms"
        print(f"{row}{cpu / len(files) * 1e6:>9,.0f} µs{each}")
    seconds, path = slowest(folder, paths)
    print(f"\nslowest file: {path}, {seconds * 1000:.0f} ms")
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "gitops_tls", "certs", "--format", "json", "--quiet"], cwd=folder, capture_output=True, check=False
    )
    print(f"gitops-tls certs: {time.perf_counter() - start:.2f} s, exit {done.returncode}, {len(done.stdout):,} bytes of JSON")


if __name__ == "__main__":
    main()
