"""Which volume two containers share, and what is said where a path of the host is not all that is wrong."""

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_bind_mount as lab
from labs.sdk import Failed, Outcome, Passed
from tests.checks.canned import answering

NAMES = {"family": "labs-bind", "writer": "app", "reader": "shipper"}
EFS = {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}


def mount(volume: str, path: str = "/data", *, read_only: bool | None = None) -> dict[str, Any]:
    flag = {} if read_only is None else {"readOnly": read_only}
    return {"sourceVolume": volume, "containerPath": path, **flag}


def ask(check: Any, *volumes: dict[str, Any], app: list[Any], shipper: list[Any], **more: Any) -> Outcome:
    found = {
        "family": "labs-bind",
        "revision": 1,
        "volumes": list(volumes),
        "containerDefinitions": [
            {"name": "app", "mountPoints": app},
            {"name": "shipper", "mountPoints": shipper},
        ],
        **more,
    }
    outcome: Outcome = check(answering(ecs=[("describe_task_definition", {"taskDefinition": found})]), NAMES)
    return outcome


@pytest.mark.parametrize(
    ("app", "shipper", "shared"),
    [
        ([mount("logs")], [mount("logs")], True),
        ([mount("files", "/f"), mount("logs")], [mount("files", "/f"), mount("logs")], True),
        ([mount("files", "/f"), mount("logs")], [mount("files", "/f")], False),
        ([mount("logs"), mount("logs", "/again")], [], False),
    ],
    ids=["one", "beside a file system", "only the file system", "twice in one container"],
)
def test_two_containers_share_the_bind_mount_itself(
    app: list[Any], shipper: list[Any], *, shared: bool
) -> None:
    found = ask(lab.two_containers_mount_it, EFS, {"name": "logs"}, app=app, shipper=shipper)
    assert isinstance(found, Passed) is shared


@pytest.mark.parametrize(
    ("app", "shipper", "right"),
    [
        ([mount("logs")], [mount("logs", read_only=True)], True),
        ([mount("logs", read_only=False)], [mount("logs", read_only=True)], True),
        ([mount("logs", read_only=True), mount("logs", "/out")], [mount("logs", read_only=True)], True),
        ([mount("logs")], [mount("logs")], False),
        ([mount("logs")], [mount("logs", read_only=True), mount("logs", "/in")], False),
        ([mount("logs", read_only=True)], [mount("logs", read_only=True)], False),
        ([mount("logs")], [mount("files", read_only=True)], False),
        ([mount("files")], [mount("files", read_only=True)], False),
    ],
    ids=[
        "left out",
        "said",
        "a second way in",
        "reader writes",
        "reader has a second way",
        "nobody writes",
        "two",
        "on EFS",
    ],
)
def test_the_writer_may_write_and_the_reader_may_not(
    app: list[Any], shipper: list[Any], *, right: bool
) -> None:
    found = ask(lab.writer_writes_and_reader_reads, EFS, {"name": "logs"}, app=app, shipper=shipper)
    assert isinstance(found, Passed) is right


def test_a_host_path_is_reported_first() -> None:
    volumes = {"name": "logs", "host": {}}, {"name": "data", "host": {"sourcePath": "/data"}}
    found = ask(lab.volume_has_no_host_path, *volumes, app=[], shipper=[], networkMode="bridge")
    assert isinstance(found, Failed)
    assert found.found == "labs-bind:1: volume data has the host path /data"
    without = ask(lab.volume_has_no_host_path, volumes[0], app=[], shipper=[], networkMode="bridge")
    assert isinstance(without, Failed)
    assert without.found == "labs-bind:1: network mode is bridge"
