"""Types of other services that ECS stacks use: logs, scaling, alarms, rules, keys, parameters."""

from __future__ import annotations

import json

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.texts import is_true
from labs.sandbox.cloudformation.types.base import (
    Made,
    ResourceType,
    is_update,
    items,
    known_only,
    tag_map,
    without,
)
from labs.sandbox.cloudformation.types.tagging import tag


def _log_group_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"logGroupName": made.id}
    if new.get("RetentionInDays") != old.get("RetentionInDays"):
        if "RetentionInDays" in new:
            api("logs", "PutRetentionPolicy", {**given, "retentionInDays": new["RetentionInDays"]})
        else:
            api("logs", "DeleteRetentionPolicy", given)
    found = api("logs", "DescribeLogGroups", {"logGroupNamePrefix": made.id})["logGroups"]
    made.document["Arn"] = next(each["arn"] for each in found if each["logGroupName"] == made.id)


_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")


def _policy_target(properties: Doc) -> Doc:
    """The properties of a scaling policy, with its target as three members instead of an id."""
    named = properties.get("ScalingTargetId")
    if not named:
        return properties
    resource, dimension, namespace = named.split("|")
    parts = {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    return {**without(properties, "ScalingTargetId"), **parts}


def _scheduled(api: Api, made: Made, new: Doc, old: Doc) -> None:
    target = {key: new[key] for key in _TARGET}
    names = {each["ScheduledActionName"] for each in items(new, "ScheduledActions")}
    for each in items(old, "ScheduledActions"):
        if each["ScheduledActionName"] not in names:
            api(
                "application-autoscaling",
                "DeleteScheduledAction",
                {**target, "ScheduledActionName": each["ScheduledActionName"]},
            )
    for each in items(new, "ScheduledActions"):
        if each not in items(old, "ScheduledActions"):
            api("application-autoscaling", "PutScheduledAction", {**target, **each})


def _alarm_arn(api: Api, made: Made, new: Doc, old: Doc) -> None:
    found = api("cloudwatch", "DescribeAlarms", {"AlarmNames": [made.id]})
    made.document["Arn"] = found["MetricAlarms"][0]["AlarmArn"]


def _rule_targets(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"Rule": made.id}
    wanted = {each["Id"] for each in items(new, "Targets")}
    gone = [each["Id"] for each in items(old, "Targets") if each["Id"] not in wanted]
    if gone:
        api("events", "RemoveTargets", {**given, "Ids": gone})
    if items(new, "Targets") and items(new, "Targets") != items(old, "Targets"):
        api("events", "PutTargets", {**given, "Targets": items(new, "Targets")})


def _remove_targets(api: Api, made: Made) -> None:
    ids = [each["Id"] for each in items(made.properties, "Targets")]
    if ids:
        api("events", "RemoveTargets", {"Rule": made.id, "Ids": ids})


_KEY_SETTINGS = frozenset({"Enabled", "EnableKeyRotation", "PendingWindowInDays", "RotationPeriodInDays"})


def _key(properties: Doc) -> Doc:
    tags = properties.get("Tags")
    if not tags:
        return properties
    known = [known_only("Tags", each, ("Key", "Value")) for each in tags]
    return {**properties, "Tags": [{"TagKey": each["Key"], "TagValue": each["Value"]} for each in known]}


def _key_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"KeyId": made.id}
    rotation = ("EnableKeyRotation", "RotationPeriodInDays")
    if any(new.get(name) != old.get(name) for name in rotation):
        if is_true(new.get("EnableKeyRotation")):
            period = {name: new[name] for name in rotation[1:] if name in new}
            api("kms", "EnableKeyRotation", {**given, **period})
        else:
            api("kms", "DisableKeyRotation", given)
    if is_true(new.get("Enabled", True)) != is_true(old.get("Enabled", True)):
        api("kms", "EnableKey" if is_true(new.get("Enabled", True)) else "DisableKey", given)
    if not is_update(made, new):
        return
    if new.get("Description") != old.get("Description"):
        api("kms", "UpdateKeyDescription", {**given, "Description": new.get("Description", "")})
    if new.get("KeyPolicy") != old.get("KeyPolicy"):
        policy = json.dumps(new["KeyPolicy"])
        api("kms", "PutKeyPolicy", {**given, "PolicyName": "default", "Policy": policy})


