"""Attach an EBS volume to each task, configured at launch, and raise the ephemeral storage of Fargate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, arn, iam_roles
from labs.sdk.simulation import Target

from . import _ecs, _leftovers, _volumes

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        DeploymentTypeDef,
        ServiceManagedEBSVolumeConfigurationOutputTypeDef,
        ServiceTypeDef,
        TaskTypeDef,
    )
    from mypy_boto3_iam.type_defs import RoleTypeDef

ECS = "ecs.amazonaws.com"
KIND, GIB = "gp3", 50
DISK = "AmazonElasticBlockStorage"
EPHEMERAL = range(21, 201)
"""GiB of ephemeral storage that a Fargate task can have instead of 20."""

_CREATE = ("ec2:CreateVolume", "ec2:CreateTags")
"""ECS tags each volume when it creates it, so it also needs the permission to tag."""
_MANAGE = ("ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume")

_DESCRIBE = ("ec2:DescribeVolumes", "ec2:DescribeAvailabilityZones")
"""The describe actions that ECS calls before and while it uses a volume. They support no resource-level permissions."""
_ON_INSTANCES = ("ec2:AttachVolume", "ec2:DetachVolume")
"""Attaching needs permission on the volume and on the instance. On Fargate, the instance is not in this account."""

_VOLUMES = "taskDefinition.volumes"
_MOUNTS = "taskDefinition.containerDefinitions[].[name, mountPoints, volumesFrom]"
_DEPLOYED = "services[0].deployments[].[status, taskDefinition, volumeConfigurations]"


def volume_is_configured_at_launch(account: Account, lab: Names) -> Outcome:
    """The volume of the newest ACTIVE revision is configured at launch."""
    family = _ecs.family_is_active(account, lab["family"])
    if isinstance(family, Failed):
        return family
    definition = _ecs.the_definition(account, lab["family"])
    name = _ecs.revision_name(definition)
    if lab["volume"] in _volumes.named(definition, _volumes.AT_LAUNCH):
        return Passed(f"volume {lab['volume']} of {name} is configured at launch", evidence=_VOLUMES)
    return Failed(
        found=f"{name} declares {_volumes.volumes_text(definition)}",
        expected=f"a volume {lab['volume']} that is configured at launch",
        hint="The task definition only declares the volume. The service configures it at launch.",
        evidence=_VOLUMES,
    )


def a_container_mounts_it_writable(account: Account, lab: Names) -> Outcome:
    """A container mounts the volume at the path, writable."""
    mounts = [
        mount
        for mount in _volumes.mounts_of(_ecs.the_definition(account, lab["family"]))
        if mount.volume == lab["volume"]
    ]
    path = lab["path"].rstrip("/")
    right = [mount for mount in mounts if mount.path.rstrip("/") == path and not mount.read_only]
    if right:
        return Passed(_volumes.mounts_text(right), evidence=_MOUNTS)
    return Failed(
        found=_volumes.mounts_text(mounts),
        expected=f"a container that mounts {lab['volume']} at {lab['path']}, writable",
        hint="Check the source volume, the container path and the read-only flag of the mount point.",
        evidence=_MOUNTS,
    )


def deployment_attaches_a_large_gp3_volume(account: Account, lab: Names) -> Outcome:
    """The service's PRIMARY deployment attaches a managed gp3 volume of at least 50 GiB for it."""
    service = _ecs.service_or_why(account, lab["cluster"], lab["service"])
    if isinstance(service, Failed):
        return service
    disk = _managed(service, lab["volume"])
    wrong = _wrong_family(service, lab["family"]) or _wrong_disk(disk)
    if disk and not wrong:
        size = disk.get("sizeInGiB")
        return Passed(
            f"{lab['service']} attaches a {KIND} volume of {size} GiB to each task", evidence=_DEPLOYED
        )
    return Failed(
        found=f"the PRIMARY deployment of {lab['service']} {wrong}",
        expected=f"a managed EBS volume for {lab['volume']}, of type {KIND} and at least {GIB} GiB",
        hint="Check the volume configurations of the PRIMARY deployment: the name, the type and the size.",
        evidence=_DEPLOYED,
    )


def _wrong_family(service: ServiceTypeDef, family: str) -> str:
    primary = _primary(service)
    if primary is None:
        return "does not exist: an external deployment controller deploys its tasks"
    revision = primary["taskDefinition"].rpartition("/")[2]
    return "" if revision.partition(":")[0] == family else f"runs {revision}"


