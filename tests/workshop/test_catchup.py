"""Catching up: the commands, or the world, that bring a learner who fell behind to the start of a lab."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.author.scaffold import scaffold
from labs.content.pack import open_catalog
from labs.sandbox import control
from labs.sandbox.commands import AwsCli, Ran
from labs.workshop.catch_up import make_world, required, steps
from labs.workshop.roster import Seat
from tests.workshop.workshop_kit import CENTRAL, LAB, Cli, seat, write

pytestmark = [pytest.mark.process, pytest.mark.slow]

NEXT = "b-group"


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[control.Sandbox]:
    with control.throw_away() as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: control.Sandbox) -> Iterator[control.Sandbox]:
    """An empty world, whatever became of the test before."""
    yield shared_sandbox
    control.reset(shared_sandbox.home)


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two labs: the second builds on the first, and starts with a group of another name."""
    folder = tmp_path / "pack"
    for lab in (LAB, NEXT):
        list(scaffold(folder, lab))
    lab = folder / "tasks" / NEXT
    task = (lab / "task.toml").read_text("utf-8").replace("minutes = 5", f'minutes = 5\nrequires = ["{LAB}"]')
    task = task.replace('title = "Create a log group"', 'title = "Make another log group"')
    (lab / "task.toml").write_text(task, "utf-8")
    (lab / "start.sh").write_text('aws logs create-log-group --log-group-name "$GROUP-broken"\n', "utf-8")
    monkeypatch.setenv("LABS_PACKS", str(folder))
    return folder


def groups(sandbox: control.Sandbox) -> set[str]:
    import boto3

    where = {"region_name": "eu-west-1", "endpoint_url": sandbox.url}
    keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "x"}
    found: Any = boto3.client("logs", **where, **keys).describe_log_groups()
    return {group["logGroupName"] for group in found["logGroups"]}


def run(
    commands: str, sandbox: control.Sandbox, real_cli: AwsCli, tmp_path: Path, account: str = CENTRAL
) -> Ran:
    """A learner's work with the commands."""
    file = tmp_path / "commands.sh"
    file.write_text(commands, "utf-8")
    return real_cli.run(file, control.environment(control.in_account(sandbox, account)))


@pytest.mark.parametrize(
    ("more", "made"),
    [([], {"ann-b-group-broken"}), (["--solved"], {"ann-a-group", "ann-b-group-broken"})],
    ids=["its start", "what it builds on, too"],
)
def test_the_commands_bring_a_learner_to_the_start_in_their_own_names(
    more: list[str],
    made: set[str],
    pack: Path,
    sandbox: control.Sandbox,
    real_cli: AwsCli,
    cli: Cli,
    tmp_path: Path,
) -> None:
    roster = write(tmp_path / "r.toml", seat("ann", account=CENTRAL, prefix="ann-"), seat("bob"))
    printed = cli("workshop", "prepare", roster, NEXT, "--seat", "ann", *more)
    assert printed.code == 0
    assert ("add --solved" in printed.err) is (not more)
    assert groups(sandbox) == set(), "to print is not to do"
    ran = run(printed.out, sandbox, real_cli, tmp_path)
    assert (ran.exit_code, groups(sandbox)) == (0, made), ran.output


def test_in_another_account_the_commands_do_nothing(
    pack: Path, sandbox: control.Sandbox, real_cli: AwsCli, cli: Cli, tmp_path: Path
) -> None:
    """The account of the roster, also that of its role, is compared before anything is made."""
    roster = write(tmp_path / "r.toml", seat("ann", role_arn="arn:aws:iam::111122223333:role/labs-check"))
    printed = cli("workshop", "prepare", roster, NEXT)
    ran = run(printed.out, sandbox, real_cli, tmp_path)
    assert (ran.exit_code, groups(sandbox)) == (1, set())
    assert "Wrong account: nothing was changed" in ran.output


def test_commands_that_fail_stop_there(
    pack: Path, sandbox: control.Sandbox, real_cli: AwsCli, cli: Cli, tmp_path: Path
) -> None:
    """Steps after a fault would rest on nothing."""
    printed = cli("workshop", "prepare", write(tmp_path / "r.toml", seat("ann")), NEXT, "--solved")
    assert run(printed.out, sandbox, real_cli, tmp_path).exit_code == 0
    again = run(
        printed.out + "\naws logs create-log-group --log-group-name later\n", sandbox, real_cli, tmp_path
    )
    assert again.exit_code != 0
    assert "later" not in groups(sandbox)


def test_each_seat_s_own_place_is_set(pack: Path, cli: Cli, tmp_path: Path) -> None:
    """Profile, region and endpoint, as far as the roster names them; the line's region is for those without one."""
    roster = write(
        tmp_path / "r.toml",
        seat("ann", profile="my profile", region="eu-west-1"),
        seat("bob", endpoint_url="http://127.0.0.1:5000"),
    )
    ann, bob = cli("workshop", "prepare", roster, NEXT, "--region", "us-east-1").out.split("# bob")
    assert "export AWS_PROFILE='my profile'\n" in ann
    assert "export AWS_REGION=eu-west-1\n" in ann
    assert "AWS_ENDPOINT_URL" not in ann
    assert "AWS_PROFILE" not in bob
    assert "export AWS_REGION=us-east-1\n" in bob
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:5000\n" in bob


