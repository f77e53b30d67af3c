"""Grades, and rosters as people have them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from labs.errors import ContentError
from labs.workshop.roster import read_roster
from tests.workshop.workshop_kit import LAB, Cli, account, make_group, role, seat, write

ROLE = "labs-check"


def test_grades_have_a_row_for_each_learner(accounts: None, cli: Cli, tmp_path: Path) -> None:
    make_group(1)
    ada = seat("Ada", role_arn=role(1), email="ada@example.org", group="blue", table="7")
    file = write(tmp_path / "r.toml", ada, seat("Bob", role_arn=role(2)))
    cli("workshop", "check", file, LAB)
    rows = list(csv.DictReader(io.StringIO(cli("workshop", "export", file, LAB, "--format", "grades").out)))
    assert list(rows[0]) == ["name", "email", "id", "group", "account", LAB, "total", "last_change", "table"]
    wanted = ("Ada", "ada@example.org", "blue", "7")
    assert tuple(rows[0][key] for key in ("name", "email", "group", "table")) == wanted
    assert (rows[0]["account"], rows[0][LAB], rows[0]["total"]) == (account(1), "1", "1")
    assert rows[0]["last_change"].startswith("20")
    assert (rows[1]["name"], rows[1]["total"]) == ("Bob", "0")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_excel_is_read(tmp_path: Path, separator: str) -> None:
    lines = [["name", "account", "role", "email"], ["Ada", "111122223333", ROLE, "ada@example.org"]]
    text = "\r\n".join(separator.join(cells) for cells in lines)
    file = tmp_path / "room.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    (ada,) = read_roster(file).seats
    assert ada.role_arn == f"arn:aws:iam::111122223333:role/{ROLE}"
    assert ada.extra == {"email": "ada@example.org"}


def test_defaults_hold_for_every_seat(tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    file.write_text(
        """\
id = "2026-ecs"
[defaults]
role = "labs-check"
region = "eu-west-1"
[[seats]]
name = "Ada"
account = "111122223333"
[[seats]]
name = "Bob"
account = "444455556666"
region = "us-gov-east-1"
"""
    )
    roster = read_roster(file)
    ada, bob = roster.seats
    assert (roster.id, ada.region, bob.region) == ("2026-ecs", "eu-west-1", "us-gov-east-1")
    assert bob.role_arn == "arn:aws-us-gov:iam::444455556666:role/labs-check"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"role": ROLE}, "its account is needed"),
        ({"role": ROLE, "account": "111122223333", "profile": "p"}, "Set either"),
        ({"role": "no role!", "account": "111122223333"}, "cannot be the name of a role"),
    ],
)
def test_role_that_cannot_be_is_that_seats_fault(tmp_path: Path, fields: dict[str, str], fault: str) -> None:
    (found,) = read_roster(write(tmp_path / "r.toml", seat("Ada", **fields))).seats
    assert fault in (found.fault or "")


def test_field_that_is_no_single_value_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    file.write_text('[[seats]]\nname = "Ada"\nemail = ["a", "b"]\n')
    with pytest.raises(ContentError, match="email must be one value"):
        read_roster(file)
