"""Help, completion, and the commands around a check."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from msgspec import structs

from labs.cli.app import app
from labs.cli.menu import MENU
from labs.content.pack import open_catalog
from labs.sandbox import control
from tests.aws import injected, instant_retries, intercepted_http
from tests.builders import ACCOUNT, Builder
from tests.cli.kit import BY_ID, LAB, Ran, labs_process


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name in getattr(group, "commands", ()):
        yield from _commands(group.get_command(None, name), (*path, name))


FEW_READS = "ecs-fargate-service"
EVERY_COMMAND = list(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", EVERY_COMMAND, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...], cli: Callable[..., Ran]) -> None:
    """`--help` and `-h` end with 0 and say how the command is called."""
    ran = cli(*path, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: {' '.join(('labs', *path))}")
    assert cli(*path, "-h").out == ran.out


@pytest.mark.parametrize("path", EVERY_COMMAND, ids=" ".join)
def test_no_help_is_cut_short_or_names_a_type_of_the_programming_language(
    path: tuple[str, ...], cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither "..." in the place of words, nor `<str>` and `<int range>`, and no line beyond the terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    message = cli(*path, "--help").out
    assert "... " not in message.partition("Options:")[2].replace("LAB... ", "").replace("PATH... ", "")
    assert "...\n" not in message.partition("Options:")[2]
    assert not re.search("<(str|int|float|path)", message)
    assert max(map(len, message.splitlines())) <= 80


def test_the_help_tells_every_command_on_one_line_of_80_columns(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what they are for; `labs` alone says the same."""
    monkeypatch.setenv("COLUMNS", "80")
    message = cli("--help").out
    for title, part in MENU.items():
        assert f"\n{title}:\n" in message
        for name, entry in part.items():
            assert f"\n  {name:<10}{entry.line}\n" in message
    assert cli().out == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("chek",), "No such command 'chek'. Did you mean 'check'?"),
        (("workshop", "chek"), "No such command 'chek'. Did you mean 'check'?"),
        (("ecs-placement",), "No such command 'ecs-placement'."),
        (("check", "--objectiv", "x"), "No such option: --objectiv"),
        (("chek", "--format", "json"), "Did you mean 'check'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_misspelt_word_is_reported_with_what_was_meant(
    arguments: tuple[str, ...], message: str, cli: Callable[..., Ran]
) -> None:
    ran = cli(*arguments)
    assert ran.code == 2
    assert message in ran.err
    assert "--help`" in ran.err


COMPLETED: dict[str, set[str]] = {
    "labs ch": {"check"},
    "labs --ve": {"--version"},
    "labs workshop e": {"export"},
    "labs receipt ": {"sign", "verify", "key"},
    "labs check --wa": {"--wait", "--watch"},
    "labs check ecs-placement-p": {"ecs-placement-process"},
}


