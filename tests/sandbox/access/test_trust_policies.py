"""Trust policies that `CreateRole` accepts, and those that it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from access_kit import ACCOUNT, TRUST

from tests.builders import document


def test_stock_moto_still_takes_any_trust_policy(stock: None, client: Callable[..., Any]) -> None:
    """Moto creates a role with a trust policy that is not JSON; the day it refuses, the extension goes."""
    from botocore.exceptions import ClientError

    try:
        client("iam").create_role(RoleName="labs", AssumeRolePolicyDocument="{'Statement'")
    except ClientError:
        pytest.fail(
            "moto reads trust policies now: drop this extension (create_role in labs/sandbox/access/iam_policies.py)"
        )


TRUSTED = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}


NO_TRUST = [
    ("not-json", "{'Version'", "MalformedPolicyDocument: This policy contains invalid Json"),
    ("text", "ec2.amazonaws.com", "MalformedPolicyDocument: This policy contains invalid Json"),
    ("no-statement", "{}", "MalformedPolicyDocument: Syntax errors in policy"),
    ("no-principal", document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "MalformedPolicyDocument"),
    (
        "resource",
        document({**TRUSTED, "Resource": "*"}),
        "MalformedPolicyDocument: Has prohibited field Resource",
    ),
    (
        "other-action",
        document({**TRUSTED, "Action": "ec2:RunInstances"}),
        "MalformedPolicyDocument: AssumeRole policy",
    ),
    ("effect", document({**TRUSTED, "Effect": "allow"}), "MalformedPolicyDocument"),
]


@pytest.mark.parametrize(("text", "says"), [c[1:] for c in NO_TRUST], ids=[c[0] for c in NO_TRUST])
def test_a_trust_policy_must_be_one(role: Any, refused: Callable[..., str], text: str, says: str) -> None:
    """A role is neither created with nor changed to a trust policy that is none."""
    assert refused(role.create_role, RoleName="other", AssumeRolePolicyDocument=text).startswith(says)
    assert refused(role.update_assume_role_policy, RoleName="labs", PolicyDocument=text).startswith(says)
    assert [r["RoleName"] for r in role.list_roles()["Roles"]] == ["labs"]
    assert role.get_role(RoleName="labs")["Role"]["AssumeRolePolicyDocument"] == json.loads(TRUST)


def test_a_good_trust_policy_is_taken(role: Any) -> None:
    """A condition, a list of services and sts:TagSession are fine."""
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    services = {"Service": ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]}
    good = document(
        {
            **TRUSTED,
            "Principal": services,
            "Condition": condition,
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    )
    role.update_assume_role_policy(RoleName="labs", PolicyDocument=good)
    assert role.get_role(RoleName="labs")["Role"]["AssumeRolePolicyDocument"] == json.loads(good)


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}], ids=["none", "the older one"])
def test_a_trust_policy_may_be_of_the_older_version(role: Any, version: dict[str, str]) -> None:
    """Roles for ECS instances were long written so, and Terraform updates them as they stand."""
    older = {**version, "Statement": [TRUSTED]}
    role.update_assume_role_policy(RoleName="labs", PolicyDocument=json.dumps(older))
    assert role.get_role(RoleName="labs")["Role"]["AssumeRolePolicyDocument"] == older


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}], ids=["none", "the older one"])
def test_a_managed_policy_must_be_of_the_newer_version(iam: Any, role: Any, version: dict[str, str]) -> None:
    rights = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    older, newer = json.dumps({**version, **rights}), json.dumps({"Version": "2012-10-17", **rights})
    role.put_role_policy(RoleName="labs", PolicyName="inline", PolicyDocument=older)
    arn = iam.create_policy(PolicyName="managed", PolicyDocument=newer)["Policy"]["Arn"]
    for call, given in (
        (iam.create_policy, {"PolicyName": "other"}),
        (iam.create_policy_version, {"PolicyArn": arn}),
    ):
        with pytest.raises(iam.exceptions.MalformedPolicyDocumentException, match="2012-10-17 or greater"):
            call(PolicyDocument=older, **given)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("ecs", "AWSServiceRoleForECS"),
        ("elasticloadbalancing", "AWSServiceRoleForElasticLoadBalancing"),
        ("autoscaling", "AWSServiceRoleForAutoScaling"),
        ("spot", "AWSServiceRoleForEC2Spot"),
    ],
)
def test_a_services_own_role_has_the_name_that_it_has_at_aws(iam: Any, service: str, name: str) -> None:
    iam.create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
    assert iam.get_role(RoleName=name)["Role"]["Path"] == f"/aws-service-role/{service}.amazonaws.com/"
