"""Auto Scaling groups that are deleted by force, launch by an override, or have the process Launch suspended."""

from __future__ import annotations

from typing import Any

import pytest
from scaling_kit import Client

PARAMETER = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
ARM_PARAMETER = PARAMETER.replace("/recommended", "/arm64/recommended")


def group(client: Client, size: int = 2, image: str = PARAMETER, **options: Any) -> Any:
    """The Auto Scaling client, in whose region a group `hosts` of this size has begun."""
    data = {"ImageId": image, "InstanceType": "t3.small"}
    client("ec2").create_launch_template(LaunchTemplateName="hosts", LaunchTemplateData=data)
    autoscaling = client("autoscaling")
    options = options or {"LaunchTemplate": {"LaunchTemplateName": "hosts"}}
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="hosts",
        MinSize=0,
        MaxSize=4,
        DesiredCapacity=size,
        AvailabilityZones=["eu-west-1a"],
        NewInstancesProtectedFromScaleIn=True,
        **options,
    )
    return autoscaling


def running(client: Client) -> list[dict[str, Any]]:
    filters = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    found = client("ec2").describe_instances(Filters=filters)["Reservations"]
    return [instance for each in found for instance in each["Instances"]]


@pytest.mark.usefixtures("ecs")
def test_a_group_deleted_by_force_takes_protected_instances_with_it(client: Client) -> None:
    """The developer guide of Auto Scaling: the force delete operation also terminates the instances."""
    autoscaling = group(client)
    assert len(running(client)) == 2
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="hosts", ForceDelete=True)
    assert running(client) == []
    assert autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_stock_moto_leaves_protected_instances_running(stock: None, client: Client) -> None:
    autoscaling = group(client, image="ami-1")
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="hosts", ForceDelete=True)
    assert running(client), "moto terminates protected instances: drop this extension"


@pytest.mark.usefixtures("ecs")
def test_the_first_override_says_what_a_mixed_group_launches(client: Client) -> None:
    common = {"LaunchTemplateSpecification": {"LaunchTemplateName": "hosts"}}
    overrides = [{"InstanceType": "t4g.small", "ImageId": ARM_PARAMETER}, {"InstanceType": "t3.small"}]
    group(client, MixedInstancesPolicy={"LaunchTemplate": {**common, "Overrides": overrides}})
    assert {each["InstanceType"] for each in running(client)} == {"t4g.small"}
    [image] = client("ec2").describe_images(ImageIds=[running(client)[0]["ImageId"]])["Images"]
    assert image["Architecture"] == "arm64"


def without_protection(client: Client, image: str) -> int:
    """How many instances run of a group that shrank to none and then lost its protection."""
    autoscaling = group(client, image=image)
    autoscaling.set_desired_capacity(AutoScalingGroupName="hosts", DesiredCapacity=0)
    instances = [each["InstanceId"] for each in running(client)]
    assert len(instances) == 2
    autoscaling.set_instance_protection(
        AutoScalingGroupName="hosts", InstanceIds=instances, ProtectedFromScaleIn=False
    )
    return len(running(client))


@pytest.mark.usefixtures("ecs")
def test_a_group_that_shrank_loses_instances_with_their_protection(client: Client) -> None:
    """Terraform deletes a group in this way (user guide, Use instance scale-in protection)."""
    assert without_protection(client, PARAMETER) == 0


def test_stock_moto_keeps_what_is_no_longer_protected(stock: None, client: Client) -> None:
    assert without_protection(client, "ami-1") == 2, "moto lets them go: drop this extension"


def launched_by(autoscaling: Any) -> set[str]:
    [found] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    return {"LaunchTemplate", "MixedInstancesPolicy", "LaunchConfigurationName"} & set(found)


TEMPLATE: Any = {"LaunchTemplate": {"LaunchTemplateName": "hosts"}}
POLICY: Any = {
    "MixedInstancesPolicy": {
        "LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateName": "hosts"}, "Overrides": []}
    }
}
CONFIGURATION: Any = {"LaunchConfigurationName": "old"}


@pytest.mark.usefixtures("ecs")
def test_a_group_launches_by_what_it_was_given_last(client: Client) -> None:
    autoscaling = group(client, 0)
    image = client("ssm").get_parameter(Name=PARAMETER.removeprefix("resolve:ssm:"))["Parameter"]["Value"]
    autoscaling.create_launch_configuration(**CONFIGURATION, ImageId=image, InstanceType="t3.medium")
    for given in (POLICY, CONFIGURATION, TEMPLATE, CONFIGURATION):
        autoscaling.update_auto_scaling_group(AutoScalingGroupName="hosts", **given)
        assert launched_by(autoscaling) == set(given)
    autoscaling.set_desired_capacity(AutoScalingGroupName="hosts", DesiredCapacity=1)
    assert [each["InstanceType"] for each in running(client)] == ["t3.medium"]


def test_stock_moto_shows_a_template_beside_a_policy(stock: None, client: Client) -> None:
    autoscaling = group(client, 0, image="ami-1")
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="hosts", **POLICY)
    assert launched_by(autoscaling) == {"LaunchTemplate", "MixedInstancesPolicy"}, "drop this extension"


@pytest.mark.usefixtures("ecs")
def test_a_group_launches_nothing_while_launch_is_suspended(client: Client) -> None:
    autoscaling = group(client, 0)
    autoscaling.suspend_processes(AutoScalingGroupName="hosts", ScalingProcesses=["Launch"])
    autoscaling.set_desired_capacity(AutoScalingGroupName="hosts", DesiredCapacity=2)
    assert running(client) == []
    autoscaling.resume_processes(AutoScalingGroupName="hosts")
    autoscaling.set_desired_capacity(AutoScalingGroupName="hosts", DesiredCapacity=2)
    assert len(running(client)) == 2
