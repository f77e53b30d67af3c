"""AWS::EC2 and AWS::AutoScaling: launch templates, instances, Auto Scaling groups."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from labs.errors import ApiRefused, ResourceFailed
from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import (
    Made,
    ResourceType,
    is_gone,
    items,
    modify_attributes,
    removed_and_added,
    without,
)


def _plain_user_data(properties: Doc) -> Doc:
    """Decodes the user data of a template, because boto3 encodes it for these operations."""
    text = properties.get("UserData")
    if not isinstance(text, str):
        return properties
    try:
        return {**properties, "UserData": base64.b64decode(text, validate=True).decode()}
    except (binascii.Error, UnicodeDecodeError):
        return properties


def _instance(properties: Doc) -> Doc:
    """The properties of an instance as RunInstances takes them, with some settings in structures."""
    moved = ("AvailabilityZone", "Tenancy", "HostId", "Affinity", "PlacementGroupName")
    made = without(_plain_user_data(properties), *moved)
    placement = {
        ("GroupName" if key == moved[-1] else key): properties[key] for key in moved if key in properties
    }
    if placement:
        made["Placement"] = placement
    if "IamInstanceProfile" in properties:
        made["IamInstanceProfile"] = {"Name": properties["IamInstanceProfile"]}
    if "Monitoring" in properties:
        made["Monitoring"] = {"Enabled": properties["Monitoring"]}
    return {**made, "MinCount": 1, "MaxCount": 1}


def _configuration(properties: Doc) -> Doc:
    made = _plain_user_data(properties)
    if "InstanceMonitoring" in properties:
        made = {**made, "InstanceMonitoring": {"Enabled": properties["InstanceMonitoring"]}}
    return made


def _text_of(name: str) -> Any:
    return lambda made: str(made.document[name])


def _group(properties: Doc) -> Doc:
    subnets = properties.get("VPCZoneIdentifier")
    return {**properties, "VPCZoneIdentifier": ",".join(subnets)} if isinstance(subnets, list) else properties


def _group_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Applies the parts of an Auto Scaling group that its create operation does not set."""
    given = {"AutoScalingGroupName": made.id}
    for each in items(new, "MetricsCollection"):
        if each not in items(old, "MetricsCollection"):
            api("autoscaling", "EnableMetricsCollection", {**given, **each})
    if not old:
        return
    _move(api, given, "LoadBalancerTargetGroups", "TargetGroupARNs", new, old)
    _move(api, given, "LoadBalancers", "LoadBalancerNames", new, old)
    keys = {each["Key"] for each in items(new, "Tags")}
    removed, added = removed_and_added("Tags", new, old)
    owner = {"ResourceId": made.id, "ResourceType": "auto-scaling-group"}
    for operation, tags in (
        ("DeleteTags", [each for each in removed if each["Key"] not in keys]),
        ("CreateOrUpdateTags", added),
    ):
        if tags:
            api("autoscaling", operation, {"Tags": [{**owner, **each} for each in tags]})


def _launched(api: Api, made: Made) -> None:
    """Raises NotReady until a group has its desired capacity, and ResourceFailed if EC2 refuses to launch it."""
    given = {"AutoScalingGroupName": made.id}
    (latest, *_) = api("autoscaling", "DescribeScalingActivities", given)["Activities"] or [{}]
    if latest.get("StatusCode") == "Failed":
        raise ResourceFailed(
            f"Group did not stabilize. Last scaling activity: {latest.get('StatusMessage', '')}"
        )


def _move(api: Api, given: Doc, what: str, name: str, new: Doc, old: Doc) -> None:
    removed, added = removed_and_added(name, new, old)
    if removed:
        api("autoscaling", f"Detach{what}", {**given, name: removed})
    if added:
        api("autoscaling", f"Attach{what}", {**given, name: added})


def _delete_group(api: Api, made: Made) -> None:
    """Deletes a group with its instances, also those that are protected from scale-in."""
    given = {"AutoScalingGroupNames": [made.id]}
    found = api("autoscaling", "DescribeAutoScalingGroups", given)["AutoScalingGroups"]
    instances = [each["InstanceId"] for group in found for each in group["Instances"]]
    if found:
        api("autoscaling", "DeleteAutoScalingGroup", {"AutoScalingGroupName": made.id, "ForceDelete": True})
    if instances:
        try:
            api("ec2", "TerminateInstances", {"InstanceIds": instances})
        except ApiRefused as error:
            if not is_gone(error):
                raise


