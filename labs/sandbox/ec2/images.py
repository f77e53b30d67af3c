"""The AMIs that AWS publishes, and the Parameter Store parameters that name them.

moto has AWS's lists for every Region. The sandbox offers what Parameter Store recommends: the ECS-optimized
AMIs, and the ordinary Amazon Linux AMIs, which are a plausible mistake. The IDs are AWS's for each Region.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from moto.ssm.models import ParameterDict
from moto.utilities.utils import load_resource

from labs.sandbox.ec2 import other_systems
from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented, recorded
from labs.userdata import BOTTLEROCKET, LINUX, WINDOWS

ECS_OWNER = "591542846629"
"""The account that publishes the ECS-optimized AMIs; its alias is `amazon`."""


@patch(
    "ssm:ecs-optimized",
    "moto answers a mapping where AWS answers JSON, and makes 5,500 parameters again for each account",
    documented("AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html"),
)
def _answer_json() -> Undo:
    def load(store: Any, path: str) -> None:
        dict.update(store, _parameters(store.account_id, store.region_name, path))

    return set_attribute(ParameterDict, "_load_tree_parameters", load)


_STOCK_LOAD = ParameterDict._load_tree_parameters


@lru_cache(maxsize=8)
def _parameters(account: str, region: str, path: str) -> dict[str, Any]:
    """The parameters below a path as an account sees them, created once per process."""
    made = ParameterDict(account, region)
    _STOCK_LOAD(made, path)
    parameter: Any
    for (parameter,) in made.values():
        parameter.value = _text(parameter.value)
        parameter.last_modified_date = other_systems.PUBLISHED_AT
    return dict(made)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


@patch(
    "ec2:images",
    "moto loads every image since 2017, which takes most of its start, or none at all",
    documented("AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html"),
)
def _offer_recommended_images() -> Undo:
    from moto.ec2.models import ec2_backends
    from moto.ec2.models.amis import Ami, AmiBackend

    def load(backend: Any) -> None:
        for facts in published(backend.region_name):
            backend.amis[facts["ami_id"]] = Ami(backend, **facts, owner_alias="amazon")

    undo = set_attribute(AmiBackend, "_load_amis", load)
    # A backend has its images from its beginning, and moto's reset leaves some behind.
    ec2_backends.clear()

    def restore() -> None:
        undo()
        ec2_backends.clear()

    return restore


@patch(
    "ec2:own images",
    "moto gives the images that are made here a kind of root device that EC2 does not know",
    recorded("ec2:DescribeImages"),
)
def _root_on_ebs() -> Undo:
    from moto.ec2.models.amis import Ami

    stock = Ami.__init__

    def initialize(image: Any, *given: Any, **options: Any) -> None:
        stock(image, *given, **{"root_device_type": "ebs", **options})

    return set_attribute(Ami, "__init__", initialize)


@lru_cache
def published(region: str) -> tuple[dict[str, Any], ...]:
    """The AMIs that AWS recommends in a Region, as arguments of moto's image class; none in an unknown Region."""
    try:
        ordinary = load_resource(f"ec2/resources/latest_amis/{region}.json")
        optimized = load_resource(f"ec2/resources/ecs/optimized_amis/{region}.json")
        parameters = load_resource(f"ssm/resources/ecs/optimized_amis/{region}.json")
    except FileNotFoundError:
        return ()
    wanted = set(_recommended(parameters))
    images = [*ordinary, *(image for image in optimized if image["ami_id"] in wanted)]
    return tuple(
        {**image, "creation_date": _day(image["name"])} for image in (*images, *other_systems.images(region))
    )


def _recommended(tree: dict[str, Any]) -> Iterator[str]:
    """The AMI IDs under every `recommended`."""
    for key, branch in tree.items():
        if key == "recommended":
            yield branch["image_id"]["Value"]
        elif key != "Value":
            yield from _recommended(branch)


def _day(name: str) -> datetime | None:
    """The date in the names of Amazon Linux images."""
    found = re.search(r"20\d{6}", name)
    return datetime.strptime(found[0], "%Y%m%d").replace(tzinfo=UTC) if found else None


_NAMES = {
    ECS_OWNER: re.compile(r"(al20\d\d|amzn2)-ami-ecs-|amzn-ami-.*-amazon-ecs-optimized"),
    other_systems.BOTTLEROCKET_OWNER: re.compile("bottlerocket-aws-ecs-"),
    other_systems.WINDOWS_OWNER: re.compile("Windows_Server-.*-ECS_Optimized"),
}
"""Prefixes of the names of ECS-optimized AMIs, by owner."""


def is_ecs_optimized(image: Any) -> bool:
    """Whether an AMI is ECS-optimized, by its owner and name."""
    names = _NAMES.get(image.owner_id) if image is not None else None
    return names is not None and names.match(image.name or "") is not None


def system_of(image: Any) -> str:
    """The operating system of an AMI."""
    owners = {other_systems.BOTTLEROCKET_OWNER: BOTTLEROCKET, other_systems.WINDOWS_OWNER: WINDOWS}
    return owners.get(image.owner_id, LINUX) if image is not None else LINUX
