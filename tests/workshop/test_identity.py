"""Workshops, accounts and checks have identities: no record joins checks of two accounts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labs.errors import ContentError
from labs.verdict import Evidence, Finding, LabVerdict, State
from labs.workshop.identity import accounts_in_evidence, current_standings
from labs.workshop.lab_records import LabRecord
from labs.workshop.ledger_rows import VerdictChange
from labs.workshop.roster import read_roster
from labs.workshop.seat_result import Standing
from tests.workshop.workshop_kit import LAB, Cli, account, make_group, role, seat, write

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.slow
def test_a_corrected_account_starts_without_the_other_account_s_score(
    accounts: None, cli: Cli, tmp_path: Path
) -> None:
    """Ada's role was that of another account: what passed there counts no more, and no receipt says so."""
    make_group(1)
    file = write(tmp_path / "r.toml", seat("Ada", role_arn=role(1)))
    assert cli("workshop", "check", file, LAB).code == 0
    write(file, seat("Ada", role_arn=role(2)))
    checked = cli("workshop", "check", file, LAB)
    assert checked.code == 1
    assert f"Ada: {account(1)}, now {account(2)}" in checked.err
    folder = tmp_path / "receipts"
    report = cli("workshop", "report", file, LAB, "--receipts", folder)
    assert f"| Ada | {account(2)} | {LAB} | 0/1 |" in report.out
    (receipt,) = folder.iterdir()
    verdict = json.loads(receipt.read_text())["receipt"]["verdict"]
    assert verdict["target"]["account"] == account(2)
    assert verdict["labs"][0]["score"] == 0


def test_two_rosters_of_the_same_name_are_two_workshops(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """Without an id in the roster the first round writes one beside it; another folder has another workshop."""
    make_group(1)
    for month, number in (("may", 1), ("nov", 2)):
        folder = tmp_path / month
        folder.mkdir()
        write(folder / "roster.toml", seat("Ada", role_arn=role(number)))
    may, nov = tmp_path / "may/roster.toml", tmp_path / "nov/roster.toml"
    cli("workshop", "check", may, LAB)
    assert "not seen" in cli("workshop", "report", nov, LAB).out
    cli("workshop", "check", nov, LAB)
    ids = [Path(f"{file}.id").read_text() for file in (may, nov)]
    assert ids[0] != ids[1]
    assert "| 1/1 |" in cli("workshop", "report", may, LAB).out
    assert "| 0/1 |" in cli("workshop", "report", nov, LAB).out


def test_an_id_in_the_roster_joins_files(accounts: None, cli: Cli, tmp_path: Path) -> None:
    make_group(1)
    one = write(tmp_path / "one.toml", 'id = "ecs-2026"', seat("Ada", role_arn=role(1)))
    two = write(tmp_path / "two.toml", 'id = "ecs-2026"', seat("Ada", role_arn=role(1)), title="Other")
    cli("workshop", "check", one, LAB)
    assert "| 1/1 |" in cli("workshop", "report", two, LAB).out
    assert list(tmp_path.glob("*.id")) == []


def test_the_same_look_gives_the_same_receipt(accounts: None, cli: Cli, tmp_path: Path) -> None:
    make_group(1)
    file = write(tmp_path / "r.toml", seat("Jo\u00e3o \u540d\u524d", role_arn=role(1)))
    cli("workshop", "check", file, LAB)
    folder = tmp_path / "receipts"
    for _ in range(2):
        cli("workshop", "report", file, LAB, "--receipts", folder)
    (receipt,) = folder.iterdir()
    assert receipt.name.startswith("Jo\u00e3o-\u540d\u524d-")


def test_two_seats_of_one_account_need_names_of_their_own(tmp_path: Path) -> None:
    same = [seat("Ada", account=account(1), role="r"), seat("ada", role_arn=role(1))]
    with pytest.raises(ContentError, match="'ada' has the same account and names as 'Ada'"):
        read_roster(write(tmp_path / "r.toml", *same))
    apart = [seat("Ada", role_arn=role(1)), seat("ada", role_arn=role(1), prefix="a-")]
    assert len(read_roster(write(tmp_path / "r.toml", *apart)).seats) == 2


def _verdict(path: str, value: object, **parameters: str) -> LabVerdict:
    evidence = (Evidence("ecs", "DescribeServices", path, value),)
    return LabVerdict(LAB, "It", parameters, (Finding("a", "A", State.PASSED, (), evidence=evidence),), 0.1)


def _proof(verdict: LabVerdict, owner: str) -> LabRecord:
    return LabRecord("ada", owner, LAB, 1, 1, NOW, NOW, NOW, VerdictChange(NOW, verdict, "1", owner))


def test_evidence_of_another_account_is_not_signed() -> None:
    arn = f"arn:aws:ecs:eu-west-1:{account(1)}:service/a"
    seen = _verdict("services[0].serviceArn", arn)
    assert _proof(seen, account(1)).unsigned_because is None
    assert account(1) in (_proof(seen, account(2)).unsigned_because or "")


def test_accounts_that_are_no_owner_do_not_count() -> None:
    """Principals of a policy, and accounts in the lab's parameters."""
    principal = {"Principal": {"AWS": f"arn:aws:iam::{account(2)}:root"}}
    assert accounts_in_evidence(_verdict("Statement", principal)) == set()
    partner = f"arn:aws:iam::{account(2)}:role/partner"
    assert accounts_in_evidence(_verdict("roleArn", partner, partner=account(2))) == set()
    assert accounts_in_evidence(_verdict("services", [{"roleArn": partner}])) == {account(2)}


def test_standings_of_an_older_program_count_until_there_is_a_newer_one() -> None:
    old = Standing("ada", LAB, NOW, 1, NOW, {"a": State.PASSED})
    new = Standing("ada", LAB, NOW, 1, NOW, {"a": State.FAILED}, "1")
    foreign = Standing("ada", LAB, NOW, 1, NOW, {"a": State.PASSED}, "2")
    assert current_standings([old, foreign], {"ada": "1"})["ada"] == {LAB: old}
    assert current_standings([old, new, foreign], {"ada": "1"})["ada"] == {LAB: new}
