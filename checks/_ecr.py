"""Typed readers of ECR's private registry that several labs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Outcome, Passed

from ._answers import first_of

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import RepositoryTypeDef

REPOSITORY_READS = ("ecr:DescribeRepositories",)

PULLING = ("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
"""The actions that a pull calls; AmazonEC2ContainerRegistryPullOnly allows these and not the third of PULL."""
PULL = ("ecr:BatchCheckLayerAvailability", *PULLING)
"""The actions that AWS's guides and its other policies grant for pulling."""
LOGIN = "ecr:GetAuthorizationToken"
_NO_OPERATIONS = ("ecr:BatchImportUpstreamImage", "ecr:ReplicateImage")
"""Actions that policies can allow although they are no API operations: ECR performs them for a caller."""


def actions(account: Account) -> tuple[str, ...]:
    """All actions of ECR, for which a wildcard in a policy may stand; from botocore's model, nothing is asked."""
    operations = account.ecr.meta.service_model.operation_names
    return (*(f"ecr:{name}" for name in operations), *_NO_OPERATIONS)


def repository_exists(account: Account, name: str) -> Outcome:
    """A private repository of this name is in the region; else names that may have been meant."""
    if repository_or_none(account, name):
        return Passed(f"{name} is there", evidence="repositories[0].repositoryArn")
    return Failed(
        found=f"no repository {name} in {account.region}",
        expected=f"a private repository named {name}",
        hint="Is it there under exactly this name, in the private registry, and in this region?",
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
    """The repository of this name, for objectives that need the one that asked for it."""
    repository = repository_or_none(account, name)
    if repository is None:
        raise CannotTell(f"repository {name} has gone while it was looked at")
    return repository


def repository_names(account: Account) -> list[str]:
    """The names of all private repositories of the region."""
    pages = account.ecr.get_paginator("describe_repositories").paginate()
    return [repository["repositoryName"] for page in pages for repository in page["repositories"]]