def _wrong_disk(disk: ServiceManagedEBSVolumeConfigurationOutputTypeDef | None) -> str:
    if disk is None:
        return "has no managed EBS volume with this name"
    kind, size = disk.get("volumeType"), disk.get("sizeInGiB")
    if kind != KIND:
        return (
            f"attaches a volume of type {kind}"
            if kind
            else "attaches a volume without a type, so the default of EC2 applies"
        )
    if size is None:
        return f"attaches a volume without a size, so the size of snapshot {disk.get('snapshotId')} applies"
    return f"attaches a volume of {size} GiB" if size < GIB else ""


def role_may_manage_the_volumes(account: Account, lab: Names) -> Outcome:
    """The infrastructure role trusts ECS, and is allowed to manage the volumes that ECS creates."""
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    disk = _managed(service, lab["volume"])
    if disk is None:
        raise CannotTell(f"the deployment of {lab['service']} changed during the check")
    role = iam_roles.role_or_none(account, disk["roleArn"])
    if role is None:
        return Failed(
            found=f"infrastructure role {disk['roleArn']} does not exist",
            expected="an existing infrastructure role",
            hint="Check the ARN of the role in the volume configuration: ECS uses this role to manage the volumes.",
            evidence=_DEPLOYED,
        )
    trust = iam_roles.trust_outcome(account, role, ECS)
    if isinstance(trust, Failed):
        return trust
    denied = _denied(account, role, service, disk)
    if not denied:
        return Passed(
            f"{ECS} can assume {role['RoleName']}, which is allowed to manage the volumes", evidence=_DEPLOYED
        )
    return Failed(
        found=f"{role['RoleName']} is not allowed to call {', '.join(denied)} for the volumes that ECS manages",
        expected=f"{role['RoleName']} allowed to describe, create, tag, attach, detach and delete these volumes",
        hint="Compare the policies of the role with the AWS managed policy for ECS volumes, and look for a deny or a "
        "permissions boundary.",
        evidence="EvaluationResults[].[EvalActionName, EvalResourceName, EvalDecision]",
    )


