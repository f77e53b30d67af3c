"""Groups, what they boot from, and capacity providers: gone ones, half-gone ones, and ways to write them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _autoscaling, _providers
from labs.packs.aws_ecs.checks._autoscaling import LaunchSettings
from labs.sdk import userdata
from tests.builders import ACCOUNT
from tests.checks.canned import Answer, answering

GROUP = f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/hosts"
SCRIPT = "#!/bin/bash\necho ECS_CLUSTER=labs >> /etc/ecs/ecs.config\n"


def group(arn: str = GROUP, **more: Any) -> dict[str, Any]:
    demanded = {
        "AutoScalingGroupName": "hosts",
        "MinSize": 0,
        "MaxSize": 2,
        "DesiredCapacity": 0,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": 0,
    }
    return {"AutoScalingGroupARN": arn, **demanded, **more}


@pytest.mark.parametrize(
    ("there", "found"),
    [
        pytest.param([group()], True, id="there"),
        pytest.param([], False, id="deleted"),
        pytest.param([group(Status="Delete in progress")], False, id="being deleted"),
        pytest.param([group(GROUP.replace(":1:", ":2:"))], False, id="another one of the same name since"),
        pytest.param([group(Status="Delete in progress"), group()], True, id="deleted and made again"),
    ],
)
def test_a_group_is_the_one_of_its_arn(there: list[dict[str, Any]], *, found: bool) -> None:
    """A provider keeps the ARN of its group, which no later group of the same name has."""
    account = answering(autoscaling=[("describe_auto_scaling_groups", {"AutoScalingGroups": there})])
    assert (_autoscaling.group_or_none(account, GROUP) is not None) is found


@pytest.mark.parametrize(("name", "found"), [("hosts", True), ("host", False)])
def test_a_group_may_be_named_where_an_arn_is_meant(name: str, *, found: bool) -> None:
    """CreateCapacityProvider takes the name of a group as its ARN."""
    answer: Answer = "describe_auto_scaling_groups", {"AutoScalingGroups": [group()]}
    account = answering(autoscaling=[answer])
    assert (_autoscaling.group_or_none(account, name) is not None) is found
    assert _autoscaling.group_name(GROUP) == "hosts"


@pytest.mark.parametrize("profile", ["hosts", ""])
def test_a_group_may_boot_from_a_launch_configuration(profile: str) -> None:
    made = {
        "LaunchConfigurationName": "old",
        "ImageId": "ami-1",
        "InstanceType": "t3.small",
        "CreatedTime": 0,
    }
    given = {"IamInstanceProfile": profile, "UserData": base64.b64encode(SCRIPT.encode()).decode()}
    found = {**made, **(given if profile else {})}
    account = answering(
        autoscaling=[("describe_launch_configurations", {"LaunchConfigurations": [found]})],
    )
    boot = userdata.read(SCRIPT) if profile else userdata.Boot()
    [launch] = _autoscaling.launches_of(account, {"LaunchConfigurationName": "old"})  # type: ignore[typeddict-item] # only what is read
    assert launch == LaunchSettings("launch configuration old", "ami-1", profile, boot, "t3.small")


@pytest.mark.parametrize("overrides", [{}, {"Overrides": []}], ids=["left out", "none"])
def test_a_mixed_group_without_overrides_boots_from_the_common_template(overrides: dict[str, Any]) -> None:
    version = {"LaunchTemplateName": "hosts", "VersionNumber": 3, "LaunchTemplateData": {"ImageId": "ami-1"}}
    account = answering(ec2=[("describe_launch_template_versions", {"LaunchTemplateVersions": [version]})])
    common = {"LaunchTemplateSpecification": {"LaunchTemplateName": "hosts"}, **overrides}
    mixed: Any = {"MixedInstancesPolicy": {"LaunchTemplate": common}}
    assert _autoscaling.launches_of(account, mixed) == [
        LaunchSettings("launch template hosts, version 3", "ami-1", "", userdata.Boot())
    ]


def overridden(*overrides: dict[str, Any]) -> list[tuple[str, str]]:
    """The image and the type of each launch of a group with a common template and these overrides."""
    data = {"ImageId": "ami-1", "InstanceType": "t3.small"}
    version = {"LaunchTemplateName": "hosts", "VersionNumber": 3, "LaunchTemplateData": data}
    answer: Answer = "describe_launch_template_versions", {"LaunchTemplateVersions": [version]}
    common = {"LaunchTemplateSpecification": {"LaunchTemplateName": "hosts"}, "Overrides": list(overrides)}
    mixed: Any = {"MixedInstancesPolicy": {"LaunchTemplate": common}}
    found = _autoscaling.launches_of(answering(ec2=[answer] * len(overrides)), mixed)
    return [(launch.image, launch.type) for launch in found]


def test_an_override_replaces_the_image_and_the_type_of_the_template() -> None:
    requirements = {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 2048}}
    found = overridden(
        {"InstanceType": "t3.medium"},
        {"ImageId": "ami-2"},
        {"ImageId": "ami-2", "InstanceType": "t4g.small"},
        {"InstanceRequirements": requirements},
    )
    expected = [("ami-1", "t3.medium"), ("ami-2", "t3.small"), ("ami-2", "t4g.small"), ("ami-1", "")]
    assert found == expected


def test_launches_that_are_the_same_are_reported_once() -> None:
    assert overridden({"WeightedCapacity": "1"}, {"WeightedCapacity": "2"}) == [("ami-1", "t3.small")]


def gone(code: str, **specification: str) -> LaunchSettings:
    """The boot configuration of a group, where AWS answers with this error."""
    account = answering(ec2=[("describe_launch_template_versions", {"error": code})])
    by_template: Any = {"LaunchTemplate": specification}
    [launch] = _autoscaling.launches_of(account, by_template)
    return launch


@pytest.mark.parametrize(
    ("code", "specification", "message"),
    [
        ("InvalidLaunchTemplateId.NotFound", {"LaunchTemplateId": "lt-1"}, "version $Default of lt-1"),
        (
            "InvalidLaunchTemplateName.NotFoundException",
            {"LaunchTemplateName": "hosts", "Version": "$Latest"},
            "version $Latest of hosts",
        ),
        (
            "InvalidLaunchTemplateId.VersionNotFound",
            {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "hosts", "Version": "7"},
            "version 7 of lt-1",
        ),
    ],
)
def test_a_version_that_is_gone_boots_nothing(code: str, specification: dict[str, str], message: str) -> None:
    """A group that names no version means the default one."""
    assert gone(code, **specification) == LaunchSettings(
        f"{message}, which does not exist", "", "", userdata.Boot()
    )


def test_a_template_that_may_not_be_looked_at_is_a_fault() -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        gone("UnauthorizedOperation", LaunchTemplateId="lt-1")


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ([{"name": "hosts", "status": "ACTIVE"}], True),
        ([{"name": "hosts", "status": "INACTIVE"}], False),
        ([{"name": "hosts-2", "status": "ACTIVE"}], False),
        ([{"name": "hosts", "status": "INACTIVE"}, {"name": "hosts", "status": "ACTIVE"}], True),
        ([], False),
    ],
    ids=["active", "deleted", "another", "made again", "none"],
)
def test_a_provider_is_active_and_has_the_whole_name(there: list[dict[str, str]], *, found: bool) -> None:
    account = answering(ecs=[("describe_capacity_providers", {"capacityProviders": there})])
    assert (_providers.provider_or_none(account, "hosts") is not None) is found


def test_the_names_of_providers_come_from_every_page() -> None:
    def page(name: str, **more: str) -> Answer:
        return "describe_capacity_providers", {"capacityProviders": [{"name": name}], **more}

    account = answering(ecs=[page("a", nextToken="more"), page("b", nextToken="last"), page("c")])
    assert _providers.provider_names(account) == ["a", "b", "c"]
