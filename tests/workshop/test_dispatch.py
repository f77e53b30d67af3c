"""The order of a round, the seats of workers that die, and the end of a round by Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from labs.errors import WorkersGone
from labs.workshop.dispatch import Workers, check_seats, in_turns
from labs.workshop.roster import Seat
from labs.workshop.seat_result import SeatResult
from tests.aws import HTTP
from tests.workshop.test_rounds import check, valid
from tests.workshop.workshop_kit import Cli, role, seat, seats, write


def test_seats_come_in_turns_of_accounts() -> None:
    """Forty who share an account do not go before the one who has their own."""
    shared = [Seat(f"s{number}", account="1" * 12) for number in range(4)]
    alone = [Seat("alone", role_arn=role(1)), Seat("profiled", profile="p")]
    assert [each.name for each in in_turns([*shared, *alone])] == [
        "s0",
        "alone",
        "profiled",
        "s1",
        "s2",
        "s3",
    ]


def _result(name: str) -> SeatResult:
    return SeatResult(name, None, (), None, 0, 0.0)


def _lost(seat: Seat, error: BaseException) -> SeatResult:
    return SeatResult(seat.name, None, (), str(error), 0, 0.0)


class Worker(Executor):
    """A worker for tests that does at once what it is given, or dies of it: each seat's deaths are counted down."""

    def __init__(self, deaths: dict[str, int], gone_after: int = 1000) -> None:
        self.deaths = deaths
        self.left = gone_after
        self.asked: list[str] = []
        self.shut = False

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        seat = args[0]
        self.asked.append(seat.name)
        self.left -= 1
        self.deaths[seat.name] = self.deaths.get(seat.name, 0) - 1
        future: Future[Any] = Future()
        if self.left < 0:
            future.set_exception(WorkersGone("nobody is left"))
        elif self.deaths[seat.name] >= 0:
            future.set_exception(RuntimeError("it died"))
        else:
            future.set_result(fn(seat))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.shut = True


def test_a_seat_whose_worker_died_is_retried_after_all_others() -> None:
    """The innocent beside a seat that takes workers down get their result; that seat gets its reason."""
    worker = Worker({"bystander": 1, "deadly": 2})
    names = [Seat(name, profile=name) for name in ("bystander", "deadly", "ann", "bob")]
    results = list(check_seats(names, Workers(worker, lambda seat: _result(seat.name), 8), _lost))
    assert {each.name: each.error for each in results} == {
        "ann": None,
        "bob": None,
        "bystander": None,
        "deadly": "it died",
    }
    assert worker.asked[-2:] == ["bystander", "deadly"]
    assert len(worker.asked) == 6
    assert not worker.shut


def test_a_round_without_workers_ends_with_partial_results() -> None:
    """Nobody is told that a seat cannot be looked at only because nobody was there to look."""
    worker = Worker({}, gone_after=2)
    names = [Seat(str(number), profile=str(number)) for number in range(5)]
    results = []
    with pytest.raises(WorkersGone, match="nobody is left"):
        results.extend(check_seats(names, Workers(worker, lambda seat: _result(seat.name), 1), _lost))
    assert [each.name for each in results] == ["0", "1"]
    assert worker.asked == ["0", "1", "2"]
    assert worker.shut


def test_only_so_many_seats_are_handed_out_at_a_time() -> None:
    """However many there are, no more results wait than were asked for ahead."""
    out: list[str] = []

    def check(seat: Seat) -> SeatResult:
        out.append(seat.name)
        return _result(seat.name)

    names = [Seat(str(number), profile=str(number)) for number in range(50)]
    with ThreadPoolExecutor(2) as pool:
        for number, _ in enumerate(check_seats(names, Workers(pool, check, 4), _lost)):
            assert len(out) <= number + 1 + 4
    assert sorted(out, key=int) == [str(number) for number in range(50)]


@pytest.mark.slow
def test_a_round_that_was_stopped_goes_on_where_it_stopped(
    accounts: None, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C prints what is known, the rest as not looked at; --resume looks at the rest only."""
    from labs.workshop import workshop_run

    class Finished(Exception):
        """In place of the end of this process."""

    def stop_after_two(todo: Any, workers: Workers, lost: Any) -> Any:
        for each in list(todo)[:2]:
            yield workers.check(each)
        raise KeyboardInterrupt

    left: list[int] = []
    monkeypatch.setattr(os, "_exit", left.append)
    roster = write(tmp_path / "r.toml", *seats(range(5)))
    with monkeypatch.context() as patched:
        patched.setattr(workshop_run, "check_seats", stop_after_two)
        ran = check(cli, roster)
    assert left == [130]
    assert list(ran.states().values()) == ["failed"] * 2 + ["inconclusive"] * 3
    assert "round was stopped" in ran.seats["learner-04"]["error"]
    assert "--resume" in ran.err
    HTTP.calls.clear()
    again = check(cli, roster, "--resume")
    assert list(again.states().values()) == ["failed"] * 5
    assert HTTP.names().count("sts:AssumeRole") == 3
    assert again.json["seats"][0] == ran.json["seats"][0] | {"labs": again.json["seats"][0]["labs"]}
    HTTP.calls.clear()
    check(cli, roster, "--resume")
    assert HTTP.names().count("sts:AssumeRole") == 5, "nothing was stopped: a new round"


@pytest.mark.slow
@pytest.mark.process
def test_ctrl_c_ends_at_once_with_what_is_known(tmp_path: Path) -> None:
    """A process whose endpoint never answers prints a whole document, and does not wait for the answers."""
    broken = seat("broken", profile="nope")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        roster = write(
            tmp_path / "r.toml", broken, *(seat(f"s{n}", endpoint_url=url, prefix=f"{n}") for n in range(5))
        )
        keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-west-1"}
        command = [sys.executable, "-m", "labs", "workshop", "check", roster, "ecr-push"]
        command += ["--jobs", "1", "--format", "json"]  # the broken seat is done before the next one connects
        with subprocess.Popen(
            command, env={**os.environ, **keys}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            asked, _ = silent.accept()
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=30)
            asked.close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):  # a call that was waited for would have been tried again
            silent.accept()
    assert running.returncode == 130
    errors = {each["name"]: each["error"] for each in valid(json.loads(out))["seats"]}
    assert "(nope) could not be found" in errors.pop("broken")
    assert set(errors.values()) == {"not checked: the round was stopped before"}
    assert "5 seats left. Continue: add --resume" in err
    assert "Traceback" not in err
