"""A role whose policies let it pull from repositories with a tag."""

import json
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _ecr
from labs.packs.aws_ecs.checks import ecr_access as lab
from labs.sdk import Failed, Passed
from tests.builders import ACCOUNT, REGION
from tests.checks.canned import Answer, answering

NAMES = {"repository": "labs/app", "role": "puller", "partner": "210987654321"}
REPOSITORY = {
    "repositoryName": "labs/app",
    "repositoryArn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/labs/app",
}
ROLE = {
    "RoleName": "puller",
    "Arn": f"arn:aws:iam::{ACCOUNT}:role/puller",
    "Path": "/",
    "RoleId": "AROA0123456789ABCDEF",
    "CreateDate": 0,
}
BY_TAG = {
    "Effect": "Allow",
    "Action": list(_ecr.PULL),
    "Resource": "*",
    "Condition": {"StringEquals": {"ecr:ResourceTag/team": "app"}},
}


def judged() -> list[Answer]:
    """IAM's simulation, which does not know the tag, and the policy itself."""
    unknown = {"EvalDecision": "implicitDeny", "MissingContextValues": ["ecr:ResourceTag/team"]}
    text = json.dumps({"Version": "2012-10-17", "Statement": BY_TAG})
    return [
        (
            "simulate_principal_policy",
            {"EvaluationResults": [{"EvalActionName": action, **unknown} for action in _ecr.PULL]},
        ),
        ("list_attached_role_policies", {"AttachedPolicies": []}),
        ("list_role_policies", {"PolicyNames": ["p"]}),
        ("get_role_policy", {"RoleName": "puller", "PolicyName": "p", "PolicyDocument": text}),
    ]


@pytest.mark.parametrize(
    ("tags", "verdict"), [([], Failed), ([{"Key": "team", "Value": "app"}], Passed)], ids=["without", "with"]
)
def test_the_tags_of_the_repository_decide(tags: list[dict[str, str]], verdict: type[Any]) -> None:
    account = answering(
        ecr=[
            ("describe_repositories", {"repositories": [REPOSITORY]}),
            ("get_repository_policy", {"error": "RepositoryPolicyNotFoundException"}),
            ("get_registry_policy", {"error": "RegistryPolicyNotFoundException"}),
            ("list_tags_for_resource", {"tags": tags}),
        ],
        iam=[("get_role", {"Role": ROLE}), *judged(), *judged()],
    )
    assert isinstance(lab.role_may_pull(account, NAMES), verdict)
