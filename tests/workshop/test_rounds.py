"""Rounds over many accounts: each seat gets its own account's verdict, whatever befalls the others."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from referencing import Registry, Resource

import labs.show
from labs.workshop.seat_result import SeatResult
from tests.aws import HTTP, Call, Fault, injected
from tests.faults import DENIALS, FAULTS
from tests.workshop.workshop_kit import CENTRAL, LAB, Cli, account, make_group, role, seat, seats, write

pytestmark = pytest.mark.slow

SHOW = Path(labs.show.__file__).parent
SCHEMAS = {
    name: json.loads((SHOW / name).read_text("utf-8"))
    for name in ("check.schema.json", "workshop.schema.json")
}


def valid(document: Any) -> Any:
    """The document, which is as the schema says."""
    registry: Registry[Any] = Registry().with_resources(
        [(name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()]
    )
    jsonschema.Draft202012Validator(SCHEMAS["workshop.schema.json"], registry=registry).validate(document)
    return document


def check(cli: Cli, roster: Path, *more: str) -> Any:
    return cli("workshop", "check", roster, LAB, "--format", "json", *more)


def test_each_seat_is_told_of_its_own_account(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """Forty accounts, sixteen at a time, by the same few clients: nobody's keys sign for anybody else."""
    done = set(range(0, 40, 3))
    for number in done:
        make_group(number)
    ran = check(cli, write(tmp_path / "r.toml", *seats(range(40))))
    valid(ran.json)
    assert ran.code == 1
    for number in range(40):
        one = ran.seats[f"learner-{number:02}"]
        assert one["account"] == account(number)
        assert one["labs"][0]["passed"] is (number in done)
        assert one["error"] is None
    assert ran.json["summary"]["passed"] == len(done)
    assert ran.json["summary"]["failed"] == 40 - len(done)


