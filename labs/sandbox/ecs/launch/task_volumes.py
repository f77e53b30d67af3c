"""EBS volumes managed by ECS: one per task, created at its start and deleted when it stops.

A volume that the task definition leaves to be `configuredAtLaunch` is made in the task's zone by the infrastructure
role, attached, and shown among the task's attachments (developer guide, "Specify Amazon EBS volume configuration at
Amazon ECS deployment"). A service's volumes always go with their task; a standalone task's may be kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labs.sandbox import hooks
from labs.sandbox.access.roles import Role, find_role
from labs.sandbox.ecs.launch.network import detail
from labs.sandbox.ecs.model.documents import new_uuid
from labs.sandbox.ecs.model.records import Doc, Task
from labs.sandbox.ecs.model.state import Ecs

ATTACHMENT = "AmazonElasticBlockStorage"
ECS = "ecs.amazonaws.com"
DEFAULT_TYPE = "gp2"
"""The default volume type of EC2's CreateVolume, which ECS calls."""
SESSION = "ECSTaskVolumesForEBS"
"""The session name with which ECS assumes the infrastructure role (developer guide, "infrastructure IAM role")."""

_DEVICE = "/dev/xvdba"
_PASSED_ON = {
    "kmsKeyId": "kms_key_id",
    "iops": "iops",
    "throughput": "throughput",
    "snapshotId": "snapshot_id",
}


@dataclass(frozen=True, slots=True)
class _OnFargate:
    """Replaces the instance of a task on Fargate, which AWS does not show."""

    id: None = None


@hooks.launch_checks.add("volume")
def attach_volume(ecs: Ecs, task: Task) -> str | None:
    """Creates and attaches the task's volume. Returns the reason if that fails, else None."""
    for configuration in _configurations(task):
        reason = _attach(ecs, task, configuration["name"], configuration["managedEBSVolume"])
        if reason:
            return reason
    return None


def _configurations(task: Task) -> list[Doc]:
    """The volume configurations of a launch, for volumes that the task definition marks as configured at launch."""
    at_launch = {each["name"] for each in task.definition.doc["volumes"] if each.get("configuredAtLaunch")}
    given: list[Doc] = task.request.get("volumeConfigurations") or []
    return [each for each in given if each["name"] in at_launch and each.get("managedEBSVolume")]


def _attach(ecs: Ecs, task: Task, name: str, wanted: Doc) -> str | None:
    attachment: Doc = {"id": new_uuid(), "type": ATTACHMENT, "status": "ATTACHED", "details": []}
    task.doc["attachments"].append(attachment)
    reason = _refusal(ecs, task, wanted)
    facts = {
        "roleArn": wanted["roleArn"],
        "volumeName": name,
        "deleteOnTermination": str(_goes_with(task, wanted)).lower(),
        "filesystemType": wanted.get("filesystemType") or "xfs",
    }
    if reason:
        attachment["status"], facts["statusReason"] = "FAILED", reason
    else:
        facts["volumeId"] = _made(ecs, task, wanted).id
    attachment["details"] = [{"name": key, "value": value} for key, value in facts.items()]
    return reason


def _goes_with(task: Task, wanted: Doc) -> bool:
    policy = wanted.get("terminationPolicy") or {}
    return task.service is not None or policy.get("deleteOnTermination") is not False


def _refusal(ecs: Ecs, task: Task, wanted: Doc) -> str | None:
    """The reason why the infrastructure role cannot create the volume; None if it can."""
    role = find_role(ecs.account, wanted["roleArn"])
    if role is None or not role.trusts(ECS, task.service.arn if task.service else task.arn):
        return unassumable(wanted["roleArn"])
    return _missing_right(ecs, task, role, wanted)


_READS = ("ec2:DescribeAvailabilityZones", "ec2:DescribeVolumes")
"""The actions of ECS before it creates a volume, as AmazonECSInfrastructureRolePolicyForVolumes allows them."""


