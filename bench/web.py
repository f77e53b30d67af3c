"""Prints the cost of the board for 1,000 seats in 20 labs and 50 viewers: `python -m bench.web`."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from labs.content.lab import Lab
from labs.content.pack import open_catalog
from labs.verdict import Finding, LabVerdict, State
from labs.web.app import DIFFERENCE, WebApp
from labs.web.board.lab_texts import lab_texts
from labs.web.board.site import BoardOptions, BoardSite
from labs.workshop.board_source import BoardSource
from labs.workshop.database import Sqlite
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster, Seat
from labs.workshop.seat_result import SeatResult

SEATS, VIEWERS, CHANGES = 1000, 50, 15
NOW = datetime(2026, 11, 29, 10, 42, tzinfo=UTC)


def verdict(lab: Lab, score: int) -> LabVerdict:
    """A verdict with this number of passed objectives, then a failed one, and the others blocked."""
    states = [
        State.PASSED if number < score else State.FAILED if number == score else State.BLOCKED
        for number in range(len(lab.task.objectives))
    ]
    goals = zip(lab.task.objectives, states, strict=True)
    findings = tuple(
        Finding(goal.id, goal.title, state, (), found="spread on instanceId") for goal, state in goals
    )
    return LabVerdict(lab.id, lab.task.title, {}, findings, 0.1)


def result_of(seat: int, done: int, labs: list[Lab]) -> SeatResult:
    """The result of a learner who has done this number of labs, and a part of the next."""
    scores = [99 if number < done else 2 if number == done else 0 for number in range(len(labs))]
    found = tuple(verdict(lab, score) for lab, score in zip(labs, scores, strict=True))
    return SeatResult(f"learner-{seat}", f"{200000000000 + seat}", found, None, 7, 0.5, "eu-west-1")


def cpu(work: Callable[[], Any]) -> float:
    """The CPU milliseconds of some work."""
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def main() -> None:
    """Fills a ledger, opens pages, and changes one seat again and again."""
    from werkzeug.test import Client, EnvironBuilder

    catalog = open_catalog()
    labs = catalog.all()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Sqlite(Path(folder) / "r.db"), "w")
        one = ledger.start_round([lab.id for lab in labs], SEATS, NOW)
        for seat in range(SEATS):
            ledger.record(one, result_of(seat, seat % 15, labs), NOW - timedelta(minutes=seat % 40))
        roster = Roster("Bench", tuple(Seat(f"learner-{seat}") for seat in range(SEATS)))
        source = BoardSource(ledger, roster, [lab.id for lab in labs])
        options = BoardOptions(Path("room.toml"), Path(folder), "ann", timedelta(seconds=30), lambda: True)
        site = BoardSite(source, lab_texts(labs, catalog.decks()), lambda: NOW, options)
        app = WebApp(site, "token")
        client = Client(app)
        client.get("/?token=token")
        for path in ("/", "/?group=seats+26-50", "/?view=all", "/lab?id=ecs-placement", "/projector"):
            answer = client.get(path, headers={"Accept-Encoding": "gzip"})
            print(
                f"{path:<24} {len(answer.data) / 1024:6.1f} KB on the wire   (at most 20 KB, but for view=all)"
            )
        path, spent, sizes = "/?group=seats+26-50", [], []
        etag = client.get(path).headers["ETag"]
        with app.changes.polling():
            for number in range(CHANGES):
                ledger.record(one, result_of(30, number, labs), NOW + timedelta(seconds=number))
                asked = {"Accept": f"{DIFFERENCE}, text/html;q=0.9", "If-None-Match": etag}
                asked["Cookie"] = "labs-80=token"
                environs = [EnvironBuilder(path, headers=asked.items()).get_environ() for _ in range(VIEWERS)]
                answers: list[bytes] = []
                headers: dict[str, str] = {}

                def start(_: str, given: list[tuple[str, str]], headers: dict[str, str] = headers) -> None:
                    headers.update(given)

                def view(environs: list[Any] = environs, answers: list[bytes] = answers) -> None:
                    app.changes.poll()
                    answers.extend(b"".join(app(environ, start)) for environ in environs)

                spent.append(cpu(view))
                sizes.append(len(answers[0]))
                etag = headers["ETag"].strip('"')
        print(f"a change: {statistics.median(sizes) / 1024:4.1f} KB   (at most 2 KB)")
        print(f"a change for {VIEWERS} viewers: {statistics.median(spent):4.0f} ms CPU   (at most 20 ms)")


if __name__ == "__main__":
    main()
