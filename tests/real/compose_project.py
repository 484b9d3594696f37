"""One configuration in two forms: a compose project for the tool, and container files for the real server."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from milvus_server import BASE_ENVIRONMENT, CONFIGS, GRPC_PORT, REST_PORT, VERSION, Answer


def compose_file(configs: Mapping[str, bytes], environment: Mapping[str, str]) -> str:
    """A docker-compose.yml whose one service is the measured server, with ``configs`` (name -> content) mounted one by one."""
    lines = [
        "services:",
        "  standalone:",
        f"    image: milvusdb/milvus:{VERSION}",
        '    command: ["milvus", "run", "standalone"]',
        "    environment:",
        *(f"      {name}: {json.dumps(value)}" for name, value in {**BASE_ENVIRONMENT, **environment}.items()),
        "    volumes:",
        *(f"      - ./{name}:{CONFIGS}/{name}" for name in configs),
        "      - ./tls:/milvus/tls",
        "",
    ]
    return "\n".join(lines)


def write_project(folder: Path, configs: Mapping[str, bytes], environment: Mapping[str, str], tls: Mapping[str, bytes]) -> None:
    """The project on disk: docker-compose.yml, the configuration files and ``tls/``."""
    (folder / "tls").mkdir(parents=True, exist_ok=True)
    (folder / "docker-compose.yml").write_text(compose_file(configs, environment), encoding="utf-8")
    for name, content in configs.items():
        (folder / name).write_bytes(content)
    for name, content in tls.items():
        (folder / "tls" / name).write_bytes(content)


def container_files(configs: Mapping[str, bytes], tls: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """The same files as the container of :func:`compose_file` sees them."""
    files: dict[str, bytes | None] = {f"{CONFIGS}/{name}": content for name, content in configs.items()}
    return files | {f"/milvus/tls/{name}": content for name, content in tls.items()}


def run_tool(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the tool in ``folder`` as the command line does: exit code and standard output."""
    from gitops_tls.__main__ import main

    before = os.getcwd()
    out = io.StringIO()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = main(list(arguments))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os.chdir(before)
        gc.enable()  # the command line turns it off for its one short run
    return int(code or 0), out.getvalue()


def status(folder: Path) -> dict[str, Any]:
    """The one deployment that ``status --format json`` reports for a project."""
    code, text = run_tool(folder, "status", "--format", "json")
    deployments: list[dict[str, Any]] = json.loads(text)["deployments"]
    assert (code, len(deployments)) == (0, 1), text
    return deployments[0]


def predicted(deployment: Mapping[str, Any]) -> Answer:
    """A deployment of ``status`` in the words of a measurement: what is found on ports 19530 and 8080."""
    if deployment["server"] == "fails":
        return Answer("fails")
    return Answer(deployment["server"], _found(deployment["grpc"], GRPC_PORT), _found(deployment["rest"], REST_PORT))


def _found(listener: Mapping[str, Any], port: int) -> str:
    return str(listener["tls"]) if listener["port"] == port else "off"


def comparable(answer: Answer) -> Answer:
    """An answer without the words of the panic."""
    return answer._replace(panic="")
