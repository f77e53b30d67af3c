"""The AMIs of Bottlerocket and Windows that AWS publishes for ECS, and the parameters that name them.

moto has neither. Their IDs are the sandbox's own; names, owners and parameters have AWS's format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented

BOTTLEROCKET_OWNER, WINDOWS_OWNER = "092701018921", "801119661308"
_RELEASE, _MONTH = "1.62.1", "2026.10.14"
PUBLISHED_AT = 1791936000.0
"""The time of the last change of the parameters, in seconds since 1970."""
_ROOTS = ("/aws/service/bottlerocket", "/aws/service/ami-windows-latest")


@dataclass(frozen=True, slots=True)
class _Published:
    """An image: the parameters that name it (without `/image_id`), its name, architecture and owner."""

    parameters: tuple[str, ...]
    name: str
    architecture: str
    owner: str

    def image_id(self, region: str) -> str:
        return f"ami-{hashlib.sha256(f'{region}/{self.name}'.encode()).hexdigest()[:17]}"


def _bottlerocket() -> Iterator[_Published]:
    for variant in ("aws-ecs-1", "aws-ecs-1-nvidia", "aws-ecs-2", "aws-ecs-2-nvidia", "aws-ecs-2-fips"):
        for architecture in ("x86_64", "arm64"):
            root = f"{_ROOTS[0]}/{variant}/{architecture}"
            name = f"bottlerocket-{variant}-{architecture}-v{_RELEASE}-5f2c8a1b"
            yield _Published((f"{root}/latest", f"{root}/{_RELEASE}"), name, architecture, BOTTLEROCKET_OWNER)


def _windows() -> Iterator[_Published]:
    for edition in ("2016-English-Full", "2019-English-Full", "2019-English-Core"):
        yield _windows_server(edition)
    for year in ("2022", "2025"):
        yield from (_windows_server(f"{year}-English-{kind}") for kind in ("Full", "Core"))


def _windows_server(edition: str) -> _Published:
    name = f"Windows_Server-{edition}-ECS_Optimized"
    return _Published((f"{_ROOTS[1]}/{name}",), f"{name}-{_MONTH}", "x86_64", WINDOWS_OWNER)


PUBLISHED = (*_bottlerocket(), *_windows())


def images(region: str) -> Iterator[dict[str, Any]]:
    """The AMIs of a Region, as arguments of moto's image class."""
    for each in PUBLISHED:
        windows = each.owner == WINDOWS_OWNER
        yield {
            "ami_id": each.image_id(region),
            "name": each.name,
            "description": each.name,
            "owner_id": each.owner,
            "architecture": each.architecture,
            "platform": "windows" if windows else None,
            "image_type": "machine",
            "public": True,
            "state": "available",
            "hypervisor": "xen",
            "virtualization_type": "hvm",
            "root_device_type": "ebs",
            "root_device_name": "/dev/sda1" if windows else "/dev/xvda",
            "sriov": "simple",
            "tags": {},
        }


def parameters(region: str) -> Iterator[tuple[str, str]]:
    """The names and values of the parameters of a Region."""
    for each in PUBLISHED:
        found = each.image_id(region)
        for root in each.parameters:
            yield f"{root}/image_id", found
            if each.owner == BOTTLEROCKET_OWNER:
                yield f"{root}/image_version", f"{_RELEASE}-5f2c8a1b"
            else:
                yield root, json.dumps({"image_name": each.name, "image_id": found})


@patch(
    "ssm:other systems",
    "moto knows no parameters of Bottlerocket's and Windows's images",
    documented("AmazonECS/latest/developerguide/retrieve-ecs-optimized_windows_AMI.html"),
)
def _publish_parameters() -> Undo:
    from moto.ssm.models import Parameter, ParameterDict

    stock = ParameterDict._check_loading_status

    def check(store: Any, key: str) -> None:
        stock(store, key)
        wanted = str(key or "").startswith(_ROOTS)
        if wanted and not any(name.startswith(_ROOTS) for name in dict.keys(store)):
            for name, value in parameters(store.region_name):
                dict.__setitem__(store, name, [_parameter(Parameter, store, name, value)])

    return set_attribute(ParameterDict, "_check_loading_status", check)


def _parameter(kind: Any, store: Any, name: str, value: str) -> Any:
    return kind(
        account_id=store.account_id,
        name=name,
        value=value,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=PUBLISHED_AT,
        version=1,
        data_type="text",
    )
