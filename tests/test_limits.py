"""A run ends, whatever answers it: in time, pages, bytes and memory; what was not judged then is inconclusive."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labs.aws.faults import MAX_TEXT, reason
from labs.aws.limits import MAX_RUN_BYTES, RunLimits
from labs.aws.read_only_guard import read_only_guard
from labs.aws.request_scope import Read
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.content.verifier import Verifier
from labs.errors import CouldNotLook, LimitReached
from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, asked
from labs.verdict import Finding, State
from labs.verify.evidence import evidence
from labs.verify.judging import MAX_NEAR, MAX_PHRASE
from labs.verify.leftovers import leftovers
from labs.verify.runner import verify
from tests.aws import Call, Fault, aws_sessions, injected, intercepted_http
from tests.builders import Labs, job, lab
from tests.faults import answer

Send = Callable[[socket.socket], None]


@contextmanager
def endpoint(send: Send) -> Iterator[str]:
    """A server that answers each request by `send`, until its caller goes away; the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=respond, args=(caller,), daemon=True).start()

    def respond(caller: socket.socket) -> None:
        with caller:
            try:
                caller.recv(65536)
                send(caller)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def endless(caller: socket.socket) -> None:
    """A body without an end."""
    caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        caller.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def dripping(caller: socket.socket) -> None:
    """A body that comes byte by byte."""
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        caller.sendall(b"x")


def content(size: int, announced: int) -> Send:
    """The content of an object, which may break off ahead of its announced length."""

    def send(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % announced + b"x" * size)

    return send


def no_such_key(caller: socket.socket) -> None:
    """The answer of S3 where an object is missing."""
    body = b"<Error><Code>NoSuchKey</Code></Error>"
    caller.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def ticking(step: float = 1.0) -> Callable[[], float]:
    """A clock that goes on by one step whenever somebody looks at it."""
    ticks = count()
    return lambda: next(ticks) * step


def asks(account: Account, names: Names) -> Outcome:
    return Passed(str(account.ecs.list_clusters()))


def swallows(account: Account, names: Names) -> Outcome:
    try:
        return asks(account, names)
    except Exception:  # noqa: BLE001 - what an author should not write
        return Passed("nothing there")


def opened(url: str, limits: RunLimits) -> AwsSession:
    session = open_session(ConnectionOptions(region="eu-west-1", endpoint_url=url))
    session.scope.limits = limits
    return session


def found(session: AwsSession, check: Callable[[Account, Names], Outcome] = asks, **more: Any) -> Finding:
    objective = Objective("one", check)
    return verify([job(objective, reads=("ecs:ListClusters",))], session, **more).labs[0].findings[0]


