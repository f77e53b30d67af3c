"""Boards of one room, one after another: what is taken from the board before is what would be made again."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from labs.workshop.board_maker import BoardMaker
from labs.workshop.events import Event, EventKind
from labs.workshop.seat_result import Standing
from tests.workshop.test_board import NOW, stands

LABS = ("one", "two")


def test_a_board_is_the_same_whatever_came_before() -> None:
    """Seats change, events come, time goes on: a maker that has made boards before makes what a new one makes."""
    rng = random.Random(7)
    maker = BoardMaker("Room", LABS)
    standings: dict[str, dict[str, Standing]] = {f"seat {number}": {} for number in range(12)}
    events: list[Event] = []
    for step in range(40):
        now = NOW + timedelta(minutes=step)
        seat, lab = rng.choice(list(standings)), rng.choice(LABS)
        states = "".join(rng.choice("ppfbi") for _ in range(4))
        fresh = replace(
            stands(seat, states, lab=lab, minutes=-step), started=NOW, found={"a": f"{states[0]} x"}
        )
        standings = {**standings, seat: {**standings[seat], lab: fresh}}
        if step % 9 == 4:
            kind = rng.choice(list(EventKind))
            events = [*events, Event(kind, seat, "Ann", now, now + timedelta(minutes=3))]
        errors = {"seat 3": "role expired" if step % 4 else None}
        expected = BoardMaker("Room", LABS).board(standings, errors, now, events)
        assert maker.board(standings, errors, now, events) == expected


def test_a_change_makes_the_rows_of_its_lab_again() -> None:
    """Rows of other labs are the very objects of the board before."""
    standings = {name: {"one": stands(name, "ppf")} for name in ("ada", "bob")}
    standings["cy"] = {"one": stands("cy", "ppp"), "two": stands("cy", "pf", lab="two")}
    maker = BoardMaker("Room", LABS)
    before = {row.name: row for row in maker.board(standings, {}, NOW).rows}
    changed = standings | {"ada": {"one": stands("ada", "pff")}}
    after = {row.name: row for row in maker.board(changed, {}, NOW).rows}
    assert after["ada"] != before["ada"]
    assert after["cy"] is before["cy"]
