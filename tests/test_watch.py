"""`labs check --watch`, `--wait` and `--cleaned`: polite, calm, and never a verdict that was not given."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pexpect
import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.content.verifier import Verifier
from labs.sdk import Account, Names, Objective, Outcome
from labs.show.watch_screen import ChangedLines, LiveScreen, fitted
from labs.store import open_store
from labs.verdict import AccountIdentity, Finding, LabVerdict, State, Verdict
from labs.verify.job import Job
from labs.verify.leftovers import cleaned_job
from labs.verify.runner import verify
from labs.verify.watch import MAX_REQUESTS_PER_SECOND, MAX_SECONDS, MIN_SECONDS, Round, rounds
from tests.aws import injected, instant_retries, intercepted_http
from tests.builders import FAILED, PASSED, Builder, Labs, job, lab, says
from tests.faults import FAULTS
from tests.store.builders import START

pytestmark = pytest.mark.slow

LAB = "ecs-placement"
TARGET = AccountIdentity("aws", "123456789012", "eu-west-1", None, "arn:aws:iam::123456789012:user/me")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def taking_turns(*outcomes: Outcome) -> Job:
    """A lab whose objective says these, one after the other, and the last one forever."""
    turns = itertools.chain(outcomes[:-1], itertools.repeat(outcomes[-1]))

    def check(_: Account, __: Names) -> Outcome:
        return next(turns)

    return job(Objective("it", check))


def watched(watched_job: Job, times: int) -> tuple[list[Round], list[float]]:
    """So many rounds, and the pauses between them."""
    pauses: list[float] = []
    with read_only_guard():
        seen = rounds([watched_job], open_session(ConnectionOptions(region="eu-west-1")), pause=pauses.append)
        return list(itertools.islice(seen, times)), pauses


def test_watching_backs_off_while_nothing_changes(moto: None) -> None:
    _, pauses = watched(taking_turns(FAILED), 12)
    assert pauses[0] == MIN_SECONDS
    assert pauses == sorted(pauses)
    assert pauses[-1] == MAX_SECONDS


def test_watching_looks_sooner_again_after_a_change(moto: None) -> None:
    _, pauses = watched(taking_turns(FAILED, FAILED, FAILED, PASSED, PASSED), 5)
    assert pauses[1] > MIN_SECONDS
    assert pauses[3] == MIN_SECONDS


def test_watching_never_asks_faster_than_half_of_the_documented_rate(embedded: None) -> None:
    """However many requests a run makes: it waits the longer for the next."""
    from labs.content.pack import open_catalog

    Builder().packed()
    catalog = open_catalog()
    with read_only_guard():
        jobs = [Job(each, catalog.verifier(each)) for each in catalog.all()]
        [first] = itertools.islice(rounds(jobs, open_session(ConnectionOptions(region="eu-west-1"))), 1)
    assert first.verdict.calls > MAX_REQUESTS_PER_SECOND * MIN_SECONDS
    assert first.again_in >= first.verdict.calls / MAX_REQUESTS_PER_SECOND


def test_objectives_of_a_round_share_answers_and_the_next_asks_again(embedded: None) -> None:
    Builder().packed()
    from labs.content.pack import open_catalog

    catalog = open_catalog()
    one = Job(catalog.lab(LAB), catalog.verifier(catalog.lab(LAB)))
    with intercepted_http() as http:
        http.calls.clear()  # every test of this process has the same one
        seen, _ = watched(one, 2)
    first, second = (each.verdict.calls for each in seen)
    assert first == second > 0
    assert len(http.calls) == first + second


def test_watching_ends_where_there_are_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting brings none."""
    seen, pauses = watched(taking_turns(FAILED), 5)
    assert len(seen) == 1
    assert pauses == []


@pytest.mark.parametrize("signed_in", [True, False])
def test_watching_goes_on_after_an_outage(
    moto: None, monkeypatch: pytest.MonkeyPatch, *, signed_in: bool
) -> None:
    """A network or a sandbox that is away for a while ends no watch; credentials that expire do."""
    from botocore.exceptions import ClientError, EndpointConnectionError, TokenRetrievalError

    expired = (
        TokenRetrievalError(provider="sso", error_msg="Token has expired and refresh failed")
        if signed_in
        else ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity")
    )
    faults: Iterator[Exception | None] = iter(
        [None, EndpointConnectionError(endpoint_url="https://sts.amazonaws.com"), None, expired]
    )
    now = [next(faults)]
    monkeypatch.setattr(AwsSession, "fault", lambda _: now[0])
    with read_only_guard():
        session = open_session(ConnectionOptions(region="eu-west-1"))
        seen = list(rounds([taking_turns(FAILED)], session, pause=lambda _: now.__setitem__(0, next(faults))))
    assert len(seen) == 4


