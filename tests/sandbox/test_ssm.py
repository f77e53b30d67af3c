"""The images that the embedded AWS publishes, and the parameters that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

OPTIMIZED = "/aws/service/ecs/optimized-ami"
ORDINARY = "/aws/service/ami-amazon-linux-latest"

Client = Callable[..., Any]


def value(ssm: Any, name: str) -> str:
    return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])


@pytest.mark.slow
@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "ap-southeast-2"])
@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ("amazon-linux-2023", r"al2023-ami-ecs-hvm-2023\.0\.\d{8}-kernel-6\.1-x86_64"),
        ("amazon-linux-2023/arm64", r"al2023-ami-ecs-hvm-2023\.0\.\d{8}-kernel-6\.1-arm64"),
        ("amazon-linux-2", r"amzn2-ami-ecs-hvm-2\.0\.\d{8}-x86_64-ebs"),
        ("amazon-linux-2/arm64", r"amzn2-ami-ecs-hvm-2\.0\.\d{8}-arm64-ebs"),
        ("amazon-linux-2/gpu", r"amzn2-ami-ecs-gpu-hvm-2\.0\.\d{8}-x86_64-ebs"),
    ],
)
def test_the_recommended_image_is_json_and_exists_with_amazons_owner(
    aws: None, client: Client, region: str, variant: str, name: str
) -> None:
    ssm, ec2 = client("ssm", region_name=region), client("ec2", region_name=region)
    recommended = json.loads(value(ssm, f"{OPTIMIZED}/{variant}/recommended"))
    assert value(ssm, f"{OPTIMIZED}/{variant}/recommended/image_id") == recommended["image_id"]
    [image] = ec2.describe_images(ImageIds=[recommended["image_id"]])["Images"]
    assert re.fullmatch(name, image["Name"])
    assert image["Name"] == recommended["image_name"]
    assert (image["OwnerId"], image["ImageOwnerAlias"]) == ("591542846629", "amazon")
    assert image["CreationDate"].startswith("20")


@pytest.mark.slow
def test_stock_moto_answers_no_json(stock: None, client: Client) -> None:
    answer = client("ssm").get_parameter(Name=f"{OPTIMIZED}/amazon-linux-2023/recommended")
    with pytest.raises((ValueError, TypeError)):  # moto answers JSON: drop this extension
        json.loads(answer["Parameter"]["Value"])


def test_ordinary_amazon_linux_is_there_as_the_wrong_choice(aws: None, client: Client) -> None:
    image_id = value(client("ssm"), f"{ORDINARY}/al2023-ami-kernel-default-x86_64")
    [image] = client("ec2").describe_images(ImageIds=[image_id])["Images"]
    assert image["Name"].startswith("al2023-ami-2023")
    assert image["OwnerId"] == "137112412989"


def test_images_are_found_by_owner_and_name(aws: None, client: Client) -> None:
    found = client("ec2").describe_images(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-ecs-hvm-*-x86_64"]}]
    )["Images"]
    assert len(found) == 1


@pytest.mark.slow
def test_ids_differ_by_region_and_stay_the_same(aws: None, client: Client) -> None:
    def ids() -> list[str]:
        name = f"{OPTIMIZED}/amazon-linux-2023/recommended/image_id"
        return [value(client("ssm", region_name=region), name) for region in ("eu-west-1", "us-east-1")]

    first = ids()
    assert first == ids()
    assert len(set(first)) == 2


@pytest.mark.slow
def test_a_path_gives_its_own_parameters_only(aws: None, client: Client) -> None:
    pages = client("ssm").get_paginator("get_parameters_by_path")
    path = f"{OPTIMIZED}/amazon-linux-2"
    answers = pages.paginate(Path=f"{path}/recommended", Recursive=True)
    names = {one["Name"] for page in answers for one in page["Parameters"]}
    assert f"{path}/recommended/image_id" in names
    assert all(name.startswith(f"{path}/recommended/") for name in names)
    flat = [one["Name"] for page in pages.paginate(Path=path) for one in page["Parameters"]]
    assert flat
    assert all("/" not in name.removeprefix(f"{path}/") for name in flat)
