"""Exports and records: what the ledger knows, in files that no name can break."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from labs.verify import receipt
from tests.aws import HTTP
from tests.workshop.test_rounds import HOSTILE, valid
from tests.workshop.workshop_kit import LAB, Cli, account, make_group, role, seat, seats, write


@pytest.fixture
def roster(accounts: None, cli: Cli, tmp_path: Path) -> Path:
    """Three learners after a round, one of them done, one of an evil name, and one whom nobody looked at."""
    make_group(1)
    looked_at = [*seats([1, 2]), seat(HOSTILE, role_arn=role(3))]
    file = write(tmp_path / "r.toml", *looked_at)
    assert cli("workshop", "check", file, LAB).code == 1
    HTTP.calls.clear()
    return write(file, *looked_at, *seats([4]))


def test_an_export_asks_nobody(roster: Path, cli: Cli) -> None:
    """It tells of each seat that was looked at, and sends nothing."""
    ran = cli("workshop", "export", roster, LAB, "--format", "json")
    assert ran.code == 0
    assert [each["name"] for each in valid(ran.json)["seats"]] == ["learner-01", "learner-02", HOSTILE]
    assert ran.json["summary"]["passed"] == 1
    assert HTTP.calls == []


def test_csv_has_a_row_for_each_objective(roster: Path, cli: Cli) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("workshop", "export", roster, LAB).out)))
    assert [(row["account"], row["objective"], row["state"]) for row in rows] == [
        (account(1), "group", "passed"),
        (account(2), "group", "failed"),
        (account(3), "group", "failed"),
    ]


@pytest.mark.slow
def test_junit_is_xml_whatever_the_names(roster: Path, cli: Cli) -> None:
    root = ET.fromstring(cli("workshop", "export", roster, LAB, "--format", "junit").out)
    assert [suite.get("failures") for suite in root] == ["0", "1", "1"]
    assert "<script>" in str(root[2].get("name"))


@pytest.mark.slow
def test_html_is_one_file_in_which_names_are_text(roster: Path, cli: Cli) -> None:
    """Nothing is loaded from elsewhere, nothing runs."""
    page = cli("workshop", "export", roster, LAB, "--format", "html").out
    assert page.rstrip().endswith("</html>")
    assert "&lt;script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    for word in ("<script", "http://", "https://", "src=", "@import", "\x1b", "\u202e"):
        assert word not in page, word


@pytest.mark.slow
def test_the_report_says_who_passed_and_when(roster: Path, cli: Cli) -> None:
    """A row for each learner and lab, also for whom nothing was seen."""
    ran = cli("workshop", "report", roster, LAB)
    summary, _, records = ran.out.partition("## Records")
    assert "1 of 4 learners passed every lab.\n" in summary
    assert f"| {LAB} | 1 | 4 | 25 % |\n" in summary
    assert "| learner-01 | 1 of 1 | 1 |\n" in summary
    rows = [line.split(" | ") for line in records.splitlines() if line.startswith("| ")][1:]
    assert [(row[0].lstrip("| "), row[3]) for row in rows][:2] == [
        ("learner-01", "1/1"),
        ("learner-02", "0/1"),
    ]
    assert rows[0][5].startswith("20"), "the moment at which it was seen as passed"
    assert rows[1][5] == ""
    assert rows[3][3] == "not seen"
    assert "<script" not in ran.out


@pytest.mark.slow
def test_the_report_s_receipts_can_be_verified(roster: Path, cli: Cli, tmp_path: Path) -> None:
    """A file for each lab that was seen, linked from its row, with the key's name; a changed one proves nothing."""
    folder = tmp_path / "the receipts"
    ran = cli("workshop", "report", roster, LAB, "--receipts", folder)
    rows = [line for line in ran.out.partition("## Records")[2].splitlines() if line.startswith("| ")][1:]
    files = sorted(folder.iterdir())
    assert len(rows) == 4
    assert len(files) == 3
    for file in files:
        (row,) = [row for row in rows if file.name in row]
        assert file.stem.rpartition("-")[2] in row
        assert re.fullmatch("[A-Za-z0-9_-]+[.]json", file.name), "no name of a learner leads anywhere else"
        verified = cli("receipt", "verify", file)
        assert verified.code == 0
        assert "this computer's key" in verified.out
        assert LAB in verified.out
        key = re.search("with key ([0-9a-f:]{19})", verified.out)
        assert key is not None
        assert key[1] in ran.out
    ann = next(file for file in files if file.name.startswith("learner-01"))
    assert "A workshop · learner-01 · 200000000001" in cli("receipt", "verify", ann).out
    ann.write_text(ann.read_text("utf-8").replace("learner-01", "learner-02"), "utf-8")
    assert cli("receipt", "verify", ann).code == 1


