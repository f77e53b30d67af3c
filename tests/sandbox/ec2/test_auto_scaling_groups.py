"""Auto Scaling groups: how they launch, grow and shrink, and what a launch configuration says."""

from __future__ import annotations

from typing import Any

import pytest
from ec2_kit import AMI, USER_DATA, Client, described, user_data

pytestmark = pytest.mark.slow


def group(client: Client, subnets: list[str], **options: Any) -> Any:
    autoscaling = client("autoscaling")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="labs",
        MinSize=0,
        MaxSize=6,
        DesiredCapacity=3,
        VPCZoneIdentifier=",".join(subnets),
        Tags=[{"Key": "team", "Value": "labs", "PropagateAtLaunch": True}],
        **options,
    )
    return autoscaling


def test_a_group_launches_its_template_version_in_all_subnets(
    ec2: Any, client: Client, template: str
) -> None:
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    latest = {"LaunchTemplateName": "labs", "Version": "$Latest"}
    autoscaling = group(client, subnets, LaunchTemplate=latest, NewInstancesProtectedFromScaleIn=True)
    instances = described(ec2, Filters=[{"Name": "tag:team", "Values": ["labs"]}])
    assert {instance["SubnetId"] for instance in instances} == set(subnets)
    for instance in instances:
        assert instance["InstanceType"] == "t3.large"
        assert instance["IamInstanceProfile"]["Arn"].endswith("/two")
        assert [one["GroupId"] for one in instance["SecurityGroups"]] == [template]
        assert user_data(ec2, instance) == USER_DATA
        tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        assert (tags["Name"], tags["aws:autoscaling:groupName"]) == ("from-template", "labs")
    [found] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert found["NewInstancesProtectedFromScaleIn"] is True
    assert all(instance["ProtectedFromScaleIn"] for instance in found["Instances"])


def test_a_group_grows_evenly_and_shrinks_from_its_oldest_in_order(
    ec2: Any, client: Client, template: str
) -> None:
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    autoscaling = group(client, subnets, LaunchTemplate={"LaunchTemplateName": "labs"})

    def members() -> list[str]:
        [found] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return [instance["InstanceId"] for instance in found["Instances"]]

    autoscaling.set_desired_capacity(AutoScalingGroupName="labs", DesiredCapacity=6)
    before = members()
    used = [instance["SubnetId"] for instance in described(ec2, InstanceIds=before)]
    assert {used.count(subnet) for subnet in subnets} == {2}
    autoscaling.set_desired_capacity(AutoScalingGroupName="labs", DesiredCapacity=4)
    assert members() == before[2:]


def launched_by_configuration(client: Client, image: str, **options: Any) -> dict[str, Any]:
    ec2, autoscaling = client("ec2"), client("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="labs", ImageId=image, InstanceType="t3.small", **options
    )
    [subnet, *_] = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="labs",
        LaunchConfigurationName="labs",
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnet["SubnetId"],
    )
    [instance] = described(ec2)
    return instance


@pytest.mark.parametrize(
    ("options", "public"),
    [
        ({}, True),
        ({"AssociatePublicIpAddress": True}, True),
        ({"AssociatePublicIpAddress": False}, False),
    ],
    ids=["as the subnet has it", "wanted", "refused"],
)
def test_a_launch_configuration_leaves_public_addresses_to_the_subnet(
    ec2: Any, client: Client, options: dict[str, bool], public: bool
) -> None:
    image = client("ssm").get_parameter(Name=AMI.removeprefix("resolve:ssm:"))["Parameter"]["Value"]
    assert ("PublicIpAddress" in launched_by_configuration(client, image, **options)) is public


def test_stock_moto_refuses_addresses_by_default(stock: None, client: Client) -> None:
    instance = launched_by_configuration(client, "ami-1")
    assert "PublicIpAddress" not in instance, "moto asks the subnet: drop this extension"


def test_stock_moto_puts_a_group_into_one_subnet(stock: None, client: Client) -> None:
    ec2 = client("ec2")
    data = {"ImageId": "ami-1", "InstanceType": "t3.small"}
    ec2.create_launch_template(LaunchTemplateName="labs", LaunchTemplateData=data)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    group(client, subnets, LaunchTemplate={"LaunchTemplateName": "labs"})
    assert len({one["SubnetId"] for one in described(ec2)}) == 1, "moto spreads them: drop this extension"
