"""Instances that other parts of moto launch: Spot requests, fleets, CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

IMAGE = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
Client = Callable[..., Any]


@pytest.fixture
def ec2(aws: None, client: Client) -> Any:
    return client("ec2")


def image(ec2: Any) -> str:
    launched = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    ec2.terminate_instances(InstanceIds=[launched["Instances"][0]["InstanceId"]])
    return str(launched["Instances"][0]["ImageId"])


def running(ec2: Any) -> list[dict[str, Any]]:
    found = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
    return [one for each in found["Reservations"] for one in each["Instances"]]


def test_a_spot_request_launches_an_instance(ec2: Any) -> None:
    specification = {"ImageId": image(ec2), "InstanceType": "t3.micro"}
    ec2.request_spot_instances(InstanceCount=1, LaunchSpecification=specification)
    [instance] = running(ec2)
    assert instance["InstanceType"] == "t3.micro"
    assert instance["InstanceLifecycle"] == "spot"


def fleet(client: Client, image: str) -> None:
    """A fleet of one On-Demand and one Spot instance, with a profile and a security group in its template."""
    ec2, iam = client("ec2"), client("iam")
    profile = iam.create_instance_profile(InstanceProfileName="hosts")["InstanceProfile"]["Arn"]
    group = ec2.create_security_group(GroupName="hosts", Description="hosts")["GroupId"]
    data = {"ImageId": image, "InstanceType": "t3.micro", "SecurityGroupIds": [group]}
    ec2.create_launch_template(
        LaunchTemplateName="hosts",
        LaunchTemplateData={**data, "IamInstanceProfile": {"Arn": profile}},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "x"}]}],
    )
    ec2.create_fleet(
        Type="instant",
        LaunchTemplateConfigs=[
            {"LaunchTemplateSpecification": {"LaunchTemplateName": "hosts", "Version": "1"}}
        ],
        TargetCapacitySpecification={
            "TotalTargetCapacity": 2,
            "OnDemandTargetCapacity": 1,
            "SpotTargetCapacity": 1,
            "DefaultTargetCapacityType": "on-demand",
        },
    )


def test_a_fleet_launches_by_its_template(ec2: Any, client: Client) -> None:
    fleet(client, image(ec2))
    launched = running(ec2)
    assert sorted(each.get("InstanceLifecycle", "") for each in launched) == ["", "spot"]
    assert template_tags(ec2) is None
    for each in launched:
        assert each["IamInstanceProfile"]["Arn"].endswith("/hosts")
        assert [group["GroupName"] for group in each["SecurityGroups"]] == ["hosts"]


def template_tags(ec2: Any) -> Any:
    """The tags for resources in the first version of the template."""
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateName="hosts")["LaunchTemplateVersions"]
    return version["LaunchTemplateData"].get("TagSpecifications")


def test_stock_motos_fleet(stock: None, client: Client) -> None:
    ec2 = client("ec2")
    fleet(client, "ami-12345678")
    assert not any("IamInstanceProfile" in each for each in running(ec2)), "drop this extension"
    assert template_tags(ec2), "drop this extension"


def test_cloudformation_launches_an_instance(ec2: Any, client: Client) -> None:
    properties = {"ImageId": image(ec2), "InstanceType": "t3.micro"}
    template = {"Resources": {"Host": {"Type": "AWS::EC2::Instance", "Properties": properties}}}
    client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))
    [instance] = running(ec2)
    assert instance["SecurityGroups"][0]["GroupName"] == "default"
