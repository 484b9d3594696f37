"""Asking Git, as cheaply as the platform allows."""

from __future__ import annotations

import os

_ELSEWHERE = frozenset(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"))
"""Variables by which a hook's caller points Git at its own repository, which need not be the one that is read."""


def git(folder: str, *arguments: str) -> tuple[int, bytes]:
    """Run a reading Git command in ``folder``: ``(exit code, standard output)``; code -1 where there is no Git.

    A repository's own ``core.fsmonitor`` program is never started.
    """
    command = ["git", "-C", folder, "-c", "core.fsmonitor=false", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        if hasattr(os, "posix_spawnp"):
            return _spawn(command, environment)
        return _run(command, environment)
    except (OSError, ValueError):
        return -1, b""


def _spawn(command: list[str], environment: dict[str, str]) -> tuple[int, bytes]:
    """``posix_spawn``: importing subprocess costs more than the whole question."""
    reader, writer = os.pipe()
    try:
        try:
            process = os.posix_spawnp(
                command[0],
                command,
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, writer, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
            )
        finally:
            os.close(writer)
        parts: list[bytes] = []
        try:
            while part := os.read(reader, 1 << 20):
                parts.append(part)
        finally:
            status = os.waitpid(process, 0)[1]
    finally:
        os.close(reader)
    return os.waitstatus_to_exitcode(status), b"".join(parts)


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, bytes]:
    import subprocess

    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode, done.stdout
