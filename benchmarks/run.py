"""How much CPU time `gitops-tls check` takes beside two linters, on the same files in the same minute.

    python benchmarks/run.py [--files 1,100,1000] [--repeat 5] [--keep FOLDER]

Needs gitops-tls, yamllint and check-jsonschema beside the Python that runs it (`pip install '.[test]'`). The tools take turns,
so that a busy machine slows all of them; what counts are the ratios. Whole processes are measured: start-up is part of it.
The three do not do the same work: yamllint looks at style, check-jsonschema at one small schema, gitops-tls predicts servers.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import corpus

SCHEMA = Path(__file__).resolve().parent.parent / "schemas" / "milvus-cr.schema.json"
PACKAGES = ("gitops-tls", "yamllint", "check-jsonschema", "ruamel.yaml", "ruamel.yaml.clib", "PyYAML", "typer")


class Run(NamedTuple):
    """One whole process: CPU seconds (user and system), peak memory in MiB, exit code."""

    cpu: float
    peak: float
    code: int


def measure(command: list[str], folder: Path) -> Run:
    """Run a command in ``folder`` without showing what it says."""
    silence = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    here = os.getcwd()
    os.chdir(folder)
    try:
        process = os.posix_spawn(command[0], command, os.environ, file_actions=silence)
        _, status, usage = os.wait4(process, 0)
    finally:
        os.chdir(here)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, os.waitstatus_to_exitcode(status))


def commands(folder: Path) -> dict[str, list[str]]:
    """The three tools on all files of ``folder``; check-jsonschema stops at Helm-like errors, so it gets the Milvus files."""
    scripts = Path(sys.executable).parent
    files = sorted(str(path) for path in folder.rglob("*.yaml"))
    single = [path for path in files if "\n---\n" not in Path(path).read_text(encoding="utf-8")] or files
    tool = scripts / "gitops-tls"
    return {
        "gitops-tls": [str(tool), "check"] if tool.exists() else [sys.executable, "-m", "gitops_tls", "check"],
        "yamllint": [str(scripts / "yamllint"), "-d", "relaxed", str(folder)],
        "check-jsonschema": [str(scripts / "check-jsonschema"), "--schemafile", str(SCHEMA), *single],
    }


def report(count: int, repeat: int, keep: Path | None) -> None:
    """Measure one size of repository and print it."""
    base = keep or Path(tempfile.mkdtemp(prefix="gitops-tls-benchmark-"))
    folder = base / str(count)
    try:
        size = corpus.write(folder, count)
        tools = commands(folder)
        runs: dict[str, list[Run]] = {name: [] for name in tools}
        for turn in range(repeat + 1):
            for name, command in tools.items():
                run = measure(command, folder)
                if turn:  # the first turn warms the caches
                    runs[name].append(run)
        _show(count, size, runs)
    finally:
        if keep is None:
            shutil.rmtree(base, ignore_errors=True)


def _show(count: int, size: int, runs: dict[str, list[Run]]) -> None:
    print(f"\n{count} file{'s' if count > 1 else ''}, {size / 1024:.0f} KiB, {len(runs['yamllint'])} runs each")
    own = statistics.median(run.cpu for run in runs["gitops-tls"])
    for name, measured in runs.items():
        cpu = statistics.median(run.cpu for run in measured)
        peak = max(run.peak for run in measured)
        codes = sorted({run.code for run in measured})
        ratio = "" if name == "gitops-tls" else f"   gitops-tls needs {own / cpu:.3f} of it"
        print(f"  {name:<17} cpu {cpu:8.3f} s   peak {peak:6.1f} MiB   exit {codes}{ratio}")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description="CPU time of gitops-tls check against yamllint and check-jsonschema")
    parser.add_argument("--files", default="1,100,1000", help="sizes of the repositories, comma separated (also 10000)")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each tool, after one to warm up")
    parser.add_argument("--keep", type=Path, help="write the repositories here and leave them")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody's installation compiles at every start
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    for name in PACKAGES:
        try:
            print(f"  {name} {version(name)}")
        except PackageNotFoundError:
            print(f"  {name} is not installed")
    for count in options.files.split(","):
        report(int(count), options.repeat if int(count) < 1000 else max(1, options.repeat // 2), options.keep)


if __name__ == "__main__":
    main()
