"""Instances of Bottlerocket and Windows: found by Parameter Store's names, in the cluster of their own user data."""

from __future__ import annotations

import json

import pytest
from agent_kit import JOIN, OPTIMIZED, Client, attributes, ids, launch, registered

BOTTLEROCKET = "/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id"
WINDOWS = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-ECS_Optimized"
TOML = '[settings.ecs]\ncluster = "labs"\n'
POWERSHELL = "<powershell>\nInitialize-ECSAgent -Cluster labs -EnableTaskIAMRole\n</powershell>\n"


def test_stock_moto_has_no_images_of_bottlerocket(stock: None, client: Client) -> None:
    with pytest.raises(Exception, match="ParameterNotFound"):
        client("ssm").get_parameter(Name=BOTTLEROCKET)


def test_parameters_name_images_of_their_owners(world: Client) -> None:
    ssm, ec2 = world("ssm"), world("ec2")
    names = [BOTTLEROCKET, f"{WINDOWS}/image_id"]
    found = {one["Name"]: one["Value"] for one in ssm.get_parameters(Names=names)["Parameters"]}
    images = ec2.describe_images(ImageIds=list(found.values()))["Images"]
    assert {(one["Name"].split("-")[0], one["OwnerId"]) for one in images} == {
        ("bottlerocket", "092701018921"),
        ("Windows_Server", "801119661308"),
    }
    document = json.loads(ssm.get_parameter(Name=WINDOWS)["Parameter"]["Value"])
    assert document["image_id"] == found[f"{WINDOWS}/image_id"]


@pytest.mark.parametrize(
    ("image", "user_data", "system"),
    [(BOTTLEROCKET, TOML, "linux"), (f"{WINDOWS}/image_id", POWERSHELL, "windows")],
    ids=["Bottlerocket", "Windows"],
)
def test_agent_reads_the_user_data_of_its_system(
    world: Client, image: str, user_data: str, system: str
) -> None:
    launch(world, user_data, image=image)
    [found] = registered(world)
    assert attributes(found)["ecs.os-type"] == system


@pytest.mark.parametrize(
    ("image", "user_data"),
    [(BOTTLEROCKET, JOIN), (f"{WINDOWS}/image_id", JOIN), (OPTIMIZED, TOML)],
    ids=["shell on Bottlerocket", "shell on Windows", "TOML on Amazon Linux"],
)
def test_user_data_of_another_system_starts_no_agent(world: Client, image: str, user_data: str) -> None:
    launch(world, user_data, image=image)
    assert ids(world) == []
