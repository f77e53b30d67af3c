"""Boot configurations of a group's instances, one thing wrong at a time; and settings that AWS leaves out."""

import base64
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_cluster_autoscaling as lab
from labs.sdk import CannotTell, Failed, Outcome, Passed
from tests.builders import ACCOUNT
from tests.checks.canned import Answer, answering, simulated

NAMES = {"cluster": "labs-scaling", "provider": "labs-scaling-ec2"}
GROUP = f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/hosts"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/hosts"
JOIN = "#!/bin/bash\necho ECS_CLUSTER=labs-scaling >> /etc/ecs/ecs.config\n"
OPTIMIZED = "al2023-ami-ecs-hvm-2023.0.20261101-kernel-6.1-x86_64"


def provider(**backing: Any) -> Answer:
    backing = {"autoScalingGroupArn": GROUP, **backing}
    found = {"name": "labs-scaling-ec2", "status": "ACTIVE", "autoScalingGroupProvider": backing}
    return "describe_capacity_providers", {"capacityProviders": [found]}


WITHOUT_GROUP: Answer = (
    "describe_capacity_providers",
    {"capacityProviders": [{"name": "labs-scaling-ec2", "status": "ACTIVE", "type": "MANAGED_INSTANCES"}]},
)
GONE: Answer = "describe_capacity_providers", {"capacityProviders": []}


def group(size: int = 3, **more: Any) -> Answer:
    found = {
        "AutoScalingGroupName": "hosts",
        "AutoScalingGroupARN": GROUP,
        "MinSize": 0,
        "MaxSize": size,
        "DesiredCapacity": 0,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": 0,
        "SuspendedProcesses": [],
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Latest"},
        **more,
    }
    return "describe_auto_scaling_groups", {"AutoScalingGroups": [found]}


def test_a_provider_of_another_kind_has_no_group() -> None:
    found = lab.provider_is_active(answering(ecs=[WITHOUT_GROUP]), NAMES)
    assert isinstance(found, Failed)
    assert found.found == "labs-scaling-ec2 has no Auto Scaling group"


@pytest.mark.parametrize("answer", [WITHOUT_GROUP, GONE], ids=["another kind", "gone"])
def test_a_provider_that_changed_meanwhile_is_nobody_s_failure(answer: Answer) -> None:
    with pytest.raises(CannotTell):
        lab.scaling_is_managed(answering(ecs=[answer]), NAMES)


@pytest.mark.parametrize(("size", "grows"), [(0, False), (1, False), (2, True), (10, True)])
def test_a_group_grows_to_two_instances_at_least(size: int, *, grows: bool) -> None:
    found = lab.group_can_grow(answering(ecs=[provider()], autoscaling=[group(size)]), NAMES)
    assert isinstance(found, Passed) is grows


@pytest.mark.parametrize(
    ("weights", "size", "grows"),
    [((None,), 2, True), ((2,), 2, False), ((2,), 4, True), ((1, 2), 2, True), ((2, 4), 3, False)],
)
def test_the_size_of_a_group_is_counted_in_weights(
    weights: tuple[int | None, ...], size: int, *, grows: bool
) -> None:
    overrides = [{"WeightedCapacity": str(weight)} if weight else {} for weight in weights]
    answer = group(size, MixedInstancesPolicy={"LaunchTemplate": {"Overrides": overrides}})
    found = lab.group_can_grow(answering(ecs=[provider()], autoscaling=[answer]), NAMES)
    assert isinstance(found, Passed) is grows
    assert ("each instance counts as 2 or more" in found.found) is not grows


def test_a_size_in_another_unit_tells_no_number_of_instances() -> None:
    answers = [group(DesiredCapacityType=unit) for unit in ("units", "vcpu")]
    account = answering(ecs=[provider()] * 2, autoscaling=answers)
    assert isinstance(lab.group_can_grow(account, NAMES), Passed)
    with pytest.raises(CannotTell, match="counts vcpu"):
        lab.group_can_grow(account, NAMES)


