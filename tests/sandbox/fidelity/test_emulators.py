"""Fidelity maps of emulators other than the sandbox, and the addresses that are AWS's own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from labs.errors import SandboxError
from labs.sandbox.fidelity import map as fidelity
from labs.sandbox.fidelity.emulators import is_aws, keep, kept
from labs.sandbox.fidelity.map import PROBES, lacks, missing, probe_endpoint
from tests.plain_moto import PLAIN_MOTO

URL = "http://localhost:5000"


@pytest.mark.parametrize(
    "url",
    [
        "https://ecs.eu-west-1.amazonaws.com",
        "https://ecs-fips.us-east-1.amazonaws.com",
        "https://ecs.eu-west-1.api.aws",
        "https://ecs.cn-north-1.amazonaws.com.cn",
        "https://ecs.cn-north-1.api.amazonwebservices.com.cn",
        "https://ecs.us-gov-west-1.amazonaws.com",
        "https://ecs.us-iso-east-1.c2s.ic.gov",
        "https://ecs.us-isob-east-1.sc2s.sgov.gov",
        "https://ecs.eusc-de-east-1.amazonaws.eu",
        "https://vpce-0a1b2c3d4e5f67890-abcd1234.ecs.eu-west-1.vpce.amazonaws.com",
        "https://vpce-0a1b2c3d4e5f67890-abcd1234.ecs.eu-west-1.vpce.amazonaws.com:443/",
        "http://ECS.eu-west-1.AMAZONAWS.com",
        "https://sts.amazonaws.com",
        "https://iam.amazonaws.com",
    ],
)
def test_an_address_of_awss_is_one(url: str) -> None:
    """Of regions in every partition, FIPS and dual stack, and VPC endpoints, which --endpoint-url may name."""
    assert is_aws(url)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "http://127.0.0.1:4566",
        "https://localhost.localstack.cloud:4566",
        "https://amazonaws.com.example.org",
        "https://notamazonaws.com",
        "https://ecs.eu-west-1.amazonaws.com.evil.example/ecs.amazonaws.com",
        "http://[::1]:5000",
        "",
    ],
)
def test_any_other_address_is_not(url: str) -> None:
    assert not is_aws(url)


def test_what_an_endpoint_lacks_is_kept_by_its_address(tmp_path: Path) -> None:
    """However it is written; another port is another emulator."""
    assert kept(tmp_path, URL) is None
    keep(tmp_path, URL, ["b", "a"])
    assert kept(tmp_path, f"{URL}/") == ("a", "b")
    assert kept(tmp_path, "http://LOCALHOST:5000") == ("a", "b")
    assert kept(tmp_path, "http://localhost:5001") is None
    keep(tmp_path, URL, [])
    assert kept(tmp_path, URL) == ()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"lacks": 3}', '{"schema": 1}', "\xff"])
def test_a_damaged_map_is_none(tmp_path: Path, content: str) -> None:
    file = keep(tmp_path, URL, ["a"])
    file.write_text(content, encoding="latin-1")
    assert kept(tmp_path, URL) is None


def test_a_map_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "emulators").write_text("in the way", encoding="utf-8")
    with pytest.raises(SandboxError, match="cannot be written"):
        keep(tmp_path, URL, [])


def test_what_is_missing_is_named_once_for_each_probe() -> None:
    """Where it shows in any operation that is read, by whichever keys of its answers."""
    reads = {"ecs:ListTasks", "ecs:DescribeTasks", "ecs:DescribeServices"}
    gaps = missing(["ecs.service.tasks", "ecs.agent.registers"], reads)
    assert gaps == ["a service reaches its desired count, and its tasks are listed (ecs.service.tasks)"]
    assert missing([], reads) == []
    assert missing(["ecs.service.tasks"], []) == []


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with fidelity.plain_moto() as url:
        yield url


@pytest.mark.slow
def test_the_map_of_plain_moto_is_what_the_probes_find(moto: str) -> None:
    """A new moto that closes a gap changes the map."""
    assert set(lacks(probe_endpoint(moto))) == set(PLAIN_MOTO)
    assert len(set(PLAIN_MOTO)) == len(PLAIN_MOTO)


def _keys(shape: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of all keys in a shape, at whatever depth."""
    if shape is None or shape.name in seen:
        return
    seen |= {shape.name}
    match shape.type_name:
        case "structure":
            for name, member in shape.members.items():
                yield name
                yield from _keys(member, seen)
        case "list":
            yield from _keys(shape.member, seen)
        case "map":
            yield from _keys(shape.value, seen)


@pytest.mark.parametrize(
    "shown", sorted({shown for probe in PROBES for shown in probe.shows}), ids=lambda shown: shown
)
def test_a_probe_names_operations_and_keys_that_there_are(shown: str) -> None:
    """In botocore's words: what nobody can look at would never be found missing."""
    from botocore.session import get_session

    read, _, key = shown.partition(" ")
    service, _, operation = read.partition(":")
    model = get_session().get_service_model(service).operation_model(operation)
    assert not key or key in set(_keys(model.output_shape))


def test_what_labs_read_shows_in_some_probe() -> None:
    """Each operation that a lab reads."""
    from labs.packs.aws_ecs import checks

    modules = (
        import_module(f"labs.packs.aws_ecs.checks.{each.name}") for each in iter_modules(checks.__path__)
    )
    reads = {read for module in modules if hasattr(module, "OBJECTIVES") for read in module.READS}
    shown = {name.partition(" ")[0] for probe in PROBES for name in probe.shows}
    assert reads
    assert reads - shown == set()
