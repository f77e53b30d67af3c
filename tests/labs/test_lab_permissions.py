"""Every lab with any one of its rights taken away, and with the policy that `labs policy` prints."""

from __future__ import annotations

import json
import re

import pytest

from labs.aws.policy import WITHOUT_PERMISSION, action
from labs.cli import run
from labs.iam.operations import needed_for
from labs.verdict import Finding, State
from tests.aws import injected
from tests.faults import DENIALS, FAULTS
from tests.labs.states import LabState, only

DENIED = [fault for fault in FAULTS if fault.id in DENIALS]
"""As services deny that say which action it was, and as those that do not."""


def expected(before: dict[str, Finding], hit: set[str]) -> dict[str, State]:
    """The states of objectives that all passed, if those in `hit` ask for what is denied."""
    after: dict[str, State] = {}
    while len(after) < len(before):
        for name, finding in before.items():
            if name not in after and all(need in after for need in finding.needs):
                met = all(after[need] is State.PASSED for need in finding.needs)
                after[name] = (State.INCONCLUSIVE if name in hit else State.PASSED) if met else State.BLOCKED
    return after


def test_without_one_right_exactly_what_needs_it_is_not_judged(solved: LabState) -> None:
    """With any single read denied: the objectives that asked for it name its IAM action; no other verdict changes."""
    for read in sorted(solved.reads() - WITHOUT_PERMISSION):
        hit = {name for name, asked in solved.asked.items() if read in asked}
        for denial in DENIED:
            with injected(denial, only(read)):
                under = solved.findings_under(again=read)
            states = {name: finding.state for name, finding in under.items()}
            assert states == expected(solved.findings, hit), f"{denial.id} for {read}"
            named = {each.action for each in under.values() if each.state is State.INCONCLUSIVE}
            assert named == {action(read)}, f"{denial.id} for {read}"


def test_without_one_right_nothing_wrong_becomes_right(state: LabState) -> None:
    """In the wrong state too: what fails goes on to fail or cannot be judged, and then names the action."""
    for read in sorted(state.reads() - WITHOUT_PERMISSION):
        with injected(DENIED[0], only(read)):
            under = state.findings_under(again=read)
        for name, before in state.findings.items():
            assert under[name].state in {before.state, State.INCONCLUSIVE, State.BLOCKED}, (
                f"{name} without {read}"
            )
            if under[name].state is State.INCONCLUSIVE:
                assert under[name].action == action(read), f"{name} without {read}"


def test_the_listed_reads_are_all_that_a_verdict_needs(solved: LabState) -> None:
    """With everything else denied, each objective passes as before."""
    listed = {action(read) for read in solved.verifier.reads} | {action(read) for read in WITHOUT_PERMISSION}
    with injected(DENIED[0], lambda call: call.action not in listed):
        under = solved.findings_under()
    assert {name: each.state for name, each in under.items()} == dict.fromkeys(under, State.PASSED)


def test_the_policy_holds_exactly_the_actions_of_the_reads(
    solved: LabState, capsys: pytest.CaptureFixture[str]
) -> None:
    """`labs policy LAB` prints the actions that the reads take, and nothing more."""
    assert run(["policy", solved.lab.id]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    granted = [name for statement in statements for name in statement["Action"]]
    assert sorted(granted) == sorted(
        {
            each
            for read in solved.verifier.reads
            if read not in WITHOUT_PERMISSION
            for each in needed_for(read)
        }
    )
    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", name) for name in granted), "no wildcards"
    assert {(each["Effect"], each["Resource"]) for each in statements} == {("Allow", "*")}
