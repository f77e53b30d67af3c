"""`labs progress`, `labs next` and `labs list`: what they show of a learner, and the exchange between machines."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from labs.show import progress_text
from labs.show.card import duration
from labs.study.progress import CardProgress
from labs.study.proposals import Proposal
from tests.study.conftest import StudyCommand

AWS_ECS = Path("decks/aws-ecs.md").resolve()


def knows_two_cards(study: StudyCommand) -> None:
    """Recalled twice, a week apart, and so known."""
    for grade in ("4", "2"):
        study.studies("", grade, "", grade, "q", deck=AWS_ECS, given=("--limit", "2"))
        study.clock.move(days=9)
    study.clock.move(days=-8)


def test_a_new_learner_sees_every_card_as_a_circle(study: StudyCommand) -> None:
    out = study.labs("progress").out
    assert "aws-ecs · 23 cards · 0 known · 0 practiced · 0 mastered" in out
    assert out.count("○") > 23
    assert "due  " not in out
    assert "in a row" not in out


def test_known_cards_a_forecast_and_recall_are_shown(study: StudyCommand) -> None:
    knows_two_cards(study)
    out = study.labs("progress").out
    assert "2 known" in out
    assert "◐ ◐ ○" in out
    assert "highest bar 2" in out
    assert "recall  100% of 2 reviews" in out


@pytest.mark.slow
@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_picture_fits_the_terminal(
    study: StudyCommand, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows_two_cards(study)
    monkeypatch.setenv("COLUMNS", str(width))
    lines = study.labs("progress").out.splitlines()
    assert max(map(len, lines)) <= max(width, 80)


@pytest.mark.parametrize(
    ("known", "practised", "shown"),
    [(True, True, "●"), (True, False, "◐"), (False, True, "◑"), (False, False, "○")],
)
def test_a_card_s_halves_say_what_is_known_and_what_is_practised(
    known: bool, practised: bool, shown: str
) -> None:
    card = CardProgress("d:c", "Q", known, practised, False, None, None, False, False, ())
    assert progress_text.sign(card) == shown


@pytest.mark.slow
def test_json_is_one_document_of_cards_and_labs(study: StudyCommand) -> None:
    knows_two_cards(study)
    document = json.loads(study.labs("progress", "--format", "json").out)
    assert sum(card["known"] for card in document["cards"]) == 2
    assert set(document["cards"][0]) >= {"known", "practised", "mastered", "due"}
    assert set(document["labs"][0]) >= {"lab", "score", "total", "at", "parameters"}


def test_names_of_the_learner_s_own_are_shown(study: StudyCommand, embedded: None) -> None:
    assert study.labs("check", "ecs-placement", "-p", "cluster=mine").code == 1
    assert "ecs-placement uses cluster=mine (account 123456789012, eu-west-1)" in study.labs("progress").out


@pytest.mark.slow
def test_next_proposes_the_unfinished_lab_first(study: StudyCommand, embedded: None) -> None:
    assert "ecr-repository" in study.labs("next").out
    study.labs("check", "ecs-placement")
    assert "ecr-repository" in study.labs("next").out, "a look out of curiosity changes no order"
    study.labs("start", "ecs-placement")
    study.labs("check", "ecs-placement")
    assert study.labs("next").out.startswith("next  labs show ecs-placement")
    document = json.loads(study.labs("next", "--format", "json").out)
    assert document["next"][0] == {"do": "lab", "lab": "ecs-placement", "why": "in progress, 0 of 7 passed"}


def test_nothing_left_to_do_is_said() -> None:
    assert progress_text.next_text([], 80) == "All labs are done and no cards are due."


def test_next_steps_keep_to_the_width() -> None:
    steps = [
        Proposal("lab", "about 20 min, about $0.01", "ecs-instance-role"),
        Proposal("study", "2 cards are due"),
    ]
    assert progress_text.next_text(steps, 50).split("\n") == [
        "next  labs show ecs-instance-role   about 20 min,",
        "                                    about $0.01",
        "      labs study                    2 cards are",
        "                                    due",
    ]


def test_list_says_what_is_known_and_practised(study: StudyCommand) -> None:
    knows_two_cards(study)
    assert "23 cards (2 known, 0 practiced, 0 mastered" in study.labs("list").out
    document = json.loads(study.labs("list", "--format", "json").out)
    assert document["decks"][0]["known"] == 2


def test_export_and_import_bring_a_learner_to_another_machine(
    study: StudyCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows_two_cards(study)
    file = tmp_path / "me.jsonl"
    assert study.labs("progress", "export", str(file)).code == 0
    here = study.events
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "second"))
    assert "4 new events" in study.labs("progress", "import", str(file)).out
    assert "0 new events" in study.labs("progress", "import", str(file)).out
    assert study.events == here


@pytest.mark.slow
@pytest.mark.process
def test_export_and_import_work_through_a_pipe(study: StudyCommand, tmp_path: Path) -> None:
    study.studies("", "3", "q")
    command = [sys.executable, "-m", "labs", "progress"]
    exported = subprocess.run([*command, "export"], capture_output=True, check=True).stdout
    env = {"LABS_HOME": str(tmp_path / "second"), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([*command, "import", "-"], input=exported, capture_output=True, check=True, env=env)
    assert ran.stdout == b"1 new event.\n"


@pytest.mark.parametrize("content", [b"hello\n", b'{"id": "x"}\n', b"\x80\n", b"[]\n"])
def test_what_is_no_export_is_refused_whole(study: StudyCommand, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.jsonl").write_bytes(content)
    ran = study.labs("progress", "import", str(tmp_path / "bad.jsonl"))
    assert ran.code == 2
    assert "nothing was imported" in ran.err
    assert study.events == []


def test_files_that_are_not_there_are_reported(study: StudyCommand, tmp_path: Path) -> None:
    for ran in (
        study.labs("progress", "import", str(tmp_path / "none")),
        study.labs("progress", "export", str(tmp_path / "no" / "folder")),
    ):
        assert ran.code == 2
        assert ran.err.startswith("error: ")


def test_a_broken_lab_spoils_neither_list_nor_study(study: StudyCommand, tmp_path: Path) -> None:
    broken = tmp_path / "pack" / "tasks" / "broken"
    broken.mkdir(parents=True)
    (broken / "task.toml").write_text("title = 1")
    listed = study.labs("list", "--pack", str(tmp_path / "pack"))
    assert listed.code == 0
    assert "left out" in listed.err
    assert study.studies("q", given=("--pack", str(tmp_path / "pack"))).code == 0


DURATIONS: list[tuple[Any, str]] = [
    ({"seconds": 20}, "1 min"),
    ({"minutes": 10}, "10 min"),
    ({"hours": 5}, "5 h"),
    ({"days": 11}, "11 d"),
    ({"days": 180}, "6 months"),
]


@pytest.mark.parametrize(("much", "message"), DURATIONS, ids=[message for _, message in DURATIONS])
def test_a_time_is_reported_in_the_unit_that_says_enough(much: dict[str, float], message: str) -> None:
    assert duration(timedelta(**much)) == message
