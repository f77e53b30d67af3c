"""The command line: each command parses, calls and shows; `main` is the one place where errors are printed."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from labs.cli.menu import Menu
from labs.errors import LabsError

app = typer.Typer(
    cls=Menu,
    help="Practise AWS from flashcards: do the task with the real tools, and let `labs check` look.",
    epilog="New here? `labs demo` shows the whole loop, without an AWS account.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Practise AWS from flashcards: do the task with the real tools, and let `labs check` look."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False
    if version:
        from labs import __version__

        typer.echo(f"labs {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a name that this terminal cannot write is no reason to stop
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command; the exit code. Errors become one clear sentence, and JSON where that was asked for."""
    try:
        return app(arguments, prog_name="labs", standalone_mode=False) or 0
    except typer.TyperException as error:
        return _fail(arguments, error.format_message(), 2, error)
    except LabsError as error:
        return _fail(arguments, str(error), error.exit_code, error)
    except typer.Abort as error:
        return _fail(arguments, "not confirmed: nothing was done; --yes goes on without a question", 1, error)
    except Exception as error:  # noqa: BLE001 - Python would end with 1, which says that an objective failed
        import traceback

        traceback.print_exception(error)
        return _fail(arguments, f"this is a fault of labs itself: {type(error).__name__}: {error}", 2, error)


def _fail(arguments: list[str], message: str, code: int, error: BaseException) -> int:
    from labs.cardtext import plain

    typer.echo(f"labs: {plain(message)}", err=True)
    context = getattr(error, "ctx", None)
    if context is not None:
        typer.echo(f"`{context.command_path} --help` tells how it is called", err=True)
    if _wants_json(arguments):
        from labs.show import data

        target = getattr(error, "target", None) or data.NOBODY
        command = next((word for word in arguments if not word.startswith("-")), "")
        typer.echo(data.dumps(data.error_document(command, message, target)))
    return code


def _wants_json(arguments: list[str]) -> bool:
    """Whether `--format json` was asked for, also where the rest of the line could not be understood."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(word == "--format=json" or (word == "--format" and value == "json") for word, value in pairs)
