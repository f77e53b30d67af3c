"""EFS volumes: a task starts only if it can mount its file systems.

This requires a mount target in the task's Availability Zone, outbound NFS in a security group of the task, and inbound
NFS in one of the mount target (EFS user guide, "Using VPC security groups"). If the file system has a policy, it must
allow the client to mount it: everybody, or the task role if the volume uses IAM ("Using IAM to control file system data
access"). Its root directory must exist (acp-io/terraform-grafana#4). The messages are those of amazon-efs-utils, as
Fargate (aws/copilot-cli#5419) and Docker's volume plugin on an instance report them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs.iam import ANONYMOUS, AccessRequest, Decision, Undecidable, decide
from labs.sandbox import hooks
from labs.sandbox.access.roles import find_role, parsed
from labs.sandbox.ec2.group_access import Client, admits, allows_egress
from labs.sandbox.ecs.launch.network import ATTACHMENT, detail
from labs.sandbox.ecs.model.records import Doc, Task
from labs.sandbox.ecs.model.state import Ecs

NFS = 2049
MOUNT = "elasticfilesystem:ClientMount"
_NO_DNS = (
    '"{name}" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this '
    "file system ID. See https://docs.aws.amazon.com/console/efs/mount-dns-name for more detail. Attempting to lookup "
    "mount target ip address using botocore. Failed to import necessary dependency botocore, please install botocore "
    "first."
)


@dataclass(frozen=True, slots=True)
class MountFault:
    """The message of mount.efs and its exit code."""

    text: str
    code: int


@dataclass(frozen=True, slots=True)
class Mounter:
    """The client of a mount: the security groups of its VPC, its address and its zone."""

    client: Client
    zone: str
    vpc: str


@hooks.launch_checks.add("file systems")
def unmountable(ecs: Ecs, task: Task) -> str | None:
    """The reason why a file system of the task cannot be mounted; None if all can."""
    for volume in task.definition.doc["volumes"]:
        configuration = volume.get("efsVolumeConfiguration")
        fault = _fault(ecs, task, configuration) if configuration else None
        if fault:
            return _as_reported(task, volume["name"], fault)
    return None


def _as_reported(task: Task, volume: str, fault: MountFault) -> str:
    if task.doc["launchType"] == "FARGATE":
        return (
            f"ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "
            f"{fault.text} : unsuccessful EFS utils command execution; code: {fault.code}"
        )
    name = f"ecs-{task.definition.family}-{task.definition.revision}-{volume}-{task.id[:20]}"
    return f"Error response from daemon: create {name}: VolumeDriver.Create: mounting volume failed: {fault.text}"


def _fault(ecs: Ecs, task: Task, configuration: Doc) -> MountFault | None:
    from moto.efs.models import efs_backends

    efs = efs_backends[ecs.account][ecs.region]
    name = f"{configuration['fileSystemId']}.efs.{ecs.region}.amazonaws.com"
    client = _client(ecs, task)
    target = next(
        (
            each
            for each in efs.mount_targets_by_id.values()
            if each.file_system_id == configuration["fileSystemId"] and _near(each, client)
        ),
        None,
    )
    if target is None:
        return MountFault(f"Failed to resolve {_NO_DNS.format(name=name)}", 1)
    if client and not (_lets_out(ecs, client, target) and _admits(ecs, target, client)):
        return MountFault("mount.nfs4: Connection timed out", 32)
    point = (configuration.get("authorizationConfig") or {}).get("accessPointId")
    mismatched = (
        point and getattr(efs.access_points.get(point), "file_system_id", None) != target.file_system_id
    )
    if mismatched or not _may_mount(ecs, task, configuration):
        return MountFault("b'mount.nfs4: access denied by server while mounting 127.0.0.1:/'", 32)
    directory = configuration.get("rootDirectory", "/")
    if not point and not _is_there(efs, target.file_system_id, directory):
        failed = f"mounting {name}:{directory} failed, reason given by server: No such file or directory"
        return MountFault(f"b'mount.nfs4: {failed}'", 32)
    return None


def _is_there(efs: Any, file_system: str, directory: str) -> bool:
    """Whether a directory exists. Tasks create none here, so it is that of an access point, or one above it."""
    wanted = directory.strip("/")
    made = [
        point.root_directory.get("Path", "/").strip("/")
        for point in efs.access_points.values()
        if point.file_system_id == file_system and point.root_directory.get("CreationInfo")
    ]
    return not wanted or any(f"{path}/".startswith(f"{wanted}/") for path in made)


def _may_mount(ecs: Ecs, task: Task, configuration: Doc) -> bool:
    """Whether the file system's policy allows the task to mount it; without a policy, every client is allowed."""
    from moto.efs.models import efs_backends

    file_system = efs_backends[ecs.account][ecs.region].file_systems_by_id[configuration["fileSystemId"]]
    policy = parsed(file_system.file_system_policy)
    if policy is None:
        return True
    authorization = configuration.get("authorizationConfig") or {}
    context = {
        "aws:SecureTransport": str(configuration.get("transitEncryption") == "ENABLED").lower(),
        "elasticfilesystem:AccessedViaMountTarget": "true",
    }
    if point := authorization.get("accessPointId"):
        place = f"arn:aws:elasticfilesystem:{ecs.region}:{ecs.account}:access-point"
        context["elasticfilesystem:AccessPointArn"] = f"{place}/{point}"
    role = (
        find_role(ecs.account, task.definition.doc.get("taskRoleArn"))
        if authorization.get("iam") == "ENABLED"
        else None
    )
    if role:
        keys = {key.replace(":", "_"): value for key, value in context.items()}
        return role.may(MOUNT, file_system.file_system_arn, own=policy, **keys)
    request = AccessRequest(MOUNT, file_system.file_system_arn, ANONYMOUS, context)
    try:
        return decide(request, (), resource_policy=policy) is Decision.ALLOWED
    except Undecidable:
        return False


