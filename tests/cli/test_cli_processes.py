"""The command line in processes of its own: imports, exit codes, Ctrl-C, pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from labs.aws.clients import READ_SECONDS
from labs.system.process_exit import CLOSED_PIPE
from tests.cli.kit import LAB, SCHEMA, Server, labs_process

HEAVY = (
    "boto3",
    "botocore",
    "rich",
    "moto",
    "lark",
    "fsrs",
    "werkzeug",
    "flask",
    "starlette",
    "time_machine",
    "pydantic",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "--help"], ["list"], ["--version"], ["policy", LAB]], ids=" ".join
)
def test_a_quick_command_imports_nothing_heavy(arguments: list[str]) -> None:
    """Neither an AWS SDK, nor the sandbox, nor a terminal library."""
    code = (
        f"import sys; from labs.cli import run; run({arguments!r});"
        f"print('heavy:', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.endswith("heavy:\n")


@pytest.mark.slow
def test_the_list_needs_no_parser() -> None:
    """The commands that are typed most often do not import typer; with an option they do, and say the same."""
    code = "import sys; from labs.cli import run; run({!r}); print('typer' in sys.modules)"
    plain, parsed = (
        subprocess.run(
            [sys.executable, "-c", code.format(arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for arguments in (["list"], ["list", "--format", "text"])
    )
    assert plain.endswith("\nFalse\n")
    assert parsed == plain.removesuffix("False\n") + "True\n"


@pytest.mark.slow
def test_a_process_ends_with_the_command_s_exit_code() -> None:
    """0, 2 and 3, with nothing but the document on standard output."""
    assert labs_process("list").returncode == 0
    wrong = labs_process("check", "nope", "--format", "json")
    assert wrong.returncode == 2
    SCHEMA.validate(json.loads(wrong.stdout))
    unseen = labs_process("check", LAB, "--region", "eu-west-1", "--format", "json")
    assert unseen.returncode == 3
    SCHEMA.validate(json.loads(unseen.stdout))
    assert unseen.stderr == ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
@pytest.mark.parametrize("more", [[], ["--watch"]], ids=["once", "watching"])
def test_ctrl_c_does_not_wait_for_answers(more: list[str]) -> None:
    """Whoever hangs at the other end: the process ends at once, and has said what it was asked to say."""
    asked = threading.Event()
    server = Server(lambda _: asked.set())
    environment = os.environ | {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    line = [sys.executable, "-m", "labs", "check", LAB, "--region", "eu-west-1", "--format", "json", *more]
    with subprocess.Popen(
        [*line, "--endpoint-url", server.url], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert asked.wait(30)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=READ_SECONDS - 2)
        finally:
            process.kill()
            server.close()
    assert process.returncode == 130
    SCHEMA.validate(json.loads(out))


@pytest.mark.slow
def test_a_terminal_that_knows_ascii_only_gets_the_verdict_all_the_same() -> None:
    """Signs that it cannot write become others; nothing breaks."""
    ran = labs_process("check", LAB, "--region", "eu-west-1", PYTHONIOENCODING="ascii")
    assert ran.returncode == 3
    assert "Traceback" not in ran.stderr
    assert "cluster" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["show", LAB], ["list"]], ids=" ".join)
def test_a_reader_that_leaves_early_causes_no_traceback_and_no_verdict(arguments: list[str]) -> None:
    """`labs show ecs-placement | head -1`."""
    code = "from labs.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert "BrokenPipeError" not in err
    assert process.returncode == CLOSED_PIPE


def test_closed_output_is_no_fault() -> None:
    """`labs list >&-`."""
    ran = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -m labs list >&-', sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_closed_streams_are_open_for_commands_and_their_children() -> None:
    """`labs demo <&- >&-`, as of a daemon: a socket must not be standard input."""
    check = "[*map(os.get_inheritable, range(3))] != [True] * 3"
    code = f"from labs import cli; import os; cli.run = lambda _: {check}; cli.main()"
    ran = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code], check=False
    )
    assert ran.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("error", ["", " 2>/dev/full"], ids=["output", "output and errors"])
def test_a_full_disk_is_no_failed_objective(error: str) -> None:
    """`labs check --format json >/dev/full`: its error, in JSON, does not fit on the disk either."""
    command = f'exec "$0" -m labs list --format json >/dev/full{error}'
    ran = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable], capture_output=True, text=True, check=False
    )
    message = "" if error else "error: Cannot write the output: No space left on device\n"
    assert (ran.returncode, ran.stderr) == (2, message)


HANDLER = "atexit.register(print, 'exit handler')"
THREAD = "threading.Thread(target=lambda: (threading.main_thread().join(), print('thread'))).start()"


@pytest.mark.parametrize(
    ("before", "printed"),
    [(HANDLER, "exit handler\n"), (f"{HANDLER}; {THREAD}", "thread\nexit handler\n")],
    ids=["one thread", "another thread"],
)
def test_a_process_ends_after_its_threads_and_exit_handlers(before: str, printed: str) -> None:
    """Although it does not wait to free its objects."""
    code = f"import atexit, threading; from labs.system.process_exit import leave; {before}; leave(3)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (3, printed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["a terminal", "NO_COLOR", "a dumb terminal"],
)
def test_colour_is_for_terminals_that_want_it(environment: dict[str, str], coloured: bool) -> None:
    """The same words with and without."""
    import pexpect

    terminal = pexpect.spawn(
        sys.executable,
        ["-c", "from labs.cli import main; main()", "check", LAB, "--region", "eu-west-1"],
        env={**os.environ, "TERM": "xterm", **environment},
        encoding="utf-8",
        timeout=60,
    )
    message = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 3
    assert "inconclusive" in message
    assert ("\x1b[33m" in message) is coloured
    assert ("\x1b" in message) is coloured