def _denied(
    account: Account,
    role: RoleTypeDef,
    service: ServiceTypeDef,
    disk: ServiceManagedEBSVolumeConfigurationOutputTypeDef,
) -> list[str]:
    """The actions that the role lacks: on a volume that carries the tags of ECS, and on the instance it goes to."""
    cluster = service["clusterArn"]
    volume = arn(account, "ec2", f"volume/vol-{'0' * 17}")
    task = f"{cluster.replace(':cluster/', ':task/')}/{'0' * 32}"
    marks = {"AmazonECSManaged": "true", "AmazonECSCreated": task}
    tags = _own_tags(disk)
    here = {"ec2:Region": account.region}
    kind = {**here, "ec2:VolumeType": KIND, "ec2:VolumeSize": str(disk.get("sizeInGiB", GIB))}
    kind |= {"ec2:Encrypted": "true"} if disk.get("encrypted") else {}
    making = {f"aws:RequestTag/{key}": value for key, value in {**(tags or {}), **marks}.items()}
    making |= {"ec2:CreateAction": "CreateVolume", **kind}
    made = {f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", "ec2") for key, value in marks.items()}
    instance = volume.replace(":volume/vol-", ":instance/i-")
    hosted = (
        iam_roles.may(account, role, ["ec2:DescribeInstances"], context=here)
        + iam_roles.may(account, role, _ON_INSTANCES, instance, here)
        if _runs_on_instances(service)
        else []
    )
    return [
        *iam_roles.may(account, role, _DESCRIBE, Target(tags={}), here),
        *iam_roles.may(account, role, _CREATE, Target(volume, tags=tags), making),
        *iam_roles.may(account, role, _MANAGE, Target(volume, tags=tags), {**made, **kind}),
        *hosted,
    ]


def _own_tags(disk: ServiceManagedEBSVolumeConfigurationOutputTypeDef) -> dict[str, str] | None:
    """The tags of the volumes in addition to those of ECS; None if they are propagated."""
    specifications = disk.get("tagSpecifications", [])
    if any(each.get("propagateTags", "NONE") != "NONE" for each in specifications):
        return None
    return {
        tag["key"]: tag.get("value", "")
        for each in specifications
        for tag in each.get("tags", [])
        if "key" in tag
    }


def _runs_on_instances(service: ServiceTypeDef) -> bool:
    """Whether the tasks run on the account's own instances, which a volume is attached to."""
    strategy = service.get("capacityProviderStrategy", [])
    if strategy:
        return any(not each["capacityProvider"].startswith("FARGATE") for each in strategy)
    return service.get("launchType") == "EC2"


def ephemeral_storage_is_raised(account: Account, lab: Names) -> Outcome:
    """The newest ACTIVE revision raises Fargate's ephemeral storage to between 21 and 200 GiB."""
    family = _ecs.family_is_active(account, lab["family"])
    if isinstance(family, Failed):
        return family
    definition = _ecs.the_definition(account, lab["family"])
    name = _ecs.revision_name(definition)
    storage = definition.get("ephemeralStorage")
    size = storage["sizeInGiB"] if storage else None
    if size in EPHEMERAL:
        return Passed(
            f"{name} has {size} GiB of ephemeral storage", evidence="taskDefinition.ephemeralStorage"
        )
    return Failed(
        found=f"{name} has {size} GiB of ephemeral storage"
        if size
        else f"{name} sets no ephemeral storage, so the default of 20 GiB applies",
        expected=f"ephemeral storage of {EPHEMERAL[0]} to {EPHEMERAL[-1]} GiB",
        hint="Check the ephemeral storage of the newest ACTIVE revision. It is a setting next to CPU and memory.",
        evidence="taskDefinition.ephemeralStorage",
    )


def a_task_runs_with_the_volume(account: Account, lab: Names) -> Outcome:
    """A task of no earlier deployment runs, and its volume is attached. ECS names the deployment in `startedBy`."""
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    earlier = [each["id"] for each in service["deployments"] if each["status"] != "PRIMARY"]
    tasks = _ecs.running_tasks(account, lab["cluster"], lab["service"])
    current = [task for task in tasks if task.get("startedBy") not in earlier]
    held = [volume for task in current for volume in _attached(task, lab["volume"])]
    where = "tasks[].attachments[].[type, status, details]"
    if held:
        return Passed(f"a task of {lab['service']} is running with {held[0]}", evidence=where)
    if not tasks:
        return _ecs.service_runs(account, lab["cluster"], lab["service"], 1)
    return Failed(
        found=f"running tasks of {lab['service']}: {len(tasks)}, of the PRIMARY deployment: {len(current)}, "
        f"none of these with {lab['volume']} attached",
        expected=f"a running task of the PRIMARY deployment, with an EBS volume for {lab['volume']} attached",
        hint="Check which deployment started each task, and why the tasks of the PRIMARY one stop.",
        evidence=where,
    )


def _attached(task: TaskTypeDef, volume: str) -> Iterator[str]:
    """The EBS volumes that are attached to a task for its volume of this name."""
    for attachment in task.get("attachments", []):
        details = {each["name"]: each["value"] for each in attachment.get("details", [])}
        is_disk = attachment.get("type") == DISK and attachment.get("status") == "ATTACHED"
        if is_disk and details.get("volumeName", volume) == volume:
            yield details.get("volumeId", volume)


def _managed(
    service: ServiceTypeDef, volume: str
) -> ServiceManagedEBSVolumeConfigurationOutputTypeDef | None:
    """The PRIMARY deployment's configuration of a volume of this name."""
    primary = _primary(service)
    configurations = primary.get("volumeConfigurations", []) if primary else []
    return next((each.get("managedEBSVolume") for each in configurations if each["name"] == volume), None)


def _primary(service: ServiceTypeDef) -> DeploymentTypeDef | None:
    return next((each for each in service["deployments"] if each["status"] == "PRIMARY"), None)


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_ecs.TASK_READS,
    *_ecs.DEFINITION_READS,
    *iam_roles.ROLE_READS,
    *iam_roles.SIMULATION_READS,
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.DEFINITIONS,
        *_leftovers.ROLES,
        "volumes of",
        "volume",
        cluster=["{cluster}"],
        family=["{family}"],
        role=["{cluster}-infrastructure"],
    ),
)
OBJECTIVES = (
    Objective("at-launch", volume_is_configured_at_launch),
    Objective("mounted", a_container_mounts_it_writable, needs=("at-launch",)),
    Objective("managed-volume", deployment_attaches_a_large_gp3_volume),
    Objective("infrastructure-role", role_may_manage_the_volumes, needs=("managed-volume",)),
    Objective("ephemeral", ephemeral_storage_is_raised),
    Objective("running", a_task_runs_with_the_volume, needs=("infrastructure-role",), effect=True),
)