@pytest.mark.parametrize("check", [asks, swallows])
@pytest.mark.parametrize("alone", [False, True], ids=["pool", "alone"])
def test_an_endless_answer_is_given_up(
    check: Any, alone: bool, keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labs.aws.deadline.MAX_ANSWER_BYTES", 1 << 20)
    with endpoint(endless) as url, read_only_guard():
        finding = found(opened(url, RunLimits()), check, alone=alone)
    assert finding.state is State.INCONCLUSIVE
    assert "larger than" in finding.message


@pytest.mark.parametrize(
    ("send", "state", "says"),
    [
        (content(9, 9), State.PASSED, "9"),
        (no_such_key, State.PASSED, "None"),
        (content(9, 10), State.INCONCLUSIVE, "The connection broke"),
        (content(11, 11), State.INCONCLUSIVE, "the content is larger than"),
    ],
    ids=["whole", "missing", "cut", "too-large"],
)
def test_the_content_of_an_object_is_whole_and_bounded(
    send: Send, state: State, says: str, keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reads(account: Account, names: Names) -> Outcome:
        found = asked(lambda: account.s3.get_object(Bucket="site", Key="a"), gone="NoSuchKey")
        return Passed(str(found and len(found["Body"].read())))

    monkeypatch.setattr("labs.aws.streams.MAX_STREAM_BYTES", 10)
    monkeypatch.setattr("time.sleep", lambda _: None)  # botocore tries again
    with endpoint(send) as url, read_only_guard():
        session = opened(url, RunLimits())
        finding = verify([job(Objective("one", reads), reads=("s3:GetObject",))], session).labs[0].findings[0]
    assert (finding.state, says in f"{finding.found}{finding.message}") == (state, True), finding


@pytest.mark.slow
@pytest.mark.parametrize("check", [asks, swallows])
def test_an_answer_that_drips_is_given_up_at_the_end_of_the_run(check: Any, keys: None) -> None:
    with endpoint(dripping) as url, read_only_guard():
        finding = found(opened(url, RunLimits(300, ticking())), check)
    assert finding.state is State.INCONCLUSIVE
    assert "no verdict within 300 s: --timeout gives it longer" in finding.message


def new_page(call: Call) -> Any:
    """Another page, always."""
    return answer(call, 200, json.dumps({"clusterArns": [], "nextToken": str(next(pages))}))


pages = count()


def test_pages_without_an_end_are_given_up(moto: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def every_page(account: Account, names: Names) -> Outcome:
        return Passed(str(list(account.ecs.get_paginator("list_clusters").paginate())))

    monkeypatch.setattr("labs.aws.request_scope.MAX_PAGES", 7)
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        with injected(Fault("pages", new_page, ""), only=lambda call: call.service == "ecs") as http:
            finding = found(sessions.open(), every_page)
        assert http.names().count("ecs:ListClusters") == 7
    assert finding.state is State.INCONCLUSIVE
    assert finding.message == "ecs:ListClusters was called more than 7 times"


def test_the_same_question_again_and_again_is_given_up(moto: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers from memory cost no request, and time all the same."""

    def for_ever(account: Account, names: Names) -> Outcome:
        while True:
            account.ecs.list_clusters()

    monkeypatch.setattr("labs.aws.request_scope.MAX_PAGES", 7)
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        assert "more than 7 times" in found(sessions.open(), for_ever).message


@pytest.mark.slow
def test_many_small_values_count_as_the_memory_that_they_take(moto: None) -> None:
    many = json.dumps({"clusterArns": ["a"] * (MAX_RUN_BYTES // 64)}).encode()
    fault = Fault("values", lambda call: answer(call, 200, many), "")
    struck = injected(fault, only=lambda call: call.service == "ecs")
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions, struck:
        finding = found(sessions.open(), swallows)
    assert finding.state is State.INCONCLUSIVE
    assert "the answers of this run are larger than 64 MB together" in finding.message


@pytest.mark.parametrize("alone", [False, True], ids=["pool", "alone"])
def test_a_thread_that_does_not_end_is_abandoned(alone: bool, moto: None) -> None:
    """The objective is inconclusive, and the verdict does not wait for it; what it says later changes nothing."""
    end = threading.Event()

    def stuck(account: Account, names: Names) -> Outcome:
        end.wait()
        return Passed("at last")

    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        session = sessions.open()
        session.scope.limits = RunLimits(0, grace=0)
        finding = found(session, stuck, alone=alone)
    end.set()
    assert finding.state is State.INCONCLUSIVE
    assert "no verdict within 0 s" in finding.message


def test_leftovers_that_take_too_long_are_not_said_to_be_none(moto: None) -> None:
    def find(account: Account, names: Names) -> list[str]:
        swallows(account, names)
        return []

    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        session = sessions.open()
        session.scope.limits = RunLimits(10, ticking(10), grace=3600)
        with pytest.raises(CouldNotLook, match="no verdict within 10 s"):
            leftovers(lab("one"), Verifier(("ecs:ListClusters",), (), (find,)), {}, session)


COMMANDS = (("check", "ecs-placement"), ("doctor",), ("clean", "ecs-placement"), ("workshop", "check"))


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command))
@pytest.mark.parametrize("send", [endless, dripping], ids=["endless", "dripping"])
def test_every_command_ends_at_a_hostile_endpoint(
    command: tuple[str, ...],
    send: Send,
    labs: Labs,
    keys: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It could not look, says so, and says nothing of the learner's work."""
    monkeypatch.setattr("labs.aws.deadline.MAX_ANSWER_BYTES", 1 << 20)
    monkeypatch.setattr("labs.aws.limits.time", SimpleNamespace(monotonic=ticking()))
    roster = tmp_path / "roster.toml"
    with endpoint(send) as url:
        roster.write_text(
            f'title = "t"\nlabs = ["ecs-placement"]\n[[seats]]\nname = "a"\nendpoint_url = "{url}"\n'
        )
        more: tuple[object, ...] = (roster,) if command[0] == "workshop" else ("--endpoint-url", url)
        code, out, err = labs(*command, *more, "--timeout", 60)
    assert code == (1 if command == ("doctor",) else 3), out + err
    assert "✗ failed" not in out
    assert "Traceback" not in err


def test_a_long_message_is_cut() -> None:
    assert len(reason(CannotTell("x" * 20_000_000)).text) == MAX_TEXT
    assert reason(LimitReached("short")).text == "short"


def test_what_a_check_says_is_cut(moto: None) -> None:
    long = "x" * (MAX_PHRASE + 1)
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        finding = found(sessions.open(), lambda *_: Failed(long, long, long, near=(long,) * 100))
    assert {len(text) for text in (finding.found, finding.expected, finding.message, *finding.near)} == {
        MAX_PHRASE
    }
    assert len(finding.near) == MAX_NEAR


def test_evidence_that_exceeds_the_memory_is_the_keys_of_the_answer() -> None:
    read = Read("ecs", "ListClusters", "eu-west-1", {"clusterArns": ["a" * 200] * 20}, None)
    [kept] = evidence([read], ("clusterArns[*]" + " | [@, @]" * 60,))
    assert (kept.path, kept.value) == ("@", ["clusterArns"])


@pytest.mark.parametrize("grows", ["join('', [@, @])", "to_string ( @ )", "(" * 1000 + "@" + ")" * 1000])
def test_evidence_by_an_expression_that_makes_text_is_refused(grows: str) -> None:
    read = Read("ecs", "ListClusters", "eu-west-1", {"clusterArns": ["a"]}, None)
    with pytest.raises(ValueError, match="is not a path to a value of a response"):
        evidence([read], (f"clusterArns[*] | {grows}",))
