"""The plain command line without typer, which costs more time to import than a check takes."""

from __future__ import annotations

from collections.abc import Sequence

from .options import ARGUMENTS, FLAG, LIST, READERS, Option, Value, defaults, of


def parse(arguments: Sequence[str]) -> tuple[str, dict[str, Value]] | None:
    """The command and its values, where the arguments are plain; None where typer has to look.

    Plain is: ``check``, ``fix``, ``status`` or ``certs`` first, then options by their whole long names and paths.
    """
    if not arguments or arguments[0] not in READERS:
        return None
    command = arguments[0]
    known = {option.name: option for option in of(command)}
    values = defaults(command)
    paths: list[str] = []
    rest = iter(arguments[1:])
    for word in rest:
        if not word.startswith("-") or word == "-":
            paths.append(word)
            continue
        name, equals, value = word.partition("=")
        option = known.get(name)
        if option is None or (option.kind == FLAG and equals):
            return None
        if option.kind != FLAG and not equals:
            following = next(rest, None)
            if following is None or following.startswith("-"):
                return None
            value = following
        _set(values, option, value)
    values[ARGUMENTS[command].dest] = tuple(paths)
    return command, values


def _set(values: dict[str, Value], option: Option, value: str) -> None:
    if option.kind == FLAG:
        values[option.dest] = True
    elif option.kind == LIST:
        earlier = values[option.dest]
        values[option.dest] = (*(earlier if isinstance(earlier, tuple) else ()), value)
    else:
        values[option.dest] = value