def finding(name: str, state: State, found: str = "") -> Finding:
    return Finding(name, name, state, (), found=found, message="not judged" if not found else "")


def verdict(*labs: LabVerdict) -> Verdict:
    return Verdict(TARGET, labs, calls=9, seconds=0.5)


def one_lab(name: str, *states: State, found: str = "something") -> LabVerdict:
    findings = tuple(finding(f"objective-{number}", state, found) for number, state in enumerate(states))
    return LabVerdict(name, name, {}, findings, 0.1)


LONG = verdict(
    one_lab("done", *[State.PASSED] * 8),
    one_lab("half", *[State.PASSED] * 4, *[State.FAILED] * 4),
    one_lab("open", *[State.FAILED] * 9),
)


@pytest.mark.parametrize("height", [3, 5, 10, 16, 20, 24, 40])
def test_the_live_screen_is_never_taller_than_the_terminal(height: int) -> None:
    assert len(fitted(LONG, height)) <= height


def test_what_is_done_gives_way_first() -> None:
    """Failed objectives are watched."""
    whole, smaller, smallest = (fitted(LONG, height) for height in (40, 22, 18))
    assert sum("objective-" in line for line in whole) == 25
    assert "done · 8 of 8 ✓" in smaller
    assert sum("objective-" in line for line in smaller) == 17
    assert sum("✗" in line for line in smallest) == 13
    assert not any("  ✓" in line for line in smallest)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (60, 24), (40, 10)])
