"""Errors for the user; the command line turns them into exit codes."""

from __future__ import annotations


class UsageError(Exception):
    """A wrong option, path or configuration (exit 2). ``help`` says what would be right."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


class FixNotVerified(Exception):
    """A fix changed more than it meant to; nothing was written (exit 3). The message names file and rule."""


class NotWritten(Exception):
    """A file could not be written, or must not be; it holds what it held before (exit 3). The message names it."""
