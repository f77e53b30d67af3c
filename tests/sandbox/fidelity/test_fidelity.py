"""The map of what the sandbox provides of AWS, and the probes that it is made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

from labs.errors import SandboxError, UsageError
from labs.sandbox.fidelity import map as fidelity
from labs.sandbox.fidelity.map import PROBES, MapEntry, Probed, fidelity_map, probe_endpoint, run
from labs.sandbox.fidelity.probes import Bench, Probe
from labs.show import fidelity_text
from tests.builders import embedded_aws

pytestmark = [pytest.mark.process, pytest.mark.slow]

Client = Callable[..., Any]


def recording(client: Client, asked: set[str]) -> Callable[[str], Any]:
    """Clients that note which operations they ask for."""
    made: dict[str, Any] = {}

    def note(model: Any, **_: Any) -> None:
        asked.add(f"{model.service_model.service_name}:{model.name}")

    def get(service: str) -> Any:
        if service not in made:
            made[service] = client(service)
            made[service].meta.events.register("before-call", note)
        return made[service]

    return get


@pytest.fixture(scope="module")
def tried() -> tuple[list[Probed], set[str]]:
    """All probes, run once in this process with every extension, and what they asked for."""
    import boto3

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        patch.setenv("MOTO_ENABLE_AMI_VALIDATION", "true")
        patch.delenv("MOTO_EC2_LOAD_DEFAULT_AMIS", raising=False)
        asked: set[str] = set()
        with embedded_aws():
            found = list(run(recording(boto3.client, asked), PROBES))
    return found, asked


NOBODYS = ("lambda.invoke",)
"""Features that neither moto nor the sandbox provides, and the map says so."""


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_the_sandbox_provides_it(tried: tuple[list[Probed], set[str]], probe: Probe) -> None:
    [found] = [each for each in tried[0] if each.probe is probe]
    assert found.holds is (probe.name not in NOBODYS), found.fault


def test_each_operation_that_a_lab_reads_is_tried(tried: tuple[list[Probed], set[str]]) -> None:
    from labs.packs.aws_ecs import checks

    modules = (
        import_module(f"labs.packs.aws_ecs.checks.{each.name}") for each in iter_modules(checks.__path__)
    )
    reads = {read for module in modules if hasattr(module, "OBJECTIVES") for read in module.READS}
    assert reads
    assert reads - tried[1] == set()


def test_names_are_there_once_and_sentences_are_whole() -> None:
    names = [probe.name for probe in PROBES]
    assert len(set(names)) == len(names)
    assert all(probe.says and not probe.says.endswith(".") for probe in PROBES)


YES, NO = (lambda _: True), (lambda _: False)


@pytest.mark.parametrize(
    ("plain", "extended", "provider"),
    [
        (True, True, "moto"),
        (False, True, "extension"),
        (False, False, "nobody"),
        (True, False, "nobody"),
    ],
)
def test_a_probe_that_holds_in_plain_moto_is_motos_merit(plain: bool, extended: bool, provider: str) -> None:
    probe = Probe("a", "it is there", YES)
    assert fidelity.entry(Probed(probe, plain), Probed(probe, extended)).provider == provider


def broken(bench: Bench) -> bool:
    raise KeyError(f"no {bench.name[:5]}")


def refused(bench: Bench) -> bool:
    return bool(bench.client("ecs").describe_services(cluster="none", services=["none"]))


def test_whatever_goes_wrong_means_that_it_does_not_hold(aws: None, client: Client) -> None:
    probes = (Probe("a", "a", broken), Probe("b", "b", refused), Probe("c", "c", NO), Probe("d", "d", YES))
    found = list(run(client, probes))
    assert [each.holds for each in found] == [False, False, False, True]
    assert [each.fault.partition(":")[0] for each in found] == [
        "KeyError",
        "ClusterNotFoundException",
        "",
        "",
    ]


def test_probes_do_not_get_into_each_others_way(aws: None, client: Client) -> None:
    seen: list[str] = []

    def note(bench: Bench) -> bool:
        seen.append(bench.cluster)
        return True

    list(run(client, (Probe("a", "a", note), Probe("b", "b", note))))
    list(run(client, (Probe("a", "a", note),)))
    assert len(set(seen)) == 3


def test_the_map_is_made_of_a_moto_and_a_sandbox_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The learner's endpoint, keys and profile play no part: nothing is asked there."""
    names = ("ecs.service.desiredCount", "ecs.service.placementStrategy")
    monkeypatch.setattr(fidelity, "all_probes", lambda: [each for each in PROBES if each.name in names])
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    found = {entry.name: entry.provider for entry in fidelity_map()}
    assert found == {"ecs.service.placementStrategy": "extension", "ecs.service.desiredCount": "moto"}


@pytest.mark.parametrize(
    "url",
    [
        "https://ecs.eu-west-1.amazonaws.com",
        "https://ecs.eu-west-1.api.aws",
        "http://amazonaws.com",
        "ftp://a",
        "x",
    ],
)
def test_aws_itself_is_never_probed(url: str) -> None:
    with pytest.raises(UsageError):
        probe_endpoint(url)


def test_a_sandbox_of_somebodys_is_not_probed() -> None:
    from labs.sandbox.control import throw_away

    with throw_away() as sandbox, pytest.raises(UsageError, match="leave --endpoint-url out"):
        probe_endpoint(sandbox.url)


def test_an_endpoint_that_does_not_answer_is_reported() -> None:
    with pytest.raises(SandboxError, match="does not answer"):
        probe_endpoint("http://127.0.0.1:1")


def test_another_emulator_is_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("ecs.service.desiredCount", "ecs.service.events")
    monkeypatch.setattr(fidelity, "all_probes", lambda: [each for each in PROBES if each.name in names])
    with fidelity.plain_moto() as url:
        found = {entry.name: entry.provider for entry in probe_endpoint(url)}
    assert found == {"ecs.service.desiredCount": "endpoint", "ecs.service.events": "nobody"}


ENTRIES = [
    MapEntry("a", "it is there", "moto"),
    MapEntry("bb", "so is this", "extension"),
    MapEntry("c", "no", "nobody", "why", ("ecs:ListTasks",)),
]


def test_the_map_as_text_and_for_scripts() -> None:
    assert fidelity_text.render_fidelity(ENTRIES, None, {"recorded": 2, "assumed": 1}).splitlines() == [
        "moto       a   it is there",
        "extension  bb  so is this",
        "no         c   no (why)",
        "",
        "Tested 3 features of the sandbox: extension 1, moto 1, no 1.",
        "Sources of the extensions: recorded 2, documented 0, assumed 1.",
    ]
    document = json.loads(json.dumps(fidelity_text.fidelity_document(ENTRIES, "http://localhost:1", {})))
    assert document["sources"] == {}
    assert document["summary"] == {"moto": 1, "extension": 1, "nobody": 1}
    assert document["endpoint"] == "http://localhost:1"
    assert document["fidelity"][2] == {
        "name": "c",
        "says": "no",
        "provider": "nobody",
        "fault": "why",
        "shows": ["ecs:ListTasks"],
    }