@pytest.mark.parametrize(
    ("suspended", "grows"),
    [([], True), (["Terminate", "AZRebalance"], True), (["Terminate", "Launch"], False)],
)
def test_a_group_that_launches_nothing_does_not_grow(suspended: list[str], *, grows: bool) -> None:
    processes = [{"ProcessName": name, "SuspensionReason": "by a user"} for name in suspended]
    answer = group(SuspendedProcesses=processes)
    found = lab.group_can_grow(answering(ecs=[provider()], autoscaling=[answer]), NAMES)
    assert isinstance(found, Passed) is grows
    assert ("process Launch of hosts is suspended" in found.found) is not grows


@pytest.mark.parametrize(
    ("scaling", "message"),
    [
        ({}, "DISABLED with target capacity 100"),
        ({"status": "ENABLED"}, "ENABLED with target capacity 100"),
        ({"targetCapacity": 80}, "DISABLED with target capacity 80"),
        ({"status": "ENABLED", "targetCapacity": 79}, "ENABLED with target capacity 79"),
        ({"status": "ENABLED", "targetCapacity": 81}, "ENABLED with target capacity 81"),
    ],
    ids=str,
)
def test_managed_scaling_has_to_be_enabled_at_eighty(scaling: dict[str, Any], message: str) -> None:
    found = lab.scaling_is_managed(answering(ecs=[provider(managedScaling=scaling)]), NAMES)
    assert isinstance(found, Failed)
    assert found.found == f"managed scaling is {message}"


