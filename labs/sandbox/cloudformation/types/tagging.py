"""Tags of existing resources: each service has its own operations for them."""

from __future__ import annotations

from dataclasses import dataclass

from labs.sandbox.cloudformation.requests import Api, Doc


@dataclass(frozen=True)
class _Tagging:
    tag: str
    untag: str
    resource: str
    keys: str
    kind: str = ""
    """The type of the resource, where an operation asks for it."""


_OPERATIONS = {
    "ec2": _Tagging("CreateTags", "DeleteTags", "Resources", "Tags"),
    "ecr": _Tagging("TagResource", "UntagResource", "resourceArn", "tagKeys"),
    "ecs": _Tagging("TagResource", "UntagResource", "resourceArn", "tagKeys"),
    "elbv2": _Tagging("AddTags", "RemoveTags", "ResourceArns", "TagKeys"),
    "iam": _Tagging("TagRole", "UntagRole", "RoleName", "TagKeys"),
    "efs": _Tagging("TagResource", "UntagResource", "ResourceId", "TagKeys"),
    "logs": _Tagging("TagLogGroup", "UntagLogGroup", "logGroupName", "tags"),
    "secretsmanager": _Tagging("TagResource", "UntagResource", "SecretId", "TagKeys"),
    "ssm": _Tagging("AddTagsToResource", "RemoveTagsFromResource", "ResourceId", "TagKeys", "Parameter"),
    "sns": _Tagging("TagResource", "UntagResource", "ResourceArn", "TagKeys"),
    "sqs": _Tagging("TagQueue", "UntagQueue", "QueueUrl", "TagKeys"),
}

_MAPPED = ("logs", "sqs")
"""The services whose tags are a mapping."""


def tag(api: Api, service: str, name: str, new: list[Doc], old: list[Doc]) -> None:
    """Sets and removes tags, so that those of `new` are there and the others of `old` are not."""
    operations = _OPERATIONS[service]
    named = {operations.resource: name, **({"ResourceType": operations.kind} if operations.kind else {})}
    keys = {each["Key"] for each in new}
    gone = [each["Key"] for each in old if each["Key"] not in keys]
    if gone:
        removed = [{"Key": key} for key in gone] if service == "ec2" else gone
        api(service, operations.untag, {**named, operations.keys: removed})
    if new and new != old:
        tags = {each["Key"]: each["Value"] for each in new} if service in _MAPPED else new
        api(service, operations.tag, {**named, "Tags": tags})