def _parameter(properties: Doc) -> Doc:
    tags = properties.get("Tags")
    if isinstance(tags, dict):
        return {**properties, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    return properties


def _overwritten(api: Api, made: Made, new: Doc, old: Doc) -> None:
    if old:
        api("ssm", "PutParameter", {**_parameter(without(new, "Tags")), "Name": made.id, "Overwrite": True})
        tag(api, "ssm", made.id, items(_parameter(new), "Tags"), items(_parameter(old), "Tags"))
    made.document["Value"] = new["Value"]


TYPES = (
    ResourceType(
        "AWS::Logs::LogGroup",
        "logs",
        "CreateLogGroup",
        answer=lambda answer: {},
        id="LogGroupName",
        name_property="LogGroupName",
        attributes={"Arn": "Arn"},
        handled=frozenset({"RetentionInDays"}),
        request=tag_map,
        after=_log_group_parts,
        replacing=frozenset({"LogGroupName"}),
        delete="DeleteLogGroup",
        tagged="LogGroupName",
        id_member="logGroupName",
    ),
    ResourceType(
        "AWS::Logs::LogStream",
        "logs",
        "CreateLogStream",
        answer=lambda answer: {},
        id="LogStreamName",
        name_property="LogStreamName",
        delete="DeleteLogStream",
        id_member="logStreamName",
        scope=("LogGroupName",),
    ),
    ResourceType(
        "AWS::Logs::ResourcePolicy",
        "logs",
        "PutResourcePolicy",
        id="PolicyName",
        update="PutResourcePolicy",
        replacing=frozenset({"PolicyName"}),
        delete="DeleteResourcePolicy",
        id_member="policyName",
    ),
    ResourceType(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "application-autoscaling",
        "RegisterScalableTarget",
        answer=lambda answer: {},
        id="{ResourceId}|{ScalableDimension}|{ServiceNamespace}",
        handled=frozenset({"ScheduledActions"}),
        request=tag_map,
        after=_scheduled,
        update="RegisterScalableTarget",
        replacing=frozenset(_TARGET),
        delete="DeregisterScalableTarget",
        scope=_TARGET,
    ),
    ResourceType(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "application-autoscaling",
        "PutScalingPolicy",
        id="PolicyARN",
        attributes={"Arn": "PolicyARN"},
        request=_policy_target,
        update="PutScalingPolicy",
        replacing=frozenset({"PolicyName", "ScalingTargetId", *_TARGET}),
        delete="DeleteScalingPolicy",
        scope=("PolicyName", *_TARGET),
    ),
    ResourceType(
        "AWS::CloudWatch::Alarm",
        "cloudwatch",
        "PutMetricAlarm",
        answer=lambda answer: {},
        id="AlarmName",
        name_property="AlarmName",
        attributes={"Arn": "Arn"},
        after=_alarm_arn,
        update="PutMetricAlarm",
        id_member="AlarmName",
        replacing=frozenset({"AlarmName"}),
        delete="DeleteAlarms",
        delete_member="AlarmNames",
    ),
    ResourceType(
        "AWS::Events::Rule",
        "events",
        "PutRule",
        id="Name",
        name_property="Name",
        max_name=64,
        attributes={"Arn": "RuleArn"},
        handled=frozenset({"Targets"}),
        after=_rule_targets,
        update="PutRule",
        id_member="Name",
        replacing=frozenset({"Name"}),
        before_delete=_remove_targets,
        delete="DeleteRule",
    ),
    ResourceType(
        "AWS::KMS::Key",
        "kms",
        "CreateKey",
        answer=lambda answer: answer["KeyMetadata"],
        id="KeyId",
        attributes={"Arn": "Arn", "KeyId": "KeyId"},
        renamed={"KeyPolicy": "Policy"},
        handled=_KEY_SETTINGS,
        request=_key,
        after=_key_parts,
        changed_after=frozenset({"KeyPolicy", "Description"}),
        delete="ScheduleKeyDeletion",
        id_member="KeyId",
        scope=("PendingWindowInDays",),
    ),
    ResourceType(
        "AWS::KMS::Alias",
        "kms",
        "CreateAlias",
        answer=lambda answer: {},
        id="AliasName",
        update="UpdateAlias",
        id_member="AliasName",
        replacing=frozenset({"AliasName"}),
        delete="DeleteAlias",
    ),
    ResourceType(
        "AWS::SSM::Parameter",
        "ssm",
        "PutParameter",
        answer=lambda answer: {},
        id="Name",
        name_property="Name",
        attributes={"Type": "Type", "Value": "Value"},
        request=_parameter,
        after=_overwritten,
        changed_after=frozenset(
            {"Type", "Value", "Description", "AllowedPattern", "Tier", "DataType", "Policies", "Tags"}
        ),
        replacing=frozenset({"Name"}),
        delete="DeleteParameter",
        id_member="Name",
    ),
)