@pytest.mark.parametrize(
    ("backing", "more", "message"),
    [
        ({}, {"NewInstancesProtectedFromScaleIn": True}, "DISABLED; new instances of hosts are protected"),
        (
            {"managedTerminationProtection": "ENABLED"},
            {},
            "ENABLED; new instances of hosts are not protected",
        ),
    ],
    ids=["provider", "group"],
)
def test_protection_that_is_left_out_is_off(
    backing: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    account = answering(ecs=[provider(**backing)] * 2, autoscaling=[group(**more)])
    found = lab.busy_instances_are_protected(account, NAMES)
    assert isinstance(found, Failed)
    assert message in found.found


@pytest.mark.parametrize(
    ("strategy", "used"),
    [
        ([{"capacityProvider": "labs-scaling-ec2", "weight": 1}], True),
        ([{"capacityProvider": "labs-scaling-ec2"}], False),
        ([{"capacityProvider": "labs-scaling-ec2", "weight": 0}], False),
        ([{"capacityProvider": "labs-scaling-ec2", "base": 1}], False),
        ([{"capacityProvider": "labs-scaling-ec2", "weight": 1}, {"capacityProvider": "other"}], True),
        (
            [{"capacityProvider": "other", "weight": 1}, {"capacityProvider": "labs-scaling-ec2", "base": 1}],
            True,
        ),
        ([{"capacityProvider": "other", "weight": 1}, {"capacityProvider": "labs-scaling-ec2"}], False),
        ([{"capacityProvider": "other", "weight": 1, "base": 1}], False),
        ([{"capacityProvider": "other"}], False),
        ([], False),
    ],
    ids=str,
)
def test_a_provider_is_used_by_its_weight_or_beside_one_by_its_base(
    strategy: list[Any], *, used: bool
) -> None:
    cluster = {
        "status": "ACTIVE",
        "capacityProviders": ["other", "labs-scaling-ec2"],
        "defaultCapacityProviderStrategy": strategy,
    }
    account = answering(ecs=[("describe_clusters", {"clusters": [cluster]})])
    assert isinstance(lab.cluster_uses_it_by_default(account, NAMES), Passed) is used


def document(service: str) -> str:
    statement = f'{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole"}}'
    return f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'


def role(*, service: str = "ec2.amazonaws.com", denied: str = "", empty: bool = False) -> list[Answer]:
    """IAM's answers about the profile, its role, and what the role may do."""
    made = {
        "Path": "/",
        "RoleName": "hosts",
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Arn": ROLE,
        "CreateDate": 0,
        "AssumeRolePolicyDocument": document(service),
    }
    profile = {
        "Path": "/",
        "InstanceProfileName": "hosts",
        "InstanceProfileId": "AIPAEXAMPLEEXAMPLE",
        "Arn": ROLE.replace("role", "instance-profile"),
        "CreateDate": 0,
        "Roles": [] if empty else [{**made}],
    }
    asked = (
        ["ecs:DiscoverPollEndpoint"],
        ["ecs:RegisterContainerInstance", "ecs:SubmitTaskStateChange", "ecs:SubmitContainerStateChange"],
        ["ecs:Poll"],
    )
    return [
        ("get_instance_profile", {"InstanceProfile": profile}),
        ("get_role", {"Role": made}),
        *simulated(asked, denied),
    ]


def joins(
    *,
    script: str = JOIN,
    image: str = OPTIMIZED,
    architecture: str = "x86_64",
    types: list[Answer] | None = None,
    iam: list[Answer] | None = None,
    cluster: str = "labs-scaling",
    gone: bool = False,
    **data: Any,
) -> Outcome:
    """The outcome for a group whose template has this; what is None is left out of it."""
    boots: dict[str, Any] = {
        "ImageId": "ami-1",
        "IamInstanceProfile": {"Name": "hosts"},
        "UserData": base64.b64encode(script.encode()).decode(),
        **data,
    }
    boots = {key: value for key, value in boots.items() if value is not None}
    version = {"LaunchTemplateName": "hosts", "VersionNumber": 1, "LaunchTemplateData": boots}
    found = {"ImageId": "ami-1", "Name": image, "ImageOwnerAlias": "amazon", "OwnerId": "1"}
    there = {"Images": [{**found, "Architecture": architecture}]}
    images: Answer = "describe_images", {"error": "InvalidAMIID.NotFound"} if gone else there
    templates: Answer = "describe_launch_template_versions", {"LaunchTemplateVersions": [version]}
    account = answering(
        ecs=[provider()],
        autoscaling=[group()],
        ec2=[
            templates,
            *([] if str(boots.get("ImageId")).startswith("resolve:") else [images]),
            *(types or []),
        ],
        iam=role() if iam is None else iam,
    )
    return lab.its_instances_join(account, {**NAMES, "cluster": cluster})


BY_PARAMETER = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"ImageId": BY_PARAMETER},
        {"IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/hosts"}},
        {"script": JOIN.replace("labs-scaling", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/labs-scaling")},
        {"MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"}},
        {"script": "", "cluster": "default"},
        {"UserData": None, "cluster": "default"},
    ],
    ids=[
        "as meant",
        "image by parameter",
        "profile by ARN",
        "cluster by ARN",
        "IMDSv2",
        "default by an empty script",
        "default without",
    ],
)
def test_instances_join(given: dict[str, Any]) -> None:
    assert isinstance(joins(**given), Passed)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ImageId": None}, "no AMI"),
        ({"gone": True}, "AMI ami-1 does not exist"),
        ({"MetadataOptions": {"HttpEndpoint": "disabled"}}, "its instance metadata service is disabled"),
        ({"image": "al2023-ami-2023.0.20261101-kernel-6.1-x86_64"}, "is not ECS-optimized"),
        ({"ImageId": BY_PARAMETER.removesuffix("/image_id")}, "names no ECS-optimized AMI"),
        ({"IamInstanceProfile": None}, "no instance profile"),
        ({"iam": [("get_instance_profile", {"error": "NoSuchEntity"})]}, "has no role, or does not exist"),
        ({"iam": role(empty=True)}, "has no role, or does not exist"),
        ({"iam": role(service="ecs-tasks.amazonaws.com")}, "ec2.amazonaws.com cannot assume"),
        (
            {"iam": role(denied="ecs:RegisterContainerInstance")},
            "is not allowed to call ecs:RegisterContainerInstance",
        ),
        ({"iam": role(denied="ecs:Poll")}, "is not allowed to call ecs:Poll"),
        (
            {"UserData": None},
            "sets no cluster (#! must be the first characters of a script), so the agent joins default",
        ),
        ({"script": f"  {JOIN}"}, "sets no cluster (#! must be the first characters of a script)"),
        ({"script": "#!/bin/sh\n"}, "sets no cluster, so the agent joins default"),
        ({"script": JOIN.replace("labs-scaling", "labs-scaling-2")}, "sets the cluster to labs-scaling-2"),
        (
            {"script": JOIN.replace("labs-scaling", f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/labs-scaling")},
            "sets the cluster to arn:aws:ecs:us-east-1",
        ),
        ({"script": f"{JOIN}systemctl stop ecs\n"}, "stops the agent"),
        ({"script": f"{JOIN}systemctl restart ecs\n"}, "`systemctl restart ecs` in its user data waits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_thing_wrong_keeps_them_out(given: dict[str, Any], message: str) -> None:
    found = joins(**given)
    assert isinstance(found, Failed)
    assert message in found.found


def test_an_image_from_an_own_parameter_is_inconclusive() -> None:
    with pytest.raises(CannotTell):
        joins(ImageId="resolve:ssm:/ours/image")


def supports(*architectures: str) -> list[Answer]:
    """EC2's answer about an instance type; nothing of one that it does not have."""
    found = [{"InstanceType": "t", "ProcessorInfo": {"SupportedArchitectures": list(architectures)}}]
    return [("describe_instance_types", {"InstanceTypes": found if architectures else []})]


ARM_PARAMETER = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"types": supports("x86_64")}, ""),
        ({"types": supports("i386", "x86_64")}, ""),
        ({"types": supports("arm64"), "architecture": "arm64"}, ""),
        ({"types": supports("arm64"), "ImageId": ARM_PARAMETER}, ""),
        (
            {"types": supports("i386", "x86_64"), "architecture": "arm64"},
            "is for arm64, and t is i386 or x86_64",
        ),
        ({"types": supports("arm64")}, "is for x86_64, and t is arm64"),
        ({"types": supports("x86_64"), "ImageId": ARM_PARAMETER}, "is for arm64, and t is x86_64"),
        ({"types": supports("arm64"), "ImageId": BY_PARAMETER}, "is for x86_64, and t is arm64"),
        ({"types": supports()}, "instance type t does not exist in eu-west-1"),
    ],
    ids=str,
)
def test_the_image_fits_the_instance_type(given: dict[str, Any], message: str) -> None:
    outcome = joins(InstanceType="t", **given)
    assert isinstance(outcome, Failed) is bool(message)
    assert message in outcome.found


