"""Auto Scaling groups that are changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Client = Callable[..., Any]


AMI = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"


def mixed_group(client: Client, image: str, **policy: Any) -> Any:
    """An empty group with a mixed instances policy."""
    client("ec2").create_launch_template(
        LaunchTemplateName="hosts", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.small"}
    )
    autoscaling = client("autoscaling")
    specification = {"LaunchTemplateName": "hosts", "Version": "$Latest"}
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="labs",
        MinSize=0,
        MaxSize=3,
        AvailabilityZones=["eu-west-1a"],
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": specification,
                "Overrides": [{"InstanceType": "t3.small"}],
            },
            **policy,
        },
    )
    return autoscaling


def policy_after_update(autoscaling: Any, **change: Any) -> Any:
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="labs", **change)
    [found] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    return found.get("MixedInstancesPolicy")


def test_a_group_keeps_its_mixed_instances_policy_until_it_is_replaced(aws: None, client: Client) -> None:
    autoscaling = mixed_group(client, "ami-0")
    assert policy_after_update(autoscaling, MaxSize=4)["LaunchTemplate"]
    assert not policy_after_update(autoscaling, LaunchTemplate={"LaunchTemplateName": "hosts"})


def test_stock_moto_drops_the_policy(stock: None, client: Client) -> None:
    gone = not policy_after_update(mixed_group(client, "ami-0"), MaxSize=4)
    assert gone, "moto keeps it: drop this extension"


def launched(client: Client, image: str) -> int:
    """How many instances a group of three has, half of them to be Spot."""
    autoscaling = mixed_group(
        client, image, InstancesDistribution={"OnDemandPercentageAboveBaseCapacity": 50}
    )
    autoscaling.set_desired_capacity(AutoScalingGroupName="labs", DesiredCapacity=3)
    [found] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert found["MixedInstancesPolicy"]["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 50
    return len(found["Instances"])


def test_a_group_that_is_half_spot_has_its_desired_capacity(aws: None, client: Client) -> None:
    assert launched(client, AMI) == 3


def test_an_instance_tells_how_many_units_of_capacity_it_is(aws: None, client: Client) -> None:
    """Terraform's provider waits until their sum is the desired capacity (API reference, Instance)."""
    autoscaling = mixed_group(client, AMI)
    weighted = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateName": "hosts", "Version": "$Latest"},
            "Overrides": [{"InstanceType": "t3.small", "WeightedCapacity": "2"}],
        }
    }
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="labs", DesiredCapacity=3, MixedInstancesPolicy=weighted
    )
    [found] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert [each["WeightedCapacity"] for each in found["Instances"]] == ["2", "2"]


def test_stock_moto_launches_one_too_few(stock: None, client: Client) -> None:
    assert launched(client, "ami-0") == 2, "moto launches all: drop this extension"
