"""Half-way catching up, and cleaning up after a workshop, in accounts of a sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.content.pack import open_catalog
from labs.sandbox import control
from labs.sandbox.commands import AwsCli
from labs.show.file_names import file_names
from labs.show.room_clean_text import cleaned_lines
from labs.verdict import Finding, LabVerdict, State
from labs.workshop.seat_result import SeatResult
from labs.workshop.stepped_script import SteppedScript
from tests.workshop.workshop_kit import CENTRAL, Cli, seat, write

FIRST, NEXT = "ecs-task-definition", "ecs-placement"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[control.Sandbox]:
    """A sandbox to which this process's environment leads."""
    with control.throw_away() as running:
        for name, value in control.environment(running).items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.mark.process
@pytest.mark.slow
def test_a_half_done_learner_catches_up_and_the_room_is_cleaned(
    sandbox: control.Sandbox, real_cli: AwsCli, cli: Cli, tmp_path: Path
) -> None:
    """The leftovers of a half-done lab go first; a lab that passed stays; at the end nothing is left."""
    environment = control.environment(sandbox)
    roster = write(tmp_path / "r.toml", seat("Ann", account=CENTRAL))
    lab = open_catalog().lab(FIRST)
    half = {**environment, **lab.variables(dict(lab.task.parameters))}
    with SteppedScript(real_cli, lab.folder / "solution.sh", half) as script:
        assert [script.step() for _ in range(3)] == [True] * 3
    assert cli("workshop", "check", roster, FIRST, NEXT).code == 1

    printed = cli("workshop", "prepare", roster, NEXT, "--solved")
    assert (printed.code, printed.err) == (0, "")
    commands = tmp_path / "catch-up.sh"
    commands.write_text(printed.out, "utf-8")
    ran = real_cli.run(commands, environment)
    assert ran.exit_code == 0, ran.output
    assert f"{FIRST}: solved" in ran.output
    assert "that you made will be removed, then it will be solved" in ran.output
    checked = cli("workshop", "check", roster, FIRST, NEXT, "--format", "json").seats["Ann"]["labs"]
    assert [each["passed"] for each in checked] == [True, False]

    again = cli("workshop", "prepare", roster, NEXT, "--solved").out
    assert f"{FIRST} has no commands" not in again
    assert "create-log-group" not in again, "a lab that passed is left alone"

    left = cli("workshop", "clean", roster, FIRST, "--scripts", tmp_path / "scripts")
    assert left.code == 0
    assert left.out.startswith("✗ Ann: ")
    assert "1 of 1 seat with something left, $0.00 an hour in all" in left.out
    assert real_cli.run(tmp_path / "scripts" / "Ann.sh", environment).exit_code == 0
    cleaned = cli("workshop", "check", roster, FIRST, "--cleaned", "--format", "json")
    assert (cleaned.code, cleaned.states()) == (0, {"Ann": "passed"})
    known = cli("workshop", "export", roster, FIRST, "--format", "json").seats["Ann"]["labs"]
    assert [each["id"] for each in known[0]["objectives"]] != ["cleaned"], "clean-ups are not results"


def test_what_is_left_is_named_for_each_seat() -> None:
    def looked(
        name: str, state: State, found: str, message: str = "", error: str | None = None
    ) -> SeatResult:
        finding = Finding("cleaned", "nothing is left", state, (), found=found, message=message)
        lab = LabVerdict(FIRST, "a lab", {}, (finding,), 0.1)
        return SeatResult(name, None, () if error else (lab,), error, 3, 0.1)

    seats = [
        looked("Ann", State.FAILED, "role x; log group y"),
        looked("Bob", State.PASSED, "nothing is left"),
        looked("Eve", State.INCONCLUSIVE, "", "access denied"),
        looked("Zoe", State.PASSED, "", error="the role has expired"),
    ]
    assert list(cleaned_lines(seats, 80)) == [
        "✗ Ann: left behind",
        f"    {FIRST}: role x; log group y",
        "✓ Bob: nothing found",
        "? Eve: inconclusive",
        f"    {FIRST}: access denied",
        "? Zoe: could not be read: the role has expired",
    ]


def test_file_names_keep_every_script_and_no_two_are_alike() -> None:
    """Marks stay with their letters; what a file system would take for the same name gets a number."""
    names = ["Ada", "ada", "Jo\u0301zsef", "محمد العلي", "हिन्दी", "../etc/passwd", "\u202e...", "田中 さくら"]
    assert list(file_names(names).values()) == [
        *("Ada", "ada-2", "József", "محمد-العلي", "हिन्दी", "etc-passwd", "seat", "田中-さくら"),
    ]
