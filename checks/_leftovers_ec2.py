"""Leftovers of EC2 and IAM: instances, Auto Scaling groups, load balancers, security groups, volumes, roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs.sdk import Account, Leftover, iam_roles

from . import _autoscaling, _ec2, _elb


def instances_named(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The instances with this Name."""
    for found in _ec2.named(account, thing.id, _ec2.STANDING):
        yield Leftover("instance", found["InstanceId"])


def instance(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """An instance that is not terminated, and what it was started with."""
    for found in _ec2.by_id(account, [thing.id]):
        if found["State"]["Name"] in _ec2.STANDING:
            yield Leftover("instance", thing.id, _ec2.tag(found, "Name"), detail=found["InstanceType"])
        profile = found.get("IamInstanceProfile", {}).get("Arn", "")
        yield Leftover("instance profile", profile.rpartition("/")[2])
        yield Leftover("Auto Scaling group", _ec2.tag(found, "aws:autoscaling:groupName"))
        yield from (Leftover("security group", group) for group in sorted(_ec2.group_ids(found)))


def scaling_group(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """An Auto Scaling group, its capacity providers and instances, and what it starts them from."""
    found: Any = _autoscaling.group_or_none(account, thing.id)
    if not found:
        return
    yield Leftover("Auto Scaling group", thing.id)
    yield Leftover("providers of", thing.id)
    yield from (Leftover("instance", each["InstanceId"]) for each in found["Instances"])
    yield Leftover("launch configuration", found.get("LaunchConfigurationName", ""))
    mixed = found.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    templates = [found.get("LaunchTemplate", {}), mixed.get("LaunchTemplateSpecification", {})]
    templates += [each.get("LaunchTemplateSpecification", {}) for each in mixed.get("Overrides", [])]
    yield from (Leftover("launch template", each.get("LaunchTemplateId", "")) for each in templates)


def templates_named(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The launch template of this name."""
    for found in _templates(account, LaunchTemplateNames=[thing.id]):
        yield Leftover("launch template", found["LaunchTemplateId"])


def _templates(account: Account, **which: list[str]) -> list[Any]:
    """The launch templates of these names or ids that are there."""
    from botocore.exceptions import ClientError

    try:
        found: list[Any] = account.client("ec2").describe_launch_templates(**which)["LaunchTemplates"]
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
        return []
    return found


def launch_template(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A launch template, with the instance profiles and the security groups that its versions name."""
    ec2 = account.client("ec2")
    for found in _templates(account, LaunchTemplateIds=[thing.id]):
        yield Leftover("launch template", thing.id, found["LaunchTemplateName"])
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=thing.id)["LaunchTemplateVersions"]
        for data in (each["LaunchTemplateData"] for each in versions):
            profile = data.get("IamInstanceProfile", {})
            called = profile.get("Name") or profile.get("Arn", "")
            yield Leftover("instance profile", called.rpartition("/")[2])
            yield from (Leftover("security group", group) for group in data.get("SecurityGroupIds", []))


def launch_configuration(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A launch configuration, with the instance profile and the security groups that it names."""
    answer = account.autoscaling.describe_launch_configurations(LaunchConfigurationNames=[thing.id])
    for found in answer["LaunchConfigurations"]:
        yield Leftover("launch configuration", thing.id)
        yield Leftover("instance profile", found.get("IamInstanceProfile", "").rpartition("/")[2])
        yield from (Leftover("security group", group) for group in found.get("SecurityGroups", []))


def groups_named(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The security groups of this name, and the load balancers that use them, whatever their names."""
    for found in _ec2.groups_named(account, thing.id):
        yield Leftover("security group", found["GroupId"])
        yield Leftover("balancers in", found["GroupId"])


def security_group(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A security group, unless it is the default one of its VPC."""
    by_id: Any = [{"Name": "group-id", "Values": [thing.id]}]
    for found in account.ec2.describe_security_groups(Filters=by_id)["SecurityGroups"]:
        if found["GroupName"] != "default":
            yield Leftover("security group", thing.id, found["GroupName"])


def volumes_of(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The volumes that ECS made for tasks of a cluster."""
    tagged: Any = [{"Name": "tag:AmazonECSCreated", "Values": [f"arn:*:task/{thing.id}/*"]}]
    for page in account.ec2.get_paginator("describe_volumes").paginate(Filters=tagged):
        for found in page["Volumes"]:
            yield Leftover("volume", found["VolumeId"], detail=f"{found['Size']} GiB")


def balancers_named(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The load balancer and the target group of this name."""
    elb = account.elbv2
    for page in elb.get_paginator("describe_load_balancers").paginate():
        for found in page["LoadBalancers"]:
            if found["LoadBalancerName"] == thing.id:
                yield Leftover("load balancer", found["LoadBalancerArn"])
    for groups in elb.get_paginator("describe_target_groups").paginate():
        for group in groups["TargetGroups"]:
            if group["TargetGroupName"] == thing.id:
                yield Leftover("target group", group["TargetGroupArn"])


def balancers_in(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The load balancers that use a security group."""
    for page in account.elbv2.get_paginator("describe_load_balancers").paginate():
        for found in page["LoadBalancers"]:
            if thing.id in found.get("SecurityGroups", []):
                yield Leftover("load balancer", found["LoadBalancerArn"])


def load_balancer(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A load balancer, its target groups and security groups; its listeners go with it."""
    for found in _elb.load_balancers(account, [thing.id]):
        yield Leftover("load balancer", thing.id, found["LoadBalancerName"], detail=found["Type"])
        yield from (Leftover("security group", group) for group in found.get("SecurityGroups", []))
        yield from _target_groups_of(account, thing.id)


def _target_groups_of(account: Account, balancer: str) -> Iterator[Leftover]:
    """The target groups that a load balancer forwards to; the answer for one without any may be an error."""
    try:
        for page in account.elbv2.get_paginator("describe_target_groups").paginate(LoadBalancerArn=balancer):
            yield from (Leftover("target group", each["TargetGroupArn"]) for each in page["TargetGroups"])
    except account.elbv2.exceptions.TargetGroupNotFoundException:
        return


def target_group(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A target group, and the load balancers in front of it."""
    if found := _elb.target_group(account, thing.id):
        yield Leftover("target group", thing.id, found["TargetGroupName"])
        yield from (Leftover("load balancer", arn) for arn in found.get("LoadBalancerArns", []))


def role(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A role, with its policies and instance profiles; a service-linked role belongs to AWS."""
    found = iam_roles.role_or_none(account, thing.id)
    if found is None or found["Path"].startswith("/aws-service-role/"):
        return
    iam = account.iam
    yield Leftover("role", thing.id)
    # The console creates a profile of the same name, which may not have the role any more.
    yield Leftover("instance profile", thing.id)
    yield Leftover("policy", found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""))
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=thing.id):
        for each in page["AttachedPolicies"]:
            yield Leftover("attached policy", each["PolicyArn"], each["PolicyName"], thing.id)
            yield Leftover("policy", each["PolicyArn"], each["PolicyName"])
    for names in iam.get_paginator("list_role_policies").paginate(RoleName=thing.id):
        yield from (Leftover("inline policy", name, within=thing.id) for name in names["PolicyNames"])
    for profiles in iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=thing.id):
        for profile in profiles["InstanceProfiles"]:
            yield Leftover("instance profile", profile["InstanceProfileName"])
            yield Leftover("role in an instance profile", thing.id, within=profile["InstanceProfileName"])


def policy(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A managed policy of the account's own, and its versions that are not the default one."""
    if ":aws:policy/" in thing.id:
        return
    yield Leftover("policy", thing.id, thing.id.rpartition("/")[2])
    for page in account.iam.get_paginator("list_policy_versions").paginate(PolicyArn=thing.id):
        for each in page["Versions"]:
            if not each["IsDefaultVersion"]:
                yield Leftover("policy version", each["VersionId"], within=thing.id)


def instance_profile(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """An instance profile, and the role in it."""
    try:
        found = account.iam.get_instance_profile(InstanceProfileName=thing.id)["InstanceProfile"]
    except account.iam.exceptions.NoSuchEntityException:
        return
    yield Leftover("instance profile", thing.id)
    yield from (Leftover("role", each["RoleName"]) for each in found["Roles"])
