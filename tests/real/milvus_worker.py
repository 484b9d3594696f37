"""The side of milvus_server.py that runs inside the namespaces: starts, looks at and kills the real server.

Requests come as JSON lines on standard input, each is answered by one on standard output; see :func:`_serve`.
Run in a network and mount namespace of its own only: it mounts, and the server binds every interface.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

GRPC_PORT, REST_PORT, MANAGEMENT_PORT, INTERNAL_PORT = 19530, 8080, 9091, 19529


_LIBC = ctypes.CDLL(None, use_errno=True)
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    words = [None if word is None else word.encode() for word in (source, target, kind)]
    if _LIBC.mount(*words, ctypes.c_ulong(flags), None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def _die_with_parent() -> None:
    _LIBC.prctl(1, signal.SIGKILL)


def _loopback_up() -> None:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running


def _own_root() -> None:
    """A root folder in memory that shows all of the machine's own one, and beside it an empty ``/milvus``."""
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    root = "/tmp"
    entries = [(entry.name, os.readlink(entry.path) if entry.is_symlink() else None) for entry in os.scandir("/")]
    old = "/mnt" if os.path.isdir("/mnt") else "/media"
    _mount("/", old, None, _MS_BIND | _MS_REC)
    _mount("tmpfs", root, "tmpfs", 0)
    for name, link in entries:
        target = f"{root}/{name}"
        if name in ("milvus", "run"):
            continue
        if link is not None:
            os.symlink(link, target)
        elif os.path.isdir(f"{old}/{name}"):
            os.mkdir(target)
            _mount(f"{old}/{name}", target, None, _MS_BIND | _MS_REC)
    os.mkdir(f"{root}/milvus")
    os.mkdir(f"{root}/run")  # the server leaves its process id there, and a file a start in /tmp/milvus
    os.makedirs(f"{root}/tmp/milvus", exist_ok=True)
    _mount("tmpfs", f"{root}/tmp/milvus", "tmpfs", 0)
    os.chroot(root)
    os.chdir("/")


class _Milvus:
    """The server process in ``/milvus``."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, files: Mapping[str, str | None], environment: Mapping[str, str]) -> None:
        self.kill()
        self._write("/milvus/configs/glog.conf", (self._home / "glog.conf").read_bytes())
        for path, data in files.items():
            self._write(path, None if data is None else base64.b64decode(data))
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        env |= {"LD_LIBRARY_PATH": str(self._home / "bin"), **environment}
        with open("/milvus/log", "wb") as log:
            self._process = subprocess.Popen(
                [str(self._home / "bin" / "milvus"), "run", "standalone"],
                env=env,
                cwd="/milvus",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # this process has no threads
            )

    @staticmethod
    def _write(path: str, data: bytes | None) -> None:
        if not path.startswith("/milvus/"):
            raise ValueError(f"{path} is not below /milvus")
        if data is None:
            os.makedirs(path, exist_ok=True)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).write_bytes(data)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for entry in os.scandir("/milvus"):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)

    def answer(self, timeout: float = 45) -> dict[str, str]:
        """Wait until it is healthy or dead, then look at its ports."""
        assert self._process is not None
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self._process.poll() is not None:
                return {"server": "fails", "grpc": "", "rest": "", "panic": self._panic()}
            if (_listens(GRPC_PORT) or _listens(INTERNAL_PORT)) and _healthy():
                break
            time.sleep(0.05)
        else:
            return {"server": "hangs", "grpc": "", "rest": "", "panic": self._panic()}
        grpc, rest = _classify(GRPC_PORT, _HTTP2, end), _classify(REST_PORT, _HTTP1, end)
        return {"server": "starts", "grpc": grpc, "rest": rest, "panic": ""}

    @staticmethod
    def _panic() -> str:
        text = Path("/milvus/log").read_text(errors="replace")
        found = re.search(r"(?m)^panic: (.*)$", text)
        return found[1].strip() if found else text[-300:]


_HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
_HTTP1 = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def _listens(port: int) -> bool:
    """Whether something listens. Before the proxy's ports do, no component is known and ``/healthz`` answers 200 to nobody's credit."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _healthy() -> bool:
    try:
        with socket.create_connection(("127.0.0.1", MANAGEMENT_PORT), timeout=1) as raw:
            raw.settimeout(2)
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in raw.recv(64)
    except OSError:
        return False


def _classify(port: int, greeting: bytes, end: float) -> str:
    """``off``, ``plaintext``, ``one-way`` or ``mutual``: what a client without a certificate of its own meets."""
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as raw:
                raw.settimeout(2)
                answer = _handshake(raw, greeting)
                if answer:
                    return answer
        except ConnectionRefusedError:
            return "off"
        except OSError:
            pass
        time.sleep(0.05)
    return "silent"


def _handshake(raw: socket.socket, greeting: bytes) -> str:
    context = ssl._create_unverified_context()
    if greeting is _HTTP2:
        context.set_alpn_protocols(["h2"])
    try:
        with context.wrap_socket(raw) as connection:
            connection.sendall(greeting)
            return "one-way" if connection.recv(9) else ""
    except ssl.SSLError as error:
        if "WRONG_VERSION" in str(error) or "HTTP_REQUEST" in str(error) or "RECORD_LAYER" in str(error):
            return "plaintext"
        return "mutual" if "alert" in str(error).lower() else ""


def _run(request: dict[str, Any]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            request["command"], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=request["timeout"]
        )
    except subprocess.TimeoutExpired:
        return {"code": 124, "output": f"still running after {request['timeout']} s"}
    return {"code": done.returncode, "output": done.stdout + done.stderr}


def _worker(home: Path) -> None:
    _die_with_parent()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    try:
        _loopback_up()
        _own_root()
    except OSError as error:
        say({"error": f"a mount namespace of its own is not permitted here: {error}"})
        return
    milvus = _Milvus(home)
    say({"ready": True})
    for line in sys.stdin:
        say(_serve(milvus, json.loads(line)))
    milvus.kill()


def _serve(milvus: _Milvus, request: dict[str, Any]) -> dict[str, Any]:
    if request["do"] == "run":
        return _run(request)
    if request["do"] == "kill":
        milvus.kill()
        return {}
    milvus.start(request["files"], request["environment"])
    answer = milvus.answer()
    if request["do"] == "ask":
        milvus.kill()
    return answer


if __name__ == "__main__":
    _worker(Path(sys.argv[1]))
