"""The command line: the one place where exceptions become exit codes."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence

from .errors import FixNotVerified, NotWritten, UsageError
from .options import Value

OK, FINDINGS, USAGE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``gitops-tls`` with ``arguments`` (default: those of the process); returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # a run lives for a fraction of a second and frees its memory by ending
    gc.disable()
    _write_utf8()
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except UsageError as error:
        _say(f"error: {error}")
        if error.help:
            _say(f"help: {error.help}")
        return USAGE
    except (FixNotVerified, NotWritten) as error:
        _say(f"error: {error}")
        return INTERNAL
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _close_quietly()
        return OK
    except Exception as error:
        if os.environ.get("GITOPS_TLS_TRACEBACK") == "1":
            raise
        _say(f"internal error: {type(error).__name__} in {_place(error)}; please report it (GITOPS_TLS_TRACEBACK=1 shows more)")
        return INTERNAL


def _dispatch(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--version"]:
        from . import __version__

        print(f"gitops-tls {__version__}")
        return OK
    if not arguments:
        from . import cli

        cli.main(["--help"], run)
        return USAGE
    from . import fast

    plain = fast.parse(arguments)
    if plain is not None:
        return run(*plain)
    from . import cli

    return cli.main(arguments, run)


def run(command: str, values: dict[str, Value]) -> int:
    """Run one command with the values of its options; returns the exit code."""
    from importlib import import_module

    module = import_module(f"{__package__}.commands.{command.replace(' ', '_')}")
    return int(module.run(values))


def _say(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr)


def _place(error: BaseException) -> str:
    """Module and line where an error arose, without any value."""
    place = "unknown"
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if str(name).startswith(__package__ or "gitops_tls"):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _write_utf8() -> None:
    """What is quoted from files may hold any character: never fail on a terminal that cannot show it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _close_quietly() -> None:
    """The reader has gone: keep the interpreter from complaining about it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
