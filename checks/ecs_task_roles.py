"""Two roles of one task: the task role reads one bucket, the execution role pulls and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, iam, iam_roles, partition

from . import _ecs, _execution, _leftovers

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef
    from mypy_boto3_iam.type_defs import RoleTypeDef

KEYS = ("object", "folder/object.csv")
"""Example objects, at the top level and in a folder: access to one of both is not enough."""
_DATA = ("s3:GetObject*", "s3:ListBucket*")
_READING = ("s3:Get*", "s3:List*", "s3:Describe*", "s3:Head*")
"""No action begins with Head: HeadObject and HeadBucket need Get and List. Many policies list it all the same."""
_DECISIONS = "EvaluationResults[].[EvalActionName, EvalDecision]"
_ROLES = "taskDefinition.[taskRoleArn, executionRoleArn]"


def definition_has_two_roles(account: Account, lab: Names) -> Outcome:
    """The newest ACTIVE revision has a task role and an execution role, which exist."""
    family = _ecs.family_is_active(account, lab["family"])
    if isinstance(family, Failed):
        return family
    definition = _ecs.the_definition(account, lab["family"])
    named = {"task": definition.get("taskRoleArn"), "execution": definition.get("executionRoleArn")}
    wrong = [
        f"{kind} role {arn} does not exist" if arn else f"no {kind} role"
        for kind, arn in named.items()
        if not arn or iam_roles.role_or_none(account, arn) is None
    ]
    if not wrong:
        summary = " and ".join(f"{kind} role {_short(arn or '')}" for kind, arn in named.items())
        return Passed(f"{_ecs.revision_name(definition)} has {summary}", evidence=_ROLES)
    return Failed(
        found=f"{_ecs.revision_name(definition)}: {', '.join(wrong)}",
        expected="a task role and an execution role that both exist",
        hint="Check taskRoleArn and executionRoleArn of the newest ACTIVE revision.",
        evidence=_ROLES,
    )


def roles_are_distinct(account: Account, lab: Names) -> Outcome:
    """The task role and the execution role are two different roles."""
    _, task, execution = _roles(account, lab)
    if task["Arn"] != execution["Arn"]:
        return Passed(
            f"task role {task['RoleName']}, execution role {execution['RoleName']}", evidence=_ROLES
        )
    return Failed(
        found=f"{task['RoleName']} is both the task role and the execution role",
        expected="two different roles",
        hint="Code in the container gets every permission of the task role. Create a second role for ECS.",
        evidence=_ROLES,
    )


def both_trust_ecs_tasks(account: Account, lab: Names) -> Outcome:
    """Both roles can be assumed by ecs-tasks.amazonaws.com."""
    _, *roles = _roles(account, lab)
    for role in roles:
        outcome = iam_roles.trust_outcome(account, role, iam_roles.ECS_TASKS)
        if isinstance(outcome, Failed):
            return outcome
    return Passed(f"{iam_roles.ECS_TASKS} can assume both roles", evidence="Role.AssumeRolePolicyDocument")


def task_role_may_read(account: Account, lab: Names) -> Outcome:
    """The task role is allowed to read every object of the bucket."""
    _, role, _ = _roles(account, lab)
    arn = _unreadable(account, role, _bucket(account, lab))
    if not arn:
        return Passed(
            f"{role['RoleName']} is allowed to read every object of {lab['bucket']}",
            evidence="EvaluationResults[].EvalDecision",
        )
    return Failed(
        found=f"{role['RoleName']} is not allowed to call s3:GetObject on {arn}",
        expected=f"s3:GetObject allowed on every object of {lab['bucket']}",
        hint="A bucket and its objects have different ARNs. Check resources, conditions, any deny and the boundary.",
        evidence="EvaluationResults[].[EvalActionName, EvalResourceName, EvalDecision]",
    )


def _unreadable(account: Account, role: RoleTypeDef, bucket: str) -> str:
    """An object of the bucket that the role is not allowed to read; empty if there is none."""
    for arn in (f"{bucket}/{key}" for key in KEYS):
        if iam_roles.may(account, role, ["s3:GetObject"], arn):
            return arn
    granted = iam_roles.policies_of(account, role)
    left_out = granted.short_of(iam.Scope(("s3:GetObject",), (f"{bucket}/?*",)))
    return left_out.resource if left_out else ""


def task_role_may_do_no_more(account: Account, lab: Names) -> Outcome:
    """The task role is allowed only to read and list this bucket."""
    _, role, _ = _roles(account, lab)
    bucket = f"arn:*:s3:::{lab['bucket']}"  # no role reaches another partition
    reading = iam.Scope(_READING, (bucket, f"{bucket}/*"))
    granted = iam_roles.policies_of(account, role)
    more = granted.beyond(iam.Scope(("*",)), reading)
    if more is None:
        return Passed(
            f"{role['RoleName']} is allowed only to read {lab['bucket']}", evidence=iam_roles.POLICIES
        )
    return Failed(
        found=granted.reach_text(more),
        expected=f"only read access to {lab['bucket']}",
        hint="Compare the action and the resource of this statement with read access to the bucket.",
    )


def execution_role_may_pull_and_log(account: Account, lab: Names) -> Outcome:
    """The execution role is allowed to pull from ECR and to write logs."""
    definition, _, role = _roles(account, lab)
    wrong = _execution.why_no_pull(account, role, definition) or _execution.why_no_logs(
        account, role, definition
    )
    if not wrong:
        return Passed(
            f"{role['RoleName']} is allowed to pull from ECR and to write logs", evidence=_DECISIONS
        )
    return Failed(
        found=wrong,
        expected=f"{role['RoleName']} allowed to log in to ECR, to pull and to write logs",
        hint="Check every policy of the role and its permissions boundary for these actions, and their resources.",
        evidence=_DECISIONS,
    )


def execution_role_may_not_read(account: Account, lab: Names) -> Outcome:
    """The execution role is not allowed to read the bucket."""
    _, _, role = _roles(account, lab)
    bucket = _bucket(account, lab)
    granted = iam_roles.policies_of(account, role)
    data = granted.beyond(iam.Scope(_DATA, (bucket, f"{bucket}/*")))
    if data is None:
        return Passed(
            f"{role['RoleName']} is not allowed to read {lab['bucket']}", evidence=iam_roles.POLICIES
        )
    return Failed(
        found=granted.reach_text(data),
        expected=f"no read access to {lab['bucket']}",
        hint="ECS does not read your data. Remove this permission from the execution role.",
    )


def _roles(account: Account, lab: Names) -> tuple[TaskDefinitionTypeDef, RoleTypeDef, RoleTypeDef]:
    """The definition, its task role and its execution role. Raises CannotTell where a needed objective found others."""
    definition = _ecs.the_definition(account, lab["family"])
    if "taskRoleArn" not in definition or "executionRoleArn" not in definition:
        raise CannotTell(f"{_ecs.revision_name(definition)} lost a role during the check")
    task, execution = definition["taskRoleArn"], definition["executionRoleArn"]
    return definition, iam_roles.the_role(account, task), iam_roles.the_role(account, execution)


def _bucket(account: Account, lab: Names) -> str:
    return f"arn:{partition(account)}:s3:::{lab['bucket']}"


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]


READS = (*_ecs.DEFINITION_READS, *_execution.READS)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.DEFINITIONS,
        *_leftovers.ROLES,
        family=["{family}"],
        role=["{family}-task", "{family}-execution"],
    ),
)
OBJECTIVES = (
    Objective("two-roles", definition_has_two_roles),
    Objective("distinct", roles_are_distinct, needs=("two-roles",)),
    Objective("trust", both_trust_ecs_tasks, needs=("two-roles",)),
    Objective("task-read", task_role_may_read, needs=("two-roles",)),
    Objective("task-least", task_role_may_do_no_more, needs=("two-roles",)),
    Objective("execution-pull", execution_role_may_pull_and_log, needs=("two-roles",)),
    Objective("execution-no-data", execution_role_may_not_read, needs=("two-roles",)),
)
