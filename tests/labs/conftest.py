"""The workbench on which all labs' states are made, one for each worker, with one folder of tapes for them all."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.labs.states import KINDS, Scene, Workbench, lab_ids


@pytest.fixture(scope="session")
def workbench(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Where states of labs are made; those that `labs test --states` has played are not played again."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "tapes"
    folder.mkdir(exist_ok=True)
    bench = Workbench(folder, pytestconfig.getoption("states") or shared / "states")
    try:
        yield bench
    finally:
        bench.close()


def _of_labs(kinds: tuple[str, ...]) -> list[object]:
    """A parameter for each state of each lab; a lab's tests go to one worker, if the runner is asked for groups."""
    return [
        pytest.param((lab, kind), id=f"{lab}-{kind}", marks=pytest.mark.xdist_group(lab))
        for lab in lab_ids()
        for kind in kinds
    ]


@pytest.fixture(params=_of_labs(KINDS))
def state(request: pytest.FixtureRequest, workbench: Workbench) -> Scene:
    """Every lab, right and wrong."""
    return workbench.state(*request.param)


@pytest.fixture(params=_of_labs(("right",)))
def solved(request: pytest.FixtureRequest, workbench: Workbench) -> Scene:
    """Every lab, solved."""
    return workbench.state(*request.param)


@pytest.fixture(params=_of_labs(("wrong",)))
def wrong(request: pytest.FixtureRequest, workbench: Workbench) -> Scene:
    """Every lab, spoiled by its first mistake."""
    return workbench.state(*request.param)
