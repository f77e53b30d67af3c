"""The command line: exit codes, messages, one JSON document on every path, quick starts."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import typer

import labs.show
from labs.aws.clients import READ_SECONDS
from labs.cli import run
from labs.cli.app import app
from labs.cli.menu import MENU
from tests.aws import FAULTS, Fault, answer, injected, instant_retries, on_the_wire
from tests.builders import ACCOUNT, Builder

SCHEMA = json.loads((Path(labs.show.__file__).parent / "check.schema.json").read_text("utf-8"))
BY_ID = {fault.id: fault for fault in FAULTS}
LAB = "ecs-placement"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs a command in this process."""

    def call(*arguments: str) -> Ran:
        code = run(list(arguments))
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ran(code, captured.out, captured.err)

    return call


def states(ran: Ran) -> dict[str, str]:
    return {each["id"]: each["state"] for lab in ran.json["labs"] for each in lab["objectives"]}


def checked(ran: Ran) -> Ran:
    """A run of `labs check --format json` whose document is as the schema says."""
    jsonschema.validate(ran.json, SCHEMA)
    return ran


# what cannot be done as it was asked for


WRONG_CALLS: dict[str, tuple[tuple[str, ...], str]] = {
    "no lab": ((), "which lab?"),
    "an unknown lab": (("nope",), "there is no lab 'nope'"),
    "nearly a lab": (("ecs-placment",), "did you mean ecs-placement"),
    "one of two unknown": ((LAB, "nope"), "there is no lab 'nope'"),
    "all and one": (("--all", LAB), "--all is for every lab"),
    "an unknown parameter": (
        (LAB, "-p", "clutser=x"),
        "no parameter 'clutser'; there are cluster, family, service",
    ),
    "a parameter without a value": ((LAB, "-p", "cluster"), "-p takes NAME=VALUE, not 'cluster'"),
    "an empty parameter": ((LAB, "-p", "cluster="), "'cluster' needs a value"),
    "a parameter without a name": ((LAB, "-p", "=x"), "-p takes NAME=VALUE"),
    "an unknown objective": ((LAB, "--objective", "nope"), "no objective 'nope'; it has cluster"),
    "an objective of all labs": (("--all", "--objective", "cluster"), "--objective goes with one lab"),
    "an unknown profile": ((LAB, "--profile", "nope"), "(nope) could not be found"),
    "no region's name": ((LAB, "--region", "eu west!"), "cannot be the name of a region"),
    "no endpoint": ((LAB, "--endpoint-url", "localhost:5000"), "cannot be an endpoint"),
    "an endpoint of another kind": ((LAB, "--endpoint-url", "ftp://localhost"), "cannot be an endpoint"),
    "an endpoint with half an address": ((LAB, "--endpoint-url", "http://["), "cannot be an endpoint"),
    "an endpoint with no port": ((LAB, "--endpoint-url", "http://a:b"), "cannot be an endpoint"),
    "no pack": ((LAB, "--pack", "/nowhere"), "is no folder"),
    "no sandbox": ((LAB, "--sandbox"), "no sandbox is running"),
    "an unknown option": ((LAB, "--bogus"), "No such option: --bogus"),
    "an option without its value": ((LAB, "--region"), "--region"),
    "no number": ((LAB, "--wait", "soon"), "--wait"),
    "a negative number": ((LAB, "--wait", "-1"), "--wait"),
    "escape sequences": (("\x1b[31mred\x1b[0m",), "there is no lab"),
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


def test_a_configuration_that_cannot_be_read_is_told(
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
    assert "which region?" in checked(ran).json["error"]


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
    jsonschema.validate(json.loads(out), SCHEMA)
    assert "a fault of labs itself: RuntimeError: unforeseen" in json.loads(out)["error"]


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch, cli: Callable[..., Ran]) -> None:
    """Patches what `open_catalog` calls: modules that were imported before hold `open_catalog` itself."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labs.content.pack.installed_packs", interrupt)
    assert cli("list") == Ran(130, "", "")
    ran = checked(cli("check", LAB, "--format", "json"))
    assert (ran.code, ran.json["error"]) == (130, "interrupted")


# what could not be looked at


def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials anywhere."""


def _half(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")


def _process(command: str) -> Callable[[pytest.MonkeyPatch, Path], None]:
    def set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "config").write_text(f"[default]\ncredential_process = {command}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    return set_up


def _nobody_s_role(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        f"[default]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/x\nsource_profile = missing\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


@pytest.mark.parametrize(
    ("set_up", "reason"),
    [
        (_nobody, "no complete credentials"),
        (_half, "no complete credentials"),
        (_process("/nowhere/to/be/found"), "could not ask"),
        (_process("echo nonsense"), ""),
        (_process("false"), "could not be fetched"),
        (_nobody_s_role, "missing"),
    ],
    ids=[
        "none",
        "half",
        "a process that is not there",
        "a process that talks",
        "a process that fails",
        "a role",
    ],
)
def test_without_credentials_nothing_can_be_looked_at(
    set_up: Callable[[pytest.MonkeyPatch, Path], None],
    reason: str,
    cli: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Exit code 3: every objective is inconclusive or blocked, and the reason is told; nothing left the process."""
    set_up(monkeypatch, tmp_path)
    ran = checked(cli("check", LAB, "--region", "eu-west-1", "--format", "json"))
    assert ran.code == 3
    assert set(states(ran).values()) == {"inconclusive", "blocked"}
    assert (ran.json["calls"], ran.json["error"], ran.json["target"]["account"]) == (0, None, None)
    told = [each["message"] for each in ran.json["labs"][0]["objectives"] if each["state"] == "inconclusive"]
    assert all(reason in each for each in told), told


def test_without_credentials_the_text_names_no_failure(cli: Callable[..., Ran]) -> None:
    """Nothing is called failed; the last lines say how many could not be looked at."""
    ran = cli("check", LAB, "--region", "eu-west-1")
    assert ran.code == 3
    assert "✗" not in ran.out
    assert "? cluster" in ran.out
    assert "1 could not be looked at" in ran.out
    assert "no account" in ran.out


@pytest.fixture
def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_a_closed_port_is_told_as_such(cli: Callable[..., Ran], keys: None, closed_port: int) -> None:
    """Exit code 3 and the address; all tries were counted."""
    url = f"http://127.0.0.1:{closed_port}"
    with instant_retries():
        ran = checked(cli("check", LAB, "--endpoint-url", url, "--format", "json"))
    assert ran.code == 3
    assert ran.json["target"] == {
        "kind": "aws",
        "account": None,
        "region": "eu-west-1",
        "endpoint": url,
        "arn": None,
    }
    assert ran.json["labs"][0]["objectives"][0]["message"].startswith("no connection: ")
    assert ran.json["calls"] == 6


class Server:
    """Listens on a port of this machine and treats each connection as it is told."""

    def __init__(self, treat: Callable[[socket.socket], None]) -> None:
        self._treat = treat
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            self._treat(connection)

    def close(self) -> None:
        self._socket.close()
        for connection in self._open:
            connection.close()


def _says(raw: bytes) -> Callable[[socket.socket], None]:
    def treat(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(raw)
        connection.close()

    return treat


def _hangs(connection: socket.socket) -> None:
    """Takes the request and never answers."""


def _drips(connection: socket.socket) -> None:
    """A byte now and then, for ever: each comes soon enough, the whole never."""

    def drip() -> None:
        with suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while True:
                connection.sendall(b" ")
                time.sleep(0.05)

    connection.recv(65536)
    threading.Thread(target=drip, daemon=True).start()


def _resets(connection: socket.socket) -> None:
    import struct

    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


OTHERS = {
    "hangs": (_hangs, "no answer in time"),
    "resets": (_resets, "the connection broke"),
    "hangs up": (_says(b""), "the connection broke"),
    "cuts the body": (
        _says(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nContent-Type: application/x-amz-json-1.1\r\n\r\n{"),
        "the connection broke",
    ),
    "drips": (_drips, "no answer in time"),
    "cuts a body of unknown length": (
        _says(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n\r\n{"),
        "is cut off",
    ),
    "is a web server": (
        _says(
            b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\nConnection: close\r\n\r\n<html><body>hi</body></html>"
        ),
        "does not come from AWS",
    ),
    "is no web server": (_says(b"220 smtp.example.com ESMTP\r\n"), "the connection broke"),
    "knows nothing": (
        _says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        "404",
    ),
    "redirects": (
        _says(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        "302",
    ),
}


@pytest.mark.parametrize("other", OTHERS)
def test_whoever_else_listens_is_not_taken_for_aws(
    other: str, cli: Callable[..., Ran], keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real sockets: whatever answers, or does not, no objective is failed or passed."""
    treat, reason = OTHERS[other]
    monkeypatch.setattr("labs.aws.clients.READ_SECONDS", 0.2)
    monkeypatch.setattr("labs.aws.deadline.SECONDS", 0.5)
    server = Server(treat)
    try:
        with instant_retries():
            ran = checked(cli("check", LAB, "--endpoint-url", server.url, "--format", "json"))
    finally:
        server.close()
    assert ran.code == 3
    assert set(states(ran).values()) == {"inconclusive", "blocked"}
    assert reason in ran.json["labs"][0]["objectives"][0]["message"]


@pytest.mark.parametrize("fault", [each for each in FAULTS if each.strike], ids=lambda fault: fault.id)
def test_every_fault_is_one_json_document(fault: Fault, cli: Callable[..., Ran], moto: None) -> None:
    """Whatever goes wrong on the wire, standard output is one valid document; exit code 3, or as without the fault."""
    with on_the_wire(), instant_retries(), injected(fault):
        ran = checked(cli("check", LAB, "--format", "json"))
    assert ran.code in ({1} if fault.passes_over else {3} if fault.everywhere else {1, 3})
    assert ran.err == ""


# what could be looked at


@pytest.mark.parametrize("number", ["", "abc", "12345678901", "\u0661" * 12])
def test_what_is_no_account_s_number_is_not_told_as_one(
    number: str, cli: Callable[..., Ran], moto: None
) -> None:
    """The document says that nobody knows whose account it is; the objectives are judged all the same."""
    body = (
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:root</Arn>"
        f"<Account>{number}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    odd = Fault("odd-account", lambda call: answer(call, 200, body), "")
    with on_the_wire(), instant_retries(), injected(odd, only=lambda call: call.service == "sts"):
        ran = checked(cli("check", LAB, "--format", "json"))
    assert ran.code == 1
    assert ran.json["target"]["account"] is None
    assert ran.json["target"]["arn"] is None


def test_an_empty_account_fails_and_says_where_it_looked(cli: Callable[..., Ran], moto: None) -> None:
    ran = cli("check", LAB)
    assert ran.code == 1
    assert "no ACTIVE cluster labs-placement in eu-west-1" in ran.out
    assert ACCOUNT in ran.out
    assert "· service" in ran.out
    assert "✓" not in ran.out


def test_near_names_here_and_next_door_are_told(cli: Callable[..., Ran], moto: None) -> None:
    """A misspelt name here, and the right one in another region."""
    Builder().cluster("labs-placment")
    Builder("us-east-1").cluster("labs-placement")
    ran = checked(cli("check", LAB, "--objective", "cluster", "--format", "json"))
    assert ran.json["labs"][0]["objectives"][0]["found"].endswith(
        "near: labs-placment, labs-placement in us-east-1"
    )


def test_a_solved_lab_passes_in_every_format(cli: Callable[..., Ran], embedded: None) -> None:
    """Exit code 0; text, JSON, JUnit and Markdown tell the same."""
    Builder().packed()
    text = cli("check", LAB)
    assert text.code == 0
    assert "7 of 7 ✓  ecs-placement is done." in text.out
    document = checked(cli("check", LAB, "--format", "json"))
    assert document.code == 0
    assert set(states(document).values()) == {"passed"}
    assert document.json["target"]["account"] == ACCOUNT
    junit = cli("check", LAB, "--format", "junit")
    assert [ET.fromstring(junit.out.encode())[0].get(key) for key in ("tests", "failures", "errors")] == [
        "7",
        "0",
        "0",
    ]
    markdown = cli("check", LAB, "--format", "markdown")
    assert markdown.out.count("| passed |") == 7


def test_a_part_of_a_solved_lab_passes(cli: Callable[..., Ran], embedded: None) -> None:
    """`--objective` judges it and what it needs, and its exit code is about these."""
    Builder().packed(({"type": "spread", "field": "host"},))
    ran = checked(cli("check", LAB, "--objective", "running", "--format", "json"))
    assert ran.code == 0
    assert list(states(ran)) == ["cluster", "service", "running"]


def test_names_of_one_s_own_are_looked_for(cli: Callable[..., Ran], moto: None) -> None:
    Builder().cluster("mine")
    ran = checked(cli("check", LAB, "--objective", "cluster", "-p", "cluster=mine", "--format", "json"))
    assert ran.code == 0
    assert ran.json["labs"][0]["parameters"]["cluster"] == "mine"


def test_a_lab_named_twice_is_checked_once(cli: Callable[..., Ran], moto: None) -> None:
    ran = checked(cli("check", LAB, LAB, "--format", "json"))
    assert len(ran.json["labs"]) == 1


@pytest.mark.parametrize("account", ["999999999999", "1234"])
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_another_account_is_refused(account: str, as_json: bool, cli: Callable[..., Ran], moto: None) -> None:
    """Exit code 4: the document tells whose account it is, and that nothing was looked at."""
    ran = cli("check", LAB, "--account", account, *(("--format", "json") if as_json else ()))
    assert ran.code == 4
    assert f"belong to account {ACCOUNT}, not to {account}" in ran.err
    if as_json:
        document = checked(ran).json
        assert (document["labs"], document["target"]["account"]) == ([], ACCOUNT)
        assert document["error"] in ran.err
    else:
        assert ran.out == ""


def test_the_demanded_account_is_looked_into(cli: Callable[..., Ran], moto: None) -> None:
    assert cli("check", LAB, "--account", ACCOUNT).code == 1


def test_a_history_that_cannot_be_written_spoils_no_verdict(
    cli: Callable[..., Ran], moto: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABS_HOME", "/dev/null/labs")
    ran = checked(cli("check", LAB, "--format", "json"))
    assert ran.code == 1
    assert "not remembered" in ran.err


def test_check_all_reads_each_file_once(
    cli: Callable[..., Ran], moto: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each task.toml and each deck is read once, and the learner's events are opened once."""
    assert cli("start", LAB).code == 0  # a history that is there to be opened
    calls: Counter[str] = Counter()
    for name in (
        "labs.content.pack.read_lab",
        "labs.content.pack.read_deck",
        "labs.store.sqlite.sqlite3.connect",
    ):
        _count(monkeypatch, name, calls)

    ran = cli("check", "--all", "--format", "json")

    assert ran.code == 1
    assert calls["read_lab"] == len(ran.json["labs"]) == 20
    assert calls["read_deck"] == 1
    assert calls["connect"] == OPENS_OF_ONE_STORE


OPENS_OF_ONE_STORE = 2
"""SQLite connections: a read-only one that looks at the version, and the one that is used."""


def _count(monkeypatch: pytest.MonkeyPatch, name: str, calls: Counter[str]) -> None:
    attribute = name.rpartition(".")[2]
    real = resolve_name(name)

    def counted(*arguments: Any, **options: Any) -> Any:
        calls[attribute] += 1
        return real(*arguments, **options)

    monkeypatch.setattr(name, counted)


def test_a_broken_lab_of_a_pack_spoils_no_other(cli: Callable[..., Ran], moto: None, tmp_path: Path) -> None:
    """Another lab's verdict is given, in one document."""
    broken = tmp_path / "pack" / "tasks" / "broken"
    broken.mkdir(parents=True)
    (broken / "task.toml").write_text("title = 1")
    ran = checked(cli("check", LAB, "--pack", str(tmp_path / "pack"), "--format", "json"))
    assert ran.code == 1
    ran = checked(cli("check", "broken", "--pack", str(tmp_path / "pack"), "--format", "json"))
    assert ran.code == 2
    assert "task.toml: objectives: missing" in ran.json["error"]


# the other commands


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name in getattr(group, "commands", ()):
        yield from _commands(group.get_command(None, name), (*path, name))


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
    told = cli(*path, "--help").out
    assert "... " not in told.partition("Options:")[2].replace("LAB... ", "").replace("PATH... ", "")
    assert "...\n" not in told.partition("Options:")[2]
    assert not re.search("<(str|int|float|path)", told)
    assert max(map(len, told.splitlines())) <= 80


def test_the_help_tells_every_command_on_one_line_of_80_columns(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what they are for; `labs` alone says the same."""
    monkeypatch.setenv("COLUMNS", "80")
    told = cli("--help").out
    for title, part in MENU.items():
        assert f"\n{title}:\n" in told
        for name, entry in part.items():
            assert f"\n  {name:<10}{entry.line}\n" in told
    assert cli().out == told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("chek",), "No such command 'chek'. Did you mean 'check'?"),
        (("workshop", "chek"), "No such command 'chek'. Did you mean 'check'?"),
        (("ecs-placement",), "No such command 'ecs-placement'."),
        (("check", "--objectiv", "x"), "No such option: --objectiv"),
        (("chek", "--format", "json"), "Did you mean 'check'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_misspelt_word_is_told_with_what_was_meant(
    arguments: tuple[str, ...], told: str, cli: Callable[..., Ran]
) -> None:
    ran = cli(*arguments)
    assert ran.code == 2
    assert told in ran.err
    assert "--help` tells how it is called" in ran.err


COMPLETED: dict[str, set[str]] = {
    "labs ch": {"check"},
    "labs --ve": {"--version"},
    "labs workshop e": {"export"},
    "labs receipt ": {"sign", "verify", "key"},
    "labs check --wa": {"--wait", "--watch"},
    "labs check ecs-placement-p": {"ecs-placement-process"},
}


@pytest.mark.parametrize("line", COMPLETED)
def test_the_shell_completes(line: str) -> None:
    """Commands, options and labs, as bash asks for them."""
    asked = {"_LABS_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    assert set(labs_process(**asked).stdout.split()) == COMPLETED[line]


def test_to_complete_a_command_imports_none() -> None:
    """What is asked for at each press of the tab key is answered from the names alone."""
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
    assert "there is no lab 'nope'" in ran.err


def test_clean_tells_when_it_could_not_look(cli: Callable[..., Ran]) -> None:
    """Without credentials it does not say that nothing is left."""
    ran = cli("clean", LAB, "--region", "eu-west-1")
    assert (ran.code, ran.out) == (3, "")
    assert "no complete credentials" in ran.err


def test_clean_names_what_is_left_and_runs_nothing_in_an_account(cli: Callable[..., Ran], moto: None) -> None:
    """It prints the commands; `--yes` is for the sandbox only."""
    Builder().cluster("labs-placement")
    ran = cli("clean", LAB)
    assert ran.code == 0
    assert "cluster labs-placement" in ran.out
    assert "delete-cluster" in ran.out
    refused = cli("clean", LAB, "--yes")
    assert refused.code == 2
    assert "--yes cleans the sandbox only" in refused.err


def test_doctor_without_credentials_says_what_to_do(cli: Callable[..., Ran]) -> None:
    ran = cli("doctor", "--region", "eu-west-1")
    assert ran.code == 1
    assert "no complete credentials" in ran.out
    assert "labs sandbox start" in ran.out


def test_doctor_finds_every_read_allowed(cli: Callable[..., Ran], embedded: None) -> None:
    """In an account that allows all, the permissions are well: things that are not there do not matter."""
    ran = cli("doctor")
    assert "✓ permissions" in ran.out, ran.out
    assert ACCOUNT in ran.out


def test_doctor_names_what_is_not_allowed(cli: Callable[..., Ran], embedded: None) -> None:
    denied = injected(BY_ID["access-denied"], only=lambda call: call.operation == "DescribeServices")
    with on_the_wire(), instant_retries(), denied:
        ran = cli("doctor")
    assert ran.code == 1
    assert "✗ permissions" in ran.out
    assert "not allowed: ecs:DescribeServices\n" in ran.out


@pytest.mark.parametrize(
    "fault", ["throttled", "500", "cut-in-the-middle", "html", "read-timeout", "missing-key"]
)
def test_doctor_does_not_call_a_fault_a_denial(fault: str, cli: Callable[..., Ran], embedded: None) -> None:
    struck = injected(BY_ID[fault], only=lambda call: call.operation == "DescribeServices")
    with on_the_wire(), instant_retries(), struck:
        ran = cli("doctor")
    assert "not allowed" not in ran.out
    if fault != "missing-key":
        assert "could not be tried: ecs:DescribeServices" in ran.out


# real processes


def labs_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from labs.cli import main; main()", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


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


def test_the_list_needs_no_parser() -> None:
    """What is typed most often does not import typer; with an option it does, and says the same."""
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


def test_a_process_ends_with_the_command_s_exit_code() -> None:
    """0, 2 and 3, with nothing but the document on standard output."""
    assert labs_process("list").returncode == 0
    wrong = labs_process("check", "nope", "--format", "json")
    assert wrong.returncode == 2
    jsonschema.validate(json.loads(wrong.stdout), SCHEMA)
    unseen = labs_process("check", LAB, "--region", "eu-west-1", "--format", "json")
    assert unseen.returncode == 3
    jsonschema.validate(json.loads(unseen.stdout), SCHEMA)
    assert unseen.stderr == ""


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
    jsonschema.validate(json.loads(out), SCHEMA)


def test_a_terminal_that_knows_ascii_only_gets_the_verdict_all_the_same() -> None:
    """Signs that it cannot write become others; nothing breaks."""
    ran = labs_process("check", LAB, "--region", "eu-west-1", PYTHONIOENCODING="ascii")
    assert ran.returncode == 3
    assert "Traceback" not in ran.stderr
    assert "cluster" in ran.stdout


@pytest.mark.parametrize("arguments", [["show", LAB], ["list"]], ids=" ".join)
def test_a_reader_that_leaves_early_causes_no_traceback(arguments: list[str]) -> None:
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
    told = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 3
    assert "could not look" in told
    assert ("\x1b[33m" in told) is coloured
    assert ("\x1b" in told) is coloured