def _missing_right(ecs: Ecs, task: Task, role: Role, wanted: Doc) -> str | None:
    here = {"aws_RequestedRegion": ecs.region, "ec2_Region": ecs.region}
    for action in (*_READS, *(["ec2:DescribeInstances"] if task.instance else [])):
        if not role.may(action, "*", own=None, **here):
            return _denied(role, "create", action, "*")
    volumes = f"arn:aws:ec2:{ecs.region}:{ecs.account}:volume"
    tags = {f"/{name}": value for name, value in {**_own_tags(task, wanted), **_managed_tags(task)}.items()}
    asked = {f"aws_RequestTag{name}": value for name, value in tags.items()}
    held = {f"{key}_ResourceTag{name}": value for key in ("aws", "ec2") for name, value in tags.items()}
    size = {"ec2_VolumeSize": str(wanted["sizeInGiB"])} if wanted.get("sizeInGiB") else {}
    disk = {**here, **size, "ec2_VolumeType": wanted.get("volumeType") or DEFAULT_TYPE}
    if not role.may("ec2:CreateVolume", f"{volumes}/*", own=None, **disk, **asked):
        return _denied(role, "create", "ec2:CreateVolume", f"{volumes}/*")
    made = f"{volumes}/vol-00000000000000000"  # a policy cannot know the id of a volume that is yet to come
    if not role.may("ec2:AttachVolume", made, own=None, **disk, **held):
        return _denied(role, "attach", "ec2:AttachVolume", f"{volumes}/*")
    if task.instance:
        host = f"arn:aws:ec2:{ecs.region}:{ecs.account}:instance/{task.instance.instance_id}"
        if not role.may("ec2:AttachVolume", host, own=None, **here):
            return _denied(role, "attach", "ec2:AttachVolume", host)
    return None


def unassumable(arn: str) -> str:
    """ECS's message for an infrastructure role that does not trust it (terraform-provider-aws#38538).

    AWS refuses such a service. Here its tasks fail instead, so that a lab can judge the mistake.
    """
    return (
        f"ECS was unable to assume the configured ECS Infrastructure Role '{arn}'. Please verify that the role being "
        "passed has the proper trust relationship with Amazon ECS."
    )


def _denied(role: Role, verb: str, action: str, resource: str) -> str:
    who = f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{SESSION}"
    return (
        f"Unexpected EC2 error while attempting to {verb} the EBS volume: You are not authorized to perform this "
        f"operation. User: {who} is not authorized to perform: {action} on resource: {resource} because no "
        f"identity-based policy allows the {action} action"
    )


def _managed_tags(task: Task) -> dict[str, str]:
    """The tags that ECS adds to each of its volumes."""
    return {"AmazonECSCreated": task.arn, "AmazonECSManaged": "true"}


def _made(ecs: Ecs, task: Task, wanted: Doc) -> Any:
    from moto.ec2.models import elastic_block_store

    ec2, attachment = ecs.ec2, vars(elastic_block_store)["VolumeAttachment"]  # abstract on paper only
    volume = ec2.create_volume(
        wanted.get("sizeInGiB"),
        task.doc.get("availabilityZone") or f"{ecs.region}a",
        encrypted=bool(wanted.get("encrypted")),
        volume_type=wanted.get("volumeType") or DEFAULT_TYPE,
        **{ours: wanted[theirs] for theirs, ours in _PASSED_ON.items() if wanted.get(theirs) is not None},
    )
    volume.add_tags({**_own_tags(task, wanted), **_managed_tags(task)})
    instance = ec2.get_instance_by_id(task.instance.instance_id) if task.instance else None
    if instance is None:
        volume.attachment = attachment(volume, _OnFargate(), _DEVICE, "attached")
    else:
        ec2.attach_volume(volume.id, instance.id, _device(instance))
    return volume


def _device(instance: Any) -> str:
    """The next free device name: /dev/xvdba, /dev/xvdbb and so on."""
    letters = (chr(ord("a") + number) for number in range(26))
    names = (f"{_DEVICE[:-1]}{letter}" for letter in letters)
    return next(name for name in names if name not in instance.block_device_mapping)


def _own_tags(task: Task, wanted: Doc) -> dict[str, str]:
    """The requested tags, and those that are propagated from the task definition or service."""
    tags: dict[str, str] = {}
    for specification in wanted.get("tagSpecifications") or ():
        if specification.get("propagateTags") == "TASK_DEFINITION":
            tags |= task.definition.tags
        if specification.get("propagateTags") == "SERVICE" and task.service:
            tags |= task.service.tags
        tags |= {tag["key"]: tag.get("value", "") for tag in specification.get("tags") or ()}
    return tags


@hooks.on_stop.add("volume")
def remove_volume(ecs: Ecs, task: Task) -> None:
    """Detaches the volume of a stopped task, and deletes it unless it is to be kept."""
    for attachment in task.doc["attachments"]:
        if attachment["type"] != ATTACHMENT or attachment["status"] != "ATTACHED":
            continue
        volume = ecs.ec2.volumes.get(detail(attachment, "volumeId"))
        attachment["status"] = "DETACHED"
        if volume is None:
            continue
        _detach(volume)
        if detail(attachment, "deleteOnTermination") == "true":
            attachment["status"] = "DELETED"
            del ecs.ec2.volumes[volume.id]


def _detach(volume: Any) -> None:
    if volume.attachment and volume.attachment.instance.id:
        volume.attachment.instance.block_device_mapping.pop(volume.attachment.device, None)
    volume.attachment = None
