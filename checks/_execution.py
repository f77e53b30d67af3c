"""The permissions of a task's execution role: pulling the images and writing the logs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, arn, iam, iam_roles, log_groups, partition

from . import _ecr, _logs

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef
    from mypy_boto3_iam.type_defs import RoleTypeDef

PULL_READS = (*iam_roles.SIMULATION_READS, *_ecr.REPOSITORY_READS, *_ecr.TARGET_READS)
READS = (*iam_roles.ROLE_READS, *PULL_READS, *log_groups.READS)

WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_IMAGE = re.compile(
    r"(?:(?:localhost|127\.0\.0\.1):\d+/)?(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[^/]+/([^:@]+)"
)


def why_no_pull(account: Account, role: RoleTypeDef, definition: TaskDefinitionTypeDef) -> str:
    """The permissions that the role lacks to pull the images, as a phrase; empty if none.

    Images of a public registry need no permissions. So that the role is of use all the same, it must then be able to
    pull from at least one repository of the region, whichever that is.
    """
    denied = iam_roles.may(account, role, [_ecr.LOGIN], _ecr.REGISTRY)
    if denied:
        return f"{role['RoleName']} is not allowed to call {_ecr.LOGIN} on *"
    repositories = list(_repositories(account, definition))
    for repository in repositories:
        denied = iam_roles.may(account, role, _ecr.PULLING, _ecr.target(account, repository))
        if denied:
            place = repository.rpartition(":")[2]
            return f"{role['RoleName']} is not allowed to call {', '.join(denied)} on {place}"
    if repositories or pulls_from_some(account, role):
        return ""
    return f"{role['RoleName']} is not allowed to pull from any repository in {account.region}"


def _repositories(account: Account, definition: TaskDefinitionTypeDef) -> Iterator[str]:
    """The ARNs of the private repositories that the images name, each once, in the order of the containers."""
    images = dict.fromkeys(container["image"] for container in definition["containerDefinitions"])
    for found in filter(None, map(_IMAGE.match, images)):
        owner, region, name = found.groups()
        yield f"arn:{partition(account)}:ecr:{region}:{owner}:repository/{name}"


def pulls_from_some(account: Account, role: RoleTypeDef) -> bool:
    """Whether there is a repository, or a name for one, on which the role has all that a pull takes."""
    place = arn(account, "ecr", "repository/")
    try:
        if _may_somewhere(account, role, _ecr.PULLING, f"{place}?*"):
            return True
    except CannotTell:
        if _pulls_from_one_that_is_there(account, role, place):
            return True
        raise
    return _pulls_from_one_that_is_there(account, role, place)


def _pulls_from_one_that_is_there(account: Account, role: RoleTypeDef, place: str) -> bool:
    """Whether the role is allowed to pull from an existing repository, by its policy or its tags."""
    targets = (_ecr.target(account, f"{place}{name}") for name in _ecr.repository_names(account))
    return any(not iam_roles.may(account, role, _ecr.PULLING, target) for target in targets)


def why_no_logs(account: Account, role: RoleTypeDef, definition: TaskDefinitionTypeDef) -> str:
    """The permissions that the role lacks to write the containers' logs, as a phrase; empty if none.

    Where no container logs by awslogs, the role must be able to write to at least one group of the region.
    """
    targets = _logs.awslogs_of(definition)
    for logs in targets:
        denied = _denied_logs(account, role, logs)
        if denied:
            return f"{role['RoleName']} is not allowed to call {', '.join(denied)} on log group {logs.group}"
    if targets or _writes_to_some(account, role):
        return ""
    return f"{role['RoleName']} is not allowed to write to any log group in {account.region}"


def _denied_logs(account: Account, role: RoleTypeDef, logs: _logs.AwsLogs) -> list[str]:
    denied = iam_roles.may(account, role, WRITE_LOGS, logs.stream_arn(partition(account), account.id))
    if denied or not _must_create(account, logs):
        return denied
    # AWS names the resource of this call with an empty stream, and documents it without.
    group = logs.group_arn(partition(account), account.id)
    create = ["logs:CreateLogGroup"]
    return iam_roles.may(account, role, create, f"{group}:log-stream:") and iam_roles.may(
        account, role, create, group
    )


def _must_create(account: Account, logs: _logs.AwsLogs) -> bool:
    """The driver makes the group only where it is missing."""
    return (
        logs.creates and logs.region == account.region and not log_groups.group_or_none(account, logs.group)
    )


def _writes_to_some(account: Account, role: RoleTypeDef) -> bool:
    return _may_somewhere(account, role, WRITE_LOGS, arn(account, "logs", "log-group:?*:log-stream:?*"))


def _may_somewhere(account: Account, role: RoleTypeDef, actions: Sequence[str], anywhere: str) -> bool:
    """Whether there is a resource of this pattern on which the role is allowed all of these actions.

    What its policies grant for one of them gives names to ask IAM about.
    """
    granted = iam_roles.policies_of(account, role)
    reached = [granted.beyond(iam.Scope((action,), (anywhere,))) for action in actions]
    examples = dict.fromkeys(reach.resource for reach in reached if reach)
    return any(not iam_roles.may(account, role, actions, example) for example in examples)
