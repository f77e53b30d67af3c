"""A day in the life: recall, practice and recall again, at a real sandbox; and the same learner on a second machine."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labs.cli import run, runtime
from labs.content.pack import open_catalog
from labs.sandbox import control
from labs.sandbox.commands import AwsCli
from tests.store.builders import Clock

pytestmark = [pytest.mark.process, pytest.mark.slow]

LAB = "ecs-placement"
BINPACK = "Explain Binpack Task placement strategy (ECS)"
FIXED_PLACEMENT = """
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --force-new-deployment \
    --placement-strategy type=binpack,field=memory
"""
Labs = Callable[..., str]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The command line's clock, which the test moves; no two moments are the same."""
    clock = Clock(datetime.fromisoformat("2026-11-22T08:00:00+00:00"))

    def now() -> datetime:
        clock.move(milliseconds=1)
        return clock.at

    monkeypatch.setattr(runtime, "now", now)
    return clock


@pytest.fixture
def labs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Labs:
    """Runs a command with lines to read, and gives what it printed; its exit code must be the expected one."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str, code: int = 0, lines: tuple[str, ...] = ()) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        exit_code = run(list(arguments))
        captured = capsys.readouterr()
        assert exit_code == code, f"{captured.out}\n{captured.err}"
        return captured.out

    return call


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[control.Sandbox]:
    """A sandbox in a process of its own, which this process talks to as any shell would."""
    started = control.start(runtime.home())
    for name, value in control.environment(started).items():
        monkeypatch.setenv(name, value)
    try:
        yield started
    finally:
        control.stop(started.home)  # the day ends on another machine, with a home of its own


@pytest.fixture
def run_aws(sandbox: control.Sandbox, tmp_path: Path, real_cli: AwsCli) -> Callable[[str], None]:
    """Runs a script with the real AWS CLI, as the learner would."""
    lab = open_catalog().lab(LAB)
    names = lab.variables(lab.names({}, account=sandbox.account, region=sandbox.region))

    def run_script(text: str) -> None:
        script = tmp_path / "script.sh"
        script.write_text(text)
        ran = real_cli.run(script, {**control.environment(sandbox), **names})
        assert ran.exit_code == 0, ran.output

    return run_script


def card(progress: str, question: str) -> dict[str, Any]:
    [found] = [each for each in json.loads(progress)["cards"] if each["question"] == question]
    return dict(found)


def mistake(name: str) -> str:
    script = open_catalog().lab(LAB).script(f"mistakes/{name}")
    assert script
    return script.read_text()


def study_until(labs: Labs, question: str, grade: str) -> str:
    """Grades cards until the one with this question was graded; the session as it was printed."""
    out = ""
    for number in range(1, 30):
        out = labs("study", "aws-ecs", "--new", "30", "--limit", "1", lines=("", grade))
        if question in out:
            return out
        assert number < 29
    return out


@pytest.mark.slow
@pytest.mark.process
def test_a_day_in_the_life(
    labs: Labs,
    run_aws: Callable[[str], None],
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study_until(labs, BINPACK, "4")
    clock.move(days=9)

    labs("start", LAB)
    run_aws(mistake("binpack-cpu"))
    failed = labs("check", LAB, code=1)
    assert "✗ binpack-memory" in failed
    assert "binpack on cpu" in failed
    first = labs("study", "aws-ecs", "--new", "0", lines=("q",)).split("\n> ")[0]
    assert BINPACK in first
    assert "review early: binpack-memory failed in ecs-placement" in " ".join(first.split())
    hint = labs("hint", LAB)
    assert "found     binpack on cpu" in hint
    assert "\nRead: https://docs.aws.amazon.com/" in hint

    clock.move(minutes=20)
    run_aws(FIXED_PLACEMENT)
    assert "✓ 7 of 7 passed. ecs-placement is done." in labs("check", LAB, "--watch")
    assert "left behind" in labs("check", LAB, "--cleaned", code=1)
    assert "The sandbox is free. In an AWS account, this costs about" in labs("clean", LAB)
    labs("clean", LAB, "--yes")
    labs("check", LAB, "--cleaned")

    again = labs("study", "aws-ecs", "--new", "0", lines=("", "3", "", "3", "q")).split("\n> ")
    asked = [" ".join(screen.split()) for screen in again[:4:2]]
    assert any(BINPACK in screen for screen in asked)
    assert not any("binpack on cpu" in screen for screen in asked)  # it has passed since
    runtime = labs("progress", "--format", "json")
    assert card(runtime, BINPACK)["mastered"]
    assert "· 2 mastered" in labs("progress")

    events = tmp_path / "me.jsonl"
    labs("progress", "export", str(events))
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "second-machine"))
    assert not card(labs("progress", "--format", "json"), BINPACK)["known"]
    labs("progress", "import", str(events))
    assert "0 new events" in labs("progress", "import", str(events))
    there = labs("progress", "--format", "json")
    assert without_moment(there) == without_moment(runtime)
    assert "· 2 mastered" in labs("progress")


def without_moment(document: str) -> dict[str, Any]:
    """A document of progress without the moment at which it was made."""
    fields = dict(json.loads(document))
    assert datetime.fromisoformat(fields.pop("at")).utcoffset() == timedelta(0)
    return fields
