"""Exports and records: what the ledger knows, in files that no name can break."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.aws import WIRE
from tests.workshop.hall import LAB, Cli, account, make_group, role, seat, seats, write
from tests.workshop.test_rounds import HOSTILE, valid


@pytest.fixture
def roster(accounts: None, cli: Cli, tmp_path: Path) -> Path:
    """Three learners after a round, one of them done, one of an evil name, and one whom nobody looked at."""
    make_group(1)
    looked_at = [*seats([1, 2]), seat(HOSTILE, role_arn=role(3))]
    file = write(tmp_path / "r.toml", *looked_at)
    assert cli("workshop", "check", file, LAB).code == 1
    WIRE.calls.clear()
    return write(file, *looked_at, *seats([4]))


def test_an_export_asks_nobody(roster: Path, cli: Cli) -> None:
    """It tells of each seat that was looked at, and sends nothing."""
    ran = cli("workshop", "export", roster, LAB, "--format", "json")
    assert ran.code == 0
    assert [each["name"] for each in valid(ran.json)["seats"]] == ["learner-01", "learner-02", HOSTILE]
    assert ran.json["summary"]["passed"] == 1
    assert WIRE.calls == []


def test_csv_has_a_row_for_each_objective(roster: Path, cli: Cli) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("workshop", "export", roster, LAB).out)))
    assert [(row["account"], row["objective"], row["state"]) for row in rows] == [
        (account(1), "group", "passed"),
        (account(2), "group", "failed"),
        (account(3), "group", "failed"),
    ]


def test_junit_is_xml_whatever_the_names(roster: Path, cli: Cli) -> None:
    root = ET.fromstring(cli("workshop", "export", roster, LAB, "--format", "junit").out)
    assert [suite.get("failures") for suite in root] == ["0", "1", "1"]
    assert "<script>" in str(root[2].get("name"))


def test_html_is_one_file_in_which_names_are_text(roster: Path, cli: Cli) -> None:
    """Nothing is loaded from elsewhere, nothing runs."""
    page = cli("workshop", "export", roster, LAB, "--format", "html").out
    assert page.rstrip().endswith("</html>")
    assert "&lt;script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    for word in ("<script", "http://", "https://", "src=", "@import", "\x1b", "\u202e"):
        assert word not in page, word


def test_the_report_says_who_passed_and_when(roster: Path, cli: Cli) -> None:
    """A row for each learner and lab, also for whom nothing was seen."""
    ran = cli("workshop", "report", roster, LAB)
    rows = [line.split(" | ") for line in ran.out.splitlines() if line.startswith("| ")][1:]
    assert [(row[0].lstrip("| "), row[3]) for row in rows][:2] == [
        ("learner-01", "1/1"),
        ("learner-02", "0/1"),
    ]
    assert rows[0][5].startswith("20"), "the moment at which it was seen as passed"
    assert rows[1][5] == ""
    assert rows[3][3] == "not seen"
    assert "<script" not in ran.out


def test_a_passed_lab_stays_passed_in_the_records(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """Who cleaned up afterwards has passed all the same."""
    import boto3

    make_group(1)
    file = write(tmp_path / "r.toml", *seats([1]))
    assert cli("workshop", "check", file, LAB).code == 0
    given = boto3.client("sts").assume_role(RoleArn=role(1), RoleSessionName="me")["Credentials"]
    keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    boto3.Session(*keys).client("logs").delete_log_group(logGroupName=LAB)
    assert cli("workshop", "check", file, LAB).code == 1
    assert "| 1/1 |" in cli("workshop", "report", file, LAB).out
