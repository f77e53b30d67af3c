"""The flagship lab under every fault, in its right state and in wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from labs.content.pack import open_catalog
from labs.verdict import State, Verdict
from labs.verify.job import Job
from labs.verify.runner import verify
from tests.aws import Fault, SessionFactory, aws_sessions, injected
from tests.builders import Builder, embedded_aws
from tests.faults import FAULTS, assert_no_false_verdict

WORLDS: dict[str, Callable[[Builder], None]] = {
    "right": lambda world: world.packed(),
    "wrong strategy": lambda world: world.packed(({"type": "binpack", "field": "cpu"},)),
    "wrong name": lambda world: _almost(world),
    "empty": lambda world: None,
}


def _almost(world: Builder) -> None:
    world.cluster("labs-placment")


EXPECTED = {"right": 0, "wrong strategy": 1, "wrong name": 1, "empty": 1}


@pytest.fixture(scope="module", params=WORLDS)
def placement(request: pytest.FixtureRequest) -> Iterator[tuple[SessionFactory, Job, Verdict]]:
    """The flagship lab, solved, nearly solved and not started, with the verdict that is right."""
    catalog = open_catalog()
    lab = catalog.lab("ecs-placement")
    job = Job(lab, catalog.verifier(lab))
    with embedded_aws(), aws_sessions() as found:
        WORLDS[request.param](Builder())
        right = verify([job], found.open())
        assert right.exit_code == EXPECTED[request.param]
        yield found, job, right


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_no_fault_turns_the_flagship_s_verdict(
    fault: Fault, placement: tuple[SessionFactory, Job, Verdict]
) -> None:
    """On every call at once: what passed never fails, what failed never passes, once is never noticed."""
    sessions, job, right = placement
    with injected(fault):
        under = verify([job], sessions.open(fault))
    assert_no_false_verdict(right, under, fault)
    if fault.everywhere:
        assert under.exit_code == (right.exit_code if fault.passes_over else 3)


@pytest.mark.slow
def test_a_state_that_nobody_knows_yet_is_not_called_wrong(
    placement: tuple[SessionFactory, Job, Verdict],
) -> None:
    """A cluster that hibernates is neither ACTIVE nor missing: the message says which word is new."""
    sessions, job, right = placement
    unknown = next(fault for fault in FAULTS if fault.id == "unknown-value")
    with injected(unknown):
        under = verify([job], sessions.open())
    if right.labs[0].findings[0].state is State.PASSED:
        assert under.labs[0].findings[0].state is State.INCONCLUSIVE
        assert "HIBERNATING" in under.labs[0].findings[0].message
    with injected(unknown, only=lambda call: call.operation == "DescribeServices"):
        under = verify([job], sessions.open())
    assert_no_false_verdict(right, under, unknown)


OPERATIONS = (
    "DescribeClusters",
    "ListClusters",
    "DescribeServices",
    "ListContainerInstances",
    "DescribeContainerInstances",
    "ListTasks",
    "DescribeTasks",
    "DescribeTaskDefinition",
    "ListTaskDefinitionFamilies",
)
STRUCK_ALONE = [
    fault
    for fault in FAULTS
    if fault.id in {"access-denied", "throttled", "missing-key", "cut-in-the-middle", "html"}
]


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", STRUCK_ALONE, ids=lambda fault: fault.id)
def test_a_fault_on_one_operation_leaves_the_others_judged(
    fault: Fault, operation: str, placement: tuple[SessionFactory, Job, Verdict]
) -> None:
    """Only what needs the operation cannot be judged; where it was asked for, something says so."""
    sessions, job, right = placement
    with injected(fault, only=lambda call: call.operation == operation) as http:
        http.calls.clear()
        under = verify([job], sessions.open(fault))
        asked = f"ecs:{operation}" in http.names()
    assert_no_false_verdict(right, under, fault)
    if not asked:
        assert [each.state for each in under.labs[0].findings] == [
            each.state for each in right.labs[0].findings
        ]
    elif fault.id == "access-denied" and any(each.action for each in under.labs[0].findings):
        actions = {each.action for each in under.labs[0].findings if each.state is State.INCONCLUSIVE}
        assert actions == {f"ecs:{operation}"}