def test_names_and_values_of_a_roster_are_text_in_the_commands(
    pack: Path, sandbox: control.Sandbox, real_cli: AwsCli, cli: Cli, tmp_path: Path
) -> None:
    """Nothing that stands in a roster is run, or reaches the terminal as more than text."""
    canary = tmp_path / "canary"
    evil = f"x\n$(touch {canary})\x1b[31m"
    roster = write(
        tmp_path / "r.toml",
        seat(evil, parameters={"group": f"'; touch {canary}; '$(touch {canary})`touch {canary}`"}),
        seat("unseen", parameters={"group": f"a\n'$(touch {canary})'"}),
    )
    printed = cli("workshop", "prepare", roster, NEXT)
    assert "\x1b" not in printed.out
    assert "unseen: " in printed.err
    assert "nobody could see" in printed.err
    run(printed.out, sandbox, real_cli, tmp_path)
    assert not canary.exists()


@pytest.mark.process
def test_a_world_holds_the_start(pack: Path, sandbox: control.Sandbox, cli: Cli, tmp_path: Path) -> None:
    """As `labs sandbox load` takes it; the learner's own shell, and any account it leads to, is not touched."""
    file = tmp_path / "world.jsonl"
    roster = write(tmp_path / "r.toml", seat("ann", prefix="ann-"), seat("bob"))
    ran = cli("workshop", "prepare", roster, NEXT, "--solved", "--seat", "bob", "--world", file)
    assert (ran.code, ran.err) == (0, "")
    assert f"labs sandbox load {file}" in ran.out
    control.load(sandbox.home, file)
    assert groups(sandbox) == {"a-group", "b-group-broken"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "No lab is named 'nope'"),
        ([NEXT, "--seat", "an"], "there is no seat 'an' in this roster: did you mean ann?"),
        ([NEXT, "--world", "w"], "not all seats have the same names: --seat says for whom the world is"),
        ([NEXT, "--seat", "odd"], "odd: 'x' is not the ARN of a role"),
        ([NEXT, "--seat", "ann", "--world", "/nowhere/w"], "/nowhere/w cannot be written"),
    ],
    ids=["lab", "seat", "whose world", "fault", "file"],
)
def test_what_cannot_be_prepared_is_said(
    arguments: list[str], message: str, pack: Path, cli: Cli, tmp_path: Path
) -> None:
    roster = write(
        tmp_path / "r.toml", seat("ann", prefix="ann-"), seat("new"), seat("odd", role_arn="x", prefix="o-")
    )
    ran = cli("workshop", "prepare", roster, *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""
    assert not Path("w").exists()


def test_a_fault_of_one_seat_leaves_the_others_their_commands(pack: Path, cli: Cli, tmp_path: Path) -> None:
    roster = write(tmp_path / "r.toml", seat("odd", role_arn="x"), seat("ann"))
    ran = cli("workshop", "prepare", roster, NEXT)
    assert ran.code == 2
    assert ran.out.startswith("# ann: to the start of b-group\n(\n")


def test_names_that_hold_an_unknown_account_cannot_be_told() -> None:
    """A bucket's name holds the account: the roster must say it, or the seat's role."""
    from labs.errors import UsageError

    catalog = open_catalog()
    lab = catalog.lab("ecs-task-roles")
    bucket = Seat("ann", parameters={"family": "mine"})
    assert steps(catalog, lab, bucket, None, None, solved=True), "what comes before holds no account"
    after = next(each for each in catalog.all() if "ecs-task-roles" in [*each.task.requires, each.id])
    todo = Seat("ann", parameters={"family": "{account}-web"})
    with pytest.raises(UsageError, match="the roster does not say the account"):
        steps(catalog, after, todo, None, None, solved=True)
    known = steps(catalog, after, todo, "1" * 12, None, solved=True)
    assert known[0].names["family"] == "111111111111-web"


LABS = open_catalog().all()


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
def test_required_labs_come_in_an_order_that_can_be_done(lab: Any) -> None:
    """Each once, after what it builds on itself, and never the lab itself."""
    before = [each.id for each in required(open_catalog(), lab)]
    assert len(before) == len(set(before))
    assert lab.id not in before
    for number, name in enumerate(before):
        assert set(open_catalog().lab(name).task.requires) <= set(before[:number])
    assert set(lab.task.requires) <= set(before)


@pytest.mark.slow
@pytest.mark.process
def test_every_built_in_chain_of_solutions_runs_in_one_world(sandbox: control.Sandbox) -> None:
    """The longest ones, with the lab that starts with something broken at their end."""
    catalog = open_catalog()
    for name in (
        "ecs-instance-registration",
        "ecs-cluster-autoscaling",
        "ecs-placement-process",
        "ecs-efs-volume",
    ):
        todo = steps(catalog, catalog.lab(name), Seat("ann"), sandbox.account, sandbox.region, solved=True)
        make_world(todo, sandbox)
        control.reset(sandbox.home)
    assert os.environ.get("AWS_ENDPOINT_URL") is None, "nobody's own shell was asked"


def test_labs_that_require_each_other_are_each_listed_once(pack: Path) -> None:
    task = pack / "tasks" / LAB / "task.toml"
    task.write_text(
        task.read_text("utf-8").replace("minutes = 5", f'minutes = 5\nrequires = ["{NEXT}"]'), "utf-8"
    )
    catalog = open_catalog()
    assert [each.id for each in required(catalog, catalog.lab(NEXT))] == [LAB]