def test_the_live_screen_paints_over_itself(columns: int, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes up as many rows as it painted, and no line wraps."""
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_, **__: os.terminal_size((columns, rows)))
    session: Any = None
    written: list[str] = []
    screen = LiveScreen(written.append)
    wide = verdict(one_lab("lab", State.FAILED, State.PASSED, found="very long words " * 20))
    for _ in range(2):
        screen.show(Round(wide, session, 3.0), START)
    screen.close()
    painted = COLOURS.sub("", written[0]).partition("\x1b[J")[2].split("\n")[:-1]
    assert max(map(len, painted)) < columns
    assert f"\x1b[{len(painted)}A" in written[1]
    assert written[2].endswith("\x1b[J")


def test_without_a_terminal_only_changes_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    session: Any = None
    lines = ChangedLines(err=False)
    for state in (State.FAILED, State.FAILED, State.PASSED):
        lines.show(Round(verdict(one_lab("lab", State.PASSED, state)), session, 3.0), START)
    out = capsys.readouterr().out.splitlines()
    assert [line.split(" ", 1)[1] for line in out] == [
        "✓ lab objective-0: something",
        "✗ lab objective-1: something",
        "✓ lab objective-1: something",
    ]


def test_hostile_findings_are_inert(capsys: pytest.CaptureFixture[str]) -> None:
    session: Any = None
    hostile = verdict(one_lab("lab", State.FAILED, found="\x1b[2J\x1b]0;owned\x07\nnext"))
    ChangedLines(err=False).show(Round(hostile, session, 3.0), START)
    written: list[str] = []
    LiveScreen(written.append).show(Round(hostile, session, 3.0), START)
    assert "\x1b" not in capsys.readouterr().out
    assert "\x1b[2J" not in written[0]
    assert "owned\nnext" not in written[0]


def test_watch_ends_on_success_with_what_is_next(labs: Labs, embedded: None) -> None:
    Builder().packed()
    code, out, _ = labs("check", LAB, "--watch")
    assert code == 0
    assert "✓ ecs-placement packed" in out
    assert "✓ 7 of 7 passed. ecs-placement is done." in out
    assert "next  labs show" in out


def test_watch_in_json_is_one_document(labs: Labs, embedded: None) -> None:
    Builder().packed()
    code, out, err = labs("check", LAB, "--watch", "--format", "json")
    assert code == 0
    assert json.loads(out)["labs"][0]["passed"]
    assert "✓ ecs-placement packed" in err


def test_ctrl_c_prints_the_last_state_and_ends_with_its_code(
    labs: Labs, embedded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> Iterator[Round]:
        with read_only_guard():
            session = open_session(ConnectionOptions(region="eu-west-1"))
            yield Round(verify([job(Objective("it", says(FAILED)), name=LAB)], session), session, 3.0)
        raise KeyboardInterrupt

    monkeypatch.setattr("labs.verify.watch.rounds", interrupt)
    code, out, _ = labs("check", LAB, "--watch")
    assert code == 1
    assert "0 of 1" in out


def test_a_watch_is_remembered_as_its_first_and_its_last_run(
    labs: Labs, embedded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labs.cli import runtime

    def build(_: float) -> None:
        Builder().packed()

    monkeypatch.setattr("labs.verify.watch.rounds", lambda jobs, session: rounds(jobs, session, pause=build))
    assert labs("check", LAB, "--watch")[0] == 0
    with open_store(runtime.home()) as store:
        assert [event.data["score"] for event in store.events(kinds=["check"])] == [0, 7]


def test_options_that_contradict_each_other_are_refused(labs: Labs, embedded: None) -> None:
    for given in (
        ("--watch", "--wait", "3"),
        ("--cleaned", "--record", "x"),
        ("--cleaned", "--objective", "cluster"),
    ):
        code, _, err = labs("check", LAB, *given)
        assert code == 2
        assert "cannot be used together" in err


def test_an_empty_account_is_clean(labs: Labs, embedded: None) -> None:
    code, out, _ = labs("check", LAB, "--cleaned")
    assert code == 0
    assert "✓ ecs-placement: no resources found" in out


def test_what_is_left_is_named(labs: Labs, embedded: None) -> None:
    Builder().packed()
    code, out, _ = labs("check", LAB, "--cleaned")
    assert code == 1
    assert "service packed of labs-placement" in out
    code, out, _ = labs("check", LAB, "--cleaned", "--format", "json")
    assert code == 1
    [objective] = json.loads(out)["labs"][0]["objectives"]
    assert (objective["id"], objective["state"]) == ("cleaned", "failed")


def test_what_was_named_at_the_start_is_looked_for(labs: Labs, embedded: None) -> None:
    labs("start", LAB, "-p", "cluster=mine")
    Builder().cluster("mine")
    assert labs("check", LAB, "--cleaned")[0] == 1
    assert "cluster mine" in labs("clean", LAB)[1]


LASTING = [each for each in FAULTS if each.strike and not each.times and each.everywhere]


def test_a_fault_never_says_that_nothing_is_left(labs: Labs, embedded: None) -> None:
    """Exit code 3, whatever befalls every request."""
    Builder().packed()
    codes = {}
    for fault in LASTING:
        with intercepted_http(), instant_retries(), injected(fault):
            codes[fault.id] = labs("check", LAB, "--cleaned")[0]
    assert codes == {fault.id: 3 for fault in LASTING}


def test_a_lab_that_does_not_say_what_it_leaves_is_never_clean(moto: None) -> None:
    with read_only_guard():
        made = cleaned_job(lab("it"), Verifier((), (), ()), {})
        [found] = verify([made], open_session(ConnectionOptions(region="eu-west-1"))).labs[0].findings
    assert found.state is State.INCONCLUSIVE


def test_a_clean_up_is_remembered_and_is_no_check(labs: Labs, embedded: None) -> None:
    labs("check", LAB, "--cleaned")
    assert [json.loads(line)["kind"] for line in labs("progress", "export")[1].splitlines()] == ["clean"]


def test_wait_names_what_it_waits_for_once(
    labs: Labs, embedded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line for each thing that is seen, not for each run."""
    seen = [
        one_lab(LAB, State.PASSED, State.FAILED, found=f"{number} of 4 tasks are running")
        for number in (1, 1, 3)
    ]

    def verify_until(
        _: object, session: AwsSession, *__: object, on_wait: Callable[[Verdict], None], **___: object
    ) -> tuple[Verdict, AwsSession]:
        session.identify()
        for each in seen:
            on_wait(verdict(each))
        return verdict(seen[-1]), session

    monkeypatch.setattr("labs.verify.runner.verify_until", verify_until)
    _, _, err = labs("check", LAB, "--wait", "9")
    assert [line for line in err.splitlines() if line.startswith("waiting for")] == [
        "waiting for ecs-placement objective-1: 1 of 4 tasks are running",
        "waiting for ecs-placement objective-1: 3 of 4 tasks are running",
    ]


def test_a_real_terminal_shows_the_watch_and_then_the_verdict() -> None:
    """Without credentials it ends at once; the live part is gone from the screen, the verdict stays."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "labs", "check", LAB, "--watch", "--region", "eu-west-1"],
        dimensions=(24, 80),
        env={**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    written = str(child.before)
    assert child.exitstatus == 3
    assert "Ctrl-C to stop" in written
    assert written.rindex("\x1b[J") < written.index("1 inconclusive")
    assert not COLOURS.search(written)
