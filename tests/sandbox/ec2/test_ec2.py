"""Launching in the embedded EC2."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from ec2_kit import AMI, USER_DATA, Client, described, launch, profiles, user_data

from labs.sandbox.ec2.instance_types import instance_size

pytestmark = pytest.mark.slow

Refused = Callable[..., str]
ARM = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"


def test_every_instance_of_a_call_has_the_profile_and_user_data(ec2: Any) -> None:
    instances = launch(ec2, 3, IamInstanceProfile={"Name": "one"}, UserData=USER_DATA)
    assert len(instances) == 3
    for instance in instances:
        assert instance["IamInstanceProfile"]["Arn"].endswith(":instance-profile/one")
        assert user_data(ec2, instance) == USER_DATA


def test_a_launch_that_names_no_number_is_refused(ec2: Any, refused: Refused) -> None:
    def forget(request: Any, **_: Any) -> None:
        request.data.pop("MinCount", None)

    name = "request-created.ec2.RunInstances"
    ec2.meta.events.register_first(name, forget)
    try:
        answer = refused(ec2.run_instances, ImageId=AMI, MinCount=1, MaxCount=1)
    finally:
        ec2.meta.events.unregister(name, forget)
    assert answer == "MissingParameter: The request must contain the parameter MinCount"


def test_an_address_must_be_free_and_of_the_subnet(ec2: Any, refused: Refused) -> None:
    launch(ec2, PrivateIpAddress="172.31.0.9")
    for address, answer in {
        "172.31.0.9": "InvalidIPAddress.InUse: Address 172.31.0.9 is in use.",
        "10.0.0.9": "InvalidParameterValue: Address 10.0.0.9 does not fall within the subnet's address range",
    }.items():
        assert refused(launch, ec2, PrivateIpAddress=address) == answer


def test_stock_moto_breaks_down_at_an_address_outside_of_the_subnet(stock: None, client: Client) -> None:
    subnet = client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    one: Any = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    with pytest.raises(Exception, match="IP does not fall in the subnet CIDR"):
        client("ec2").run_instances(**one, PrivateIpAddress="10.0.0.9")


def test_an_image_may_be_named_by_a_parameter(ec2: Any, client: Client) -> None:
    [instance] = launch(ec2)
    name = AMI.removeprefix("resolve:ssm:")
    assert instance["ImageId"] == client("ssm").get_parameter(Name=name)["Parameter"]["Value"]


def test_an_instance_lands_in_the_default_subnet_and_group_of_its_zone(ec2: Any) -> None:
    [instance] = launch(ec2, Placement={"AvailabilityZone": "eu-west-1b"})
    [subnet] = ec2.describe_subnets(SubnetIds=[instance["SubnetId"]])["Subnets"]
    assert (subnet["AvailabilityZone"], subnet["DefaultForAz"]) == ("eu-west-1b", True)
    assert instance["Placement"]["AvailabilityZone"] == "eu-west-1b"
    assert [group["GroupName"] for group in instance["SecurityGroups"]] == ["default"]
    assert instance["PublicIpAddress"]
    assert instance["PrivateIpAddress"].startswith("172.31.")


def test_a_network_interface_brings_its_subnet_groups_and_address(ec2: Any) -> None:
    group = ec2.create_security_group(GroupName="open", Description="x")["GroupId"]
    subnet = ec2.describe_subnets()["Subnets"][1]["SubnetId"]
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "AssociatePublicIpAddress": False}
    [instance] = launch(ec2, NetworkInterfaces=[interface])
    assert instance["SubnetId"] == subnet
    assert [one["GroupId"] for one in instance["SecurityGroups"]] == [group]
    assert "PublicIpAddress" not in instance


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"ImageId": "al2023"}, "InvalidAMIID.Malformed"),
        ({"ImageId": "resolve:ssm:/no/such/parameter"}, "InvalidParameterValue"),
        ({"InstanceType": "t3.tiny"}, "InvalidParameterValue"),
        ({"ImageId": ARM}, "InvalidParameterValue"),
        ({"IamInstanceProfile": {"Name": "none"}}, "InvalidParameterValue"),
    ],
    ids=["image", "no image id", "parameter", "type", "architecture", "profile"],
)
def test_what_does_not_exist_or_fit_is_not_launched(
    ec2: Any, refused: Refused, options: dict[str, Any], code: str
) -> None:
    assert refused(launch, ec2, **options).startswith(code)
    assert described(ec2) == []


def test_an_arm_instance_runs_an_arm_image(ec2: Any) -> None:
    [instance] = launch(ec2, ImageId=ARM, InstanceType="t4g.small")
    assert instance["Architecture"] == "arm64"


@pytest.mark.parametrize(
    ("version", "type_", "profile"),
    [
        ({}, "t3.small", "one"),
        ({"Version": "$Default"}, "t3.small", "one"),
        ({"Version": "$Latest"}, "t3.large", "two"),
        ({"Version": "2"}, "t3.large", "two"),
    ],
    ids=["none", "default", "latest", "number"],
)
def test_all_that_a_template_says_reaches_the_instance(
    ec2: Any, template: str, version: dict[str, str], type_: str, profile: str
) -> None:
    ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateName": "labs", **version})
    [instance] = described(ec2, Filters=[{"Name": "tag:Name", "Values": ["from-template"]}])
    assert instance["InstanceType"] == type_
    assert instance["IamInstanceProfile"]["Arn"].endswith(f"/{profile}")
    assert [one["GroupId"] for one in instance["SecurityGroups"]] == [template]
    assert instance["Placement"]["AvailabilityZone"] == "eu-west-1c"
    assert user_data(ec2, instance) == USER_DATA


def test_what_the_call_says_beats_the_template(ec2: Any, template: str) -> None:
    [instance] = launch(
        ec2,
        InstanceType="m5.large",
        LaunchTemplate={"LaunchTemplateName": "labs"},
        IamInstanceProfile={"Name": "two"},
    )
    assert instance["InstanceType"] == "m5.large"
    assert instance["IamInstanceProfile"]["Arn"].endswith("/two")


def test_the_versions_of_a_template_can_be_described_by_their_aliases(ec2: Any, template: str) -> None:
    for alias, number in (("$Default", 1), ("$Latest", 2)):
        answer = ec2.describe_launch_template_versions(LaunchTemplateName="labs", Versions=[alias])
        assert [one["VersionNumber"] for one in answer["LaunchTemplateVersions"]] == [number]


def test_a_new_version_keeps_what_its_source_says(ec2: Any, template: str) -> None:
    ec2.create_launch_template_version(
        LaunchTemplateName="labs", SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.medium"}
    )
    ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateName": "labs", "Version": "3"})
    [instance] = described(ec2)
    assert instance["InstanceType"] == "t3.medium"
    assert instance["IamInstanceProfile"]["Arn"].endswith("/one")
    assert user_data(ec2, instance) == USER_DATA


def test_a_profile_can_be_attached_replaced_and_taken_away(ec2: Any) -> None:
    [instance] = launch(ec2)
    instance_id = instance["InstanceId"]
    assert "IamInstanceProfile" not in instance
    association = ec2.associate_iam_instance_profile(
        IamInstanceProfile={"Name": "one"}, InstanceId=instance_id
    )
    known = association["IamInstanceProfileAssociation"]["AssociationId"]
    ec2.replace_iam_instance_profile_association(AssociationId=known, IamInstanceProfile={"Name": "two"})
    [instance] = described(ec2, InstanceIds=[instance_id])
    assert instance["IamInstanceProfile"]["Arn"].endswith("/two")
    ec2.disassociate_iam_instance_profile(AssociationId=known)
    assert "IamInstanceProfile" not in described(ec2, InstanceIds=[instance_id])[0]


def test_instances_are_found_by_profile_and_group(ec2: Any) -> None:
    group = ec2.create_security_group(GroupName="open", Description="x")["GroupId"]
    [one] = launch(ec2, IamInstanceProfile={"Name": "one"}, SecurityGroupIds=[group])
    launch(ec2, IamInstanceProfile={"Name": "two"})
    for name, wanted in (
        ("iam-instance-profile.arn", one["IamInstanceProfile"]["Arn"]),
        ("network-interface.group-id", group),
        ("instance.group-id", group),
        ("group-id", group),
    ):
        found = described(ec2, Filters=[{"Name": name, "Values": [wanted]}])
        assert [instance["InstanceId"] for instance in found] == [one["InstanceId"]], name


@pytest.mark.parametrize(
    ("name", "values", "types"),
    [
        ("instance-type", ["t3.*"], {"t3.small", "t3.medium"}),
        ("instance-type", ["t3*"], {"t3.small", "t3.medium", "t3a.small"}),
        ("instance-type", ["t3?.small", "t3.medium"], {"t3a.small", "t3.medium"}),
        ("instance-type", ["t3"], set()),
        ("availability-zone", ["eu-west-1?"], {"t3.small", "t3.medium", "t3a.small"}),
    ],
)
def test_a_filter_of_instances_may_have_wildcards(
    ec2: Any, name: str, values: list[str], types: set[str]
) -> None:
    for each in ("t3.small", "t3.medium", "t3a.small"):
        launch(ec2, InstanceType=each)
    found = described(ec2, Filters=[{"Name": name, "Values": values}])
    assert {instance["InstanceType"] for instance in found} == types


def test_user_data_can_be_replaced_on_a_stopped_instance_only(ec2: Any, refused: Refused) -> None:
    [instance] = launch(ec2, UserData=USER_DATA)
    instance_id = instance["InstanceId"]
    new = {"InstanceId": instance_id, "UserData": {"Value": b"#!/bin/sh\nexit\n"}}
    assert refused(ec2.modify_instance_attribute, **new).startswith("IncorrectInstanceState")
    ec2.stop_instances(InstanceIds=[instance_id])
    ec2.modify_instance_attribute(**new)
    assert user_data(ec2, instance) == "#!/bin/sh\nexit\n"
    encoded = base64.b64encode(b"#!/bin/sh\n").decode() + "\n"
    ec2.modify_instance_attribute(InstanceId=instance_id, Attribute="userData", Value=encoded)
    assert user_data(ec2, instance) == "#!/bin/sh\n"
    no_base64 = {"InstanceId": instance_id, "Attribute": "userData", "Value": "#!/bin/sh"}
    assert refused(ec2.modify_instance_attribute, **no_base64).startswith("InvalidUserData")


def test_a_new_security_group_lets_everything_out(ec2: Any) -> None:
    group = ec2.create_security_group(GroupName="open", Description="x")["GroupId"]
    [found] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert [rule["IpRanges"] for rule in found["IpPermissionsEgress"]] == [[{"CidrIp": "0.0.0.0/0"}]]
    assert found["IpPermissions"] == []


def test_stock_moto_gives_a_templates_profile_to_nobody(stock: None, client: Client) -> None:
    profiles(client)
    ec2 = client("ec2")
    data = {"ImageId": "ami-1", "InstanceType": "t3.small", "IamInstanceProfile": {"Name": "one"}}
    ec2.create_launch_template(LaunchTemplateName="labs", LaunchTemplateData=data)
    answer = ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateName": "labs"})
    assert "IamInstanceProfile" not in answer["Instances"][0], "moto reads it: drop this extension"


def test_stock_moto_launches_too_few_without_a_security_group(stock: None, client: Client) -> None:
    answer = client("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=2)
    assert len(answer["Instances"]) == 1, "moto launches MaxCount: drop this extension"
    assert answer["Instances"][0]["SecurityGroups"] == [], "moto knows the default group: drop this extension"


def test_stock_moto_does_not_show_a_replaced_profile(stock: None, client: Client) -> None:
    profiles(client)
    ec2 = client("ec2")
    [instance] = ec2.run_instances(
        ImageId="ami-1", MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "one"}
    )["Instances"]
    [association] = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "two"}
    )
    [instance] = described(ec2, InstanceIds=[instance["InstanceId"]])
    assert instance["IamInstanceProfile"]["Arn"].endswith("/one"), "moto replaces it: drop this extension"


@pytest.mark.parametrize(
    ("name", "cpu", "memory", "gpus"),
    [
        ("t3.micro", 2048, 972, 0),
        ("t3.small", 2048, 1945, 0),
        ("t3.medium", 2048, 3891, 0),
        ("t3.xlarge", 4096, 15564, 0),
        ("m5.large", 2048, 7782, 0),
        ("g4dn.xlarge", 4096, 15564, 1),
    ],
)
def test_a_machine_offers_units_per_vcpu_and_what_the_kernel_leaves(
    name: str, cpu: int, memory: int, gpus: int
) -> None:
    found = instance_size(name)
    assert found is not None
    assert (found.cpu, found.memory, found.gpus) == (cpu, memory, gpus)


def test_an_unknown_type_is_no_machine() -> None:
    assert instance_size("t3.tiny") is None


def test_the_interface_of_an_instance_goes_with_it(aws: None, client: Any) -> None:
    """An interface made at launch is gone after termination, as DeleteOnTermination is true by default."""
    ec2 = client("ec2")
    launched = ec2.run_instances(ImageId=AMI, InstanceType="t3.small", MinCount=1, MaxCount=1)
    ec2.terminate_instances(InstanceIds=[launched["Instances"][0]["InstanceId"]])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def own_images(client: Client) -> list[dict[str, Any]]:
    """An image that was registered, and a copy of it."""
    ec2 = client("ec2")
    first = ec2.register_image(Name="first", Architecture="x86_64")["ImageId"]
    copy = ec2.copy_image(SourceImageId=first, SourceRegion="eu-west-1", Name="copy")["ImageId"]
    return list(ec2.describe_images(ImageIds=[first, copy])["Images"])


def test_own_images_have_their_root_on_ebs(aws: None, client: Client) -> None:
    assert {each["RootDeviceType"] for each in own_images(client)} == {"ebs"}


def test_stock_moto_s_own_images_have_a_root_device_of_no_known_kind(stock: None, client: Client) -> None:
    """Drop this extension when moto says what EC2 says."""
    assert {each["RootDeviceType"] for each in own_images(client)} == {"standard"}


def test_stock_moto_gives_a_vpc_one_ipv6_block(stock: None, client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    with pytest.raises(Exception, match="CidrLimitExceeded"):  # moto allows five: drop this extension
        ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
