"""The command line: each command parses, calls and shows; `main` is the one place where errors are printed."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

from labs.errors import BadCall, LabsError
from labs.system.process_exit import CLOSED_PIPE, INTERRUPTED, leave

if TYPE_CHECKING:
    from labs.verdict import AccountIdentity

MAX_MESSAGE = 10_000
"""Characters of an error message."""


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if (
            getattr(sys, name) is None
        ):  # closed (`labs list >&-`): no file, here or in a child, may get its descriptor
            descriptor = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(descriptor, True)
            setattr(sys, name, os.fdopen(descriptor, mode))
        if name != "stdin" and isinstance(stream := getattr(sys, name), TextIOWrapper):
            # A character that the terminal cannot encode must not end the command.
            stream.reconfigure(errors="replace")
    leave(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command and returns its exit code. Errors are printed as one sentence, and as JSON if asked for."""
    try:
        code = _call(arguments)
        sys.stdout.flush()
        _warn_of_left_out_packs(arguments)
        return (
            _interrupted(arguments) if code == INTERRUPTED else code
        )  # typer turns Ctrl-C into an exit code
    except LabsError as error:
        return _fail(arguments, str(error), error.exit_code, error)
    except KeyboardInterrupt:
        return _interrupted(arguments)
    except BrokenPipeError:  # `labs list | head -1`: the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    except MemoryError as error:
        return _fail(arguments, "Not enough memory: a file or an answer is too large", 2, error)
    except Exception as error:  # noqa: BLE001 - Python would end with 1, which says that an objective failed
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
            return _fail(
                arguments, f"Cannot write {error.filename or 'the output'}: {error.strerror}", 2, error
            )
        import traceback

        traceback.print_exception(error)
        return _fail(
            arguments,
            f"Internal error: {type(error).__name__}: {error}. Please report it with the traceback above.",
            2,
            error,
        )


def _warn_of_left_out_packs(arguments: list[str]) -> None:
    """Warns of each pack that could not be loaded; `labs packs` lists them itself."""
    pack = sys.modules.get("labs.content.pack")
    if pack is None or arguments[:1] == ["packs"]:
        return
    for fault in pack.left_out():
        sys.stderr.write(f"labs: a pack is left out: {fault}; `labs packs` lists them\n")


def _call(arguments: list[str]) -> int:
    """Runs the command. `labs list` and `labs next` alone have nothing to parse, so they skip the import of typer."""
    if arguments in (["list"], ["next"]):
        from labs.cli import listing

        listing.print_list() if arguments == ["list"] else listing.print_next()
        return 0
    from labs.cli.app import call

    return call(arguments)


def _interrupted(arguments: list[str]) -> int:
    if _wants_json(arguments):
        _write_error(arguments, "interrupted")
    return INTERRUPTED


def _fail(arguments: list[str], message: str, code: int, error: Exception) -> int:
    from labs.cli import runtime
    from labs.content.markdown import plain

    if len(message) > MAX_MESSAGE:  # it may quote a stranger's file
        message = f"{message[:MAX_MESSAGE]}…"
    with suppress(OSError):  # a full disk, or closed: the exit code stays
        sys.stderr.write(runtime.folded(f"error: {plain(message)}", sys.stderr) + "\n")
        if isinstance(error, BadCall) and error.command:
            sys.stderr.write(f"See `{error.command} --help`\n")
        if _wants_json(arguments):
            _write_error(arguments, message, getattr(error, "target", None))
    return code


def _write_error(arguments: list[str], message: str, target: AccountIdentity | None = None) -> None:
    from labs.show import verdict_json

    command = next((word for word in arguments if not word.startswith("-")), "")
    sys.stdout.write(
        verdict_json.dumps(verdict_json.error_document(command, message, target or verdict_json.NOBODY))
        + "\n"
    )


def _wants_json(arguments: list[str]) -> bool:
    """Whether `--format json` is given, even if the rest of the command line cannot be parsed."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(word == "--format=json" or (word == "--format" and value == "json") for word, value in pairs)