def test_certificates_carry_their_receipts(roster: Path, cli: Cli, tmp_path: Path) -> None:
    """One page for each lab that passed; it can be verified as it is, and not once it was changed."""
    folder = tmp_path / "certificates"
    assert cli("workshop", "report", roster, LAB, "--certificates", folder).code == 0
    [page] = folder.iterdir()
    text = page.read_text("utf-8")
    assert page.name.startswith(f"learner-01-{LAB}-")
    for words in ("learner-01", "Create a log group", "200000000001", "labs receipt verify"):
        assert words in text
    assert "https://" not in text
    verified = cli("receipt", "verify", folder)
    assert verified.code == 0
    assert "A workshop · learner-01 · 200000000001" in verified.out
    page.write_text(text.replace('"seat": "learner-01"', '"seat": "learner-02"'), "utf-8")
    assert cli("receipt", "verify", page).code == 1
    page.write_text("<html></html>", "utf-8")
    assert cli("receipt", "verify", page).code == 2


@pytest.mark.slow
def test_the_report_as_json_holds_each_receipt(roster: Path, cli: Cli, tmp_path: Path) -> None:
    """Times, the version that looked, and the receipt of the run on which the record rests."""
    from labs import __version__

    document = cli("workshop", "report", roster, LAB, "--format", "json").json
    assert (document["schema"], document["workshop"], document["cardlabs"]) == (1, "A workshop", __version__)
    ann, bob, evil, unseen = document["records"]
    assert (ann["best"], ann["total"], ann["cardlabs"]) == (1, 1, __version__)
    assert datetime.fromisoformat(ann["passed"]) <= datetime.fromisoformat(ann["looked"])
    assert bob["passed"] is None
    assert evil["seat"] == HOSTILE
    assert (unseen["receipt"], unseen["cardlabs"], unseen["looked"]) == (None, None, None)
    verdict = ann["receipt"]["receipt"]["verdict"]
    assert (verdict["seat"], verdict["target"]["account"]) == ("learner-01", account(1))
    assert (verdict["at"], verdict["cardlabs"]) == (ann["passed"], __version__)
    assert verdict["labs"][0]["passed"] is True
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(ann["receipt"]), "utf-8")
    verified = cli("receipt", "verify", file)
    assert (verified.code, document["key"] in verified.out) == (0, True)


def test_a_report_is_signed_with_the_key_that_is_named_or_with_none(
    roster: Path, cli: Cli, tmp_path: Path
) -> None:
    """Without receipts no key is needed, and none is made."""
    assert cli("workshop", "report", roster, LAB).code == 0
    assert not (Path(os.environ["LABS_HOME"]) / "receipt-key.pem").exists()
    theirs = tmp_path / "other"
    receipt.own_key(theirs)
    pem = theirs / receipt.KEY_FILE
    document = cli("workshop", "report", roster, LAB, "--format", "json", "--key", pem).json
    assert document["key"] == receipt.fingerprint_of(theirs)
    refused = cli("workshop", "report", roster, LAB, "--format", "json", "--key", roster)
    assert refused.code == 2
    assert "not a readable private key" in refused.err
    nowhere = cli("workshop", "report", roster, LAB, "--receipts", roster / "under-a-file")
    assert nowhere.code == 2
    assert "cannot be made" in nowhere.err


def test_a_receipt_holds_no_secret(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """The signed answers of AWS are those that a record would keep: without what looks like a credential."""
    from labs.show.records_text import statement
    from labs.verdict import Evidence, Finding, LabVerdict, State
    from labs.workshop.lab_records import LabRecord
    from labs.workshop.ledger_rows import VerdictChange

    answer = {"environment": [{"name": "DB_PASSWORD", "value": "hunter2-secret"}]}
    evidence = (Evidence("ecs", "DescribeTaskDefinition", "@", answer),)
    finding = Finding("it", "It", State.FAILED, (), evidence=evidence)
    at = datetime(2026, 11, 22, tzinfo=UTC)
    proof = VerdictChange(at, LabVerdict(LAB, "It", {}, (finding,), 0.1), "0.1.0", account(1))
    record = LabRecord("ann", account(1), LAB, 0, 1, None, None, at, proof)
    signed = statement("A workshop", "id", record, "0.1.0")
    assert signed is not None
    assert "DB_PASSWORD" in json.dumps(signed.verdict)
    assert "hunter2" not in json.dumps(signed.verdict)


@pytest.mark.slow
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
