"""The permissions, the image and the registration that an ECS agent needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Outcome, Passed, arn, iam_roles

from . import _ec2, _ecr, _ecs, _execution

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_ecs.type_defs import ContainerInstanceTypeDef
    from mypy_boto3_iam.type_defs import RoleTypeDef

ROLE_READS = (*_ec2.PROFILE_READS, *iam_roles.SIMULATION_READS)
PULL_READS = _execution.PULL_READS
REGISTERED_READS = (*_ecs.CLUSTER_READS, *_ecs.INSTANCE_READS)

_IN_CLUSTER = ("ecs:RegisterContainerInstance", "ecs:SubmitTaskStateChange", "ecs:SubmitContainerStateChange")
_NO_INSTANCE = "0" * 32


def why_not_register(account: Account, role: RoleTypeDef, cluster: str) -> str:
    """The permissions that an agent with this role lacks in the cluster, as a phrase; empty if it lacks none.

    An agent discovers its endpoint, registers, polls for tasks and submits their state changes.
    """
    joined = arn(account, "ecs", f"cluster/{cluster}")
    context = {"ecs:cluster": joined}
    instance = arn(account, "ecs", f"container-instance/{cluster}/{_NO_INSTANCE}")
    denied = [
        *iam_roles.may(account, role, ["ecs:DiscoverPollEndpoint"]),
        *iam_roles.may(account, role, _IN_CLUSTER, joined, context),
        *iam_roles.may(account, role, ["ecs:Poll"], instance, context),
    ]
    name = role["RoleName"]
    return f"{name} is not allowed to call {', '.join(denied)} on cluster {cluster}" if denied else ""


def why_no_pull(account: Account, role: RoleTypeDef) -> str:
    """The permissions that the role lacks to pull from at least one ECR repository, as a phrase; empty if none."""
    denied = iam_roles.may(account, role, [_ecr.LOGIN], _ecr.REGISTRY)
    if denied:
        return f"{role['RoleName']} is not allowed to call {_ecr.LOGIN} on *"
    example = arn(account, "ecr", "repository/labs/example")
    if not iam_roles.may(account, role, _ecr.PULLING, example) or _execution.pulls_from_some(account, role):
        return ""
    return f"{role['RoleName']} is not allowed to pull from any repository in {account.region}"


def runs_optimized_image(account: Account, instance: InstanceTypeDef) -> Outcome:
    """The instance runs an ECS-optimized image."""
    image = _ec2.image_of(account, instance["ImageId"])
    summary = f"{instance['InstanceId']} runs {_ec2.image_text(image)}"
    if _ec2.is_ecs_optimized(image):
        return Passed(summary, evidence="Images[].[ImageId, Name, OwnerId]")
    owner = image.get("ImageOwnerAlias") or image["OwnerId"]
    return Failed(
        found=f"{summary}, which belongs to {owner}",
        expected="an ECS-optimized AMI, published by AWS",
        hint="Check the name and the owner of the AMI.",
        evidence="Images[].[ImageId, Name, OwnerId]",
    )


def is_registered(account: Account, cluster: str, instance: InstanceTypeDef) -> Outcome:
    """The instance is an ACTIVE container instance of the cluster, and its agent is connected."""
    there = _ecs.cluster_is_active(account, cluster)
    if isinstance(there, Failed):
        return there
    connected = _ecs.connected_instances(account, cluster)
    ids = [each["ec2InstanceId"] for each in connected]
    if instance["InstanceId"] in ids:
        return Passed(
            f"{instance['InstanceId']} in {cluster} is ACTIVE with a connected agent",
            evidence="containerInstances[].[ec2InstanceId, status, agentConnected]",
        )
    return Failed(
        found=_not_registered(account, cluster, instance["InstanceId"]),
        expected=f"{instance['InstanceId']} in {cluster}, ACTIVE with a connected agent",
        hint="Check the AMI, the role, the network and the ECS_CLUSTER setting of the instance. "
        "User data runs only at the first boot.",
        evidence="containerInstances[].[ec2InstanceId, status, agentConnected]",
    )


def state_text(instance: ContainerInstanceTypeDef) -> str:
    """The status of a container instance, and whether its agent is connected."""
    agent = "a connected" if instance["agentConnected"] else "a disconnected"
    return f"{instance['status']} with {agent} agent"


def _not_registered(account: Account, cluster: str, instance: str) -> str:
    """The state of an instance that is not ACTIVE with a connected agent, or the instances that are registered."""
    registered = _ecs.registered_instances(account, cluster)
    for each in registered:
        if each.get("ec2InstanceId") == instance:
            return f"{instance} is registered in {cluster}, {state_text(each)}"
    ids = ", ".join(each.get("ec2InstanceId", "") for each in registered)
    return f"{instance} is not registered. Container instances of {cluster}: {ids or 'none'}"
