"""Every lab at another emulator: moto as it is, which keeps few of a service's fields and runs no task.

Waiting is left out of the scripts: what they wait for never comes about there.
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.content.lab import Lab
from labs.content.pack import Catalog, open_catalog
from labs.sandbox.commands import AwsCli
from labs.sandbox.fidelity import emulators
from labs.sandbox.fidelity import map as fidelity
from labs.verdict import Finding, State
from labs.verify.job import Job
from labs.verify.runner import verify
from tests.aws import instant_retries
from tests.builders import ACCOUNT, REGION
from tests.labs.states import lab_ids
from tests.plain_moto import PLAIN_MOTO

pytestmark = [pytest.mark.xdist_group("plain moto"), pytest.mark.slow, pytest.mark.process]
KEYS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "-", "AWS_DEFAULT_REGION": REGION}
GAPS = re.compile(
    "this emulator lacks what this lab needs: |malformed answer|.* (answered|failed with) |"
    "The response is incomplete or not from AWS"
)
"""Why an objective is not judged there: by the map, or because moto does not know the operation."""

NO_WAITING = """aws() { case " $* " in *" wait "*) ;; *) command aws "$@" ;; esac; }
seq() { echo 1; }
sleep() { :; }
"""
"""Loops that try again (`for try in $(seq 60)`) try once."""
ON_AND_ON = "set +e +o pipefail\n"
"""Where one command is refused, a learner tries the next one."""


@dataclass(slots=True)
class Stage:
    """Moto as it is, with one lab at a time."""

    url: str
    cli: AwsCli
    catalog: Catalog
    first: AwsSession
    folder: Path

    def play(self, lab: Lab, *scripts: Path) -> str:
        """Runs scripts in an empty world; returns their output."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")).close()
        own = lab.variables(lab.names({}, account=ACCOUNT, region=REGION))
        output = ""
        for number, script in enumerate(scripts):
            copy = self.folder / f"{lab.id}-{number}.sh"
            copy.write_text(ON_AND_ON + NO_WAITING + script.read_text("utf-8"), "utf-8")
            environment = {**KEYS, "AWS_ENDPOINT_URL": self.url, "AWS_MAX_ATTEMPTS": "1", **own}
            output += self.cli.run(copy, environment).output
        return output

    def verify(self, lab: Lab, maps: Path | None = None) -> dict[str, Finding]:
        session = self.first.again()
        session.where = ConnectionOptions(endpoint_url=self.url, maps=maps)
        with read_only_guard(), instant_retries():
            verdict = verify([Job(lab, self.catalog.verifier(lab))], session, alone=True)
        return {each.id: each for each in verdict.labs[0].findings}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, real_cli: AwsCli) -> Iterator[Stage]:
    with fidelity.plain_moto() as url:
        with pytest.MonkeyPatch.context() as patch, read_only_guard():
            for name, value in KEYS.items():
                patch.setenv(name, value)
            first = open_session(ConnectionOptions(endpoint_url=url))
        yield Stage(url, real_cli, open_catalog(), first, tmp_path_factory.mktemp("scripts"))


@pytest.mark.parametrize("name", lab_ids())
def test_a_right_solution_fails_nothing_there(stage: Stage, tmp_path: Path, name: str) -> None:
    """Also once it is known what moto lacks: that is named, and what is there passes."""
    lab = stage.catalog.lab(name)
    start = lab.script("start")
    stage.play(lab, *([start] if start else []), lab.folder / "solution.sh")
    emulators.keep(tmp_path, stage.url, PLAIN_MOTO)
    for each in stage.verify(lab, tmp_path).values():
        assert each.state is not State.FAILED, each
        if each.state is State.INCONCLUSIVE:
            assert GAPS.match(each.message), each


@pytest.mark.parametrize("name", lab_ids())
def test_an_empty_world_passes_nothing_there(stage: Stage, name: str) -> None:
    lab = stage.catalog.lab(name)
    stage.play(lab)
    found = stage.verify(lab)
    assert State.PASSED not in {each.state for each in found.values()}


def test_a_mistake_is_one_where_everything_is_provided(stage: Stage, tmp_path: Path) -> None:
    """Where the map says so, exactly what the mistake breaks fails, as in the sandbox.

    The map is wrong about `scan-on-push` here: moto scans nothing (`ecr.scanning`).
    """
    lab = stage.catalog.lab("ecr-repository")
    emulators.keep(tmp_path, stage.url, [])
    for mistake, names in lab.task.mistakes.items():
        stage.play(lab, lab.folder / "mistakes" / f"{mistake}.sh")
        found = stage.verify(lab, tmp_path)
        failed = {each.id for each in found.values() if each.state is State.FAILED} - {"scan-on-push"}
        if names.breaks != ("scan-on-push",):
            assert failed, mistake
        assert failed <= set(names.breaks), mistake
        assert State.INCONCLUSIVE not in {each.state for each in found.values()}, mistake
