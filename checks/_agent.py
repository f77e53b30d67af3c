"""The rights, the image and the registration that an ECS agent needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Outcome, Passed

from . import _ec2, _ecr, _ecs, _execution, _iam

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_iam.type_defs import RoleTypeDef

ROLE_READS = (*_ec2.PROFILE_READS, *_iam.SIMULATION_READS)
PULL_READS = _execution.PULL_READS
REGISTERED_READS = (*_ecs.CLUSTER_READS, *_ecs.INSTANCE_READS)

EC2 = _iam.EC2
_IN_CLUSTER = ("ecs:RegisterContainerInstance", "ecs:SubmitTaskStateChange", "ecs:SubmitContainerStateChange")
_NO_INSTANCE = "0" * 32


def why_not_register(account: Account, role: RoleTypeDef, cluster: str) -> str:
    """The rights that an agent with this role lacks in the cluster, as a phrase; empty if it lacks none.

    An agent discovers its endpoint, registers, polls for tasks and submits their state changes.
    """
    place = _place(account, role, "ecs")
    joined = f"{place}:cluster/{cluster}"
    context = {"ecs:cluster": joined}
    instance = f"{place}:container-instance/{cluster}/{_NO_INSTANCE}"
    denied = [
        *_iam.may(account, role, ["ecs:DiscoverPollEndpoint"]),
        *_iam.may(account, role, _IN_CLUSTER, joined, context),
        *_iam.may(account, role, ["ecs:Poll"], instance, context),
    ]
    return f"{role['RoleName']} may not {', '.join(denied)} for cluster {cluster}" if denied else ""


def why_no_pull(account: Account, role: RoleTypeDef) -> str:
    """The rights that the role lacks to pull from at least one ECR repository, as a phrase; empty if none."""
    denied = _iam.may(account, role, [_ecr.LOGIN])
    if denied:
        return f"{role['RoleName']} may not {_ecr.LOGIN} on *"
    example = f"{_place(account, role, 'ecr')}:repository/labs/example"
    if not _iam.may(account, role, _ecr.PULLING, example) or _execution.pulls_from_some(account, role):
        return ""
    return f"{role['RoleName']} may pull from no repository in {account.region}"


def _place(account: Account, role: RoleTypeDef, service: str) -> str:
    partition = role["Arn"].split(":")[1]
    return f"arn:{partition}:{service}:{account.region}:{account.id}"


def runs_optimized_image(account: Account, instance: InstanceTypeDef) -> Outcome:
    """The instance runs an ECS-optimized image."""
    image = _ec2.image_of(account, instance["ImageId"])
    summary = f"{instance['InstanceId']} runs {_ec2.image_text(image)}"
    if _ec2.is_ecs_optimized(image):
        return Passed(summary, evidence="Images[].[ImageId, Name, OwnerId]")
    return Failed(
        found=summary,
        expected="an ECS-optimized AMI, as AWS publishes it",
        hint="Which images come with Docker and the ECS agent, and who publishes them?",
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
            f"{instance['InstanceId']} is a connected container instance of {cluster}",
            evidence="containerInstances[].[ec2InstanceId, status, agentConnected]",
        )
    return Failed(
        found=f"{cluster} has {', '.join(ids) or 'no connected container instance'}, not {instance['InstanceId']}",
        expected=f"{instance['InstanceId']} in {cluster}, ACTIVE, with its agent connected",
        hint="What must an agent find on its instance before it can register, and which cluster was it told?",
        evidence="containerInstances[].[ec2InstanceId, status, agentConnected]",
    )
