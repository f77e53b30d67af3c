"""Which container mounts what, also through volumesFrom, which Docker resolves and no answer of AWS's spells out."""

from typing import Any, cast

import pytest

from labs.packs.aws_ecs.checks import _volumes


def mounts(*containers: dict[str, Any]) -> set[str]:
    definition = cast("Any", {"containerDefinitions": containers})
    return set(map(str, _volumes.mounts_of(definition)))


def container(
    name: str, *points: tuple[str, str, bool], sources: tuple[dict[str, Any], ...] = ()
) -> dict[str, Any]:
    return {
        "name": name,
        "mountPoints": [{"sourceVolume": v, "containerPath": p, "readOnly": r} for v, p, r in points],
        "volumesFrom": list(sources),
    }


def test_a_mount_point_without_the_flag_is_writable() -> None:
    bare = {"name": "app", "mountPoints": [{"sourceVolume": "v", "containerPath": "/p"}]}
    assert mounts(bare) == {"app mounts v at /p"}


def test_a_container_takes_over_what_another_took_over() -> None:
    first = container("a", ("v", "/p", False))
    second = container("b", sources=({"sourceContainer": "a", "readOnly": True},))
    third = container("c", sources=({"sourceContainer": "b"},))
    assert mounts(first, second, third) == {
        "a mounts v at /p",
        "b mounts v at /p, read only",
        "c mounts v at /p, read only",
    }


def test_read_only_stays_read_only_when_it_is_taken_over_writable() -> None:
    taken = container("b", sources=({"sourceContainer": "a", "readOnly": False},))
    assert "b mounts v at /p, read only" in mounts(container("a", ("v", "/p", True)), taken)


def test_an_own_mount_hides_the_inherited_one_at_the_same_path() -> None:
    own = container("b", ("mine", "/p", False), sources=({"sourceContainer": "a"},))
    assert mounts(container("a", ("v", "/p", False)), own) == {"a mounts v at /p", "b mounts mine at /p"}


def test_containers_that_take_over_from_each_other_end() -> None:
    a = container("a", ("v", "/p", False), sources=({"sourceContainer": "b"},))
    b = container("b", sources=({"sourceContainer": "a"},))
    assert mounts(a, b) == {"a mounts v at /p", "b mounts v at /p"}


@pytest.mark.parametrize(
    ("volume", "kind"),
    [
        ({}, "a bind mount"),
        ({"host": {}}, "a bind mount"),
        ({"host": {"sourcePath": "/data"}}, "a bind mount"),
        ({"configuredAtLaunch": False}, "a bind mount"),
        ({"configuredAtLaunch": True}, "configured at launch"),
        ({"efsVolumeConfiguration": {"fileSystemId": "fs-1"}}, "an EFS volume"),
        ({"dockerVolumeConfiguration": {"scope": "task"}}, "a Docker volume"),
        ({"fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "fs-1"}}, "an FSx volume"),
        ({"s3filesVolumeConfiguration": {"fileSystemArn": "arn"}}, "an S3 Files volume"),
    ],
    ids=str,
)
def test_a_volume_is_what_it_is_configured_as(volume: dict[str, Any], kind: str) -> None:
    assert _volumes.kind_of(cast("Any", {"name": "v", **volume})) == kind


def test_volumes_are_reported_by_name_and_kind() -> None:
    volumes = [{"name": "logs"}, {"name": "scratch", "configuredAtLaunch": True}]
    assert (
        _volumes.volumes_text(cast("Any", {"volumes": volumes}))
        == "logs (a bind mount), scratch (configured at launch)"
    )
    assert _volumes.volumes_text(cast("Any", {})) == "no volume"
