"""`labs check` on accounts that can be read: every format, exit codes, the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.aws import Fault, injected, instant_retries, intercepted_http
from tests.builders import ACCOUNT, Builder
from tests.cli.kit import LAB, Ran, checked, states
from tests.faults import answer


@pytest.mark.slow
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
    with intercepted_http(), instant_retries(), injected(odd, only=lambda call: call.service == "sts"):
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


def test_near_names_here_and_next_door_are_reported(cli: Callable[..., Ran], moto: None) -> None:
    """A misspelt name here, and the right one in another region."""
    Builder().cluster("labs-placment")
    Builder("us-east-1").cluster("labs-placement")
    ran = checked(cli("check", LAB, "--objective", "cluster", "--format", "json"))
    assert ran.json["labs"][0]["objectives"][0]["found"].endswith(
        "near: labs-placment, labs-placement in us-east-1"
    )


@pytest.mark.slow
def test_a_solved_lab_passes_in_every_format(cli: Callable[..., Ran], embedded: None) -> None:
    """Exit code 0; text, JSON, JUnit and Markdown tell the same."""
    Builder().packed()
    text = cli("check", LAB)
    assert text.code == 0
    assert "✓ 7 of 7 passed. ecs-placement is done." in text.out
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_demanded_account_is_looked_into(cli: Callable[..., Ran], moto: None) -> None:
    assert cli("check", LAB, "--account", ACCOUNT).code == 1


def test_a_history_that_cannot_be_written_spoils_no_verdict(
    cli: Callable[..., Ran], moto: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABS_HOME", "/dev/null/labs")
    ran = checked(cli("check", LAB, "--format", "json"))
    assert ran.code == 1
    assert "was not saved" in ran.err


@pytest.mark.slow
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


@pytest.mark.slow
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
