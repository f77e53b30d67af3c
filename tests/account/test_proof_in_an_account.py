"""`labs test --account`: plays labs in what it takes for AWS, and leaves nothing there."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labs.aws.session import SANDBOX_HEADER
from tests.account.kit import ACCOUNT, GROUPS, LAB, Account, LabPack
from tests.builders import Labs
from tests.recordings.recorded import of_record

pytestmark = [pytest.mark.process, pytest.mark.slow]

Proved = Callable[..., tuple[int, str, str]]


def steps(out: str) -> dict[str, str]:
    """The steps of the proof, each with what was wrong about it."""
    found = json.loads(out)["steps"]
    return {f"{each['kind']} {each['name']}".rstrip(): each["wrong"] for each in found}


def test_a_lab_is_proved_and_nothing_is_left(proved: Proved, account: Account, tmp_path: Path) -> None:
    """Each state is played from nothing; every check is recorded without the account's number."""
    code, out, err = proved("--yes", "--format", "json", "--record", tmp_path / "records")
    assert code == 0, err
    assert steps(out) == dict.fromkeys(
        [
            "nothing",
            "solution solution",
            "clean solution",
            "mistake no-retention",
            "clean no-retention",
            "left",
        ],
        "",
    )
    assert account.groups() == []
    assert "estimated cost: $0.20" in err
    assert "does not replay" not in err
    records = sorted((tmp_path / "records").iterdir())
    assert [each.name for each in records] == [
        f"{LAB}.mistake.no-retention.json",
        f"{LAB}.nothing.json",
        f"{LAB}.solution.solution.json",
    ]
    for each in records:
        assert ACCOUNT not in each.read_text()
        assert SANDBOX_HEADER not in each.read_text()
        assert [answer.read for answer in of_record(each)] == ["logs:DescribeLogGroups"]
    assert not (tmp_path / "labs" / "account-test.json").exists()


def test_the_account_is_looked_at_first(
    proved: Proved, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a yes nothing is done; what it would cost is said before the question."""
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    code, _, err = proved()
    assert code == 1, err
    assert "up to $0.20" in err
    assert "AWSServiceRoleForECS is created with the first cluster" in err
    assert account.groups() == []


def test_another_account_is_refused(labs: Labs, account: Account, pack: LabPack) -> None:
    code, _, err = labs("test", LAB, "--pack", pack.folder, "--account", "111122223333", "--yes")
    assert code == 4, err
    assert ACCOUNT in err
    assert account.groups() == []


def test_the_sandbox_is_refused(proved: Proved, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.sandbox.url)
    monkeypatch.delenv("HTTP_PROXY")
    code, _, err = proved("--yes")
    assert code == 2, err
    assert "has a sandbox of its own" in err


def test_a_lab_whose_names_are_taken_is_not_touched(proved: Proved, account: Account) -> None:
    """Resources that are already there belong to somebody: they are named, and stay."""
    account.client("logs").create_log_group(logGroupName=f"{LAB}-of-somebody")
    code, _, err = proved("--yes")
    assert code == 2, err
    assert f"log group {LAB}-of-somebody" in err
    assert account.groups() == [f"{LAB}-of-somebody"]


def test_what_fails_halfway_is_cleaned_up(proved: Proved, account: Account, pack: LabPack) -> None:
    """A clean-up that stops at its first error would leave the group behind."""
    pack.write("solution.sh", "aws logs create-log-group --log-group-name $GROUP\nfalse\n")
    code, out, err = proved("--yes", "--format", "json")
    assert code == 1, err
    tried = steps(out)
    assert "solution.sh ended with" in tried["solution solution"]
    assert tried["clean solution"] == ""
    assert tried["mistake no-retention"] == ""
    assert account.groups() == []


def test_a_mistake_that_passes_is_wrong(proved: Proved, pack: LabPack, pauses: list[float]) -> None:
    """It is judged again until the wait is over: AWS may be late."""
    pack.write("mistakes/no-retention.sh", (pack.folder / "tasks" / LAB / "solution.sh").read_text())
    code, out, err = proved("--yes", "--format", "json", "--wait", "0")
    assert code == 1, err
    assert steps(out)["mistake no-retention"] == "passes despite the mistake: week"


def test_what_cannot_be_removed_is_said_and_remembered(
    proved: Proved, account: Account, pack: LabPack, pauses: list[float]
) -> None:
    """The proof stops there; once the clean-up works, --resume cleans up and goes on."""
    check = pack.folder / "checks" / "kept_logs.py"
    known = check.read_text()
    check.write_text(known.replace('Leftover("log group"', 'Leftover("log file"'))
    code, _, err = proved("--yes")
    assert code == 1, err
    assert f"still in account {ACCOUNT}: log file {LAB}" in err
    assert pauses
    code, _, err = proved("--yes")
    assert code == 2, err
    assert "--resume" in err
    check.write_text(known)
    for name in [each for each in sys.modules if each.startswith("labs_pack_")]:
        del sys.modules[name]  # the next command is a process of its own
    code, out, err = proved("--resume", "--format", "json")
    assert code == 0, err
    assert steps(out)["left"] == ""
    assert account.groups() == []


def test_the_budget_ends_a_proof_before_it_is_exceeded(proved: Proved, account: Account) -> None:
    """The account is clean then, and the proof goes on with more."""
    code, out, err = proved("--yes", "--max-cost", "0.15", "--format", "json")
    assert code == 3
    assert list(steps(out)) == ["nothing", "solution solution", "clean solution"]
    assert "up to $0.10, and $0.05 of $0.15 is left" in err
    assert account.groups() == []
    code, out, err = proved("--resume", "--max-cost", "0.5", "--format", "json")
    assert code == 0, err
    assert "left" in steps(out)


def test_what_leftovers_do_not_find_is_found(proved: Proved, account: Account, pack: LabPack) -> None:
    """The account is compared with what was there before: by names and tags."""
    profile = 'aws iam create-instance-profile --instance-profile-name "$GROUP-profile"\n'
    pack.write("mistakes/no-retention.sh", GROUPS + profile)
    code, out, err = proved("--yes", "--format", "json")
    assert code == 1, err
    assert f"instance-profile/{LAB}-profile" in steps(out)["left"]


def test_options_of_the_other_proof_are_refused(labs: Labs) -> None:
    code, _, err = labs("test", LAB, "--resume")
    assert code == 2, err
    assert "go with --account" in err
    code, _, err = labs("test", LAB, "--account", ACCOUNT, "--keep")
    assert code == 2, err
    assert "go without --account" in err


def test_nothing_to_resume_is_said(proved: Proved) -> None:
    code, _, err = proved("--resume")
    assert code == 2, err
    assert "nothing to resume" in err
