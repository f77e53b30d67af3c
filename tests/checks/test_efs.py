"""File systems, the mount targets that answer already, and which volumes and mounts of a task definition are on one."""

from __future__ import annotations

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _efs
from labs.sdk import CannotTell
from tests.builders import ACCOUNT
from tests.checks.canned import Answer, answering

ARN = f"arn:aws:elasticfilesystem:eu-west-1:{ACCOUNT}:file-system/fs-00000001"


def targets(*states: str, more: bool = False) -> Answer:
    found = [
        {
            "MountTargetId": f"fsmt-of-{state}",
            "FileSystemId": "fs-00000001",
            "SubnetId": "subnet-0000000a",
            "LifeCycleState": state,
        }
        for state in states
    ]
    return "describe_mount_targets", {"MountTargets": found, **({"NextMarker": "more"} if more else {})}


def test_only_a_mount_target_that_is_available_is_one() -> None:
    """One that is being made lets nobody in yet, and one that is being deleted soon nobody any more."""
    first, second = targets("creating", "deleting", "available", more=True), targets("updating", "error")
    found = _efs.mount_targets(answering(efs=[first, second]), "fs-00000001")
    assert [each["MountTargetId"] for each in found] == ["fsmt-of-available"]


def test_mount_targets_of_a_file_system_that_has_gone_are_no_failure() -> None:
    account = answering(efs=[("describe_mount_targets", {"error": "FileSystemNotFound"})])
    with pytest.raises(CannotTell, match="fs-00000001 was deleted during"):
        _efs.mount_targets(account, "fs-00000001")


def test_a_file_system_that_was_deleted_is_none() -> None:
    account = answering(efs=[("describe_file_systems", {"error": "FileSystemNotFound"})])
    assert _efs.file_system_or_none(account, "fs-00000001") is None


def on(file_system: str, name: str) -> dict[str, Any]:
    return {"name": name, "efsVolumeConfiguration": {"fileSystemId": file_system}}


def definition(*volumes: dict[str, Any], mounts: str = "") -> Any:
    points = [{"sourceVolume": name, "containerPath": f"/{name}"} for name in mounts.split()]
    return {"volumes": list(volumes), "containerDefinitions": [{"name": "app", "mountPoints": points}]}


@pytest.mark.parametrize(
    ("volumes", "found"),
    [
        pytest.param([], [], id="no volume"),
        pytest.param([{"name": "logs"}, {"name": "tmp", "host": {}}], [], id="bind mounts are on none"),
        pytest.param([on("fs-00000001", "a"), on(ARN, "b")], ["fs-00000001"], id="by its id and its ARN"),
        pytest.param(
            [on("fs-2", "a"), {"name": "logs"}, on("fs-1", "b"), on("fs-2", "c")],
            ["fs-2", "fs-1"],
            id="each once, in the order of the volumes",
        ),
    ],
)
def test_a_definition_is_on_the_file_systems_of_its_volumes(
    volumes: list[dict[str, Any]], found: list[str]
) -> None:
    assert _efs.file_systems_of(definition(*volumes)) == found


def test_only_mounts_of_volumes_on_the_file_system_are_on_it() -> None:
    """A scratch space beside it is none, and neither is another file system."""
    volumes = on(ARN, "files"), on("fs-2", "other"), {"name": "tmp"}
    mounting = definition(*volumes, mounts="tmp other files")
    assert list(map(str, _efs.mounts_on(mounting, "fs-00000001"))) == ["app mounts files at /files"]
    assert _efs.mounts_on(definition(*volumes, mounts="tmp other"), "fs-00000001") == []