TYPES = (
    ResourceType(
        "AWS::EC2::LaunchTemplate",
        "ec2",
        "CreateLaunchTemplate",
        answer=lambda answer: answer["LaunchTemplate"],
        id="LaunchTemplateId",
        name_property="LaunchTemplateName",
        attributes={
            "LatestVersionNumber": _text_of("LatestVersionNumber"),
            "DefaultVersionNumber": _text_of("DefaultVersionNumber"),
            "LaunchTemplateId": "LaunchTemplateId",
        },
        update="CreateLaunchTemplateVersion",
        answer_of_update=lambda answer: {
            "LatestVersionNumber": answer["LaunchTemplateVersion"]["VersionNumber"]
        },
        id_member="LaunchTemplateId",
        replacing=frozenset({"LaunchTemplateName"}),
        delete="DeleteLaunchTemplate",
    ),
    ResourceType(
        "AWS::EC2::Instance",
        "ec2",
        "RunInstances",
        answer=lambda answer: answer["Instances"][0],
        id="InstanceId",
        attributes={
            "PrivateIp": "PrivateIpAddress",
            "PublicIp": lambda made: made.document.get("PublicIpAddress", ""),
            "PrivateDnsName": "PrivateDnsName",
            "PublicDnsName": lambda made: made.document.get("PublicDnsName", ""),
            "AvailabilityZone": lambda made: made.document["Placement"]["AvailabilityZone"],
            "InstanceId": "InstanceId",
        },
        renamed={"GroupSet": "Groups"},
        handled=frozenset({"Tags", "SourceDestCheck"}),
        request=_instance,
        after=modify_attributes("ModifyInstanceAttribute", "InstanceId", "SourceDestCheck"),
        delete="TerminateInstances",
        delete_member="InstanceIds",
        tags="ec2",
    ),
    ResourceType(
        "AWS::AutoScaling::LaunchConfiguration",
        "autoscaling",
        "CreateLaunchConfiguration",
        answer=lambda answer: {},
        id="LaunchConfigurationName",
        name_property="LaunchConfigurationName",
        request=_configuration,
        delete="DeleteLaunchConfiguration",
        id_member="LaunchConfigurationName",
    ),
    ResourceType(
        "AWS::AutoScaling::AutoScalingGroup",
        "autoscaling",
        "CreateAutoScalingGroup",
        answer=lambda answer: {},
        id="AutoScalingGroupName",
        name_property="AutoScalingGroupName",
        renamed={"Cooldown": "DefaultCooldown"},
        handled=frozenset({"MetricsCollection"}),
        request=_group,
        after=_group_parts,
        changed_after=frozenset({"Tags", "TargetGroupARNs", "LoadBalancerNames"}),
        update="UpdateAutoScalingGroup",
        id_member="AutoScalingGroupName",
        replacing=frozenset({"AutoScalingGroupName", "InstanceId"}),
        before_delete=_delete_group,
        ready=_launched,
        tags="Key",
    ),
    ResourceType(
        "AWS::AutoScaling::ScalingPolicy",
        "autoscaling",
        "PutScalingPolicy",
        id="PolicyARN",
        name_property="PolicyName",
        attributes={"Arn": "PolicyARN", "PolicyName": "PolicyName"},
        update="PutScalingPolicy",
        replacing=frozenset({"AutoScalingGroupName"}),
        delete="DeletePolicy",
        scope=("AutoScalingGroupName", "PolicyName"),
    ),
    ResourceType(
        "AWS::AutoScaling::ScheduledAction",
        "autoscaling",
        "PutScheduledUpdateGroupAction",
        answer=lambda answer: {},
        id="ScheduledActionName",
        name_property="ScheduledActionName",
        update="PutScheduledUpdateGroupAction",
        replacing=frozenset({"AutoScalingGroupName"}),
        delete="DeleteScheduledAction",
        scope=("AutoScalingGroupName", "ScheduledActionName"),
    ),
    ResourceType(
        "AWS::AutoScaling::LifecycleHook",
        "autoscaling",
        "PutLifecycleHook",
        answer=lambda answer: {},
        id="LifecycleHookName",
        name_property="LifecycleHookName",
        update="PutLifecycleHook",
        replacing=frozenset({"AutoScalingGroupName"}),
        delete="DeleteLifecycleHook",
        scope=("AutoScalingGroupName", "LifecycleHookName"),
    ),
)
