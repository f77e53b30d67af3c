"""The doctor of a workshop: every seat is tried once, and says what it needs."""

from __future__ import annotations

from pathlib import Path

from tests.aws import HTTP
from tests.workshop.workshop_kit import LAB, Cli, account, role, seat, write


def test_every_seat_says_what_it_needs(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """One call a seat; a broken one hides no other, and no lab is checked."""
    ada, bob = seat("Ada", role_arn=role(1)), seat("Bob", role_arn="not-an-arn")
    file = write(tmp_path / "r.toml", ada, bob, seat("Eve", role_arn=role(2), parameters={"nope": "x"}))
    HTTP.calls.clear()
    ran = cli("workshop", "doctor", file, LAB)
    assert ran.code == 3
    lines = ran.out.splitlines()
    assert lines[0] == f"\u2713 Ada: account {account(1)}"
    assert lines[1].startswith("\u2717 Bob: 'not-an-arn' is not the ARN of a role")
    assert "no parameter 'nope'" in lines[2]
    assert lines[3] == "1 of 3 seats can be opened."
    assert len(HTTP.calls) == 1


def test_a_room_without_faults_is_well(accounts: None, cli: Cli, tmp_path: Path) -> None:
    assert cli("workshop", "doctor", write(tmp_path / "r.toml", seat("Ada", role_arn=role(1))), LAB).code == 0