@pytest.mark.slow
@pytest.mark.parametrize("line", COMPLETED)
def test_the_shell_completes(line: str) -> None:
    """Commands, options and labs, as bash asks for them."""
    asked = {"_LABS_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    assert set(labs_process(**asked).stdout.split()) == COMPLETED[line]


@pytest.mark.slow
def test_to_complete_a_command_imports_none() -> None:
    """Completion, at each press of the tab key, is answered from the names alone."""
    code = (
        "import sys\nfrom labs.cli import run\n"
        "try: run([])\nfinally: print(*[name for name in sys.modules if name.startswith('labs.cli.')])"
    )
    environment = {"_LABS_COMPLETE": "complete_bash", "COMP_WORDS": "labs ", "COMP_CWORD": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    assert set(ran.stdout.split("\n")[-2].split()) == {
        "labs.cli.app",
        "labs.cli.menu",
        "labs.cli.typer_internals",
    }
    assert "workshop" in ran.stdout


def test_the_version_is_that_of_the_distribution(cli: Callable[..., Ran]) -> None:
    from importlib.metadata import version

    assert cli("--version").out == f"labs {version('cardlabs')}\n"


def test_the_policy_of_a_lab_is_a_policy_document(cli: Callable[..., Ran]) -> None:
    ran = cli("policy", LAB)
    assert ran.code == 0
    (statement,) = ran.json["Statement"]
    assert (ran.json["Version"], statement["Effect"]) == ("2012-10-17", "Allow")
    assert "ecs:DescribeServices" in statement["Action"]
    assert cli("policy", "nope").code == 2


def test_a_declined_solution_is_not_shown(cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `--yes` it asks; no answer is a no."""
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    declined = cli("solution", LAB)
    assert declined.code == 1
    assert "create-service" not in declined.out
    shown = cli("solution", LAB, "--yes")
    assert shown.code == 0
    assert "create-service" in shown.out


def test_other_solutions_are_shown_by_name(cli: Callable[..., Ran]) -> None:
    """The reference names them; an unknown one is refused before anything is asked or kept."""
    assert f"Show one: labs solution {LAB} cloudformation" in cli("solution", LAB, "--yes").err
    assert "AWS::ECS::Service" in cli("solution", LAB, "cloudformation", "--yes").out
    refused = cli("solution", LAB, "nope", "--yes")
    assert (refused.code, refused.out) == (2, "")
    assert "has no solution 'nope'. Others: cloudformation, " in refused.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "nope"),
        ("hint", "nope"),
        ("start", "nope"),
        ("solution", "nope", "-y"),
        ("clean", "nope"),
        ("demo", "nope"),
    ],
    ids=" ".join,
)
def test_an_unknown_lab_is_unknown_to_every_command(
    arguments: tuple[str, ...], cli: Callable[..., Ran]
) -> None:
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "No lab is named 'nope'" in ran.err


def test_clean_tells_when_it_could_not_look(cli: Callable[..., Ran]) -> None:
    """Without credentials it does not say that nothing is left."""
    ran = cli("clean", LAB, "--region", "eu-west-1")
    assert (ran.code, ran.out) == (3, "")
    assert "No AWS credentials found" in ran.err


@pytest.mark.parametrize("command", ["clean", "check"])
def test_a_stopped_sandbox_of_this_shell_is_told_in_one_sentence(
    command: str, cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = "The sandbox of this shell is stopped. Start it: labs sandbox start"
    monkeypatch.setattr("labs.doctor.sandbox_advice.sandbox_advice", lambda *_: stopped)
    assert cli(command, LAB, "--region", "eu-west-1") == Ran(3, "", f"error: {stopped}\n")


def test_a_shell_that_is_not_there_is_named(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sandbox = control.Sandbox(tmp_path, "http://127.0.0.1:5", 5, 1, "token")
    monkeypatch.setattr("labs.cli.options.running_sandbox", lambda: sandbox)
    monkeypatch.setattr("labs.sandbox.client.shell.write_wrapper", lambda _: None)
    monkeypatch.setenv("SHELL", "/nowhere/fish")
    ran = cli("sandbox", "shell")
    assert ran.code == 2
    assert (
        "Cannot start your shell /nowhere/fish: No such file or directory. Name another one: SHELL="
        in ran.err
    )


@pytest.mark.slow
def test_clean_names_what_is_left_and_runs_nothing_in_an_account(cli: Callable[..., Ran], moto: None) -> None:
    """It prints the commands; `--yes` is for the sandbox only."""
    Builder().cluster("labs-placement")
    ran = cli("clean", LAB)
    assert ran.code == 0
    assert "cluster labs-placement" in ran.out
    assert "delete-cluster" in ran.out
    refused = cli("clean", LAB, "--yes")
    assert refused.code == 2
    assert "--yes works only in the sandbox" in refused.err


def test_doctor_without_credentials_says_what_to_do(cli: Callable[..., Ran]) -> None:
    ran = cli("doctor", "--region", "eu-west-1")
    assert ran.code == 1
    assert "No AWS credentials found" in ran.out
    assert "labs sandbox start" in ran.out


def test_doctor_is_well_for_a_user_of_the_sandbox(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither credentials nor a Region are missing for a learner who has started the sandbox."""
    monkeypatch.setattr("labs.doctor.checks.last_port", lambda home: 4566)
    ran = cli("doctor")
    assert "✗" not in ran.out
    assert "you use the sandbox" in ran.out
    assert ran.code == 0


@pytest.fixture
def few_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """One lab is there, whose reads are soon tried."""
    catalog = open_catalog()
    one = structs.replace(catalog, labs={FEW_READS: catalog.labs[FEW_READS]})
    monkeypatch.setattr("labs.content.pack.open_catalog", lambda paths: one)


@pytest.mark.slow
def test_doctor_names_what_a_new_account_lacks(
    cli: Callable[..., Ran], embedded: None, few_reads: None
) -> None:
    import boto3

    ec2 = boto3.client("ec2", "eu-west-1")
    for subnet in ec2.describe_subnets()["Subnets"][1:]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ran = cli("doctor")
    assert "✓ service-linked role" in ran.out
    assert "✗ default VPC" in ran.out
    assert "zones are needed: aws ec2 create-default-vpc" in ran.out
    assert "default VPC: vpc-" in cli("start", FEW_READS).out


@pytest.mark.slow
def test_doctor_finds_every_read_allowed(cli: Callable[..., Ran], embedded: None) -> None:
    """In an account that allows all, the permissions are well: things that are not there do not matter."""
    ran = cli("doctor")
    assert "✓ permissions" in ran.out, ran.out
    assert ACCOUNT in ran.out


@pytest.mark.slow
def test_doctor_names_what_is_not_allowed(cli: Callable[..., Ran], embedded: None, few_reads: None) -> None:
    denied = injected(BY_ID["access-denied"], only=lambda call: call.operation == "DescribeServices")
    with intercepted_http(), instant_retries(), denied:
        ran = cli("doctor")
    assert ran.code == 1
    assert "✗ permissions" in ran.out
    assert "not allowed: ecs:DescribeServices\n" in ran.out


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", ["throttled", "500", "cut-in-the-middle", "html", "read-timeout", "missing-key"]
)
def test_doctor_does_not_call_a_fault_a_denial(
    fault: str, cli: Callable[..., Ran], embedded: None, few_reads: None
) -> None:
    struck = injected(BY_ID[fault], only=lambda call: call.operation == "DescribeServices")
    with intercepted_http(), instant_retries(), struck:
        ran = cli("doctor")
    assert "not allowed" not in ran.out
    if fault != "missing-key":
        assert "could not be tested: ecs:DescribeServices" in ran.out