def test_a_seat_costs_one_role_and_the_lab_s_reads(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """Nobody asks whose account it is: the assumed role says so. Every request is counted."""
    for number in range(3):
        make_group(number)
    HTTP.calls.clear()
    ran = check(cli, write(tmp_path / "r.toml", *seats(range(3))))
    assert ran.code == 0
    assert sorted(HTTP.names()) == ["cloudwatch-logs:DescribeLogGroups"] * 3 + ["sts:AssumeRole"] * 3
    assert ran.json["calls"] == 6


def test_the_order_of_the_roster_is_kept(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """Whatever came first, the document lists the seats as the roster does."""
    ran = check(cli, write(tmp_path / "r.toml", *seats(range(20, 0, -1))))
    assert list(ran.seats) == [f"learner-{number:02}" for number in range(20, 0, -1)]


BROKEN = {
    "unknown profile": (seat("x", profile="nope"), "The config profile (nope) could not be found. See `aws"),
    "unknown profile in a region": (
        seat("x", profile="nope", region="eu-west-1"),
        "The config profile (nope) could not be found. See `aws",
    ),
    "malformed ARN": (seat("x", role_arn="arn:aws:iam::1:role"), "is not the ARN of a role"),
    "wrong account": (
        seat("x", account="999999999999"),
        f"these credentials belong to account {CENTRAL}, not to 999999999999",
    ),
    "account without its digits": (seat("x", account="12345"), "twelve digits"),
    "another account's role": (
        seat("x", role_arn=role(7), account="999999999999"),
        "the role belongs to account 200000000007",
    ),
    "no region": (seat("x", region="eu west"), "is not the name of a Region"),
    "no endpoint": (seat("x", endpoint_url="localhost"), "is not the URL of an endpoint"),
    "nothing at the endpoint": (seat("x", endpoint_url="http://127.0.0.1:9"), "Cannot connect"),
    "profile and role": (seat("x", profile="a", role_arn=role(7)), "Set either"),
    "unknown parameter": (seat("x", parameters={"clutser": "a"}), "no parameter 'clutser'"),
    "empty parameter": (seat("x", parameters={"group": " "}), "needs a value"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_seat_is_its_own_row_and_spoils_no_other(
    name: str, accounts: None, cli: Cli, tmp_path: Path
) -> None:
    """It is inconclusive with its reason; the others are judged as if it were not there."""
    broken, reason = BROKEN[name]
    for number in (1, 2):
        make_group(number)
    with injected(BY_ID["connection-refused"], only=lambda call: ":9/" in str(call.request.url)):
        ran = check(cli, write(tmp_path / "r.toml", *seats([1]), broken, *seats([2])))
    valid(ran.json)
    assert ran.states() == {"learner-01": "passed", "x": "inconclusive", "learner-02": "passed"}
    assert reason in ran.seats["x"]["error"]
    assert reason in ran.seats["x"]["labs"][0]["objectives"][0]["message"]
    assert ran.code == 3


def test_a_profile_endpoint_of_one_service_is_used_for_that_seat_only(
    accounts: None, cli: Cli, tmp_path: Path
) -> None:
    """Endpoints of single services in ~/.aws/config mean what they mean to the AWS CLI, seat by seat."""
    keys = "aws_access_key_id = a\naws_secret_access_key = b\nregion = eu-west-1\n"
    config = Path(os.environ["HOME"]) / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(
        f"[profile far]\n{keys}services = elsewhere\n[profile near]\n{keys}"
        "[services elsewhere]\ncloudwatch_logs =\n  endpoint_url = http://127.0.0.1:9\n",
        "utf-8",
    )
    roster = write(tmp_path / "r.toml", seat("far", profile="far"), seat("near", profile="near"))
    with injected(BY_ID["connection-refused"], only=lambda call: ":9/" in str(call.request.url)):
        ran = check(cli, roster)
    assert ran.states() == {"far": "inconclusive", "near": "failed"}
    assert ran.seats["far"]["account"] == CENTRAL, "AWS itself was asked whose account it is"
    assert "Cannot connect" in ran.seats["far"]["labs"][0]["objectives"][0]["message"]


def test_a_tenth_of_broken_seats_is_told_seat_by_seat(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """Fifty learners, five of them broken in five ways: the round finishes, and the others have their verdicts."""
    broken = {
        7: (seat("learner-07", profile="nope"), "could not be found"),
        17: (seat("learner-17", role_arn="arn:aws:iam::role/x"), "is not the ARN of a role"),
        27: (seat("learner-27", role_arn=role(27)), "Not allowed to call sts:AssumeRole"),
        37: (seat("learner-37", role_arn=role(37)), "The credentials have expired"),
        47: (seat("learner-47", account="9" * 12), f"belong to account {CENTRAL}"),
    }
    sound = [number for number in range(50) if number not in broken]
    for number in sound:
        make_group(number)
    people = [broken[number][0] if number in broken else seats([number])[0] for number in range(50)]
    denied, expired = BY_ID["access-denied"].strike, BY_ID["expired-token"].strike
    assert denied
    assert expired

    def strike(call: Call) -> Any:
        return denied(call) if _assumes(27)(call) else expired(call)

    with injected(Fault("both", strike, ""), only=lambda call: _assumes(27)(call) or _assumes(37)(call)):
        ran = check(cli, write(tmp_path / "r.toml", *people))
    valid(ran.json)
    assert ran.code == 3
    assert (ran.json["summary"]["passed"], ran.json["summary"]["inconclusive"]) == (45, 5)
    for number, (_, reason) in broken.items():
        assert reason in ran.seats[f"learner-{number:02}"]["error"]
    assert all(ran.seats[f"learner-{number:02}"]["error"] is None for number in sound)


BY_ID = {fault.id: fault for fault in FAULTS}


def _assumes(number: int) -> Any:
    def only(call: Call) -> bool:
        return call.operation == "AssumeRole" and account(number) in str(call.request.body)

    return only


HTTP_FAULTS = [each for each in FAULTS if each.strike and each.everywhere]
"""Faults of any request; the others befall only some answers, that of AssumeRole not among them."""


@pytest.mark.parametrize("fault", HTTP_FAULTS, ids=lambda fault: fault.id)
def test_a_role_that_cannot_be_assumed_is_that_seat_s_reason(
    fault: Fault, accounts: None, cli: Cli, tmp_path: Path
) -> None:
    """Denied, expired, throttled, cut, no network: one row says which, and a fault that passes over leaves no trace."""
    for number in (1, 2):
        make_group(number)
    with injected(fault, only=_assumes(1)):
        ran = check(cli, write(tmp_path / "r.toml", *seats([1, 2])))
    valid(ran.json)
    one = ran.seats["learner-01"]
    if fault.passes_over:
        assert ran.code == 0
        return
    assert (ran.code, ran.states()) == (3, {"learner-01": "inconclusive", "learner-02": "passed"})
    assert one["error"].startswith(f"role {role(1)} cannot be assumed: ")
    assert "check itself broke" not in one["error"]
    action = one["labs"][0]["objectives"][0]["action"]
    assert action == ("sts:AssumeRole" if fault.id in DENIALS else None)


@pytest.mark.parametrize("fault", ["access-denied", "expired-token", "throttled", "cut-in-the-middle"])
def test_a_fault_of_one_seat_s_reads_is_that_seat_s(
    fault: str, accounts: None, cli: Cli, tmp_path: Path
) -> None:
    """The account was opened, but this question was not answered: the objective says why, the seat has no error."""
    make_group(1, "ann-a-group")
    make_group(2)
    ann = seat("ann", role_arn=role(1), prefix="ann-")
    with injected(BY_ID[fault], only=lambda call: "ann-" in str(call.request.body)):
        ran = check(cli, write(tmp_path / "r.toml", ann, *seats([2])))
    assert ran.states() == {"ann": "inconclusive", "learner-02": "passed"}
    assert ran.seats["ann"]["error"] is None
    assert ran.code == 3


def test_learners_share_an_account_by_prefix(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """Each is judged by their own names; a parameter that the roster gives wins over the prefix."""
    make_group(1, "ann-a-group")
    make_group(1, "his own")
    ran = check(
        cli,
        write(
            tmp_path / "r.toml",
            seat("ann", role_arn=role(1), prefix="ann-"),
            seat("bob", role_arn=role(1), prefix="bob-"),
            seat("cyd", role_arn=role(1), prefix="cyd-", parameters={"group": "his own"}),
        ),
    )
    assert ran.states() == {"ann": "passed", "bob": "failed", "cyd": "passed"}
    assert ran.seats["cyd"]["labs"][0]["parameters"] == {"group": "his own"}
    assert HTTP.names().count("sts:AssumeRole") == 1, "one for the three seats"


HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e=1+1"


def test_a_hostile_name_is_text_everywhere(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """No format lets a name steer a terminal, a browser, a spreadsheet or a parser."""
    roster = write(
        tmp_path / "r.toml", seat(HOSTILE, role_arn=role(1)), seat("=cmd|' /C calc'!A0", role_arn=role(2))
    )
    assert check(cli, roster).json["seats"][0]["name"] == HOSTILE
    text = cli("workshop", "check", roster, LAB)
    assert "\x1b" not in text.out
    assert "\u202e" not in text.out
    html = cli("workshop", "check", roster, LAB, "--format", "html").out
    assert "<script" not in html
    assert "\x1b" not in html
    rows = list(csv.DictReader(io.StringIO(cli("workshop", "check", roster, LAB, "--format", "csv").out)))
    assert rows[1]["seat"] == "'=cmd|' /C calc'!A0"
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())


def test_an_empty_or_broken_roster_is_refused(cli: Cli, tmp_path: Path) -> None:
    """Every fault at once, exit code 2, and JSON all the same."""
    roster = tmp_path / "r.toml"
    roster.write_text('[[seats]]\nname = "a"\naccount = 123456789012\n[[seats]]\nname = "a"\n', "utf-8")
    ran = cli("workshop", "check", roster, "--format", "json")
    assert ran.code == 2
    assert "account numbers are text" in valid(ran.json)["error"]
    assert "'a' is there already" in ran.json["error"]
    missing = cli("workshop", "check", tmp_path / "nope.csv")
    assert (missing.code, missing.out) == (2, "")


def test_what_is_no_lab_is_refused_before_anything_is_asked(accounts: None, cli: Cli, tmp_path: Path) -> None:
    ran = cli("workshop", "check", write(tmp_path / "r.toml", *seats([1])), "nope", "--format", "json")
    assert ran.code == 2
    assert "No lab is named 'nope'" in valid(ran.json)["error"]
    assert HTTP.calls == []


def test_a_roster_says_which_labs_it_is_about(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """Without labs on the line those of the roster are checked, not all that there are."""
    roster = tmp_path / "r.toml"
    roster.write_text(f'labs = ["{LAB}"]\n{seats([1])[0]}\n', "utf-8")
    ran = cli("workshop", "check", roster, "--format", "json")
    assert [lab["lab"] for lab in ran.json["seats"][0]["labs"]] == [LAB]


def test_junit_tells_each_seat_and_lab(accounts: None, cli: Cli, tmp_path: Path) -> None:
    """A suite for each, readable by any XML parser."""
    from labs.show.round_files import junit_text

    roots = ET.fromstring("".join(junit_text([SeatResult("<&>", None, (), None, 0, 0.0)])))
    assert roots.tag == "testsuites"
