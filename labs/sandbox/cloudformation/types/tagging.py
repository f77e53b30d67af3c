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


_OPERATIONS = {
    "ec2": _Tagging("CreateTags", "DeleteTags", "Resources", "Tags"),
    "ecr": _Tagging("TagResource", "UntagResource", "resourceArn", "tagKeys"),
    "ecs": _Tagging("TagResource", "UntagResource", "resourceArn", "tagKeys"),
    "elbv2": _Tagging("AddTags", "RemoveTags", "ResourceArns", "TagKeys"),
    "iam": _Tagging("TagRole", "UntagRole", "RoleName", "TagKeys"),
    "sns": _Tagging("TagResource", "UntagResource", "ResourceArn", "TagKeys"),
    "sqs": _Tagging("TagQueue", "UntagQueue", "QueueUrl", "TagKeys"),
}


def tag(api: Api, service: str, name: str, new: list[Doc], old: list[Doc]) -> None:
    """Sets the tags in `new`, and removes those that are only in `old`."""
    operations = _OPERATIONS[service]
    keys = {each["Key"] for each in new}
    gone = [each["Key"] for each in old if each["Key"] not in keys]
    if gone:
        named = [{"Key": key} for key in gone] if service == "ec2" else gone
        api(service, operations.untag, {operations.resource: name, operations.keys: named})
    if new and new != old:
        tags = {each["Key"]: each["Value"] for each in new} if service == "sqs" else new
        api(service, operations.tag, {operations.resource: name, "Tags": tags})
