"""Every lab at another emulator: moto as it is, which keeps few of a service's fields and runs no task.

Waiting is left out of the scripts: what they wait for never comes about there.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.content.lab import Lab
from labs.content.pack import Catalog, open_catalog
from labs.sandbox.commands import AwsCli, aws_cli
from labs.sandbox.fidelity import emulators
from labs.sandbox.fidelity import map as fidelity
from labs.verdict import Finding, State
from labs.verify.runner import Job, verify
from tests.aws import instant_retries
from tests.builders import ACCOUNT, REGION
from tests.labs.states import lab_ids

pytestmark = [pytest.mark.xdist_group("plain moto"), pytest.mark.slow, pytest.mark.process]
KEYS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "-", "AWS_DEFAULT_REGION": REGION}
NO_WAITING = 'aws() { case " $* " in *" wait "*) ;; *) command aws "$@" ;; esac; }\n'
ON_AND_ON = "set +e +o pipefail\n"
"""Where one command is refused, a learner tries the next one."""

BROKEN = {
    "ecs-capacity-providers": {"service-strategy"},
    "ecs-service-autoscaling": {"service"},
    "ecs-ebs-volume": {"managed-volume"},
}
"""The services that moto breaks down at (500) when they are created: they are not there, and it is right to say so."""

PROVIDED = ("ecr-repository",)
"""Where moto provides everything, mistakes are mistakes there too."""


@dataclass(slots=True)
class PlainMoto:
    """Moto as it is, with one lab at a time."""

    url: str
    cli: AwsCli
    catalog: Catalog
    first: AwsSession
    folder: Path

    def play(self, lab: Lab, *scripts: Path) -> str:
        """Runs scripts in an empty world; what they printed."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")).close()
        own = lab.variables(lab.names({}, account=ACCOUNT, region=REGION))
        output = ""
        for number, script in enumerate(scripts):
            text = script.read_text("utf-8").replace("do sleep 5; done", "do break; done")
            copy = self.folder / f"{lab.id}-{number}.sh"
            copy.write_text(ON_AND_ON + NO_WAITING + text, "utf-8")
            environment = {**KEYS, "AWS_ENDPOINT_URL": self.url, "AWS_MAX_ATTEMPTS": "1", **own}
            output += self.cli.run(copy, environment).output
        return output

    def run(self, lab: Lab, maps: Path | None = None) -> dict[str, Finding]:
        session = self.first.again()
        session.where = ConnectionOptions(endpoint_url=self.url, maps=maps)
        with read_only_guard(), instant_retries():
            verdict = verify([Job(lab, self.catalog.verifier(lab))], session, alone=True)
        return {each.id: each for each in verdict.labs[0].findings}


@pytest.fixture(scope="session")
def plain_moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainMoto]:
    with fidelity.plain_moto() as url, aws_cli() as cli:
        with pytest.MonkeyPatch.context() as patch, read_only_guard():
            for name, value in KEYS.items():
                patch.setenv(name, value)
            first = open_session(ConnectionOptions(endpoint_url=url))
        yield PlainMoto(url, cli, open_catalog(), first, tmp_path_factory.mktemp("scripts"))


@pytest.mark.parametrize("name", lab_ids())
def test_a_right_solution_fails_nothing_there(plain_moto: PlainMoto, name: str) -> None:
    """What moto lacks is inconclusive and named; what is there passes."""
    lab = plain_moto.catalog.lab(name)
    start = lab.script("start")
    output = plain_moto.play(lab, *([start] if start else []), lab.folder / "solution.sh")
    found = plain_moto.run(lab)
    assert {each.id for each in found.values() if each.state is State.FAILED} == BROKEN.get(name, set())
    assert ("(500) when calling the CreateService" in output) is (name in BROKEN)
    for each in found.values():
        if each.state is State.INCONCLUSIVE:
            assert each.message.startswith("this emulator lacks what this needs: "), each


@pytest.mark.parametrize("name", lab_ids())
def test_an_empty_world_passes_nothing_there(plain_moto: PlainMoto, name: str) -> None:
    lab = plain_moto.catalog.lab(name)
    plain_moto.play(lab)
    found = plain_moto.run(lab)
    assert State.PASSED not in {each.state for each in found.values()}


@pytest.mark.parametrize("name", PROVIDED)
def test_a_mistake_is_one_where_everything_is_provided(plain_moto: PlainMoto, name: str) -> None:
    """With or without a map: exactly what the mistake breaks fails, as in the sandbox."""
    lab = plain_moto.catalog.lab(name)
    for mistake, names in lab.task.mistakes.items():
        plain_moto.play(lab, lab.folder / "mistakes" / f"{mistake}.sh")
        found = plain_moto.run(lab)
        failed = {each.id for each in found.values() if each.state is State.FAILED}
        assert failed, mistake
        assert failed <= set(names.breaks), mistake
        assert State.INCONCLUSIVE not in {each.state for each in found.values()}, mistake


def test_a_map_of_its_own_comes_before_that_of_moto(plain_moto: PlainMoto, tmp_path: Path) -> None:
    """What probes found out counts: where they found that all is provided, what is not there is the learner's."""
    lab = plain_moto.catalog.lab("ecs-fargate-service")
    plain_moto.play(lab, lab.folder / "solution.sh")
    assert plain_moto.run(lab, tmp_path)["running"].state is State.INCONCLUSIVE
    emulators.keep(tmp_path, plain_moto.url, [])
    assert plain_moto.run(lab, tmp_path)["running"].state is State.FAILED
    emulators.keep(tmp_path, plain_moto.url, ["ecs.service.tasks"])
    running = plain_moto.run(lab, tmp_path)["running"]
    assert running.state is State.INCONCLUSIVE
    assert "its tasks are listed (ecs.service.tasks)" in running.message
