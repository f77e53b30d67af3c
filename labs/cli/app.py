"""The typer application: the root command, and the translation of typer's errors into ours."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from labs.cli.menu import Menu
from labs.errors import BadCall, NotConfirmed, UsageError

app = typer.Typer(
    cls=Menu,
    help="Learn AWS by doing: build a lab with the real tools, and let `labs check` verify it.",
    epilog="New here? Run `labs demo`. It needs no AWS account.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Learn AWS by doing: build a lab with the real tools, and let `labs check` verify it."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False
    if version:
        from labs import __version__

        typer.echo(f"labs {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def call(arguments: list[str]) -> int:
    """Runs one command, returns its exit code. Raises BadCall, NotConfirmed, BrokenPipeError or the command's error."""
    try:
        return app(arguments, prog_name="labs", standalone_mode=False) or 0
    except SystemExit as end:
        if isinstance(
            end.__context__, BrokenPipeError
        ):  # typer ends with 1, which says that an objective failed
            raise end.__context__ from None
        raise
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command, message = context.command_path if context else "", error.format_message()
        if message == "Missing argument 'LAB'.":
            raise UsageError(f"Which lab? Add its name: {command} LAB. See the names: labs list") from error
        message = message.replace("Got unexpected extra argument(s)", "Too many arguments")
        raise BadCall(message, command) from error
    except typer.Abort as error:
        raise NotConfirmed("Canceled. Nothing was done. To skip the question, use --yes") from error