BOTTLEROCKET = {"image": "bottlerocket-aws-ecs-2-x86_64-v1.40.0"}
WINDOWS = {"image": "Windows_Server-2022-English-Core-ECS_Optimized-2026.11.01"}
WINDOWS_PARAMETER = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-ECS_Optimized/image_id"
TOML = '[settings.ecs]\ncluster = "labs-scaling"\n'
POWERSHELL = "<powershell>\nInitialize-ECSAgent -Cluster labs-scaling -EnableTaskIAMRole\n</powershell>\n"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"script": TOML, **BOTTLEROCKET}, ""),
        (
            {
                "script": TOML,
                "ImageId": "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id",
            },
            "",
        ),
        ({"script": POWERSHELL, **WINDOWS}, ""),
        ({"script": POWERSHELL, "ImageId": f"resolve:ssm:{WINDOWS_PARAMETER}"}, ""),
        ({"script": POWERSHELL.replace("-scaling", "-other"), **WINDOWS}, "sets the cluster to labs-other"),
        ({"script": TOML.replace("-scaling", "-other"), **BOTTLEROCKET}, "sets the cluster to labs-other"),
        ({"script": TOML}, "its user data is for Bottlerocket"),
        ({"script": POWERSHELL}, "its user data is for Windows"),
        (BOTTLEROCKET, "its user data is for Linux"),
        (WINDOWS, "its user data is for Linux"),
        ({"UserData": None, **BOTTLEROCKET}, "sets no cluster, so the agent joins default"),
    ],
)
def test_user_data_has_the_form_of_its_system(given: dict[str, Any], message: str) -> None:
    outcome = joins(**given)
    assert isinstance(outcome, Failed) is bool(message)
    assert message in outcome.found


def test_a_group_without_anything_to_boot_from_is_nobody_s_failure() -> None:
    answer = group()
    del answer[1]["AutoScalingGroups"][0]["LaunchTemplate"]
    with pytest.raises(CannotTell):
        lab.its_instances_join(answering(ecs=[provider()], autoscaling=[answer]), NAMES)
