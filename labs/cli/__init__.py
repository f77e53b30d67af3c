"""The command line: each command parses, calls and shows; `main` is the one place where errors are printed."""

from __future__ import annotations

import os
import sys
import traceback
from io import TextIOWrapper
from typing import Annotated

import typer

from labs.cardtext import plain
from labs.cli import check, decks, learn, options, progress, receipts, sandbox, study, tools, workshop
from labs.errors import LabsError

app = typer.Typer(
    help="Practise AWS from flashcards: do the task with the real tools, and let `labs check` look.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("list")(learn.list_labs)
app.command()(learn.show)
app.command()(learn.start)
app.command()(check.check)
app.command()(learn.hint)
app.command()(learn.solution)
app.command()(learn.clean)
app.command()(study.study)
app.add_typer(progress.app, name="progress")
app.command()(receipts.explain)
app.add_typer(receipts.app, name="receipt")
app.command("next")(progress.following)
app.command()(tools.demo)
app.command()(tools.doctor)
app.command()(tools.policy)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(decks.app, name="decks")
app.add_typer(workshop.app, name="workshop")
app.command()(tools.new)
app.command("test")(tools.prove)


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
    else:
        if os.environ.get("NO_COLOR"):
            context.color = False
        options.help_without_command(context)


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
        traceback.print_exception(error)
        return _fail(arguments, f"this is a fault of labs itself: {type(error).__name__}: {error}", 2, error)


def _fail(arguments: list[str], message: str, code: int, error: BaseException) -> int:
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
