"""Commands that cannot be carried out as they were given: exit code 2 and a sentence."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from labs.cli import run, runtime
from tests.cli.kit import LAB, SCHEMA, Ran, checked

WRONG_CALLS: dict[str, tuple[tuple[str, ...], str]] = {
    "no lab": ((), "Which lab?"),
    "an unknown lab": (("nope",), "No lab is named 'nope'"),
    "nearly a lab": (("ecs-placment",), "Did you mean ecs-placement"),
    "one of two unknown": ((LAB, "nope"), "No lab is named 'nope'"),
    "all and one": (("--all", LAB), "Name labs, or use --all"),
    "an unknown parameter": (
        (LAB, "-p", "clutser=x"),
        "has no parameter 'clutser'. Known parameters: cluster, family, service",
    ),
    "a parameter without a value": ((LAB, "-p", "cluster"), "-p needs NAME=VALUE, not 'cluster'"),
    "an empty parameter": ((LAB, "-p", "cluster="), "'cluster' needs a value"),
    "a parameter without a name": ((LAB, "-p", "=x"), "-p needs NAME=VALUE"),
    "an unknown objective": ((LAB, "--objective", "nope"), "no objective 'nope'; it has cluster"),
    "an objective of all labs": (("--all", "--objective", "cluster"), "--objective needs exactly one lab"),
    "an unknown profile": ((LAB, "--profile", "nope"), "(nope) could not be found"),
    "no region's name": ((LAB, "--region", "eu west!"), "is not the name of a Region"),
    "no endpoint": ((LAB, "--endpoint-url", "localhost:5000"), "is not an endpoint URL"),
    "an endpoint of another kind": ((LAB, "--endpoint-url", "ftp://localhost"), "is not an endpoint URL"),
    "an endpoint with half an address": ((LAB, "--endpoint-url", "http://["), "is not an endpoint URL"),
    "an endpoint with no port": ((LAB, "--endpoint-url", "http://a:b"), "is not an endpoint URL"),
    "no pack": ((LAB, "--pack", "/nowhere"), "is not a folder"),
    "no sandbox": ((LAB, "--sandbox"), "The sandbox is not running"),
    "an unknown option": ((LAB, "--bogus"), "No such option: --bogus"),
    "an option without its value": ((LAB, "--region"), "--region"),
    "no number": ((LAB, "--wait", "soon"), "--wait"),
    "a negative number": ((LAB, "--wait", "-1"), "--wait"),
    "not a number": ((LAB, "--timeout", "nan"), "nan is not a number up to 1,000,000,000"),
    "a time without end": ((LAB, "--wait", "1e18"), "1e+18 is not a number"),
    "the account of a variable that is not set": ((LAB, "--account", ""), "the account ID is empty"),
    "escape sequences": (("\x1b[31mred\x1b[0m",), "No lab is named"),
}


@pytest.mark.parametrize("name", WRONG_CALLS)
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_a_wrong_call_is_refused_with_a_sentence(
    name: str, as_json: bool, cli: Callable[..., Ran], keys: None
) -> None:
    """Exit code 2, the sentence on standard error; with JSON, one document that holds it on standard output."""
    arguments, message = WRONG_CALLS[name]
    ran = cli("check", *(("--format", "json") if as_json else ()), *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert "\x1b" not in ran.err + ran.out
    if as_json:
        assert message in checked(ran).json["error"]
        assert ran.json["labs"] == []
    else:
        assert ran.out == ""


def test_home_of_a_user_who_is_not_there_is_named(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABS_HOME", "~nobody-of-this-name/labs")
    ran = cli("list")
    assert (ran.code, ran.err) == (
        2,
        "error: LABS_HOME is ~nobody-of-this-name/labs, and there is no such user\n",
    )


def test_a_terminal_of_no_width_is_as_wide_as_a_word(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1")
    assert cli("list").code == 0


def test_an_unknown_format_is_refused(cli: Callable[..., Ran]) -> None:
    ran = cli("check", LAB, "--format", "yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "'yaml' is not one of 'text', 'json', 'junit', 'markdown'" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("list", "--bogus"), ("nope",), ("sandbox", "nope"), ("decks", "check", "--bogus"), ("test", "nope")],
    ids=" ".join,
)
def test_other_commands_tell_their_errors_as_json_too(
    arguments: tuple[str, ...], cli: Callable[..., Ran]
) -> None:
    ran = cli(*arguments, "--format=json")
    assert ran.code == 2
    assert set(ran.json) == {"schema", "error"}
    assert ran.json["error"] in ran.err


def test_a_configuration_that_cannot_be_read_is_reported(
    cli: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken ~/.aws/config is the user's to mend: exit code 2, no traceback."""
    (tmp_path / "config").write_text("[profile a\nregion == \x00")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    ran = cli("check", LAB, "--region", "eu-west-1", "--format", "json")
    assert ran.code == 2
    assert "configuration cannot be read" in checked(ran).json["error"]


def test_no_region_is_asked_for(cli: Callable[..., Ran], keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    ran = cli("check", LAB, "--format", "json")
    assert ran.code == 2
    assert "No Region is set" in checked(ran).json["error"]


def test_a_crash_of_labs_is_not_a_failed_objective(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python ends with 1 after a traceback, which would say that an objective failed."""

    def crash(_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("labs.content.pack.open_catalog", crash)
    code = run(["check", LAB, "--format", "json"])
    out, err = capsys.readouterr()
    assert code == 2
    assert "Traceback" in err
    SCHEMA.validate(json.loads(out))
    assert "Internal error: RuntimeError: unforeseen" in json.loads(out)["error"]


def test_a_full_disk_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`labs list > /dev/full`; the file is named where there is one."""

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "progress.db")

    monkeypatch.setattr("labs.content.pack.installed_packs", full)
    assert run(["list", "--all"]) == 2
    assert capsys.readouterr().err == "error: Cannot write progress.db: No space left on device\n"


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch, cli: Callable[..., Ran]) -> None:
    """Patches what `open_catalog` calls: modules that were imported before hold `open_catalog` itself."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labs.content.pack.installed_packs", interrupt)
    assert cli("list") == Ran(130, "", "")
    ran = checked(cli("check", LAB, "--format", "json"))
    assert (ran.code, ran.json["error"]) == (130, "interrupted")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_cuts_no_word_and_no_command_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines break between words, and not in a command; in a file or a pipe the message is one line."""
    monkeypatch.setenv("COLUMNS", "44")
    message = "error: Clean up first: labs clean ecs-instance-registration"
    lines = ["error: Clean up first:", "labs clean ecs-instance-registration"]
    assert runtime.folded(message, Terminal()).split("\n") == lines
    assert runtime.folded(message, io.StringIO()) == message