def _near(target: Any, client: Mounter | None) -> bool:
    """Whether a mount target serves the client; True if the instance of the task is unknown."""
    return client is None or (target.availability_zone_name, target.vpc_id) == (client.zone, client.vpc)


def _client(ecs: Ecs, task: Task) -> Mounter | None:
    """The task's own interface in awsvpc mode, else its instance; None for an instance that EC2 does not know."""
    ec2 = ecs.ec2
    for attachment in task.doc["attachments"]:
        interface = ec2.enis.get(detail(attachment, "networkInterfaceId"))
        if attachment["type"] == ATTACHMENT and interface is not None:
            groups = interface.group_set or [
                ec2.get_security_group_from_name("default", interface.subnet.vpc_id)
            ]
            return _seen(groups, interface.private_ip_address, interface.subnet)
    instance = ec2.get_instance_by_id(task.instance.instance_id) if task.instance else None
    if instance is None:
        return None
    return _seen(instance.security_groups, instance.private_ip, ec2.get_subnet(instance.subnet_id))


def _seen(groups: Any, address: str, subnet: Any) -> Mounter:
    ids = frozenset(str(getattr(group, "id", group)) for group in groups)
    return Mounter(Client(ids, address), subnet.availability_zone, subnet.vpc_id)


def _admits(ecs: Ecs, target: Any, mounter: Mounter) -> bool:
    return any(admits(group, NFS, mounter.client) for group in _groups(ecs, target))


def _lets_out(ecs: Ecs, mounter: Mounter, target: Any) -> bool:
    server = Client(frozenset(target.security_groups or ()), target.ip_address)
    groups = filter(None, map(ecs.ec2.get_security_group_from_id, mounter.client.groups))
    return any(allows_egress(group, NFS, server) for group in groups)


def _groups(ecs: Ecs, target: Any) -> Iterator[Any]:
    for name in target.security_groups or ():
        group = ecs.ec2.get_security_group_from_id(name)
        if group is not None:
            yield group
