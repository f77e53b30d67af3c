"""Every lab on answers of other shapes than the sandbox gives: no check breaks, and none is fooled.

What the absence of a key means decides what a verdict may become:

* What AWS sends with every answer (`ALWAYS_SENT`, and every key at the top): without it nothing can be said.
* Any other optional key is left out where it is not set. An objective that passed because of it may then fail: the
  world that this answer describes is one where the learner did not set it. Nothing that failed may pass, unless the
  key was the mistake itself (`THE_MISTAKE_ITSELF`).
"""

from __future__ import annotations

from typing import Any

import pytest

from labs.verdict import Finding, State
from tests.labs.changes import (
    Change,
    Key,
    as_documented,
    bare,
    emptied,
    examples,
    names_read,
    optional_keys,
    without,
)
from tests.labs.recording import changed
from tests.labs.states import LabState

ALWAYS_SENT = frozenset(
    {
        "clusters.*.status",
        "clusters.*.clusterArn",
        "services.*.status",
        "services.*.serviceArn",
        "services.*.desiredCount",
        "services.*.taskDefinition",
        "containerInstances.*.status",
        "containerInstances.*.agentConnected",
        "containerInstances.*.containerInstanceArn",
        "tasks.*.lastStatus",
        "tasks.*.taskArn",
        "taskDefinition.taskDefinitionArn",
        "taskDefinition.revision",
        "taskDefinition.containerDefinitions",
        "repositories.*.repositoryArn",
        "imageDetails.*.imageDigest",
        "Reservations.*.Instances",
        "Reservations.*.Instances.*.InstanceId",
        "Reservations.*.Instances.*.State",
        "SecurityGroups.*.GroupId",
        "TargetHealthDescriptions.*.Target",
    }
)
"""Optional in the services' models, sent with each such thing by their API references: it can have no default."""

THE_MISTAKE_ITSELF = {
    (
        "ecs-bind-mount",
        "taskDefinition.volumes.*.efsVolumeConfiguration",
    ): "an EFS volume where a bind mount was due",
    (
        "ecs-dynamic-ports",
        "taskDefinition.containerDefinitions.*.portMappings.*.hostPort",
    ): "a fixed host port where ECS should choose one",
    ("ecs-task-roles", "iam:ListAttachedRolePolicies"): "the attached policy that allows too much",
}
"""Without these keys, or these answers, the wrong state is a right one."""

NO_ANSWER = frozenset({"efs:DescribeFileSystems"})
"""Operations whose documented example no service could send: its time is a text where a number is due."""


def _unbroken(finding: Finding, what: object) -> None:
    assert "The check failed with an internal error" not in finding.message, (
        f"{finding.id}, {what}: {finding.message}"
    )
    if finding.state is State.INCONCLUSIVE:
        assert finding.message, f"{finding.id}, {what}: no reason"


def _keys(state: LabState, reads: set[str]) -> set[Key]:
    """The optional keys in the answers to these reads."""
    found: set[Key] = set()

    def see(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        if read in reads:
            found.update(optional_keys(read, answer, shape))
        return answer

    with changed(see):
        state.run()
    return found


def test_keys_that_no_check_names_change_nothing(state: LabState) -> None:
    """All of them absent at once: the verdict is the same."""
    unnamed = frozenset(key for key in _keys(state, state.reads()) if key.path[-1] not in names_read())
    assert unnamed, "every answer has more keys than a check reads"
    with changed(without(unnamed)):
        under = state.findings_under()
    assert {name: each.state for name, each in under.items()} == {
        name: each.state for name, each in state.findings.items()
    }


def test_without_one_key_no_check_breaks_and_none_guesses(solved: LabState) -> None:
    """Each optional key that a check may read is absent in turn, wherever it stands."""
    for key in sorted(_keys(solved, solved.reads()), key=str):
        if key.path[-1] not in names_read():
            continue
        with changed(without(frozenset({key}))):
            under = solved.findings_under(again=key.read)
        always = len(key.path) == 1 or ".".join(key.path) in ALWAYS_SENT
        for finding in under.values():
            _unbroken(finding, key)
            assert not (always and finding.state is State.FAILED), (
                f"{finding.id} without {key}: {finding.found}"
            )


def test_without_one_key_nothing_wrong_becomes_right(wrong: LabState) -> None:
    """Each optional key that a failed objective may have read is absent in turn."""
    failed = {name for name, each in wrong.findings.items() if each.state is State.FAILED}
    reads = set().union(*(wrong.asked[name] for name in failed))
    for key in sorted(_keys(wrong, reads), key=str):
        if key.path[-1] not in names_read() or (wrong.lab.id, ".".join(key.path)) in THE_MISTAKE_ITSELF:
            continue
        with changed(without(frozenset({key}))):
            under = wrong.findings_under(only=failed, again=key.read)
        for name in failed:
            _unbroken(under[name], key)
            assert under[name].state is not State.PASSED, f"{name} without {key}: {under[name].found}"


OTHER_SHAPES = {"nothing there": emptied, "only what the model requires": bare}


@pytest.mark.parametrize("shape", OTHER_SHAPES)
def test_an_answer_that_holds_nothing_passes_nothing(shape: str, state: LabState) -> None:
    """Empty lists, then empty answers, to each read in turn: no check breaks, and nothing that failed passes."""
    for read in sorted(state.reads()):
        _holds(state, OTHER_SHAPES[shape](read), read, shape)


def test_answers_as_aws_documents_them_break_no_check(state: LabState) -> None:
    """AWS's own examples in place of the sandbox's answers, each in turn: what they show may well be right."""
    for read in sorted(state.reads() - NO_ANSWER):
        service, _, operation = read.partition(":")
        for number, example in enumerate(examples(service).get(operation, ())):
            with changed(as_documented(read, example)):
                under = state.findings_under(again=read)
            for finding in under.values():
                _unbroken(finding, f"{read}: example {number}")


def _holds(state: LabState, change: Change, read: str, shape: str) -> None:
    what = f"{read}: {shape}"
    with changed(change):
        under = state.findings_under(again=read)
    for name, before in state.findings.items():
        _unbroken(under[name], what)
        undone = (state.lab.id, read) in THE_MISTAKE_ITSELF
        if before.state is State.FAILED and not undone:
            assert under[name].state is not State.PASSED, f"{name}, {what}: {under[name].found}"
