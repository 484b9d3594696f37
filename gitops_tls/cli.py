"""The typer application, made from the table of options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from . import __version__
from .options import ARGUMENTS, COMMANDS, FLAG, GROUPS, LIST, Argument, Option, Value, of

Run = Callable[[str, dict[str, Value]], int]


def build(run: Run) -> typer.Typer:
    """The application. ``run`` gets the command's name and its values, and returns the exit code."""
    app = typer.Typer(
        name="gitops-tls",
        help="Says what Milvus will do with the TLS settings in a Git repository, and repairs them in place.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_version_option)
    groups = {"": app}
    for command, help_text in COMMANDS.items():
        group, _, name = command.rpartition(" ")
        if group not in groups:
            groups[group] = typer.Typer(rich_markup_mode=None)
            app.add_typer(groups[group], name=group, help=GROUPS[group])
        groups[group].command(name, help=help_text)(_function(command, run))
    return app


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"gitops-tls {__version__}")
        raise typer.Exit


def _version_option(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


def _function(command: str, run: Run) -> Callable[..., None]:
    def function(**given: Any) -> None:
        values: dict[str, Value] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        code = run(command, values)
        if code:
            raise typer.Exit(code)

    parameters = [_parameter(option) for option in of(command)]
    argument = ARGUMENTS.get(command)
    if argument is not None:
        parameters.append(_positional(argument))
    function.__name__ = command.replace(" ", "_")
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return function


def _parameter(option: Option) -> inspect.Parameter:
    if option.kind == FLAG:
        information = typer.Option(option.name, help=option.help)
        return _keyword(option.dest, Annotated[bool, information], False)
    information = typer.Option(option.name, help=option.help, metavar=option.metavar, show_default=False)
    if option.kind == LIST:
        return _keyword(option.dest, Annotated[list[str], information], [])
    return _keyword(option.dest, Annotated[str | None, information], None)


def _positional(argument: Argument) -> inspect.Parameter:
    information = typer.Argument(metavar=argument.metavar, help=argument.help, show_default=False)
    if argument.kind == LIST:
        return _keyword(argument.dest, Annotated[list[str], information], inspect.Parameter.empty if argument.required else [])
    if argument.required:
        return _keyword(argument.dest, Annotated[str, information], inspect.Parameter.empty)
    return _keyword(argument.dest, Annotated[str | None, information], None)


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def main(arguments: Sequence[str], run: Run) -> int:
    """Parse with typer and run; the exit code. Wrong arguments are told on standard error (exit 2)."""
    try:
        code = build(run)(args=list(arguments), prog_name="gitops-tls", standalone_mode=False)
    except Exception as error:
        if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
            raise
        return _usage_error(error)
    return int(code or 0)


def _usage_error(error: Any) -> int:
    """A usage error of the click inside typer, said in this tool's words."""
    message = str(error.format_message()).strip()
    words = f"{message[:1].lower()}{message[1:]}".rstrip(".")
    typer.echo(f"error: {words}\nhelp: `gitops-tls --help` shows the commands and their options", err=True)
    return int(error.exit_code)
