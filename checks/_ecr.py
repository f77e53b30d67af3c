"""Typed readers of ECR's private registry that several labs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Outcome, Passed, first_of, iam
from labs.sdk.simulation import Target

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import RepositoryTypeDef

REPOSITORY_READS = ("ecr:DescribeRepositories",)
POLICY_READS = ("ecr:GetRepositoryPolicy", "ecr:GetRegistryPolicy", "ecr:GetAccountSetting")
TARGET_READS = (*POLICY_READS, "ecr:ListTagsForResource")

PULLING = ("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
"""The actions that a pull calls; AmazonEC2ContainerRegistryPullOnly allows these and not the third of PULL."""
PULL = ("ecr:BatchCheckLayerAvailability", *PULLING)
"""The actions that AWS's guides and its other policies grant for pulling."""
LOGIN = "ecr:GetAuthorizationToken"
REGISTRY = Target(tags={})
"""The target of a login: no resource, and so one without tags."""
REPLICATION = ("ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
"""The usual actions of a registry policy: replication from other accounts, and pull-through caches."""
_NO_OPERATIONS = ("ecr:BatchImportUpstreamImage", "ecr:ReplicateImage")
"""Actions that policies can allow although they are no API operations: ECR performs them for a caller."""


def actions(account: Account) -> tuple[str, ...]:
    """All actions of ECR that a wildcard in a policy matches; read from botocore's model, without a call."""
    operations = account.ecr.meta.service_model.operation_names
    return (*(f"ecr:{name}" for name in operations), *_NO_OPERATIONS)


def repository_exists(account: Account, name: str) -> Outcome:
    """A private repository of this name exists in the Region; else the failure, with similar names."""
    if repository_or_none(account, name):
        return Passed(f"repository {name} exists", evidence="repositories[0].repositoryArn")
    return Failed(
        found=f"no private repository {name} in {account.region}",
        expected=f"a private repository named {name}",
        hint="Check the name and the Region, and that the repository is private.",
        near=account.nearby(name, repository_names),
    )


def repository_or_none(account: Account, name: str) -> RepositoryTypeDef | None:
    """The private repository of this name in the account's registry."""
    try:
        found = account.ecr.describe_repositories(repositoryNames=[name])["repositories"]
    except account.ecr.exceptions.RepositoryNotFoundException:
        return None
    return first_of(found, f"repository {name}")


def the_repository(account: Account, name: str) -> RepositoryTypeDef:
    """The repository of this name. Raises CannotTell where it is gone: a needed objective has found it."""
    repository = repository_or_none(account, name)
    if repository is None:
        raise CannotTell(f"repository {name} was deleted during the check")
    return repository


def repository_names(account: Account) -> list[str]:
    """The names of all private repositories of the region."""
    pages = account.ecr.get_paginator("describe_repositories").paginate()
    return [repository["repositoryName"] for page in pages for repository in page["repositories"]]


def policy_of(account: Account, name: str) -> iam.Policy | None:
    """The repository policy and the registry policy, as one; None if neither exists."""
    return together(own_policy(account, name), registry_policy(account))


def together(*policies: iam.Policy | None) -> iam.Policy | None:
    """Policies that hold for the same resource, as one; None where there is none."""
    there = [policy for policy in policies if policy]
    blocks = tuple(block for policy in there for block in policy.statements)
    return iam.Policy(blocks, "of the registry") if there else None


def own_policy(account: Account, name: str) -> iam.Policy | None:
    """The policy of a repository itself."""
    try:
        text = account.ecr.get_repository_policy(repositoryName=name)["policyText"]
    except (
        account.ecr.exceptions.RepositoryPolicyNotFoundException,
        account.ecr.exceptions.RepositoryNotFoundException,
    ):
        return None
    return iam.Policy.parse(text)


def registry_policy(account: Account) -> iam.Policy | None:
    """The registry's policy, where its scope is V2; one of scope V1 is about replication and pull-through caches."""
    try:
        text = account.ecr.get_registry_policy()["policyText"]
    except account.ecr.exceptions.RegistryPolicyNotFoundException:
        return None
    scope = account.ecr.get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"]
    return iam.Policy.parse(text) if scope == "V2" else None


def target(account: Account, arn: str) -> Target:
    """A repository as the target of a simulation: with its policy and tags if it is in this account and Region."""
    _, _, _, region, owner, resource = arn.split(":", 5)
    if (region, owner) != (account.region, account.id):
        return Target(arn)
    return Target(arn, policy_of(account, resource.removeprefix("repository/")), _tags(account, arn), "ecr")


def _tags(account: Account, arn: str) -> dict[str, str]:
    try:
        tags = account.ecr.list_tags_for_resource(resourceArn=arn)["tags"]
    except account.ecr.exceptions.RepositoryNotFoundException:
        return {}
    return {tag["Key"]: tag["Value"] for tag in tags}
