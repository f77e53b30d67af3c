"""The states of all labs, made by each worker on demand and recorded in one folder for all workers."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.labs.states import KINDS, LabState, LabStates, lab_ids


@pytest.fixture(scope="session")
def lab_states(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabStates]:
    """The states of labs; those that `labs test --states` has played are not played again."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "recordings"
    folder.mkdir(exist_ok=True)
    states = LabStates(folder, pytestconfig.getoption("states") or shared / "states")
    try:
        yield states
    finally:
        states.close()


def _of_labs(kinds: tuple[str, ...]) -> list[object]:
    """A parameter for each state of each lab; a lab's tests go to one worker, if the runner is asked for groups."""
    return [
        pytest.param(
            (lab, kind),
            id=f"{lab}-{kind}",
            marks=(pytest.mark.xdist_group(lab), pytest.mark.slow, pytest.mark.process),
        )
        for lab in lab_ids()
        for kind in kinds
    ]


@pytest.fixture(params=_of_labs(KINDS))
def state(request: pytest.FixtureRequest, lab_states: LabStates) -> LabState:
    """Every lab, solved and with a mistake."""
    return lab_states.state(*request.param)


@pytest.fixture(params=_of_labs(("right",)))
def solved(request: pytest.FixtureRequest, lab_states: LabStates) -> LabState:
    """Every lab, solved."""
    return lab_states.state(*request.param)


@pytest.fixture(params=_of_labs(("wrong",)))
def wrong(request: pytest.FixtureRequest, lab_states: LabStates) -> LabState:
    """Every lab with its first mistake."""
    return lab_states.state(*request.param)
